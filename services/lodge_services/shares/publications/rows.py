"""Rows of publications: what they say, and what is asked of them."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlalchemy import update
from sqlalchemy.orm import Session

from ..tables import PublicationRow
from ..wikis.base import Place
from ..wikis.delivery import Answer, Known, Way
from .models import Publication, State


def ask_again(session: Session, share_id: str, now: datetime, owner: str = "") -> None:
    """Have all pages of a share brought up to date.

    Those that people have to be asked about stay so: what they are asked is answered for the share
    as it will be then.

    Parameters
    ----------
    session
        Of the transaction that changes the share.
    share_id
        Of the share.
    now
        When.
    owner
        Its owner, where it is they who have changed it: pages that nobody's own account writes
        are theirs from now on.
    """
    if owner:
        session.execute(
            update(PublicationRow)
            .where(PublicationRow.share_id == share_id, PublicationRow.asked_by == "")
            .values(asked_by=owner)
        )
    session.execute(
        update(PublicationRow)
        .where(PublicationRow.share_id == share_id)
        .values(asked=PublicationRow.asked + 1)
    )
    session.execute(
        update(PublicationRow)
        .where(
            PublicationRow.share_id == share_id,
            PublicationRow.state.in_(("published", "refused", "waiting")),
        )
        .values(state="waiting", due_at=now, tries=0, message="")
    )


def known_of(row: PublicationRow) -> Known:
    """Return what a row says about its page."""
    return Known(
        key=row.key,
        page_id=row.page_id,
        revision=row.revision,
        written=row.written,
        intended=row.intended,
        title=row.title,
        number=row.number,
    )


def keep_known(row: PublicationRow, known: Known) -> None:
    """Let a row say it."""
    row.key, row.page_id, row.revision = known.key, known.page_id, known.revision
    row.written, row.intended = known.written, known.intended
    row.title, row.number = known.title, known.number


def answer_of(row: PublicationRow) -> Answer | None:
    """Return what a person has said; None where nobody was asked, or has answered."""
    return Answer(cast("Way", row.answer), row.answer_revision) if row.answer else None


def publication(row: PublicationRow) -> Publication:
    """Return a row as plain data."""
    return Publication(
        share_id=row.share_id,
        wiki=row.wiki,
        place=Place(row.space, row.parent),
        state=cast("State", row.state),
        title=row.title if row.page_id else "",
        url=row.url,
        version=row.version,
        delivered_at=row.delivered_at,
        message=row.message,
        tries=row.tries,
        due_at=row.due_at,
        revision=row.revision,
    )
