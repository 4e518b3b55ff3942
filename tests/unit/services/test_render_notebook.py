"""What a reader sees of a notebook."""

from __future__ import annotations

import base64
from typing import Any

import nbformat
import pytest
from lodge_services.render import limits, render_notebook
from lodge_services.render.ansi import ansi_to_html, as_terminal

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"\0" * 20).decode()


def of(*cells: Any, **metadata: Any) -> str:
    notebook = nbformat.v4.new_notebook(cells=list(cells), metadata=metadata)
    return render_notebook(notebook)


def code(source: str = "x", *outputs: Any, **more: Any) -> Any:
    return nbformat.v4.new_code_cell(source, outputs=list(outputs), **more)


def shown(**data: Any) -> Any:
    bundle = {name.replace("__", "/"): value for name, value in data.items()}
    return nbformat.v4.new_output("display_data", data=bundle)


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


def test_formulas_are_not_mangled() -> None:
    html = of(nbformat.v4.new_markdown_cell("Energy $a_1 * b_2 * c$ is\n\n$$\\frac{1}{2}$$"))
    assert "<msub><mi>a</mi><mn>1</mn></msub>" in html
    assert "<em>" not in html
    assert '<math display="block"><mfrac>' in html.replace("<mrow>", "")


def test_formulas_that_are_not_understood_show_their_source() -> None:
    for source in (r"\unknowncommand{x}", r"\frac{", "{" * 900, "x" * 5000):
        html = of(nbformat.v4.new_markdown_cell(f"${source}$"))
        assert "<math" not in html
        assert f"<code>{source}</code>" in html


def test_formulas_in_headings_and_alternative_texts() -> None:
    html = of(
        nbformat.v4.new_markdown_cell(f"# On $x^2$\n\n![of $y$](data:image/png;base64,{PNG})")
    )
    assert 'id="nb-h-On-x-2"' in html
    assert "<msup>" in html
    assert 'alt="of ' in html
    assert "nbmath" not in html


def test_sympy_output() -> None:
    html = of(code("x", shown(text__latex=r"$\displaystyle \frac{1}{2}$", text__plain="1/2")))
    assert "<mfrac>" in html
    assert "1/2" not in html


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
    monkeypatch.setattr(limits.Budget.__init__, "__defaults__", (5_000, 5_000))
    outputs = [nbformat.v4.new_output("stream", name=str(i), text="y" * 2_000) for i in range(9)]
    html = of(code("x", *outputs))
    assert "the page is full" in html
    assert len(html) < 8_000


def test_parsing_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits.Budget.__init__, "__defaults__", (100_000, 30))
    html = of(
        nbformat.v4.new_markdown_cell("**first**"),
        nbformat.v4.new_markdown_cell("**second** " * 3),
        code("x", shown(text__html="<b>third</b>" * 9, text__plain="plain")),
    )
    assert "<strong>first</strong>" in html
    assert "**second**" in html
    assert "<b>" not in html
    assert "plain" in html


def test_many_formulas_are_bounded() -> None:
    html = of(nbformat.v4.new_markdown_cell("$x$ " * (limits.FORMULA_LIMIT + 5)))
    assert html.count("<math") == limits.FORMULA_LIMIT
    assert html.count("<code>x</code>") == 5


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
        ("\x1b[1mold\r\x1b[2mnew", "\x1b[2mnew"),
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
    ],
)
def test_ansi(text: str, html: str) -> None:
    assert ansi_to_html(text) == html
