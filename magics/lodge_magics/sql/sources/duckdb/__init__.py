"""DuckDB: its source, and how each of its types leaves it."""
