"""Proposals of a fork's owner to who owns what was forked."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from lodge_services.comparing import merged
from lodge_services.errors import BadRequest, Conflict, Forbidden, NotFound
from lodge_services.shares.comments import core as comments
from lodge_services.shares.models import LODGE, Actor, Readers, Share
from lodge_services.shares.proposals import core
from lodge_services.shares.proposals.core import Proposal
from lodge_services.shares.reading import UNDO_TIME
from lodge_services.shares.service import SharesService
from nbformat.v4 import new_code_cell, new_notebook
from support.sharing import Clock

ADA, BOB, CEM = Actor("ada"), Actor("bob"), Actor("cem")
ADMIN = Actor("root", admin=True)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(tmp_path: Path, clock: Clock) -> Iterator[SharesService]:
    opened = SharesService.open(f"sqlite:///{tmp_path}/s.sqlite", tmp_path / "store", clock)
    yield opened
    opened.close()


def make(*sources: str, forked: Share | None = None) -> Any:
    cells = [new_code_cell(source, id=f"c{at}") for at, source in enumerate(sources)]
    made = new_notebook(cells=cells)
    if forked is not None:
        origin = {"id": forked.id, "version": forked.version}
        made.metadata["lodge"] = {"forked_from": origin}
    return made


def sources(service: SharesService, share_id: str) -> list[str]:
    share = service.shares.get(LODGE, share_id)
    notebook = service.shares.notebook(LODGE, share_id, share.version)
    return [cell["source"] for cell in notebook["cells"]]


@pytest.fixture
def original(service: SharesService) -> Share:
    return service.shares.create(ADA, title="Original", notebook=make("a = 1", "b = 1"))


@pytest.fixture
def fork(service: SharesService, original: Share) -> Share:
    copy = make("a = 2", "b = 2", forked=original)
    return service.shares.create(BOB, title="Fork", notebook=copy)


def accept(service: SharesService, proposal: Proposal, actor: Actor = ADA, **changed: Any) -> Share:
    opened = service.proposals.opened(actor, proposal.share_id, proposal.number)
    wanted = {
        "accepted": [one.number for one in opened.found],
        "newest": opened.share.version,
        "digest": opened.proposal.digest,
        **changed,
    }
    return service.proposals.accept(actor, proposal.share_id, proposal.number, **wanted)


def said(service: SharesService, share_id: str) -> list[tuple[str, str, str]]:
    return [(one.author, one.act, one.text) for one in service.comments.of(share_id)]


def test_some_changes_are_accepted(service: SharesService, original: Share, fork: Share) -> None:
    made = service.proposals.propose(BOB, fork.id, "b was wrong")
    assert [one.act for one in (n.comment for n in service.comments.notices(ADA))] == ["proposed"]
    opened = service.proposals.opened(ADA, original.id, made.number)
    assert [one.cell.kind for one in opened.found] == ["changed", "changed"]
    share = accept(service, made, accepted=[opened.found[1].number])
    assert (share.version, share.owner) == (2, "ada")
    assert sources(service, original.id) == ["a = 1", "b = 2"]
    newest = service.shares.versions(CEM, original.id)[0]
    assert (newest.author, newest.coauthor) == ("ada", "bob")
    now = service.proposals.of(original.id)[0]
    assert (now.state, now.version) == ("accepted", 2)
    assert said(service, original.id) == [
        ("bob", "proposed", "b was wrong"),
        ("ada", "accepted", ""),
    ]
    assert [one.comment.act for one in service.comments.notices(BOB)] == ["accepted"]
    assert service.events.list(original.id).items[0].details == {"version": 2, "coauthor": "bob"}
    with pytest.raises(Conflict, match="accepted already"):
        accept(service, made)


def test_a_proposal_is_declined_with_a_word(
    service: SharesService, original: Share, fork: Share
) -> None:
    made = service.proposals.propose(BOB, fork.id, "")
    service.proposals.decline(ADA, original.id, made.number, "not yet")
    assert service.proposals.of(original.id)[0].state == "declined"
    assert sources(service, original.id) == ["a = 1", "b = 1"]
    (notice,) = service.comments.notices(BOB)
    assert (notice.comment.act, notice.comment.text, notice.mentioned) == (
        "declined",
        "not yet",
        True,
    )
    # Another one can be made.
    again = service.proposals.propose(BOB, fork.id, "now?")
    assert again.number != made.number
    service.proposals.withdraw(BOB, original.id, again.number)
    assert service.proposals.of(original.id)[0].state == "withdrawn"


def test_who_sees_and_decides(service: SharesService, original: Share, fork: Share) -> None:
    made = service.proposals.propose(BOB, fork.id, "")
    for actor in (ADA, BOB, ADMIN):
        assert service.proposals.opened(actor, original.id, made.number).found
    acts: list[Callable[[], object]] = [
        lambda: service.proposals.opened(CEM, original.id, made.number),
        lambda: service.proposals.withdraw(CEM, original.id, made.number),
        lambda: service.proposals.opened(ADA, fork.id, made.number),
        lambda: service.proposals.opened(ADA, original.id, made.number + 1),
    ]
    for act in acts:
        with pytest.raises(NotFound):
            act()
    for refused in (
        lambda: service.proposals.decline(BOB, original.id, made.number, ""),
        lambda: accept(service, made, BOB),
        lambda: service.proposals.withdraw(ADA, original.id, made.number),
        lambda: service.proposals.propose(CEM, fork.id, ""),
    ):
        with pytest.raises(Forbidden):
            refused()
    assert service.proposals.of(original.id)[0].state == "open"


def test_what_can_not_be_proposed(service: SharesService, original: Share, fork: Share) -> None:
    same = service.shares.create(
        BOB, title="Same", notebook=make("a = 1", "b = 1", forked=original)
    )
    own = service.shares.create(ADA, title="Own", notebook=make("x", forked=original))
    for actor, share_id, reason in (
        (ADA, original.id, "is no fork"),
        (BOB, same.id, "Nothing differs"),
        (ADA, own.id, "The original is yours"),
    ):
        with pytest.raises(BadRequest, match=reason):
            service.proposals.propose(actor, share_id, "")
    # Of an original that they may no longer read.
    service.shares.update(ADA, original.id, readers=Readers(everyone=False))
    with pytest.raises(NotFound):
        service.proposals.propose(BOB, fork.id, "")


def test_an_open_proposal_follows_its_fork_when_it_is_made_again(
    service: SharesService, original: Share, fork: Share
) -> None:
    made = service.proposals.propose(BOB, fork.id, "")
    seen = service.proposals.opened(ADA, original.id, made.number).proposal.digest
    service.shares.update(BOB, fork.id, notebook=make("a = 3", "b = 2", forked=original))
    again = service.proposals.propose(BOB, fork.id, "better")
    assert (again.number, again.fork_version) == (made.number, 2)
    with pytest.raises(Conflict, match="The proposal has changed"):
        accept(service, made, digest=seen)
    accept(service, again)
    assert sources(service, original.id) == ["a = 3", "b = 2"]


def test_nobody_floods_a_share_with_proposals(
    service: SharesService, original: Share, fork: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comments, "COMMENTS", 2)
    made = service.proposals.propose(BOB, fork.id, "")
    for _ in range(3):
        assert service.proposals.propose(BOB, fork.id, "") == made
    assert len(said(service, original.id)) == 1
    service.proposals.propose(BOB, fork.id, "again")
    with pytest.raises(Conflict, match="comments already"):
        service.proposals.propose(BOB, fork.id, "and again")
    # Its owner decides all the same.
    accept(service, made)


def test_a_newer_version_is_looked_at_first(
    service: SharesService, original: Share, fork: Share
) -> None:
    made = service.proposals.propose(BOB, fork.id, "")
    service.shares.update(ADA, original.id, notebook=make("a = 1", "b = 9"))
    with pytest.raises(Conflict, match="newer version"):
        accept(service, made, newest=1)
    found = service.proposals.opened(ADA, original.id, made.number).found
    assert [one.conflict for one in found] == [False, True]
    accept(service, made, accepted=[found[0].number])
    assert sources(service, original.id) == ["a = 2", "b = 9"]
    with pytest.raises(Conflict):
        accept(service, made)


def test_what_was_accepted_before_is_not_proposed_again(
    service: SharesService, original: Share
) -> None:
    copy = make("a = 2", "b = 1", "c = 1", forked=original)
    fork = service.shares.create(BOB, title="Fork", notebook=copy)
    accept(service, service.proposals.propose(BOB, fork.id, ""))
    service.shares.update(BOB, fork.id, notebook=make("a = 2", "b = 2", "c = 1", "d = 1"))
    made = service.proposals.propose(BOB, fork.id, "more")
    found = service.proposals.opened(ADA, original.id, made.number).found
    assert [(one.cell.kind, one.conflict) for one in found] == [
        ("changed", False),
        ("added", False),
    ]
    accept(service, made)
    assert sources(service, original.id) == ["a = 2", "b = 2", "c = 1", "d = 1"]


def test_some_change_has_to_be_chosen(service: SharesService, original: Share, fork: Share) -> None:
    made = service.proposals.propose(BOB, fork.id, "")
    for wrong in ([], [99], [-1]):
        with pytest.raises(BadRequest, match="Choose the changes"):
            accept(service, made, accepted=wrong)
    assert sources(service, original.id) == ["a = 1", "b = 1"]


def test_ended_half_way_nothing_is_accepted(
    service: SharesService, original: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = make("a = 1", "b = 1", "c = 1", forked=original)
    fork = service.shares.create(BOB, title="Fork", notebook=copy)
    made = service.proposals.propose(BOB, fork.id, "")
    monkeypatch.setattr(core, "say", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        accept(service, made)
    monkeypatch.undo()
    assert sources(service, original.id) == ["a = 1", "b = 1"]
    assert service.proposals.of(original.id)[0].state == "open"
    assert accept(service, made).version == 2
    assert sources(service, original.id) == ["a = 1", "b = 1", "c = 1"]


def test_what_is_taken_back_meanwhile_is_not_accepted(
    service: SharesService, original: Share, fork: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = service.proposals.propose(BOB, fork.id, "")

    def late(*given: Any) -> Any:
        service.proposals.withdraw(BOB, original.id, made.number)
        return merged(*given)

    monkeypatch.setattr(core, "merged", late)
    with pytest.raises(Conflict, match="withdrawn already"):
        accept(service, made)
    assert sources(service, original.id) == ["a = 1", "b = 1"]


def test_what_is_proposed_anew_meanwhile_is_not_accepted(
    service: SharesService, original: Share, fork: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = service.proposals.propose(BOB, fork.id, "")

    def late(*given: Any) -> Any:
        service.shares.update(BOB, fork.id, notebook=make("a = 3", "b = 3"))
        service.proposals.propose(BOB, fork.id, "")
        return merged(*given)

    monkeypatch.setattr(core, "merged", late)
    with pytest.raises(Conflict, match="The proposal has changed"):
        accept(service, made)
    assert service.proposals.of(original.id)[0].state == "open"


def test_a_fork_of_another_owner_has_a_proposal_of_its_own(
    service: SharesService, original: Share, fork: Share
) -> None:
    before = service.proposals.propose(BOB, fork.id, "")
    service.shares.transfer(BOB, fork.id, "cem")
    service.shares.update(CEM, fork.id, notebook=make("a = 3", "b = 2"))
    made = service.proposals.propose(CEM, fork.id, "")
    assert (made.author, made.number) == ("cem", before.number + 1)
    assert service.proposals.opened(CEM, original.id, made.number).found
    kept = service.proposals.opened(BOB, original.id, before.number)
    assert [cell["source"] for cell in kept.copy["cells"]] == ["a = 2", "b = 2"]


def test_what_is_proposed_outlives_the_fork(
    service: SharesService, original: Share, fork: Share, clock: Clock, tmp_path: Path
) -> None:
    made = service.proposals.propose(BOB, fork.id, "")
    service.shares.delete(BOB, fork.id)
    clock.now += UNDO_TIME + timedelta(days=1)
    age = clock.now.timestamp() - 10 * 365 * 86400
    for path in (tmp_path / "store").rglob("*"):
        if path.is_file():
            os.utime(path, (age, age))
    assert service.purge() == 1
    accept(service, made)
    assert sources(service, original.id) == ["a = 2", "b = 2"]
