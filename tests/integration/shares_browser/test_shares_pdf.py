"""A share as PDF, by the machine's Chromium."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path

import psutil
import pytest
from lodge_services.errors import Unavailable
from lodge_services.shares import pdf as printing
from lodge_services.shares.models import Actor
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from support.shares_site import Site

PLAIN = "<!doctype html><meta charset=utf-8><title>t</title>"


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


@pytest.mark.asyncio(loop_scope="session")
async def test_it_is_saved_from_the_page(site: Site) -> None:
    cells = [
        new_markdown_cell("# 航班延误\n\nWhich carrier is late? $x^2$"),
        *(
            new_code_cell(f"print({n})", outputs=[new_output("stream", text="1\n" * 60)])
            for n in range(3)
        ),
    ]
    share = site.service.shares.create(
        Actor("ada"), title="航班 2013", notebook=new_notebook(cells=cells)
    )
    page = await site.page(share.id)
    async with page.expect_download() as coming:
        await page.get_by_role("link", name="As PDF").click()
    download = await coming.value
    assert download.suggested_filename == "航班-2013.pdf"
    path = await download.path()
    made = await asyncio.to_thread(Path(path).read_bytes)
    assert made.startswith(b"%PDF-")
    assert pages(made) >= 3
    # Chinese is there with its own font.
    assert re.search(rb"/FontName\s*/\w+\+NotoSansCJK", made)


@pytest.mark.asyncio(loop_scope="session")
async def test_paper_has_all_that_a_page_scrolls(site: Site) -> None:
    long = new_output("stream", text="line\n" * 80)
    notebook = new_notebook(cells=[new_code_cell("x", outputs=[long])])
    share = site.service.shares.create(Actor("ada"), title="Long", notebook=notebook)
    page = await site.page(share.id, color_scheme="dark")
    text, hidden = page.locator(".nb pre.nb-text"), "one => one.scrollHeight - one.clientHeight"
    assert await text.evaluate(hidden) > 100
    await page.emulate_media(media="print", color_scheme="dark")
    assert await text.evaluate(hidden) <= 1
    for name in (".lodge-header", ".share-tools", ".share-own", ".share-comments", ".nb-show-all"):
        assert await page.locator(name).first.is_hidden(), name
    ground = "getComputedStyle(document.body).backgroundColor"
    assert await page.evaluate(ground) == "rgb(255, 255, 255)"


def test_no_script_runs_and_no_file_is_shown(tmp_path: Path) -> None:
    other = tmp_path / "other.html"
    other.write_text("<p style='break-after: page'>1<p>2")
    filler = "".join(f"<p style='break-after: page'>{n}</p>" for n in range(5))
    script = f"<script>document.body.innerHTML = `{filler}`</script>"
    frame = f"<iframe src='{other.as_uri()}'></iframe><img src='{other.as_uri()}'>"
    assert pages(printing.pdf(PLAIN + filler)) >= 5
    assert pages(printing.pdf(PLAIN + "<body><p>one" + script)) == 1
    assert pages(printing.pdf(PLAIN + "<body><p>one" + frame)) == 1


def test_what_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    def browsers() -> set[int]:
        own = psutil.Process(os.getpid()).children(recursive=True)
        return {one.pid for one in own if "chrom" in one.name()}

    before = browsers()
    monkeypatch.setattr(printing, "SECONDS", 0.05)
    with pytest.raises(Unavailable, match="could not make a PDF"):
        printing.pdf(PLAIN)
    assert browsers() <= before


def test_without_a_browser_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "browser", lambda: None)
    with pytest.raises(Unavailable, match="no Chromium"):
        printing.pdf(PLAIN)
