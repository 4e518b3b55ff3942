"""Notebooks for the renderer, and what it makes of them."""

from __future__ import annotations

import base64
from typing import Any

import nbformat
from lodge_services.render import render_notebook

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"\0" * 20).decode()


def of(*cells: Any, **metadata: Any) -> str:
    notebook = nbformat.v4.new_notebook(cells=list(cells), metadata=metadata)
    return render_notebook(notebook)


def code(source: str = "x", *outputs: Any, **more: Any) -> Any:
    return nbformat.v4.new_code_cell(source, outputs=list(outputs), **more)


def shown(**data: Any) -> Any:
    bundle = {name.replace("__", "/"): value for name, value in data.items()}
    return nbformat.v4.new_output("display_data", data=bundle)
