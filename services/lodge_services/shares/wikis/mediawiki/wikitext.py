"""A version of a share as a native page of MediaWiki.

All that the notebook says is text there, whatever it looks like: see `markup`. What the page itself
says is in the language of the document.
"""

from __future__ import annotations

from ....render.elements import Element
from ....render.tree import Formula, Picture
from ..base import Document, Written
from ..pictures import Pictures
from ..pieces import PageWriter
from . import markup
from .code import code as coded
from .elements import ElementWriter, folded

SIZE_LIMIT = 2_000_000
"""Bytes of a page in UTF-8: MediaWiki takes 2 MiB by itself, and others may write on it, too."""

_BOX = (
    '<div style="border: 1px solid #a2a9b1; background: #f8f9fa; color: #202122; '
    'padding: 0.5em 1em; margin: 0 0 1em">'
)
_FAILED = '<div style="border-left: 3px solid #d73333; padding-left: 0.8em">'
_STDERR = ' style="background: #fef6e7; color: #202122; border-color: #edab00"'
_OUTPUT = ' style="background: transparent; border-style: none none none solid; border-width: 3px"'


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


class _Page(PageWriter):
    def __init__(self, document: Document, pictures: Pictures, *, highlight: bool) -> None:
        super().__init__(document, "\n\n")
        self._highlight = highlight
        self._elements = ElementWriter(document.words, pictures, self.targets, highlight=highlight)

    def box(self) -> str:
        document = self.document
        lines = []
        if document.description.strip():
            texts = [part.strip() for part in document.description.strip().splitlines()]
            lines += ["<br>".join(markup.escaped(text) for text in texts), ""]
        lines.append("<br>".join(markup.escaped(line) for line in document.about()))
        if document.tags:
            tags = ", ".join(document.tags)
            lines[-1] += f"<br>{markup.escaped(self.words('Tags: {tags}', tags=tags))}"
        links = [
            f"[{address} {markup.escaped(self.words(message))}]"
            for url, message in (
                (document.gallery_url, "Open in the gallery"),
                (document.copy_url, "Open a running copy"),
            )
            if (address := markup.address(url)) is not None
        ]
        lines += ["", " · ".join(links)]
        return "\n".join([_BOX, *(markup.line(line) for line in lines), "</div>"])

    def rich(self, root: Element) -> str:
        return self._elements.write(root)

    def coded(self, source: str, language: str) -> str:
        return coded(source, language, highlight=self._highlight)

    def kept(self, text: str, kind: str) -> str:
        attributes = "" if kind == "raw" else _STDERR if kind == "stderr" else _OUTPUT
        return markup.kept(text, attributes)

    def failed(self, message: str, traceback: str) -> str:
        head = markup.line(f"<b>{markup.escaped(message)}</b>") if message else ""
        inner = "\n".join(part for part in (head, traceback) if part)
        return f"{_FAILED}\n{inner}\n</div>"

    def picture(self, picture: Picture) -> str:
        return self._elements.picture(picture)

    def formula(self, formula: Formula) -> str:
        shown = self._elements.formula(formula)
        return f":{shown}" if formula.display else shown

    def sentence(self, message: str) -> str:
        return self._elements.note(message)

    def folded(self, title: str, body: str) -> str:
        return folded(markup.escaped(title), body)
