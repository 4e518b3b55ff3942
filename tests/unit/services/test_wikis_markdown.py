"""Shares as Markdown: what is read of a page is what the notebook says, and nothing else."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import nbformat
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lodge_services.render.reading import read_notebook
from lodge_services.render.words import Words
from lodge_services.shares.wikis.base import Document, Written
from lodge_services.shares.wikis.git.elements import ROWS
from lodge_services.shares.wikis.git.markdown import write_markdown
from lodge_services.shares.wikis.git.markdown_text import escaped
from markdown_it import MarkdownIt
from mdit_py_plugins.gfm_autolink import gfm_autolink_plugin
from support.sharing import PNG

MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
MARKDOWN.use(gfm_autolink_plugin)


def written(*cells: Any, **fields: Any) -> Written:
    words = Words("en")
    values: dict[str, Any] = {"title": "T", "description": "", "tags": (), **fields}
    values = {"tree": read_notebook(nbformat.v4.new_notebook(cells=list(cells)), words), **values}
    return write_markdown(
        Document(
            owner="Ada",
            version=1,
            shared_at=datetime(2026, 1, 31, tzinfo=UTC),
            gallery_url="https://lodge.example/g",
            copy_url="https://lodge.example/c",
            words=words,
            **values,
        )
    )


def body(*cells: Any) -> str:
    """Return a page without its box."""
    return written(*cells).text.partition("\n\n")[2]


def markdown(source: str) -> str:
    return body(nbformat.v4.new_markdown_cell(source))


def shown(**data: Any) -> Any:
    mimes = {name.replace("__", "/"): value for name, value in data.items()}
    output = nbformat.v4.new_output("display_data", data=mimes)
    return nbformat.v4.new_code_cell("", outputs=[output])


def seen(text: str) -> tuple[str, set[str]]:
    """Return the text that a reader sees of Markdown, and the elements that hold it."""
    html = MARKDOWN.render(text)
    tags = set(re.findall(r"<([a-z0-9]+)", html))
    plain = re.sub(r"<[^>]*>", "", html)
    for name, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        plain = plain.replace(name, sign)
    return plain.rstrip("\n"), tags


@given(st.text(st.sampled_from("ab1 .\\`*_{}[]()<>#+-!|~$@&:=^\"'/\n\twww.http://x;"), max_size=40))
@settings(deadline=None, max_examples=400)
def test_any_text_means_nothing(text: str) -> None:
    flat = " ".join(text.split())
    plain, tags = seen(escaped(f"x{text}x"))
    assert " ".join(plain.split()) == " ".join(f"x{text}x".split())
    assert tags <= {"p"}
    plain, tags = seen(markdown_of_text(text))
    assert " ".join(plain.split()) == flat
    assert tags <= {"p"}


def markdown_of_text(text: str) -> str:
    """Return the page of an HTML output that is one paragraph of text."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return body(shown(text__html=f"<p>{safe}</p>")) if text.strip() else ""


@given(st.text(st.sampled_from("ab|`\\\n*_<>&[] "), max_size=30))
@settings(deadline=None, max_examples=200)
def test_any_text_stays_in_its_cell(text: str) -> None:
    safe = text.replace("&", "&amp;").replace("<", "&lt;")
    html = f"<table><tr><th>a</th><th>b</th></tr><tr><td>{safe}</td><td>end</td></tr></table>"
    page = MARKDOWN.render(body(shown(text__html=html)))
    cells = re.findall(r"<td>(.*?)</td>", page, re.DOTALL)
    assert len(cells) == 2
    assert cells[1] == "end"
    plain = seen(escaped(text))[0]
    assert " ".join(seen_html(cells[0]).split()) == " ".join(plain.split())


def seen_html(html: str) -> str:
    plain = re.sub(r"<[^>]*>", "", html)
    return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


@given(st.text(st.sampled_from("a`~\n <|"), max_size=30))
@settings(deadline=None, max_examples=200)
def test_any_code_stays_code(source: str) -> None:
    if not source.strip():
        return
    html = MARKDOWN.render(body(nbformat.v4.new_code_cell(source)))
    found = re.fullmatch(
        r'<pre><code class="language-[a-z0-9]+">(.*?)\n</code></pre>\n', html, re.DOTALL
    )
    assert found is not None
    assert seen_html(found[1]) == source


