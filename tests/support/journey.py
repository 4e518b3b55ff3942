"""What the steps of the journey share: pages of their own, and what is found in them."""

from collections.abc import Iterator

import nbformat
from playwright.sync_api import Browser, Locator, Page, expect

from support.browser import PATIENCE_MS, asked
from support.lodge import RunningLodge

TITLE = "Late flights from New York 纽约"
WIKI_PAGE = "Reports/Weekly/Late-flights-from-New-York-纽约.md"


def new_page(browser: Browser, lodge: RunningLodge, scheme: str) -> Iterator[Page]:
    context = browser.new_context(
        base_url=lodge.url,
        viewport={"width": 1440, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
        permissions=["clipboard-read", "clipboard-write"],
    )
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def toolbar(page: Page, word: str) -> None:
    # JupyterLab may have brought other notebooks back, behind the one that is seen.
    seen = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-NotebookPanel-toolbar")
    seen.get_by_text(word, exact=True).first.click()


def choose_theme(page: Page, name: str) -> None:
    page.locator(".lm-MenuBar-item", has_text="Settings").click()
    for word in ("Theme", name):
        page.locator(".lm-Menu-item", has_text=word).first.click()
    expect(page.locator(f"body[data-jp-theme-name='{name}']")).to_have_count(1)


def part(page: Page | Locator, name: str) -> Locator:
    return page.locator(f'[data-lodge="{name}"]')


def put(page: Page, path: str, *sources: str) -> None:
    """Write a notebook into ada's home, through her server."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)"}}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=kernel)
    body = {"type": "notebook", "content": notebook}
    asked(page, f"contents/{path}", "PUT", body)
