"""The journey of two users: sign in, run, share, read and fork, schedule, sign out.

The tests are steps: each goes on where the one before stopped, in the same two browsers.
"""

import re

import nbformat
from playwright.sync_api import Page, expect
from support.browser import (
    asked,
    check_accessible,
    outputs,
    run_all,
    save,
    saved,
    shot,
    sign_in,
    troubles,
)
from support.git_wiki import Repository
from support.journey import TITLE, WIKI_PAGE, choose_theme, part, put, toolbar
from support.lodge import RunningLodge


def test_1_the_address_leads_to_the_sign_in_page(ada: Page, lodge: RunningLodge) -> None:
    with troubles(ada) as found:
        ada.goto("/", wait_until="networkidle")
        expect(ada.get_by_role("heading", name="Sign in to Lodge")).to_be_visible()
    assert found == []
    assert ada.url.startswith("http://127.0.0.1:")
    assert f":{lodge.port}/" not in ada.url
    shot(ada, "sign-in")


def test_2_after_sign_in_jupyterlab_opens_with_the_welcome_notebook(
    ada: Page, lodge: RunningLodge
) -> None:
    sign_in(ada, lodge, "ada")
    expect(ada.get_by_text("Starting your server").or_(ada.locator(".jp-Notebook"))).to_be_visible()
    shot(ada, "starting")
    expect(ada.get_by_role("heading", name="Welcome to Lodge")).to_be_visible()
    expect(ada).to_have_title(re.compile("Welcome.ipynb.*Lodge"))
    expect(ada.locator("body[data-jp-theme-name='Lodge Light']")).to_have_count(1)


def test_3_the_notebook_runs_from_top_to_bottom(ada: Page) -> None:
    run_all(ada)
    save(ada)
    shot(ada, "notebook")
    cells = outputs(ada, "Welcome.ipynb")
    assert all(cell["execution_count"] for cell in cells)
    kinds = [output["output_type"] for cell in cells for output in cell["outputs"]]
    assert "error" not in kinds
    flights = str(cells[1]["outputs"])
    assert "12 rows × 3 columns in flights_by_month" in flights
    chart = [output for output in cells[2]["outputs"] if "image/png" in output.get("data", {})]
    assert len(chart) == 1
    started = str(cells[3]["outputs"])
    assert re.search(r"Spark 4\.\d\.\d ready in \d", started)
    assert "local[*]" in started
    assert "a lazy Spark DataFrame" in str(cells[4]["outputs"])
    assert "ExpressJet Airlines Inc." in str(cells[5]["outputs"])
    ada.locator(".jp-Cell").nth(5).scroll_into_view_if_needed()
    shot(ada, "chart")


def test_3_the_spark_panel_shows_the_session_and_opens_its_ui_for_ada_alone(ada: Page) -> None:
    ada.locator('.lm-TabBar-tab[data-id="lodge-spark"]').click()
    expect(part(ada, "spark-session")).to_contain_text("local[*]")
    expect(part(ada, "spark-job").first).to_be_visible()
    check_accessible(ada, "#lodge-spark")
    shot(ada, "spark-panel")
    with ada.context.expect_page() as opened:
        part(ada, "spark-ui").click()
    ui = opened.value
    expect(ui.get_by_role("heading", name="Spark Jobs")).to_be_visible()
    assert "/user/ada/lodge/spark/" in ui.url
    ui.get_by_role("link", name="Executors").click()
    expect(ui.get_by_text("driver").first).to_be_visible()
    assert "/user/ada/lodge/spark/" in ui.url
    browser = ada.context.browser
    assert browser is not None
    stranger = browser.new_context()
    reached = stranger.new_page()
    reached.goto(ui.url)
    expect(reached.get_by_role("heading", name="Sign in to Lodge")).to_be_visible()
    stranger.close()
    ui.close()
    ada.locator('.lm-TabBar-tab[data-id="filebrowser"]').click()


def test_3_a_plain_session_works_beside_it_on_the_same_tables(ada: Page) -> None:
    put(
        ada,
        "plain.ipynb",
        "from pyspark.sql import SparkSession",
        "spark = SparkSession.builder.getOrCreate()",
        "print('counted', spark.table('flights').where('month = 7').count())",
    )
    other = ada.context.new_page()
    other.goto("/user/ada/lab/workspaces/other/tree/plain.ipynb")
    expect(other.locator(".jp-CodeCell")).to_have_count(3)
    run_all(other)
    expect(other.get_by_text("counted 29425")).to_be_visible()
    other.close()


