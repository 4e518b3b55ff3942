"""Compares two notebooks by nbdime, in a process of its own with bounds.

Read from the input and written to the output as JSON: two notebooks in, whose outputs are one
word each; a list of cells and of settings out, as `comparing.notebooks` reads it. A pair of long
texts that have no line in common keeps any comparison of lines busy for hours.
"""

from __future__ import annotations

import json
import resource
import sys
from typing import Any

MEMORY = 1 << 30
SECONDS = 10

Parts = list[tuple[str, bool]]


def changes(old: Any, new: Any) -> dict[str, Any]:
    """Return what differs.

    Parameters
    ----------
    old, new
        Notebooks of nbformat 4.
    """
    import nbformat
    from nbdime.diffing.notebooks import diff_notebooks

    first, second = nbformat.from_dict(old), nbformat.from_dict(new)
    found = {entry["key"]: entry for entry in diff_notebooks(first, second)}
    cells = found["cells"]["diff"] if "cells" in found else []
    settings = found["metadata"]["diff"] if "metadata" in found else []
    return {
        "cells": _cells(first["cells"], second["cells"], cells),
        "settings": sorted(entry["key"] for entry in settings),
    }


def _cells(old: list[Any], new: list[Any], ops: list[Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    at = to = 0

    def same(until: int) -> None:
        nonlocal at, to
        while at < until:
            rows.append({"old": at, "new": to})
            at, to = at + 1, to + 1

    for op in _gone_first(ops):
        same(op["key"])
        if op["op"] == "addrange":
            for cell in op["valuelist"]:
                rows.append({"old": None, "new": to, "lines": _all("+", cell["source"])})
                to += 1
        elif op["op"] == "removerange":
            for _ in range(op["length"]):
                rows.append({"old": at, "new": None, "lines": _all("-", old[at]["source"])})
                at += 1
        else:
            rows.append({"old": at, "new": to, **_cell(old[at], new[to], op["diff"])})
            at, to = at + 1, to + 1
    same(len(old))
    return rows


def _gone_first(ops: list[Any]) -> list[Any]:
    """Return operations with what is gone before what comes in its place."""
    return sorted(ops, key=lambda op: (op["key"], op["op"] == "addrange" and _replaces(op, ops)))


def _replaces(op: Any, ops: list[Any]) -> bool:
    return any(one["op"] == "removerange" and one["key"] == op["key"] for one in ops)


def _cell(old: Any, new: Any, ops: list[Any]) -> dict[str, Any]:
    keys = {op["key"]: op for op in ops}
    lines: list[Any] = []
    if "source" in keys:
        if keys["source"]["op"] == "patch":
            lines = _lines(old["source"].splitlines(keepends=True), keys["source"]["diff"])
        else:
            lines = _all("-", old["source"]) + _all("+", new["source"])
        if all(mark == " " for mark, _parts in lines):
            lines = []  # a line's end at the end
    return {
        "lines": lines,
        "outputs": "outputs" in keys,
        "settings": bool(keys.keys() & {"metadata", "cell_type", "attachments"}),
    }


def _lines(old: list[str], ops: list[Any]) -> list[Any]:
    rows: list[Any] = []
    at = 0
    for op in _gone_first(ops):
        rows += [_row(" ", [(line, False)]) for line in old[at : op["key"]]]
        at = max(at, op["key"])
        if op["op"] == "addrange":
            rows += [_row("+", [(line, True)]) for line in op["valuelist"]]
        elif op["op"] == "removerange":
            rows += [_row("-", [(line, True)]) for line in old[at : at + op["length"]]]
            at += op["length"]
        else:
            gone, come = _parts(old[at], op["diff"])
            before, after = _row("-", gone), _row("+", come)
            if _text(before) == _text(after):
                rows.append(_row(" ", [(old[at], False)]))
            else:
                rows += [before, after]
            at += 1
    return rows + [_row(" ", [(line, False)]) for line in old[at:]]


def _parts(line: str, ops: list[Any]) -> tuple[Parts, Parts]:
    gone: Parts = []
    come: Parts = []
    at = 0
    for op in ops:
        gone.append((line[at : op["key"]], False))
        come.append((line[at : op["key"]], False))
        at = op["key"]
        if op["op"] == "addrange":
            come.append((op["valuelist"], True))
        else:
            gone.append((line[at : at + op["length"]], True))
            at += op["length"]
    gone.append((line[at:], False))
    come.append((line[at:], False))
    return gone, come


def _all(mark: str, source: str) -> list[Any]:
    return [_row(mark, [(line, True)]) for line in source.splitlines(keepends=True)]


def _row(mark: str, parts: Parts) -> tuple[str, Parts]:
    """Return a row without its line's end."""
    text = "".join(text for text, _ in parts)
    left = len(text.splitlines()[0]) if text else 0
    kept: Parts = []
    for text, marked in parts:
        if text[:left]:
            kept.append((text[:left], marked))
        left -= min(left, len(text))
    return mark, kept


def _text(row: tuple[str, Parts]) -> str:
    return "".join(text for text, _ in row[1])


def main() -> None:
    """Read, compare and write."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    old, new = json.load(sys.stdin)
    json.dump(changes(old, new), sys.stdout)


if __name__ == "__main__":
    main()
