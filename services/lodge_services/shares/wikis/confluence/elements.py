"""A notebook's texts in the storage format: headings, lists, tables and links as Confluence has."""

from __future__ import annotations

from collections.abc import Sequence

from ....render.elements import Element
from ....render.tree import Formula, Picture
from ....render.words import Words
from ..element_shapes import BLOCKS, has_blocks, items, language_of, own, rows_of, side_of
from ..pictures import ALT_LIMIT, Pictures, picture_of
from . import text

ROW_LIMIT = 1_000
"""Rows of one table."""

CELL_LIMIT = 20_000
"""Cells of one table: with more of them Confluence's editor no longer opens the page."""

WIDTH = 900
"""Pixels above which a picture is shown smaller, with its own size a click away."""

_DEPTH = 40
_STYLES = {
    **dict.fromkeys(("b", "strong"), "strong"),
    **dict.fromkeys(("i", "em", "cite", "dfn", "var"), "em"),
    **dict.fromkeys(("code", "kbd", "samp", "tt"), "code"),
    **dict.fromkeys(("u", "ins"), "u"),
    **dict.fromkeys(("s", "del"), "del"),
    "sub": "sub",
    "sup": "sup",
}

Node = Element | str | Formula


class ElementWriter:
    """Writes the texts of one page.

    Parameters
    ----------
    words
        Speaks the page's language.
    pictures
        Finds attachments.
    targets
        What links on the page lead to.
    """

    def __init__(self, words: Words, pictures: Pictures, targets: set[str]) -> None:
        self._words = words
        self._pictures = pictures
        self._targets = {name: f"lodge-{number}" for number, name in enumerate(sorted(targets))}
        self._set: set[str] = set()

    def write(self, root: Element) -> str:
        """Return a text in blocks."""
        return self._flow(root.children, 0)

    def note(self, message: str) -> str:
        """Return a calm sentence about something that is not shown, for the inside of a line."""
        return f"<em>{text.escaped(message)}</em>"

    def picture(self, picture: Picture) -> str:
        """Return a picture of the notebook, for the inside of a line."""
        found = self._pictures.picture(picture)
        if found is None:
            return self.note(self._words("This picture could not be read."))
        attachment, width, height = found
        size = ""
        if width is not None or height is None:
            size = f' ac:width="{WIDTH if width is None else min(width, WIDTH)}"'
        elif height is not None:
            size = f' ac:height="{height}"'
        return _image(attachment.name, picture.alt, size)

    def formula(self, formula: Formula) -> str:
        """Return a formula as a picture, or its source where it can't be one."""
        found = self._pictures.formula(formula)
        if found is None:
            return f"<code>{text.escaped(formula.source)}</code>"
        attachment, picture = found
        size = f' ac:width="{picture.width}" ac:height="{picture.height}"'
        return _image(attachment.name, formula.source, size)

    def _flow(self, children: Sequence[Node], depth: int) -> str:
        """Return blocks; what is inline between them is paragraphs."""
        if depth > _DEPTH:
            return f"<p>{text.escaped(Element('', {}, list(children)).text())}</p>"
        blocks: list[str] = []
        waiting: list[Node] = []

        def paragraph() -> None:
            found = self._inline(waiting, depth).strip()
            if found:
                blocks.append(f"<p>{found}</p>")
            waiting.clear()

        for child in children:
            if isinstance(child, Element) and (child.tag in BLOCKS or has_blocks(child)):
                paragraph()
                blocks.append(self._block(child, depth + 1))
            else:
                waiting.append(child)
        paragraph()
        return "\n".join(block for block in blocks if block)

    def _block(self, element: Element, depth: int) -> str:
        anchor = self._anchor(element)
        match element.tag:
            case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
                inner = self._inline(element.children, depth).strip()
                return f"<{element.tag}>{anchor}{inner}</{element.tag}>" if inner else ""
            case "li":
                return f"<li>{anchor}{self._tight(element, depth)}</li>"
        found = self._within(element, depth)
        return f"<p>{anchor}</p>\n{found}" if anchor else found

    def _within(self, element: Element, depth: int) -> str:
        match element.tag:
            case "ul" | "ol":
                inner = "".join(self._block(item, depth + 1) for item in items(element))
                return f"<{element.tag}>{inner}</{element.tag}>" if inner else ""
            case "blockquote":
                inner = self._flow(element.children, depth)
                return f"<blockquote>{inner}</blockquote>" if inner else ""
            case "pre":
                return text.code(element.text(), language_of(element))
            case "table":
                return self._table(element, depth)
            case "hr":
                return "<hr />"
            case "details":
                return self._details(element, depth)
            case "summary" | "figcaption" | "dt" | "caption":
                inner = self._inline(element.children, depth).strip()
                return f"<p><strong>{inner}</strong></p>" if inner else ""
        return self._flow(element.children, depth)

    def _tight(self, element: Element, depth: int) -> str:
        """Return what is in an item or cell: inline where that is all, else blocks."""
        only = [one for one in own(element) if one.tag in BLOCKS or has_blocks(one)]
        if not only:
            return self._inline(element.children, depth).strip()
        return self._flow(element.children, depth)

    def _details(self, element: Element, depth: int) -> str:
        head = next(element.all("summary"), None)
        rest = [child for child in element.children if child is not head]
        title = head.text().strip() if head is not None else ""
        return text.folded(title or self._words("Details"), self._flow(rest, depth))

    def _table(self, element: Element, depth: int) -> str:
        rows = list(rows_of(element))
        caption = next((one for one in own(element) if one.tag == "caption"), None)
        blocks = [self._within(caption, depth)] if caption is not None else []
        lines: list[str] = []
        cells = 0
        for row in rows[:ROW_LIMIT]:
            found = [cell for cell in own(row) if cell.tag in ("td", "th")]
            cells += len(found)
            if cells > CELL_LIMIT and lines:
                break
            side = side_of(row)
            lines.append("".join(self._table_cell(cell, side, depth) for cell in found))
        if any(lines):
            body = "".join(f"<tr>{line}</tr>" for line in lines if line)
            blocks.append(f"<table><tbody>{body}</tbody></table>")
        if len(rows) > len(lines):
            message = "{count} more rows are not shown here; the downloaded notebook has them."
            note = self.note(self._words(message, count=f"{len(rows) - len(lines):,}"))
            blocks.append(f"<p>{note}</p>")
        return "\n".join(block for block in blocks if block)

    def _table_cell(self, cell: Element, side: str, depth: int) -> str:
        attributes = [
            f' {name}="{min(int(value), 1000)}"'
            for name in ("colspan", "rowspan")
            if (value := cell.attributes.get(name, "")).isdecimal() and int(value) > 1
        ]
        side = side_of(cell) or side
        if side:
            attributes.append(f' style="text-align: {side};"')
        inner = self._tight(cell, depth + 1)
        return f"<{cell.tag}{''.join(attributes)}>{inner}</{cell.tag}>"

    # --- What stands in a line.

    def _inline(self, children: Sequence[Node], depth: int, *, links: bool = True) -> str:
        pieces: list[str] = []
        for child in children:
            if isinstance(child, str):
                pieces.append(text.escaped(child))
            elif isinstance(child, Formula):
                pieces.append(self.formula(child))
            elif depth > _DEPTH:
                pieces.append(text.escaped(child.text()))
            else:
                pieces.append(self._anchor(child) + self._styled(child, depth + 1, links=links))
        return "".join(pieces)

    def _styled(self, element: Element, depth: int, *, links: bool) -> str:
        if element.tag == "br":
            return "<br />"
        if element.tag == "img":
            picture = picture_of(element.attributes)
            if picture is None:
                return text.escaped(element.attributes.get("alt", ""))
            return self.picture(picture)
        if element.tag == "a" and links:
            return self._link(element, depth)
        inner = self._inline(element.children, depth, links=links)
        if element.tag == "q":
            return f"“{inner}”"
        style = _STYLES.get(element.tag, "")
        return f"<{style}>{inner}</{style}>" if style and inner else inner

    def _link(self, element: Element, depth: int) -> str:
        href = element.attributes.get("href", "")
        inner = self._inline(element.children, depth, links=False)
        if href.startswith("#"):
            name = self._targets[href[1:]]
            if not inner.strip():
                return inner
            return f'<ac:link ac:anchor="{name}"><ac:link-body>{inner}</ac:link-body></ac:link>'
        address = text.address(href)
        if address is None:
            return inner
        return f"<a href={address}>{inner if inner.strip() else text.escaped(href)}</a>"

    def _anchor(self, element: Element) -> str:
        """Return what a link of the page leads to, the first time only."""
        name = self._targets.get(element.attributes.get("id", ""))
        if name is None or name in self._set:
            return ""
        self._set.add(name)
        return text.anchor(name)


def _image(name: str, alt: str, size: str) -> str:
    said = f" ac:alt={text.quoted(alt.strip()[:ALT_LIMIT])}" if alt.strip() else ""
    return f'<ac:image{said}{size}><ri:attachment ri:filename="{name}" /></ac:image>'
