"""From rows to the wire's models."""

from __future__ import annotations

from .core import JobView
from .models import Job, Run
from .wire import JobOut, RunOut

_RUN_FIELDS = set(RunOut.model_fields) - {"duration_s", "url"}
_JOB_FIELDS = set(JobOut.model_fields) - {"last_run"}


def run_out(run: Run, prefix: str) -> RunOut:
    """Return the wire form of a run, with addresses below the service's `prefix`."""
    return RunOut(
        **{name: getattr(run, name) for name in _RUN_FIELDS},
        duration_s=duration_of(run),
        url=f"{prefix}runs/{run.id}",
    )


def job_out(view: JobView, prefix: str) -> JobOut:
    """Return the wire form of a job."""
    job: Job = view.job
    return JobOut(
        **{name: getattr(job, name) for name in _JOB_FIELDS},
        last_run=None if view.last_run is None else run_out(view.last_run, prefix),
    )


def duration_of(run: Run) -> float | None:
    """Return how long an ended run took, in seconds."""
    if run.started_at is None or run.ended_at is None:
        return None
    return round(max(0.0, (run.ended_at - run.started_at).total_seconds()), 3)
