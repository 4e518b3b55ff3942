"""What owners choose to be told of their jobs, and what is in their bells. It knows no HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ...clock import Clock
from ...db import Database
from ...errors import BadRequest, Conflict, NotFound
from ..models import Job
from ..queries import Viewer, visible_job
from .incidents import facts_of
from .messages import told_of, write
from .models import AlertDelivery, AlertIncident, AlertRecipient, AlertRule, Kind
from .places import BELL, Place, Places
from .watches import watch_anew

#: How many recipients a job has at most.
RECIPIENTS = 20
#: How many of the last messages are shown, of a job and in a bell.
SHOWN, NOTICES = 10, 50
#: How long a test waits for the one before.
BETWEEN_TESTS = timedelta(seconds=10)


@dataclass(frozen=True)
class AlertsView:
    """What is told of a job, to whom, what is wrong with it, and the last messages."""

    job: Job
    rule: AlertRule
    recipients: Sequence[AlertRecipient]
    incidents: Sequence[AlertIncident]
    deliveries: Sequence[AlertDelivery]


def usual(session: Session, job: Job, now: datetime) -> None:
    """Have a new job tell what jobs usually tell: failures and recoveries, in its owner's bell."""
    session.flush()
    session.add(AlertRule(job_id=job.id))
    session.add(_recipient(job.id, BELL, now))


