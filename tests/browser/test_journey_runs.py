"""The journey goes on: schedule and run, a server that stops, a hostile page, sign out.

Of the two users of `test_journey.py`, in the same browsers; run after it, in one process.
"""

import re

from playwright.sync_api import Browser, Page, Route, expect
from support.browser import PATIENCE_MS, check_accessible, save, saved, shot, sign_in
from support.git_wiki import Repository
from support.hostile import attempts, belongings, serve_hostile_page
from support.journey import TITLE, WIKI_PAGE, new_page, part, put, toolbar
from support.lodge import RunningLodge, server_url, wait_for

SIGN_OUT = re.compile(r"\b(log|sign) ?(out|off)\b", re.IGNORECASE)


def test_5_ada_schedules_it_and_runs_it_now(ada: Page) -> None:
    toolbar(ada, "Schedule")
    expect(part(ada, "schedule-form")).to_be_visible()
    part(ada, "schedule-name").fill("Late flights, daily")
    expect(part(ada, "schedule-words")).to_contain_text("every day")
    expect(part(ada, "schedule-next")).to_have_count(5)
    late = ada.get_by_label("late_minutes")
    expect(late).to_have_value("30")
    late.fill("sixty")
    late.press("Tab")
    shot(ada, "schedule-wrong")
    late.fill("60")
    expect(part(ada, "schedule-page")).to_contain_text(TITLE)
    part(ada, "schedule-page-on").check()
    part(ada, "schedule-page-publish").check()
    part(ada, "schedule-more").locator("summary").click()
    part(ada, "schedule-interval").select_option("day")
    part(ada, "schedule-retries").select_option("2")
    part(ada, "schedule-retry-after").fill("soon")
    expect(part(ada, "schedule-submit")).to_be_disabled()
    part(ada, "schedule-retry-after").fill("0.5")
    ada.get_by_label("origin").fill("{{ ds }}")
    check_accessible(ada, ".jp-Dialog")
    shot(ada, "schedule")
    ada.get_by_label("origin").fill("{{ dss }}")
    part(ada, "schedule-submit").click()
    expect(part(ada, "schedule-error")).to_contain_text("did you mean ds?")
    ada.get_by_label("origin").fill("JFK")
    part(ada, "schedule-submit").click()
    expect(part(ada, "schedules-job-name")).to_have_text("Late flights, daily")
    # By another name than the notebook's, so which one it runs is said as well.
    expect(part(ada, "schedules-job-path")).to_have_text("Welcome.ipynb")
    part(ada, "schedules-run-now").first.click()
    state = part(ada, "schedules-run-state").first
    expect(state).to_contain_text(re.compile("Queued|Running"))
    shot(ada, "schedules-running")
    expect(state).to_contain_text("Succeeded", timeout=2 * PATIENCE_MS)
    shot(ada, "schedules")


def test_5_a_click_opens_the_executed_notebook(ada: Page) -> None:
    with ada.context.expect_page() as opened:
        part(ada, "schedules-run").first.click()
    run = opened.value
    expect(run.get_by_role("heading", name="Succeeded", exact=True)).to_be_visible()
    expect(run.locator("main img[src^='data:image/png']").first).to_be_visible()
    expect(run.locator("main")).to_contain_text("late_minutes = 60")
    expect(run.get_by_role("cell", name="ExpressJet Airlines Inc.")).to_be_visible()
    check_accessible(run)
    shot(run, "run")
    run.close()


def test_5_the_run_leads_the_page_in_the_gallery_and_the_wiki(ada: Page, wiki: Repository) -> None:
    with ada.context.expect_page() as opened:
        part(ada, "schedules-run").first.click()
    run = opened.value
    # The page looks by itself until the gallery has it.
    link = run.get_by_role("link", name=re.compile(r"Version \d+ in the gallery"))
    expect(link).to_be_visible()
    shot(run, "run-shared")
    link.click()
    expect(run.locator(".share-run")).to_contain_text("Run of Late flights, daily")
    expect(run.locator(".share-run")).to_contain_text("late_minutes60")
    check_accessible(run)
    shot(run, "page-run")
    run.get_by_role("link", name="All versions").click()
    expect(run.get_by_role("cell", name="Run of Late flights, daily")).to_be_visible()
    check_accessible(run)
    shot(run, "versions")
    run.close()
    wait_for(
        lambda: "Run of Late flights, daily" in wiki.read(WIKI_PAGE), 60, "the wiki has the run"
    )


