"""Comments, whom they name, who is to see them, and likes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lodge_services.db.migrate import downgrade, upgrade
from lodge_services.errors import Conflict, Forbidden, NotFound
from lodge_services.shares.comments import core, mentions
from lodge_services.shares.models import Actor, Readers
from lodge_services.shares.reading import UNDO_TIME
from lodge_services.shares.service import SharesService
from support.sharing import Clock, notebook

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


def share(service: SharesService, readers: Readers = Readers()) -> str:  # noqa: B008
    made = service.shares.create(ADA, title="Delays", notebook=notebook(), readers=readers)
    return made.id


def noticed(service: SharesService, actor: Actor) -> list[tuple[str, bool, bool]]:
    found = service.comments.notices(actor)
    return [(one.comment.text, one.mentioned, one.seen) for one in found]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("@ada look", ["ada"]),
        ("see @wang.wei, and @ö-x_1.", ["wang.wei", "ö-x_1"]),
        ("(@王伟)，@王伟", ["王伟"]),
        ("mail a@b.example or https://x.example/@bob", []),
        ("@ @@ada @.x", []),
        (" ".join(f"@n{n}" for n in range(30)), [f"n{n}" for n in range(mentions.MENTIONS)]),
    ],
)
def test_whom_a_comment_names(text: str, named: list[str]) -> None:
    assert mentions.names(text) == named


def test_pieces_of_a_comment() -> None:
    found = mentions.pieces("@ada: see https://x.example/a?b=1, or @nobody.", {"ada": "ada"})
    assert [(one.text, one.person, one.address) for one in found] == [
        ("@ada", "ada", ""),
        (": see ", "", ""),
        ("https://x.example/a?b=1", "", "https://x.example/a?b=1"),
        (", or @nobody.", "", ""),
    ]


@given(st.text(alphabet="@ab .:/http\n<>\"'王", max_size=60))
def test_pieces_are_the_comment(text: str) -> None:
    found = list(mentions.pieces(text, {"a": "x", "ab": "y"}))
    assert "".join(one.text for one in found) == text
    assert all(one.address.startswith(("http://", "https://")) for one in found if one.address)


def test_who_is_to_see_a_comment(service: SharesService) -> None:
    one = share(service)
    service.comments.add(BOB, one, "@cem look", {"cem": "cem"})
    service.comments.add(ADA, one, "@ada @bob thanks", {"ada": "ada", "bob": "bob"})
    assert noticed(service, ADA) == [("@cem look", False, False)]
    assert noticed(service, BOB) == [("@ada @bob thanks", True, False)]
    assert noticed(service, CEM) == [("@cem look", True, False)]
    assert [one.text for one in service.comments.of(one)] == ["@cem look", "@ada @bob thanks"]
    first = service.comments.notices(CEM)[0].comment.number
    service.comments.see(CEM, first - 1)
    assert len(service.comments.notices(CEM, unseen=True)) == 1
    service.comments.see(CEM, first)
    assert service.comments.notices(CEM, unseen=True) == []
    assert noticed(service, CEM) == [("@cem look", True, True)]
    assert len(service.comments.notices(ADA, unseen=True)) == 1


def test_notices_go_with_the_right_to_read(service: SharesService) -> None:
    one = share(service, Readers(everyone=False, people=frozenset({"bob"})))
    service.comments.add(BOB, one, "@cem look", {"cem": "cem"})
    assert noticed(service, CEM) == []
    with pytest.raises(NotFound):
        service.comments.add(CEM, one, "me too", {})
    with pytest.raises(NotFound):
        service.comments.like(CEM, one, liked=True)
    service.shares.update(ADA, one, readers=Readers())
    assert len(noticed(service, CEM)) == 1
    service.shares.delete(ADA, one)
    assert noticed(service, CEM) == []


def test_who_removes_a_comment(service: SharesService) -> None:
    one, other = share(service), share(service)
    made = [service.comments.add(BOB, one, text, {"cem": "cem"}) for text in "abc"]
    with pytest.raises(Forbidden, match="Only bob"):
        service.comments.remove(CEM, one, made[0].number)
    with pytest.raises(NotFound, match="no comment"):
        service.comments.remove(BOB, other, made[0].number)
    for actor, comment in ((BOB, made[0]), (ADA, made[1]), (ADMIN, made[2])):
        service.comments.remove(actor, one, comment.number)
    assert service.comments.of(one) == []
    assert noticed(service, CEM) == []
    noted = [(e.actor, e.details) for e in service.events.list(one).items if e.action != "shared"]
    assert noted == [("root", {"author": "bob"}), ("ada", {"author": "bob"})]


def test_likes(service: SharesService) -> None:
    one = share(service)
    before = service.shares.get(BOB, one)
    assert [service.comments.like(who, one, liked=True) for who in (BOB, CEM, BOB)] == [1, 2, 2]
    assert service.comments.likers(one) == {"bob", "cem"}
    assert service.comments.like(BOB, one, liked=False) == 1
    assert service.comments.like(BOB, one, liked=False) == 1
    now = service.shares.get(BOB, one)
    assert (now.likes, now.updated_at) == (1, before.updated_at)


def test_a_share_has_so_many_comments(
    service: SharesService, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = share(service)
    monkeypatch.setattr(core, "COMMENTS", 2)
    for text in "ab":
        service.comments.add(BOB, one, text, {})
    with pytest.raises(Conflict, match="2 comments already"):
        service.comments.add(BOB, one, "c", {})


def test_what_is_removed_for_good_leaves_nothing(service: SharesService, clock: Clock) -> None:
    one = share(service)
    service.comments.add(BOB, one, "x", {"cem": "cem"})
    service.comments.like(BOB, one, liked=True)
    service.shares.delete(ADA, one)
    clock.now += 2 * UNDO_TIME
    service.purge()
    assert service.comments.of(one) == []
    assert service.comments.likers(one) == frozenset()
    assert noticed(service, CEM) == []


def test_an_older_release_and_back(tmp_path: Path, clock: Clock) -> None:
    url = f"sqlite:///{tmp_path}/s.sqlite"
    service = SharesService.open(url, tmp_path / "store", clock)
    one = share(service)
    service.comments.like(BOB, one, liked=True)
    service.close()
    downgrade(url, "shares", "0009")
    upgrade(url, "shares")
    service = SharesService.open(url, tmp_path / "store", clock)
    assert service.shares.get(BOB, one).likes == 0
    assert service.comments.add(BOB, one, "x", {}).number > 0
    service.close()
