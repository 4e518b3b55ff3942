"""Exports of notebooks that this machine can make; others are not offered."""

from __future__ import annotations

import shutil
from importlib.util import find_spec


def unusable_exporters() -> list[str]:
    """Return the classes of nbconvert's exporters that would only answer with an error."""
    # Its browser runs without a sandbox of its own, whatever the notebook holds.
    found = ["WebPDFExporter"]
    if shutil.which("xelatex") is None:
        found.append("PDFExporter")
    if find_spec("PyQt5") is None:
        found += ["QtPDFExporter", "QtPNGExporter"]
    return found
