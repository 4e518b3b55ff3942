"""Moments at which jobs are looked at: when a time should have its success, a run its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.orm import Session

from ..models import ACTIVE, Job, Run
from ..queries import durations
from .decisions import KNOWN, too_long_s
from .models import AlertRule, AlertWatch


def watch_times(session: Session, times: Mapping[str, Sequence[datetime]]) -> None:
    """Have times of schedules looked at once they should have their success.

    In the transaction that queues their runs.

    Parameters
    ----------
    session
        Of that transaction.
    times
        By their jobs.
    """
    rules = select(AlertRule.job_id, AlertRule.late_minutes).where(
        AlertRule.job_id.in_(times), AlertRule.late, AlertRule.late_minutes.is_not(None)
    )
    for job_id, minutes in session.execute(rules):
        _watch_late(session, job_id, minutes or 0, times[job_id])


def _watch_late(session: Session, job_id: str, minutes: int, times: Iterable[datetime]) -> None:
    session.add_all(
        AlertWatch(
            job_id=job_id,
            cause="late",
            scheduled_for=time,
            due_at=time + timedelta(minutes=minutes),
        )
        for time in times
    )


def watch_run(session: Session, run: Run) -> None:
    """Have a run that begins looked at once it takes longer than usual.

    In the transaction that begins it.
    """
    late = select(AlertRule.late).where(AlertRule.job_id == run.job_id)
    if not session.scalar(late) or run.started_at is None:
        return
    longest = too_long_s(durations(session, run.job_id, KNOWN))
    if longest is not None:
        session.add(
            AlertWatch(
                job_id=run.job_id,
                cause="slow",
                run_id=run.id,
                scheduled_for=run.scheduled_for,
                due_at=run.started_at + timedelta(seconds=longest),
            )
        )


def unwatch(session: Session, run: Run) -> None:
    """Look no more at a run that has ended, nor at the times that its success is for."""
    over = and_(AlertWatch.cause == "slow", AlertWatch.run_id == run.id)
    if run.state == "succeeded":
        late = and_(AlertWatch.cause == "late", AlertWatch.scheduled_for <= run.scheduled_for)
        over = or_(over, late)
    session.execute(delete(AlertWatch).where(AlertWatch.job_id == run.job_id, over))


def watch_anew(session: Session, job: Job, rule: AlertRule) -> None:
    """Look at what waits and runs of a job as its rule has it now."""
    session.execute(delete(AlertWatch).where(AlertWatch.job_id == job.id))
    session.flush()
    if not rule.late:
        return
    active = session.scalars(select(Run).where(Run.job_id == job.id, Run.state.in_(ACTIVE))).all()
    for run in active:
        if run.state == "running":
            watch_run(session, run)
    if rule.late_minutes is not None:
        times = {run.scheduled_for for run in active if run.trigger == "schedule"}
        _watch_late(session, job.id, rule.late_minutes, sorted(times))
