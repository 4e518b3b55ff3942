"""Pages written by their owners' own accounts of a real MediaWiki."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from lodge_services.errors import BadRequest, Unavailable
from lodge_services.shares.models import Actor, VersionRun
from lodge_services.shares.publications.models import Credential, Publication
from lodge_services.shares.publishing.deliveries import Deliveries
from lodge_services.shares.publishing.settings import WikiSettings, targets
from lodge_services.shares.service import SharesService
from lodge_spawner.ports import free_port
from support.mediawiki import OWN, OWN_TOKEN, Person, RunningMediaWiki, token
from support.sharing import Clock

ADA, BOB = Actor("ada"), Actor("bob")
HERS = Credential(f"Ada@{OWN}", OWN_TOKEN)


class Gallery:
    """Shares beside the wiki."""

    def __init__(self, folder: Path, url: str) -> None:
        settings = WikiSettings(
            "mediawiki",
            url,
            user="Lodge@shares",
            token_env="OWN_TEST_WIKI",
            own_tokens=True,
        )
        self.folder = folder
        self.service = SharesService.open(
            f"sqlite:///{folder}/shares.sqlite",
            folder / "store",
            Clock(),
            wikis=targets({"team": settings}, folder / "wikis"),
            address="https://lodge.example/services/shares/",
        )
        self.deliveries = Deliveries(self.service.publishing)

    def shared(self, title: str) -> str:
        return self.service.shares.create(ADA, title=title, notebook=notebook("1")).id

    def delivered(self, share_id: str) -> Publication:
        found = self.deliveries.deliver(share_id, "team")
        assert found is not None
        return found


def notebook(text: str) -> dict[str, Any]:
    return dict(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text, id="a")]))


@pytest.fixture
def gallery(
    tmp_path: Path, server: RunningMediaWiki, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Gallery]:
    monkeypatch.setitem(os.environ, "OWN_TEST_WIKI", token())
    made = Gallery(tmp_path, server.url)
    yield made
    made.service.close()


def authors(person: Person, title: str) -> list[str]:
    """Return who has made the revisions of a page, newest first."""
    found = person.ask(action="query", prop="revisions", rvprop="user", rvlimit="max", titles=title)
    return [one["user"] for one in found["query"]["pages"][0]["revisions"]]


def test_the_wiki_names_who_has_given_an_account_as_the_author(
    gallery: Gallery, ada: Person
) -> None:
    service, title = gallery.service, "Own account"
    share_id = gallery.shared(title)
    service.publishing.publish(ADA, share_id, "team")
    assert gallery.delivered(share_id).state == "published"
    given = service.giving.give(ADA, "team", HERS)
    assert (given.user, given.name) == (HERS.user, "Ada")
    service.shares.update(ADA, share_id, notebook=notebook("2"))
    assert gallery.delivered(share_id).state == "published"
    # A run of hers in the night is hers as well.
    run = VersionRun("r" * 12, "Daily", "j" * 12, service.shares.clock(), {})
    service.runs.put("ada", share_id, run, notebook("3"), publish=True)
    assert gallery.delivered(share_id).state == "published"
    service.giving.take_back(ADA, "team")
    service.shares.update(ADA, share_id, notebook=notebook("4"))
    assert gallery.delivered(share_id).state == "published"
    assert authors(ada, title) == ["Lodge", "Ada", "Ada", "Lodge"]


def test_what_is_given_to_somebody_else_is_not_written_by_it(gallery: Gallery, ada: Person) -> None:
    service, title = gallery.service, "Own account given away"
    service.giving.give(ADA, "team", HERS)
    share_id = gallery.shared(title)
    service.publishing.publish(ADA, share_id, "team")
    gallery.delivered(share_id)
    service.shares.transfer(ADA, share_id, "bob")
    service.shares.update(BOB, share_id, notebook=notebook("2"))
    assert gallery.delivered(share_id).state == "published"
    assert authors(ada, title) == ["Lodge", "Ada"]


def test_an_account_that_the_wiki_does_not_know_is_not_kept(gallery: Gallery) -> None:
    service = gallery.service
    for wrong in (Credential(HERS.user, "x" * 32), Credential("Nobody@x", OWN_TOKEN)):
        with pytest.raises(BadRequest) as told:
            service.giving.give(ADA, "team", wrong)
        assert wrong.token not in str(told.value)
    with pytest.raises(BadRequest, match="account's name"):
        service.giving.give(ADA, "team", Credential("", OWN_TOKEN))
    assert service.giving.find(ADA, "team") is None


def test_a_wiki_that_is_away_is_told(gallery: Gallery, tmp_path: Path) -> None:
    (tmp_path / "away").mkdir()
    away = Gallery(tmp_path / "away", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(Unavailable):
        away.service.giving.give(ADA, "team", HERS)
    away.service.close()


def test_a_token_that_was_revoked_waits_for_its_owner(gallery: Gallery, ada: Person) -> None:
    service, title = gallery.service, "Own account revoked"
    share_id = gallery.shared(title)
    service.publishing.accounts.keep("ada", "team", Credential(HERS.user, "y" * 32), "Ada")
    service.publishing.publish(ADA, share_id, "team")
    refused = gallery.delivered(share_id)
    assert refused.state == "refused"
    assert refused.message.startswith("As your own account Ada: ")
    assert "y" * 32 not in refused.message
    service.giving.give(ADA, "team", HERS)
    service.publishing.publish(ADA, share_id, "team")
    assert gallery.delivered(share_id).state == "published"
    assert authors(ada, title) == ["Ada"]


def test_no_token_lies_readable_on_the_disk(gallery: Gallery) -> None:
    gallery.service.giving.give(ADA, "team", HERS)
    gallery.service.close()
    held = [path for path in gallery.folder.rglob("*") if path.is_file()]
    assert held
    assert [path for path in held if OWN_TOKEN.encode() in path.read_bytes()] == []
    key = gallery.folder / "store" / "wiki_tokens.key"
    assert key.stat().st_mode & 0o777 == 0o600


def test_a_lost_key_asks_for_the_token_anew(gallery: Gallery, server: RunningMediaWiki) -> None:
    gallery.service.giving.give(ADA, "team", HERS)
    share_id = gallery.shared("Own account unreadable")
    gallery.service.close()
    (gallery.folder / "store" / "wiki_tokens.key").unlink()
    again = Gallery(gallery.folder, server.url)
    again.service.publishing.publish(ADA, share_id, "team")
    found = again.delivered(share_id)
    assert (found.state, "give it anew" in found.message) == ("refused", True)
    again.service.close()
