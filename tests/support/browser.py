"""A real browser for tests: Debian's Chromium through Playwright."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from .lodge import RunningLodge, wait_for
from .witnesses import witness

CHROMIUM = "/usr/bin/chromium"
SHOTS = Path(__file__).parents[2] / "test-results"
#: Chromium's own errands reach for hosts outside, which a closed network refuses.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
#: How long a page may take on a busy machine: milliseconds.
PATIENCE_MS = 90_000


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """Run Chromium, with further arguments."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*ARGUMENTS, *arguments]
        )
        with witness("the browser's pages", lambda: _pages(browser)):
            yield browser
        browser.close()


def _pages(browser: Browser) -> str:
    pages = [page for context in browser.contexts for page in context.pages]
    return "\n".join(
        f"--- {page.url}\n{page.locator('body').inner_text()[:3000]}" for page in pages
    )


@contextmanager
def watched(context: BrowserContext) -> Iterator[list[str]]:
    """Note what pages ask for in vain: no answer, or an error of whoever is in between.

    What waits for its answer at the end is among it.
    """
    found: list[str] = []
    waiting: dict[Request, str] = {}

    def asked(request: Request) -> None:
        waiting[request] = f"{time.strftime('%X')} {request.method} {request.url}"

    def finished(request: Request) -> None:
        waiting.pop(request, None)

    def failed(request: Request) -> None:
        waiting.pop(request, None)
        found.append(f"{time.strftime('%X')} {request.method} {request.url}: {request.failure}")

    def answered(response: Response) -> None:
        if response.status >= 424:
            method = response.request.method
            found.append(f"{time.strftime('%X')} {method} {response.url}: {response.status}")

    context.on("request", asked)
    context.on("requestfinished", finished)
    context.on("requestfailed", failed)
    context.on("response", answered)
    yield found
    context.remove_listener("request", asked)
    context.remove_listener("requestfinished", finished)
    context.remove_listener("requestfailed", failed)
    context.remove_listener("response", answered)
    found.extend(f"{each}: no answer yet" for each in waiting.values())


@contextmanager
def troubles(page: Page) -> Iterator[list[str]]:
    """Note what a developer sees in red: errors of scripts and styles, requests that failed."""
    found: list[str] = []

    def told(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            found.append(f"{message.type}: {message.text} ({message.location})")

    def answered(response: Response) -> None:
        if response.status >= 400:
            found.append(f"{response.request.method} {response.url}: {response.status}")

    def failed(request: Request) -> None:
        found.append(f"{request.method} {request.url}: {request.failure}")

    def threw(error: Error) -> None:
        found.append(f"uncaught: {error}")

    page.on("console", told)
    page.on("pageerror", threw)
    page.on("response", answered)
    page.on("requestfailed", failed)
    yield found
    page.remove_listener("console", told)
    page.remove_listener("pageerror", threw)
    page.remove_listener("response", answered)
    page.remove_listener("requestfailed", failed)


def shot(page: Page, name: str, *, full: bool = False) -> None:
    """Keep a picture of the page."""
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png", full_page=full)


def sign_in(page: Page, lodge: RunningLodge, name: str) -> None:
    """Fill the identity provider's forms."""
    page.locator("input[name=login]").fill(name)
    page.get_by_role("button", name="Continue").click()
    page.locator("input[name=password]").fill(lodge.password(name))
    page.get_by_role("button", name="Sign in").click()


def asked(page: Page, path: str, method: str = "GET", body: Any = None) -> Any:
    """Ask a user's server for a path below its ``api/``, as the page that it has sent may.

    Raises
    ------
    AssertionError
        It is refused.
    """
    prefix = "/".join(page.url.split("/")[3:5])
    request = {"url": f"/{prefix}/api/{path}", "method": method, "body": body}
    reply = page.evaluate(
        """async ({url, method, body}) => {
            const token = /_xsrf=([^;]+)/.exec(document.cookie);
            const headers = {"X-XSRFToken": token ? token[1] : ""};
            const sent = body === null ? undefined : JSON.stringify(body);
            const reply = await fetch(url, {method, headers, body: sent, cache: "no-store"});
            return {ok: reply.ok, text: await reply.text()};
        }""",
        request,
    )
    assert reply["ok"], reply["text"]
    return json.loads(reply["text"])


def has_kernel(page: Page) -> bool:
    """Tell whether JupyterLab is connected to a kernel of the notebook that its address names."""
    shown = unquote(urlsplit(page.url).path).partition("/tree/")[2]
    return any(
        one["path"] == shown and one["kernel"] and one["kernel"]["connections"]
        for one in asked(page, "sessions")
    )


def saved(page: Page, path: str) -> dict[str, Any]:
    """Return a user's notebook as it is saved on the server."""
    content: dict[str, Any] = asked(page, f"contents/{path}?content=1")["content"]
    return content


def outputs(page: Page, path: str) -> list[dict[str, Any]]:
    """Return the code cells of a user's notebook as it is saved on the server."""
    return [cell for cell in saved(page, path)["cells"] if cell["cell_type"] == "code"]


def run_all(page: Page) -> None:
    """Run every cell of the notebook that is open, and wait until the last one has run.

    Raises
    ------
    AssertionError
        A cell has failed, or the last one does not end; says what the page shows.
    """
    idle = page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")
    expect(idle).to_have_count(1)
    prompts = page.locator(".jp-CodeCell .jp-InputPrompt")
    selecting = page.get_by_role("dialog").filter(has_text="Select Kernel")
    begun = prompts.filter(has_text=re.compile(r"\[(\*|\d+)\]")).first

    def begins() -> bool:
        if selecting.is_visible():
            # JupyterLab asks for a kernel where the first attempt to start one has failed.
            selecting.locator(".jp-mod-accept").click()
        # Until the page has its kernel a click is lost, or asks for a second one, without what
        # the first has run; the indicator says idle all the while.
        if not has_kernel(page):
            return False
        try:
            # A click is lost as well while JupyterLab builds its menus anew for a plugin.
            page.get_by_role("menuitem", name="Run", exact=True).click(timeout=5_000)
            run = page.get_by_role("menuitem", name="Run All Cells", exact=True)
            run.click(timeout=5_000)
            begun.wait_for(timeout=5_000)
        except PlaywrightTimeout:
            page.keyboard.press("Escape")
            return False
        return True

    # JupyterLab scrolls to the last cell; the others may not be in the page.
    ended = prompts.last.filter(has_text=re.compile(r"\[\d+\]"))
    failed = page.locator('[data-mime-type="application/vnd.jupyter.error"]')
    try:
        wait_for(begins, 2 * PATIENCE_MS / 1000, "a cell that runs")
        ended.or_(failed).first.wait_for(state="attached", timeout=3 * PATIENCE_MS)
        assert not failed.count(), "a cell has failed"
        expect(idle).to_have_count(1)
    except (AssertionError, PlaywrightTimeout, TimeoutError) as reason:
        shown = page.locator("body").inner_text()
        raise AssertionError(f"The notebook has not run to its end: {shown}") from reason


def save(page: Page) -> None:
    """Save the notebook that is open."""
    page.keyboard.press("Control+s")
    expect(page.locator(".lm-TabBar-tab.jp-mod-dirty")).to_have_count(0)


def check_accessible(page: Page, where: str | None = None) -> None:
    """See that axe-core finds nothing serious on the page, or in one part of it."""
    found = Axe().run(page, context=where).response["violations"]
    serious = [
        (one["id"], one["help"], [node["html"][:160] for node in one["nodes"]][:3])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
    assert not serious, json.dumps(serious, indent=1)
