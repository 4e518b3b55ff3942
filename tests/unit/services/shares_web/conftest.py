"""The service of shares over HTTP, and who asks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lodge_services.shares.app import shares_application
from lodge_services.shares.service import SharesService
from lodge_services.testing import COOKIE_SECRET, FakeHub
from support.sharing import Browser, Caller


@pytest.fixture
def hub(make_hub: Callable[..., FakeHub]) -> FakeHub:
    return make_hub("shares")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[SharesService]:
    opened = SharesService.open(f"sqlite:///{tmp_path}/shares.sqlite", tmp_path / "store")
    yield opened
    opened.close()


@pytest.fixture
async def ask(hub: FakeHub, service: SharesService, start: Any) -> Any:
    application = shares_application(hub.settings(), service, cookie_secret=COOKIE_SECRET)
    return await start(application, hub)


@pytest.fixture
def ada(ask: Any, hub: FakeHub) -> Caller:
    return Caller(ask, hub.add_member("ada"))


@pytest.fixture
def bob(ask: Any, hub: FakeHub) -> Caller:
    return Caller(ask, hub.add_member("bob"))


@pytest.fixture
def browser(ask: Any, hub: FakeHub, ada: Caller) -> Browser:
    return Browser(ask, hub.cookie(ada.token))
