"""A share, a wiki, and what brings one to the other."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
from lodge_services.db.engine import Database
from lodge_services.shares.core import Shares
from lodge_services.shares.models import Actor, Share
from lodge_services.shares.publications.models import Publication, Target
from lodge_services.shares.publishing.core import Addresses, Publishing
from lodge_services.shares.publishing.deliveries import Deliveries
from lodge_services.shares.stores.folder import FolderStore
from lodge_services.shares.wikis.base import Page, Place
from lodge_services.shares.wikis.delivery import Way

from support.wiki_fake import WikiFake

ADA = Actor("ada", groups=frozenset({"analysts"}))


class StandingClock:
    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class Room:
    """A database with a share, and a wiki."""

    def __init__(self, folder: Path, migrated: Path) -> None:
        self.url = f"sqlite:///{folder}/shares.sqlite"
        shutil.copy(migrated, folder / "shares.sqlite")
        self.folder = folder
        self.clock = StandingClock()
        self.wiki = WikiFake()
        self.readers: frozenset[str] = frozenset()
        self.anew()
        self.share: Share = self.shares.create(ADA, title="Delays", notebook=notebook("one"))

    def anew(self) -> None:
        """Start as after a kill: with what is kept, and nothing else."""
        self.shares = Shares(Database(self.url), FolderStore(self.folder / "store"), self.clock)
        target = Target(
            "team",
            "fake",
            Place("", "Reports"),
            frozenset({"analysts"}),
            lambda _own=None: self.wiki,
            self.readers,
        )
        self.publishing = Publishing(
            self.shares,
            {"team": target},
            Addresses("https://lodge.example/services/shares/"),
            {"ada": "Ada Lovelace"}.get,  # type: ignore[arg-type]
        )
        self.deliveries = Deliveries(self.publishing)

    def publish(self, **options: Any) -> Publication:
        self.publishing.publish(ADA, self.share.id, "team", **options)
        return self.deliver()

    def deliver(self) -> Publication:
        found = self.deliveries.deliver(self.share.id, "team")
        assert found is not None
        return found

    def answer(self, way: Way, revision: str = "") -> Publication:
        self.publishing.answer(ADA, self.share.id, "team", way, revision)
        return self.deliver()

    def change(self, text: str) -> None:
        self.shares.update(ADA, self.share.id, notebook=notebook(text))

    @property
    def page(self) -> Page:
        (page,) = self.wiki.pages.values()
        return page


def notebook(text: str) -> Any:
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text, id="one")])
