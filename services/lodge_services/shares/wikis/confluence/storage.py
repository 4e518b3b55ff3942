"""A version of a share as a native page of Confluence, in its storage format."""

from __future__ import annotations

from ....render.elements import Element
from ....render.tree import Formula, Picture
from ..base import Document, Written
from ..pictures import Pictures
from ..pieces import PageWriter
from . import text
from .elements import ElementWriter

SIZE_LIMIT = 2_000_000
"""Bytes of a page in UTF-8: Cloud takes requests of 5 MB, and its editor slows down long before."""


class StorageWriter:
    """Writes pages.

    Parameters
    ----------
    limit
        Bytes that a page may have.
    """

    def __init__(self, limit: int = SIZE_LIMIT) -> None:
        self._limit = limit

    def write(self, document: Document) -> Written:
        """Return a document in the storage format, always within the limit."""
        pictures = Pictures()
        found = _Page(document, pictures).write(self._limit)
        return Written(found, pictures.named(found), document.tags)


class _Page(PageWriter):
    def __init__(self, document: Document, pictures: Pictures) -> None:
        super().__init__(document, "\n")
        self._elements = ElementWriter(document.words, pictures, self.targets)

    def box(self) -> str:
        document = self.document
        paragraphs = [
            text.escaped(line) for line in document.description.splitlines() if line.strip()
        ]
        paragraphs += [text.escaped(line) for line in document.about()]
        if document.tags:
            tags = self.words("Tags: {tags}", tags=", ".join(document.tags))
            paragraphs.append(text.escaped(tags))
        links = [
            f"<a href={address}>{text.escaped(self.words(message))}</a>"
            for url, message in (
                (document.gallery_url, "Open in the gallery"),
                (document.copy_url, "Open a running copy"),
            )
            if (address := text.address(url)) is not None
        ]
        paragraphs.append(" · ".join(links))
        inner = "".join(f"<p>{one}</p>" for one in paragraphs if one)
        return text.macro("info", text.rich_body(inner))

    def rich(self, root: Element) -> str:
        return self._elements.write(root)

    def coded(self, source: str, language: str) -> str:
        return text.code(source, language)

    def kept(self, source: str, kind: str) -> str:
        return text.kept(source, "stderr" if kind == "stderr" else "")

    def failed(self, message: str, traceback: str) -> str:
        said = f"<p><strong>{text.escaped(message)}</strong></p>"
        head = text.macro("warning", text.rich_body(said)) if message else ""
        return "\n".join(part for part in (head, traceback) if part)

    def picture(self, picture: Picture) -> str:
        return f"<p>{self._elements.picture(picture)}</p>"

    def formula(self, formula: Formula) -> str:
        return f"<p>{self._elements.formula(formula)}</p>"

    def sentence(self, message: str) -> str:
        return f"<p>{self._elements.note(message)}</p>"

    def folded(self, title: str, body: str) -> str:
        return text.folded(title, body)
