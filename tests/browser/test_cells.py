"""%%sql and %%spark in JupyterLab: completion, the table of a result, charts, progress, interrupt.

A user's server without a hub; each test has a notebook of its own.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import count

import duckdb
import nbformat
import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from support.browser import PATIENCE_MS, check_accessible, chromium, save, shot
from support.connect import connect_server
from support.kernels import environment
from support.lodge import wait_for
from support.server import TOKEN, UserServer, user_server

NUMBERS = count(1)
SOURCES = """
default = "data"
[sources.data]
type = "duckdb"
path = "{folder}/data.duckdb"
read_only = true
"""
#: Longer than any of these tests.
LONG = """spark.range(100_000_000_000).selectExpr("sum(id * 2)").collect()"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UserServer]:
    folder = tmp_path_factory.mktemp("cells")
    with duckdb.connect(str(folder / "data.duckdb")) as db:
        db.execute(
            "CREATE TABLE flights AS SELECT i AS flight, "
            "DATE '2013-01-01' + (i // 100)::INT AS day, "
            "['United', 'Delta', 'JetBlue'][1 + i % 3] AS carrier, "
            "CASE WHEN i % 7 = 0 THEN NULL ELSE (i * 7919) % 301 - 60 END AS delay "
            "FROM range(5000) t(i)"
        )
    env = environment(folder)
    properties = folder / "spark.properties"
    text = properties.read_text(encoding="utf-8")
    shown = text.replace("ui.enabled false", "ui.enabled true\nspark.ui.port 0")
    properties.write_text(shown, encoding="utf-8")
    (folder / "sources.toml").write_text(SOURCES.format(folder=folder), encoding="utf-8")
    with user_server(folder, env, lab=True) as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module", params=["light"])
def page(request: pytest.FixtureRequest, browser: Browser, server: UserServer) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, color_scheme=request.param
    )
    context.set_default_timeout(PATIENCE_MS)
    opened = context.new_page()
    yield opened
    context.close()


def part(page: Page | Locator, name: str) -> Locator:
    return page.locator(f'[data-lodge="{name}"]')


