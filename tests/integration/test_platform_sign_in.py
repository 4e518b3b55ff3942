"""Signing in and out at the embedded identity provider, through the whole chain."""

import re
import subprocess
from contextlib import closing

import httpx
import pytest
from support.lodge import LODGE, LodgeClient, RunningLodge, submit


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
        assert "Hello, ada" in me.text
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
        assert any("Clear-Site-Data" in reply.headers for reply in out.history)
        again = browser.get("/hub/home")
        # Not signed in again silently: the provider asks for the name.
        assert 'name="login"' in again.text


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
        assert "Hello, mary" in browser.get("/hub/home").text
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