def test_5_a_failing_cell_is_shown_as_failed(ada: Page) -> None:
    put(ada, "failing.ipynb", "ok = 1", "rows = 0\nassert rows, 'no rows for this day'", "x = 1")
    ada.goto("/user/ada/lab/tree/failing.ipynb?reset")
    toolbar(ada, "Schedule")
    part(ada, "schedule-run-now").click()
    row = part(ada, "schedules-job").filter(has_text="failing")
    expect(part(row, "schedules-run-state")).to_contain_text("Failed")
    expect(row).to_contain_text("no rows for this day")
    shot(ada, "schedules-failed")
    with ada.context.expect_page() as opened:
        part(row, "schedules-run").first.click()
    run = opened.value
    expect(run.get_by_role("heading", name="Failed", exact=True)).to_be_visible()
    expect(run.get_by_text("AssertionError: no rows for this day").first).to_be_visible()
    check_accessible(run)
    shot(run, "run-failed")
    run.close()


def test_6_one_request_lost_is_no_server_lost(grace: Page) -> None:
    sessions = re.compile(r"/user/grace/api/sessions\?")
    grace.route(sessions, lambda route: route.abort(), times=1)
    with grace.expect_response(re.compile(r"/user/grace/api\?")) as answer:
        grace.wait_for_event("requestfailed", lambda request: bool(sessions.search(request.url)))
    assert answer.value.ok
    grace.wait_for_event("response", lambda response: bool(sessions.search(response.url)))
    expect(grace.get_by_role("dialog")).to_have_count(0)


def test_6_grace_saves_in_the_page_that_outlived_her_server(
    grace: Page, lodge: RunningLodge
) -> None:
    # From its next start on, for the test after this one.
    serve_hostile_page(lodge, "grace")
    note = "What Grace had not saved yet"
    grace.locator(".jp-CodeCell .cm-content").first.click()
    grace.keyboard.press("Control+Home")
    grace.keyboard.type(f"# {note}\n")
    hub = grace.context.new_page()
    script: list[Route] = []
    hub.route(re.compile(r"/jhapi\.js"), lambda route: script.append(route))
    with hub.expect_request(re.compile(r"/jhapi\.js")):
        hub.goto("/hub/home", wait_until="domcontentloaded")
    stop = hub.get_by_role("button", name="Stop my server")
    # Before its script is there a press would be lost.
    expect(stop).to_be_disabled()
    script[0].continue_()
    with hub.expect_response(lambda response: response.request.method == "DELETE"):
        stop.click()
    expect(hub.get_by_text("Your server is not running")).to_be_visible()
    hub.close()
    # JupyterLab saves by itself now and then, and says that it could not: one dialog at a time.
    unsaved = grace.get_by_role("dialog", name=re.compile("File Save Error"))
    grace.add_locator_handler(
        unsaved, lambda shown: shown.get_by_role("button", name="Close").click()
    )
    dialog = grace.get_by_role("dialog")
    expect(dialog).to_contain_text("Your server has stopped")
    check_accessible(grace, "dialog")
    shot(grace, "server-stopped")
    with grace.context.expect_page() as opened:
        dialog.get_by_role("button", name="Start server").click()
    expect(grace.get_by_text("Your server is back.").first).to_be_visible()
    shot(grace, "server-back")
    opened.value.close()
    save(grace)
    grace.remove_locator_handler(unsaved)
    name = grace.url.split("/lab/tree/")[1].split("?")[0]
    assert note in str(saved(grace, name)["cells"])


