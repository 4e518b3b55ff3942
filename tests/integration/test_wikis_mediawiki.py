"""Pages of shares in a real MediaWiki: written, found again, kept from harm."""

from __future__ import annotations

import dataclasses
import logging
import zlib
from collections.abc import Iterator

import httpx
import pytest
from lodge_services.shares.wikis.base import (
    Attachment,
    Moved,
    Page,
    Place,
    Refused,
    TitleTaken,
    Unreachable,
    Wiki,
)
from lodge_services.shares.wikis.mediawiki.wiki import MediaWiki
from lodge_spawner.ports import free_port
from support.mediawiki import Person, RunningMediaWiki, running_mediawiki, token


@pytest.fixture(scope="module")
def server() -> Iterator[RunningMediaWiki]:
    with running_mediawiki() as running:
        yield running


@pytest.fixture(scope="module")
def ada(server: RunningMediaWiki) -> Iterator[Person]:
    person = server.person()
    yield person
    person.close()


@pytest.fixture(scope="module")
def wiki(server: RunningMediaWiki) -> Iterator[MediaWiki]:
    wiki = MediaWiki(server.api, "Lodge@shares", token(), highlight=True)
    yield wiki
    wiki.close()


@pytest.fixture
def settings(server: RunningMediaWiki) -> Iterator[RunningMediaWiki]:
    yield server
    server.settings("")


