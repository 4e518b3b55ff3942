"""What is wrong with jobs, in the database: opened, counted, told, closed.

What a run's end means is written in the transaction that ends the run, messages included: a kill
loses none, and tells none that did not happen.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..models import Job, Run
from .decisions import Told, is_recovery_told, is_told
from .guard import guarded
from .messages import told_of, write
from .models import AlertIncident, AlertRule, Cause
from .watches import unwatch


def note_end(session: Session, run_id: str, now: datetime, *, final: bool) -> None:
    """Note what the end of a run means for its job, in the transaction that ends it.

    A fault of ours here does not keep the run from its end.

    Parameters
    ----------
    session
        Of the transaction.
    run_id
        A run that has ended.
    now
        When.
    final
        Whether it is not tried again.
    """
    with guarded(session, f"the end of run {run_id}"):
        _note_end(session, run_id, now, final=final)


def _note_end(session: Session, run_id: str, now: datetime, *, final: bool) -> None:
    run = session.get_one(Run, run_id, populate_existing=True)
    # Whoever else looks at this job waits.
    rule = session.get(AlertRule, run.job_id, with_for_update=True)
    job = session.get(Job, run.job_id)
    if rule is None or job is None:
        return
    unwatch(session, run)
    fails = run.state == "failed" and final
    if run.state == "succeeded":
        _close(session, rule, job, run, now)
    elif run.state == "cancelled" or (fails and rule.failed):
        # It takes no longer; what became of it is known, or told.
        for one in _open(session, job.id):
            if one.cause == "slow":
                one.closed_at = now
    if fails:
        opened(session, rule, job, "failed", run, run.scheduled_for, now, facts_of(job, run))


def opened(
    session: Session,
    rule: AlertRule,
    job: Job,
    cause: Cause,
    run: Run | None,
    since: datetime,
    now: datetime,
    facts: dict[str, Any],
) -> None:
    """Begin an incident, or count it once more; tell of it where that is not done yet."""
    open_ones = {one.cause: one for one in _open(session, job.id)}
    incident = open_ones.get(cause)
    if incident is None:
        incident = AlertIncident(
            job_id=job.id, cause=cause, since=since, opened_at=now, count=1, told=False
        )
        session.add(incident)
    else:
        incident.count += 1
    failing = "failed" in open_ones and open_ones["failed"].told
    if not is_told(told_by(rule), cause, now, before=incident.told, failing=failing):
        return
    incident.told = True
    facts |= {"count": incident.count, "opened_at": incident.opened_at.isoformat()}
    write(session, job, told_of(session, job.id), cause, run, rule.language, facts, now)


def _close(session: Session, rule: AlertRule, job: Job, run: Run, now: datetime) -> None:
    """Close what a success ends: of what is late, only what it comes for."""
    over = [
        one
        for one in _open(session, job.id)
        if one.cause != "late" or one.since <= run.scheduled_for
    ]
    for one in over:
        one.closed_at = now
    before = any(one.told for one in over)
    if not is_recovery_told(told_by(rule), now, before=before):
        return
    first = min(one.opened_at for one in over)
    facts = facts_of(job, run) | {
        "opened_at": first.isoformat(),
        "failures": sum(one.count for one in over if one.cause == "failed"),
    }
    write(session, job, told_of(session, job.id), "recovered", run, rule.language, facts, now)


def _open(session: Session, job_id: str) -> Sequence[AlertIncident]:
    return session.scalars(
        select(AlertIncident).where(
            AlertIncident.job_id == job_id, AlertIncident.closed_at.is_(None)
        )
    ).all()


def told_by(rule: AlertRule) -> Told:
    """Return what a rule says, without the database."""
    return Told(rule.failed, rule.late, rule.recovered, rule.muted_until)


def facts_of(job: Job, run: Run | None) -> dict[str, Any]:
    """Return what a message needs to know of a run, as it is now."""
    facts: dict[str, Any] = {"job": job.name, "timezone": job.timezone}
    if run is None:
        return facts
    facts |= {
        "scheduled_for": run.scheduled_for.isoformat(),
        "trigger": run.trigger,
        "attempt": run.attempt,
    }
    if run.started_at is not None and run.ended_at is not None:
        facts["duration_s"] = max(0.0, (run.ended_at - run.started_at).total_seconds())
    if isinstance(run.error, dict):
        error = run.error
        facts["error"] = {
            "cell": error.get("cell"),
            **{
                name: str(error.get(name) or "")[:1_000]
                for name in ("cell_source", "ename", "evalue", "message")
            },
        }
    return facts
