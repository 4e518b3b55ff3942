"""What differs between two notebooks, cell by cell. Knows no HTTP and no database."""

from .model import CellChange, Comparison, Line
from .notebooks import NotCompared, compare

__all__ = ["CellChange", "Comparison", "Line", "NotCompared", "compare"]