def test_a_page_of_everything() -> None:
    page = written(
        nbformat.v4.new_markdown_cell(
            "# Late *planes*\n\n1. one\n   - two\n\n> said\n\n$$a|b$$ and $x_1$"
        ),
        nbformat.v4.new_code_cell("%%sql\nSELECT 1"),
        shown(image__png=PNG),
        description="Why\nso",
        tags=("flights", "2013"),
    )
    (picture,) = page.attachments
    assert page.text.startswith(
        "> **T**\n>\n> Shared by Ada on 2026-01-31, version 1\n>\n> Why\n>\n> so"
    )
    assert "> flights · 2013" in page.text
    assert "[Open in the gallery](<https://lodge.example/g>)" in page.text
    for part in (
        "## Late *planes*",
        "1. one\n\n   - two",
        "> said",
        "$`a\\vert b`$ and $`x_1`$",
        "```sql\n%%sql\nSELECT 1\n```",
        f"![Picture of cell 3]({picture.name})",
    ):
        assert part in page.text


def test_a_formula_on_a_line_of_its_own() -> None:
    assert markdown("$$\\frac{a}{b}$$") == "```math\n\\frac{a}{b}\n```"


def test_links_lead_to_the_web_alone() -> None:
    assert markdown("[a](https://x.example/p?q=(1)&r=<b>)").startswith(
        "[a](<https://x.example/p?q=(1)&r="
    )
    assert markdown("[a](javascript:alert(1)) [b](other.ipynb) [c](mailto:a@b.example)") == (
        "a b [c](<mailto:a@b.example>)"
    )


def test_tables_are_the_wikis_own() -> None:
    rows = "".join(f"<tr><td>{n}</td><td>x</td></tr>" for n in range(ROWS + 5))
    page = body(shown(text__html=f"<table><tr><th>n</th><th>a|b</th></tr>{rows}</table>"))
    lines = page.split("\n")
    assert lines[:3] == ["| n | a\\|b |", "| --- | --- |", "| 0 | x |"]
    assert sum(line.startswith("| ") for line in lines) == ROWS + 2
    assert "5 more rows are not shown here" in page
    headless = body(shown(text__html="<table><tr><td>1</td><td>2</td></tr></table>"))
    assert headless == "|  |  |\n| --- | --- |\n| 1 | 2 |"


def test_pictures_are_such_as_every_wiki_takes() -> None:
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>x</script></svg>'
    )
    page = written(
        shown(**{"image/svg+xml": drawing}), shown(image__png=PNG), shown(image__png=PNG)
    )
    assert sorted(one.kind for one in page.attachments) == ["image/png", "image/png"]
    assert all(one.content.startswith(b"\x89PNG") for one in page.attachments)
    assert page.text.count(f"({page.attachments[1].name})") == 2
    broken = written(shown(image__png="no picture"))
    assert broken.attachments == ()
    assert "This picture could not be read" in broken.text


def test_long_outputs_are_folded_and_nothing_is_left_empty() -> None:
    output = nbformat.v4.new_output("stream", name="stdout", text="line\n" * 100)
    page = body(nbformat.v4.new_code_cell("", outputs=[output]))
    assert page.startswith("<details><summary>Output, 100 lines</summary>\n\n```\nline\n")
    widget = shown(**{"application/vnd.jupyter.widget-view+json": {"model_id": "x"}})
    assert "This output is interactive" in body(widget)


def test_a_page_has_a_bound() -> None:
    outputs = [nbformat.v4.new_output("stream", name=str(n), text="延" * 90_000) for n in range(9)]
    page = written(nbformat.v4.new_code_cell("1", outputs=outputs)).text
    assert len(page.encode()) < 1_600_000
    assert "because the page is full" in page


@pytest.mark.parametrize("text", ["<script>", "<img src=x onerror=y>", "<!-- x -->", "</details>"])
def test_nothing_of_a_notebook_is_html(text: str) -> None:
    for cell in (
        nbformat.v4.new_markdown_cell(f"`{text}` and \\{text}"),
        nbformat.v4.new_raw_cell(text),
        nbformat.v4.new_code_cell(text),
        shown(text__plain=text),
    ):
        html = MARKDOWN.render(body(cell))
        assert text not in html


def cells_of(html: str) -> list[list[str]]:
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in html.split("</tr>")[:-1]]


