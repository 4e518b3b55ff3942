"""Messages that are yet to be sent, in the database.

What is to be told is written with what happened, in one transaction; that it is sent, once the
other side has taken it. Whoever is killed between the two sends it again, as the same message: its
batch tells.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update

from ...clock import Clock
from ...db import Database
from ..models import new_id
from .decisions import TRIES, pause_after
from .models import AlertDelivery, AlertRecipient

#: How long others keep their hands off a message that somebody sends.
LEASE = timedelta(minutes=5)
#: How many entries one message has at most.
ENTRIES = 20


@dataclass(frozen=True)
class Message:
    """What one recipient is told at once.

    Attributes
    ----------
    batch
        Tells it from all others, also when it is sent again.
    entries
        What it tells, the oldest first.
    recipient
        Who is told; None where they are told no more.
    """

    batch: str
    entries: Sequence[AlertDelivery]
    recipient: AlertRecipient | None

    @property
    def owner(self) -> str:
        """Whose jobs it tells of."""
        return self.entries[0].owner


class Outbox:
    """The messages that wait.

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

    def next_due(self, busy: Collection[str] = ()) -> Any:
        """Return when the next message is due of those whose owners are not `busy`."""
        query = select(func.min(AlertDelivery.due_at)).where(AlertDelivery.state == "waiting")
        if busy:
            query = query.where(AlertDelivery.owner.not_in(busy))
        with self.database.read() as session:
            return session.scalar(query)

    def take(self, busy: Collection[str] = ()) -> Message | None:
        """Take the message that is due next, with all that its recipient is to be told by then.

        Parameters
        ----------
        busy
            Owners whose turn it is not.

        Returns
        -------
        Message | None
            It is the taker's for `LEASE`; None where nothing is due.
        """
        now = self.clock()
        due = (
            select(AlertDelivery)
            .where(AlertDelivery.state == "waiting", AlertDelivery.due_at <= now)
            .order_by(AlertDelivery.due_at, AlertDelivery.number)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if busy:
            due = due.where(AlertDelivery.owner.not_in(busy))
        with self.database.write(quiet=True) as session:
            first = session.scalars(due).first()
            if first is None:
                return None
            like = select(AlertDelivery).where(AlertDelivery.state == "waiting")
            if first.batch is not None:
                # It was tried before: the other side may know it.
                like = like.where(AlertDelivery.batch == first.batch)
            else:
                like = like.where(
                    AlertDelivery.batch.is_(None),
                    AlertDelivery.owner == first.owner,
                    AlertDelivery.target == first.target,
                    AlertDelivery.language == first.language,
                )
            like = like.order_by(AlertDelivery.number).limit(ENTRIES)
            like = like.with_for_update(skip_locked=True)
            entries = session.scalars(like).all()
            batch = first.batch or new_id()
            for one in entries:
                one.batch, one.due_at = batch, now + LEASE
            ids = [one.recipient_id for one in entries]
            # Of jobs of one owner that tell the same place any will do.
            recipient = session.scalars(
                select(AlertRecipient).where(AlertRecipient.id.in_(ids)).limit(1)
            ).first()
            session.flush()
            session.expunge_all()
            return Message(batch, entries, recipient)

    def sent(self, message: Message) -> None:
        """Note that a message was taken by the other side."""
        self._note(message, state="sent", message="", due_at=None, ended_at=self.clock())

    def refused(self, message: Message, why: str) -> None:
        """Note that a message can't be sent, however often it is tried, and why."""
        self._note(message, state="refused", message=why, due_at=None, ended_at=self.clock())

    def later(self, message: Message, why: str) -> bool:
        """Note why a message could not be sent now; tell whether it is tried again."""
        tries = message.entries[0].tries
        if tries + 1 >= TRIES:
            self._note(
                message,
                state="refused",
                message=why,
                tries=tries + 1,
                due_at=None,
                ended_at=self.clock(),
            )
            return False
        due = self.clock() + pause_after(tries)
        self._note(message, message=why, tries=tries + 1, due_at=due)
        return True

    def _note(self, message: Message, /, **values: Any) -> None:
        numbers = [one.number for one in message.entries]
        with self.database.write() as session:
            session.execute(
                update(AlertDelivery)
                .where(AlertDelivery.number.in_(numbers), AlertDelivery.state == "waiting")
                .values(**values)
            )
