"""Writes a notebook's tree as HTML for a page of ours."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from html import escape

from .code import highlight_code
from .formulas import formula_html
from .limits import TEXT_LIMIT, Room
from .terminal import terminal_html
from .tree import Block, Cell, Chart, Code, Failure, Formula, Note, Picture, Rich, Text, Tree
from .words import Words

_MORE = "{count} more characters are not shown here; the downloaded notebook has them."
_FULL = "This output is not shown, because the page is full; the downloaded notebook has it."


class HtmlWriter:
    """Writes one page.

    Parameters
    ----------
    words
        Speaks the reader's language.
    """

    def __init__(self, words: Words) -> None:
        self._words = words
        self._room = Room()

    def write(self, tree: Tree, *, highlight_cell: int | None = None) -> str:
        """Return one ``<div class="nb">``; see `render_notebook`."""
        pieces = [self._cell(cell, failed=cell.index == highlight_cell) for cell in tree.cells]
        if tree.left:
            message = "{count} more cells are not shown here; the downloaded notebook has them."
            pieces.append(_note(self._words(message, count=f"{tree.left:,}")))
        if not tree.cells:
            pieces.append(_note(self._words("This notebook has no cells.")))
        return f'<div class="nb">{"".join(pieces)}</div>'

    def outputs(self, cell: Cell) -> str:
        """Return what a cell gave, without the cell."""
        return "".join(self._outputs(cell.outputs))

    def _cell(self, cell: Cell, *, failed: bool) -> str:
        body = "".join(self._block(block) for block in cell.body)
        if cell.kind == "markdown":
            return _wrap(cell, "nb-markdown-cell", self._within(cell, body))
        if cell.kind == "raw":
            return _wrap(cell, "nb-raw-cell", body)
        shown = self.outputs(cell)
        if shown:
            body += f'<div class="nb-outputs">{shown}</div>'
        if not failed:
            return _wrap(cell, "nb-code-cell", body)
        mark = f'<p class="nb-failed-mark">{escape(self._words("This cell failed"))}</p>'
        return f'<a id="failing-cell"></a>{_wrap(cell, "nb-code-cell nb-failed", mark + body)}'

    def _within(self, cell: Cell, body: str) -> str:
        """Return a Markdown cell's HTML, or its source where the page has no room for that."""
        source = next((block for block in cell.body if isinstance(block, Rich)), None)
        if source is None or self._room.take(body):
            return body
        return self._block(Text(source.source, "raw", source.left))

    def _outputs(self, outputs: tuple[tuple[Block, ...], ...]) -> Iterator[str]:
        for output in outputs:
            html = "".join(self._block(block) for block in output)
            if html and not self._room.take(html):
                yield _note(self._words(_FULL))
                return
            yield html

    def _block(self, block: Block) -> str:
        match block:
            case Rich():
                html = block.formulas.put_back(block.html)
                return f'<div class="nb-{block.kind}">{html}</div>{self._more(block.left)}'
            case Code():
                return self._code(block)
            case Text():
                return self._text(block)
            case Failure():
                shown, _ = terminal_html(block.message, 2_000)
                head = f'<p class="nb-error-head">{shown}</p>' if shown else ""
                body = self._text(block.traceback)
                return f'<div class="nb-error">{head}{body}</div>' if head or body else ""
            case Picture():
                return _picture(block)
            case Formula():
                return formula_html(block.source, display=block.display)
            case Note():
                return _note(block.message)
            case Chart():
                shown = "".join(map(self._block, block.shown))
                about = f'data-nb-chart="{block.number}" data-nb-title="{escape(block.title)}"'
                return f'<div class="nb-chart" {about}>{shown}</div>'

    def _code(self, code: Code) -> str:
        highlighted = highlight_code(code.source, code.language)
        if code.is_output:
            html = f'<pre class="nb-code nb-source" tabindex="0">{highlighted}</pre>'
            return html + self._more(code.left)
        prompt = "[ ]" if code.count is None else f"[{code.count}]"
        html = (
            f'<div class="nb-input"><span class="nb-prompt" aria-hidden="true">{prompt}</span>'
            f'<pre class="nb-code" tabindex="0">{highlighted}</pre></div>'
        )
        if code.hidden:
            summary = escape(self._words("Code"))
            html = f"<details><summary>{summary}</summary>{html}</details>"
        return html + self._more(code.left)

    def _text(self, text: Text) -> str:
        if text.kind == "raw":
            shown = escape(text.text, quote=False)
            return f'<pre class="nb-text" tabindex="0">{shown}</pre>{self._more(text.left)}'
        html, left = terminal_html(text.text, TEXT_LIMIT)
        if not html.strip():
            return ""
        return f'<pre class="nb-text nb-{text.kind}" tabindex="0">{html}</pre>{self._more(left)}'

    def _more(self, left: int) -> str:
        return _note(self._words(_MORE, count=f"{left:,}")) if left else ""


def _wrap(cell: Cell, style: str, body: str) -> str:
    return f'<div class="nb-cell {style}" id="cell-{cell.index}">{body}</div>' if body else ""


def _picture(picture: Picture) -> str:
    size = "".join(
        f' {side}="{value}"'
        for side, value in (("width", picture.width), ("height", picture.height))
        if value is not None
    )
    address = f"data:{picture.kind};base64,{base64.b64encode(picture.data).decode()}"
    return (
        f'<img class="nb-image" src="{address}" alt="{escape(picture.alt)}"{size} loading="lazy">'
    )


def _note(message: str) -> str:
    """Return a calm line about something that is not shown."""
    return f'<p class="nb-note">{escape(message)}</p>'
