"""Nothing of a notebook runs script, loads from elsewhere or looks like a control of Lodge."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lodge_services.render import render_notebook
from support.corpus import CORPUS, MARKDOWN_CORPUS, SVG_SCRIPT, code, everywhere, notebook

ALLOWED_TAGS = {
    *("a", "abbr", "b", "blockquote", "br", "caption", "center", "cite", "code", "col", "dd"),
    *("colgroup", "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "h1"),
    *("h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre"),
    *("q", "s", "samp", "section", "article", "small", "span", "strong", "sub", "summary", "sup"),
    *("table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul", "var", "wbr"),
}
ALLOWED_ATTRIBUTES = {
    *("class", "id", "href", "src", "alt", "title", "rel", "dir", "lang", "colspan", "rowspan"),
    *("align", "scope", "headers", "border", "width", "height", "start", "type", "value", "span"),
    *("open", "loading", "tabindex", "aria-hidden"),
}
MATHML_TAGS = {
    *("math", "mfrac", "mi", "mn", "mo", "mover", "mpadded", "mphantom", "mroot", "mrow", "ms"),
    *("mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtext", "mtr"),
    *("munder", "munderover", "menclose", "mmultiscripts", "mprescripts", "none"),
}
MATHML_ATTRIBUTES = {
    *("display", "displaystyle", "stretchy", "mathvariant", "linethickness", "columnalign"),
    *("columnlines", "rowlines", "accent", "accentunder", "fence", "form", "largeop", "width"),
    *("movablelimits", "notation", "scriptlevel", "separator", "symmetric", "minsize"),
    *("maxsize", "lspace", "rspace"),
}


#: What stands where something interactive is, and nowhere else.
OURS = {"data-nb-chart": r"\d+", "data-nb-title": r"(?:Chart|Map|Widgets) of cell \d+"}

COLOURS = r"nb-[fb]g-[0-5]{3}(?: nb-[fb]g-[0-5]{3})?"


class Auditor(HTMLParser):
    """Fails on anything that is not on the list, as a browser would read the page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.problems: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ALLOWED_TAGS | MATHML_TAGS:
            self.problems.append(f"<{tag}>")
        allowed = MATHML_ATTRIBUTES if tag in MATHML_TAGS else ALLOWED_ATTRIBUTES
        for name, value in attrs:
            ours = OURS.get(name) if ("class", "nb-chart") in attrs else None
            if (tag, name) == ("mrow", "class"):
                ours = COLOURS
            if name not in allowed and not (ours and re.fullmatch(ours, value or "")):
                self.problems.append(f"{tag} {name}={value}")
            text = "".join((value or "").split()).lower()
            if name == "href" and not text.startswith(("http:", "https:", "mailto:", "#")):
                self.problems.append(f"href {value}")
            if name == "src" and not text.startswith("data:image/"):
                self.problems.append(f"src {value}")
            if name == "class" and "lodge-" in text:
                self.problems.append(f"class {value}")

    def handle_decl(self, decl: str) -> None:
        self.problems.append(decl)

    def handle_comment(self, data: str) -> None:
        self.problems.append(data)


def problems(html: str) -> list[str]:
    auditor = Auditor()
    auditor.feed(html)
    auditor.close()
    return auditor.problems


@pytest.mark.parametrize("text", [*CORPUS, *MARKDOWN_CORPUS])
def test_corpus(text: str) -> None:
    html = render_notebook(everywhere(text), highlight_cell=3)
    assert problems(html) == []
    assert html.count("<div") == html.count("</div>")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from([*CORPUS, *MARKDOWN_CORPUS, "\n\n", " ", "`", '"', ">"]), max_size=5)
)
def test_corpus_combined(parts: list[str]) -> None:
    assert problems(render_notebook(everywhere("".join(parts)))) == []


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="<>/\"'=&;:!-[]()#*`$|ascriptonerimgx \n\x1b[0m", max_size=80))
def test_noise(text: str) -> None:
    assert problems(render_notebook(everywhere(text))) == []


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(json_values, json_values, json_values)
def test_any_shape_is_rendered(outputs: Any, metadata: Any, source: Any) -> None:
    cell = {"cell_type": "code", "metadata": metadata, "source": source, "outputs": outputs}
    markdown = {"cell_type": "markdown", "attachments": outputs, "source": source}
    bundle = code({"output_type": "display_data", "data": metadata, "metadata": outputs})
    error = code({"output_type": "error", "traceback": outputs, "ename": source})
    html = render_notebook(
        {"cells": [cell, markdown, bundle, error, outputs], "metadata": metadata}
    )
    assert problems(html) == []


def test_svg_is_only_a_picture() -> None:
    bundle = {"output_type": "display_data", "metadata": {}, "data": {"image/svg+xml": SVG_SCRIPT}}
    html = render_notebook(notebook(code(bundle)))
    encoded = base64.b64encode(SVG_SCRIPT.encode()).decode()
    assert f'src="data:image/svg+xml;base64,{encoded}"' in html
    assert "<script" not in html


def test_script_text_in_code_is_shown_as_text() -> None:
    html = render_notebook(notebook(code(source="print('<script>')")))
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize(
    "text",
    [
        "[" * 30_000,
        "![" * 15_000,
        "*" * 50_000,
        "_a" * 20_000,
        ">" * 10_000,
        "- " * 10_000,
        "<" * 50_000,
        "<div>" * 20_000,
        "<i>" * 390 + "<p>x" * 20_000,
        "<a " + " ".join(f"a{i}" for i in range(15_000)),
        "<a " + "/".join(f"a{i}" for i in range(15_000)),
        "`" * 30_000,
        "$" * 30_000,
        "|" * 20_000 + "\n" + "|-" * 10_000,
        "[a](" * 10_000,
        "[^1]" * 10_000,
        "\x1b[" * 40_000,
        "a\r" * 40_000,
        "a\b" * 40_000,
        "a" * 40_000 + "\b" * 40_000,
        "a" * 40_000 + "\rb" * 40_000,
        "http://" * 10_000,
        "<style>" * 20_000,
        "<style>#a" + ",#a" * 20_000 + "{color:red}</style>",
        "<style>" + "a{b}" * 20_000 + "</style>" + "<td id=a>" * 5_000,
        "<td style=" * 20_000,
        "<img src=" * 20_000,
        "<a name" * 20_000,
        "$a{" * 20_000,
        r"\begin{x}" * 10_000,
        "\x1b[A\n" * 20_000,
        "x\x1b[G" * 20_000,
        "(((((" * 10_000,
        '"' * 50_000,
    ],
)
@pytest.mark.timeout(20)
def test_hostile_length_takes_bounded_time(text: str) -> None:
    assert render_notebook(everywhere(text)).startswith('<div class="nb">')
