"""`%%sql`: SQL in a notebook against named sources, with Python values bound, never pasted."""
