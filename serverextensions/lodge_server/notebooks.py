"""Notebooks on the user's server, by way of its contents manager: its rules on paths hold."""

from __future__ import annotations

import copy
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Protocol

from lodge_runner.errors import ParameterError
from lodge_runner.parameters import inspect_parameters
from lodge_runner.secrets_found import find_secrets

from .errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from nbformat import NotebookNode


LARGE_OUTPUT = 5_000_000
"""Characters of one cell's outputs above which whoever shares is told: readers wait for them."""


class Notebooks(Protocol):
    """Where the user's notebooks are."""

    async def read(self, path: str) -> NotebookNode:
        """Return the notebook at `path`.

        Raises
        ------
        NotFound
            There is none.
        BadInput
            It is no notebook.
        """
        ...

    def root(self) -> Path | None:
        """Return the folder of the user's files; None where they are no files on this disk."""
        ...

    async def write_new(self, path: str, notebook: Mapping[str, Any]) -> str:
        """Write a notebook to `path`, or beside it when something is there; return where."""
        ...


def check(notebook: NotebookNode) -> dict[str, Any]:
    """Tell which code cells end in an error, which were never run, and where secrets stand.

    Returns
    -------
    dict
        ``cells``, and by index from 0 ``cells_with_errors``, ``cells_never_run`` (empty cells count
        in neither), ``cells_out_of_order`` (run before one that stands above them) and
        ``large_outputs`` (more than `LARGE_OUTPUT` characters). ``secrets`` has the cell, the
        place (``source`` or ``output``) and the kind of each secret, not the secret.
    """
    failed, unrun, early, large = [], [], [], []
    last = 0
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        if any(output.output_type == "error" for output in cell.outputs):
            failed.append(index)
        elif cell.execution_count is None and not cell.outputs:
            unrun.append(index)
        count = cell.execution_count
        if isinstance(count, int):
            if count < last:
                early.append(index)
            last = max(last, count)
        if sum(len(json.dumps(output)) for output in cell.outputs) > LARGE_OUTPUT:
            large.append(index)
    return {
        "cells": len(notebook.cells),
        "cells_with_errors": failed,
        "cells_never_run": unrun,
        "cells_out_of_order": early,
        "large_outputs": large,
        "secrets": [asdict(secret) for secret in find_secrets(notebook)],
    }


def parameters(notebook: NotebookNode) -> list[dict[str, Any]]:
    """Return the notebook's parameters, as they travel.

    Raises
    ------
    BadInput
        The cell tagged ``parameters`` is no valid Python.
    """
    try:
        return [asdict(parameter) for parameter in inspect_parameters(notebook)]
    except ParameterError as error:
        raise BadInput("bad_parameters", str(error)) from error


def lodge_metadata(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """Return what Lodge wrote into a notebook; empty when nothing, or something else."""
    lodge = notebook.get("metadata", {}).get("lodge")
    return dict(lodge) if isinstance(lodge, dict) else {}


def with_lodge_metadata(
    notebook: Mapping[str, Any], *, drop: tuple[str, ...] = (), **entries: Any
) -> dict[str, Any]:
    """Return a copy of a notebook whose Lodge metadata lack `drop` and have `entries`."""
    changed = copy.deepcopy(dict(notebook))
    lodge = lodge_metadata(changed) | entries
    for name in drop:
        lodge.pop(name, None)
    metadata = dict(changed.get("metadata") or {})
    metadata.pop("lodge", None)
    if lodge:
        metadata["lodge"] = lodge
    changed["metadata"] = metadata
    return changed


def without_outputs(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a notebook without results: a run makes its own."""
    bare = copy.deepcopy(dict(notebook))
    for cell in bare.get("cells", []):
        if cell.get("cell_type") == "code":
            cell["outputs"] = []
            cell["execution_count"] = None
    return bare
