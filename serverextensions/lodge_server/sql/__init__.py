"""The SQL sources of the user: their tables, columns and first rows."""
