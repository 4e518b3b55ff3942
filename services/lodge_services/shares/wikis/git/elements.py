"""A notebook's texts as Markdown: headings, lists, tables and links as wikis of git have them."""

from __future__ import annotations

import re

from ....render.elements import Element
from ....render.tree import Formula, Picture
from ....render.words import Words
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
)

#: Rows of a table that are written; the notebook has the others.
ROWS = 1_000
#: Cells of it, empty ones too.
CELLS = 200_000

_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%[^\n]*")
_LINK = re.compile(r"(?:https?://[^/?#\s]|mailto:[^\s])", re.IGNORECASE)
_BLOCKS = {
    *("p", "div", "section", "article", "figure", "figcaption", "center", "blockquote", "ul", "ol"),
    *("pre", "table", "hr", "dl", "dt", "dd", "details", "summary", "caption"),
    *(f"h{level}" for level in range(1, 7)),
}


class ElementWriter:
    """Writes the texts of one page.

    Parameters
    ----------
    words
        Speaks the page's language.
    pictures
        Finds attachments.
    """

    def __init__(self, words: Words, pictures: Pictures) -> None:
        self._words = words
        self._pictures = pictures

    def write(self, root: Element) -> str:
        """Return a text in blocks."""
        return self._blocks(root)

    def note(self, message: str) -> str:
        """Return a calm sentence about something that is not shown."""
        return f"*{escaped(message)}*"

    def formula(self, formula: Formula, *, alone: bool) -> str:
        """Return a formula as the wikis set it, in a line or `alone`."""
        # On one line a comment would go on to the end.
        source = " ".join(_COMMENT.sub(r"\1", CONTROL.sub("", formula.source)).split())
        if not source or "`" in source or "$" in source:
            return coded(source)
        if not alone:
            # In a table's row a pipe ends the cell wherever it stands.
            source = source.replace(r"\|", r"\Vert ").replace("|", r"\vert ")
        return f"```math\n{source}\n```" if formula.display and alone else f"$`{source}`$"

    def picture(self, picture: Picture) -> str:
        """Return a picture; "" for one that can't be shown."""
        found = self._pictures.picture(picture)
        return "" if found is None else f"![{escaped(picture.alt)}]({found[0].name})"

    def _blocks(self, element: Element) -> str:
        """Return what is within an element as blocks, a blank line between them."""
        pieces: list[str] = []
        line: list[Element | str | Formula] = []

        def end_line() -> None:
            only = [part for part in line if not isinstance(part, str) or part.strip()]
            if len(only) == 1 and isinstance(only[0], Formula) and only[0].display:
                pieces.append(self.formula(only[0], alone=True))
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
        note = self.note(self._words(more, count=f"{left:,}")) if left > 0 else ""
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
            return self.formula(part, alone=False)
        tag = part.tag
        if tag == "br":
            return "<br>"
        if tag == "img":
            picture = picture_of(part.attributes)
            shown = self.picture(picture) if picture is not None else ""
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
