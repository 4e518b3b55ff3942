"""Delivering what is due to wikis, one try at a time.

What is asked for while a page is being written is delivered after that.
"""

from __future__ import annotations

import logging
import random
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...render.words import Words
from ..publications.models import Publication, Target
from ..publications.rows import answer_of, keep_known, known_of, publication
from ..tables import PublicationRow
from ..wikis.base import Place, Refused, Unreachable, WikiError, web_address
from ..wikis.delivery import Deleted, Delivered, Delivery, Edited, Known, summary_of
from .accounts import UNREADABLE
from .core import Publishing

log = logging.getLogger(__name__)

FIRST_PAUSE = 5.0
"""Seconds from a failed try to the next; each further one waits twice as long."""

LONGEST_PAUSE = 3600.0
"""Seconds that no pause is longer than, unless the wiki asks for it."""

LONGEST_ASKED = 24 * 3600.0
"""Seconds that no wiki is left alone for longer than, whatever it asks."""


class Deliveries:
    """Brings pages up to date.

    Parameters
    ----------
    publishing
        Knows what pages are to say.
    """

    def __init__(self, publishing: Publishing) -> None:
        self._publishing = publishing
        self._database = publishing.shares.database
        self._clock = publishing.shares.clock

    def next_due(self, wiki: str) -> tuple[str | None, float]:
        """Return the share whose page is to be written now, and the seconds until the next is.

        Returns
        -------
        tuple[str or None, float]
            The id of a share and 0, or None and at most a minute.
        """
        query = (
            select(PublicationRow.share_id, PublicationRow.due_at)
            .where(PublicationRow.wiki == wiki, PublicationRow.state == "waiting")
            .order_by(PublicationRow.due_at)
            .limit(1)
        )
        with self._database.read() as session:
            found = session.execute(query).first()
        if found is None:
            return None, 60.0
        wait = (found[1] - self._clock()).total_seconds()
        return (found[0], 0.0) if wait <= 0 else (None, min(wait, 60.0))

    def deliver(self, share_id: str, wiki: str) -> Publication | None:
        """Try once to bring a share's page up to date; None where nothing is to be done.

        Whatever goes wrong is noted, and told by the publication.
        """
        with self._database.read() as session:
            row = session.get(PublicationRow, (share_id, wiki))
        if row is None or row.state != "waiting":
            return None
        target, connections = self._publishing.targets.get(wiki), self._publishing.connections
        # Of this publication. One that is given up and asked for again meanwhile has another.
        keys = {row.key}

        def note(known: Known) -> None:
            with self._database.write() as session:
                kept = _kept(session, row, keys)
                if kept is None:
                    raise Refused("It is no longer published there.")
                keep_known(kept, known)
            keys.add(known.key)

        try:
            if target is None:
                raise Refused(f"There is no wiki {wiki} in the settings of Lodge any more.")
            with connections.held(target, row.asked_by) as opened:
                written, document = self._publishing.written(opened, row)
                if document is None and not row.title:
                    raise Refused("The notebook was deleted before it was published.")
                title = document.title if document is not None else row.title
                delivery = Delivery(opened, Place(row.space, row.parent), title, note)
                words = Words(row.language)
                summary = summary_of(document) if document else words("No longer shared (Lodge)")
                with connections.asked[wiki]:
                    outcome = delivery.run(written, summary, known_of(row), answer_of(row))
        except WikiError as error:
            # Its token may be another one by the next time.
            connections.close(wiki)
            return self._failed(row, keys, self._whose(row, target, error))
        except Exception:
            log.exception("Share %s can't be published to the wiki %s", share_id, wiki)
            return self._failed(
                row,
                keys,
                Unreachable(
                    "Lodge failed to write the page; its administrator finds why in the log."
                ),
            )
        version = document.version if document is not None else None
        return self._ended(row, keys, outcome, version)

    def _whose(self, row: PublicationRow, target: Target | None, error: WikiError) -> WikiError:
        """Return what is told of an error: one of somebody's own account is theirs to mend."""
        own = self._publishing.accounts.of(row.asked_by).get(row.wiki)
        if own is None or target is None or not target.own_tokens:
            return error
        if isinstance(error, Refused) and error.message != UNREADABLE:
            return Refused(f"As your own account {own.name}: {error.message}")
        return error

    def _ended(
        self,
        before: PublicationRow,
        keys: set[str],
        outcome: Delivered | Edited | Deleted,
        version: int | None,
    ) -> Publication | None:
        with self._database.write() as session:
            row = _kept(session, before, keys)
            if row is None:
                return None
            keep_known(row, outcome.known)
            row.tries, row.message = 0, ""
            now = self._clock()
            if isinstance(outcome, Delivered):
                row.url, row.version, row.delivered_at = web_address(outcome.page), version, now
                row.answer = row.answer_revision = ""
                row.state = "published" if row.asked == before.asked else "waiting"
                row.due_at = now
            else:
                row.answer = row.answer_revision = ""
                row.state = "edited" if isinstance(outcome, Edited) else "deleted"
                if isinstance(outcome, Edited):
                    row.url = web_address(outcome.page)
            return publication(row)

    def _failed(
        self, before: PublicationRow, keys: set[str], error: WikiError
    ) -> Publication | None:
        with self._database.write() as session:
            row = _kept(session, before, keys)
            if row is None:
                return None
            row.message = error.message
            row.tries += 1
            if isinstance(error, Unreachable):
                pause = min(FIRST_PAUSE * 2 ** min(row.tries - 1, 20), LONGEST_PAUSE)
                pause *= 1 + random.random() / 4  # noqa: S311  (spreads tries, keeps no secret)
                pause = max(pause, min(error.after or 0, LONGEST_ASKED))
                row.due_at = self._clock() + timedelta(seconds=pause)
            elif row.asked == before.asked:
                row.state = "refused"
            return publication(row)


def _kept(session: Session, before: PublicationRow, keys: set[str]) -> PublicationRow | None:
    """Return a publication's row as it is now; None where it is gone, or is another's by now."""
    row = session.get(PublicationRow, (before.share_id, before.wiki))
    return row if row is not None and row.key in keys else None
