"""Postgres: its source, what its types become, and large results as Arrow."""
