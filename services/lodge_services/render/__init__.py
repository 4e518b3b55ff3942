"""Notebooks as HTML that is safe to show to others: no script of theirs ever runs."""

from .notebook import render_notebook

__all__ = ["render_notebook"]
