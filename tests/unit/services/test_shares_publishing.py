"""Publishing to a wiki: once, whatever is killed; never over what people have written."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from lodge_services.errors import BadRequest, Conflict, Forbidden, NotFound, Unavailable
from lodge_services.shares.models import Actor
from lodge_services.shares.publishing import connections
from lodge_services.shares.wikis.base import Page, Place, Refused, Unreachable
from lodge_services.shares.wikis.delivery import Way
from support.publishing_room import ADA, Room
from support.wiki_fake import Killed

BOB = Actor("bob")


def test_a_share_becomes_a_page_and_its_versions_follow(room: Room) -> None:
    done = room.publish()
    assert (done.state, done.version, done.title) == ("published", 1, "Reports/Delays")
    assert done.url == room.page.url
    assert "Delays v1 by Ada Lovelace" in room.page.text
    assert f"https://lodge.example/services/shares/{room.share.id}" in room.page.text
    room.change("two")
    assert room.deliveries.next_due("team") == (room.share.id, 0.0)
    done = room.deliver()
    assert (done.state, done.version) == ("published", 2)
    assert "source='two'" in room.page.text
    assert "source='one'" not in room.page.text
    assert room.wiki.history == [
        "Version 1, shared by Ada Lovelace (Lodge)",
        "Version 2, shared by Ada Lovelace (Lodge)",
    ]
    assert room.deliveries.next_due("team") == (None, 60.0)


def test_what_is_the_same_is_no_edit(room: Room) -> None:
    room.publish()
    assert room.publish().state == "published"
    assert len(room.wiki.history) == 1


def test_what_people_write_around_it_stays(room: Room) -> None:
    room.publish()
    room.wiki.by_hand(room.page.id, f"Read this first.\n{room.page.text}\nAnd that last.")
    room.change("two")
    assert room.deliver().state == "published"
    assert room.page.text.startswith("Read this first.\n")
    assert room.page.text.endswith("\nAnd that last.")
    assert "source='two'" in room.page.text


def test_a_page_that_was_moved_is_still_the_same(room: Room) -> None:
    room.publish()
    room.wiki.by_hand(room.page.id, room.page.text, title="Elsewhere/Renamed")
    room.change("two")
    done = room.deliver()
    assert (done.state, done.title) == ("published", "Elsewhere/Renamed")
    assert "source='two'" in room.page.text


@pytest.mark.parametrize(
    ("way", "pages", "kept"), [("below", 1, True), ("replace", 1, False), ("new", 2, True)]
)
def test_what_people_changed_within_is_asked_about(
    room: Room, way: Way, pages: int, kept: bool
) -> None:
    room.publish()
    room.wiki.by_hand(room.page.id, room.page.text.replace("one", "a better one"))
    room.change("two")
    asked = room.deliver()
    assert asked.state == "edited"
    assert "a better one" in room.page.text
    texts = room.publishing.texts(ADA, room.share.id, "team")
    assert "a better one" in texts.theirs
    assert "source='two'" in texts.ours
    # One more edit, which who answers has not seen: asked anew.
    room.wiki.by_hand(room.page.id, room.page.text.replace("a better", "the best"))
    if way != "new":
        assert room.answer(way, texts.revision).state == "edited"
    seen = room.publishing.texts(ADA, room.share.id, "team")
    assert room.answer(way, seen.revision).state == "published"
    everything = "".join(page.text for page in room.wiki.pages.values())
    assert len(room.wiki.pages) == pages
    assert ("the best one" in everything) is kept
    assert everything.count("source='two'") == 1
    # From then on it follows again.
    room.change("three")
    assert room.deliver().state == "published"
    everything = "".join(page.text for page in room.wiki.pages.values())
    assert "source='three'" in everything
    assert "source='two'" not in everything
    assert ("the best one" in everything) is kept


def test_marks_that_are_gone_are_asked_about(room: Room) -> None:
    room.publish()
    room.wiki.by_hand(room.page.id, "All new.")
    room.change("two")
    assert room.deliver().state == "edited"
    assert room.answer("below", room.page.revision).state == "published"
    assert room.page.text.startswith("All new.\n\n----\n\n<!-- ")


def test_a_deleted_page_is_asked_about(room: Room) -> None:
    room.publish()
    room.wiki.pages.clear()
    room.change("two")
    assert room.deliver().state == "deleted"
    assert room.wiki.pages == {}
    with pytest.raises(Conflict):
        room.answer("replace")
    assert room.answer("anew").state == "published"
    assert "source='two'" in room.page.text


def test_a_title_that_others_have_gets_a_number(room: Room) -> None:
    room.wiki.create("Reports/Delays", "Somebody's own.", "by hand")
    assert room.publish().title == "Reports/Delays (2)"
    assert room.wiki.titled("Reports/Delays").text == "Somebody's own."  # type: ignore[union-attr]


@pytest.mark.parametrize("files_belong_to_pages", [False, True])
@pytest.mark.parametrize("second", [False, True])
def test_killed_anywhere_it_is_written_once(
    tmp_path: Path, migrated: Path, second: bool, files_belong_to_pages: bool
) -> None:
    for end_at in range(100):
        folder = tmp_path / str(end_at)
        folder.mkdir()
        room = Room(folder, migrated)
        room.wiki.files_belong_to_pages = files_belong_to_pages
        if second:
            room.publish()
            room.change("two")
        else:
            room.publishing.publish(ADA, room.share.id, "team")
        room.wiki.steps, room.wiki.end_at = 0, end_at
        try:
            room.deliver()
        except Killed:
            killed = True
        else:
            killed = False
        room.wiki.end_at = -1
        room.shares.database.close()
        room.anew()
        if killed:
            assert room.deliveries.next_due("team") == (room.share.id, 0.0)
            assert room.deliver().state == "published"
        assert f"source='{'two' if second else 'one'}'" in room.page.text
        assert len(room.wiki.history) == (2 if second else 1)
        assert set(room.wiki.sent.values()) == {1}
        room.shares.database.close()
        if not killed:
            break
    assert 3 < end_at < 99


def test_a_wiki_that_is_down_is_tried_again_with_growing_pauses(room: Room) -> None:
    room.wiki.error = Unreachable("The wiki does not answer.")
    pauses = []
    room.publishing.publish(ADA, room.share.id, "team")
    for tries in range(1, 20):
        failed = room.deliver()
        assert (failed.state, failed.tries) == ("waiting", tries)
        assert failed.message == "The wiki does not answer."
        pauses.append((failed.due_at - room.clock()).total_seconds())
    assert 5 <= pauses[0] <= 7
    assert 3600 <= pauses[-1] <= 4500
    # Each try has a connection of its own, which is ended.
    assert room.wiki.closed == len(pauses)
    room.wiki.error = Unreachable("Slower.", after=7_200)
    assert (room.deliver().due_at - room.clock()).total_seconds() == 7_200
    room.wiki.error = None
    assert room.deliveries.next_due("team") == (None, 60.0)
    room.clock.now += timedelta(seconds=7_200)
    assert room.deliveries.next_due("team") == (room.share.id, 0.0)
    assert room.deliver().message == ""


def test_what_a_wiki_refuses_waits_for_somebody(room: Room) -> None:
    room.wiki.error = Refused("The page is protected.")
    failed = room.publish()
    assert (failed.state, failed.message) == ("refused", "The page is protected.")
    assert room.deliveries.next_due("team") == (None, 60.0)
    room.wiki.error = None
    assert room.publish().state == "published"


def test_what_is_asked_meanwhile_comes_after_that(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.publishing.publish(ADA, room.share.id, "team")
    writing = room.wiki.create

    def slow(title: str, text: str, summary: str, place: Place) -> Page:
        room.change("two")
        return writing(title, text, summary, place)

    monkeypatch.setattr(room.wiki, "create", slow)
    assert room.deliver().state == "waiting"
    assert room.deliver().state == "published"
    assert "source='two'" in room.page.text


def test_a_share_that_is_deleted_is_so_in_the_wiki_and_comes_back(room: Room) -> None:
    room.publish()
    room.shares.delete(ADA, room.share.id)
    assert room.deliver().state == "published"
    assert "This notebook is no longer shared." in room.page.text
    assert "source='one'" not in room.page.text
    room.shares.restore(ADA, room.share.id)
    assert room.deliver().state == "published"
    assert "source='one'" in room.page.text


def test_a_deleted_share_is_kept_until_the_wiki_says_so(room: Room) -> None:
    room.publish()
    room.shares.delete(ADA, room.share.id)
    room.wiki.error = Unreachable("The wiki does not answer.")
    room.deliver()
    room.clock.now += timedelta(days=30)
    assert room.shares.purge(room.publishing.targets) == 0
    room.wiki.error = None
    assert room.deliver().state == "published"
    assert "This notebook is no longer shared." in room.page.text
    assert room.shares.purge(room.publishing.targets) == 1


def test_a_wiki_that_is_no_more_keeps_no_deleted_share(room: Room) -> None:
    room.publish()
    room.shares.delete(ADA, room.share.id)
    room.clock.now += timedelta(days=30)
    assert room.shares.purge({"another": None}) == 1


def test_deleted_before_it_was_published_it_makes_no_page(room: Room) -> None:
    room.publishing.publish(ADA, room.share.id, "team")
    room.shares.delete(ADA, room.share.id)
    assert room.deliver().state == "refused"
    assert room.wiki.pages == {}


def test_who_may_publish(room: Room) -> None:
    publish = room.publishing.publish
    with pytest.raises(Forbidden, match="Only ada"):
        publish(Actor("eve", groups=frozenset({"analysts"})), room.share.id, "team")
    with pytest.raises(Forbidden, match="may not publish to the wiki"):
        publish(BOB, room.share.id, "team")
    with pytest.raises(NotFound, match="no wiki"):
        publish(ADA, room.share.id, "elsewhere")
    with pytest.raises(NotFound):
        publish(ADA, "0" * 12, "team")
    assert room.publishing.open_to(BOB) == []
    assert [target.name for target in room.publishing.open_to(ADA)] == ["team"]
    assert publish(Actor("root", admin=True), room.share.id, "team").state == "waiting"


def test_where_pages_go(room: Room) -> None:
    for parent in ("Elsewhere", "Reports2", "Reports/../Else", "Reports//x"):
        with pytest.raises(BadRequest):
            room.publishing.publish(ADA, room.share.id, "team", parent=parent)
    assert room.publish(parent="Reports/2026/").title == "Reports/2026/Delays"


def test_what_is_forgotten_stays_as_it_is(room: Room) -> None:
    room.publish()
    with pytest.raises(Forbidden):
        room.publishing.forget(BOB, room.share.id, "team")
    room.publishing.forget(ADA, room.share.id, "team")
    room.change("two")
    assert room.deliveries.deliver(room.share.id, "team") is None
    assert room.publishing.of(room.share.id) == []
    assert "source='one'" in room.page.text


def test_a_wiki_that_is_no_more_in_the_settings(room: Room) -> None:
    room.publishing.publish(ADA, room.share.id, "team")
    room.publishing.targets = {}
    assert room.deliver().state == "refused"


def test_a_wiki_that_wants_to_be_left_alone_for_ever_is_not(room: Room) -> None:
    for after in (1e20, float("inf")):
        room.wiki.error = Unreachable("Busy.", after=after)
        due = room.publish().due_at
        assert room.clock.now < due <= room.clock.now + timedelta(days=1)


def test_given_up_and_asked_for_again_meanwhile_it_is_another_page(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = room.wiki.create

    def slow(title: str, text: str, summary: str, place: Place) -> Page:
        monkeypatch.undo()
        made = create(title, text, summary, place)
        room.publishing.forget(ADA, room.share.id, "team")
        room.publishing.publish(ADA, room.share.id, "team")
        return made

    monkeypatch.setattr(room.wiki, "create", slow)
    room.publishing.publish(ADA, room.share.id, "team")
    assert room.deliveries.deliver(room.share.id, "team") is None
    assert room.deliver().title == "Reports/Delays (2)"
    room.change("two")
    room.deliver()
    assert ["source='two'" in page.text for page in room.wiki.pages.values()] == [False, True]


def test_an_address_that_is_none_of_the_web_leads_nowhere(room: Room) -> None:
    room.wiki.address = "javascript:alert(1)//"
    assert room.publish().url == ""
    room.wiki.by_hand(room.page.id, room.page.text.replace("one", "by hand"))
    assert room.publish().url == ""
    assert room.publishing.texts(ADA, room.share.id, "team").url == ""


def test_marks_that_people_have_doubled_are_one_pair_again(room: Room) -> None:
    room.publish()
    room.wiki.by_hand(room.page.id, f"{room.page.text}\n{room.page.text}")
    asked = room.publish()
    assert asked.state == "edited"
    assert room.answer("below", asked.revision).state == "published"
    room.change("two")
    assert room.deliver().state == "published"
    assert room.page.text.count("source='one'") == 2
    assert room.page.text.count("source='two'") == 1


def test_who_reads_while_a_slow_wiki_is_written_to_is_told(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.publish()
    monkeypatch.setattr(connections, "TURN_S", 0.0)
    with room.publishing.connections.asked["team"]:
        with pytest.raises(Unavailable, match="try again in a minute"):
            room.publishing.texts(ADA, room.share.id, "team")
        with pytest.raises(Unavailable, match="try again in a minute"):
            room.publishing.tried(ADA, "team")
    assert room.publishing.texts(ADA, room.share.id, "team").url


def test_what_is_no_text_can_be_looked_at(room: Room) -> None:
    room.publish()
    room.wiki.by_hand(room.page.id, f"\udce9{room.page.text}")
    assert room.publishing.texts(ADA, room.share.id, "team").theirs.startswith("?Delays v1")
