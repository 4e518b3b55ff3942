"""Reads notebooks strictly and quickly, and writes them as nbformat does.

nbformat itself takes seconds to import; it is called when a notebook is older than format 4, or to
say what is wrong with one.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lodge_runner.errors import InputError
from lodge_runner.forms import is_json

if TYPE_CHECKING:
    from pathlib import Path

Notebook = dict[str, Any]

SKIP_TAG = "skip-execution"
RAISES_TAG = "raises-exception"


def read_notebook(path: Path) -> Notebook:
    """Return a notebook of format 4, with each source as one text.

    Raises
    ------
    InputError
        When there is no such file or it isn't a notebook.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"There is no notebook {path}.") from None
    except OSError as e:
        raise InputError(f"The notebook {path} can't be read: {e.strerror}.") from None
    try:
        nb = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as e:
        why = "it is empty" if not data.strip() else f"it isn't JSON ({e})"
        raise InputError(f"{path} is no notebook: {why}.") from None
    if isinstance(nb, dict) and isinstance(nb.get("nbformat"), int) and nb["nbformat"] < 4:
        nb = _upgraded(path, nb)
    fault = fault_of(nb)
    if fault:
        raise InputError(f"{path} is no valid notebook: {fault}.")
    for cell in nb["cells"]:
        if not isinstance(cell["source"], str):
            cell["source"] = "".join(cell["source"])
    return nb


def clear_outputs(nb: Notebook) -> None:
    """Remove all outputs, execution counts and times, and what an earlier run has noted."""
    for cell in nb["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = []
            cell["execution_count"] = None
            cell["metadata"].pop("execution", None)
    lodge = nb["metadata"].get("lodge")
    if isinstance(lodge, dict):
        lodge.pop("run", None)
    nb["metadata"].pop("widgets", None)


def encode_notebook(nb: Notebook) -> bytes:
    """Return a notebook's file, keys sorted and long texts split into lines."""
    cells = [_split(cell) for cell in nb["cells"]]
    text = json.dumps(nb | {"cells": cells}, ensure_ascii=False, indent=1, sort_keys=True)
    # A lone surrogate has no UTF-8 form, but JSON's own escape for it is what this writes.
    return (text + "\n").encode("utf-8", "backslashreplace")


def has_tag(cell: dict[str, Any], tag: str) -> bool:
    """Return whether a cell has a tag."""
    tags = cell["metadata"].get("tags")
    return isinstance(tags, list) and tag in tags


def _upgraded(path: Path, nb: Notebook) -> Notebook:
    import nbformat

    try:
        # reads() joins lines before it converts; convert() by itself expects that.
        return dict(json.loads(json.dumps(nbformat.reads(json.dumps(nb), as_version=4))))
    except Exception as e:  # whatever an old notebook's content makes the conversion do
        raise InputError(f"{path} is an old notebook that can't be converted: {e}.") from None


def fault_of(nb: Any) -> str:
    """Return what is wrong with the form of a notebook that is to run, or ""."""
    form = nb.get("nbformat") if isinstance(nb, dict) else None
    if form is not None and (form != 4 or not _is_whole(form)):
        return f"its format is {form!r}, and only 4 is known"
    if not isinstance(nb, dict) or not isinstance(nb.get("cells"), list):
        return "it has no list of cells"
    if form is None:
        return "it has no nbformat"
    if not isinstance(nb.setdefault("metadata", {}), dict):
        return "its metadata is no object"
    if not _is_whole(nb.setdefault("nbformat_minor", 0)):
        return "its nbformat_minor is no whole number"
    for name in ("kernelspec", "language_info", "lodge"):
        if not isinstance(nb["metadata"].get(name, {}), dict):
            return f"its metadata {name!r} is no object"
    for number, cell in enumerate(nb["cells"], 1):
        fault = _cell_fault(cell)
        if fault:
            return f"cell {number} {fault}"
    return ""


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _cell_fault(cell: Any) -> str:
    if not isinstance(cell, dict):
        return "is no object"
    if cell.get("cell_type") not in ("code", "markdown", "raw"):
        return f"is of the unknown type {cell.get('cell_type')!r}"
    source = cell.get("source")
    if not isinstance(source, str) and not (
        isinstance(source, list) and all(isinstance(line, str) for line in source)
    ):
        return "has no source"
    if not isinstance(cell.setdefault("metadata", {}), dict):
        return "has metadata that is no object"
    return ""


def _split(cell: dict[str, Any]) -> dict[str, Any]:
    cell = cell | {"source": cell["source"].splitlines(keepends=True)}
    if cell["cell_type"] == "code":
        cell["outputs"] = [_split_output(output) for output in cell["outputs"]]
    return cell


def _split_output(output: dict[str, Any]) -> dict[str, Any]:
    if output["output_type"] == "stream":
        return output | {"text": output["text"].splitlines(keepends=True)}
    if "data" not in output:
        return output
    data = {
        mime: value.splitlines(keepends=True)
        if isinstance(value, str) and not is_json(mime)
        else value
        for mime, value in output["data"].items()
    }
    return output | {"data": data}
