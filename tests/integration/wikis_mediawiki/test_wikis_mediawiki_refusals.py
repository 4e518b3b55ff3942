"""What a real MediaWiki refuses, or does later, and what is told of it."""

from __future__ import annotations

import httpx
import pytest
from lodge_services.shares.wikis.base import Refused, Unreachable
from lodge_services.shares.wikis.mediawiki.wiki import MediaWiki
from lodge_spawner.ports import free_port
from support.mediawiki import Person, RunningMediaWiki, token


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
