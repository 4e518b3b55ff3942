"""Figures of Bokeh, maps and widgets of a share's page, in a real browser: they reach nothing."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import folium
import ipywidgets
import pytest
from folium import plugins
from lodge_services.shares.models import Actor
from nbclient import NotebookClient
from playwright.async_api import Frame, Page
from support.browser import SHOTS
from support.interactive import (
    LEAVES,
    SCRIPT,
    TRIES,
    bokeh_outputs,
    controls,
    delays,
    map_output,
    munich,
    notebook,
    running,
    slider,
    widget_notebook,
)
from support.shares_site import Site, shoot
from support.sharing import PNG
from tornado import httpserver, web
from tornado.netutil import bind_sockets

pytestmark = pytest.mark.asyncio(loop_scope="session")


def shared(site: Site, made: Any) -> str:
    return site.service.shares.create(Actor("ada"), title="Shown", notebook=made).id


def within(page: Page) -> list[Frame]:
    return [frame for frame in page.frames if frame.parent_frame is page.main_frame]


def only_lodge(site: Site) -> bool:
    return all(url.startswith((site.url, "data:", "blob:")) for url in site.sent)


async def drawn(page: Page, count: int) -> None:
    """Wait until all that is interactive on a page is drawn."""
    for number in range(count):
        await page.locator(".nb-chart").nth(number).scroll_into_view_if_needed()
        await page.locator(".nb-chart-drawn").nth(number).wait_for()


async def untouched(site: Site, page: Page) -> None:
    """See that nothing on Lodge's page is changed, and that nobody else was asked."""
    assert await page.title() == "Shown · Lodge"
    assert await page.evaluate("[window.name, window.lodgeTaken ?? '']") == ["", ""]
    assert page.url.startswith(site.url)
    assert only_lodge(site)


async def test_a_figure_of_bokeh_is_drawn_in_a_frame_of_nobody(site: Site) -> None:
    page = await site.page(shared(site, notebook(bokeh_outputs(delays()))))
    await drawn(page, 1)
    (frame,) = within(page)
    assert await frame.evaluate("window.origin") == "null"
    await frame.locator("canvas").first.wait_for()
    assert await page.locator(".nb-chart li").first.is_hidden()
    assert await page.locator(".nb-chart-frame").get_attribute("title") == "Chart of cell 1"
    assert 280 < await page.locator(".nb-chart-drawn").evaluate("one => one.offsetHeight") < 400
    assert only_lodge(site)
    assert site.complaints == []
    await page.context.close()


async def test_a_slider_beside_a_figure_runs_its_script_in_the_frame(site: Site) -> None:
    made = slider("document.body.dataset.moved = cb_obj.value")
    page = await site.page(shared(site, notebook(bokeh_outputs(made))))
    await drawn(page, 1)
    (frame,) = within(page)
    await frame.locator(".noUi-handle").focus()
    await page.keyboard.press("ArrowRight")
    await frame.locator("body[data-moved]").wait_for()
    assert await page.evaluate("document.body.dataset.moved ?? ''") == ""
    await page.context.close()


async def test_a_map_shows_its_layers_without_tiles(site: Site) -> None:
    page = await site.page(shared(site, notebook(map_output(munich()))))
    await drawn(page, 1)
    (frame,) = within(page)
    assert await frame.evaluate("window.origin") == "null"
    await frame.locator("img.leaflet-marker-icon").wait_for()
    assert await frame.locator("img.leaflet-marker-icon").evaluate("one => one.naturalWidth") > 10
    assert await frame.locator("path.leaflet-interactive").count() == 2
    await frame.get_by_text("Background tiles are not loaded.").wait_for()
    await frame.locator("img.leaflet-marker-icon").click()
    await frame.locator(".leaflet-popup b", has_text="Munich").wait_for()
    assert only_lodge(site)
    assert site.complaints == []
    await page.context.close()


async def test_a_map_is_drawn_to_its_end_without_a_plug_in(site: Site) -> None:
    made = folium.Map([48.1, 11.5])
    plugins.Draw().add_to(made)  # type: ignore[no-untyped-call]
    plugins.Fullscreen().add_to(made)  # type: ignore[no-untyped-call]
    folium.Marker([48.1, 11.5], icon=folium.Icon(color="red")).add_to(made)
    folium.PolyLine([[47, 10], [49, 12]]).add_to(made)  # type: ignore[no-untyped-call]
    made.fit_bounds([[47, 10], [49, 12]])
    page = await site.page(shared(site, notebook(map_output(made))))
    await drawn(page, 1)
    (frame,) = within(page)
    await frame.get_by_text(
        "Lodge does not have what some of it is drawn by: leaflet.draw"
    ).wait_for()
    await frame.locator(".awesome-marker-icon-red").wait_for()
    # What is fitted into the map fills it.
    await frame.wait_for_function(
        "() => document.querySelector('path.leaflet-interactive').getBoundingClientRect()"
        ".height > 150"
    )
    await page.context.close()


