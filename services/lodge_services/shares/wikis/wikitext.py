"""A version of a share as a native page of MediaWiki.

All that the notebook says is text there, whatever it looks like: see `markup`. What the page itself
says is in the language of the document.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...render.elements import Element, elements_of
from ...render.limits import TEXT_LIMIT, cut
from ...render.terminal import as_terminal
from ...render.tree import Block, Cell, Code, Failure, Formula, Note, Picture, Rich, Text
from . import markup
from .base import Document, Written
from .pictures import Pictures
from .wikitext_code import code as coded
from .wikitext_elements import ElementWriter, folded

SIZE_LIMIT = 2_000_000
"""Bytes of a page in UTF-8: MediaWiki takes 2 MiB by itself, and others may write on it, too."""

LINES = 40
"""Lines of an output that are shown unasked."""

_BOX = (
    '<div style="border: 1px solid #a2a9b1; background: #f8f9fa; color: #202122; '
    'padding: 0.5em 1em; margin: 0 0 1em">'
)
_FAILED = '<div style="border-left: 3px solid #d73333; padding-left: 0.8em">'
_STDERR = ' style="background: #fef6e7; color: #202122; border-color: #edab00"'
_OUTPUT = ' style="background: transparent; border-style: none none none solid; border-width: 3px"'
_FULL = "This output is not shown, because the page is full; the downloaded notebook has it."
_CUT = "{count} more characters are not shown here; the downloaded notebook has them."


@dataclass
class _Piece:
    """A part of the page, which gives way to a shorter one where there is no room."""

    text: str
    shorter: str
    is_output: bool

    def gain(self) -> int:
        return len(self.text.encode()) - len(self.shorter.encode())

    def give_way(self) -> None:
        self.text = self.shorter


class WikitextWriter:
    """Writes pages.

    Parameters
    ----------
    highlight
        Whether the wiki has the extension SyntaxHighlight. Where it has not, its tags would not
        keep what is between them from being read as wikitext: never guess it.
    limit
        Bytes that a page may have.
    """

    def __init__(self, *, highlight: bool = False, limit: int = SIZE_LIMIT) -> None:
        self._highlight = highlight
        self._limit = limit

    def write(self, document: Document) -> Written:
        """Return a document as wikitext, always within the limit."""
        pictures = Pictures()
        text = _Page(document, pictures, highlight=self._highlight).write(self._limit)
        return Written(text, pictures.named(text))


class _Page:
    def __init__(self, document: Document, pictures: Pictures, *, highlight: bool) -> None:
        self._document = document
        self._words = document.words
        self._highlight = highlight
        self._roots: dict[int, Element] = {}
        targets: set[str] = set()
        for cell in document.tree.cells:
            for block in (*cell.body, *(one for output in cell.outputs for one in output)):
                if isinstance(block, Rich):
                    root = self._roots[id(block)] = elements_of(block)
                    found = (link.attributes.get("href", "") for link in root.all("a"))
                    targets.update(href[1:] for href in found if href.startswith("#"))
        self._elements = ElementWriter(document.words, pictures, targets, highlight=highlight)

    def write(self, limit: int) -> str:
        pieces = [_Piece(self._box(), "", is_output=False)]
        for cell in self._document.tree.cells:
            pieces += self._cell(cell)
        if self._document.tree.left:
            message = "{count} more cells are not shown here; the downloaded notebook has them."
            note = self._note(message, count=f"{self._document.tree.left:,}")
            pieces.append(_Piece(note, note, is_output=False))
        self._fit(pieces, limit)
        return "\n\n".join(piece.text for piece in pieces if piece.text)

    def _fit(self, pieces: list[_Piece], limit: int) -> None:
        """Leave out the largest outputs until the page is small enough, then cells from its end."""
        size = sum(len(piece.text.encode()) + 2 for piece in pieces)
        outputs = sorted((one for one in pieces if one.is_output), key=_Piece.gain, reverse=True)
        for piece in outputs:
            if size <= limit or piece.gain() <= 0:
                break
            size -= piece.gain()
            piece.give_way()
        if size <= limit:
            return
        message = "The rest of this notebook is not shown, because the page is full."
        end = _Piece(self._note(message), "", is_output=False)
        size += len(end.text.encode()) + 2
        while len(pieces) > 1 and size > limit:
            size -= len(pieces.pop().text.encode()) + 2
        pieces.append(end)

    def _box(self) -> str:
        document = self._document
        lines = []
        if document.description.strip():
            texts = [part.strip() for part in document.description.strip().splitlines()]
            lines += ["<br>".join(markup.escaped(text) for text in texts), ""]
        date = f"{document.shared_at:%Y-%m-%d}"
        about = self._words(
            "Shared by {owner} on {date}, version {number}",
            owner=document.owner, date=date, number=document.version,
        )  # fmt: skip
        lines.append(markup.escaped(about))
        if document.tags:
            tags = ", ".join(document.tags)
            lines[-1] += f"<br>{markup.escaped(self._words('Tags: {tags}', tags=tags))}"
        links = [
            f"[{address} {markup.escaped(self._words(message))}]"
            for url, message in (
                (document.gallery_url, "Open in the gallery"),
                (document.copy_url, "Open a running copy"),
            )
            if (address := markup.address(url)) is not None
        ]
        lines += ["", " · ".join(links)]
        return "\n".join([_BOX, *(markup.line(line) for line in lines), "</div>"])

    def _cell(self, cell: Cell) -> list[_Piece]:
        body = "\n\n".join(found for block in cell.body if (found := self._block(block)))
        pieces = [_Piece(body, "", is_output=False)] if body else []
        note = self._note(_FULL)
        for output in cell.outputs:
            shown = "\n\n".join(found for block in output if (found := self._block(block)))
            if shown:
                pieces.append(_Piece(shown, note, is_output=True))
        return pieces

    def _block(self, block: Block) -> str:
        match block:
            case Rich():
                return self._with_rest(self._elements.write(self._roots[id(block)]), block.left)
            case Code():
                return self._code(block)
            case Text():
                return self._text(block)
            case Failure():
                return self._failure(block)
            case Picture():
                return self._elements.picture(block)
            case Formula():
                shown = self._elements.formula(block)
                return f":{shown}" if block.display else shown
            case Note():
                return self._elements.note(block.message)

    def _code(self, code: Code) -> str:
        shown = coded(code.source, code.language, highlight=self._highlight)
        if code.hidden:
            shown = folded(markup.escaped(self._words("Code")), shown)
        elif code.is_output:
            shown = self._folded_if_long(shown, code.source.strip("\n"))
        return self._with_rest(shown, code.left)

    def _text(self, text: Text) -> str:
        source, over = text.text, text.left
        attributes = ""
        if text.kind != "raw":
            source, more = cut(as_terminal(source), TEXT_LIMIT)
            over += more
            attributes = _STDERR if text.kind == "stderr" else _OUTPUT
        source = source.rstrip(" \t\n")
        if not source.strip():
            return ""
        shown = markup.kept(source, attributes)
        if text.kind != "raw":
            shown = self._folded_if_long(shown, source)
        return self._with_rest(shown, over)

    def _failure(self, failure: Failure) -> str:
        message = as_terminal(failure.message)[:2_000]
        head = markup.line(f"<b>{markup.escaped(message)}</b>") if message.strip() else ""
        parts = [part for part in (head, self._text(failure.traceback)) if part]
        inner = "\n".join(parts)
        return f"{_FAILED}\n{inner}\n</div>" if inner else ""

    def _folded_if_long(self, shown: str, source: str) -> str:
        count = source.count("\n") + 1
        if count <= LINES:
            return shown
        title = self._words("Output, {count} lines", count=f"{count:,}")
        return folded(markup.escaped(title), shown)

    def _with_rest(self, shown: str, left: int) -> str:
        return f"{shown}\n\n{self._note(_CUT, count=f'{left:,}')}" if left else shown

    def _note(self, message: str, **values: object) -> str:
        return self._elements.note(self._words(message, **values))
