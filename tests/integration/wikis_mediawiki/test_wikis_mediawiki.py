"""Pages of shares in a real MediaWiki: written, found again, kept from harm."""

from __future__ import annotations

import dataclasses
import logging

import httpx
import pytest
from lodge_services.shares.wikis.base import Moved, Page, Place, Refused, TitleTaken, Wiki
from lodge_services.shares.wikis.mediawiki.wiki import MediaWiki
from support.mediawiki import Person, RunningMediaWiki, token


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
