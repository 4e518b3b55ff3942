"""Shares on their way to a wiki in git."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import nbformat
from lodge_services.render.reading import read_notebook
from lodge_services.render.words import Words
from lodge_services.shares.wikis.base import Attachment, Document, Place
from lodge_services.shares.wikis.delivery import Answer, Delivery, Known, new_key
from lodge_services.shares.wikis.git.wiki import GitWiki


def document(*cells: Any, title: str = "Delays", version: int = 1) -> Document:
    words = Words("en")
    return Document(
        tree=read_notebook(nbformat.v4.new_notebook(cells=list(cells)), words),
        title=title,
        description="Why flights are late",
        tags=("flights",),
        owner="Ada Lovelace",
        version=version,
        shared_at=datetime(2026, 1, 31, tzinfo=UTC),
        gallery_url="https://lodge.example/services/shares/abc",
        copy_url="https://lodge.example/services/shares/abc#fork",
        words=words,
    )


def picture(content: bytes = b"\x89PNG\r\n\x1a\nx") -> Attachment:
    return Attachment("image/png", content)


class Noted:
    """Keeps what a delivery notes."""

    def __init__(self) -> None:
        self.known = Known(new_key())

    def __call__(self, known: Known) -> None:
        self.known = known


def deliver(wiki: GitWiki, noted: Noted, what: Document, answer: Answer | None = None) -> Any:
    run = Delivery(wiki, Place("", "Reports"), what.title, noted)
    done = run.run(wiki.write(what), f"Version {what.version}", noted.known, answer)
    noted(done.known)
    return done


def code(source: str, **output: Any) -> Any:
    outputs = [nbformat.v4.new_output("display_data", data=output)] if output else []
    return nbformat.v4.new_code_cell(source, outputs=outputs)
