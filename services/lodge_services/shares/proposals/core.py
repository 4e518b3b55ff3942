"""Proposals: a fork's changes, shown to the owner of what was forked, who accepts or declines.

Knows no HTTP. What is proposed is kept as it was proposed: the fork may go on, or go. A proposal,
and what is decided about it, are comments on the share, so that those whom it concerns are told.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ...comparing import Change, Comparison, changes, compare, merged
from ...errors import BadRequest, Conflict, Forbidden, NotFound
from ..comments.core import check_room, say
from ..core import Shares
from ..models import LODGE, Actor, Share
from ..readers import may_change
from ..reading import check_owner, no_such_share
from ..tables import ProposalRow, ShareRow

State = Literal["open", "accepted", "declined", "withdrawn"]


@dataclass(frozen=True)
class Proposal:
    """Changes that somebody proposes.

    Attributes
    ----------
    number
        Tells it from all others of the share.
    share_id, base
        The share, and its version that was copied.
    fork_id, fork_version
        Where the changes come from.
    digest
        Of the notebook that is proposed.
    author
        Who proposes it.
    version
        The share's version that has what was accepted.
    """

    number: int
    share_id: str
    base: int
    fork_id: str
    fork_version: int
    digest: str
    author: str
    state: State
    version: int | None
    at: datetime
    decided_at: datetime | None


@dataclass(frozen=True)
class Opened:
    """A proposal, looked at.

    Attributes
    ----------
    proposal
        The proposal.
    share
        As it is now.
    comparison
        Of what was copied with what is proposed.
    found
        What was changed, and where that is in the newest version.
    base, copy, newest
        The notebooks.
    """

    proposal: Proposal
    share: Share
    comparison: Comparison
    found: Sequence[Change]
    base: Mapping[str, Any]
    copy: Mapping[str, Any]
    newest: Mapping[str, Any]


class Proposals:
    """All proposals.

    Parameters
    ----------
    shares
        The shares.
    """

    def __init__(self, shares: Shares) -> None:
        self._shares = shares

    def propose(self, actor: Actor, fork_id: str, message: str) -> Proposal:
        """Propose a fork's newest version to the owner of what it was forked from.

        An open proposal of theirs of the same fork takes what is proposed now.

        Parameters
        ----------
        actor
            Who owns the fork.
        fork_id
            Of the fork.
        message
            What they say to it; may be empty.

        Raises
        ------
        NotFound
            There is no such share that `actor` may read, nor what it was forked from.
        Forbidden
            The fork is somebody else's.
        BadRequest
            It is no fork, its original is the actor's own, or nothing differs.
        Conflict
            The original has as many comments as a share may have.
        """
        shares = self._shares
        fork = shares.get(actor, fork_id)
        if fork.owner != actor.name:
            raise Forbidden("not_owner", "Only a fork's owner proposes its changes.")
        origin = fork.forked_from
        if origin is None:
            raise BadRequest("no_fork", "This notebook is no fork: there is nobody to propose to.")
        share = shares.get(actor, origin.share_id)
        if share.owner == actor.name:
            raise BadRequest("own_share", "The original is yours: share the changes as a version.")
        base = shares.version(actor, share.id, origin.version)
        if base.digest == fork.digest:
            raise BadRequest("nothing_changed", "Nothing differs from what was forked.")
        now = shares.clock()
        with shares.database.write() as session:
            row = shares.row(session, actor, share.id)
            found = session.scalars(
                select(ProposalRow).where(
                    ProposalRow.share_id == share.id,
                    ProposalRow.fork_id == fork_id,
                    # Who had the fork before does not see what becomes of it.
                    ProposalRow.author == actor.name,
                    ProposalRow.state == "open",
                )
            ).first()
            if found is not None and found.digest == fork.digest and not message:
                # Nothing is new: nobody is told again.
                return _proposal(found)
            check_room(session, share.id)
            made = found or ProposalRow(
                share_id=share.id,
                number=_next(session, share.id),
                fork_id=fork_id,
                author=actor.name,
                state="open",
                at=now,
            )
            made.base, made.fork_version = origin.version, fork.version
            made.digest = fork.digest
            session.add(made)
            session.flush()
            say(session, row, actor, message, {}, now, proposal=made.number, act="proposed")
            return _proposal(made)

    def of(self, share_id: str) -> Sequence[Proposal]:
        """Return all proposals to a share, the last first; whose to read is checked before."""
        query = (
            select(ProposalRow)
            .where(ProposalRow.share_id == share_id)
            .order_by(ProposalRow.number.desc())
        )
        with self._shares.database.read() as session:
            return [_proposal(row) for row in session.scalars(query)]

    def opened(self, actor: Actor, share_id: str, number: int) -> Opened:
        """Return a proposal with what it changes; for its author and the share's owner.

        Raises
        ------
        NotFound
            There is no such share or proposal that `actor` may see.
        NotCompared
            The notebooks are too large or too unlike.
        """
        shares = self._shares
        share = shares.get(actor, share_id)
        with shares.database.read() as session:
            proposal = _proposal(_row(session, actor, session.get(ShareRow, share_id), number))
        base = shares.notebook(LODGE, share_id, proposal.base)
        copy: dict[str, Any] = json.loads(shares.store.get(proposal.digest))
        newest = shares.notebook(LODGE, share_id, share.version)
        comparison = compare(base, copy)
        between = compare(newest, copy) if share.version != proposal.base else None
        found = changes(comparison, compare(base, newest), between)
        return Opened(proposal, share, comparison, found, base, copy, newest)

    def accept(
        self,
        actor: Actor,
        share_id: str,
        number: int,
        accepted: Collection[int],
        *,
        newest: int,
        digest: str,
    ) -> Share:
        """Put changes of a proposal into the share, as a new version with both names.

        Parameters
        ----------
        actor
            The share's owner.
        share_id, number
            Of the proposal.
        accepted
            Numbers of the changes that are wanted.
        newest
            The version that the actor has seen as the newest.
        digest
            Of the proposal as they have seen it.

        Raises
        ------
        NotFound
            There is no such share or proposal.
        Forbidden
            The share is somebody else's.
        BadRequest
            No change was chosen, or one that there is not.
        Conflict
            It is decided already, or there is a newer version or proposal.
        """
        share = self._shares.owned(actor, share_id)
        opened = self.opened(actor, share.id, number)
        _check_open(opened.proposal.state)
        _check_same(opened.proposal.digest, digest)
        wanted, there = set(accepted), {change.number for change in opened.found}
        if not wanted or wanted - there:
            raise BadRequest("no_changes", "Choose the changes to accept, or decline the proposal.")
        notebook = merged(opened.newest, opened.copy, opened.found, wanted)

        def decide(session: Session, row: ShareRow) -> None:
            _check_same(_row(session, actor, row, number).digest, digest)
            self._decide(session, row, actor, number, "accepted", "", row.latest)

        return self._shares.update(
            actor,
            share_id,
            notebook=notebook,
            coauthor=opened.proposal.author,
            newest=newest,
            besides=decide,
        )

    def decline(self, actor: Actor, share_id: str, number: int, message: str) -> None:
        """Decline a proposal, with a word to its author.

        Raises
        ------
        NotFound
            There is no such share or proposal.
        Forbidden
            The share is somebody else's.
        Conflict
            It is decided already.
        """
        with self._shares.database.write() as session:
            row = self._shares.row(session, actor, share_id)
            check_owner(row, actor)
            self._decide(session, row, actor, number, "declined", message)

    def withdraw(self, actor: Actor, share_id: str, number: int) -> None:
        """Take a proposal of one's own back.

        Raises
        ------
        NotFound
            There is no such share or proposal.
        Forbidden
            It is somebody else's.
        Conflict
            It is decided already.
        """
        with self._shares.database.write() as session:
            row = self._shares.row(session, actor, share_id)
            self._decide(session, row, actor, number, "withdrawn", "")

    def _decide(
        self,
        session: Session,
        row: ShareRow,
        actor: Actor,
        number: int,
        state: Literal["accepted", "declined", "withdrawn"],
        message: str,
        version: int | None = None,
    ) -> None:
        now = self._shares.clock()
        made = _row(session, actor, row, number)
        if state == "withdrawn" and made.author != actor.name:
            raise Forbidden("not_the_author", f"Only {made.author} can take this back.")
        _check_open(made.state)
        made.state, made.version, made.decided_at = state, version, now
        mentions = {} if state == "withdrawn" else {made.author: made.author}
        say(session, row, actor, message, mentions, now, proposal=number, act=state)


def _row(session: Session, actor: Actor, row: ShareRow | None, number: int) -> ProposalRow:
    if row is None:
        raise no_such_share()
    made = session.get(ProposalRow, (row.id, number))
    seen = made is not None and (may_change(row, actor) or made.author == actor.name)
    if made is None or not seen:
        raise NotFound("proposal_not_found", f"There is no proposal {number} that you may see.")
    return made


def _next(session: Session, share_id: str) -> int:
    last = select(func.max(ProposalRow.number)).where(ProposalRow.share_id == share_id)
    return (session.execute(last).scalar_one() or 0) + 1


def _check_open(state: str) -> None:
    if state != "open":
        raise Conflict("already_decided", f"This proposal is {state} already.")


def _check_same(digest: str, seen: str) -> None:
    if digest != seen:
        raise Conflict("proposal_changed", "The proposal has changed by now; look at it again.")


def _proposal(row: ProposalRow) -> Proposal:
    return Proposal(
        number=row.number,
        share_id=row.share_id,
        base=row.base,
        fork_id=row.fork_id,
        fork_version=row.fork_version,
        digest=row.digest,
        author=row.author,
        state=row.state,  # type: ignore[arg-type]
        version=row.version,
        at=row.at,
        decided_at=row.decided_at,
    )
