"""Each user's server is an origin of its own; old addresses lead to the new ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing

import httpx
import nbformat
import pytest
from support.lodge import RunningLodge, server_url, submit


@pytest.fixture(scope="module")
def grace(lodge: RunningLodge) -> Iterator[httpx.Client]:
    """Grace, signed in as by a browser, with a server that runs."""
    with lodge.api("grace") as api:
        if not lodge.server_ready(api, "grace"):
            lodge.start_server(api, "grace")
    with closing(lodge.sign_in("grace")) as client:
        yield client


def test_the_address_has_a_name_that_servers_stand_below(
    lodge: RunningLodge, grace: httpx.Client
) -> None:
    assert lodge.url == f"http://lodge.localhost:{lodge.port}"
    page = grace.get("/hub/user/grace/lab").raise_for_status()
    assert str(page.url).startswith(f"{server_url(lodge.url, 'grace')}/user/grace/lab")


def test_every_cookie_stays_at_its_host_and_knows_its_site(
    lodge: RunningLodge, grace: httpx.Client
) -> None:
    with closing(lodge.sign_in("grace")) as fresh:
        replies = []
        for path in ("/hub/user/grace/lab", "/services/shares/", "/services/schedules/"):
            page = fresh.get(path).raise_for_status()
            replies += [*page.history, page]
        hosts = {cookie.name: cookie.domain for cookie in fresh.cookies.jar}
    set_cookies = [each for reply in replies for each in reply.headers.get_list("Set-Cookie")]
    assert set_cookies
    for cookie in set_cookies:
        assert "domain=" not in cookie.lower()
        # One that is taken away holds nothing; `_xsrf` is worth nothing without the others.
        worthless = '=""' in cookie or cookie.startswith("_xsrf=")
        assert worthless or "samesite=lax" in cookie.lower(), cookie
    assert hosts["jupyterhub-hub-login"] == hosts["service-shares"] == "lodge.localhost"
    assert hosts["jupyterhub-session-id"] == "lodge.localhost"
    assert hosts["jupyterhub-user-grace"] == "grace.lodge.localhost"


@pytest.mark.parametrize(
    ("path", "ends"),
    [
        ("/", "/hub/home"),
        ("/services/shares/", "/services/shares/"),
        ("/services/shares/?q=late", "/services/shares/?q=late"),
        ("/user/grace/lab/tree/Welcome.ipynb", "/user/grace/lab/tree/Welcome.ipynb"),
        ("/hub/user-redirect/lab", "/user/grace/lab"),
    ],
)
def test_links_to_the_address_of_before_lead_to_the_same_page(
    lodge: RunningLodge, grace: httpx.Client, path: str, ends: str
) -> None:
    page = grace.get(f"http://127.0.0.1:{lodge.port}{path}").raise_for_status()
    assert page.url.host in ("lodge.localhost", "grace.lodge.localhost")
    found = re.sub(r"[?&]redirects=\d", "", page.url.raw_path.decode())
    assert found == ends or path == "/"
    assert "Lodge" in page.text


def test_the_hub_is_at_no_users_origin(lodge: RunningLodge, grace: httpx.Client) -> None:
    for path in ("/hub/home", "/services/shares/", "/hub/api/user"):
        reply = grace.get(server_url(lodge.url, "grace") + path, follow_redirects=False)
        assert reply.status_code == 302
        assert reply.headers["Location"] == lodge.url + path


def test_a_share_is_forked_by_a_plain_client(lodge: RunningLodge, grace: httpx.Client) -> None:
    notebook = dict(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Origins")]))
    with lodge.api("ada") as ada:
        body = {"title": "Origins", "notebook": notebook}
        share = ada.post("/services/shares/api/shares", json=body).raise_for_status().json()
    page = grace.get(share["url"]).raise_for_status()
    forked = submit(grace, page, {"version": "1"}, "/fork")
    assert forked.status_code == 200
    assert forked.url.host == "grace.lodge.localhost"
    assert forked.url.path.startswith("/user/grace/lab/tree/forks/")


def test_a_page_of_another_origin_gets_no_use_of_a_sign_in(
    lodge: RunningLodge, grace: httpx.Client
) -> None:
    grace.get("/services/schedules/").raise_for_status()
    foreign = {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
    refused = grace.get("/services/schedules/api/jobs", headers=foreign)
    assert refused.status_code == 403
    assert refused.json()["reason"] == "foreign_page"
    # The hub and a server refuse it by their own rule: it lacks their page's token.
    for path in ("/hub/api/users/grace", "/user/grace/api/contents"):
        assert grace.get(path, headers=foreign).status_code == 403


def test_a_tool_without_names_below_localhost_names_the_host_itself(lodge: RunningLodge) -> None:
    there = httpx.get(
        f"http://127.0.0.1:{lodge.port}/hub/api/", headers={"Host": f"lodge.localhost:{lodge.port}"}
    )
    assert "version" in there.json()
    told = httpx.get(f"http://127.0.0.1:{lodge.port}/")
    assert f"Lodge is at {lodge.url}/" in told.text
    assert "by the header Host" in told.text
