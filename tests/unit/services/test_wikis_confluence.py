"""Confluence, Data Center and Cloud, against a fake that speaks what is documented of both."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from lodge_services.shares.publishing.trial import tried
from lodge_services.shares.wikis.base import (
    Attachment,
    Moved,
    Place,
    Refused,
    TitleTaken,
    Unreachable,
    WikiError,
    Written,
)
from lodge_services.shares.wikis.confluence.api import File
from lodge_services.shares.wikis.confluence.wiki import Confluence
from lodge_services.shares.wikis.delivery import (
    Answer,
    Deleted,
    Delivered,
    Delivery,
    Edited,
    Known,
    Outcome,
)
from lodge_spawner.ports import free_port
from support.confluence import TOKEN, USER, ConfluenceFake
from support.confluence_server import running_confluence

TEAM = Place("TEAM")


@pytest.fixture(params=["server", "cloud"])
def server(request: pytest.FixtureRequest) -> Iterator[ConfluenceFake]:
    with running_confluence(request.param) as fake:
        yield fake


def opened(server: ConfluenceFake, token: str = TOKEN) -> Confluence:
    cloud = server.dialect == "cloud"
    return Confluence(server.url, USER if cloud else "", lambda: token, cloud=cloud)


@pytest.fixture
def wiki(server: ConfluenceFake) -> Iterator[Confluence]:
    wiki = opened(server)
    yield wiki
    wiki.close()


def picture(text: str) -> Attachment:
    return Attachment("image/png", text.encode())


# --- Pages.


def test_a_page_is_made_read_changed_and_removed(server: ConfluenceFake, wiki: Confluence) -> None:
    assert wiki.titled("Delays", TEAM) is None
    made = wiki.create("Delays", "<p>one</p>", "first", TEAM)
    assert made == wiki.titled("Delays", TEAM) == wiki.page(made.id, made.revision)
    assert made.revision == "1"
    assert made.url.startswith(f"{server.url}/")
    changed = wiki.update(made, "<p>two</p>", "second")
    assert (changed.id, changed.revision, changed.text) == (made.id, "2", "<p>two</p>")
    assert server.pages[made.id].versions[-1]["message"] == "second"
    assert wiki.update(changed, changed.text, "again") == changed
    wiki.remove(changed, "gone")
    assert wiki.page(made.id, "2") is None
    assert wiki.titled("Delays", TEAM) is None
    wiki.remove(changed, "gone")


def test_a_title_is_one_page_s_in_its_space(server: ConfluenceFake, wiki: Confluence) -> None:
    server.add("DELAYS")
    with pytest.raises(TitleTaken):
        wiki.create("Delays", "<p>ours</p>", "first", TEAM)
    assert wiki.create("Delays", "<p>ours</p>", "first", Place("OPS")).title == "Delays"
    assert wiki.title(TEAM, " A\n b ", 2) == "A b (2)"
    assert len(wiki.title(TEAM, "x" * 300, 12)) == 255


def test_a_page_that_others_have_changed_is_left_alone(
    server: ConfluenceFake, wiki: Confluence
) -> None:
    made = wiki.create("Delays", "<p>ours</p>", "first", TEAM)
    server.edit(made.id, "<p>theirs</p>", title="Renamed")
    with pytest.raises(Moved):
        wiki.update(made, "<p>ours again</p>", "second")
    found = wiki.page(made.id, made.revision)
    assert found is not None
    assert (found.text, found.title) == ("<p>theirs</p>", "Renamed")
    assert wiki.update(found, "<p>both</p>", "third").title == "Renamed"


def test_a_page_goes_below_its_parent(server: ConfluenceFake, wiki: Confluence) -> None:
    team = server.add("Team")
    reports = server.add("Reports", parent=team)
    slashed = server.add("In / out")
    for parent, above in (
        ("Reports", reports),
        ("Team/Reports", reports),
        ("In / out", slashed),
        ("", ""),
    ):
        made = wiki.create(f"Below {parent}", "<p>x</p>", "first", Place("TEAM", parent))
        assert server.pages[made.id].parent == above
    for parent in ("Nobody's", "Nobody's/Reports", "Team/Nobody's"):
        with pytest.raises(Refused, match="has no page"):
            wiki.create("Lost", "<p>x</p>", "first", Place("TEAM", parent))


def test_pages_to_go_below_are_found_as_one_types(server: ConfluenceFake, wiki: Confluence) -> None:
    team = server.add("Team")
    reports = server.add("Weekly reports", parent=team)
    server.add("Reports / old", parent=reports)
    server.add("Reports", space="OPS")
    assert wiki.parents("rep", TEAM) == ["Reports / old", "Weekly reports"]
    assert wiki.parents('"rep(', TEAM, limit=1) == ["Reports / old"]
    below = wiki.parents("", Place("TEAM", "Team"))
    assert below == ["Team/Reports / old", "Team/Weekly reports"]
    for parent in below:
        made = wiki.create(f"Below {parent}", "<p>x</p>", "first", Place("TEAM", parent))
        assert server.pages[server.pages[made.id].parent].title == parent.removeprefix("Team/")


# --- Files and labels.


def test_only_files_that_are_not_there_are_sent(server: ConfluenceFake, wiki: Confluence) -> None:
    made = wiki.create("Delays", "<p>x</p>", "first", TEAM)
    # More than a list gives at once.
    pictures = tuple(picture(f"{number}") for number in range(60))
    assert wiki.attach(None, pictures) == 0
    assert wiki.attach(made, pictures) == 60
    assert wiki.attach(made, pictures) == 0
    files = server.pages[made.id].files
    assert {one.name for one in pictures} == set(files)
    # Half of a file, however it came about, is made whole below its name.
    files[pictures[7].name].versions[-1] = b""
    assert wiki.attach(made, pictures) == 1
    assert files[pictures[7].name].versions == [b"", pictures[7].content]


def test_a_file_of_which_only_the_answer_was_lost_is_there(
    server: ConfluenceFake, wiki: Confluence, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = wiki.create("Delays", "<p>x</p>", "first", TEAM)
    wiki.attach(made, (picture("a"),))
    seen = wiki._api.files

    def before(page_id: str) -> dict[str, File]:
        monkeypatch.undo()
        return {}

    monkeypatch.setattr(wiki._api, "files", before)
    assert wiki.attach(made, (picture("a"),)) == 1
    assert len(seen(made.id)) == 1


def test_tags_become_labels_beside_those_that_are_there(
    server: ConfluenceFake, wiki: Confluence
) -> None:
    made = wiki.create("Delays", "<p>x</p>", "first", TEAM)
    server.pages[made.id].labels.append("ours")
    wiki.label(made, ("Spark SQL", "a:b?", "中文", "!!", "Spark-SQL"))
    assert server.pages[made.id].labels == ["ours", "spark-sql", "a-b", "中文"]


# --- What goes wrong.


@pytest.mark.parametrize(
    ("status", "headers", "text", "error", "match"),
    [
        (429, {"Retry-After": "17"}, "{}", Unreachable, "429"),
        (503, {"Retry-After": "Wed, 21 Oct 2099 07:28:00 GMT"}, "<html>", Unreachable, "503"),
        (502, {}, "<html>", Unreachable, "502"),
        (405, {}, '{"reason": "READ_ONLY"}', Unreachable, "only be read"),
        (401, {}, "<html>", Refused, "token"),
        (302, {"Location": "/login.action"}, "", Refused, "token"),
        (403, {}, '{"message": "Not permitted"}', Refused, "Not permitted"),
        (413, {}, "<html>", Refused, "as large"),
        (404, {}, "<html>no</html>", Refused, "no Confluence"),
        (200, {}, "<html>Welcome</html>", Refused, "no Confluence"),
        (400, {}, '{"message": "Error parsing xhtml: x"}', Refused, "parsing xhtml"),
    ],
)
def test_each_trouble_has_its_sentence(
    server: ConfluenceFake, wiki: Confluence, status: int, headers: dict[str, str], text: str,
    error: type[WikiError], match: str,
) -> None:  # fmt: skip
    made = wiki.create("Delays", "<p>x</p>", "first", TEAM)
    server.troubles.append((status, headers, text))
    with pytest.raises(error, match=match) as raised:
        wiki.update(made, "<p>y</p>", "second")
    assert TOKEN not in str(raised.value)
    after = getattr(raised.value, "after", None)
    assert (after is not None) == ("Retry-After" in headers)
    assert wiki.page(made.id, "1") == made


def test_who_may_not_is_told(server: ConfluenceFake, wiki: Confluence) -> None:
    stranger = opened(server, "another")
    with pytest.raises(Refused, match="token"):
        stranger.who()
    stranger.close()
    assert wiki.who() == "Lodge"
    server.closed.add("OPS")
    with pytest.raises(Refused, match=r"does not let Lodge make the page.*permission"):
        wiki.create("Delays", "<p>x</p>", "first", Place("OPS"))
    with pytest.raises(Refused, match="no space NONE"):
        wiki.create("Delays", "<p>x</p>", "first", Place("NONE"))
    assert tried(wiki, TEAM).passed
    assert not [one for one in server.pages.values() if one.status == "current"]
    assert not tried(wiki, Place("OPS")).passed


def test_one_that_is_not_there_is_tried_again() -> None:
    wiki = Confluence(f"http://127.0.0.1:{free_port()}/wiki", "", lambda: TOKEN)
    with pytest.raises(Unreachable, match="can't be reached"):
        wiki.page("1", "")
    wiki.close()


# --- Delivery, with a wiki that keeps texts in its own words.


class Publication:
    """What a share knows of its page."""

    def __init__(self, wiki: Confluence) -> None:
        self.wiki = wiki
        self.known = Known("0123456789abcdef")

    def deliver(self, text: str, answer: Answer | None = None, *labels: str) -> Outcome:
        def note(known: Known) -> None:
            self.known = known

        delivery = Delivery(self.wiki, TEAM, "Delays", note)
        written = Written(text, (picture("a"),), labels)
        outcome = delivery.run(written, "a version", self.known, answer)
        self.known = outcome.known
        return outcome

    def forgetting(self, text: str) -> Known:
        """Deliver, and return what was noted before the end."""
        noted: list[Known] = []

        def note(known: Known) -> None:
            noted.append(known)

        Delivery(self.wiki, TEAM, "Delays", note).run(Written(text, ()), "a version", self.known)
        return noted[-1]


@pytest.fixture
def publication(wiki: Confluence) -> Publication:
    return Publication(wiki)


ONE, TWO = "<h2>One</h2>\n<p>It\u2019s here.</p>", "<h2>Two</h2>\n<p>It\u2019s here.</p>"


def test_what_is_the_same_is_no_version(server: ConfluenceFake, publication: Publication) -> None:
    assert isinstance(publication.deliver(ONE, None, "spark"), Delivered)
    page = server.one("Delays")
    assert page.labels == ["spark"]
    assert list(page.files) == [picture("a").name]
    count = len(server.asked)
    same = publication.deliver(ONE)
    assert isinstance(same, Delivered)
    assert not same.edited
    assert len(page.versions) == 1
    # Read once, and nothing else.
    assert server.asked[count:] == server.asked[count : count + 1]
    assert isinstance(publication.deliver(TWO), Delivered)
    assert len(page.versions) == 2


def test_what_people_do_around_it_and_comment_stays(
    server: ConfluenceFake, publication: Publication
) -> None:
    publication.deliver(ONE)
    page = server.one("Delays")
    marker = "ac:inline-comment-marker"
    commented = page.text.replace("here", f'<{marker} ac:ref="c1">here</{marker}>')
    server.edit(page.id, f"<p>Theirs.</p>{commented}<p>Below.</p>", title="Renamed")
    assert isinstance(publication.deliver(TWO), Delivered)
    assert page.text.startswith("<p>Theirs.</p>")
    assert page.text.endswith("<p>Below.</p>")
    assert "Two" in page.text
    assert f'<{marker} ac:ref="c1">here</{marker}>' in page.text
    assert page.title == "Renamed"


@pytest.mark.parametrize("way", ["below", "replace", "new"])
def test_what_people_have_changed_is_asked_about(
    server: ConfluenceFake, publication: Publication, way: Any
) -> None:
    publication.deliver(ONE)
    page = server.one("Delays")
    server.edit(page.id, page.text.replace("here", "there"))
    asked = publication.deliver(TWO)
    assert isinstance(asked, Edited)
    assert "Two" not in page.text
    done = publication.deliver(TWO, Answer(way, asked.page.revision))
    assert isinstance(done, Delivered)
    if way == "new":
        assert (server.one("Delays (2)").id, "there" in page.text) == (done.page.id, True)
    else:
        assert ("there" in page.text, "Two" in page.text) == (way == "below", True)
    assert not isinstance(publication.deliver(ONE), Edited)


def test_one_that_is_gone_is_asked_about(server: ConfluenceFake, publication: Publication) -> None:
    publication.deliver(ONE)
    server.one("Delays").status = "trashed"
    assert isinstance(publication.deliver(TWO), Deleted)
    assert isinstance(publication.deliver(TWO, Answer("anew")), Delivered)
    assert "Two" in server.one("Delays").text


Break = Callable[[ConfluenceFake, Publication], None]


@pytest.mark.parametrize("first", [True, False])
def test_a_try_of_which_the_end_was_not_noted_is_known_again(
    server: ConfluenceFake, publication: Publication, first: bool
) -> None:
    if not first:
        publication.deliver(ONE)
    before = publication.forgetting(TWO)
    page = server.one("Delays")
    count = len(page.versions)
    publication.known = before
    again = publication.deliver(TWO)
    assert isinstance(again, Delivered)
    assert not again.edited
    assert len(page.versions) == count
    assert list(page.files) == [picture("a").name]


def test_an_edit_after_a_try_of_which_the_end_was_not_noted_is_asked_about(
    server: ConfluenceFake, publication: Publication
) -> None:
    publication.deliver(ONE)
    before = publication.forgetting(TWO)
    page = server.one("Delays")
    server.edit(page.id, page.text.replace("here", "there"))
    publication.known = before
    assert isinstance(publication.deliver(TWO), Edited)
    assert isinstance(publication.deliver(ONE), Edited)
    assert "there" in page.text


def test_somebody_is_quicker_each_time(
    server: ConfluenceFake, publication: Publication, monkeypatch: pytest.MonkeyPatch
) -> None:
    publication.deliver(ONE)
    page = server.one("Delays")
    update = publication.wiki._api.update
    left = [1, 2]

    def late(*arguments: Any) -> None:
        if left:
            server.edit(page.id, f"<p>Theirs {left.pop()}.</p>{page.text}")
        update(*arguments)

    monkeypatch.setattr(publication.wiki._api, "update", late)
    assert isinstance(publication.deliver(TWO), Delivered)
    assert re.match("<p>Theirs 1.</p><p>Theirs 2.</p>", page.text)
    assert "Two" in page.text


def test_a_page_that_another_share_has_marked_is_not_ours(
    server: ConfluenceFake, publication: Publication
) -> None:
    publication.deliver(ONE)
    other = Publication(publication.wiki)
    other.known = replace(other.known, key="fedcba9876543210")
    assert isinstance(other.deliver(TWO), Delivered)
    assert "One" in server.one("Delays").text
    assert "Two" in server.one("Delays (2)").text
