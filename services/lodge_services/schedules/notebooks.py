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
    if not isinstance(content, dict) or content.get("nbformat") != 4:
        return None
    cells = content.get("cells")
    if not isinstance(cells, list) or not isinstance(content.get("metadata", {}), dict):
        return None
    return content if all(_is_cell(cell) for cell in cells) else None


def _is_cell(cell: Any) -> bool:
    if not isinstance(cell, dict) or cell.get("cell_type") not in ("code", "markdown", "raw"):
        return False
    source = cell.get("source")
    if isinstance(source, list):
        return all(isinstance(line, str) for line in source)
    return isinstance(source, str)