def test_4_ada_shares_it(ada: Page, shared: dict[str, str], wiki: Repository) -> None:
    toolbar(ada, "Share")
    expect(part(ada, "share-form")).to_be_visible()
    # Everything ran: nothing to warn of.
    expect(part(ada, "share-title")).to_have_value("Welcome to Lodge")
    expect(part(ada, "share-cells-unrun")).to_have_count(0)
    part(ada, "share-title").fill(TITLE)
    part(ada, "share-description").fill("When do flights leave New York late?")
    part(ada, "share-tags").fill("flights, delays")
    part(ada, "share-wiki-team").check()
    # Where there, as she types: below what the wiki's settings name.
    parent = part(ada, "share-wiki-parent-team")
    parent.fill("week")
    expect(ada.locator("datalist option")).to_have_attribute("value", "Reports/Weekly")
    parent.fill("Weekly")
    check_accessible(ada, ".jp-Dialog")
    shot(ada, "share")
    part(ada, "share-submit").click()
    expect(part(ada, "share-done")).to_be_visible()
    shared["link"] = part(ada, "share-link").input_value()
    assert "/services/shares/" in shared["link"]
    expect(part(ada, "share-wiki-state-team")).to_contain_text("In the wiki team:")
    shot(ada, "shared")
    text = wiki.read(WIKI_PAGE)
    assert "Shared by Ada Lovelace" in text
    assert shared["link"] in text
    (picture,) = (name for name in wiki.files() if name.endswith(".png"))
    assert f"({picture.rpartition('/')[2]})" in text
    part(ada, "share-close").click()
    assert saved(ada, "Welcome.ipynb")["metadata"]["lodge"]["share"]["version"] == 1


def test_4_ada_is_asked_about_what_was_changed_in_the_wiki(
    ada: Page, shared: dict[str, str], wiki: Repository
) -> None:
    theirs = wiki.read(WIKI_PAGE).replace("late", "<i>very</i> late")
    wiki.push({WIKI_PAGE: theirs})
    page = ada.context.new_page()
    page.goto(shared["link"])
    page.get_by_text("Wiki", exact=True).click()
    shot(page, "wiki")
    page.get_by_role("button", name="Update now").click()
    page.get_by_role("link", name="Look at it").click()
    expect(page.get_by_text("<i>very</i> late").first).to_be_visible()
    check_accessible(page)
    shot(page, "wiki-conflict", full=True)
    page.get_by_role("button", name="Keep theirs, put mine below").click()
    expect(page.get_by_text("Up to date, version 1")).to_be_visible()
    text = wiki.read(WIKI_PAGE)
    assert "<i>very</i> late" in text.partition("----")[0]
    assert "Shared by Ada Lovelace" in text.partition("----")[2]
    page.close()


def test_4_ada_is_told_of_a_key_before_she_shares_it(ada: Page) -> None:
    key = "".join(("AKIA", "QYLPMN5HHHFPZAM2"))
    output = nbformat.v4.new_output("stream", name="stdout", text=f"{key}\n")
    cell = nbformat.v4.new_code_cell("show()", execution_count=1, outputs=[output])
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel})
    asked(ada, "contents/keys.ipynb", "PUT", {"type": "notebook", "content": notebook})
    page = ada.context.new_page()
    page.goto(ada.url.replace("Welcome.ipynb", "keys.ipynb"))
    toolbar(page, "Share")
    expect(part(page, "share-secrets")).to_contain_text("AWS Access Key in an output of cell 1")
    check_accessible(page, ".jp-Dialog")
    shot(page, "secrets")
    page.get_by_role("button", name="Clear the output").click()
    expect(part(page, "share-secrets")).to_have_count(0)
    assert key not in str(saved(page, "keys.ipynb"))
    page.close()
    asked(ada, "contents/keys.ipynb", "PATCH", {"path": "old-keys.ipynb"})


def test_4_the_gallery_shows_it(ada: Page) -> None:
    page = ada.context.new_page()
    page.goto("/services/shares/")
    expect(page.get_by_text(TITLE).first).to_be_visible()
    expect(page.locator(".shares-owner").first).to_have_text("Ada Lovelace")
    check_accessible(page)
    shot(page, "gallery")
    page.close()


