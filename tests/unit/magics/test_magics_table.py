"""The table of a result: bounded, escaped, without script or style sheet."""

from __future__ import annotations

import datetime as dt
import decimal
import re
from html.parser import HTMLParser

import nbformat
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lodge_magics.sql.sources.base import Column
from lodge_magics.sql.table import ResultTable, cell_text, to_html, to_text
from lodge_services.render.clean import clean_html
from nbconvert import HTMLExporter

COLUMNS = [Column("id", "bigint"), Column("名字", "varchar"), Column("when", "date")]
TABLE = ResultTable(
    COLUMNS,
    [(1, "<script>alert(1)</script>", dt.datetime(2013, 1, 2)), (None, "中文", pd.NaT)],
    ["2 rows × 3 columns"],
)

TAGS = {"div", "table", "thead", "tbody", "tr", "th", "td", "br", "span", "em"}


def test_text() -> None:
    assert to_text(TABLE).splitlines() == [
        "    id  名字                       when",
        "bigint  varchar                    date",
        "------  -------------------------  ----------",
        "     1  <script>alert(1)</script>  2013-01-02",
        "  NULL  中文                       NULL",
        "2 rows × 3 columns",
    ]


def test_html_is_escaped_and_static() -> None:
    html = to_html(TABLE)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert set(re.findall(r"<(\w+)", html)) <= TAGS
    assert " on" not in re.sub(r">[^<]*<", "><", html)


def test_colours_come_from_the_theme_or_the_page() -> None:
    html = to_html(TABLE)
    assert "var(--jp-border-color1,currentColor)" in html
    assert not re.search(r"(?<!-)color:#|background", html)


class _Texts(HTMLParser):
    """The pieces of text of a page, each in an element of its own or beside one."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)


@pytest.mark.parametrize(
    "text",
    [
        "between $20 and $35_a per box",
        r"\(x^2\) and \[y\]",
        r"\begin{equation}x\end{equation}",
        "$$x$$",
        "<$x$>",
    ],
)
def test_no_export_takes_a_text_for_a_formula(text: str) -> None:
    """MathJax looks for formulas within one piece of text, in JupyterLab and in exports."""
    table = ResultTable([Column(text, "text")], [(text,), ([text],)], [text])
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(
                "%%sql",
                outputs=[nbformat.v4.new_output("display_data", {"text/html": to_html(table)})],
            )
        ]
    )
    exporter = HTMLExporter(template_name="lab")  # type: ignore[no-untyped-call]
    page, _ = exporter.from_notebook_node(notebook)
    for html in (to_html(table), clean_html(to_html(table)), page[page.index("<body") :]):
        parser = _Texts()
        parser.feed(html)
        assert "".join(parser.found).count(text) >= 3
        for piece in parser.found:
            assert piece in ("$", "\\") or not re.search(r"[$\\]", piece)


def test_it_survives_a_sanitiser() -> None:
    clean = clean_html(to_html(TABLE))
    for part in ("<table", 'scope="col"', "&lt;script&gt;", "2 rows × 3 columns", "NULL"):
        assert part in clean


def test_numbers_stand_right() -> None:
    html = to_html(ResultTable([Column("a", "decimal(4,2)"), Column("b", "text")], [(1, "x")]))
    assert html.count("text-align:right") == 2
    assert html.count("text-align:left") == 2


@given(st.text())
def test_any_text_is_one_escaped_cell(text: str) -> None:
    html = to_html(ResultTable([Column("a", "text")], [(text,)]))
    assert html.count("<td") == html.count("</td>") == 1
    plain = to_text(ResultTable([Column("a", "text")], [(text,)]))
    assert len(plain.split("\n")) == 4


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        (None, "int", "NULL"),
        (pd.NA, "int", "NULL"),
        (1.25, "double", "1.25"),
        (0.1 + 0.2, "double", "0.30000000000000004"),
        (12345678901.25, "double", "12345678901.25"),
        (99999999999.99, "double", "99999999999.99"),
        (100.0, "double", "100"),
        (decimal.Decimal("1E-7"), "numeric", "0.0000001"),
        ([9007199254740993, None, "it's"], "list", "[9007199254740993, NULL, 'it''s']"),
        ({"a": [True, {"b": None}]}, "struct", "{'a': [True, {'b': NULL}]}"),
        (float("nan"), "double", "nan"),
        (b"\x00\xff", "blob", "0x00ff"),
        (b"\x00" * 20, "blob", "0x" + "00" * 16 + "… (20 bytes)"),
        (dt.datetime(2013, 1, 2, 3, 4), "timestamp", "2013-01-02 03:04:00"),
        (dt.datetime(2013, 1, 2), "date", "2013-01-02"),
        (dt.datetime(13, 1, 2), "date", "0013-01-02"),
        ("a\nb", "text", "a b"),
        (True, "boolean", "True"),
    ],
)
def test_cells(value: object, kind: str, shown: str) -> None:
    assert cell_text(value, kind) == shown


def test_long_cells_and_wide_tables_are_bounded() -> None:
    columns = [Column(f"column_{n}", "text") for n in range(80)]
    table = ResultTable(columns, [["x" * 5000] * 80] * 20)
    assert len(to_html(table)) < 2_000_000
    assert "30 more columns are not shown." in to_html(table)
    text = to_text(table)
    assert max(len(line) for line in text.splitlines()) <= 160
    assert "columns do not fit in this text." in text


def test_only_notes() -> None:
    assert to_text(ResultTable([], (), ["3 rows affected."])) == "3 rows affected."
    assert "<table" not in to_html(ResultTable([], (), ["3 rows affected."]))


def test_columns_without_types() -> None:
    table = ResultTable([Column("table", "")], [("flights",)])
    assert to_text(table).splitlines() == ["table", "-------", "flights"]
