"""Trino: its source, and how values are bound there."""
