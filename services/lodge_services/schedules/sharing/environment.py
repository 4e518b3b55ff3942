"""What a run ran with, in the form that shares keep: pure functions."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from lodge_runner.asked_for import spark_options, told_values
from lodge_runner.spec import RunResult

#: Packages that are kept; the report comes from the user's own process, which may say anything.
MOST = 5_000
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,199}\Z")
_VERSION = re.compile(r"[A-Za-z0-9.!+_-]{1,50}\Z")
_IMAGE = re.compile(r"[!-~]{0,500}\Z")


def ran_with(
    report: RunResult | None, notebook: Mapping[str, Any], parameters: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Return what a run ran with; None where it does not say.

    Parameters
    ----------
    report
        What the run says.
    notebook
        What it has made: its cells say which options of Spark they ask for.
    parameters
        Its parameters' values.
    """
    if report is None or report.environment is None:
        return None
    told = report.environment
    fit = {
        name: version
        for name, version in told.packages.items()
        if _NAME.match(name) and _VERSION.match(version)
    }
    texts = {name: json.dumps(value, ensure_ascii=False) for name, value in parameters.items()}
    return {
        "python": told.python if _VERSION.match(told.python) else "",
        "image": told.image if _IMAGE.match(told.image) else "",
        "packages": dict(sorted(fit.items())[:MOST]),
        "spark": spark_options(notebook),
        "parameters": told_values(texts),
    }
