"""Signing in and out at the embedded identity provider, through the whole chain."""

import re
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

import httpx
import nbformat
import psutil
import pytest
from support.lodge import LODGE, LodgeClient, RunningLodge, submit, wait_for


def test_the_first_page_is_the_providers_sign_in(lodge: RunningLodge) -> None:
    with LodgeClient(lodge.url, follow_redirects=True) as client:
        page = client.get("/")
    assert page.status_code == 200
    assert page.url.port != lodge.port
    assert 'name="login"' in page.text
    query = str(page.history[-2].url) + str(page.history[-1].url)
    assert "code_challenge" in query
    assert "nonce=" in query


def test_a_user_signs_in_and_finds_groups(lodge: RunningLodge) -> None:
    with closing(lodge.sign_in("ada")) as browser:
        me = browser.get("/hub/home")
        assert "Hello, Ada Lovelace" in me.text
    with lodge.api("ada") as api:
        model = api.get("/hub/api/user").raise_for_status().json()
    assert model["groups"] == ["analysts"]
    assert not model["admin"]
    assert "custom:lodge-shares:write" in model["scopes"]
    assert "custom:lodge-shares:admin" not in model["scopes"]


def test_members_of_the_admin_group_are_admins(lodge: RunningLodge) -> None:
    with lodge.api("admin") as api:
        model = api.get("/hub/api/user").raise_for_status().json()
    assert model["admin"]
    assert "custom:lodge-schedules:admin" in model["scopes"]


def test_a_wrong_password_is_refused(lodge: RunningLodge) -> None:
    with pytest.raises(PermissionError):
        lodge.sign_in("grace", "not-the-password")


def test_signing_out_ends_the_providers_session_too(lodge: RunningLodge) -> None:
    with closing(lodge.sign_in("ada")) as browser:
        out = browser.get("/hub/logout")
        assert "You are signed out" in out.text
        cleared = {r.url.host for r in out.history if "Clear-Site-Data" in r.headers}
        assert cleared == {"lodge.localhost", "ada.lodge.localhost"}
        assert str(out.url) == f"{lodge.url}/hub/logout"
        # Nobody is sent to a host of somebody else's choice.
        forged = browser.get("/hub/logout?state=aHR0cDovL2V2aWwuZXhhbXBsZQ==")
        assert str(forged.url).startswith(f"{lodge.url}/hub/logout")
        again = browser.get("/hub/home")
        # Not signed in again silently: the provider asks for the name.
        assert 'name="login"' in again.text


def test_signing_out_ends_what_every_copy_of_a_cookie_is_worth(lodge: RunningLodge) -> None:
    with lodge.api("ada") as api, closing(lodge.sign_in("ada")) as browser:
        if not lodge.server_ready(api, "ada"):
            lodge.start_server(api, "ada")
        provider = f"http://127.0.0.1:{lodge.port + 1}"
        own = {
            "hub": ("/hub/home", "Hello, Ada Lovelace"),
            "shares": ("/services/shares/", "Ada Lovelace"),
            "schedules": ("/services/schedules/", "Ada Lovelace"),
            "server": ("/user/ada/lab", "jupyter-config-data"),
            "provider": (f"{provider}/profile/ada", "Ada Lovelace"),
        }
        for path, words in own.values():
            assert words in browser.get(path).text, path
        copy = LodgeClient(lodge.url, cookies=browser.cookies, follow_redirects=False)
        with copy:
            for path, words in own.values():
                assert words in copy.get(path).text, path
            browser.get("/hub/logout").raise_for_status()
            for path, words in own.values():
                wait_for(lambda p=path, w=words: w not in copy.get(p).text, 60, path)  # type: ignore[misc]
            refused = copy.get("/services/schedules/api/jobs")
            assert refused.status_code == 401
        # What ada made by choice stays, and her server goes on.
        assert api.get("/services/shares/api/shares").status_code == 200
        assert api.get("/user/ada/api/status").status_code == 200


