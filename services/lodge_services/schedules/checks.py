"""What a notebook is checked for before it is scheduled, or run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lodge_runner.errors import RunnerError
from lodge_runner.notebook import fault_of
from lodge_runner.parameters import check_values

from ..errors import BadRequest, Conflict


def damaged_job() -> Conflict:
    """Return what is told of a job of which the database has damaged the parameters."""
    return Conflict(
        "damaged_job",
        "The job's parameters can't be read, so it can't run; set them anew, or delete the job and "
        "schedule the notebook again.",
    )


def check_parameters(notebook: Any, values: Mapping[str, Any]) -> None:
    """Make sure that a notebook can run, with these parameters.

    Raises
    ------
    BadRequest
        It can't.
    """
    if not isinstance(values, Mapping):
        raise damaged_job()
    fault = fault_of(notebook)
    if fault:
        raise BadRequest(
            "bad_notebook",
            f"The notebook can't be scheduled: {fault}; open it in JupyterLab and save it.",
        )
    try:
        check_values(notebook, values)
    except RunnerError as error:
        raise BadRequest("bad_parameters", str(error)) from error