class Alerts:
    """What is told of the jobs of all users.

    Parameters
    ----------
    database
        Of schedules.
    clock
        Gives the time.
    places
        Where people can be told. None: in bells alone.
    """

    def __init__(self, database: Database, clock: Clock, places: Places | None = None) -> None:
        self.database = database
        self.clock = clock
        self.places = places or Places()
        self.ways = self.places.ways

    # Choosing

    def of(self, viewer: Viewer, job_id: str) -> AlertsView:
        """Return what is told of a job.

        Raises
        ------
        NotFound
            There is none of that id for the viewer.
        """
        with self.database.read() as session:
            job = visible_job(session, viewer, job_id)
            return self._view(session, job, session.get(AlertRule, job_id) or _silent(job_id))

    def change(self, viewer: Viewer, job_id: str, changes: Mapping[str, Any]) -> AlertsView:
        """Change what is told of a job: fields of its rule.

        Raises
        ------
        NotFound
            There is no such job for the viewer.
        BadRequest
            A field can't be without a value.
        """
        for name, value in changes.items():
            if value is None and name != "late_minutes":
                raise BadRequest(
                    "invalid_body", f'The field "{name}" can\'t be null; leave it out.'
                )
        with self.database.write() as session:
            job = visible_job(session, viewer, job_id)
            rule = _rule(session, job_id)
            for name, value in changes.items():
                setattr(rule, name, value)
            session.flush()
            if changes.keys() & {"late", "late_minutes"}:
                watch_anew(session, job, rule)
            return self._view(session, job, rule)

    def mute(self, viewer: Viewer, job_id: str, hours: float) -> AlertsView:
        """Tell nothing of a job for some hours; for none: tell it again."""
        with self.database.write() as session:
            job = visible_job(session, viewer, job_id)
            rule = _rule(session, job_id)
            rule.muted_until = self.clock() + timedelta(hours=hours) if hours else None
            session.flush()
            return self._view(session, job, rule)

    def add(
        self, viewer: Viewer, job_id: str, kind: Kind, address: str = "", secret: str = ""
    ) -> AlertRecipient:
        """Have somebody told of a job.

        Parameters
        ----------
        viewer
            Who asks.
        job_id
            The job.
        kind, address, secret
            Who is told; see `Places.place`.

        Raises
        ------
        NotFound
            There is no such job for the viewer.
        BadRequest
            Nobody can be told there.
        Conflict
            They are told already, or too many are.
        """
        with self.database.write() as session:
            job = visible_job(session, viewer, job_id)
            place = self.places.place(kind, address, secret)
            known = told_of(session, job.id)
            if any(one.target == place.target for one in known):
                raise Conflict("told_already", "They are told of this job already.")
            if len(known) >= RECIPIENTS:
                raise Conflict(
                    "too_many_recipients",
                    f"A job tells at most {RECIPIENTS} recipients; remove one first.",
                )
            made = _recipient(job.id, place, self.clock())
            session.add(made)
            return made

    def remove(self, viewer: Viewer, job_id: str, recipient_id: str) -> None:
        """Have somebody told of a job no more, nor of what is on its way.

        Raises
        ------
        NotFound
            There is no such job for the viewer, or no such recipient of it.
        """
        with self.database.write() as session:
            job = visible_job(session, viewer, job_id)
            found = session.get(AlertRecipient, recipient_id)
            if found is None or found.job_id != job.id:
                raise NotFound(
                    "no_such_recipient", "There is no such recipient; they may have been removed."
                )
            session.delete(found)

    def test(self, viewer: Viewer, job_id: str) -> None:
        """Send all who are told of a job a message that says so.

        Raises
        ------
        NotFound
            There is no such job for the viewer.
        Conflict
            Nobody is told of it, or it was tried a moment ago.
        """
        now = self.clock()
        with self.database.write() as session:
            job = visible_job(session, viewer, job_id)
            recipients = told_of(session, job.id)
            if not recipients:
                raise Conflict(
                    "nobody_told",
                    "Nobody is told of this job, so a test would reach nobody; add somebody first.",
                )
            last = session.scalar(
                select(func.max(AlertDelivery.created_at)).where(
                    AlertDelivery.job_id == job.id, AlertDelivery.what == "test"
                )
            )
            if last is not None and now - last < BETWEEN_TESTS:
                raise Conflict(
                    "too_soon", "A test was sent just now; wait a moment for the next one."
                )
            language = _rule(session, job.id).language
            write(session, job, recipients, "test", None, language, facts_of(job, None), now)

    def _view(self, session: Session, job: Job, rule: AlertRule) -> AlertsView:
        incidents = select(AlertIncident).where(
            AlertIncident.job_id == job.id, AlertIncident.closed_at.is_(None)
        )
        last = select(AlertDelivery).where(AlertDelivery.job_id == job.id)
        return AlertsView(
            job,
            rule,
            told_of(session, job.id),
            session.scalars(incidents.order_by(AlertIncident.opened_at)).all(),
            session.scalars(last.order_by(AlertDelivery.number.desc()).limit(SHOWN)).all(),
        )

    # Bells

    def notices(self, person: str, *, unseen: bool = False) -> Sequence[AlertDelivery]:
        """Return what is in somebody's bell, the last first.

        Parameters
        ----------
        person
            Whose.
        unseen
            Leave out what they have seen.
        """
        query = (
            select(AlertDelivery)
            .where(AlertDelivery.owner == person, AlertDelivery.kind == "bell")
            .order_by(AlertDelivery.number.desc())
            .limit(NOTICES)
        )
        if unseen:
            query = query.where(AlertDelivery.seen.is_(False))
        with self.database.read() as session:
            return session.scalars(query).all()

    def see(self, person: str, until: int) -> None:
        """Note that somebody has seen what is in their bell, up to a number."""
        with self.database.write() as session:
            session.execute(
                update(AlertDelivery)
                .where(AlertDelivery.owner == person, AlertDelivery.kind == "bell")
                .where(AlertDelivery.seen.is_(False), AlertDelivery.number <= until)
                .values(seen=True)
            )


def _silent(job_id: str) -> AlertRule:
    return AlertRule(
        job_id=job_id,
        failed=False,
        recovered=False,
        late=False,
        late_minutes=None,
        language="en",
        muted_until=None,
    )


def _rule(session: Session, job_id: str) -> AlertRule:
    rule = session.get(AlertRule, job_id, with_for_update=True)
    if rule is None:
        rule = _silent(job_id)
        session.add(rule)
    return rule


def _recipient(job_id: str, place: Place, now: datetime) -> AlertRecipient:
    return AlertRecipient(
        job_id=job_id,
        kind=place.kind,
        address=place.address,
        target=place.target,
        secret=place.secret,
        created_at=now,
    )
