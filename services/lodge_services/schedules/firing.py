"""What a job's times come to: which runs are due, what each stands for, and with what parameters.

Pure but for the rows that it makes; the ledger keeps them.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import Any

from .cron import Cron
from .intervals import Interval, interval_of, previous
from .models import Job, Run, Trigger
from .templates import Times, rendered

#: A run that is fired this much after its time is marked as late.
LATE_AFTER = timedelta(seconds=60)
#: How many missed times are made up at once; the others follow in the next step.
AT_ONCE = 100
#: The longest pause before a run that failed is tried again.
LONGEST_PAUSE = timedelta(hours=1)

_MOMENT = timedelta(microseconds=1)


def next_time(job: Job, cron: Cron, after: datetime) -> datetime | None:
    """Return a job's first time later than `after` in UTC; None where there is none."""
    if job.starts_at is not None:
        after = max(after, job.starts_at - _MOMENT)
    found = cron.next(after)
    return found if found is None or job.ends_at is None or found < job.ends_at else None


def due_runs(job: Job, cron: Cron, now: datetime) -> tuple[list[Run], datetime | None]:
    """Return the runs that a job is due, and the time at which it is due again.

    Parameters
    ----------
    job
        Whose ``next_run_at`` has come.
    cron
        Its schedule.
    now
        The time.
    """
    first = job.next_run_at or now
    until = now if job.ends_at is None else min(now, job.ends_at - _MOMENT)
    latest = cron.latest(first, until) or first
    following = next_time(job, cron, now)
    late = latest != first or now - latest > LATE_AFTER
    if job.catch_up == "none" and now - latest > LATE_AFTER:
        return [], following
    if job.catch_up == "all":
        more = takewhile(lambda one: one <= latest, cron.times(first))
        times = [first, *islice(more, AT_ONCE - 1)]
        if times[-1] < latest:
            following = cron.next(times[-1])
        # They run in the order in which they began to wait.
        waiting = ((time, now + number * _MOMENT) for number, time in enumerate(times))
        return [_scheduled(job, cron, time, at, late=late) for time, at in waiting], following
    since = first if job.catch_up == "one" else None
    return [_scheduled(job, cron, latest, now, since=since, late=late)], following


def _scheduled(
    job: Job,
    cron: Cron,
    time: datetime,
    now: datetime,
    *,
    late: bool,
    since: datetime | None = None,
) -> Run:
    interval = interval_of(time, cron, job.interval, since)
    run = new_run(job, "schedule", time, now, interval=interval)
    run.late = late
    return run


def last_interval(job: Job, now: datetime) -> Interval | None:
    """Return what a run stands for that somebody asks for now: what the last scheduled one did."""
    if job.cron is None:
        return None
    cron = Cron.parse(job.cron, job.timezone)
    return interval_of(previous(cron, now + _MOMENT), cron, job.interval)


def sample(job: Job, now: datetime) -> Times:
    """Return times such as a job's runs have: those of its next one."""
    if job.cron is None:
        return Times(now, None, job.timezone)
    cron = Cron.parse(job.cron, job.timezone)
    time = next_time(job, cron, now) or previous(cron, now + _MOMENT)
    return Times(time, interval_of(time, cron, job.interval), job.timezone)


def new_run(
    job: Job,
    trigger: Trigger,
    scheduled_for: datetime,
    now: datetime,
    parameters: dict[str, Any] | None = None,
    interval: Interval | None = None,
) -> Run:
    """Return a waiting run of a job, with the notebook that the job has now.

    Raises
    ------
    BadRequest
        Its parameters name a time that there is not.
    """
    values = job.parameters if parameters is None else parameters
    if isinstance(values, dict):
        values = rendered(values, Times(scheduled_for, interval, job.timezone))
    return Run(
        job_id=job.id,
        owner=job.owner,
        state="queued",
        trigger=trigger,
        attempt=1,
        scheduled_for=scheduled_for,
        created_at=now,
        notebook_path=job.notebook_path,
        notebook_digest=job.notebook_digest,
        parameters=values,
        late=False,
        interval_start=None if interval is None else interval.start,
        interval_end=None if interval is None else interval.end,
        timeout_s=job.timeout_s,
        **({} if trigger == "manual" else _waits(job, now)),
    )


def _waits(job: Job, now: datetime) -> dict[str, Any]:
    """Return what a run of a job waits for; who asks for a run by hand wants it now."""
    if not isinstance(job.after, list) or not job.after:
        return {}
    return {"after": list(job.after), "ready_by": now + timedelta(seconds=job.after_s)}


def rerun_of(run: Run, job: Job, now: datetime, parameters: dict[str, Any]) -> Run:
    """Return a run for the same time as another, with the notebook that the job has now."""
    return Run(
        job_id=job.id,
        owner=job.owner,
        state="queued",
        trigger="manual",
        attempt=1,
        scheduled_for=run.scheduled_for,
        created_at=now,
        notebook_path=job.notebook_path,
        notebook_digest=job.notebook_digest,
        # What they say of times was filled in for that run.
        parameters=parameters,
        late=False,
        interval_start=run.interval_start,
        interval_end=run.interval_end,
        timeout_s=job.timeout_s,
    )


def retry_of(run: Run, job: Job, now: datetime) -> Run | None:
    """Return the next attempt of a run that has failed; None where there is to be none.

    Each pause is twice as long as the one before, up to an hour, and up to a tenth longer, so that
    what failed together does not come back together.
    """
    if run.attempt > job.retries or run.cancel_requested:
        return None
    pause = min(timedelta(seconds=job.retry_s) * 2 ** min(run.attempt - 1, 20), LONGEST_PAUSE)
    pause *= 1 + random.random() / 10  # noqa: S311  (spreads tries, keeps no secret)
    return Run(
        job_id=run.job_id,
        owner=run.owner,
        state="queued",
        trigger=run.trigger,
        attempt=run.attempt + 1,
        scheduled_for=run.scheduled_for,
        created_at=now,
        notebook_path=run.notebook_path,
        notebook_digest=run.notebook_digest,
        parameters=run.parameters,
        late=run.late,
        interval_start=run.interval_start,
        interval_end=run.interval_end,
        timeout_s=job.timeout_s,
        not_before=now + pause,
    )
