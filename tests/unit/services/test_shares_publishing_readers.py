"""Pages in wikis of shares that not everyone may read."""

from __future__ import annotations

import pytest
from lodge_services.errors import BadRequest, NotFound
from lodge_services.shares.models import Actor, Readers
from support.publishing_room import ADA, Room

RISK = Readers(everyone=False, groups=frozenset({"risk"}))
BOTH = Readers(everyone=False, groups=frozenset({"risk", "audit"}))


def restrict(room: Room, readers: Readers) -> None:
    room.shares.update(ADA, room.share.id, readers=readers)


def test_a_wiki_whose_readers_are_not_known_gets_none(room: Room) -> None:
    restrict(room, RISK)
    with pytest.raises(BadRequest, match="Others read the wiki team"):
        room.publishing.publish(ADA, room.share.id, "team")
    assert room.publishing.of(room.share.id) == []


def test_a_wiki_that_only_its_readers_read_gets_it(room: Room) -> None:
    room.readers = frozenset({"risk"})
    room.anew()
    for readers, shown in ((BOTH, True), (RISK, True), (Readers(), True)):
        restrict(room, readers)
        assert room.publish().state == "published"
        assert ("source='one'" in room.page.text) == shown
    restrict(room, Readers(everyone=False, people=frozenset({"cem"})))
    with pytest.raises(BadRequest):
        room.publishing.publish(ADA, room.share.id, "team")


def test_a_page_is_taken_back_and_comes_again(room: Room) -> None:
    room.publish()
    assert "source='one'" in room.page.text
    restrict(room, RISK)
    done = room.deliver()
    assert (done.state, done.version) == ("published", None)
    assert "no longer shared" in room.page.text
    assert "Delays" not in room.page.text
    # A new version does not bring it back; being for everyone does.
    room.change("two")
    room.deliver()
    assert "source=" not in room.page.text
    restrict(room, Readers())
    assert room.deliver().version == 2
    assert "source='two'" in room.page.text
    assert len(room.wiki.pages) == 1


def test_whoever_may_not_read_it_is_not_told_of_it(room: Room) -> None:
    room.publish()
    restrict(room, RISK)
    for act in (
        lambda actor: room.publishing.publish(actor, room.share.id, "team"),
        lambda actor: room.publishing.forget(actor, room.share.id, "team"),
        lambda actor: room.publishing.texts(actor, room.share.id, "team"),
        lambda actor: room.publishing.answer(actor, room.share.id, "team", "anew"),
    ):
        with pytest.raises(NotFound, match="no such share"):
            act(Actor("cem", groups=frozenset({"analysts"})))