def test_no_picture_of_a_page_signs_anybody_out(lodge: RunningLodge) -> None:
    with closing(lodge.sign_in("ada")) as browser:
        asked = {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"}
        for kind in ("image", "iframe", "empty"):
            out = browser.get("/hub/logout", headers={**asked, "Sec-Fetch-Dest": kind})
            assert out.status_code == 403
        assert "Hello, Ada Lovelace" in browser.get("/hub/home").text


def test_a_token_ends_by_itself_and_within_seconds_when_it_is_revoked(lodge: RunningLodge) -> None:
    with lodge.api("ada") as api, lodge.api("ada") as other:
        path = "/hub/api/users/ada/tokens"
        made = api.post(path, json={"note": "for a script"}).raise_for_status().json()
        ends = datetime.fromisoformat(made["expires_at"])
        assert timedelta(days=364) < ends - datetime.now(UTC) <= timedelta(days=365)
        assert api.post(path, json={"expires_in": 10**9}).status_code == 400
        other.headers["Authorization"] = f"Bearer {made['token']}"
        shares = "/services/shares/api/shares"
        assert other.get(shares).status_code == 200
        api.delete(f"{path}/{made['id']}").raise_for_status()
        wait_for(lambda: other.get(shares).status_code in (401, 403), 11, "the token's end")
        assert other.get("/hub/api/user").status_code in (401, 403)


def test_a_callback_that_this_browser_did_not_begin_is_refused(lodge: RunningLodge) -> None:
    with LodgeClient(lodge.url, follow_redirects=False) as one:
        begun = one.get("/hub/oauth_login")
        page = one.get(begun.headers["location"], follow_redirects=True)
        page = submit_quietly(one, page, {"login": "ada"})
        page = submit_quietly(one, page, {"password": lodge.password("ada")}, follow=False)
        callback = f"{lodge.url}/hub/oauth_callback"
        while not page.headers["location"].startswith(callback):
            page = one.get(page.url.join(page.headers["location"]))
        with LodgeClient(lodge.url) as other:
            refused = other.get(page.headers["location"])
    assert refused.status_code == 400
    assert "begun in another browser" in refused.text


def submit_quietly(
    client: httpx.Client, page: httpx.Response, values: dict[str, str], *, follow: bool = True
) -> httpx.Response:
    client.follow_redirects = follow
    return submit(client, page, values)


def test_users_are_added_and_locked_while_lodge_runs(lodge: RunningLodge) -> None:
    def user(*words: str) -> str:
        done = subprocess.run(
            [LODGE, "user", *words, "--data-dir", lodge.folder],
            capture_output=True,
            text=True,
            check=True,
            cwd="/",
        )
        return done.stdout

    said = user("add", "mary", "--full-name", "Mary Jackson", "--group", "analysts", "--generate")
    match = re.search(r"with the password (\S+)\.\n", said)
    assert match
    with closing(lodge.sign_in("mary", match.group(1))) as browser:
        assert "Hello, Mary Jackson" in browser.get("/hub/home").text
    assert "mary  Mary Jackson  [analysts]" in user("list")
    user("lock", "mary")
    with pytest.raises((PermissionError, LookupError)):
        lodge.sign_in("mary", match.group(1))


def test_a_user_that_is_there_is_not_added_again(lodge: RunningLodge) -> None:
    done = subprocess.run(
        [LODGE, "user", "add", "ada", "--generate", "--data-dir", lodge.folder],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    assert done.returncode == 1
    assert "There is a user ada already" in done.stderr


WAITS = "import time\nwhile True:\n    time.sleep(0.2)"


def test_what_goes_on_of_people_who_are_gone_ends_within_a_minute(lodge: RunningLodge) -> None:
    """One is locked, one removed, and one locked on the provider's page."""
    names = ("locked", "removed", "paged")
    signed_in = {name: new_user(lodge, name) for name in names}
    with ExitStack() as stack:
        for clients in signed_in.values():
            for client in clients:
                stack.enter_context(closing(client))
        apis = {name: api for name, (_, api) in signed_in.items()}
        for name, api in apis.items():
            lodge.start_server(api, name)
        locked = apis["locked"]
        locked.post("/user/locked/api/kernels", json={}).raise_for_status()
        cell = nbformat.v4.new_code_cell(WAITS)
        notebook = dict(nbformat.v4.new_notebook(cells=[cell]))
        share = {"title": "Of one who is locked out", "notebook": notebook}
        shared = locked.post("/services/shares/api/shares", json=share).raise_for_status().json()
        job = {"name": "Long", "notebook": notebook, "notebook_path": "a.ipynb"}
        job_id = locked.post("/services/schedules/api/jobs", json=job).raise_for_status().json()
        runs = f"/services/schedules/api/jobs/{job_id['id']}/runs"
        run = locked.post(runs, json={}).raise_for_status().json()["id"]
        wait_for(lambda: run_state(locked, run) == "running", 60, "the run")
        assert all(processes_of(lodge, name) for name in names)
        hidden = [stack.enter_context(closing_process(lodge.uid(name))) for name in names]

        user_command(lodge, "lock", "locked")
        user_command(lodge, "remove", "removed")
        with closing(sqlite3.connect(lodge.folder / "identity" / "identity.sqlite")) as provider:
            provider.execute(
                "UPDATE user SET lock_date = ? WHERE user_name = 'paged'",
                [datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.000000")],
            )
            provider.commit()
        for name, (browser, api) in signed_in.items():
            wait_for(partial(lambda one: not processes_of(lodge, one), name), 75, f"end of {name}")
            wait_for(partial(refused, api, "/services/shares/api/shares"), 30, f"token of {name}")
            assert refused(api, f"/hub/api/users/{name}")
            assert api.post(f"/hub/api/users/{name}/server").status_code in (401, 403)
            assert "Hello, " not in browser.get("/hub/home").text
        with lodge.api("admin") as admin:
            # An admin sees the run that ended and the share that stays, and starts no server.
            assert run_state(admin, run) == "cancelled"
            assert admin.get(f"/services/shares/api/shares/{shared['id']}").status_code == 200
            for name in names:
                reply = admin.post(f"/hub/api/users/{name}/server")
                assert reply.status_code in (400, 403)
            for process in hidden:
                assert process.wait(30)
            # Who is deleted at the hub leaves nothing behind either.
            with closing_process(lodge.uid("paged")) as another:
                admin.delete("/hub/api/users/paged").raise_for_status()
                assert another.wait(10)
    said = user_command(lodge, "password", "locked", "--generate")
    with closing(lodge.sign_in("locked", said.rpartition(": ")[2].strip().rstrip("."))) as browser:
        assert "Hello, Locked" in browser.get("/hub/home").text


@contextmanager
def closing_process(uid: int) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process of an account that nothing tells whose it is, and that keeps going."""
    command = ["/bin/sh", "-c", "trap '' TERM HUP INT; while :; do sleep 600; done"]
    process = subprocess.Popen(
        command, user=uid, group=uid, extra_groups=[], env={}, cwd="/", start_new_session=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def new_user(lodge: RunningLodge, name: str) -> tuple[httpx.Client, httpx.Client]:
    """Make an account; return a browser that is signed in, and a client with a token."""
    said = user_command(lodge, "add", name, "--group", "analysts", "--generate")
    browser = lodge.sign_in(name, said.rpartition("with the password ")[2].strip().rstrip("."))
    made = browser.post(
        f"/hub/api/users/{name}/tokens",
        json={"note": "for a script"},
        headers={"X-XSRFToken": browser.cookies.get("_xsrf", path="/hub/") or ""},
    )
    token = made.raise_for_status().json()["token"]
    return browser, LodgeClient(lodge.url, headers={"Authorization": f"Bearer {token}"})


def refused(client: httpx.Client, path: str) -> bool:
    return client.get(path).status_code in (401, 403)


def user_command(lodge: RunningLodge, *words: str) -> str:
    """Run `lodge user`; return what it says."""
    done = subprocess.run(
        [LODGE, "user", *words, "--data-dir", lodge.folder],
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    )
    return done.stdout


def run_state(api: httpx.Client, run: str) -> str:
    return str(api.get(f"/services/schedules/api/runs/{run}").json().get("state"))


def processes_of(lodge: RunningLodge, name: str) -> list[psutil.Process]:
    """Return the processes of a user's account."""
    uid = lodge.uid(name)
    return [each for each in lodge.processes() if owner(each) == uid]


def owner(process: psutil.Process) -> int | None:
    try:
        return int(process.uids().real)
    except psutil.NoSuchProcess:
        return None
