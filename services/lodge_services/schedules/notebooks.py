"""Notebooks from others: told from garbage."""

from __future__ import annotations

import json
from typing import Any


def parse_notebook(content: Any) -> dict[str, Any] | None:
    """Return a notebook of format 4, from JSON or parsed already; None for anything else."""
    if isinstance(content, bytes):
        try:
            content = json.loads(content)
        except (ValueError, RecursionError):
            return None
    if not isinstance(content, dict) or not _is_format_4(content):
        return None
    cells = content.get("cells")
    if not isinstance(cells, list) or not isinstance(content.get("metadata", {}), dict):
        return None
    return content if all(_is_cell(cell) for cell in cells) else None


def _is_format_4(content: dict[str, Any]) -> bool:
    # To Python true is 1 and 4.0 is 4; to those who read the notebook later it is neither.
    major, minor = content.get("nbformat"), content.get("nbformat_minor", 0)
    return type(major) is int and major == 4 and type(minor) is int and minor >= 0


def _is_cell(cell: Any) -> bool:
    if not isinstance(cell, dict) or cell.get("cell_type") not in ("code", "markdown", "raw"):
        return False
    source = cell.get("source")
    if isinstance(source, list):
        return all(isinstance(line, str) for line in source)
    return isinstance(source, str)
