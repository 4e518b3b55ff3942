"""Two people and a share in a real browser: comments, versions compared, changes proposed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from lodge_services.shares.models import LODGE, Actor
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from playwright.async_api import Page
from support.shares_site import Site, shoot

pytestmark = pytest.mark.asyncio(loop_scope="session")

ADA, GRACE = Actor("ada"), Actor("grace")
DARK_PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 800},
    "color_scheme": "dark",
    "locale": "zh-CN",
}


@pytest_asyncio.fixture(loop_scope="session")
async def site(site: Site) -> AsyncIterator[Site]:
    site.hub.full_names |= {"ada": "Ada Lovelace", "grace": "Grace Hopper"}
    for person in ("ada", "grace"):
        site.sign_in(person)
    yield site
    assert site.complaints == []


def make(*sources: str, origin: str = "") -> Any:
    cells = [new_markdown_cell("# Delays", id="title")]
    for at, source in enumerate(sources):
        output = new_output("stream", text=f"{len(source)}\n")
        cells.append(new_code_cell(source, id=f"c{at}", outputs=[output]))
    lodge = {"lodge": {"forked_from": {"id": origin, "version": 1}}} if origin else {}
    return new_notebook(cells=cells, metadata=lodge)


def share(site: Site, *sources: str) -> str:
    return site.service.shares.create(ADA, title="Delays", notebook=make(*sources)).id


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name, exact=True).click()


async def test_they_talk_about_it(site: Site) -> None:
    share_id = share(site, "late = 1")
    graces = await site.page(share_id, "grace")
    await graces.get_by_label("Your comment").fill("@ada which month is this?\nhttps://x.example/a")
    await press(graces, "Comment")
    await graces.locator(".share-comment:target").wait_for()
    await press(graces, "Like")
    await graces.get_by_role("button", name="Like 1", pressed=True).wait_for()
    await shoot(graces, "comments")
    adas = await site.page("", "ada")
    await (
        adas.get_by_role("link", name="For you 2")
        .or_(adas.get_by_role("link", name="For you 1"))
        .click()
    )
    assert "names you, on" in await adas.locator(".share-comment").inner_text()
    await shoot(adas, "notices")
    # The page tells that she has seen them.
    async with asyncio.timeout(20):
        while not all(one.seen for one in site.service.comments.notices(ADA)):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await adas.get_by_role("link", name="Delays").click()
    await adas.locator(".share-comment:target").wait_for()
    # What she removes she is asked about first.
    await adas.get_by_text("Remove", exact=True).click()
    await press(adas, "Remove this comment")
    await adas.locator(".share-comment").wait_for(state="detached")
    phone = await site.page(share_id, "grace", **DARK_PHONE)
    await phone.get_by_label("您的评论").wait_for()
    await shoot(phone, "comments-phone")


async def test_what_changed_is_shown(site: Site) -> None:
    share_id = share(site, "late = 1", "print(late)")
    notebook = make("late = 2", "print(late)", "mean = late / 2")
    site.service.shares.update(ADA, share_id, notebook=notebook)
    page = await site.page(share_id, "grace")
    await page.get_by_role("link", name="What changed").click()
    assert "late = 2" in await page.locator(".share-change").first.inner_text()
    assert await page.locator(".share-change").count() == 2
    await shoot(page, "compare")
    await page.get_by_label("to", exact=True).select_option("1")
    await press(page, "Compare")
    await page.get_by_role("heading", name="Nothing differs").wait_for()
    phone = await site.page(f"{share_id}/compare", "grace", **DARK_PHONE)
    await shoot(phone, "compare-phone")
    # Nothing of it is wider than the phone.
    wide = await phone.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
    # Its owner goes back to the first.
    adas = await site.page(f"{share_id}/versions/1", "ada")
    await press(adas, "Make this version the newest")
    await adas.get_by_role("link", name="What changed").wait_for()
    assert site.service.shares.get(LODGE, share_id).version == 3


async def test_a_forks_changes_are_proposed(site: Site) -> None:
    share_id = share(site, "late = 1", "print(late)")
    copy = make("late = 2", "print(late)", "mean = late / 2", origin=share_id)
    fork = site.service.shares.create(GRACE, title="Mine", notebook=copy).id
    graces = await site.page(fork, "grace")
    await graces.get_by_text("Propose to the original").click()
    await graces.get_by_label("What you have changed, and why").fill("The month was wrong.")
    await press(graces, "Propose")
    await graces.get_by_role("button", name="Take it back").wait_for()
    adas = await site.page("notices", "ada")
    await adas.get_by_role("link", name="proposal 1").click()
    boxes = adas.get_by_role("checkbox")
    assert await boxes.count() == 2
    await shoot(adas, "proposal")
    await boxes.nth(1).uncheck()
    await press(adas, "Accept what is chosen")
    await adas.get_by_text("accepted changes that were proposed").wait_for()
    share_now = site.service.shares.get(LODGE, share_id)
    newest = site.service.shares.notebook(LODGE, share_id, share_now.version)
    assert [cell["source"] for cell in newest["cells"]] == ["# Delays", "late = 2", "print(late)"]
    phone = await site.page(f"{share_id}/proposals/1", "grace", **DARK_PHONE)
    await phone.get_by_text("已采纳").wait_for()
    await shoot(phone, "proposal-phone")


async def test_a_reader_finds_her_way_and_folds_the_code_away(site: Site) -> None:
    cells = []
    for name in ("Delays", "Where from", "What follows"):
        cells += [new_markdown_cell(f"## {name}"), new_code_cell("late = 1\n" * 30)]
    share = site.service.shares.create(ADA, title="Long", notebook=new_notebook(cells=cells))
    page = await site.page(share.id, "grace")
    await page.get_by_text("Contents", exact=True).click()
    await page.get_by_role("link", name="What follows").click()
    heading = page.get_by_role("heading", name="What follows")
    top = await heading.evaluate("one => one.getBoundingClientRect().top")
    assert -1 <= top < 400
    code = page.locator(".nb-code").first
    assert await code.is_visible()
    await press(page, "Hide code")
    assert await code.is_hidden()
    assert await heading.is_visible()
    # The next page, and the next visit, are as she likes it.
    await page.reload()
    await page.get_by_role("button", name="Show code").wait_for()
    assert await code.is_hidden()
    await shoot(page, "no-code")
    await press(page, "Show code")
    assert await code.is_visible()
