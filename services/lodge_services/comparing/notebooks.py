"""Comparing two notebooks within bounds."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from ..errors import Unavailable
from ..texts import whole
from . import child
from .model import CellChange, Comparison, Line

PATIENCE = 3 * child.SECONDS
"""Seconds that a comparison may take where the machine is busy."""

_PASSING = frozenset({"execution", "collapsed", "scrolled"})
"""Metadata of cells that JupyterLab writes by itself."""

_PLACE = re.compile(r"cell-\d+-*\Z")
"""An id that says nothing but where a cell stood, as notebooks without ids get them."""


class NotCompared(Unavailable):
    """They are too large, or too unlike, to be compared in time."""

    def __init__(self) -> None:
        super().__init__(
            "not_compared",
            "These two are too large, or too unlike, to be compared cell by cell here; download "
            "both and compare them there.",
        )


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> Comparison:
    """Return what differs between two notebooks, by nbdime.

    Cells are found again by their ids and by what they say. Outputs differ where what they show
    does.

    Parameters
    ----------
    old, new
        Notebooks of nbformat 4.

    Raises
    ------
    NotCompared
        They are too large, or too unlike.
    """
    pair = json.dumps([_slim(old), _slim(new)])
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-X", "utf8", str(Path(child.__file__))],
            input=pair, capture_output=True, timeout=PATIENCE, check=False, text=True,
            encoding="utf-8",
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise NotCompared from None
    if done.returncode:
        raise NotCompared
    found = json.loads(done.stdout)
    return Comparison(tuple(map(_cell, found["cells"])), tuple(found["settings"]))


def _cell(row: Mapping[str, Any]) -> CellChange:
    lines = tuple(
        Line(mark, tuple((text, marked) for text, marked in parts))
        for mark, parts in row.get("lines", ())
    )
    return CellChange(
        row["old"], row["new"], lines, row.get("outputs", False), row.get("settings", False)
    )


def _slim(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """Return a notebook with what is compared: outputs as one word, nothing that a run changes."""
    read = whole(notebook)
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {k: v for k, v in read.get("metadata", {}).items() if k != "lodge"},
        "cells": [_slim_cell(cell) for cell in read.get("cells", [])],
    }


def _slim_cell(cell: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {k: v for k, v in cell.get("metadata", {}).items() if k not in _PASSING}
    slim = {"cell_type": cell["cell_type"], "metadata": metadata, "source": cell["source"]}
    if not _PLACE.match(cell.get("id", "cell-0")):
        slim["id"] = cell["id"]
    if cell.get("attachments"):
        slim["attachments"] = {"all": {"text/plain": _word(cell["attachments"])}}
    if cell["cell_type"] == "code":
        shown = [_shown(output) for output in cell.get("outputs", [])]
        word = {"output_type": "stream", "name": "stdout", "text": _word(shown)}
        slim |= {"outputs": [word] if shown else [], "execution_count": None}
    return slim


def _shown(output: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in output.items() if key != "execution_count"}


def _word(value: Any) -> str:
    return sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
