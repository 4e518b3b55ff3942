"""What runs of schedules put on the pages of shares: once, dated, by their owner alone."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lodge_services.errors import BadRequest, NotFound
from lodge_services.shares.models import LODGE, Actor, Readers, VersionRun
from lodge_services.shares.publications.models import Target
from lodge_services.shares.publishing.deliveries import Deliveries
from lodge_services.shares.service import SharesService
from lodge_services.shares.wikis.base import Document, Place, Written
from lodge_services.shares.wikis.confluence.storage import StorageWriter
from lodge_services.shares.wikis.git.markdown import write_markdown
from lodge_services.shares.wikis.mediawiki.wikitext import WikitextWriter
from support.sharing import Clock, notebook
from support.wiki_fake import WikiFake
from support.wiki_pages import document

ADA, BOB = Actor("ada"), Actor("bob")
KEY = "AKIA" + "IOSFODNN7ABCDEFG"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[SharesService]:
    opened = SharesService.open(
        f"sqlite:///{tmp_path}/shares.sqlite",
        tmp_path / "store",
        Clock(),
        wikis={"team": Target("team", "fake", Place(), frozenset(), lambda _own=None: WikiFake())},
    )
    yield opened
    opened.close()


def run(letter: str = "a", day: str = "2026-11-28") -> VersionRun:
    moment = datetime.fromisoformat(day).replace(hour=3, tzinfo=UTC)
    return VersionRun(letter * 12, "Daily", "j" * 12, moment, {"day": day})


def shared(service: SharesService, **fields: Any) -> str:
    sent = {"title": "Delays", "notebook": notebook(), **fields}
    return service.shares.create(ADA, **sent).id


def test_a_run_becomes_the_newest_version_with_its_date_and_parameters(
    service: SharesService,
) -> None:
    share_id = shared(service)
    share, number = service.runs.put("ada", share_id, run(), notebook("2"), publish=False)
    assert (number, share.version) == (2, 2)
    newest, first = service.shares.versions(BOB, share_id)
    assert newest.run == run()
    assert (newest.author, first.run) == ("ada", None)
    assert service.shares.notebook(BOB, share_id, 2)["cells"][0]["source"] == "2"


def test_a_run_is_put_there_once(service: SharesService) -> None:
    share_id = shared(service)
    for _ in range(3):
        _, number = service.runs.put("ada", share_id, run(), notebook("2"), publish=False)
        assert number == 2
    assert service.shares.get(BOB, share_id).version == 2


def test_the_same_result_on_another_day_is_a_version_of_its_own(service: SharesService) -> None:
    share_id = shared(service)
    service.runs.put("ada", share_id, run("a"), notebook("2"), publish=False)
    service.runs.put("ada", share_id, run("b", "2026-11-29"), notebook("2"), publish=False)
    dates = [
        one.run and one.run.parameters["day"] for one in service.shares.versions(BOB, share_id)
    ]
    assert dates == ["2026-11-29", "2026-11-28", None]


def test_runs_keep_a_share_where_it_is_among_the_latest(service: SharesService) -> None:
    share_id, other = shared(service), shared(service, title="Other")
    before = service.shares.get(LODGE, share_id).updated_at
    service.runs.put("ada", share_id, run(), notebook("2"), publish=False)
    assert [one.id for one in service.shares.list(BOB).items] == [other, share_id]
    assert service.shares.get(LODGE, share_id).updated_at == before


def test_nobody_writes_to_another_ones_page_by_a_schedule(service: SharesService) -> None:
    share_id = shared(service)
    for owner in ("bob", "", "service:schedules"):
        with pytest.raises(NotFound):
            service.runs.put(owner, share_id, run(), notebook("2"), publish=False)
        with pytest.raises(NotFound):
            service.runs.share(owner, share_id)
    service.shares.transfer(ADA, share_id, "bob")
    with pytest.raises(NotFound):
        service.runs.put("ada", share_id, run(), notebook("2"), publish=False)
    service.runs.put("bob", share_id, run(), notebook("2"), publish=False)
    service.shares.delete(BOB, share_id)
    with pytest.raises(NotFound):
        service.runs.put("bob", share_id, run("b"), notebook("2"), publish=False)


def test_wikis_get_a_run_where_its_owner_wants_that(service: SharesService) -> None:
    share_id = shared(service)
    service.publishing.publish(ADA, share_id, "team")
    (asked,) = service.publishing.of(share_id)
    deliveries = Deliveries(service.publishing)
    deliveries.deliver(share_id, "team")
    service.runs.put("ada", share_id, run("a"), notebook("2"), publish=False)
    (quiet,) = service.publishing.of(share_id)
    service.runs.put("ada", share_id, run("b"), notebook("3"), publish=True)
    (told,) = service.publishing.of(share_id)
    assert (asked.state, quiet.state, told.state) == ("waiting", "published", "waiting")
    deliveries.deliver(share_id, "team")
    (after,) = service.publishing.of(share_id)
    assert (after.state, after.version) == ("published", 3)


def test_secrets_that_nobody_has_seen_there_are_not_put_on_a_page(service: SharesService) -> None:
    share_id = shared(service)
    with pytest.raises(BadRequest, match="AWS Access Key"):
        service.runs.put("ada", share_id, run(), notebook(f"key = '{KEY}'"), publish=False)
    assert service.shares.get(BOB, share_id).version == 1
    # Whoever shared it has seen the warning, and has shared it all the same.
    told = shared(service, notebook=notebook(f"key = '{KEY}'"))
    service.runs.put("ada", told, run(), notebook(f"key = '{KEY}'"), publish=False)
    # Another of that kind is a new one, also after a run was taken.
    two = notebook(f"key = '{KEY}'")
    two["cells"].append({**two["cells"][0], "id": "two"})
    with pytest.raises(BadRequest, match="AWS Access Key"):
        service.runs.put("ada", told, run("b"), two, publish=False)


def test_a_notebook_that_is_none_changes_nothing(service: SharesService) -> None:
    share_id = shared(service)
    with pytest.raises(BadRequest):
        service.runs.put("ada", share_id, run(), {"cells": 3}, publish=False)
    assert len(service.shares.versions(BOB, share_id)) == 1


def test_versions_come_in_pages(service: SharesService) -> None:
    share_id = shared(service, readers=Readers(everyone=True))
    for number in range(5):
        service.runs.put("ada", share_id, run("abcde"[number]), notebook("2"), publish=False)
    first = service.shares.versions(BOB, share_id, limit=4)
    rest = service.shares.versions(BOB, share_id, before=first[-1].number, limit=4)
    assert [one.number for one in [*first, *rest]] == [6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    "writer",
    [WikitextWriter().write, StorageWriter().write, write_markdown],
    ids=["mediawiki", "confluence", "git"],
)
def test_the_box_of_a_wikis_page_names_the_run_and_its_parameters(
    writer: Callable[[Document], Written],
) -> None:
    made = replace(run(), job="Daily", parameters={"day": "2026-11-28", "n": 3})
    text = writer(replace(document(), run=made)).text
    shown = re.sub(r"<[^>]*>|[\\`]|&#?\w+;", "", html.unescape(html.unescape(text)))
    assert "Run of Daily, 2026-11-28 03:00 UTC" in shown
    assert 'day = "2026-11-28", n = 3' in shown
    assert "Run of" not in writer(document()).text


@pytest.mark.parametrize(
    ("writer", "live"),
    [
        (WikitextWriter().write, ("<script", "[[File", "{{t")),
        (StorageWriter().write, ("<script", "<ac:macro")),
        (write_markdown, ("<script", "[a](b)", "![c](d)")),
    ],
    ids=["mediawiki", "confluence", "git"],
)
def test_parameters_are_no_markup_of_the_wiki(
    writer: Callable[[Document], Written], live: tuple[str, ...]
) -> None:
    hostile = "</nowiki><script>x()</script>[[File:a.png]]{{t}} ]]> <ac:macro/> [a](b) ![c](d)"
    text = writer(replace(document(), run=replace(run(), parameters={hostile: hostile}))).text
    assert [one for one in live if one in text] == []
