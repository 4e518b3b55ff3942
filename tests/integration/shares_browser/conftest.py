"""The service of shares in a browser, which is one for all of these tests: it is slow to start."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser
from support.shares_site import Site, browsing, serving


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with browsing() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="session")
async def site(browser: Browser, tmp_path: Path) -> AsyncIterator[Site]:
    """A service of the test's own, whose visitors have windows of their own."""
    async with serving(tmp_path, browser) as opened:
        yield opened
