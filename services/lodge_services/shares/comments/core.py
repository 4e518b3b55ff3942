"""Comments, notices of them, and likes. Knows no HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ...errors import Conflict, Forbidden, NotFound
from ..core import Shares
from ..events import note
from ..models import Actor
from ..readers import may_change, visible_to
from ..tables import CommentRow, LikeRow, NoticeRow, ShareRow

COMMENTS = 1_000
"""Comments that a share may have."""

NOTICES = 50
"""Notices that are listed."""

Act = Literal["", "proposed", "accepted", "declined", "withdrawn"]
"""What was done about a proposal; "" is a comment of its own."""


@dataclass(frozen=True)
class Comment:
    """What somebody has said about a share.

    Attributes
    ----------
    number
        Tells it from all others.
    version
        The share's newest one then.
    mentions
        Logins of those it names, by how it names them.
    """

    number: int
    share_id: str
    version: int
    author: str
    text: str
    mentions: Mapping[str, str]
    at: datetime
    proposal: int | None = None
    """Number of the proposal that it is about."""
    act: Act = ""
    """What was done about that."""

    def may_remove(self, actor: Actor, owner: str) -> bool:
        """Tell whether `actor` may remove it, from a share of `owner`."""
        return self.proposal is None and (actor.admin or actor.name in (self.author, owner))


@dataclass(frozen=True)
class Notice:
    """That a comment concerns somebody.

    Attributes
    ----------
    comment
        Which.
    title
        Of the share.
    mentioned
        Whether it names them; else it is about a share of theirs.
    seen
        Whether they have seen it.
    """

    comment: Comment
    title: str
    mentioned: bool
    seen: bool


class Comments:
    """All that is said about shares, and what they are liked by.

    Parameters
    ----------
    shares
        The shares.
    """

    def __init__(self, shares: Shares) -> None:
        self._shares = shares

    def of(self, share_id: str) -> Sequence[Comment]:
        """Return all comments of a share, the first first; whose to read is checked before."""
        query = (
            select(CommentRow).where(CommentRow.share_id == share_id).order_by(CommentRow.number)
        )
        with self._shares.database.read() as session:
            return [_comment(row) for row in session.scalars(query)]

    def add(self, actor: Actor, share_id: str, text: str, mentions: Mapping[str, str]) -> Comment:
        """Say something about a share; its owner and those who are named get a notice.

        Parameters
        ----------
        actor
            Who says it.
        share_id
            Of the share.
        text
            What is said.
        mentions
            Logins of those it names, by how it names them.

        Raises
        ------
        NotFound
            There is no such share that `actor` may read.
        Conflict
            It has as many comments as a share may have.
        """
        with self._shares.database.write() as session:
            row = self._shares.row(session, actor, share_id)
            check_room(session, share_id)
            return _comment(say(session, row, actor, text, mentions, self._shares.clock()))

    def remove(self, actor: Actor, share_id: str, number: int) -> None:
        """Remove a comment: its author, the share's owner and administrators may.

        Raises
        ------
        NotFound
            There is no such share that `actor` may read, or no such comment of it.
        Forbidden
            It is somebody else's, and so is the share.
        """
        with self._shares.database.write() as session:
            row = self._shares.row(session, actor, share_id)
            made = session.get(CommentRow, number)
            if made is None or made.share_id != share_id or made.proposal is not None:
                raise NotFound("comment_not_found", f"This share has no comment {number}.")
            if not (actor.name == made.author or may_change(row, actor)):
                raise Forbidden(
                    "not_the_author",
                    f"Only {made.author}, who wrote it, and the share's owner may remove this "
                    "comment.",
                )
            if made.author != actor.name:
                now = self._shares.clock()
                note(session, row, actor, "comment_removed", now, author=made.author)
            session.delete(made)

    def like(self, actor: Actor, share_id: str, *, liked: bool) -> int:
        """Like a share, or no more; return how many do.

        Raises
        ------
        NotFound
            There is no such share that `actor` may read.
        """
        with self._shares.database.write() as session:
            row = self._shares.row(session, actor, share_id)
            found = session.get(LikeRow, (share_id, actor.name))
            if liked and found is None:
                session.add(LikeRow(share_id=share_id, person=actor.name))
                row.likes += 1
            elif not liked and found is not None:
                session.delete(found)
                row.likes -= 1
            return row.likes

    def likers(self, share_id: str) -> frozenset[str]:
        """Return who likes a share."""
        query = select(LikeRow.person).where(LikeRow.share_id == share_id)
        with self._shares.database.read() as session:
            return frozenset(session.scalars(query))

    # Notices

    def notices(self, actor: Actor, *, unseen: bool = False) -> Sequence[Notice]:
        """Return what concerns `actor` of what they may still read, the last first.

        Parameters
        ----------
        actor
            Whom.
        unseen
            Leave out what they have seen.
        """
        query = (
            select(NoticeRow, CommentRow, ShareRow.title)
            .join(CommentRow, CommentRow.number == NoticeRow.comment)
            .join(ShareRow, ShareRow.id == CommentRow.share_id)
            .where(NoticeRow.person == actor.name)
            .where(ShareRow.deleted_at.is_(None), *visible_to(actor))
            .order_by(NoticeRow.comment.desc())
            .limit(NOTICES)
        )
        if unseen:
            query = query.where(NoticeRow.seen.is_(False))
        with self._shares.database.read() as session:
            return [
                Notice(_comment(comment), title, notice.mentioned, notice.seen)
                for notice, comment, title in session.execute(query)
            ]

    def see(self, actor: Actor, until: int) -> None:
        """Note that `actor` has seen what concerns them, up to a comment.

        Parameters
        ----------
        actor
            Who.
        until
            The number of the last comment that they have seen.
        """
        with self._shares.database.write() as session:
            session.execute(
                update(NoticeRow)
                .where(NoticeRow.person == actor.name, NoticeRow.seen.is_(False))
                .where(NoticeRow.comment <= until)
                .values(seen=True)
            )


def check_room(session: Session, share_id: str) -> None:
    """Let a share have one comment more.

    Raises
    ------
    Conflict
        It has as many as a share may have.
    """
    count = select(func.count()).where(CommentRow.share_id == share_id)
    if session.execute(count).scalar_one() >= COMMENTS:
        raise Conflict(
            "too_many_comments",
            f"This share has {COMMENTS} comments already; remove some, or write to its owner.",
        )


def say(
    session: Session,
    row: ShareRow,
    actor: Actor,
    text: str,
    mentions: Mapping[str, str],
    now: datetime,
    *,
    proposal: int | None = None,
    act: Act = "",
) -> CommentRow:
    """Add a comment and the notices of it, in the transaction that does what it tells.

    Parameters
    ----------
    session
        Of the transaction.
    row
        The share.
    actor
        Who says it.
    text
        What is said.
    mentions
        Logins of those it names, by how it names them.
    now
        When.
    proposal, act
        The proposal that it is about, and what was done about that.
    """
    made = CommentRow(
        share_id=row.id,
        version=row.latest,
        author=actor.name,
        text=text,
        mentions=json.dumps(dict(mentions), ensure_ascii=False),
        proposal=proposal,
        act=act,
        at=now,
    )
    session.add(made)
    session.flush()
    named = set(mentions.values())
    session.add_all(
        NoticeRow(comment=made.number, person=person, mentioned=person in named)
        for person in sorted({*named, row.owner} - {actor.name})
    )
    return made


def _comment(row: CommentRow) -> Comment:
    return Comment(
        number=row.number,
        share_id=row.share_id,
        version=row.version,
        author=row.author,
        text=row.text,
        mentions=json.loads(row.mentions),
        at=row.at,
        proposal=row.proposal,
        act=row.act,  # type: ignore[arg-type]
    )