def test_a_value_stays_below_its_head_where_cells_span_rows_and_columns() -> None:
    index = pd.MultiIndex.from_product([["a", "b"], ["x", "y"]], names=["k", "l"])
    columns = pd.MultiIndex.from_product([["m", "n"], ["o", "p"]])
    frame = pd.DataFrame([range(4)] * 4, index=index, columns=columns)
    rows = cells_of(MARKDOWN.render(body(shown(text__html=frame.to_html()))))
    assert rows == [
        ["", "", "m", "", "n", ""],
        ["", "", "o", "p", "o", "p"],
        ["k", "l", "", "", "", ""],
        ["a", "x", "0", "1", "2", "3"],
        ["", "y", "0", "1", "2", "3"],
        ["b", "x", "0", "1", "2", "3"],
        ["", "y", "0", "1", "2", "3"],
    ]
    wide = "<table><tr><td rowspan=2 colspan=2>a</td><td>b</td></tr><tr><td>c</td></tr></table>"
    assert cells_of(MARKDOWN.render(body(shown(text__html=wide))))[1:] == [
        ["a", "", "b"],
        ["", "", "c"],
    ]


def test_a_table_in_a_cell_is_there_once() -> None:
    inner = "<table><tr><td>in</td></tr></table>"
    page = body(shown(text__html=f"<table><tr><th>a</th></tr><tr><td>{inner}</td></tr></table>"))
    assert page == "| a |\n| --- |\n| in |"


def test_a_table_of_many_columns_has_a_bound() -> None:
    row = f"<tr>{'<td>' * 5_000}</tr>"
    page = body(shown(text__html=f"<table>{row}{'<tr><td>1</td></tr>' * 500}</table>"))
    assert "461 more rows are not shown here" in page


@pytest.mark.parametrize(
    ("html", "html_of_page"),
    [
        ("他说<strong>“好”。</strong>然后", "他说<strong>“好”。</strong>然后"),
        ("x<b>(y)</b>z", "x<strong>(y)</strong>z"),
        ("<em>a</em><i>b</i>", "<em>a</em><em>b</em>"),
        ("<b>a<i>b</i></b><i>c</i>", "<strong>a<em>b</em></strong><em>c</em>"),
        ("<b><i>a</i></b>b<s>c</s>", "<strong><em>a</em></strong>b<s>c</s>"),
        ("a<b> b </b>c", "a <strong>b</strong> c"),
        ("<code>a</code><code>*b*|</code>", "<code>a</code><code>*b*|</code>"),
    ],
)
def test_styles_hold_beside_any_sign(html: str, html_of_page: str) -> None:
    assert MARKDOWN.render(body(shown(text__html=f"<p>{html}</p>"))) == f"<p>{html_of_page}</p>\n"


@pytest.mark.parametrize("name", ["plantuml", "mermaid", "math", "vega", "suggestion", "geojson"])
def test_no_code_is_drawn(name: str) -> None:
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("!include x")])
    book.metadata["language_info"] = {"name": name}
    assert written(tree=read_notebook(book, Words("en"))).text.endswith("\n\n```\n!include x\n```")


def test_comments_in_formulas_end_where_their_line_does() -> None:
    assert markdown("$$a % all of it\n+ 5\\% b$$") == "```math\na + 5\\% b\n```"
    assert markdown("so $a \\\\% c\n+b$ is") == "so $`a \\\\ +b`$ is"


def test_no_milestone_is_named() -> None:
    assert escaped('5 % of %12 and %"v1"') == '5 % of \\%12 and \\%"v1"'


def test_half_a_character_is_marked() -> None:
    page = body(nbformat.v4.new_code_cell("a\ud800"), shown(text__html="<b>b\udc80</b>"))
    assert page.encode().count("\ufffd".encode()) == 2


@pytest.mark.parametrize(
    "html", ["!<a {0}>x</a>", "<b>!</b><a {0}>x</a>", "!<span><a {0}>x</a></span>"]
)
def test_no_link_becomes_a_picture(html: str) -> None:
    page = MARKDOWN.render(body(shown(text__html=html.format('href="https://evil.example/p.png"'))))
    assert "<img" not in page
    assert '<a href="https://evil.example/p.png">x</a>' in page


def test_a_rule_in_a_list_is_an_item() -> None:
    page = body(shown(text__html="<ul><li><ul><li><hr>a</li></ul></li></ul>"))
    assert (
        "".join(MARKDOWN.render(page).split())
        == "<ul><li><ul><li><hr/><p>a</p></li></ul></li></ul>"
    )
