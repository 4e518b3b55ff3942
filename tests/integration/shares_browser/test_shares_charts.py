"""Interactive charts of a share's page in a real browser: drawn, and reaching nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from lodge_services.shares.models import Actor
from support.browser import SHOTS
from support.shares_site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

BARS: dict[str, Any] = {
    "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
    "data": {"values": [{"a": "one", "b": 2}, {"a": "two", "b": 5}]},
    "mark": "bar",
    "width": 200,
    "encoding": {"x": {"field": "a"}, "y": {"field": "b", "type": "quantitative"}},
}
LINE: dict[str, Any] = {
    "data": [{"type": "scatter", "y": [1, 3, 2], "name": "delays"}],
    "layout": {"title": {"text": "Delays"}},
}
#: What a chart may say that is no chart's business.
TRIES = "<img src=x onerror=\"parent.document.title='taken'\"><script>parent.name='taken'</script>"
HOSTILE: list[dict[str, Any]] = [
    {
        "data": [{"type": "scatter", "y": [1], "text": TRIES, "hovertemplate": TRIES}],
        "layout": {
            "title": {"text": f"{TRIES}<a href='javascript:parent.name=1'>x</a>"},
            "images": [{"source": "https://elsewhere.example/a.png", "xref": "paper"}],
        },
        "config": {"plotlyServerURL": "https://elsewhere.example", "topojsonURL": "https://e.example/"},
    },
    {**BARS, "title": f"{TRIES}</script>{TRIES}", "usermeta": {"embedOptions": {"actions": True}}},
    {**BARS, "data": {"url": "https://elsewhere.example/data.csv"}},
]  # fmt: skip


def output(spec: dict[str, Any]) -> Any:
    kind = "vegalite.v5" if "$schema" in spec else "plotly.v1"
    data = {f"application/vnd.{kind}+json": spec, "text/plain": "a chart"}
    return nbformat.v4.new_output("display_data", data=data)


def charts(site: Site, *specs: dict[str, Any]) -> str:
    cells = [nbformat.v4.new_code_cell("chart", outputs=[output(spec)]) for spec in specs]
    made = nbformat.v4.new_notebook(cells=cells)
    return site.service.shares.create(Actor("ada"), title="Charts", notebook=made).id


async def test_charts_are_drawn_in_frames_of_nobody(site: Site) -> None:
    share = charts(site, BARS, LINE)
    page = await site.page(share, color_scheme="dark")
    drawn = page.locator(".nb-chart-drawn")
    await drawn.nth(1).wait_for()
    frames = [frame for frame in page.frames if frame.parent_frame is not None]
    assert [await frame.evaluate("window.origin") for frame in frames] == ["null", "null"]
    bars = page.frame_locator(".nb-chart-frame >> nth=0")
    await bars.locator(".mark-rect").first.wait_for()
    line = page.frame_locator(".nb-chart-frame >> nth=1")
    await line.locator("text=Delays").first.wait_for()
    assert await page.locator(".nb-chart img").first.is_hidden()
    heights = [await drawn.nth(number).evaluate("one => one.offsetHeight") for number in (0, 1)]
    assert 150 < heights[0] < 500
    assert 400 < heights[1] < 500
    SHOTS.mkdir(exist_ok=True)
    await drawn.nth(1).scroll_into_view_if_needed()
    await page.screenshot(path=SHOTS / "share-charts.png")
    assert all(url.startswith((site.url, "data:", "blob:")) for url in site.sent)
    # On paper the picture is back.
    await page.emulate_media(media="print")
    assert await page.locator(".nb-chart img").first.is_visible()
    await page.context.close()


async def test_without_scripts_there_is_a_picture_or_a_sentence(site: Site) -> None:
    page = await site.page(charts(site, BARS, LINE), java_script_enabled=False)
    picture = page.locator(".nb-chart img")
    assert await picture.evaluate("one => one.naturalWidth") > 100
    assert await picture.get_attribute("alt") == "Chart of cell 1"
    assert "fork it to use it" in await page.locator(".nb-chart").nth(1).inner_text()
    await page.context.close()


async def test_a_hostile_chart_reaches_nothing(site: Site) -> None:
    share = charts(site, *HOSTILE)
    page = await site.page(share)
    for number in range(len(HOSTILE)):
        await page.locator(".nb-chart").nth(number).scroll_into_view_if_needed()
    # The first two can be drawn; of the third nothing but axes, for its data is elsewhere.
    await page.locator(".nb-chart-drawn").nth(1).wait_for()
    await page.frame_locator(".nb-chart-frame >> nth=0").locator(".plot-container").first.hover()
    assert await page.title() == "Charts · Lodge"
    assert await page.evaluate("window.name") == ""
    assert all(url.startswith((site.url, "data:", "blob:")) for url in site.sent)
    await page.context.close()


async def test_a_chart_opened_by_itself_has_no_origin_either(site: Site) -> None:
    share = charts(site, LINE)
    page = await site.page(f"{share}/versions/1/charts/0")
    await page.locator("text=Delays").first.wait_for()
    assert await page.evaluate("window.origin") == "null"
    for wrong in ("1", "-1", "x", "99999999999"):
        answer = await page.goto(f"{site.url}{share}/versions/1/charts/{wrong}")
        assert answer is not None
        assert answer.status == 404
    await page.context.close()


async def test_one_file_of_html_shows_without_lodge(site: Site, tmp_path: Path) -> None:
    table = "| a | b |\n|---|---|\n| 1 | 2 |"
    cell = nbformat.v4.new_markdown_cell(f"# Delays\n\n$$\\sqrt{{x^2}}$$\n\n{table}")
    chart = nbformat.v4.new_code_cell("chart", outputs=[output(BARS)])
    made = nbformat.v4.new_notebook(cells=[cell, chart])
    share = site.service.shares.create(Actor("ada"), title="Whole", notebook=made)
    page = await site.page(share.id)
    async with page.expect_download() as saved:
        await page.get_by_role("link", name="As HTML").click()
    path = tmp_path / "whole.html"
    await (await saved.value).save_as(path)
    site.sent.clear()
    await page.goto(path.as_uri())
    await page.get_by_role("heading", name="Whole").wait_for()
    assert await page.locator(".nb-chart img").evaluate("one => one.naturalWidth") > 100
    assert await page.evaluate("document.fonts.load('16px \"Lodge Math\"').then(one => one.length)")
    assert all(url.startswith(("data:", "file:")) for url in site.sent)
    await page.screenshot(path=SHOTS / "share-whole.png")
    await page.context.close()
