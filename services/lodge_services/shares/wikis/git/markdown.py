"""Writes a share as Markdown, in GitHub's flavour, which GitLab, Gitea and Azure DevOps read too.

Everything of the notebook is untrusted: no HTML of it, no link but to the web, no picture but its
own gets into the page; what could mean something to a wiki is escaped, be it only where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ....render.elements import Element, elements_of
from ....render.limits import TEXT_LIMIT
from ....render.terminal import as_terminal
from ....render.tree import Block, Cell, Chart, Code, Failure, Formula, Note, Picture, Rich, Text
from ..base import Document, Written
from ..element_shapes import own, rows_of
from ..pictures import Pictures, picture_of
from .markdown_text import (
    CONTROL,
    STYLES,
    address,
    began,
    coded,
    escaped,
    fenced,
    styled,
    text_in_tag,
)

#: Rows of a table that are written; the notebook has the others.
ROWS = 1_000
#: Cells of it, empty ones too.
CELLS = 200_000
#: Lines of a text above which it is folded.
LINES = 40
#: Bytes of a page above which outputs are left out.
PAGE_BYTES = 1_500_000

_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%[^\n]*")
_LINK = re.compile(r"(?:https?://[^/?#\s]|mailto:[^\s])", re.IGNORECASE)
_BLOCKS = {
    *("p", "div", "section", "article", "figure", "figcaption", "center", "blockquote", "ul", "ol"),
    *("pre", "table", "hr", "dl", "dt", "dd", "details", "summary", "caption"),
    *(f"h{level}" for level in range(1, 7)),
}


def write_markdown(document: Document) -> Written:
    """Return a share as Markdown; see `base.Wiki.write`."""
    return _Writer(document).written()


class _Writer:
    def __init__(self, document: Document) -> None:
        self._document = document
        self._words = document.words
        self._pictures = Pictures()
        self._left = PAGE_BYTES

    def written(self) -> Written:
        pieces = [self._box()]
        for cell in self._document.tree.cells:
            pieces += self._cell(cell)
        if self._document.tree.left:
            message = "{count} more cells are not shown here; the downloaded notebook has them."
            pieces.append(self._note(self._words(message, count=f"{self._document.tree.left:,}")))
        text = "\n\n".join(piece for piece in pieces if piece)
        return Written(text, self._pictures.named(text))

    def _box(self) -> str:
        document, words = self._document, self._words
        lines = [f"**{escaped(document.title)}**", *map(escaped, document.about())]
        if document.description:
            lines += [escaped(line) for line in document.description.split("\n") if line.strip()]
        if document.tags:
            lines.append(" · ".join(escaped(tag) for tag in document.tags))
        lines.append(
            f"[{escaped(words('Open in the gallery'))}](<{document.gallery_url}>) · "
            f"[{escaped(words('Open a running copy'))}](<{document.copy_url}>)"
        )
        return "\n>\n".join(f"> {line}" for line in lines)

    def _cell(self, cell: Cell) -> Iterator[str]:
        for block in cell.body:
            yield self._fitted(self._block(block))
        for output in cell.outputs:
            for block in output:
                yield self._fitted(self._block(block))

    def _fitted(self, markup: str) -> str:
        """Return a piece of the page, or a note where there is no room left for it."""
        size = len(markup.encode("utf-8", "replace"))
        if size <= self._left:
            self._left -= size
            return markup
        message = (
            "This output is not shown, because the page is full; the downloaded notebook has it."
        )
        return self._note(self._words(message))

    def _block(self, block: Block) -> str:
        match block:
            case Rich():
                body = self._blocks(elements_of(block))
                return "\n\n".join(filter(None, [body, self._more(block.left)]))
            case Code():
                return self._code(block)
            case Text():
                return self._text(block)
            case Failure():
                head = f"**{escaped(as_terminal(block.message)[:2_000])}**" if block.message else ""
                return "\n\n".join(filter(None, [head, self._text(block.traceback)]))
            case Picture():
                return self._picture(block) or self._note(
                    self._words("This picture could not be read.")
                )
            case Formula():
                return self._formula(block, alone=True)
            case Note():
                return self._note(block.message)
            case Chart():
                return "\n\n".join(map(self._block, block.shown))

    def _code(self, code: Code) -> str:
        piece = fenced(code.source, code.language)
        if code.hidden:
            piece = self._folded(self._words("Code"), piece)
        return "\n\n".join(filter(None, [piece, self._more(code.left)]))

    def _text(self, text: Text) -> str:
        shown = text.text if text.kind == "raw" else as_terminal(text.text)
        shown = shown.rstrip()
        if not shown.strip():
            return ""
        left = text.left + max(0, len(shown) - TEXT_LIMIT)
        shown = shown[:TEXT_LIMIT]
        piece = fenced(shown, "")
        lines = shown.count("\n") + 1
        if lines > LINES or text.kind == "traceback":
            piece = self._folded(self._words("Output, {count} lines", count=f"{lines:,}"), piece)
        return "\n\n".join(filter(None, [piece, self._more(left)]))

    def _folded(self, summary: str, body: str) -> str:
        return f"<details><summary>{text_in_tag(summary)}</summary>\n\n{body}\n\n</details>"

    def _more(self, left: int) -> str:
        message = "{count} more characters are not shown here; the downloaded notebook has them."
        return self._note(self._words(message, count=f"{left:,}")) if left else ""

    def _note(self, message: str) -> str:
        return f"*{escaped(message)}*"

    def _formula(self, formula: Formula, *, alone: bool) -> str:
        # On one line a comment would go on to the end.
        source = " ".join(_COMMENT.sub(r"\1", CONTROL.sub("", formula.source)).split())
        if not source or "`" in source or "$" in source:
            return coded(source)
        if not alone:
            # In a table's row a pipe ends the cell wherever it stands.
            source = source.replace(r"\|", r"\Vert ").replace("|", r"\vert ")
        return f"```math\n{source}\n```" if formula.display and alone else f"$`{source}`$"

    def _picture(self, picture: Picture) -> str:
        """Return a picture; "" for one that can't be shown."""
        found = self._pictures.picture(picture)
        return "" if found is None else f"![{escaped(picture.alt)}]({found[0].name})"

    # Text with structure

    def _blocks(self, element: Element) -> str:
        """Return what is within an element as blocks, a blank line between them."""
        pieces: list[str] = []
        line: list[Element | str | Formula] = []

        def end_line() -> None:
            only = [part for part in line if not isinstance(part, str) or part.strip()]
            if len(only) == 1 and isinstance(only[0], Formula) and only[0].display:
                pieces.append(self._formula(only[0], alone=True))
            else:
                pieces.append(began(self._line(line)))
            line.clear()

        for child in element.children:
            if isinstance(child, Element) and _is_block(child):
                end_line()
                pieces.append(self._one(child))
            else:
                line.append(child)
        end_line()
        return "\n\n".join(piece for piece in pieces if piece)

    def _one(self, element: Element) -> str:
        tag = element.tag
        if re.fullmatch(r"h[1-6]", tag):
            text = self._line(element.children)
            return f"{'#' * int(tag[1])} {began(text)}" if text else ""
        if tag in ("ul", "ol"):
            return self._list(element)
        if tag == "blockquote":
            body = self._blocks(element)
            return "\n".join(f"> {line}".rstrip() for line in body.split("\n")) if body else ""
        if tag == "pre":
            return fenced(element.text().rstrip("\n"), "")
        if tag == "hr":
            # Beside the marks of lists hyphens would be a rule of their own.
            return "***"
        if tag == "table":
            return self._table(element)
        if tag == "dt":
            return f"**{self._line(element.children)}**"
        return self._blocks(element)

    def _list(self, element: Element) -> str:
        items = [one for one in element.children if isinstance(one, Element)]
        start = element.attributes.get("start", "1")
        number = int(start) if start.isdigit() and len(start) < 9 else 1
        pieces = []
        for at, item in enumerate(items):
            mark = f"{number + at}." if element.tag == "ol" else "-"
            lines = self._blocks(item).split("\n")
            indent = " " * (len(mark) + 1)
            rest = [f"{indent}{line}" if line else "" for line in lines[1:]]
            pieces.append("\n".join([f"{mark} {lines[0]}".rstrip(), *rest]))
        return "\n".join(pieces)

    def _table(self, element: Element) -> str:
        rows = [[cell for cell in own(row) if cell.tag in ("td", "th")] for row in rows_of(element)]
        rows = [row for row in rows if row]
        if not rows:
            return self._blocks_of_others(element)
        grid = self._grid(rows[: ROWS + 1])
        width = max(len(row) for row in grid)
        headed = all(cell.tag == "th" for cell in rows[0])
        kept = min(ROWS, max(1, CELLS // width)) + headed
        written = [[*row, *[""] * (width - len(row))] for row in grid[:kept]]
        head = written.pop(0) if headed else [""] * width
        table = "\n".join(
            f"| {' | '.join(line)} |" for line in (head, _sides(rows[-1], width), *written)
        )
        left = len(rows) - len(written) - headed
        captions = [self._line(one.children) for one in own(element) if one.tag == "caption"]
        more = "{count} more rows are not shown here; the downloaded notebook has them."
        note = self._note(self._words(more, count=f"{left:,}")) if left > 0 else ""
        return "\n\n".join(filter(None, [*captions, table, note]))

    def _grid(self, rows: list[list[Element]]) -> list[list[str]]:
        """Return the texts of rows' cells, with empty ones where one spans columns and rows."""
        grid: list[list[str]] = []
        # Columns that cells above reach into, and for how many rows yet.
        reaching: dict[int, int] = {}
        for row in rows:
            line: list[str] = []
            below: dict[int, int] = {}
            for cell in row:
                _pass(line, reaching, below)
                wide, high = _span(cell, "colspan"), _span(cell, "rowspan")
                if high > 1:
                    below |= dict.fromkeys(range(len(line), len(line) + wide), high - 1)
                line += [self._cell_text(cell), *[""] * (wide - 1)]
            _pass(line, reaching, below)
            reaching = {**{at: left - 1 for at, left in reaching.items() if left > 1}, **below}
            grid.append(line)
        return grid

    def _blocks_of_others(self, element: Element) -> str:
        return self._line(element.children)

    def _cell_text(self, cell: Element) -> str:
        parts = [part.strip() for part in self._flat(cell).split("\n")]
        text = "<br>".join(part for part in parts if part)
        return f"**{text}**" if cell.attributes.get("scope") == "row" and text else text

    def _flat(self, element: Element) -> str:
        """Return a cell's content in lines, whatever it is made of."""
        pieces: list[str] = []
        line: list[Element | str | Formula] = []
        for child in element.children:
            if isinstance(child, Element) and _is_block(child):
                pieces.append(self._line(line))
                line = []
                pieces.append(
                    "\n".join(escaped(one) for one in child.text().split("\n"))
                    if child.tag in ("pre", "table")
                    else self._flat(child)
                )
            else:
                line.append(child)
        pieces.append(self._line(line))
        return "\n".join(pieces)

    def _line(self, parts: list[Element | str | Formula]) -> str:
        """Return parts of one paragraph."""
        return re.sub(r" *\n *", "\n", self._inlines(parts)).strip()

    def _inlines(self, parts: list[Element | str | Formula]) -> str:
        line = ""
        for part in parts:
            line += self._inline(part, line)
        return line

    def _inline(self, part: Element | str | Formula, before: str) -> str:
        """Return a part of a line; `before` is what stands there already."""
        if isinstance(part, str):
            return escaped(part, strip=False)
        if isinstance(part, Formula):
            return self._formula(part, alone=False)
        tag = part.tag
        if tag == "br":
            return "<br>"
        if tag == "img":
            picture = picture_of(part.attributes)
            shown = self._picture(picture) if picture is not None else ""
            return shown or escaped(part.attributes.get("alt", ""))
        if tag in ("code", "kbd", "samp", "tt", "var"):
            return coded(part.text(), before)
        inner = self._inlines(part.children)
        if tag == "a":
            url = part.attributes.get("href", "")
            linked = inner.strip() and _LINK.match(url)
            return f"[{inner}](<{address(url)}>)" if linked else inner
        if tag in STYLES and inner.strip():
            return styled(inner, tag, before)
        if tag in ("sub", "sup") and inner.strip():
            return f"<{tag}>{inner}</{tag}>"
        return inner


def _pass(line: list[str], reaching: dict[int, int], below: dict[int, int]) -> None:
    """Leave those columns of a row empty that cells above reach into."""
    while len(line) in reaching and len(line) not in below:
        line.append("")


def _span(cell: Element, side: str) -> int:
    """Return how many columns or rows a cell takes."""
    said = cell.attributes.get(side, "1")
    number = int(said) if said.isascii() and said.isdigit() and len(said) < 6 else 1
    if side == "rowspan":
        # None: all that follow.
        return number or ROWS
    return min(max(number, 1), 200)


def _is_block(element: Element) -> bool:
    return element.tag in _BLOCKS or element.tag in ("li", "tr", "tbody", "thead")


def _sides(row: list[Element], width: int) -> list[str]:
    marks = {"right": "---:", "center": ":---:", "left": ":---"}
    sides = [marks.get(cell.attributes.get("align", ""), "---") for cell in row]
    return [*sides, *["---"] * width][:width]