def test_6_a_hostile_page_of_graces_server_gets_at_nothing_of_adas(
    ada: Page, lodge: RunningLodge, shared: dict[str, str]
) -> None:
    share = shared["link"].rsplit("/", 1)[1]
    with lodge.api("ada") as api:
        before = belongings(api, "ada")
        visit = ada.context.new_page()
        visit.goto(f"{server_url(lodge.url, 'grace')}/user/grace/hostile")
        found = attempts(visit, lodge.url, "ada", share)
        visit.close()
        after = belongings(api, "ada")
    assert found["tried"] > 20
    assert found["got"] == []
    # What reached grace's server of ada's browser: nothing that is worth anything elsewhere.
    assert found["cookies"] == ""
    assert after == before


def test_7_after_sign_out_the_next_user_sees_nothing_of_adas(
    ada: Page, lodge: RunningLodge
) -> None:
    ada.goto("/hub/home")
    expect(ada.get_by_role("heading", name="Hello, Ada Lovelace")).to_be_visible()
    # Nothing else ends the session, whatever it is called.
    expect(ada.get_by_text(SIGN_OUT)).to_have_text(["Sign out"])
    check_accessible(ada)
    shot(ada, "home")
    ada.get_by_role("link", name="Tokens").click()
    ada.get_by_role("button", name="Request new API token").click()
    expect(ada.locator("#token-result")).to_have_text(re.compile(r"^\w{20,}$"))
    ada.goto("/user/ada/lab/tree/Welcome.ipynb")
    expect(ada.locator(".jp-Notebook")).to_be_visible()
    ada.get_by_role("menuitem", name="File", exact=True).click()
    expect(ada.get_by_role("menuitem", name=SIGN_OUT)).to_have_text([re.compile("^Log Out$")])
    shot(ada, "file-menu")
    ada.get_by_role("menuitem", name="Log Out").click()
    expect(ada.get_by_role("heading", name="You are signed out")).to_be_visible()
    shot(ada, "signed-out")
    # What her pages kept is at her server's host, where nobody else's page would look.
    ada.goto(f"{server_url(lodge.url, 'ada')}/user/ada/api/contents")
    assert ada.evaluate("localStorage.length") == 0
    ada.goto(f"{server_url(lodge.url, 'ada')}/user/ada/lab")
    expect(ada.get_by_role("heading", name="Sign in to Lodge")).to_be_visible()
    sign_in(ada, lodge, "grace")
    refused = ada.get_by_role("heading", name="You do not have permission")
    expect(refused).to_be_visible()
    ada.goto("/")
    expect(ada.locator(".jp-Notebook, .jp-Launcher").first).to_be_visible()
    assert "/user/grace/" in ada.url
    storage = ada.evaluate("JSON.stringify(localStorage) + JSON.stringify(sessionStorage)")
    assert "failing.ipynb" not in storage
    ada.goto("/services/schedules/")
    expect(ada.get_by_text("Late flights, daily")).to_have_count(0)
    refusal = ada.goto(f"{server_url(lodge.url, 'ada')}/user/ada/api/contents")
    assert refusal is not None
    assert refusal.status == 403
    ada.set_viewport_size({"width": 390, "height": 844})
    ada.goto("/services/shares/")
    expect(ada.get_by_text(TITLE).first).to_be_visible()
    shot(ada, "gallery-narrow")


def test_8_an_admin_is_offered_no_user_that_could_not_sign_in(
    browser: Browser, lodge: RunningLodge
) -> None:
    for page in new_page(browser, lodge, "light"):
        page.goto("/hub/admin")
        sign_in(page, lodge, "admin")
        expect(page.get_by_text("Only Active Servers")).to_be_visible()
        expect(page.get_by_text("Add Users")).to_be_hidden()
        expect(
            page.get_by_text("Accounts to sign in with are made by lodge user add")
        ).to_be_visible()
        shot(page, "admin")
