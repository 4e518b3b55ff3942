"""REST of shares: the models of the wire, and thin handlers."""