def picture(size: int = 100, note: str = "") -> Attachment:
    """Return a PNG that is one pixel, and as long as is asked for."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        crc = zlib.crc32(kind + content).to_bytes(4, "big")
        return len(content).to_bytes(4, "big") + kind + content + crc

    head = chunk(b"IHDR", b"\0\0\0\1\0\0\0\1\x08\2\0\0\0")
    rest = chunk(b"IDAT", zlib.compress(b"\0\xff\0\0")) + chunk(b"IEND", b"")
    text = chunk(b"teXt", note.encode().ljust(max(1, size), b"."))
    return Attachment("image/png", b"\x89PNG\r\n\x1a\n" + head + text + rest)


def revisions(ada: Person, page: Page) -> list[str]:
    found = ada.ask(
        action="query", pageids=page.id, prop="revisions", rvlimit="50", rvprop="ids|user"
    )
    return [one["user"] for one in found["query"]["pages"][0]["revisions"]]


def test_it_is_a_wiki_and_knows_the_bot(wiki: MediaWiki) -> None:
    as_wiki: Wiki = wiki
    assert as_wiki.who() == "Lodge"


@pytest.mark.parametrize("end", ["", "/", "/index.php", "/index.php?title=Main_Page", "/api.php"])
def test_it_is_found_by_any_of_its_addresses(server: RunningMediaWiki, end: str) -> None:
    wiki = MediaWiki(server.url + end, "Lodge@shares", token())
    assert wiki.who() == "Lodge"
    wiki.close()


def test_a_wrong_password_is_refused_in_a_sentence_without_it(server: RunningMediaWiki) -> None:
    wiki = MediaWiki(server.api, "Lodge@shares", "not-the-password")
    with pytest.raises(Refused, match="make a new bot password") as refused:
        wiki.who()
    assert "not-the-password" not in refused.value.message
    wiki.close()


def test_a_page_is_made_read_and_replaced(wiki: MediaWiki, ada: Person) -> None:
    made = wiki.create("First page", "one\n<!-- mark -->\ntwo", "made")
    assert made == wiki.titled("First page") == wiki.page(made.id, made.revision)
    assert (made.title, made.text) == ("First page", "one\n<!-- mark -->\ntwo")
    assert httpx.get(made.url, follow_redirects=True).status_code == 200

    changed = wiki.update(made, "three", "changed")
    assert (changed.id, changed.text) == (made.id, "three")
    assert changed.revision != made.revision

    again = wiki.update(changed, "three", "changed")
    assert again == changed
    assert revisions(ada, made) == ["Lodge", "Lodge"]


def test_a_title_that_is_taken_is_left_alone(wiki: MediaWiki, ada: Person) -> None:
    ada.edit("Taken", "hers")
    with pytest.raises(TitleTaken):
        wiki.create("Taken", "ours", "made")
    assert ada.text("Taken") == "hers"


def test_a_redirect_counts_as_a_page(wiki: MediaWiki, ada: Person) -> None:
    ada.edit("Leads on", "#REDIRECT [[Main Page]]")
    found = wiki.titled("Leads on")
    assert found is not None
    assert found.text == "#REDIRECT [[Main Page]]"
    with pytest.raises(TitleTaken):
        wiki.create("Leads on", "ours", "made")


def test_what_a_person_has_written_since_is_not_written_over(wiki: MediaWiki, ada: Person) -> None:
    made = wiki.create("Edited by hand", "line 1\n\nline 2\n\nline 3", "made")
    ada.edit("Edited by hand", "line 1 of hers\n\nline 2\n\nline 3")
    with pytest.raises(Moved):
        wiki.update(made, "line 1\n\nline 2\n\nline 3 of ours", "changed")
    assert ada.text("Edited by hand").startswith("line 1 of hers")


def test_who_is_quicker_is_not_taken_for_lodge(
    wiki: MediaWiki, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = wiki.create("Quick", "line 1\n\nline 2\n\nline 3", "made")

    def quick(page: Page) -> str:
        ada.edit("Quick", "line 1 of hers\n\nline 2\n\nline 3")
        return page.revision

    monkeypatch.setattr(wiki, "_revision", quick)
    with pytest.raises(Moved):
        wiki.update(made, "line 1\n\nline 2\n\nline 3 of ours", "changed")
    assert ada.text("Quick").startswith("line 1 of hers")


def test_a_stale_revision_is_told_for_one_s_own_edit_too(wiki: MediaWiki) -> None:
    made = wiki.create("Edited twice", "one", "made")
    wiki.update(made, "two", "changed")
    with pytest.raises(Moved):
        wiki.update(made, "three", "changed")


def test_a_page_is_followed_where_it_is_moved(wiki: MediaWiki, ada: Person) -> None:
    made = wiki.create("Old name", "text", "made")
    ada.do("move", **{"from": "Old name", "to": "New name"})
    found = wiki.page(made.id, made.revision)
    assert found is not None
    assert found.title == "New name"
    wiki.update(found, "changed", "changed")
    assert ada.text("New name") == "changed"
    assert ada.text("Old name").startswith("#REDIRECT")


def test_a_deleted_page_is_gone_until_it_is_restored(wiki: MediaWiki, ada: Person) -> None:
    made = wiki.create("Comes and goes", "text", "made")
    ada.do("delete", title="Comes and goes")
    assert wiki.page(made.id, made.revision) is None
    with pytest.raises(Moved):
        wiki.update(made, "changed", "changed")
    assert wiki.titled("Comes and goes") is None
    # Over another page of its title it is restored below the id of that.
    ada.edit("Comes and goes", "another")
    ada.do("undelete", title="Comes and goes")
    found = wiki.page(made.id, made.revision)
    assert found is not None
    assert found.id != made.id
    assert found.title == "Comes and goes"


def test_a_page_is_removed_and_one_that_is_gone_is_no_error(wiki: MediaWiki) -> None:
    made = wiki.create("To be removed", "text", "made")
    wiki.remove(made, "no longer shared")
    assert wiki.page(made.id, made.revision) is None
    wiki.remove(made, "no longer shared")


def test_pictures_are_brought_once(wiki: MediaWiki, server: RunningMediaWiki) -> None:
    pictures = (picture(10, "a"), picture(20, "b"))
    assert wiki.attach(None, pictures) == 2
    assert wiki.attach(None, (*pictures, picture(30, "c"))) == 1
    assert wiki.attach(None, pictures) == 0
    url = httpx.get(f"{server.url}/index.php?title=Special:Redirect/file/{pictures[0].name}")
    assert httpx.get(url.headers["Location"]).content == pictures[0].content


def test_a_large_picture_comes_in_pieces(wiki: MediaWiki) -> None:
    # PHP takes files of 2 MB and requests of 8, whatever the wiki says.
    large = picture(2_500_000, "large")
    assert wiki.attach(None, (large,)) == 1
    assert wiki.attach(None, (large,)) == 0


def test_more_pictures_than_one_question_may_name(wiki: MediaWiki) -> None:
    there = picture(10, "a")
    wiki.attach(None, (there,))
    few = [picture(10, f"many {number}") for number in range(3)]
    missing = [dataclasses.replace(there, content=b"x%d" % number) for number in range(60)]
    from lodge_services.shares.wikis.mediawiki import files as mediawiki_files

    names = [one.name for one in (*missing, there)]
    assert mediawiki_files._there(wiki._session, names) == {there.name}
    assert wiki.attach(None, (there, *few)) == 3


def test_a_picture_that_was_deleted_comes_again(wiki: MediaWiki, ada: Person) -> None:
    one = picture(10, "deleted once")
    assert wiki.attach(None, (one,)) == 1
    ada.do("delete", title=f"File:{one.name}")
    assert wiki.attach(None, (one,)) == 1


def test_the_same_picture_below_another_name_is_no_reason(wiki: MediaWiki, ada: Person) -> None:
    one = picture(10, "twice")
    again = Attachment("image/png", one.content)
    object.__setattr__(again, "kind", "image/x-png")
    assert wiki.attach(None, (one,)) == 1
    ada.do("move", **{"from": f"File:{one.name}", "to": "File:Hers.png"}, noredirect="1")
    assert wiki.attach(None, (one,)) == 1


def test_what_is_no_picture_is_refused(wiki: MediaWiki) -> None:
    with pytest.raises(Refused, match="refused to take a picture"):
        wiki.attach(None, (Attachment("image/png", b"<html><script>alert(1)</script>"),))


def test_uploads_that_are_off_are_told(settings: RunningMediaWiki, wiki: MediaWiki) -> None:
    settings.settings("$wgEnableUploads = false;")
    with pytest.raises(Refused, match="allow uploads"):
        wiki.attach(None, (picture(10, "none"),))


def test_a_session_that_is_lost_is_begun_anew(wiki: MediaWiki) -> None:
    wiki.who()
    wiki._session._transport.client.cookies.clear()
    assert wiki.create("After the session", "text", "made").text == "text"
    wiki._session._state.token = "0123+\\"
    assert wiki.create("After the token", "text", "made").text == "text"


def test_rights_that_are_missing_are_told(server: RunningMediaWiki, wiki: MediaWiki) -> None:
    reader = MediaWiki(server.api, "Lodge@reader", token("reader"))
    with pytest.raises(Refused, match="grant it to the bot"):
        reader.create("Not allowed", "text", "made")
    editor = MediaWiki(server.api, "Lodge@editor", token("editor"))
    made = editor.create("May not be deleted", "text", "made")
    with pytest.raises(Refused, match="refused to delete the page"):
        editor.remove(made, "gone")
    reader.close()
    editor.close()


def test_a_protected_page_is_told(wiki: MediaWiki, ada: Person) -> None:
    made = wiki.create("Protected", "text", "made")
    ada.do("protect", title="Protected", protections="edit=sysop")
    # Its protection is a revision of its own, of the same text.
    now = wiki.page(made.id, made.revision)
    assert now is not None
    with pytest.raises(Refused, match="protection lifted"):
        wiki.update(now, "changed", "changed")


def test_what_filters_object_to_is_told(wiki: MediaWiki, ada: Person) -> None:
    ada.edit("MediaWiki:Titleblacklist", ".*Casino.*")
    ada.edit("MediaWiki:Spam-blacklist", "cheap-watches\\.example")
    with pytest.raises(Refused, match=r"refused to write the page: .*what it objects to"):
        wiki.create("Casino night", "text", "made")
    with pytest.raises(Refused, match=r"refused to write the page: .*what it objects to"):
        wiki.create("Links", "[https://cheap-watches.example/ x]", "made")


def test_too_large_a_page_is_told_and_the_largest_is_taken(wiki: MediaWiki) -> None:
    # Chinese is three bytes a character, and nine where forms are written in letters.
    most = "中" * (2 * 1024 * 1024 // 3)
    assert wiki.create("As large as can be", most, "made").text == most
    with pytest.raises(Refused, match="raise its limit"):
        wiki.create("Too large", most + "中", "made")


def test_more_than_the_web_server_takes_is_told(wiki: MediaWiki) -> None:
    with pytest.raises(Refused, match=r"takes no request of 9\.. MB"):
        wiki.create("Far too large", "x" * 9_000_000, "made")


def test_a_wiki_that_is_only_read_now_is_tried_again(
    settings: RunningMediaWiki, wiki: MediaWiki
) -> None:
    settings.settings("$wgReadOnly = 'backup';")
    with pytest.raises(Unreachable, match="readonly"):
        wiki.create("Not now", "text", "made")


def test_a_private_wiki_is_found_and_read(settings: RunningMediaWiki) -> None:
    settings.settings("$wgGroupPermissions['*']['read'] = false;")
    wiki = MediaWiki(settings.url, "Lodge@shares", token())
    assert wiki.who() == "Lodge"
    assert wiki.titled("Main Page") is not None
    wiki.close()


def test_a_limit_of_edits_is_waited_for(settings: RunningMediaWiki, wiki: MediaWiki) -> None:
    settings.settings(
        "$wgRateLimits['edit'] = [ 'user' => [ 1, 600 ], 'bot' => [ 1, 600 ] ];"
        "$wgGroupPermissions['bot']['noratelimit'] = false;"
    )
    wiki.create("In a hurry", "text", "made")
    with pytest.raises(Unreachable, match="ratelimited"):
        wiki.create("In more of a hurry", "text", "made")


def test_a_wiki_that_is_behind_names_its_wait(
    server: RunningMediaWiki, wiki: MediaWiki, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Any lag is more than this.
    ask = wiki._session._transport.send

    def late(method: str, url: str, **arguments: object) -> httpx.Response:
        files = arguments.get("files")
        if isinstance(files, dict) and "maxlag" in files:
            files["maxlag"] = (None, "-5")
        return ask(method, url, **arguments)

    monkeypatch.setattr(wiki._session._transport, "send", late)
    with pytest.raises(Unreachable, match="maxlag") as busy:
        wiki.titled("Main Page")
    assert busy.value.after


def test_a_wiki_that_is_not_there_is_tried_again() -> None:
    wiki = MediaWiki(f"http://127.0.0.1:{free_port()}/api.php", "Lodge@shares", "hush")
    with pytest.raises(Unreachable, match="can't be reached"):
        wiki.titled("Main Page")
    wiki.close()


def test_another_page_is_no_wiki(server: RunningMediaWiki) -> None:
    wiki = MediaWiki(f"{server.url}/resources/", "Lodge@shares", token())
    with pytest.raises(Refused, match="There is no MediaWiki"):
        wiki.who()
    wiki.close()


def test_code_is_not_sent_to_a_wiki_that_would_read_it(
    server: RunningMediaWiki, wiki: MediaWiki
) -> None:
    plain = MediaWiki(server.api, "Lodge@shares", token())
    site = plain._session.site
    plain._session._state.site = dataclasses.replace(site, tags=frozenset({"pre"}))
    with pytest.raises(Refused, match="turn highlighting off"):
        plain.create("Code", '<syntaxhighlight lang="python">\n{{x}}\n</syntaxhighlight>', "made")
    plain.close()


@pytest.mark.parametrize(
    ("place", "title", "number", "full"),
    [
        (Place(), "a plain title", 1, "A plain title"),
        (Place(), "a plain title", 2, "A plain title (2)"),
        (Place(parent="team/data"), "sales", 1, "Team/data/sales"),
        (Place("Notebooks"), "sales: week 3", 1, "Notebooks:Sales: week 3"),
        (Place("notebooks", "Team"), "sales", 3, "Notebooks:Team/sales (3)"),
        (Place(), "Help: me", 1, "Help - me"),
        (Place(), "wikipedia:me", 1, "Wikipedia - me"),
        (Place(), "Sales: week 3", 1, "Sales: week 3"),
        (Place(), "<b>[x]{y}|z_1  2", 1, "(b)(x)(y)-z 1 2"),
        (Place(), "C# & 100%20 &amp; ~~~~", 1, "C＃ & 100％20 ＆amp;"),
        (Place(), "../etc/./passwd", 1, "．．/etc/．/passwd"),
        (Place(), "///", 1, "Notebook"),
        (Place(), "", 2, "Notebook (2)"),
        (Place(), " :_ ", 1, "Notebook"),
        (Place(), "中文标题", 1, "中文标题"),
    ],
)  # fmt: skip
def test_a_title_is_one_that_the_wiki_has_as_it_is(
    wiki: MediaWiki, place: Place, title: str, number: int, full: str
) -> None:
    assert wiki.title(place, title, number) == full
    assert _normal(wiki, full) == full


@pytest.mark.parametrize("title", ["中" * 300, "x" * 300, "./" * 200, "e\u0301" * 300, "a/" * 300])
@pytest.mark.parametrize("parent", ["", "Above", "中" * 300])
def test_a_long_title_is_cut(wiki: MediaWiki, title: str, parent: str) -> None:
    full = wiki.title(Place("Notebooks", parent), title, 12)
    assert full.endswith(" (12)")
    assert len(full.removeprefix("Notebooks:").encode()) <= 255
    assert _normal(wiki, full) == full


def _normal(wiki: MediaWiki, title: str) -> str:
    """Return a title as the wiki has it."""
    page = wiki._session.read(titles=title)["pages"][0]
    assert not page.get("invalid"), page
    return str(page["title"])


def test_an_unknown_namespace_is_told(wiki: MediaWiki) -> None:
    with pytest.raises(Refused, match="no namespace Nowhere"):
        wiki.title(Place("Nowhere"), "x")


def test_pages_to_go_below_are_found_as_one_types(wiki: MediaWiki, ada: Person) -> None:
    ada.edit("Notebooks:Team north", "x")
    ada.edit("Notebooks:Team north/Weekly: reports", "x")
    ada.edit("Notebooks:Team north/Daily", "x")
    both = ["Team north/Daily", "Team north/Weekly: reports"]
    assert wiki.parents("team n", Place("Notebooks")) == ["Team north", *both]
    assert wiki.parents("", Place("Notebooks", "Team north")) == both
    assert wiki.parents("We", Place("Notebooks", "Team north")) == both[1:]
    assert wiki.parents("Main", Place()) == ["Main Page"]
    assert wiki.parents("nothing like it", Place()) == []


def test_no_log_and_no_address_holds_the_password(
    server: RunningMediaWiki, caplog: pytest.LogCaptureFixture
) -> None:
    wiki = MediaWiki(server.api, "Lodge@shares", token())
    with caplog.at_level(logging.DEBUG):
        wiki.who()
        wiki.create("Logged", "text", "made")
    assert "api.php" in caplog.text
    assert token() not in caplog.text
    assert token() not in (server.folder / "server.log").read_text()
    wiki.close()
