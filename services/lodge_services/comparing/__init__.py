"""What differs between two notebooks, cell by cell. Knows no HTTP and no database."""

from .merging import Change, changes, merged
from .model import CellChange, Comparison, Line
from .notebooks import NotCompared, compare

__all__ = [
    "CellChange",
    "Change",
    "Comparison",
    "Line",
    "NotCompared",
    "changes",
    "compare",
    "merged",
]
