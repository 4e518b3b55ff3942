"""Fork tickets: a link that copies a notebook works once, for one user, for ten minutes.

The ticket is 32 random bytes, of which only a hash is kept. Using it is one conditional update in
the database, so of two requests at the same time one wins.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from hashlib import sha256

from sqlalchemy import CursorResult, update

from ..errors import Forbidden, Gone, NotFound
from .core import Shares
from .models import Actor, Forked, Ticket
from .tables import ShareRow, TicketRow, VersionRow

LIFETIME = timedelta(minutes=10)
"""How long a ticket can be used."""


class Tickets:
    """Hands tickets out and takes them back.

    Parameters
    ----------
    shares
        The shares that tickets are for; their database keeps the tickets.
    """

    def __init__(self, shares: Shares) -> None:
        self.shares = shares
        self.database = shares.database
        self.clock = shares.clock

    def issue(self, actor: Actor, share_id: str, version: int | None = None) -> Ticket:
        """Make a ticket for `actor` to fork a version, the newest when None.

        Raises
        ------
        NotFound
            There is no such share that `actor` may read, or no such version of it.
        """
        share = self.shares.get(actor, share_id)
        number = share.version if version is None else version
        secret = secrets.token_urlsafe(32)
        expires_at = self.clock() + LIFETIME
        with self.database.write() as session:
            if session.get(VersionRow, (share_id, number)) is None:
                raise NotFound("version_not_found", f"This share has no version {number}.")
            session.add(
                TicketRow(
                    hash=_hash(secret),
                    share_id=share_id,
                    version=number,
                    user=actor.name,
                    expires_at=expires_at,
                )
            )
        return Ticket(secret, share_id, number, expires_at)

    def redeem(self, actor: Actor, secret: str) -> Forked:
        """Use a ticket up and count the fork.

        Raises
        ------
        NotFound
            The ticket was never handed out, or the share is not there for `actor` any more.
        Forbidden
            It was handed out to another user; it stays usable for them.
        Gone
            It was used, or is older than `LIFETIME`.
        """
        with self.database.write() as session:
            ticket = session.get(TicketRow, _hash(secret))
            if ticket is None:
                raise NotFound(
                    "ticket_unknown", "This fork link is not known; fork the notebook again."
                )
            if ticket.user != actor.name:
                raise Forbidden(
                    "ticket_of_another",
                    "This fork link was made for another user; fork the notebook yourself.",
                )
            if ticket.used_at is None and ticket.expires_at <= self.clock():
                raise Gone(
                    "ticket_expired",
                    "This fork link is older than ten minutes; fork the notebook again.",
                )
            share = self.shares.get(actor, ticket.share_id)
            used = session.execute(
                update(TicketRow)
                .where(TicketRow.hash == ticket.hash, TicketRow.used_at.is_(None))
                .values(used_at=self.clock())
                .execution_options(synchronize_session=False)
            )
            if not isinstance(used, CursorResult) or used.rowcount != 1:
                raise Gone(
                    "ticket_used",
                    "This fork link was used already; the copy is in the folder forks, "
                    "or fork the notebook again.",
                )
            session.execute(
                update(ShareRow)
                .where(ShareRow.id == ticket.share_id)
                .values(forks=ShareRow.forks + 1)
                .execution_options(synchronize_session=False)
            )
            version = ticket.version
        return Forked(self.shares.get(actor, share.id), version)


def _hash(secret: str) -> str:
    return sha256(secret.encode("utf-8", "replace")).hexdigest()
