"""Sharing notebooks, and forking what others shared."""
