"""Writes a share as Markdown, in GitHub's flavour, which GitLab, Gitea and Azure DevOps read too.

Everything of the notebook is untrusted: no HTML of it, no link but to the web, no picture but its
own gets into the page; what could mean something to a wiki is escaped, be it only where it stands.
"""

from __future__ import annotations

from ....render.elements import Element
from ....render.tree import Formula, Picture
from ..base import Document, Written
from ..pictures import Pictures
from ..pieces import PageWriter
from .elements import ElementWriter
from .markdown_text import escaped, fenced, text_in_tag

PAGE_BYTES = 1_500_000
"""Bytes of a page above which outputs are left out."""


def write_markdown(document: Document, limit: int = PAGE_BYTES) -> Written:
    """Return a share as Markdown of at most `limit` bytes; see `base.Wiki.write`."""
    pictures = Pictures()
    text = _Page(document, pictures).write(limit)
    return Written(text, pictures.named(text))


class _Page(PageWriter):
    def __init__(self, document: Document, pictures: Pictures) -> None:
        super().__init__(document, "\n\n")
        self._elements = ElementWriter(document.words, pictures)

    def box(self) -> str:
        document, words = self.document, self.words
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

    def rich(self, root: Element) -> str:
        return self._elements.write(root)

    def coded(self, source: str, language: str) -> str:
        return fenced(source, language)

    def kept(self, text: str, kind: str) -> str:  # noqa: ARG002
        return fenced(text, "")

    def failed(self, message: str, traceback: str) -> str:
        head = f"**{escaped(message)}**" if message else ""
        return "\n\n".join(part for part in (head, traceback) if part)

    def picture(self, picture: Picture) -> str:
        shown = self._elements.picture(picture)
        return shown or self.sentence(self.words("This picture could not be read."))

    def formula(self, formula: Formula) -> str:
        return self._elements.formula(formula, alone=True)

    def sentence(self, message: str) -> str:
        return self._elements.note(message)

    def folded(self, title: str, body: str) -> str:
        return f"<details><summary>{text_in_tag(title)}</summary>\n\n{body}\n\n</details>"
