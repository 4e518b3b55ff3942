"""What a real MediaWiki makes of pages: what a notebook says shows as that, and means nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from lodge_services.render.terminal import as_terminal
from lodge_services.render.tree import Code, Failure, Text
from lodge_services.shares.wikis.base import Document, Place
from lodge_services.shares.wikis.delivery import (
    Deleted,
    Delivered,
    Delivery,
    Edited,
    Known,
    new_key,
)
from lodge_services.shares.wikis.mediawiki.wiki import MediaWiki
from lodge_services.shares.wikis.mediawiki.wikitext import WikitextWriter
from support.mediawiki import Person, RunningMediaWiki, running_mediawiki, token
from support.wiki_pages import PLACES, document, picture


@pytest.fixture(scope="module")
def server() -> Iterator[RunningMediaWiki]:
    with running_mediawiki() as running:
        yield running


@pytest.fixture(scope="module")
def reader(server: RunningMediaWiki) -> Iterator[Person]:
    wiki = MediaWiki(server.api, "Lodge@shares", token())
    wiki.attach(None, WRITER.write(document(picture("x"))).attachments)
    wiki.close()
    person = server.person()
    person.edit("Template:Evil", "<div class='evil'>evil</div>")
    yield person
    person.close()


@pytest.fixture
def wiki(server: RunningMediaWiki) -> Iterator[MediaWiki]:
    wiki = MediaWiki(server.api, "Lodge@shares", token(), highlight=True)
    yield wiki
    wiki.close()


WRITER = WikitextWriter(highlight=True)


NASTY = [
    *(
        "{{Evil}}",
        "{{",
        "}}",
        "{{{1}}}",
        "{{PAGENAME}}",
        "{{subst:Evil}}",
        "{{#if:x|y}}",
        "{|",
        "|}",
    ),
    *("[[Main Page]]", "[[Category:X]]", "[[File:X.png]]", "[[", "]]", "[http://x.example y]", "["),
    *("<nowiki>", "</nowiki>", "<nowiki/>", "</pre>", "<pre>", "</syntaxhighlight>", "<!--", "-->"),
    *(
        "<ref>",
        "</ref>",
        "<references/>",
        "<b>",
        "</div>",
        "<script>",
        "<includeonly>",
        "<onlyinclude>",
    ),
    *(
        "~~~",
        "~~~~",
        "~~~~~",
        "__NOTOC__",
        "__TOC__",
        "__NOINDEX__",
        "＿＿目次＿＿",
        "#REDIRECT [[X]]",
    ),
    *(
        "http://x.example/a",
        "https://x",
        "mailto:a@b.c",
        "//x.example",
        "news:x",
        "urn:x",
        "ftp://x",
    ),
    *("RFC 123", "PMID 12", "ISBN 978-0-306-40615-7", "&amp;", "&lt;", "&#91;", "&nbsp;", "&", ";"),
    *("''", "'''", "'''''", "'", "----", "-", "*", "#", ":", ";", "=", "==", "|", "||", "|-", "|+"),
    *(
        "!",
        "!!",
        "-{zh-cn:a}-",
        "-{",
        "}-",
        "\n",
        "\n\n",
        " ",
        "  ",
        "\t",
        "_",
        "__",
        "\\",
        '"',
        "a b",
    ),
    *(
        "x",
        "1",
        "中",
        "é",
        "e\u0301",
        "\u1100\u1161",
        "\u212b",
        "« a »",
        " ?",
        "\x7f",
        "\x00",
        "\u200e",
    ),
    *(
        "\xa0",
        "\u3000",
        "\u2028",
        "\x7f'\"`UNIQ--x-0-QINU`\"'\x7f",
        "{{!}}",
        "%",
        "😀",
        "</",
        "<",
        ">",
    ),
    *(
        "<math>x</math>",
        "<gallery>",
        "<poem>",
        "<translate>",
        "<section begin=x/>",
        "style=x|",
        "\r",
    ),
]
TEXTS = st.lists(st.sampled_from(NASTY), min_size=1, max_size=8).map("".join)


class Seen(HTMLParser):
    """What a reader sees of HTML: its text, what pictures show, and the elements around those."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.elements: list[tuple[str, ...]] = []
        self.alt: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        # A heading has a second name where the first has odd letters.
        if tag != "span":
            self.elements.append((tag, *sorted(found)))
        if tag == "a":
            href = str(found.get("href"))
            self.elements.append((re.sub(r"(?<=a\.example/).*", "", href),))
        if tag == "img":
            self.alt.append(found.get("alt") or "")

    def handle_data(self, data: str) -> None:
        self.text += data


def shown(reader: Person, markups: list[str]) -> list[Seen]:
    """Return what is seen of markups, asked for at once."""
    html = reader.html("\n\n".join(f'<div id="case">\n{one}\n</div>' for one in markups))
    parts = re.split(r'<div id="case">', html)[1:]
    assert len(parts) == len(markups)
    return [Seen(part) for part in parts]


def flat(text: str) -> str:
    text = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]", "\ufffd", text)
    return re.sub(r"[ \t\n\r\f]+", "", text)


def as_expected(name: str, text: str) -> str:
    """Return how a text reads in one of the places, without blanks."""
    if name in ("output", "error"):
        text = as_terminal(text)
    elif name in ("link", "link inside", "description"):
        # Blanks of all kinds are trimmed.
        return re.sub(r"\s", "", flat(text))
    return flat(text)