def test_4_grace_reads_it(grace: Page, lodge: RunningLodge, shared: dict[str, str]) -> None:
    grace.goto(shared["link"])
    sign_in(grace, lodge, "grace")
    expect(grace.get_by_role("heading", name=TITLE)).to_be_visible()
    picture = grace.locator("main img[src^='data:image/png']").first
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") > 300
    expect(grace.get_by_role("cell", name="ExpressJet Airlines Inc.")).to_be_visible()
    check_accessible(grace)
    shot(grace, "share-page", full=True)


def test_4_grace_finds_it_by_search(grace: Page) -> None:
    grace.get_by_role("link", name="Gallery").click()
    search = grace.get_by_role("searchbox")
    search.fill("giraffes")
    search.press("Enter")
    expect(grace.get_by_text(TITLE)).to_have_count(0)
    shot(grace, "gallery-nothing")
    search = grace.get_by_role("searchbox")
    search.fill("纽约")
    search.press("Enter")
    expect(grace.get_by_text(TITLE).first).to_be_visible()
    check_accessible(grace)
    shot(grace, "gallery-dark")
    grace.get_by_text(TITLE).first.click()
    expect(grace.get_by_role("heading", name=TITLE)).to_be_visible()


def test_4_grace_forks_it_and_runs_her_copy(grace: Page, shared: dict[str, str]) -> None:
    grace.get_by_role("button", name="Fork").click()
    grace.wait_for_url(re.compile("/user/grace/lab/tree/forks/"))
    expect(grace.get_by_role("heading", name="Welcome to Lodge")).to_be_visible()
    path = "forks/" + grace.url.rsplit("/", 1)[1]
    run_all(grace)
    save(grace)
    shot(grace, "forked")
    cells = outputs(grace, path)
    assert "ExpressJet Airlines Inc." in str(cells[5]["outputs"])
    forked_from = saved(grace, path)["metadata"]["lodge"]["forked_from"]
    assert forked_from == {"id": shared["link"].rsplit("/", 1)[1], "version": 1}


def test_4_ada_is_told_what_grace_says(ada: Page, grace: Page, shared: dict[str, str]) -> None:
    page = grace.context.new_page()
    page.goto(shared["link"])
    page.get_by_label("Your comment").fill("@ada which carriers are missing?")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator(".share-comment:target")).to_contain_text("which carriers")
    page.close()
    # As when she comes back to the tab; else within a minute.
    ada.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    told = ada.get_by_role("link", name="1 new comment for you")
    expect(told).to_be_visible()
    shot(ada, "notice")
    with ada.context.expect_page() as opened:
        told.click()
    page = opened.value
    expect(page.locator(".share-comment")).to_contain_text("names you")
    page.close()
    ada.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(told).to_be_hidden()


def test_4_ada_sees_what_has_changed_since(ada: Page) -> None:
    # From the list of files, as from the toolbar.
    ada.locator(".jp-DirListing-item", has_text="Welcome.ipynb").click(button="right")
    ada.locator(".lm-Menu-item", has_text="Share notebook…").click()
    expect(part(ada, "share-version")).to_contain_text("Nothing has changed since.")
    expect(part(ada, "share-submit")).to_have_text("Update")
    check_accessible(ada, ".jp-Dialog")
    shot(ada, "share-again")
    part(ada, "share-cancel").click()


def test_4_ada_shares_with_grace_alone(ada: Page, grace: Page) -> None:
    page = ada.context.new_page()
    page.goto(ada.url.replace("Welcome.ipynb", "old-keys.ipynb"))
    toolbar(page, "Share")
    part(page, "share-readers-named").check()
    part(page, "share-readers-names").fill("grace, nobdy")
    part(page, "share-submit").click()
    expect(part(page, "share-error")).to_contain_text("nobody and no group of the name 'nobdy'")
    part(page, "share-readers-names").fill("Grace Hopper")
    check_accessible(page, ".jp-Dialog")
    shot(page, "share-readers")
    part(page, "share-submit").click()
    link = part(page, "share-link").input_value()
    reader = grace.context.new_page()
    reader.goto(link)
    expect(reader.get_by_text("Not everyone may read it")).to_be_visible()
    page.goto(link)
    page.locator("#readers summary").click()
    expect(page.locator("#people")).to_have_value("grace")
    check_accessible(page)
    shot(page, "readers")
    page.locator("#people").fill("")
    page.locator("#readers").get_by_role("button", name="Save").click()
    expect(page.locator("#people")).to_have_value("")
    answer = reader.goto(link)
    assert answer is not None
    assert answer.status == 404
    reader.close()
    page.close()


