"""Looking through a result: sorted and searched pages, and the code of a chart."""