async def test_a_map_lies_on_tiles_of_the_server_that_the_settings_name(site: Site) -> None:
    asked: list[str] = []
    picture = base64.b64decode(PNG)

    class Tile(web.RequestHandler):
        def get(self, path: str) -> None:
            asked.append(path)
            self.set_header("Content-Type", "image/png")
            self.finish(picture)

    (listening,) = bind_sockets(0, "127.0.0.1")
    server = httpserver.HTTPServer(web.Application([(r"/own/(.*)", Tile)]))
    server.add_sockets([listening])
    origin = f"http://127.0.0.1:{listening.getsockname()[1]}"
    site.service.tiles = f"{origin}/own/{{z}}/{{x}}/{{y}}.png"
    page = await site.page(shared(site, notebook(map_output(munich()))))
    await drawn(page, 1)
    (frame,) = within(page)
    await frame.locator("img.leaflet-tile-loaded").first.wait_for()
    assert all(re.fullmatch(r"6/\d+/\d+\.png", path) for path in asked)
    assert await frame.get_by_text("Background tiles").count() == 0
    assert all(url.startswith((site.url, f"{origin}/own/", "data:")) for url in site.sent)
    await page.context.close()
    server.stop()
    await server.close_all_connections()


async def test_widgets_show_what_was_kept_of_them(site: Site) -> None:
    page = await site.page(shared(site, widget_notebook(controls())), color_scheme="dark")
    await drawn(page, 1)
    (frame,) = within(page)
    assert await frame.evaluate("window.origin") == "null"
    assert await frame.locator(".widget-readout").first.inner_text() == "7"
    assert await frame.locator("select").input_value() == "blue"
    assert await frame.locator(".widget-html b").inner_text() == "Hello"
    # It can be used, as far as no kernel is needed.
    await frame.locator("input[type=checkbox]").uncheck()
    assert only_lodge(site)
    assert site.complaints == []
    await shoot(page, "share-widgets")
    await page.context.close()


async def test_what_a_kernel_has_left_is_drawn(site: Site) -> None:
    sources = [
        "from bokeh.io import output_notebook, show\noutput_notebook()",
        "from bokeh.plotting import figure\none = figure()\none.line([1], [2])\nshow(one)",
        "import folium\nfolium.Map([48, 11])",
        "import ipywidgets\nipywidgets.interact(lambda x: print('got', x), x=5);",
    ]
    made = notebook(*[[] for _ in sources])
    for cell, source in zip(made.cells, sources, strict=True):
        cell.source = source
    await NotebookClient(made, kernel_name="python3").async_execute()
    page = await site.page(shared(site, made))
    # What loads Bokeh shows nothing by itself.
    assert await page.locator("#cell-0 .nb-outputs").count() == 0
    assert await page.locator(".nb-chart").count() == 3
    await drawn(page, 3)
    await within(page)[2].get_by_text("got 5").wait_for()
    assert only_lodge(site)
    await page.context.close()


async def test_without_scripts_there_is_a_text(site: Site) -> None:
    made = widget_notebook(controls())
    made.cells += notebook(bokeh_outputs(delays()), map_output(munich())).cells
    page = await site.page(shared(site, made), java_script_enabled=False)
    texts = await page.locator(".nb-chart").all_inner_texts()
    assert "Count: 7" in texts[0]
    assert "Colour: blue" in texts[0]
    assert "Hello you" in texts[0]
    assert "Delays by hour" in texts[1]
    assert "Scatter: 3 points" in texts[1]
    assert "Markers: 1" in texts[2]
    await page.context.close()


#: An end of a script within a popup would end the map's own, and nothing would be drawn.
POPUP = TRIES.replace("</script>", "")
HOSTILE: dict[str, list[Any]] = {
    "a figure's title": bokeh_outputs(delays(f"{TRIES}</script>{TRIES}")),
    "a figure's script": bokeh_outputs(running(SCRIPT)),
    "a figure that leaves": bokeh_outputs(running(LEAVES)),
    "a popup": [map_output(munich(f"{POPUP}<a href='javascript:parent.name=1'>x</a>"))],
    "a map's tiles": [map_output(munich(tiles="https://elsewhere.example/{z}.png", attr=TRIES))],
}


