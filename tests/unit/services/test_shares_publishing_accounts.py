"""By whose account of a wiki pages are written: by that of nobody who has not asked for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lodge_services.shares.models import Actor, VersionRun
from lodge_services.shares.publications.models import Credential, Target
from lodge_services.shares.publishing import connections
from lodge_services.shares.publishing.deliveries import Deliveries
from lodge_services.shares.service import SharesService
from lodge_services.shares.wikis.base import MAIN, Document, Page, Place, Written
from support.sharing import Clock, notebook
from support.wiki_fake import WikiFake

ADA, BOB, ROOT = Actor("ada"), Actor("bob"), Actor("root", admin=True)


class Connection(WikiFake):
    """One account's connection to a wiki, which notes who has written."""

    def __init__(self, account: str, wiki: WikiFake, authors: list[str]) -> None:
        super().__init__(pages=wiki.pages, sent=wiki.sent, history=wiki.history)
        self.account, self._authors = account, authors

    def create(self, title: str, text: str, summary: str, place: Place = MAIN) -> Page:
        self._authors.append(self.account)
        return super().create(title, text, summary, place)

    def update(self, page: Page, text: str, summary: str) -> Page:
        self._authors.append(self.account)
        return super().update(page, text, summary)


class Gallery:
    """A share of Ada's, and a wiki that everybody there has given an account of."""

    def __init__(self, folder: Path) -> None:
        self.wiki, self.authors = WikiFake(), list[str]()

        self.opened: list[Connection] = []

        def connect(credential: Credential | None = None) -> Connection:
            account = credential.user if credential else "Lodge"
            self.opened.append(Connection(account, self.wiki, self.authors))
            return self.opened[-1]

        self.service = SharesService.open(
            f"sqlite:///{folder}/shares.sqlite",
            folder / "store",
            Clock(),
            wikis={"team": Target("team", "fake", Place(), frozenset(), connect, own_tokens=True)},
        )
        for person in ("ada", "bob", "root"):
            given = Credential(person.title(), "token")
            self.service.publishing.accounts.keep(person, "team", given, person.title())
        self.share = self.service.shares.create(ADA, title="Delays", notebook=notebook("1")).id

    def deliver(self) -> str:
        """Return who has written."""
        Deliveries(self.service.publishing).deliver(self.share, "team")
        return self.authors[-1]


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Gallery]:
    made = Gallery(tmp_path)
    yield made
    made.service.close()


def test_who_is_given_a_share_writes_nothing_by_that(gallery: Gallery) -> None:
    shares, publishing = gallery.service.shares, gallery.service.publishing
    publishing.publish(ADA, gallery.share, "team")
    assert gallery.deliver() == "Ada"
    shares.update(ADA, gallery.share, notebook=notebook("Bob says so"))
    shares.transfer(ADA, gallery.share, "bob")
    assert gallery.deliver() == "Lodge"
    # An administrator's change is none of theirs, nor is it the administrator's page.
    shares.update(ROOT, gallery.share, title="Lateness")
    assert gallery.deliver() == "Lodge"
    shares.update(BOB, gallery.share, notebook=notebook("2"))
    assert gallery.deliver() == "Bob"


def test_a_run_of_the_new_owners_is_theirs(gallery: Gallery) -> None:
    service = gallery.service
    service.publishing.publish(ADA, gallery.share, "team")
    service.shares.transfer(ADA, gallery.share, "bob")
    run = VersionRun("r" * 12, "Daily", "j" * 12, service.shares.clock(), {})
    service.runs.put("bob", gallery.share, run, notebook("3"), publish=True)
    assert gallery.deliver() == "Bob"


def test_an_administrators_account_writes_no_page_of_others(gallery: Gallery) -> None:
    shares, publishing = gallery.service.shares, gallery.service.publishing
    publishing.publish(ROOT, gallery.share, "team")
    assert gallery.deliver() == "Lodge"
    (page,) = gallery.wiki.pages.values()
    gallery.wiki.by_hand(page.id, "All new.")
    shares.update(ROOT, gallery.share, notebook=notebook("2"))
    gallery.deliver()
    publishing.answer(ROOT, gallery.share, "team", "below", gallery.wiki.pages[page.id].revision)
    assert gallery.deliver() == "Lodge"
    publishing.publish(ADA, gallery.share, "team")
    shares.update(ADA, gallery.share, notebook=notebook("3"))
    assert gallery.deliver() == "Ada"
    publishing.publish(ROOT, gallery.share, "team")
    shares.update(ADA, gallery.share, notebook=notebook("4"))
    assert gallery.deliver() == "Ada"


def test_others_who_ask_end_no_page_that_is_being_written(
    gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    publishing = gallery.service.publishing
    publishing.publish(ADA, gallery.share, "team")
    written, closed = Connection.write, list[str]()

    def write(connection: Connection, document: Document) -> Written:
        # More of them than connections are kept, and she herself gives another account.
        for number in range(connections.OPEN + 2):
            name = f"reader{number}"
            publishing.accounts.keep(name, "team", Credential(name, "token"), name)
            publishing.parents(Actor(name), "team", "")
        publishing.accounts.keep("ada", "team", Credential("Ada2", "token"), "Ada2")
        publishing.parents(ADA, "team", "")
        closed.append(connection.account)
        assert connection.closed == 0
        return written(connection, document)

    monkeypatch.setattr(Connection, "write", write)
    assert gallery.deliver() == "Ada"
    assert closed == ["Ada"]
    assert [one.closed for one in gallery.opened if one.account == "Ada"] == [1]
