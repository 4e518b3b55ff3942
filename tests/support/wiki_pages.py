"""Documents with any text in any place of a notebook, for the writers of wikis' pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from html import escape

from lodge_services.render.formulas import Formulas
from lodge_services.render.tree import Block, Cell, Code, Failure, Note, Rich, Text, Tree
from lodge_services.render.words import Words
from lodge_services.shares.wikis.base import Document

from support.sharing import PNG


def rich(html: str) -> Rich:
    return Rich(html, Formulas(), "html", html)


def picture(text: str) -> Rich:
    return rich(f'<p><img src="data:image/png;base64,{PNG}" alt="{escape(text)}"></p>')


def document(*blocks: Block, description: str = "", tag: str = "", owner: str = "Ada") -> Document:
    return Document(
        tree=Tree((Cell(0, "code", (), tuple((block,) for block in blocks)),)),
        title="T",
        description=description,
        tags=(tag,) if tag else (),
        owner=owner,
        version=1,
        shared_at=datetime(2026, 1, 31, tzinfo=UTC),
        gallery_url="https://lodge.example/g?a=1&b=2",
        copy_url="https://lodge.example/c",
        words=Words("en"),
    )


def within(template: str) -> Callable[[str], Document]:
    return lambda text: document(rich(template.replace("TEXT", escape(text))))


PLACES: dict[str, Callable[[str], Document]] = {
    "paragraph": within("<p>TEXT</p>"),
    "after a break": within("<p>a<br>TEXT<br>b</p>"),
    "in parts": within("<p>TEXT<span>TEXT</span><b>TEXT</b>TEXT</p>"),
    "heading": within("<h2>TEXT</h2>"),
    "list": within("<ul><li>TEXT</li><li>TEXT<ol><li>TEXT</li></ol></li></ul>"),
    "long list": within('<ol start="3"><li><p>TEXT</p><blockquote>TEXT</blockquote></li></ol>'),
    "terms": within("<dl><dt>TEXT</dt><dd>TEXT</dd></dl>"),
    "quote": within("<blockquote><p>TEXT</p></blockquote>"),
    "code": within("<p><code>TEXT</code> <sup>TEXT</sup></p>"),
    "link": within('<p><a href="https://a.example/b">TEXT</a></p>'),
    "link inside": within('<p id="nb-h-x"><a href="#nb-h-x">TEXT</a></p>'),
    "address": within('<p><a href="https://a.example/TEXT?TEXT#TEXT">x</a></p>'),
    "table": within(
        "<table><caption>TEXT</caption><tr><th>TEXT</th><th align=left>TEXT</th></tr>"
        '<tr><td>TEXT</td><td colspan="2">TEXT</td></tr></table>'
    ),
    "table in a cell": within(
        "<table><tr><td><p>TEXT</p><table><tr><td>TEXT</td></tr></table></td></tr></table>"
    ),
    "folded": within("<details><summary>TEXT</summary><p>TEXT</p></details>"),
    "preformatted": within("<pre>TEXT</pre>"),
    "output": lambda text: document(Text(text, "plain")),
    "plain source": lambda text: document(Code(text, "")),
    "error": lambda text: document(Failure(text, Text(text, "traceback"))),
    "note": lambda text: document(Note(text)),
    "picture": lambda text: document(picture(text)),
    "description": lambda text: document(description=text),
    "tag": lambda text: document(tag=text),
    "owner": lambda text: document(owner=text),
}
