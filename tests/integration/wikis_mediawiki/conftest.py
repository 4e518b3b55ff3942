"""One MediaWiki for the tests of pages in it, with somebody who edits there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lodge_services.shares.wikis.mediawiki.wiki import MediaWiki
from support.mediawiki import Person, RunningMediaWiki, running_mediawiki, token


@pytest.fixture(scope="package")
def server() -> Iterator[RunningMediaWiki]:
    with running_mediawiki() as running:
        yield running


@pytest.fixture(scope="package")
def ada(server: RunningMediaWiki) -> Iterator[Person]:
    person = server.person()
    yield person
    person.close()


@pytest.fixture(scope="package")
def wiki(server: RunningMediaWiki) -> Iterator[MediaWiki]:
    wiki = MediaWiki(server.api, "Lodge@shares", token(), highlight=True)
    yield wiki
    wiki.close()


@pytest.fixture
def settings(server: RunningMediaWiki) -> Iterator[RunningMediaWiki]:
    yield server
    server.settings("")
