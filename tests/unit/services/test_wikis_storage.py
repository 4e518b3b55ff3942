"""Shares in Confluence's storage format: well-formed, what the notebook says, and found again."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import nbformat
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lodge_services.render.reading import read_notebook
from lodge_services.render.terminal import as_terminal
from lodge_services.render.tree import Failure, Text
from lodge_services.render.words import Words
from lodge_services.shares.wikis.base import Document, Written
from lodge_services.shares.wikis.confluence.elements import CELL_LIMIT
from lodge_services.shares.wikis.confluence.marks import StorageMarks, carried, read
from lodge_services.shares.wikis.confluence.storage import StorageWriter
from lodge_services.shares.wikis.mediawiki.wikitext import WikitextWriter
from support.confluence_text import kept
from support.sharing import PNG
from support.wiki_pages import PLACES, document, rich

AC, RI = "{ac}", "{ri}"
COMMENT = "ac:inline-comment-marker"
MARKS = StorageMarks()
TEXTS = st.lists(
    st.sampled_from(
        [*"<>&\"'{}[]|\\ \n\t", "]]>", "<![CDATA[", "</p>", "<ac:link>", "&amp;", "&nbsp;",
         "{code}", "<!--", "x", "1", "中", "é", "\x00", "\x1f", "\ufffe", "\U0001f600",
         "<script>", "${x}"]
    ),
    max_size=12,
).map("".join)  # fmt: skip


def tree(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(f'<r xmlns:ac="ac" xmlns:ri="ri">{text}</r>')


def page(*cells: Any, **fields: Any) -> Written:
    words = Words("en")
    notebook = nbformat.v4.new_notebook(cells=list(cells))
    made = document()
    values = {**vars(made), "tree": read_notebook(notebook, words), **fields}
    return StorageWriter().write(Document(**values))


def markdown(source: str) -> ElementTree.Element:
    return tree(page(nbformat.v4.new_markdown_cell(source)).text)


def flat(text: str) -> str:
    """Return a text as both sides can have it."""
    return "".join(re.sub("[\x00-\x08\x0b-\x1f\x7f\ufffd-\uffff]", "\ufffd", text).split())


@pytest.mark.parametrize("place", PLACES)
@settings(max_examples=25, deadline=None)
@given(text=TEXTS)
def test_any_text_is_text_in_any_place(place: str, text: str) -> None:
    given_ = PLACES[place](text)
    found = tree(StorageWriter().write(given_).text)
    allowed = {
        *("r", "p", "h2", "ul", "ol", "li", "strong", "em", "code", "sup", "a", "br", "blockquote"),
        *("table", "tbody", "tr", "th", "td"),
        *(f"{AC}{name}" for name in ("structured-macro", "parameter", "rich-text-body", "link")),
        *(f"{AC}{name}" for name in ("plain-text-body", "link-body", "image")),
        f"{RI}attachment",
    }
    assert {one.tag for one in found.iter()} <= allowed
    links = [one.get("href", "") for one in found.iter("a")]
    assert all(link.startswith(("https://lodge.example/", "https://a.example/")) for link in links)
    said = flat(
        "".join(found.itertext()) + "".join(one.get(f"{AC}alt", "") for one in found.iter())
    )
    shown = text if place not in ("output", "error") else as_terminal(text)
    if place != "address":
        assert flat(shown.strip()) in said


def test_a_notebook_is_a_native_page() -> None:
    found = markdown(
        "# Delays\n\nSee [above](#Delays) and [there](https://a.example/b?c=1&d=2), **bold** `x<y`."
        "\n\n* one\n  1. two\n* three\n\n> said\n\n```python\nx = 1 < 2\n```\n\n"
        "| a | b |\n|---|--:|\n| 1 \\| 2 | 3 |\n\n$x^2$\n"
    )
    assert [one.text for one in found.iter("strong")] == ["bold"]
    (link,) = (one for one in found.iter("a") if "a.example" in one.get("href", ""))
    assert link.get("href") == "https://a.example/b?c=1&d=2"
    (inner,) = found.iter(f"{AC}link")
    names = [one.text for one in found.iter(f"{AC}parameter") if one.get(f"{AC}name") == ""]
    assert inner.get(f"{AC}anchor") in names
    (code,) = (one for one in found.iter(f"{AC}structured-macro") if one.get(f"{AC}name") == "code")
    assert code.findtext(f"{AC}plain-text-body") == "x = 1 < 2"
    assert code.findtext(f"{AC}parameter") == "py"
    cells = [("".join(one.itertext()), one.get("style")) for one in found.iter("td")]
    assert cells == [("1 | 2", None), ("3", "text-align: right;")]
    (image,) = found.iter(f"{AC}image")
    assert image.get(f"{AC}alt") == "x^2"
    (item,) = (one for one in found.iter("ol"))
    assert "".join(item.itertext()).strip() == "two"


def test_pictures_are_attachments_named_by_what_is_in_them() -> None:
    output = nbformat.v4.new_output("display_data", data={"image/png": PNG})
    written = page(nbformat.v4.new_code_cell("plot()", outputs=[output, output]))
    (attachment,) = written.attachments
    images = list(tree(written.text).iter(f"{RI}attachment"))
    assert [one.get(f"{RI}filename") for one in images] == [attachment.name] * 2


def test_long_outputs_are_folded_and_errors_are_warnings() -> None:
    stream = nbformat.v4.new_output("stream", name="stdout", text="x\n" * 100)
    error = nbformat.v4.new_output("error", ename="ValueError", evalue="no", traceback=["a", "b"])
    found = tree(page(nbformat.v4.new_code_cell("f()", outputs=[stream, error])).text)
    macros = [one.get(f"{AC}name") for one in found.iter(f"{AC}structured-macro")]
    assert macros == ["info", "code", "expand", "noformat", "warning", "noformat"]
    titles = [one.text for one in found.iter(f"{AC}parameter") if one.get(f"{AC}name") == "title"]
    assert titles == ["Output, 100 lines"]


def test_an_error_s_message_is_whole() -> None:
    said = Failure("\u2028late\u2028", Text("", "traceback"))
    assert "\u2028late\u2028" in StorageWriter().write(document(said)).text
    assert WikitextWriter().write(document(said)).text.count("\u2028") == 2


def test_a_wide_table_is_cut_with_a_note() -> None:
    frame = pd.DataFrame([[1] * 200] * 1_000)
    found = tree(StorageWriter().write(document(rich(frame.to_html()))).text)
    rows = list(found.iter("tr"))
    assert 90 < len(rows) < 110
    assert len(list(found.iter("td"))) <= CELL_LIMIT
    assert f"{1_001 - len(rows):,} more rows are not shown here" in "".join(found.itertext())


def test_a_page_is_never_larger_than_its_limit() -> None:
    texts = [nbformat.v4.new_output("stream", name="stdout", text="中" * 30_000) for _ in range(9)]
    cell = nbformat.v4.new_code_cell("f()", outputs=texts)
    words = Words("en")
    made = document()
    values = {**vars(made), "tree": read_notebook(nbformat.v4.new_notebook(cells=[cell]), words)}
    text = StorageWriter(limit=100_000).write(Document(**values)).text
    assert len(text.encode()) <= 100_000
    assert "because the page is full" in text
    tree(text)


# --- What is a share's in a page.

PART = (
    "<h2>Delays</h2>\n<p>The mean is 3 &amp; more, as <strong>said</strong>.</p>\n"
    '<table><tbody><tr><th>a</th><td style="text-align: right;">1</td></tr></tbody></table>\n'
    '<ac:structured-macro ac:name="code" ac:schema-version="1"><ac:parameter ac:name="language">py'
    "</ac:parameter><ac:plain-text-body><![CDATA[a  =  '<p>']]></ac:plain-text-body>"
    "</ac:structured-macro>"
)


def test_the_part_is_found_again_however_confluence_keeps_it() -> None:
    page = kept(f"<p>Before\u00a0it.</p>\n{MARKS.marked(PART, 'k1')}<p>After.</p>")
    assert "ac:macro-id" in page
    found = MARKS.parted(page, "k1")
    assert found is not None
    assert found.kept == read(PART)
    assert (found.before, found.after) == ("<p>Before&nbsp;it.</p>", "<p>After.</p>")
    anew = MARKS.replaced(found, "<p>new</p>", "k1")
    assert anew.startswith(found.before)
    assert anew.endswith(found.after)
    assert "Delays" not in anew
    assert MARKS.parted(page, "k2") is None


@pytest.mark.parametrize(
    ("change", "same"),
    [
        (lambda text: text.replace("<td style", '<td local-id="1" style'), True),
        (lambda text: text.replace(">1</td>", "><p>1</p></td>"), True),
        (lambda text: text.replace("<table>", '<table data-x="1"><colgroup />'), True),
        (lambda text: text.replace("The mean", "The\n mean"), True),
        (lambda text: text.replace("mean", f'<{COMMENT} ac:ref="r">mean</{COMMENT}>'), True),
        (lambda text: text.replace("3 &amp;", "4 &amp;"), False),
        (lambda text: text.replace("a  =", "a ="), False),
        (lambda text: text.replace("strong", "em"), False),
        (lambda text: text.replace("<p>The mean", "<p>New.</p><p>The mean"), False),
        (lambda text: text.replace(">1</td>", "></td>"), False),
        (lambda text: text.replace("<h2>Delays</h2>", ""), False),
    ],
)  # fmt: skip
def test_only_what_people_have_changed_is_a_change(change: Any, same: bool) -> None:
    changed = change(PART)
    assert changed != PART
    assert (read(changed) == read(PART)) is same


@pytest.mark.parametrize(
    "break_",
    [
        lambda text: text.replace("-end<", "-x<"),
        lambda text: text + text,
        lambda text: text.replace("<h2>", "<table><tbody><tr><td><h2>"),
        lambda text: re.sub(r"<p>(<ac:structured-macro[^>]*anchor)", r"<p>typed here \1", text),
    ],
)
def test_marks_that_are_not_one_pair_are_gone(break_: Any) -> None:
    page = kept(MARKS.marked(PART, "k1"))
    assert MARKS.parted(break_(page), "k1") is None
    assert "lodge-k1" not in MARKS.unmarked(break_(page).replace("-x<", "-end<"), "k1")


def test_comments_stay_on_their_words() -> None:
    def comment(ref: str, words: str) -> str:
        return f'<{COMMENT} ac:ref="{ref}">{words}</{COMMENT}>'

    old = (
        f"<p>The mean is {comment('a', '3 &amp; more')}, the {comment('b', 'mean')} is late.</p>"
        f"<p>Gone: {comment('c', 'old words')}. {comment('d', '<strong>Bold</strong> words')}.</p>"
    )
    new = (
        "<p>mean</p><p>The mean is 3 &amp; more, and the mean is late.</p>"
        "<p><strong>Bold</strong> words.</p><ac:plain-text-body><![CDATA[3 &amp; more, the mean is "
        "late]]></ac:plain-text-body>"
    )
    assert carried(old, new) == (
        f"<p>mean</p><p>The mean is {comment('a', '3 &amp; more')}, and the {comment('b', 'mean')} "
        f"is late.</p><p>{comment('d', '<strong>Bold</strong> words')}.</p>"
        "<ac:plain-text-body><![CDATA[3 &amp; more, the mean is late]]></ac:plain-text-body>"
    )


def test_people_compare_lines_without_ids() -> None:
    page = kept(MARKS.marked(PART, "k1"))
    assert MARKS.readable(page).split("\n")[:2] == [
        "<h2>Delays</h2>",
        "<p>The mean is 3 &amp; more, as <strong>said</strong>.</p>",
    ]
    assert "lodge-k1" not in MARKS.readable(page)
    assert "macro-id" not in MARKS.readable(page)
