"""Pages of shares on a phone, of people who write long words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from lodge_services.shares.models import Actor, VersionRun
from support.shares_site import Site, shoot
from support.sharing import notebook

pytestmark = pytest.mark.asyncio(loop_scope="session")

ADA, GRACE = Actor("ada"), Actor("grace")
WORD = "Verspätungsstatistikgesamtübersicht" * 3
PHONE: dict[str, Any] = {"viewport": {"width": 320, "height": 800}, "locale": "zh-CN"}


async def test_nothing_is_wider_than_the_phone_nor_a_letter_wide(site: Site) -> None:
    service = site.service
    share = service.shares.create(ADA, title=WORD, notebook=notebook("1")).id
    origin = {"forked_from": {"id": share, "version": 1}}
    fork = service.shares.create(GRACE, title=WORD, notebook=notebook("2", lodge=origin)).id
    service.proposals.propose(GRACE, fork, WORD)
    moment = datetime(2026, 11, 28, 3, tzinfo=UTC)
    run = VersionRun("r" * 12, WORD, "j" * 12, moment, {"p" * 60: "v" * 400, "day": "28"})
    service.runs.put("ada", share, run, notebook("3"), publish=False)
    site.sign_in("grace")
    pages = ("", "/versions", "/proposals/1", "/history", "/forks")
    for path in (f"{share}{below}" for below in pages):
        page = await site.page(path, **PHONE)
        wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, path
        for box in await page.locator(".share-parameters").all():
            shape = await box.bounding_box()
            # Of 400 letters a dozen lines, and not one line for each.
            assert shape is not None
            assert shape["height"] < 600, path
        # Tables that are wider than the phone are scrolled by keys as well.
        await shoot(page, f"long-words-{path.removeprefix(share).replace('/', '-')}")
        await page.context.close()
