"""From rows to the wire's models."""

from __future__ import annotations

from typing import TypeVar

from .core import JobView
from .models import Job, Run
from .wire import JobOut, RunErrorOut, RunOut, RunPageOut

M = TypeVar("M", JobOut, RunOut)

_RUN_FIELDS = set(RunOut.model_fields) - {"duration_s", "page", "url"}
_JOB_FIELDS = set(JobOut.model_fields) - {"last_run", "fault"}
_RUN_FAULT = "What is kept of this run can't be read; run the job again."
_JOB_FAULT = "What is kept of this job can't be read; delete it, and schedule the notebook again."


def run_out(run: Run, prefix: str) -> RunOut:
    """Return the wire form of a run, with addresses below the service's `prefix`."""
    values = {name: getattr(run, name) for name in _RUN_FIELDS}
    more = {
        "duration_s": duration_of(run),
        "page": page_out(run, prefix),
        "url": f"{prefix}runs/{run.id}",
    }
    try:
        return _sendable(RunOut(**values, **more))
    except ValueError:
        error = RunErrorOut(cell=None, cell_source="", ename="", evalue="", message=_RUN_FAULT)
        return RunOut(**{**values, "parameters": {}, "error": error}, **more)


def job_out(view: JobView, prefix: str) -> JobOut:
    """Return the wire form of a job; one that can't be read costs no list of jobs."""
    job: Job = view.job
    values = {name: getattr(job, name) for name in _JOB_FIELDS}
    last_run = None if view.last_run is None else run_out(view.last_run, prefix)
    try:
        return _sendable(JobOut(**values, last_run=last_run))
    except ValueError:
        return JobOut(**{**values, "parameters": {}}, last_run=last_run, fault=_JOB_FAULT)


def page_out(run: Run, prefix: str) -> RunPageOut | None:
    """Return what became of putting a run on a page; None where it is put on none."""
    if run.share_id is None or run.share_state is None:
        return None
    # Services of one hub are side by side.
    url = f"{prefix.rstrip('/').rpartition('/')[0]}/shares/{run.share_id}"
    if run.share_version is not None:
        url += f"/versions/{run.share_version}"
    return RunPageOut(
        share_id=run.share_id,
        state=run.share_state,
        version=run.share_version,
        message=run.share_message,
        url=url,
    )


def _sendable(model: M) -> M:
    model.model_dump_json()
    return model


def duration_of(run: Run) -> float | None:
    """Return how long an ended run took, in seconds."""
    if run.started_at is None or run.ended_at is None:
        return None
    return round(max(0.0, (run.ended_at - run.started_at).total_seconds()), 3)