def test_4_files_go_along_and_a_fork_finds_them(ada: Page, grace: Page) -> None:
    for folder in ("report", "report/data"):
        asked(ada, f"contents/{folder}", "PUT", {"type": "directory"})
    for name, content in {"data/late.csv": "2013,17\n", "notes.txt": "-", "key.pem": "-"}.items():
        body = {"type": "file", "format": "text", "content": content}
        asked(ada, f"contents/report/{name}", "PUT", body)
    put(ada, "report/late.ipynb", "print('read', open('data/late.csv').read())")
    page = ada.context.new_page()
    page.goto(ada.url.replace("Welcome.ipynb", "report/late.ipynb"))
    run_all(page)
    toolbar(page, "Share")
    row = part(page, "share-file")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("data/late.csv")
    expect(row.get_by_role("checkbox")).to_be_checked()
    for name in ("notes.txt", "key.pem"):
        part(page, "share-file-name").fill(name)
        part(page, "share-file-add").click()
        expect(row.last).to_contain_text(name)
    expect(part(page, "share-danger")).to_contain_text("holds keys or passwords")
    check_accessible(page, ".jp-Dialog")
    part(page, "share-files").scroll_into_view_if_needed()
    shot(page, "share-files")
    row.last.get_by_role("checkbox").uncheck()
    part(page, "share-file-name").fill("../Welcome.ipynb")
    part(page, "share-file-name").press("Enter")
    expect(part(page, "share-files")).to_contain_text("no path below the notebook's folder")
    expect(part(page, "share-files-sum")).to_have_text("2 files, 9 B together")
    part(page, "share-title").fill("Late by file")
    part(page, "share-submit").click()
    link = part(page, "share-link").input_value()
    part(page, "share-close").click()

    reader = grace.context.new_page()
    reader.goto(link)
    files = reader.locator("#files")
    expect(files.get_by_role("row")).to_have_count(3)
    reader.locator("#environment summary").click()
    check_accessible(reader)
    shot(reader, "share-page-files-dark", full=True)
    with reader.expect_download() as saving:
        files.get_by_role("link", name="data/late.csv").click()
    assert saving.value.path().read_text() == "2013,17\n"
    reader.get_by_role("button", name="Fork").click()
    # Her server runs already: the form leads on to its origin.
    reader.wait_for_url(re.compile("/user/grace/lab/.*tree/forks/late-by-file/late-by-file.ipynb"))
    # Alone, without the notebooks that were open before.
    reader.goto("/user/grace/lab/workspaces/files/tree/forks/late-by-file/late-by-file.ipynb")
    run_all(reader)
    expect(reader.locator(".jp-OutputArea-output")).to_contain_text("read 2013,17")
    choose_theme(reader, "Lodge Dark")
    toolbar(reader, "Share")
    # All that came along, whether the notebook names it or not.
    expect(part(reader, "share-file")).to_have_text(["data/late.csv8 B", "notes.txt1 B"])
    part(reader, "share-files").scroll_into_view_if_needed()
    check_accessible(reader, ".jp-Dialog")
    shot(reader, "share-files-dark")
    part(reader, "share-cancel").click()
    choose_theme(reader, "Lodge Light")
    reader.close()

    # What was ticked is remembered, and what differs is told.
    body = {"type": "file", "format": "text", "content": "2013,18\n"}
    asked(ada, "contents/report/data/late.csv", "PUT", body)
    toolbar(page, "Share")
    expect(part(page, "share-version")).to_contain_text("Files that differ: data/late.csv.")
    expect(row).to_have_text([re.compile("changed since version 1"), re.compile("as in version 1")])
    part(page, "share-submit").click()
    expect(part(page, "share-done")).to_contain_text("version 2")
    page.goto(f"{link}/compare")
    expect(page.get_by_role("row", name="File data/late.csv differs")).to_be_visible()
    check_accessible(page)
    shot(page, "compare-files")
    page.goto(link)
    page.locator("#environment summary").click()
    shot(page, "share-page-files", full=True)
    page.close()
