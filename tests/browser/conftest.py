"""The Lodge of the journey, its wiki, and the two who use it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from support.browser import chromium
from support.git_wiki import Repository
from support.journey import new_page
from support.lodge import RunningLodge, running


@pytest.fixture(scope="session")
def wiki(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    made = Repository(tmp_path_factory.mktemp("wiki"))
    made.push({"Reports/Weekly/Old.md": "Last week's."})
    return made


@pytest.fixture(scope="session")
def lodge(wiki: Repository) -> Iterator[RunningLodge]:
    """A Lodge of this journey's own, as a new user finds it, with the team's wiki."""
    settings = f'[wikis.team]\ntype = "git"\nurl = "file://{wiki.bare}"\nparent = "Reports"\n'
    with running("journey", settings) as started:
        yield started


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def ada(browser: Browser, lodge: RunningLodge) -> Iterator[Page]:
    yield from new_page(browser, lodge, "light")


@pytest.fixture(scope="session")
def grace(browser: Browser, lodge: RunningLodge) -> Iterator[Page]:
    yield from new_page(browser, lodge, "dark")


@pytest.fixture(scope="session")
def shared() -> dict[str, str]:
    """What later steps need of earlier ones."""
    return {}
