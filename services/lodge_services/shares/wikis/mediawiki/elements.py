"""A notebook's texts as wikitext: headings, lists, tables and links as a wiki has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ....render.elements import Element
from ....render.tree import Formula, Picture
from ....render.words import Words
from ..element_shapes import (
    BLOCKS,
    has_blocks,
    is_plain_list,
    items,
    language_of,
    own,
    rows_of,
    side_of,
)
from ..pictures import ALT_LIMIT, Pictures, picture_of
from . import markup
from .code import code

ROW_LIMIT = 1_000
"""Rows of one table."""

WIDTH = 900
"""Pixels above which a picture is shown smaller, with its own size a click away."""

_DEPTH = 40
_STYLES = {
    *("b", "i", "code", "kbd", "samp", "var", "s", "del", "ins", "u", "mark", "small", "sub"),
    *("sup", "q", "cite", "dfn", "abbr"),
}
_OTHER_NAMES = {"strong": "b", "em": "i", "tt": "code"}

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
    highlight
        Whether code is in colours; see `WikitextWriter`.
    """

    def __init__(
        self, words: Words, pictures: Pictures, targets: set[str], *, highlight: bool
    ) -> None:
        self._words = words
        self._highlight = highlight
        self._pictures = pictures
        self._targets = {name: f"lodge-{number}" for number, name in enumerate(sorted(targets))}
        self._set: set[str] = set()

    def write(self, root: Element) -> str:
        """Return the wikitext of a text, in paragraphs."""
        return "\n\n".join(self._flow(root.children, 0))

    def note(self, message: str) -> str:
        """Return a calm line about something that is not shown."""
        return f"<i>{markup.escaped(message)}</i>"

    def picture(self, picture: Picture, link: str | None = None) -> str:
        """Return a picture of the notebook."""
        found = self._pictures.picture(picture)
        if found is None:
            return self.note(self._words("This picture could not be read."))
        attachment, width, height = found
        size = f"{WIDTH if width is None else min(width, WIDTH)}"
        if height is not None and (width is None or width <= WIDTH):
            size += f"x{height}"
        leads = "" if link is None else f"|link={link}"
        alt = markup.escaped(picture.alt[:ALT_LIMIT])
        return f"[[File:{attachment.name}|frameless|{size}px|alt={alt}{leads}]]"

    def formula(self, formula: Formula) -> str:
        """Return a formula as a picture, or its source where it can't be one."""
        found = self._pictures.formula(formula)
        if found is None:
            return f"<code>{markup.escaped(formula.source)}</code>"
        attachment, picture = found
        place = "baseline" if picture.below < 2 else "middle"
        alt = markup.escaped(formula.source.strip()[:ALT_LIMIT])
        size = f"{picture.width}x{picture.height}px"
        return f"[[File:{attachment.name}|{size}|{place}|link=|alt={alt}]]"

    def _flow(self, children: Sequence[Node], depth: int) -> list[str]:
        """Return blocks, each of them whole lines; what is inline between them is paragraphs."""
        if depth > _DEPTH:
            return [markup.line(markup.escaped(Element("", {}, list(children)).text()))]
        blocks: list[str] = []
        waiting: list[Node] = []

        def paragraph() -> None:
            found = markup.line(self._inline(waiting))
            if found:
                displayed = [one for one in waiting if not isinstance(one, str) or one.strip()]
                alone = len(displayed) == 1 and isinstance(displayed[0], Formula)
                blocks.append(f":{found}" if alone and displayed[0].display else found)  # type: ignore[union-attr]
            waiting.clear()

        for child in children:
            if isinstance(child, Element) and (child.tag in BLOCKS or has_blocks(child)):
                paragraph()
                blocks += self._block(child, depth + 1)
            else:
                waiting.append(child)
        paragraph()
        return blocks

    def _block(self, element: Element, depth: int) -> list[str]:
        anchor = self._anchor(element)
        found = self._within(element, depth)
        if not anchor:
            return found
        return [anchor, *found]

    def _within(self, element: Element, depth: int) -> list[str]:
        match element.tag:
            case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
                text = self._inline(element.children).strip(" \n")
                signs = "=" * max(2, int(element.tag[1]))
                return [f"{signs} {text} {signs}"] if text else []
            case "ul" | "ol":
                return [self._list(element, depth)] if element.children else []
            case "blockquote":
                return self._wrapped("<blockquote>", element, "</blockquote>", depth)
            case "pre":
                return [code(element.text(), language_of(element), highlight=self._highlight)]
            case "table":
                return self._table(element, depth)
            case "hr":
                return ["----"]
            case "dl":
                items = [
                    f"<{item.tag}>\n{self._joined(item, depth)}\n</{item.tag}>"
                    for item in element.children
                    if isinstance(item, Element) and item.tag in ("dt", "dd")
                ]
                return ["\n".join(["<dl>", *items, "</dl>"])] if items else []
            case "details":
                return self._details(element, depth)
            case "summary" | "figcaption":
                return [f"<b>{self._inline(element.children)}</b>"]
        return self._flow(element.children, depth)

    def _joined(self, element: Element, depth: int) -> str:
        return "\n\n".join(self._flow(element.children, depth))

    def _wrapped(self, before: str, element: Element, after: str, depth: int) -> list[str]:
        inner = self._joined(element, depth)
        return [f"{before}\n{inner}\n{after}"] if inner else []

    def _details(self, element: Element, depth: int) -> list[str]:
        head = next(element.all("summary"), None)
        rest = [child for child in element.children if child is not head]
        title = self._inline(head.children) if head is not None else ""
        inner = "\n\n".join(self._flow(rest, depth))
        return [folded(title or markup.escaped(self._words("Details")), inner)]

    # --- Lists.

    def _list(self, element: Element, depth: int) -> str:
        if is_plain_list(element):
            return "\n".join(self._lines(element, ""))
        kept = [name for name in ("start", "type") if name in element.attributes]
        attributes = "".join(f' {name}="{element.attributes[name]}"' for name in kept)
        lines = [f"<{element.tag}{attributes}>"]
        for item in items(element):
            value = item.attributes.get("value")
            opened = f'<li value="{value}">' if value else "<li>"
            lines.append(f"{opened}\n{self._anchor(item)}{self._joined(item, depth + 1)}\n</li>")
        return "\n".join([*lines, f"</{element.tag}>"])

    def _lines(self, element: Element, prefix: str) -> Iterator[str]:
        prefix += "*" if element.tag == "ul" else "#"
        for item in items(element):
            parts: list[str] = []
            waiting: list[Node] = []
            nested: list[Element] = []
            for child in [*item.children, Element("p")]:
                if not isinstance(child, Element) or child.tag not in ("p", "ul", "ol"):
                    waiting.append(child)
                    continue
                parts.append(self._inline(waiting).strip(" \n"))
                waiting = []
                if child.tag == "p":
                    parts.append(self._inline(child.children).strip(" \n"))
                else:
                    nested.append(child)
            text = "<br>".join(part for part in parts if part)
            yield f"{prefix} {self._anchor(item)}{markup.line(text)}"
            for child in nested:
                yield from self._lines(child, prefix)

    # --- Tables.

    def _table(self, element: Element, depth: int) -> list[str]:
        rows = list(rows_of(element))
        lines = ['{| class="wikitable"']
        caption = next((one for one in own(element) if one.tag == "caption"), None)
        if caption is not None:
            lines.append(f"|+ {markup.line(self._inline(caption.children))}")
        for row in rows[:ROW_LIMIT]:
            side = side_of(row)
            lines.append(f'|- style="text-align: {side}"' if side else "|-")
            cells = (cell for cell in own(row) if cell.tag in ("td", "th"))
            lines += [self._cell(cell, depth) for cell in cells]
        lines.append("|}")
        if not rows and caption is None:
            return []
        blocks = ["\n".join(lines)]
        if len(rows) > ROW_LIMIT:
            message = "{count} more rows are not shown here; the downloaded notebook has them."
            count = f"{len(rows) - ROW_LIMIT:,}"
            blocks.append(self.note(self._words(message, count=count)))
        return blocks

    def _cell(self, cell: Element, depth: int) -> str:
        sign = "!" if cell.tag == "th" else "|"
        attributes = [
            f'{name}="{min(int(value), 1000)}"'
            for name in ("colspan", "rowspan")
            if (value := cell.attributes.get(name, "")).isdecimal() and int(value) > 1
        ]
        side = side_of(cell)
        if side:
            attributes.append(f'style="text-align: {side}"')
        blocks = self._flow(cell.children, depth + 1)
        text = "\n\n".join(blocks)
        # A pipe within brackets is no cell's; what is no plain line stands on lines of its own.
        if len(blocks) > 1 or "\n" in text or text[:1] in (":", "*", "#"):
            text = f"\n{text}"
        begun = f"{sign} {' '.join(attributes)} |" if attributes else sign
        return f"{begun} {text}".rstrip(" ") if not text.startswith("\n") else begun + text

    # --- What stands in a line.

    def _inline(self, children: Sequence[Node]) -> str:
        """Return one line: texts beside each other are escaped as one."""
        pieces: list[str] = []
        text: list[str] = []

        def flush() -> None:
            if text:
                pieces.append(markup.escaped("".join(text)))
                text.clear()

        for is_text, piece in self._parts(children, 0, links=True):
            if is_text:
                text.append(piece)
            else:
                flush()
                pieces.append(piece)
        flush()
        return "".join(pieces)

    def _parts(
        self, children: Sequence[Node], depth: int, *, links: bool
    ) -> Iterator[tuple[bool, str]]:
        """Yield texts, not escaped yet, and markup."""
        for child in children:
            if isinstance(child, str):
                yield True, child
            elif isinstance(child, Formula):
                yield False, self.formula(child)
            elif depth > _DEPTH:
                yield True, child.text()
            else:
                yield from self._element(child, depth + 1, links=links)

    def _element(self, element: Element, depth: int, *, links: bool) -> Iterator[tuple[bool, str]]:
        anchor = self._anchor(element)
        if anchor:
            yield False, anchor
        style = _OTHER_NAMES.get(element.tag, element.tag)
        if element.tag == "br":
            yield False, "<br>"
        elif element.tag == "img":
            picture = picture_of(element.attributes)
            if picture is not None:
                yield False, self.picture(picture)
            elif element.attributes.get("alt"):
                yield True, element.attributes["alt"]
        elif element.tag == "a" and links and (leads := self._address(element)) is not None:
            yield from self._link(element, *leads, depth)
        elif style in _STYLES:
            yield False, f"<{style}>"
            yield from self._parts(element.children, depth, links=links)
            yield False, f"</{style}>"
        else:
            yield from self._parts(element.children, depth, links=links)

    def _address(self, element: Element) -> tuple[str, str] | None:
        """Return where a link leads, and its name where that is on this page."""
        href = element.attributes.get("href", "")
        if href.startswith("#"):
            name = self._targets.get(href[1:])
            return None if name is None else ("", name)
        url = markup.address(href)
        return None if url is None else (url, "")

    def _link(
        self, element: Element, url: str, name: str, depth: int
    ) -> Iterator[tuple[bool, str]]:
        pictures = [found for one in element.all("img") if (found := picture_of(one.attributes))]
        shown = self._without_pictures(element)
        text = "".join(
            markup.escaped(piece) if is_text else piece
            for is_text, piece in self._parts(shown.children, depth, links=False)
        ).strip()
        if not text and not pictures:
            text = markup.escaped(element.attributes.get("href", ""))
        if text:
            yield False, f"[[#{name}|{text}]]" if name else f"[{url} {text}]"
        for picture in pictures:
            yield False, self.picture(picture, url or f"#{name}")

    def _without_pictures(self, element: Element) -> Element:
        """Return an element without pictures, which no link's text can hold; formulas as TeX."""
        kept: list[Node] = []
        for child in element.children:
            if isinstance(child, Formula):
                kept.append(Element("code", {}, [child.source]))
            elif isinstance(child, str):
                kept.append(child)
            elif child.tag != "img" or picture_of(child.attributes) is None:
                kept.append(self._without_pictures(child))
        return Element(element.tag, element.attributes, kept)

    def _anchor(self, element: Element) -> str:
        """Return what a link of the page leads to, the first time only."""
        name = self._targets.get(element.attributes.get("id", ""))
        if name is None or name in self._set:
            return ""
        self._set.add(name)
        return f'<span id="{name}"></span>'


def folded(title: str, body: str) -> str:
    """Return markup that is shown when somebody asks for it.

    Parameters
    ----------
    title
        What is seen before, as markup for a line.
    body
        Whole lines of markup.
    """
    return (
        f'<div class="mw-collapsible mw-collapsed">\n<b>{title}</b>\n'
        f'<div class="mw-collapsible-content">\n{body}\n</div>\n</div>'
    )
