"""Older versions made the newest, other owners, and the trail of what was done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from lodge_services.db.migrate import downgrade, upgrade
from lodge_services.errors import BadRequest, Forbidden, NotFound
from lodge_services.shares.models import LODGE, Actor, Readers, Search
from lodge_services.shares.publications.models import Target
from lodge_services.shares.reading import UNDO_TIME
from lodge_services.shares.service import SharesService
from lodge_services.shares.wikis.base import Place
from support.sharing import Clock, notebook
from support.wiki_fake import WikiFake

ADA, BOB, CEM = Actor("ada"), Actor("bob"), Actor("cem")
ADMIN = Actor("root", admin=True)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(tmp_path: Path, clock: Clock) -> Iterator[SharesService]:
    opened = SharesService.open(
        f"sqlite:///{tmp_path}/s.sqlite",
        tmp_path / "store",
        clock,
        wikis={"team": Target("team", "fake", Place(), frozenset(), lambda _own=None: WikiFake())},
    )
    yield opened
    opened.close()


def trail(service: SharesService, share_id: str = "") -> list[tuple[str, str, dict[str, Any]]]:
    """Return what was done, the first first."""
    found = service.events.list(share_id, limit=100).items
    return [(one.actor, one.action, dict(one.details)) for one in reversed(found)]


def test_an_older_version_becomes_the_newest(service: SharesService) -> None:
    shares = service.shares
    share = shares.create(ADA, title="T", notebook=notebook("first", picture=True))
    shares.update(ADA, share.id, notebook=notebook("second"))
    restored = shares.restore_version(ADMIN, share.id, 1)
    assert (restored.version, restored.digest) == (3, share.digest)
    assert shares.content(BOB, share.id, 3) == shares.content(BOB, share.id, 1)
    assert shares.picture(BOB, share.id, 3) == shares.picture(BOB, share.id, 1)
    assert "second" in str(shares.notebook(BOB, share.id, 2))
    assert shares.count(BOB, Search("first")) == 1
    assert shares.count(BOB, Search("second")) == 0
    authors = [(one.number, one.author) for one in shares.versions(BOB, share.id)]
    assert authors == [(3, "root"), (2, "ada"), (1, "ada")]
    # What is the newest already stays so.
    assert shares.restore_version(ADA, share.id, 1) == restored
    with pytest.raises(NotFound, match="no version 4"):
        shares.restore_version(ADA, share.id, 4)
    with pytest.raises(Forbidden):
        shares.restore_version(BOB, share.id, 2)


def test_what_is_restored_is_kept(service: SharesService, clock: Clock) -> None:
    shares = service.shares
    share = shares.create(ADA, title="T", notebook=notebook("first"))
    shares.update(ADA, share.id, notebook=notebook("second"))
    shares.restore_version(ADA, share.id, 1)
    clock.now += timedelta(days=30)
    service.purge()
    assert "first" in str(shares.notebook(BOB, share.id, 3))


def test_another_owner(service: SharesService) -> None:
    shares = service.shares
    share = shares.create(
        ADA, title="T", notebook=notebook(), readers=Readers(everyone=False, people=frozenset("x"))
    )
    given = shares.transfer(ADA, share.id, "bob")
    assert (given.owner, given.version) == ("bob", 1)
    assert given.readers.people == {"ada", "x"}
    assert shares.get(ADA, share.id).owner == "bob"
    with pytest.raises(Forbidden, match="Only bob may change"):
        shares.update(ADA, share.id, title="mine")
    with pytest.raises(Forbidden):
        shares.transfer(ADA, share.id, "ada")
    with pytest.raises(NotFound):
        shares.transfer(CEM, share.id, "cem")
    assert shares.count(BOB, Search(owner="bob")) == 1
    assert shares.count(BOB, Search("bob")) == 1
    assert shares.count(BOB, Search("ada")) == 0
    assert shares.transfer(ADMIN, share.id, "ada").owner == "ada"
    before = trail(service)
    shares.transfer(ADA, share.id, "ada")
    assert trail(service) == before


def test_what_was_done_is_noted(service: SharesService, clock: Clock) -> None:
    shares, everyone = service.shares, {"everyone": True, "groups": [], "people": []}
    share = shares.create(ADA, title="One", notebook=notebook("1"))
    shares.update(ADA, share.id, title="Two", notebook=notebook("2"))
    shares.update(ADA, share.id, title="Two", notebook=notebook("2"))
    service.publishing.publish(ADA, share.id, "team", language="en")
    service.publishing.forget(ADA, share.id, "team")
    shares.update(ADMIN, share.id, readers=Readers(everyone=False, people=frozenset({"cem"})))
    shares.restore_version(ADA, share.id, 1)
    shares.delete(ADA, share.id)
    shares.restore(ADA, share.id)
    shares.restore(ADA, share.id)
    shares.transfer(ADA, share.id, "bob")
    shares.delete(BOB, share.id)
    clock.now += UNDO_TIME + timedelta(days=1)
    service.purge()
    assert trail(service, share.id) == [
        ("ada", "shared", {"readers": everyone}),
        ("ada", "version", {"version": 2}),
        ("ada", "details", {}),
        ("ada", "published", {"wiki": "team"}),
        ("ada", "unpublished", {"wiki": "team"}),
        ("root", "readers", {"readers": {"everyone": False, "groups": [], "people": ["cem"]}}),
        ("ada", "version", {"version": 3, "restored": 1}),
        ("ada", "deleted", {}),
        ("ada", "restored", {}),
        ("ada", "transferred", {"before": "ada", "after": "bob"}),
        ("bob", "deleted", {}),
        ("", "purged", {}),
    ]
    titles = {one.title for one in service.events.list(share.id).items}
    assert titles == {"One", "Two"}


def test_what_fails_is_not_noted(service: SharesService) -> None:
    shares = service.shares
    share = shares.create(ADA, title="T", notebook=notebook())
    acts: list[Callable[[], object]] = [
        lambda: shares.update(BOB, share.id, title="x"),
        lambda: shares.delete(BOB, share.id),
        lambda: shares.transfer(BOB, share.id, "bob"),
        lambda: shares.update(ADA, share.id, notebook={"cells": 1}),
        lambda: service.publishing.publish(ADA, share.id, "none", language="en"),
    ]
    for act in acts:
        with pytest.raises((Forbidden, BadRequest, NotFound)):
            act()
    assert [action for _, action, _ in trail(service)] == ["shared"]


def test_the_trail_is_paged(service: SharesService) -> None:
    made = [service.shares.create(ADA, title=f"T{n}", notebook=notebook()) for n in range(5)]
    seen, cursor = [], None
    while True:
        page = service.events.list(cursor=cursor, limit=2)
        seen += [one.share_id for one in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == [share.id for share in reversed(made)]
    assert [one.share_id for one in service.events.list(made[1].id).items] == [made[1].id]
    for wrong in ("x", "WyJ4Il0", "WyItMSJd"):
        with pytest.raises(BadRequest, match="cursor"):
            service.events.list(cursor=wrong)


def test_versions_of_before_were_made_by_their_owners(tmp_path: Path, clock: Clock) -> None:
    url = f"sqlite:///{tmp_path}/old.sqlite"
    service = SharesService.open(url, tmp_path / "store", clock)
    share = service.shares.create(ADA, title="T", notebook=notebook())
    service.close()
    downgrade(url, "shares", "0008")
    upgrade(url, "shares")
    service = SharesService.open(url, tmp_path / "store", clock)
    assert [one.author for one in service.shares.versions(LODGE, share.id)] == ["ada"]
    assert trail(service) == []
    service.close()
