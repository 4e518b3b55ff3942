r"""Formulas of a shared notebook, in a Chromium on a machine that has no font for mathematics.

There `\sqrt` and brackets do not grow with what is in them, and letters in bold or Fraktur are
boxes, unless the page brings a font. The service runs in this process, with a hub of its own.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyterhub.httpclient import JupyterHubHTTPClient
from lodge_services.shares.app import shares_application
from lodge_services.shares.service import SharesService
from lodge_services.testing import COOKIE_SECRET, FakeHub
from playwright.async_api import Page, async_playwright
from support.browser import ARGUMENTS, CHROMIUM, PATIENCE_MS, SHOTS
from tornado import httpserver
from tornado.httpclient import AsyncHTTPClient
from tornado.netutil import bind_sockets

#: What Debian's package `fonts-dejavu-core` has.
FONTS = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono", "DejaVuSansMono-Bold", "DejaVuSerif")
CONFIGURED = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{folder}</dir><cachedir>{folder}/cache</cachedir></fontconfig>
"""
FORMULAS = (
    r"$\sqrt{x}$",
    r"$$\sqrt[3]{\frac{a}{b}}$$",
    r"$$\left(\frac{\frac{a}{b}}{\frac{c}{d}}\right)$$",
    r"$$\left[\begin{array}{c}a\\b\\c\\d\end{array}\right\}$$",
    r"$$\int_0^\infty e^{-x^2}\,dx = \sum_{n \in \mathbb{N}} \prod_k \mathcal{L}_k$$",
    r"\begin{aligned}\nabla \cdot \mathbf{E} &= \partial_t \\ x &\leq \mathfrak{g}\end{aligned}",
    r"$$\begin{vmatrix}a & b\\c & d\\e & f\end{vmatrix}^{2} \boldsymbol{\beta} \overline{a}$$",
    r"\begin{equation}\forall \varepsilon\, \exists \delta : \bar{z} \neq \hat{a}\end{equation}",
)
#: Of each root and each bracket how high it is, by how high that is which it goes around.
GROWN = """() => {
    const height = element => element.getBoundingClientRect().height;
    const brackets = [...document.querySelectorAll("math mo[stretchy=true]")]
        .filter(one => "()[]{}|".includes(one.textContent))
        .map(one => [one.textContent, height(one) / height(one.parentElement.children[1])]);
    const roots = [...document.querySelectorAll("math msqrt, math mroot")]
        .map(one => [one.tagName, height(one) / height(one.firstElementChild)]);
    return [...brackets, ...roots];
}"""


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    for name in FONTS:
        (tmp_path / f"{name}.ttf").symlink_to(f"/usr/share/fonts/truetype/dejavu/{name}.ttf")
    found = tmp_path / "fonts.conf"
    found.write_text(CONFIGURED.format(folder=tmp_path), encoding="utf-8")
    env: dict[str, str | float | bool] = {
        "FONTCONFIG_FILE": str(found), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin",
    }  # fmt: skip
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=ARGUMENTS, env=env
        )
        opened = await browser.new_page()
        opened.set_default_timeout(PATIENCE_MS)
        yield opened
        await browser.close()


@pytest.fixture
async def share(page: Page, tmp_path: Path) -> AsyncIterator[str]:
    """The address of a share, which the browser may read."""
    hub = FakeHub("shares")
    token = hub.add_member("ada")
    service = SharesService.open(f"sqlite:///{tmp_path}/shares.sqlite", tmp_path / "store")
    application = shares_application(hub.settings(), service, cookie_secret=COOKIE_SECRET)
    sockets = bind_sockets(0, "127.0.0.1")
    server = httpserver.HTTPServer(application)
    server.add_sockets(sockets)
    origin = f"http://127.0.0.1:{sockets[0].getsockname()[1]}/services/shares/"
    name, _, value = hub.cookie(token).partition("=")
    await page.context.add_cookies([{"name": name, "value": value, "url": origin}])
    cells = [nbformat.v4.new_markdown_cell(text) for text in FORMULAS]
    sent = {"title": "Formulas", "notebook": nbformat.v4.new_notebook(cells=cells)}
    made = await AsyncHTTPClient().fetch(
        f"{origin}api/shares",
        method="POST",
        headers={"Authorization": f"Bearer {token}"},
        body=json.dumps(sent),
    )
    yield origin + json.loads(made.body)["id"]
    server.stop()
    await server.close_all_connections()
    application.settings["context"].close()
    service.close()
    await hub.close()
    if JupyterHubHTTPClient.initialized():
        await JupyterHubHTTPClient.loop_instance().close()


async def drawn_with(page: Page) -> dict[str, str]:
    """Return for each text of the formulas the font that it is drawn with."""
    session = await page.context.new_cdp_session(page)
    await session.send("DOM.enable")
    await session.send("CSS.enable")
    root = (await session.send("DOM.getDocument"))["root"]["nodeId"]
    leaves = "math mi, math mo, math mn"
    asked = {"nodeId": root, "selector": leaves}
    nodes: list[int] = (await session.send("DOM.querySelectorAll", asked))["nodeIds"]
    texts = await page.locator(leaves).all_text_contents()
    found = {}
    for node, text in zip(nodes, texts, strict=True):
        used: Any = await session.send("CSS.getPlatformFontsForNode", {"nodeId": node})
        # A blank is drawn with none.
        for font in used["fonts"]:
            found[text] = font["familyName"]
    return found


@pytest.mark.parametrize("how", ["page", "file"])
async def test_formulas_are_legible(how: str, page: Page, share: str, tmp_path: Path) -> None:
    if how == "page":
        await page.goto(share)
    else:
        answer = await page.context.request.get(f"{share}/versions/1/html")
        (tmp_path / "saved.html").write_bytes(await answer.body())
        await page.goto(f"file://{tmp_path}/saved.html")
    assert await page.locator("math").count() == len(FORMULAS)
    await page.evaluate("document.fonts.ready")
    SHOTS.mkdir(exist_ok=True)
    await page.screenshot(path=SHOTS / f"formulas-{how}.png", full_page=True)
    fonts = await drawn_with(page)
    assert {"x", "𝐄", "𝔤", "ℕ", "∫", "("} <= set(fonts)
    assert set(fonts.values()) == {"STIX Two Math"}
    grown = await page.evaluate(GROWN)
    assert [what for what, _ in grown] == ["(", ")", "[", "}", "|", "|", "msqrt", "mroot"]
    # As TeX has it, nine tenths are enough for a bracket.
    assert all(times >= 0.9 for _, times in grown), grown
    # Out of a font that is not made for it, they grow far beyond.
    assert all(times < 1.2 for what, times in grown if what in "()[}|"), grown
    # The power is the whole determinant's: beside its upper end, not in the middle.
    raised = """power => {
        const [whole, raised] = [...power.children].map(one => one.getBoundingClientRect());
        return raised.bottom < whole.top + whole.height / 2;
    }"""
    assert await page.locator("msup:has(mtable)").evaluate(raised)
