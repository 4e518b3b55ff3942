"""A page as pieces, each of which may give way to a shorter one where the page is full.

What kinds of wikis have in common in writing a page: the order of things, what is folded, what is
cut. How each thing is written is the subject of the writers that are made of this.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from ...render.elements import Element, elements_of
from ...render.limits import TEXT_LIMIT, cut
from ...render.terminal import as_terminal
from ...render.tree import (
    Block,
    Cell,
    Chart,
    Code,
    Failure,
    Formula,
    Note,
    Picture,
    Rich,
    Text,
    every,
)
from .base import Document

LINES = 40
"""Lines of an output that are shown unasked."""

_FULL = "This output is not shown, because the page is full; the downloaded notebook has it."
_CUT = "{count} more characters are not shown here; the downloaded notebook has them."


@dataclass
class _Piece:
    text: str
    shorter: str
    is_output: bool

    def gain(self) -> int:
        return len(self.text.encode()) - len(self.shorter.encode())

    def give_way(self) -> None:
        self.text = self.shorter


class PageWriter(ABC):
    """Writes one page.

    Parameters
    ----------
    document
        What it is to say.
    between
        What stands between two blocks.
    """

    def __init__(self, document: Document, between: str) -> None:
        self.document = document
        self.words = document.words
        self._between = between
        self._roots: dict[int, Element] = {}
        self.targets: set[str] = set()
        """What links on the page lead to."""
        for cell in document.tree.cells:
            for block in every(cell):
                if isinstance(block, Rich):
                    root = self._roots[id(block)] = elements_of(block)
                    found = (link.attributes.get("href", "") for link in root.all("a"))
                    self.targets.update(href[1:] for href in found if href.startswith("#"))

    @abstractmethod
    def box(self) -> str:
        """Return what stands at the top: whose it is, and where it leads."""

    @abstractmethod
    def rich(self, root: Element) -> str:
        """Return a text with structure."""

    @abstractmethod
    def coded(self, source: str, language: str) -> str:
        """Return code in its language."""

    @abstractmethod
    def kept(self, text: str, kind: str) -> str:
        """Return a text as it is, every blank of it; `kind` is that of `render.tree.Text`."""

    @abstractmethod
    def failed(self, message: str, traceback: str) -> str:
        """Return an error: what it says as plain text, and its traceback as markup."""

    @abstractmethod
    def picture(self, picture: Picture) -> str:
        """Return a picture by itself."""

    @abstractmethod
    def formula(self, formula: Formula) -> str:
        """Return a formula by itself."""

    @abstractmethod
    def sentence(self, message: str) -> str:
        """Return a calm line about something that is not shown."""

    @abstractmethod
    def folded(self, title: str, body: str) -> str:
        """Return markup that is shown when somebody asks for it, below a plain title."""

    def write(self, limit: int) -> str:
        """Return the page, which has at most `limit` bytes of UTF-8."""
        pieces = [_Piece(self.box(), "", is_output=False)]
        for cell in self.document.tree.cells:
            pieces += self._cell(cell)
        if self.document.tree.left:
            message = "{count} more cells are not shown here; the downloaded notebook has them."
            note = self._note(message, count=f"{self.document.tree.left:,}")
            pieces.append(_Piece(note, note, is_output=False))
        self._fit(pieces, limit)
        return self._joined(*(piece.text for piece in pieces))

    def _joined(self, *texts: str) -> str:
        return self._between.join(text for text in texts if text)

    def _fit(self, pieces: list[_Piece], limit: int) -> None:
        """Leave out the largest outputs until the page is small enough, then cells from its end."""
        between = len(self._between)
        size = sum(len(piece.text.encode()) + between for piece in pieces)
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
        size += len(end.text.encode()) + between
        while len(pieces) > 1 and size > limit:
            size -= len(pieces.pop().text.encode()) + between
        pieces.append(end)

    def _cell(self, cell: Cell) -> list[_Piece]:
        body = self._joined(*map(self._block, cell.body))
        pieces = [_Piece(body, "", is_output=False)] if body else []
        note = self._note(_FULL)
        for output in cell.outputs:
            shown = self._joined(*map(self._block, output))
            if shown:
                pieces.append(_Piece(shown, note, is_output=True))
        return pieces

    def _block(self, block: Block) -> str:
        match block:
            case Rich():
                return self._with_rest(self.rich(self._roots[id(block)]), block.left)
            case Code():
                return self._code(block)
            case Text():
                return self._text(block)
            case Failure():
                message = as_terminal(block.message)[:2_000]
                message = message if message.strip() else ""
                traceback = self._text(block.traceback)
                return self.failed(message, traceback) if message or traceback else ""
            case Picture():
                return self.picture(block)
            case Formula():
                return self.formula(block)
            case Note():
                return self.sentence(block.message)
            case Chart():
                return self._joined(*map(self._block, block.shown))

    def _code(self, code: Code) -> str:
        shown = self.coded(code.source, code.language)
        if code.hidden:
            shown = self.folded(self.words("Code"), shown)
        elif code.is_output:
            shown = self._folded_if_long(shown, code.source.strip("\n"))
        return self._with_rest(shown, code.left)

    def _text(self, text: Text) -> str:
        source, over = text.text, text.left
        if text.kind != "raw":
            source, more = cut(as_terminal(source), TEXT_LIMIT)
            over += more
        source = source.rstrip(" \t\n")
        if not source.strip():
            return ""
        shown = self.kept(source, text.kind)
        if text.kind != "raw":
            shown = self._folded_if_long(shown, source)
        return self._with_rest(shown, over)

    def _folded_if_long(self, shown: str, source: str) -> str:
        count = source.count("\n") + 1
        if count <= LINES:
            return shown
        return self.folded(self.words("Output, {count} lines", count=f"{count:,}"), shown)

    def _with_rest(self, shown: str, left: int) -> str:
        return self._joined(shown, self._note(_CUT, count=f"{left:,}")) if left else shown

    def _note(self, message: str, **values: object) -> str:
        return self.sentence(self.words(message, **values))