def open_notebook(page: Page, server: UserServer, *cells: str) -> str:
    """Open a new notebook with these cells; return its name."""
    name = f"cells-{next(NUMBERS)}.ipynb"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    reply = server.api.put(f"api/contents/{name}", json={"type": "notebook", "content": notebook})
    reply.raise_for_status()
    page.goto(f"{server.url}lab/tree/{name}?token={TOKEN}&reset")
    # Its indicator is idle before there is a kernel; a cell that is run then has JupyterLab ask.
    wait_for(lambda: _has_kernel(server, name), PATIENCE_MS / 1000, "the notebook's kernel")
    expect(page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")).to_have_count(1)
    return name


def _has_kernel(server: UserServer, name: str) -> bool:
    sessions = server.api.get("api/sessions").json()
    return any(one["path"] == name and one["kernel"]["connections"] for one in sessions)


def cell(page: Page, number: int = 0) -> Locator:
    return page.locator(".jp-CodeCell").nth(number)


def run(page: Page, number: int = 0) -> Locator:
    """Run a cell; return it."""
    ran = cell(page, number)
    for _ in range(10):
        ran.locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
        try:
            prompt = ran.locator(".jp-InputPrompt").filter(has_text=re.compile(r"\[(\*|\d+)\]"))
            prompt.wait_for(timeout=5_000)
            break
        except PlaywrightTimeout:
            # JupyterLab drops a cell that is run before it knows the kernel's details.
            continue
    return ran


def complete(page: Page) -> Locator:
    """Press Tab; return what is offered."""
    offered = page.locator(".jp-Completer-item")
    for _ in range(10):
        page.keyboard.press("Tab")
        try:
            offered.first.wait_for(timeout=5_000)
            break
        except PlaywrightTimeout:
            # JupyterLab waits a second for names; a busy machine has them the next time.
            continue
    return offered


def column(found: Locator, place: int) -> list[str]:
    return part(found, "result-rows").locator(f"tbody td:nth-child({place})").all_inner_texts()


def test_tab_offers_columns_with_their_types_and_variables(page: Page, server: UserServer) -> None:
    open_notebook(page, server, "day = 1", "%%sql\nSELECT  FROM flights")
    run(page)
    expect(cell(page).locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[1\]"))
    editor = cell(page, 1).locator(".cm-content")
    expect(editor.locator(".cm-line").nth(1).locator("span").first).to_have_text("SELECT")
    # Whoever goes into the cell will want its names: they are asked for at once.
    with page.expect_response(re.compile("/tables/[^/]*/columns")):
        editor.click()
    page.keyboard.press("Control+End")
    for _ in range(len(" FROM flights")):
        page.keyboard.press("ArrowLeft")
    page.keyboard.type("carr")
    offered = complete(page)
    expect(offered).to_have_text(re.compile("carrier.*varchar"))
    page.keyboard.press("Enter")
    expect(editor).to_contain_text("SELECT carrier FROM flights")
    page.keyboard.press("Control+End")
    page.keyboard.type(" WHERE de")
    complete(page)
    expect(offered.filter(has_text="delay")).to_contain_text("BIGINT", ignore_case=True)
    shot(page, "sql-completion")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+End")
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    page.keyboard.type("delay > :da")
    complete(page).filter(has_text="day").first.click()
    expect(editor).to_contain_text("delay > :day")


def test_a_result_is_sorted_searched_and_paged(page: Page, server: UserServer) -> None:
    open_notebook(page, server, "%%sql flights\nSELECT * FROM flights ORDER BY flight")
    found = part(run(page), "result")
    place = part(found, "result-place")
    expect(place).to_have_text("1–20 of 5,000")
    expect(found).to_contain_text("5,000 rows × 4 columns in flights")
    assert column(found, 1)[:3] == ["0", "1", "2"]
    found.get_by_role("button", name="Next page").click()
    expect(place).to_have_text("21–40 of 5,000")
    assert column(found, 1)[0] == "20"
    head = found.get_by_role("columnheader", name="delay")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    expect(place).to_have_text("1–20 of 5,000")
    expect(part(found, "result-rows").locator("tbody td:nth-child(4)").first).to_have_text("-59")
    head.get_by_role("button").click()
    expect(part(found, "result-rows").locator("tbody td:nth-child(4)").first).to_have_text("240")
    found.get_by_role("button", name="Last page").click()
    expect(part(found, "result-rows").locator("tbody td:nth-child(4)").last).to_have_text("NULL")
    part(found, "result-search").fill("JETBLUE")
    expect(place).to_have_text("1–20 of 1,666 found")
    assert set(column(found, 3)) == {"JetBlue"}
    check_accessible(page, '[data-lodge="result"]')
    shot(page, "sql-result")
    part(found, "result-search").fill("no such text")
    expect(found).to_contain_text("No row holds “no such text”.")


def test_a_result_that_the_kernel_let_go_is_told(page: Page, server: UserServer) -> None:
    open_notebook(page, server, "%%sql flights\nSELECT * FROM flights", "flights = None")
    found = part(run(page), "result")
    expect(part(found, "result-place")).to_have_text("1–20 of 5,000")
    run(page, 1)
    expect(cell(page, 1).locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[2\]"))
    found.get_by_role("columnheader", name="delay").get_by_role("button").click()
    expect(part(found, "result-trouble")).to_contain_text("run the cell again")
    assert len(column(found, 1)) == 20


def test_one_click_makes_a_chart_and_leaves_its_code(page: Page, server: UserServer) -> None:
    text = "%%sql --source data\nSELECT day, avg(delay) AS delay FROM flights GROUP BY day"
    name = open_notebook(page, server, text, "after = 1")
    found = part(run(page), "result")
    expect(part(found, "result-place")).to_have_text("1–20 of 50")
    part(found, "result-chart").click()
    expect(cell(page, 1).locator(".jp-OutputArea img")).to_have_count(1)
    expect(cell(page, 0).locator(".cm-content")).to_contain_text("%%sql result --source data")
    expect(page.locator(".jp-CodeCell")).to_have_count(3)
    shot(page, "sql-chart")
    save(page)
    cells = outputs_of(server, name)
    assert "data = result.set_index" in cells[1]["source"]
    # It runs from the top in a new kernel as well.
    folder = server.log.parent
    done = subprocess.run(
        [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--stdout", name],
        cwd=folder, env={**os.environ, "LODGE_SOURCES": str(folder / "sources.toml")},
        capture_output=True, check=False,
    )  # fmt: skip
    assert b"image/png" in done.stdout, done.stderr[-2000:]


def outputs_of(server: UserServer, name: str) -> list[dict[str, str]]:
    content = server.api.get(f"api/contents/{name}").raise_for_status().json()["content"]
    cells: list[dict[str, str]] = content["cells"]
    return cells


def test_a_reopened_notebook_can_be_looked_through_without_a_kernel(
    page: Page, server: UserServer
) -> None:
    text = "%%sql\nSELECT carrier, count(*) AS flights FROM flights GROUP BY ALL ORDER BY 2, 1"
    more = "SELECT 'x' || i AS carrier, i FROM range(9) t(i)"
    name = open_notebook(page, server, f"{text.replace('ORDER', f'UNION ALL {more} ORDER')}")
    expect(part(run(page), "result-rows").locator("tbody tr")).to_have_count(12)
    save(page)
    for session in server.api.get("api/sessions").json():
        server.api.delete(f"api/sessions/{session['id']}").raise_for_status()
    page.goto(f"{server.url}lab/tree/{name}?reset")
    found = part(cell(page), "result")
    part(found, "result-search").fill("x")
    expect(part(found, "result-rows").locator("tbody tr")).to_have_count(9)
    found.get_by_role("columnheader", name="flights").get_by_role("button").click()
    found.get_by_role("columnheader", name="flights").get_by_role("button").click()
    expect(part(found, "result-rows").locator("tbody td").first).to_have_text("x8")
    html = subprocess.run(
        [sys.executable, "-m", "nbconvert", "--to", "html", "--stdout", name],
        cwd=server.log.parent, capture_output=True, check=True,
    ).stdout.decode()  # fmt: skip
    assert html.count("<td") >= 24
    assert "JetBlue" in html


def test_format_lays_out_the_sql_of_a_cell(page: Page, server: UserServer) -> None:
    open_notebook(page, server, "%%sql --preview\nselect carrier from flights where delay>:x")
    cell(page).locator(".cm-content").click()
    page.keyboard.press("Control+Shift+Alt+F")
    editor = cell(page).locator(".cm-content")
    expect(editor.locator(".cm-line")).to_have_text(
        ["%%sql --preview", "SELECT", "  carrier", "FROM", "  flights", "WHERE", "  delay > :x"]
    )
    page.keyboard.press("Control+z")
    expect(editor).to_contain_text("select carrier from flights")


def test_the_browser_of_sources_previews_a_table_and_puts_its_cell(
    page: Page, server: UserServer
) -> None:
    open_notebook(page, server, "x = 1")
    page.locator('.lm-TabBar-tab[data-id="lodge-sql"]').click()
    panel = part(page, "sql-panel")
    panel.get_by_role("treeitem", name="flights").first.click()
    part(panel, "sql-preview").click()
    expect(part(panel, "sql-rows")).to_contain_text("United")
    shot(page, "sql-panel")
    check_accessible(page, "#lodge-sql")
    part(panel, "sql-insert").click()
    expect(cell(page, 1).locator(".cm-content")).to_contain_text("FROM flights")
    page.locator('.lm-TabBar-tab[data-id="filebrowser"]').click()


def test_progress_of_a_job_is_shown_and_interrupt_cancels_it(
    page: Page, server: UserServer
) -> None:
    keep = "kept = spark.range(50).cache()\nkept.count()\nwords = sc.broadcast([1] * 9)"
    name = open_notebook(page, server, "%%spark\nspark.range(5).count()", LONG, "1 + 1", keep)
    expect(run(page)).to_contain_text(re.compile(r"Spark 4\.\d\.\d ready"), timeout=2 * PATIENCE_MS)
    long = run(page, 1)
    expect(long).to_contain_text(re.compile(r"Spark: .*task"))
    shot(page, "spark-progress")
    page.locator('.lm-TabBar-tab[data-id="lodge-spark"]').click()
    expect(part(page, "spark-job").first).to_be_visible()
    page.locator(".jp-NotebookPanel-toolbar [data-jp-item-name=interrupt] jp-button").click()
    expect(long).to_contain_text("interrupt", ignore_case=True)
    # What is run before the kernel has answered is dropped with the cell that was interrupted.
    expect(long.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]"))
    expect(page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")).to_have_count(1)
    after = run(page, 2)
    expect(after.locator(".jp-OutputArea-executeResult")).to_have_text(re.compile("2"))
    (session,) = server.api.get("lodge/api/spark/sessions").json()["items"]
    jobs = server.api.get(f"lodge/api/spark/sessions/{session['application']}/jobs").json()
    assert "RUNNING" not in [job["status"] for job in jobs["items"]]
    save(page)
    assert "Spark: " in str(outputs_of(server, name)[1])
    run(page, 3)
    part(page, "spark-tab-storage").click()
    cached = part(page, "spark-rdd")
    expect(cached).to_have_count(1)
    part(page, "spark-broadcasts-show").click()
    expect(part(page, "spark-broadcasts")).to_contain_text("words")
    shot(page, "spark-storage")
    check_accessible(page, "#lodge-spark")
    part(page, "spark-unpersist").click()
    page.locator(".jp-Dialog").get_by_role("button", name="Unpersist").click()
    expect(cached).to_have_count(0)
    page.locator('.lm-TabBar-tab[data-id="filebrowser"]').click()


def test_a_session_of_spark_connect_is_in_the_panel(
    page: Page, server: UserServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with connect_server(tmp_path_factory.mktemp("connect")) as far:
        begin = f"%%spark --master {far.url}\nspark.range(5).count()"
        open_notebook(page, server, begin, LONG)
        expect(run(page)).to_contain_text("ready in", timeout=2 * PATIENCE_MS)
        long = run(page, 1)
        page.locator('.lm-TabBar-tab[data-id="lodge-spark"]').click()
        session = part(page, "spark-session")
        expect(session).to_contain_text(far.url)
        expect(part(session, "spark-connect")).to_contain_text("queries done 0 of 1")
        shot(page, "spark-connect")
        check_accessible(page, "#lodge-spark")
        page.locator(".jp-NotebookPanel-toolbar [data-jp-item-name=interrupt] jp-button").click()
        expect(long.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]"))
        expect(part(session, "spark-connect")).not_to_contain_text("queries done")
        page.locator('.lm-TabBar-tab[data-id="filebrowser"]').click()


def test_jupyterlab_speaks_the_browsers_language_until_another_is_chosen(
    browser: Browser, server: UserServer
) -> None:
    setting = "lab/api/settings/@jupyterlab/translation-extension:plugin"
    context = browser.new_context(locale="zh-CN")
    context.set_default_timeout(PATIENCE_MS)
    opened = context.new_page()
    menus = opened.locator("#jp-MainMenu .lm-MenuBar-itemLabel")
    opened.goto(f"{server.url}lab?token={TOKEN}&reset")
    expect(menus.first).to_have_text("文件")
    server.api.put(setting, json={"raw": '{"locale": "en"}'}).raise_for_status()
    opened.goto(f"{server.url}lab?token={TOKEN}&reset")
    expect(menus.first).to_have_text("File")
    context.close()
    assert "en" in server.api.get(setting).json()["raw"]
