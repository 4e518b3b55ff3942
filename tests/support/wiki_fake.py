"""A fake wiki in memory, which ends its user wherever a test wants."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from lodge_services.shares.wikis.base import (
    MAIN,
    Attachment,
    Document,
    Moved,
    Page,
    Place,
    TitleTaken,
    WikiError,
    Written,
)
from lodge_services.shares.wikis.parts import CommentMarks, Marks


class Killed(BaseException):
    """Stands for the end of the process."""


@dataclass
class WikiFake:
    """Keeps pages.

    Attributes
    ----------
    end_at
        How many steps are taken before the process ends; a call is ended before it does anything,
        or after it did all.
    error
        Raised by every call.
    """

    end_at: int = -1
    error: WikiError | None = None
    pages: dict[str, Page] = field(default_factory=dict)
    sent: Counter[str] = field(default_factory=Counter)
    history: list[str] = field(default_factory=list)
    files_belong_to_pages: bool = False
    marks: Marks = field(default_factory=CommentMarks)
    steps: int = 0
    closed: int = 0
    address: str = "https://wiki.example/"

    def _step(self) -> None:
        if self.error is not None:
            raise self.error
        if self.steps == self.end_at:
            raise Killed
        self.steps += 1

    def close(self) -> None:
        self.closed += 1

    def write(self, document: Document) -> Written:
        text = [f"{document.title} v{document.version} by {document.owner}", document.gallery_url]
        text += [str(block) for cell in document.tree.cells for block in cell.body]
        return Written("\n".join(text), (Attachment("image/png", text[0].encode()),))

    def title(self, place: Place, title: str, number: int = 1) -> str:
        plain = f"{place.parent}/{title}".strip("/")
        return plain if number == 1 else f"{plain} ({number})"

    def page(self, page_id: str, revision: str) -> Page | None:
        self._step()
        return self.pages.get(page_id)

    def titled(self, title: str, place: Place = MAIN) -> Page | None:
        self._step()
        return next((page for page in self.pages.values() if page.title == title), None)

    def attach(self, page: Page | None, attachments: tuple[Attachment, ...]) -> int:
        if self.files_belong_to_pages and page is None:
            return 0
        missing = [one for one in attachments if one.name not in self.sent]
        for one in missing:
            self._step()
            self.sent[one.name] += 1
            self._step()
        return len(missing)

    def label(self, page: Page, labels: tuple[str, ...]) -> None:
        self._step()

    def create(self, title: str, text: str, summary: str, place: Place = MAIN) -> Page:
        self._step()
        if any(page.title == title for page in self.pages.values()):
            raise TitleTaken("There is one.")
        page_id = f"p{len(self.history)}"
        made = Page(page_id, str(len(self.history)), title, f"{self.address}{page_id}", text)
        self.pages[made.id] = made
        self.history.append(summary)
        self._step()
        return made

    def update(self, page: Page, text: str, summary: str) -> Page:
        self._step()
        if self.pages[page.id].revision != page.revision:
            raise Moved("It was changed.")
        made = self.by_hand(page.id, text)
        self.history[-1] = summary
        self._step()
        return made

    def by_hand(self, page_id: str, text: str, title: str = "") -> Page:
        """Let a person change a page."""
        before = self.pages[page_id]
        changed = replace(
            before, text=text, title=title or before.title, revision=str(len(self.history))
        )
        self.pages[page_id] = changed
        self.history.append("by hand")
        return changed

    def remove(self, page: Page, summary: str) -> None:
        self.pages.pop(page.id, None)

    def parents(self, begun: str, within: Place, limit: int = 20) -> list[str]:
        self._step()
        found = (page.title for page in self.pages.values())
        wanted = f"{within.parent}/{begun}".strip("/")
        return [title for title in found if title.startswith(wanted)][:limit]

    def who(self) -> str:
        return "Lodge"
