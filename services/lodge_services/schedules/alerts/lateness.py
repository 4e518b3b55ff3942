"""Looks at jobs at the moments that are noted for it, and tells what is late."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from ...clock import Clock
from ...db import Database
from ..models import Job, Run
from ..queries import durations
from .decisions import KNOWN, too_long_s
from .incidents import facts_of, opened
from .models import AlertRule, AlertWatch

log = logging.getLogger(__name__)

#: How many moments are looked at between two looks at the messages.
AT_ONCE = 100


class Lateness:
    """The moments that are noted.

    Parameters
    ----------
    database
        Of schedules.
    clock
        Gives the time.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock

    def next_due(self) -> datetime | None:
        """Return the earliest moment."""
        with self.database.read() as session:
            return session.scalar(select(func.min(AlertWatch.due_at)))

    def look(self) -> int:
        """Look at all whose moment has come; return how many they were."""
        now = self.clock()
        query = (
            select(AlertWatch.number)
            .where(AlertWatch.due_at <= now)
            .order_by(AlertWatch.due_at, AlertWatch.number)
            .limit(AT_ONCE)
        )
        with self.database.read() as session:
            due = session.scalars(query).all()
        for number in due:
            self._look_at(number, now)
        return len(due)

    def _look_at(self, number: int, now: datetime) -> None:
        """Look at one; one at which Lodge itself fails lets the others pass."""
        try:
            with self.database.write() as session:
                watch = session.get(AlertWatch, number)
                if watch is None:
                    return
                rule = session.get(AlertRule, watch.job_id, with_for_update=True)
                # Another service may have looked at it while this one waited for the rule.
                watch = session.get(AlertWatch, number, populate_existing=True)
                if watch is None:
                    return
                job = session.get(Job, watch.job_id)
                if rule is not None and job is not None and rule.late:
                    _judge(session, watch, rule, job, now)
                session.execute(delete(AlertWatch).where(AlertWatch.number == number))
        except (InterfaceError, OperationalError):
            raise  # the database is away, for all
        except Exception:
            log.exception("Whether something is late can't be told (%s)", number)
            with self.database.write() as session:
                session.execute(delete(AlertWatch).where(AlertWatch.number == number))


def _judge(session: Session, watch: AlertWatch, rule: AlertRule, job: Job, now: datetime) -> None:
    if watch.cause == "slow":
        run = session.get(Run, watch.run_id)
        if run is None or run.state != "running":
            return
        longest = too_long_s(durations(session, job.id, KNOWN))
        facts = facts_of(job, run) | {"longest_s": longest}
        opened(session, rule, job, "slow", run, watch.scheduled_for, now, facts)
        return
    runs = session.scalars(
        select(Run)
        .where(Run.job_id == job.id, Run.scheduled_for >= watch.scheduled_for)
        .order_by(Run.scheduled_for, Run.attempt, Run.created_at)
    ).all()
    # What its owner has cancelled is awaited by nobody.
    if any(run.state == "succeeded" for run in runs) or not _awaited(watch, runs):
        return
    run = runs[-1] if runs else None
    facts = facts_of(job, run) | {
        "scheduled_for": watch.scheduled_for.isoformat(),
        "minutes": round((watch.due_at - watch.scheduled_for).total_seconds() / 60),
    }
    opened(session, rule, job, "late", run, watch.scheduled_for, now, facts)


def _awaited(watch: AlertWatch, runs: Sequence[Run]) -> bool:
    states = [run.state for run in runs if run.scheduled_for == watch.scheduled_for]
    return not states or states[-1] != "cancelled"