def map_with(script: str, head: str = "") -> Any:
    output = map_output(munich())
    begun = "&lt;/head&gt;"
    added = f"{head}<script>{script}</script>"
    escaped = added.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    html = output["data"]["text/html"]
    assert begun in html
    output["data"]["text/html"] = html.replace(begun, escaped + begun)
    return output


HEAD = (
    "<meta http-equiv=refresh content='0;url=https://elsewhere.example/meta'>"
    "<base href='https://elsewhere.example/'><style>@import 'https://elsewhere.example/x.css';"
    "body{background:url(https://elsewhere.example/y.png)}</style>"
    "<script src='https://elsewhere.example/leaflet.js'></script>"
    "<script src='https://elsewhere.example/other.js'></script>"
    "<link rel=stylesheet href='https://elsewhere.example/z.css'><img src=https://elsewhere.example/i>"
)
HOSTILE |= {
    "a map's script": [map_with(SCRIPT)],
    "a map's head": [map_with("", HEAD)],
    "a map that leaves": [map_with(f"setTimeout(() => {{ {LEAVES} }});")],
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_what_is_hostile_reaches_nothing(site: Site, name: str) -> None:
    page = await site.page(shared(site, notebook(HOSTILE[name])))
    if "leaves" in name:
        # Its page lets a frame go nowhere: there is nothing in it then.
        await page.locator(".nb-chart-frame").wait_for(state="attached")
        await page.wait_for_function(
            "() => performance.getEntriesByType('resource')"
            ".some(one => one.initiatorType === 'iframe')"
        )
    else:
        await drawn(page, 1)
        (frame,) = within(page)
        if "script" in name:
            await frame.wait_for_function("() => window.triedAll")
        assert await frame.evaluate("typeof RTCPeerConnection") == "undefined"
    await untouched(site, page)
    await page.context.close()


async def test_a_hostile_widget_reaches_nothing(site: Site) -> None:
    made = ipywidgets.VBox(
        [
            ipywidgets.HTML(f"{TRIES}<img src='https://elsewhere.example/i.png'>"),
            ipywidgets.Button(description=TRIES, tooltip=TRIES),
            ipywidgets.IntSlider(value=7, description=TRIES),
        ]
    )
    held = widget_notebook(made)
    held.cells[0].outputs[0]["data"]["text/html"] = TRIES
    page = await site.page(shared(site, held))
    await drawn(page, 1)
    await within(page)[0].locator("button").click()
    await untouched(site, page)
    await page.context.close()


async def test_a_stranger_s_widget_is_a_text(site: Site) -> None:
    made = widget_notebook(controls())
    states = made.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    for model in states.values():
        if model["model_name"] == "IntSliderModel":
            model["model_module"] = "anywidget"
            model["state"]["_esm"] = "export default {render() { parent.name = 'taken' }}"
    page = await site.page(shared(site, made))
    await page.get_by_text("VBox(children=").wait_for()
    assert await page.locator(".nb-chart").count() == 0
    await page.context.close()


async def test_what_may_run_scripts_is_no_page_by_itself(site: Site) -> None:
    for made in (bokeh_outputs(delays()), map_output(munich())):
        share = shared(site, notebook(made))
        page = await site.page(f"{share}/versions/1/charts/0")
        assert page.url == f"{site.url}{share}/versions/1"
        headers = {"Sec-Fetch-Dest": "iframe"}
        answer = await page.request.get(f"{page.url}/charts/0", headers=headers)
        # This holds WebRTC back, of which a policy of content knows nothing.
        assert answer.headers["connection-allowlist"] == "(response-origin)"
        assert answer.headers["content-security-policy"].startswith("sandbox allow-scripts; ")
        assert "Sec-Fetch-Dest" in answer.headers["vary"]
        await page.context.close()


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1100, "dark")])
async def test_all_kinds_fit_their_page(site: Site, width: int, scheme: Any) -> None:
    made = widget_notebook(controls())
    made.cells += notebook(bokeh_outputs(delays()), map_output(munich())).cells
    size = {"width": width, "height": 800}
    page = await site.page(shared(site, made), viewport=size, color_scheme=scheme)
    await drawn(page, 3)
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    for frame in within(page):
        assert await frame.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    SHOTS.mkdir(exist_ok=True)
    await page.screenshot(path=SHOTS / f"share-interactive-{width}.png", full_page=True)
    await page.context.close()


async def test_what_one_file_of_html_shows(site: Site, tmp_path: Path) -> None:
    share = shared(site, notebook(bokeh_outputs(delays())))
    page = await site.page(share)
    async with page.expect_download() as saved:
        await page.get_by_role("link", name="As HTML").click()
    path = tmp_path / "whole.html"
    await (await saved.value).save_as(path)
    assert "Delays by hour" in path.read_text(encoding="utf-8")
    await page.context.close()
