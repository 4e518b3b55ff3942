"""A notebook as a page of MediaWiki: what is native there, and what is left out of a full page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import nbformat
import pytest
from lodge_services.render.reading import read_notebook
from lodge_services.render.words import Words
from lodge_services.shares.wikis.base import Document, Written
from lodge_services.shares.wikis.mediawiki.wikitext import WikitextWriter
from support.sharing import PNG


def written(*cells: Any, language: str = "en", **options: Any) -> Written:
    words = Words(language)
    document = Document(
        tree=read_notebook(nbformat.v4.new_notebook(cells=list(cells)), words),
        title="T",
        description="About {{this}}\nand that",
        tags=("a", "b|c"),
        owner="Ada",
        version=3,
        shared_at=datetime(2026, 1, 31, tzinfo=UTC),
        gallery_url="https://lodge.example/g?a=1&b=2",
        copy_url="https://lodge.example/c",
        words=words,
    )
    return WikitextWriter(**options).write(document)


def body(*cells: Any, **options: Any) -> str:
    """Return a page without its box."""
    return written(*cells, **options).text.partition("</div>\n\n")[2]


def markdown(source: str) -> str:
    return body(nbformat.v4.new_markdown_cell(source))


def html(source: str) -> str:
    output = nbformat.v4.new_output("display_data", data={"text/html": source})
    return body(nbformat.v4.new_code_cell("", outputs=[output]))


def said(text: str, source: str = "") -> Any:
    output = nbformat.v4.new_output("stream", text=text)
    return nbformat.v4.new_code_cell(source, outputs=[output])


def test_the_box_says_whose_it_is_and_where_it_is_from() -> None:
    text = written().text
    assert text.startswith('<div style="')
    assert "About &#123;&#123;this&#125;&#125;<br>and that" in text
    assert "Shared by Ada on 2026-01-31, version 3<br>Tags: a, b&#124;c" in text
    assert "[https://lodge.example/g?a=1&amp;b=2 Open in the gallery]" in text
    assert "[https://lodge.example/c Open a running copy]" in text


def test_the_page_speaks_the_language_of_the_document() -> None:
    many = said("\n".join("line" for _ in range(50)))
    text = written(many, language="zh").text
    assert "由 Ada 于 2026-01-31 分享，版本 3<br>标签：a, b&#124;c" in text
    assert "输出，共 50 行" in text


TABLE = """{| class="wikitable"
|-
! a
! style="text-align: right" | b
|-
| &#45;5
| style="text-align: right" | c&#124;d
|}"""


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("# One\n\n###### Six", "== One ==\n\n====== Six ======"),
        ("a **b** *c* `d` ~~e~~", "a <b>b</b> <i>c</i> <code>d</code> <s>e</s>"),
        ("- a\n  - b\n    1. c\n- d", "* a\n** b\n**# c\n* d"),
        ("- a\n\n  b\n\n- c", "* a<br>b\n* c"),
        ("- [ ] a\n- [x] b", "* ☐ a\n* ☑ b"),
        ("3. a\n4. b", '<ol start="3">\n<li>\na\n</li>\n<li>\nb\n</li>\n</ol>'),
        ("> a\n>\n> b", "<blockquote>\na\n\nb\n</blockquote>"),
        ("[a](https://x.example/[b]?c='')", "[https://x.example/%5Bb%5D?c=%27%27 a]"),
        ("[a](mailto:a@x.example)", "[mailto:a@x.example a]"),
        ("[a](javascript:x) [b](ftp://x)", "a b"),
        ("see https://x.example/a", "see [https://x.example/a https&#58;//x.example/a]"),
        ("![alt](https://x.example/a.png)",
         "[https://x.example/a.png alt (Picture kept elsewhere)]"),
        ("a\n\n---\n\nb", "a\n\n----\n\nb"),
        ("```\n{{a}}\n```", "<pre>\n{{a}}</pre>"),
        ("    a\n     b", "<pre>\na\n b</pre>"),
        ("[to](#b)\n\n# b", '[[#lodge-0|to]]\n\n<span id="lodge-0"></span>\n\n== b =='),
        ("$\\nosuch$", "<code>\\nosuch</code>"),
        ("|a|b|\n|-|-:|\n|-5|c\\|d|",
         TABLE),
        (r"\* a", "&#42; a"),
        (r"\# a", "&#35; a"),
    ],
)  # fmt: skip
def test_markdown_is_native(source: str, expected: str) -> None:
    assert markdown(source) == expected


def test_tables_keep_what_their_cells_span() -> None:
    table = html('<table><tr><td colspan="2">a</td><td rowspan="3">b</td></tr></table>')
    assert '| colspan="2" | a\n| rowspan="3" | b\n' in table


def test_a_cell_with_paragraphs_and_lists_stands_on_lines_of_its_own() -> None:
    table = html("<table><tr><td><ul><li>a</li></ul><p>b</p></td></tr></table>")
    assert "|\n* a\n\nb\n|}" in table


def test_a_table_of_two_hundred_columns_has_them_all() -> None:
    row = "".join(f"<td>{number}</td>" for number in range(200))
    assert html(f"<table><tr>{row}</tr></table>").count("\n| ") == 200


def test_a_long_table_is_cut_with_a_note() -> None:
    rows = "".join(f"<tr><td>{number}</td></tr>" for number in range(1_234))
    text = html(f"<table>{rows}</table>")
    assert "| 999\n" in text
    assert "| 1000\n" not in text
    assert "<i>234 more rows are not shown here; the downloaded notebook has them.</i>" in text


def test_a_formula_is_a_picture_with_its_source_beside_it() -> None:
    page = written(nbformat.v4.new_markdown_cell("so $a^2$ and\n\n$$\\frac{a}{b}$$"))
    inline, display = page.attachments
    assert f"so [[File:{inline.name}|" in page.text
    assert "|link=|alt=a^2]] and" in page.text
    assert f"\n\n:[[File:{display.name}|" in page.text
    assert inline.content.startswith(b"\x89PNG")


def test_a_formula_of_several_places_is_one_picture() -> None:
    page = written(nbformat.v4.new_markdown_cell("$a^2$ and $a^2$"))
    assert len(page.attachments) == 1
    assert page.text.count("[[File:") == 2


def test_pictures_are_attachments_with_a_text_and_a_width() -> None:
    output = nbformat.v4.new_output(
        "display_data",
        data={"image/png": PNG, "text/plain": "sales|by [week]"},
        metadata={"image/png": {"width": 300, "height": 200}},
    )
    page = written(nbformat.v4.new_code_cell("", outputs=[output]))
    (picture,) = page.attachments
    assert (
        f"[[File:{picture.name}|frameless|300x200px|alt=sales&#124;by &#91;week&#93;]]" in page.text
    )


def test_an_svg_is_a_picture_that_every_wiki_takes() -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"></svg>'
    output = nbformat.v4.new_output("display_data", data={"image/svg+xml": svg})
    page = written(nbformat.v4.new_code_cell("", outputs=[output]))
    assert [one.kind for one in page.attachments] == ["image/png"]
    assert f"{page.attachments[0].name}|frameless|30x20px" in page.text


def test_a_broken_svg_is_told() -> None:
    output = nbformat.v4.new_output("display_data", data={"image/svg+xml": "<svg"})
    text = body(nbformat.v4.new_code_cell("", outputs=[output]))
    assert text == "<i>This picture could not be read.</i>"


def test_code_is_in_colours_where_the_wiki_has_them() -> None:
    cell = nbformat.v4.new_code_cell("x = {{y}}")
    assert body(cell) == "<pre>\nx = {{y}}</pre>"
    coloured = '<syntaxhighlight lang="python">\nx = {{y}}\n</syntaxhighlight>'
    assert body(cell, highlight=True) == coloured
    fenced = nbformat.v4.new_markdown_cell("```SQL\nSELECT 1\n```")
    assert body(fenced) == "<pre>\nSELECT 1</pre>"
    coloured = '<syntaxhighlight lang="sql">\nSELECT 1\n</syntaxhighlight>'
    assert body(fenced, highlight=True) == coloured
    closing = nbformat.v4.new_code_cell("'</syntaxhighlight>{{y}}'")
    assert "<syntaxhighlight" not in body(closing, highlight=True)


def test_folded_code_and_long_outputs_are_folded() -> None:
    folded = nbformat.v4.new_code_cell("x", metadata={"jupyter": {"source_hidden": True}})
    start = '<div class="mw-collapsible mw-collapsed">\n<b>'
    assert body(folded).startswith(f"{start}Code</b>")
    assert start not in body(said("\n".join("line" for _ in range(40))))
    assert f"{start}Output, 41 lines</b>" in body(said("\n".join("line" for _ in range(41))))


def test_an_error_is_marked() -> None:
    output = nbformat.v4.new_output(
        "error", ename="ValueError", evalue="a [[b]]", traceback=["\x1b[31mline 1\x1b[0m"]
    )
    text = body(nbformat.v4.new_code_cell("", outputs=[output]))
    assert "<b>ValueError: a &#91;&#91;b&#93;&#93;</b>\n<pre" in text
    assert ">\nline 1</pre>\n</div>" in text


def test_outputs_give_way_to_a_page_s_size_the_largest_first() -> None:
    cells = [said("中" * 3_000, "first"), said("small", "second"), said("x" * 5_000, "third")]
    page = written(*cells, limit=7_000)
    assert len(page.text.encode()) <= 7_000
    assert "中" not in page.text
    assert page.text.count("This output is not shown, because the page is full") == 1
    assert "small" in page.text
    assert "x" * 5_000 in page.text
    assert all(source in page.text for source in ("first", "second", "third"))


def test_what_is_left_out_needs_no_pictures() -> None:
    output = nbformat.v4.new_output("display_data", data={"image/png": PNG})
    cells = [nbformat.v4.new_code_cell("", outputs=[output]), said("y" * 10)]
    assert written(*cells).attachments
    full = said("x" * 4_000)
    # Cells, too, when all outputs together are not enough.
    page = written(*[nbformat.v4.new_markdown_cell("m" * 500) for _ in range(9)], full, *cells,
                   limit=2_000)  # fmt: skip
    assert len(page.text.encode()) <= 2_000
    assert page.text.endswith(
        "<i>The rest of this notebook is not shown, because the page is full.</i>"
    )
    assert page.attachments == ()


def test_deep_nesting_ends() -> None:
    deep = markdown("> " * 90 + "x") + html("<div>" * 300 + "y" + "</div>" * 300)
    assert "x" in deep
    assert "y" in deep