@given(st.lists(TEXTS, min_size=12, max_size=12))
@settings(max_examples=6, phases=[Phase.generate])
def test_whatever_a_notebook_says_shows_as_that(reader: Person, texts: list[str]) -> None:
    check(reader, texts)


def test_each_odd_text_shows_as_itself(reader: Person) -> None:
    for start in range(0, len(NASTY), 40):
        some = NASTY[start : start + 40]
        check(reader, [form.replace("TEXT", one) for one in some for form in ("TEXT", "aTEXTb 1")])


def test_code_in_colours_shows_as_itself(reader: Person) -> None:
    code = "\n".join(text for text in NASTY if WRITER.write(source(text)).text.count("<syn"))
    for text in (code, "x = 1  # {{Evil}} [[a]]\n\n\tdef f(): ...\n"):
        markup = WRITER.write(source(text)).text
        assert '<syntaxhighlight lang="python">' in markup
        (seen,) = shown(reader, [markup])
        assert flat(seen.text).endswith(flat(text))
        assert {one[0] for one in seen.elements if len(one) > 1} == {"div", "a"}
        assert ("pre",) in seen.elements


@pytest.mark.parametrize(
    "text",
    ["</syntaxhighlight>{{Evil}}", "</SyntaxHighlight >{{Evil}}", "a -{b}-", "e\u0301", "# a ? b"],
)
def test_code_that_colours_would_change_stands_plain(reader: Person, text: str) -> None:
    markup = WRITER.write(source(text)).text
    (seen,) = shown(reader, [markup])
    assert "<syntaxhighlight" not in markup
    assert seen.text.rstrip().endswith(text)


def source(text: str) -> Document:
    return document(Code(text, "python"))


def check(reader: Person, texts: list[str]) -> None:
    names = list(PLACES)
    plain = dict(zip(names, shown(reader, [of(name, "x") for name in names]), strict=True))
    cases = [(name, text) for text in texts for name in names if as_expected(name, text).strip()]
    markups = [of(name, text) for name, text in cases]
    for (name, text), markup, seen in zip(cases, markups, shown(reader, markups), strict=True):
        told = f"{text!r} in {name}: {markup}"
        expected = as_expected(name, text)
        if name == "picture":
            alt = unicodedata.normalize("NFC", expected)
            assert [flat(one) for one in seen.alt] == [alt], told
        elif name != "address":
            whole = plain[name].text.replace("x", expected)
            assert as_expected(name, seen.text) == as_expected(name, whole), told
        if name == "description":
            seen.elements = [one for one in seen.elements if one != ("br",)]
        assert seen.elements == plain[name].elements, told
    assert reader.as_saved("\n\n".join(markups)) == "\n\n".join(markups)


def of(name: str, text: str) -> str:
    return WRITER.write(PLACES[name](text)).text


def deliver(wiki: MediaWiki, noted: list[Known], title: str, what: Document) -> object:
    delivery = Delivery(wiki, Place("Notebooks", "Team"), title, lambda known: noted.append(known))
    outcome = delivery.run(wiki.write(what), "a version", noted[-1])
    if isinstance(outcome, Delivered):
        noted.append(outcome.known)
    return outcome


def rich_version(number: int) -> Document:
    blocks = (picture("x"), Code(f"x = {number}", "python"), Text("a\n[[b]] ~~~~", "stdout"))
    return document(
        *blocks, Failure("E: f", Text("line", "traceback")), description="e\u0301 {{x}}"
    )


def test_a_share_is_brought_once_and_keeps_what_people_write(
    wiki: MediaWiki, reader: Person
) -> None:
    noted = [Known(new_key())]
    first = deliver(wiki, noted, "Kept", rich_version(1))
    assert isinstance(first, Delivered)
    assert first.edited
    assert first.page.title == "Notebooks:Team/Kept"
    again = deliver(wiki, noted, "Kept", rich_version(1))
    assert isinstance(again, Delivered)
    assert not again.edited
    assert again.page == first.page

    # A move, and a line above: neither is Lodge's.
    reader.do("move", **{"from": first.page.title, "to": "Notebooks:Elsewhere"})
    reader.edit("Notebooks:Elsewhere", f"By hand.\n\n{first.page.text}")
    second = deliver(wiki, noted, "Kept", rich_version(2))
    assert isinstance(second, Delivered)
    assert second.page.title == "Notebooks:Elsewhere"
    assert second.page.text.startswith("By hand.\n\n<!-- Lodge ")
    assert "x = 2" in second.page.text

    reader.edit("Notebooks:Elsewhere", second.page.text.replace("x = 2", "x = 22"))
    third = deliver(wiki, noted, "Kept", rich_version(3))
    assert isinstance(third, Edited)
    assert "x = 22" in reader.text("Notebooks:Elsewhere")

    reader.do("delete", title="Notebooks:Elsewhere")
    assert isinstance(deliver(wiki, noted, "Kept", rich_version(3)), Deleted)


def test_a_page_that_was_made_before_the_service_was_killed_is_known_again(
    wiki: MediaWiki,
) -> None:
    noted = [Known(new_key())]
    first = deliver(wiki, noted, "Killed", rich_version(1))
    # What was noted last before the page was there.
    before = [next(one for one in noted if one.title and not one.page_id)]
    again = deliver(wiki, before, "Killed", rich_version(1))
    assert isinstance(first, Delivered)
    assert isinstance(again, Delivered)
    assert again.page == first.page
