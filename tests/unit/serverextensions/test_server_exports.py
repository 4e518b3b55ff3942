"""Only those exports of notebooks are offered that can be made here."""

from __future__ import annotations

import json
import shutil
from importlib.util import find_spec
from typing import Any

import pytest
from lodge_server.exports import unusable_exporters


async def test_exports_that_would_fail_are_not_offered(server: Any) -> None:
    response = await server.ask("GET", "api/nbconvert")
    offered = set(json.loads(response.body))
    assert {"html", "script", "markdown"} <= offered
    assert "webpdf" not in offered
    assert ("pdf" in offered) == (shutil.which("xelatex") is not None)
    assert ("qtpdf" in offered) == (find_spec("PyQt5") is not None)


def test_latex_makes_pdf_possible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    assert "PDFExporter" not in unusable_exporters()
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert "PDFExporter" in unusable_exporters()
