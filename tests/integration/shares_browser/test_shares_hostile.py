"""The whole corpus of hostile notebooks in a real browser: nothing fires, nobody else is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import nbformat
import pytest
from lodge_services.shares.models import Actor
from playwright.async_api import Dialog, Page
from support.corpus import CORPUS, MARKDOWN_CORPUS, everywhere, interactive
from support.shares_site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXTS = [text for text in (*CORPUS, *MARKDOWN_CORPUS) if "\x00" not in text]
#: As many as one page shows the frames of.
EACH = 33
#: Of what `interactive` gives for a text: figures, maps and widgets. A page is drawn with one kind
#: of each text in turn; that all kinds are clean of all texts the renderer's own tests see.
KINDS = (slice(0, 2), slice(2, 4), slice(4, 7))


def valid(texts: Sequence[str]) -> dict[str, Any]:
    """Return a notebook of what `everywhere` makes of texts, as far as it can be shared."""
    cells: list[Any] = []
    states: dict[str, Any] = {}
    for at, text in enumerate(texts):
        made = everywhere(text)
        for name, state in made["metadata"]["widgets"][KEPT]["state"].items():
            # Each text's widgets by names of their own.
            if "children" in state["state"]:
                state["state"]["children"] = [f"{one}-{at}" for one in state["state"]["children"]]
            states[f"{name}-{at}"] = state
        for cell in made["cells"]:
            if cell["cell_type"] not in ("code", "markdown", "raw"):
                continue
            given = cell.get("outputs", [])
            if given:
                drawn = len(list(interactive(text)))
                given = [*given[:-drawn], *given[-drawn:][KINDS[at % len(KINDS)]]]
            outputs = [fit(one, at) for one in given if known(one)]
            kept = {"cell_type": cell["cell_type"], "metadata": {"about": text, text: text}}
            if cell["cell_type"] == "code":
                kept |= {"outputs": outputs, "execution_count": 1}
            if "attachments" in cell:
                kept["attachments"] = {**cell["attachments"], text or "x": {"image/png": text}}
            cells.append({**kept, "id": f"c{len(cells)}", "source": text})
    about = {"widgets": {KEPT: {"state": states, "version_major": 2, "version_minor": 0}}}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": about, "cells": cells}


KEPT = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"


def known(output: dict[str, Any]) -> bool:
    return output["output_type"] in ("stream", "error", "display_data")


def fit(output: dict[str, Any], at: int) -> dict[str, Any]:
    view = output.get("data", {}).get(VIEW)
    if isinstance(view, dict):
        view["model_id"] += f"-{at}"
    return output


async def alone(page: Page, site: Site, fired: list[str]) -> None:
    """See that a page and its frames have done nothing that was not theirs to do."""
    assert fired == []
    assert page.url.startswith(site.url)
    assert all(url.startswith((site.url, "data:", "blob:", "about:")) for url in site.sent)


@pytest.mark.parametrize("begun", range(0, len(TEXTS), EACH))
async def test_nothing_of_the_corpus_fires(site: Site, begun: int) -> None:
    texts = TEXTS[begun : begun + EACH]
    made = valid(texts)
    nbformat.validate(nbformat.from_dict(made))
    share = site.service.shares.create(
        Actor("ada"), title=texts[0][:200], notebook=made, description=texts[-1][:500]
    )
    page = await site.page("")
    fired: list[str] = []

    async def fires(dialog: Dialog) -> None:
        fired.append(dialog.message)
        await dialog.dismiss()

    page.on("dialog", fires)
    await page.goto(f"{site.url}{share.id}")
    places = page.locator("[data-nb-chart]")
    assert await places.count() >= len(texts)
    for number in range(await places.count()):
        await places.nth(number).scroll_into_view_if_needed()
    # Each is drawn, or has told that it can't be: none is still on its way.
    await page.wait_for_function(
        "() => [...document.querySelectorAll('[data-nb-chart]')].every("
        "one => one.matches('.nb-chart-drawn') || !one.querySelector('iframe'))"
    )
    # A figure, a map or widgets of each.
    assert await page.locator(".nb-chart-drawn").count() >= len(texts)
    await alone(page, site, fired)
    assert await page.evaluate("document.querySelectorAll('iframe:not([sandbox])').length") == 0
    await page.context.close()
