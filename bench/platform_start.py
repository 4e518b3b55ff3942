"""Starting the platform, signing in, a first result: Lodge beside a plain JupyterHub.

The plain hub is what one gets by hand: its default proxy, any password taken, a process for each
user, JupyterLab as it comes. It has no identity provider, metastore, shares or schedules to start.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from bench.harness import write_section

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from lodge_spawner.ports import free_port
from support.browser import chromium, sign_in
from support.lodge import RunningLodge, data_folder, wait_for

PACKAGES = ("jupyterhub", "jupyterlab", "canaille")
FIRST, SECOND = "first start to first page", "later start to first page"
SIGN_IN, RESULT = "sign-in to JupyterLab", "first cell of a new notebook to its result"
PLAIN = """
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {home!r}
c.Spawner.cmd = [{python!r}, "-m", "jupyterhub.singleuser", "--allow-root"]
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{hub_port}"
c.ConfigurableHTTPProxy.command = [{proxy!r}]
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api_port}"
c.JupyterHub.db_url = "sqlite:///{folder}/hub.sqlite"
c.JupyterHub.cookie_secret_file = "{folder}/cookie"
c.ConfigurableHTTPProxy.pid_file = "{folder}/proxy.pid"
"""


def run(repeats: int) -> None:
    """Run the benchmark and write its section."""
    times: dict[str, dict[str, list[float]]] = {
        name: {step: [] for step in (FIRST, SECOND, SIGN_IN, RESULT)}
        for name in ("Lodge", "plain JupyterHub")
    }
    with chromium() as browser:
        for _ in range(repeats):
            _lodge(browser, times["Lodge"])
            _plain(browser, times["plain JupyterHub"])
    lines = ["| | Lodge | plain JupyterHub |", "|---|---|---|"]
    for step in (FIRST, SECOND, SIGN_IN, RESULT):
        ours = statistics.median(times["Lodge"][step])
        theirs = statistics.median(times["plain JupyterHub"][step])
        lines.append(f"| {step} | **{ours:.1f} s** | {theirs:.1f} s ({theirs / ours:.1f}x) |")
    body = (
        "In a real browser. Lodge's first start makes accounts, keys and the sample data; every "
        "start of it brings an identity provider, a Hive metastore, shares and schedules up, which "
        "the plain hub (any password taken) does not have. Medians of "
        f"{repeats} runs in turn.\n\n" + "\n".join(lines)
    )
    write_section("platform_start", "Starting the platform", body, PACKAGES)


def _timed(into: list[float], work: Callable[[], object]) -> None:
    began = time.perf_counter()
    work()
    into.append(time.perf_counter() - began)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


def _lodge(browser: Browser, times: dict[str, list[float]]) -> None:
    with data_folder("bench") as folder:
        lodge = RunningLodge(folder, port=free_port())
        try:
            _timed(times[FIRST], lodge.start)
            lodge.stop()
            _timed(times[SECOND], lodge.start)
            with _page(browser, lodge.url) as page:
                page.goto("/")
                _timed(times[SIGN_IN], lambda: _lodge_lab(page, lodge))
                _timed(times[RESULT], lambda: _first_result(page, "/user/ada/lab"))
        finally:
            lodge.stop()


def _lodge_lab(page: Page, lodge: RunningLodge) -> None:
    sign_in(page, lodge, "ada")
    page.locator(".jp-Notebook").first.wait_for()


def _plain(browser: Browser, times: dict[str, list[float]]) -> None:
    folder = Path(tempfile.mkdtemp(prefix="bench-hub-"))
    port = free_port()
    proxy = Path(sys.executable).parent / "configurable-http-proxy"
    config = folder / "config.py"
    config.write_text(
        PLAIN.format(
            home=f"{folder}/{{username}}",
            python=sys.executable,
            port=port,
            hub_port=free_port(),
            api_port=free_port(),
            proxy=str(proxy),
            folder=folder,
        ),
        encoding="utf-8",
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for step in (FIRST, SECOND):
            with (folder / "log").open("ab") as log:
                began = time.perf_counter()
                process = subprocess.Popen(
                    [sys.executable, "-m", "jupyterhub", "-f", str(config)],
                    cwd=folder,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            wait_for(lambda: _answers(f"{url}/hub/login"), 90, "the plain hub")
            times[step].append(time.perf_counter() - began)
            if step == SECOND:
                with _page(browser, url) as page:
                    page.goto("/")
                    _timed(times[SIGN_IN], partial(_plain_lab, page))
                    _timed(times[RESULT], partial(_first_result, page, "/user/ada/lab"))
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _plain_lab(page: Page) -> None:
    page.locator("#username_input").fill("ada")
    page.locator("#password_input").fill("any")
    page.locator("#login_submit").click()
    page.locator(".jp-Launcher").first.wait_for()


def _first_result(page: Page, lab: str) -> None:
    page.goto(f"{lab}?reset")
    page.locator(".jp-LauncherCard[data-category=Notebook]").first.click()
    cell = page.locator(".jp-NotebookPanel:visible .jp-CodeCell .cm-content").first
    cell.wait_for()
    cell.click()
    page.keyboard.type("6 * 7")
    result = page.locator(".jp-OutputArea-output:visible", has_text="42").first
    # JupyterLab drops what is run before it knows the kernel: press again, as a user would.
    for _ in range(200):
        page.keyboard.press("Control+Enter")
        with contextlib.suppress(PlaywrightTimeoutError):
            result.wait_for(timeout=300)
            return
    raise RuntimeError("the first cell gave no result within a minute")


@contextlib.contextmanager
def _page(browser: Browser, url: str) -> Iterator[Page]:
    context = browser.new_context(base_url=url, viewport={"width": 1440, "height": 900})
    context.set_default_timeout(60_000)
    try:
        yield context.new_page()
    finally:
        context.close()
