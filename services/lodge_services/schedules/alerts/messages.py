"""Messages on their way: written with what they tell, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..models import Job, Run
from .models import AlertDelivery, AlertRecipient, Language, What

#: How long a message waits for others to the same place, to be one with them.
GATHER = timedelta(seconds=15)


def told_of(session: Session, job_id: str) -> Sequence[AlertRecipient]:
    """Return who is told of a job."""
    return session.scalars(
        select(AlertRecipient)
        .where(AlertRecipient.job_id == job_id)
        .order_by(AlertRecipient.created_at, AlertRecipient.id)
    ).all()


def write(
    session: Session,
    job: Job,
    recipients: Sequence[AlertRecipient],
    what: What,
    run: Run | None,
    language: Language,
    facts: dict[str, Any],
    now: datetime,
) -> None:
    """Have recipients told something, in the transaction in which it happens.

    A bell has it at once; the others are sent it.
    """
    for one in recipients:
        bell = one.kind == "bell"
        session.add(
            AlertDelivery(
                job_id=job.id,
                owner=job.owner,
                recipient_id=one.id,
                kind=one.kind,
                address=one.address,
                target=one.target,
                what=what,
                run_id=None if run is None else run.id,
                language=language,
                facts=facts,
                state="sent" if bell else "waiting",
                due_at=None if bell else now + (timedelta() if what == "test" else GATHER),
                created_at=now,
                ended_at=now if bell else None,
            )
        )
