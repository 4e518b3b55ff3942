"""What a reader sees of a notebook."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from lodge_services import render
from lodge_services.render import limits, render_notebook
from lodge_services.render.terminal import as_terminal, terminal_html
from support.rendering import PNG, code, of, shown


def test_markdown() -> None:
    html = of(nbformat.v4.new_markdown_cell("# Title\n\n| a | b |\n|---|--:|\n| 1 | **2** |\n"))
    assert '<h2 id="nb-h-Title">Title</h2>' in html
    assert "<table>" in html
    assert '<td align="right">' in html
    assert "<strong>2</strong>" in html


def test_markdown_links_to_headings_work() -> None:
    html = of(nbformat.v4.new_markdown_cell("[go](#Two-words)\n\n## Two words"))
    assert 'href="#nb-h-Two-words"' in html
    assert 'id="nb-h-Two-words"' in html


@pytest.mark.parametrize(
    ("table", "cells"),
    [
        ("| a | b |\n|---|---|\n| 1 | 2 |\n| 3 |", ["1", "2", "3", ""]),
        ("| a | b |\n|---|---|\n| 1 | 2 | 3 |", ["1", "2"]),
        ("| a | b |\n|---|---|\n| 1 | 2\n| 3 | 4 |", ["1", "2", "3", "4"]),
        ("a | b\n-|-\n1 | 2", ["1", "2"]),
        ("| a | b |\n|---|---|\n| $P(A|B)$ | Bayes |", ["P(A|B)", "Bayes"]),
    ],
)
def test_tables(table: str, cells: list[str]) -> None:
    html = of(nbformat.v4.new_markdown_cell(table))
    found = re.findall(r"<td>(.*?)</td>", html, re.DOTALL)
    assert [re.sub(r"<[^>]*>", "", cell) for cell in found] == cells


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("[go](#2.-What's-new?)\n\n## 2. What's new?", "2.-What-s-new"),
        ("[go](#Step-1:-load)\n\n## Step 1: load", "Step-1-load"),
        ('[go](#data)\n\n<a id="data"></a>\n## Load', "data"),
        ("[go](#data)\n\n<a class='x' name=data></a>\n## Load", "data"),
        ("[go](#%E6%95%B0%E6%8D%AE)\n\n## 数据", "数据"),
        ("text[^1]\n\n[^1]: note", "fn-c0-1"),
        ("[go](#On-$x^2$)\n\n## On $x^2$", "On-x-2"),
    ],
)
def test_links_inside_a_notebook(source: str, name: str) -> None:
    html = of(nbformat.v4.new_markdown_cell(source))
    assert f'href="#nb-h-{name}"' in html
    assert f'id="nb-h-{name}"' in html


def test_task_lists_tell_done_from_open() -> None:
    html = of(nbformat.v4.new_markdown_cell("- [x] clean\n- [ ] publish\n- [x](#y) link"))
    assert '<li class="nb-task">☑ clean</li>' in html
    assert '<li class="nb-task">☐ publish</li>' in html
    assert "link" in html


def test_pictures_in_html() -> None:
    cell = nbformat.v4.new_markdown_cell('<img src="attachment:fig.png" width="40">')
    cell.attachments = {"fig.png": {"image/png": PNG}}
    html = of(cell)
    assert f'<img src="data:image/png;base64,{PNG}"' in html
    assert 'width="40"' in html
    elsewhere = '<img src="https://example.org/a.png" alt="chart">'
    for html in (
        of(nbformat.v4.new_markdown_cell(elsewhere)),
        of(code("x", shown(text__html=elsewhere))),
    ):
        assert "<img" not in html
        assert "chart (Picture kept elsewhere)" in html
        assert 'href="https://example.org/a.png"' in html


def test_attachments_are_inlined() -> None:
    cell = nbformat.v4.new_markdown_cell("![my plot](attachment:a%20b.png)")
    cell.attachments = {"a b.png": {"image/png": PNG}}
    html = of(cell)
    assert f'src="data:image/png;base64,{PNG}"' in html
    assert 'alt="my plot"' in html


def test_pictures_from_elsewhere_become_links() -> None:
    html = of(nbformat.v4.new_markdown_cell("![chart](https://example.org/a.png)"))
    assert "<img" not in html
    assert 'href="https://example.org/a.png"' in html
    assert "chart (Picture kept elsewhere)" in html


def test_code_is_highlighted_by_language() -> None:
    assert 'class="pg-k"' in of(code("def f(): pass"))
    sql = of(code("%%sql\nSELECT 1 FROM t"))
    assert '<span class="pg-k">SELECT</span>' in sql
    scala = of(code("val x = 1"), language_info={"name": "scala"})
    assert 'class="pg-kd"' in scala


def test_picture_has_alternative_text_and_size() -> None:
    output = shown(image__png=PNG, text__plain="<Figure size 640x480>")
    output.metadata = {"image/png": {"width": 320}}
    html = of(code("plot()", output))
    assert 'alt="Picture of cell 1"' in html
    assert 'width="320"' in html


@pytest.mark.parametrize("data", ["not base64!", base64.b64encode(b"GIF89a").decode()])
def test_broken_picture_is_a_note(data: str) -> None:
    html = of(code("x", shown(image__png=data)))
    assert "<img" not in html
    assert "could not be read" in html


def test_tables_keep_their_structure() -> None:
    table = '<style>td{}</style><table border="1" class="dataframe"><tr><td>1</td></tr></table>'
    html = of(code("df", shown(text__html=table, text__plain="   1")))
    assert '<table border="1" class="dataframe">' in html
    assert "<td>1</td>" in html
    assert "nb-note" not in html


def test_a_styler_keeps_its_colours_and_sides() -> None:
    table = (
        '<style type="text/css">#T_1_row0_col0, #T_1_row1_col0 { background-color: #f7fbff;'
        " color: #000000 } #T_1_row0_col1 {color: red; font-weight: bold; text-align: left}"
        " td {background: url(https://evil.example)} body {display: none}</style>"
        '<table id="T_1"><tr><td id="T_1_row0_col0" class="data row0 col0">1</td>'
        '<td id="T_1_row0_col1" class="data">2</td><td style="background: rgb(0, 128, 255)">3</td>'
        '<td style="background-color: url(javascript:alert(1)); position: fixed">4</td>'
        "</tr></table>"
    )
    html = of(code("df.style", shown(text__html=table, text__plain="x")))
    assert '<td class="nb-bg-555 nb-fg-000">1</td>' in html
    assert '<td class="nb-fg-500 nb-bold" align="left">2</td>' in html
    assert '<td class="nb-bg-035">3</td>' in html
    assert "<td>4</td>" in html
    assert "style=" not in html
    assert "<style" not in html
    colours = (Path(render.__file__).parents[1] / "pages/static/render-colours.css").read_text()
    assert ".nb-bg-035 { background: #0099ff; color: #000000; }" in colours
    assert ".nb-fg-500 { color: #ff0000; }" in colours


@pytest.mark.parametrize(
    "data",
    [
        {
            "application/vnd.jupyter.widget-view+json": {"model_id": "1"},
            "text/plain": "IntSlider()",
        },
        {"application/vnd.plotly.v1+json": {}, "text/plain": "IntSlider()"},
        {"text/html": "<div><script>x</script></div>", "text/plain": "IntSlider()"},
    ],
)
def test_interactive_output_falls_back(data: dict[str, Any]) -> None:
    html = of(code("x", nbformat.v4.new_output("display_data", data=data)))
    assert "IntSlider()" in html
    assert "fork it to use it" in html


def test_other_types() -> None:
    assert "&quot;" not in of(code("x", shown(application__json={"a": [1]})))
    assert '<span class="pg-nt">' in of(code("x", shown(application__json={"a": [1]})))
    assert "graph TD" in of(code("x", shown(**{"text__vnd.mermaid": "graph TD"})))
    assert "<em>hi</em>" in of(code("x", shown(text__markdown="*hi*")))
    assert "tabular" in of(code("x", shown(text__latex="text, no tabular")))
    assert of(code("x", shown())).count("nb-outputs") == 0


def test_words_keep_the_colour_of_a_font_tag() -> None:
    text = "<font color='red'>late</font> <FONT size=3 color=#00f>b</FONT> <p color=teal>c</p>"
    html = of(nbformat.v4.new_markdown_cell(text))
    assert '<span class="nb-fg-500">late</span>' in html
    assert '<span class="nb-fg-005">b</span>' in html
    assert '<p class="nb-fg-033">c</p>' in html


def test_streams_are_joined_and_coloured() -> None:
    parts = [nbformat.v4.new_output("stream", name="stdout", text=t) for t in ("\x1b[3", "1mred")]
    html = of(code("x", *parts))
    assert '<span class="ansi-fg-1">red</span>' in html
    assert html.count("<pre") == 2


def test_error_and_failing_cell() -> None:
    error = nbformat.v4.new_output(
        "error", ename="ValueError", evalue="<no>", traceback=["\x1b[0;31mValueError\x1b[0m: <no>"]
    )
    notebook = nbformat.v4.new_notebook(cells=[code("a"), code("b", error)])
    html = render_notebook(notebook, highlight_cell=1)
    assert "ValueError: &lt;no&gt;" in html
    assert 'id="failing-cell"' in html
    assert html.index("This cell failed") > html.index('id="failing-cell"')
    assert "failing-cell" not in render_notebook(notebook)


def test_hidden_source_is_folded() -> None:
    cell = code("secret = 1")
    cell.metadata = {"jupyter": {"source_hidden": True}}
    assert "<details><summary>Code</summary>" in of(cell)


def test_long_outputs_are_cut_with_a_mark() -> None:
    text = "x" * (limits.TEXT_LIMIT + 1234)
    html = of(code("x", nbformat.v4.new_output("stream", text=text)))
    assert "1,234 more characters are not shown" in html
    assert len(html) < limits.TEXT_LIMIT + 2000
    table = "<table>" + "<tr><td>1</td></tr>" * 60_000
    assert "more characters are not shown" in of(code("x", shown(text__html=table)))


def test_page_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits.Room.__init__, "__defaults__", (5_000,))
    outputs = [nbformat.v4.new_output("stream", name=str(i), text="y" * 2_000) for i in range(9)]
    html = of(code("x", *outputs))
    assert "the page is full" in html
    assert len(html) < 8_000


def test_parsing_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits.Work.__init__, "__defaults__", (30, (), 0, {}))
    html = of(
        nbformat.v4.new_markdown_cell("**first**"),
        nbformat.v4.new_markdown_cell("**second** " * 3),
        code("x", shown(text__html="<b>third</b>" * 9, text__plain="plain")),
    )
    assert "<strong>first</strong>" in html
    assert "**second**" in html
    assert "<b>" not in html
    assert "plain" in html


def test_many_cells_are_bounded() -> None:
    html = render_notebook({"cells": [code("x")] * (limits.CELL_LIMIT + 5)})
    assert html.count('id="cell-') == limits.CELL_LIMIT
    assert "5 more cells" in html


def test_chinese_words() -> None:
    notebook = nbformat.v4.new_notebook(cells=[])
    assert "此笔记本没有单元格" in render_notebook(notebook, language="zh")


@pytest.mark.parametrize(
    ("text", "screen"),
    [
        ("10%\r20%\r100%\ndone", "100%\ndone"),
        ("hello\rj", "jello"),
        ("abc\b\bd", "ad"),
        ("a\r\nb", "a\nb"),
        ("\b\bx", "x"),
        ("\x1b[1mold\r\x1b[2mnew", "new"),
        ("copied 120 files\r\x1b[0m\n", "copied 120 files\n"),
        ("\x1b[1mA\x1b[0m total: 1000\r\x1b[1mB\x1b[0m\n", "B total: 1000\n"),
        (
            "outer 0%\n\rinner 0%\x1b[A\n\rinner 100%\x1b[A\router 100%\n",
            "outer 100%\ninner 100%",
        ),
        ("long text\r\x1b[Kshort", "short"),
        ("long text\r\x1b[2Kshort", "short    "),
        ("a\x1b[3Cb\x1b[2Dc", "a  cb"),
        ("a\n\x1b[99Ab", "b\n"),
        ("a\x1b[5Bb", "ab"),
        ("abc\x1b[1Gx", "xbc"),
    ],
)
def test_terminal(text: str, screen: str) -> None:
    assert as_terminal(text) == screen


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("\x1b[1;31mx\x1b[0my", '<span class="ansi-fg-1 ansi-bold">x</span>y'),
        ("\x1b[38;5;196mx", '<span class="ansi-fg-1">x</span>'),
        ("\x1b[48;2;0;0;0mx", '<span class="ansi-bg-0">x</span>'),
        ("\x1b[7mx", '<span class="ansi-inverse">x</span>'),
        ("\x1b[92mx\x1b[39my", '<span class="ansi-fg-10">x</span>y'),
        ("\x1b[2K\x1b[1Ax\x1b(B", "x"),
        ("\x1b]0;title\x07<b>", "&lt;b&gt;"),
        ("\x1b[999999999mx", "x"),
        ("\x1b[38;5mx", "x"),
        ("\x1b[32mok\r\x1b[31mno", '<span class="ansi-fg-1">no</span>'),
        ("plain <b>", "plain &lt;b&gt;"),
    ],
)
def test_ansi(text: str, html: str) -> None:
    assert terminal_html(text, 100) == (html, 0)


def test_colours_of_results() -> None:
    html = of(code("x", shown(text__plain="\x1b[32mpass\x1b[0m 12")))
    assert '<span class="ansi-fg-2">pass</span> 12' in html
