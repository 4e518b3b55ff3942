"""Each user's server runs under an account of its own; nobody reads another's."""

import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from lodge_spawner import LocalSettings
from support.accounts import as_account
from support.lodge import RunningLodge, server_url, wait_for


@pytest.fixture(scope="module")
def servers(lodge: RunningLodge) -> Iterator[dict[str, psutil.Process]]:
    """The servers of ada and grace."""
    found = {}
    for name in ("ada", "grace"):
        with lodge.api(name) as api:
            if not lodge.server_ready(api, name):
                lodge.start_server(api, name)
        found[name] = server_of(lodge, name)
    yield found
    for name in found:
        with lodge.api(name) as api:
            api.delete(f"/hub/api/users/{name}/server").raise_for_status()


def server_of(lodge: RunningLodge, name: str) -> psutil.Process:
    """Return the process of a user's server, the first of those that belong to it."""
    found = [
        process
        for process in lodge.processes()
        if process.environ().get("LODGE_SERVER", "").endswith(f"/{name}/")
    ]
    return min(found, key=psutil.Process.create_time)


pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="accounts of their own need root")


def test_servers_run_under_accounts_of_their_own(
    lodge: RunningLodge, servers: dict[str, psutil.Process]
) -> None:
    uids = {name: process.uids().real for name, process in servers.items()}
    assert uids == {name: lodge.uid(name) for name in servers}
    assert len(set(uids.values())) == 2
    assert 0 not in uids.values()
    assert all(set(process.gids()) == {lodge.uid(name)} for name, process in servers.items())


def test_homes_are_closed(lodge: RunningLodge, servers: dict[str, psutil.Process]) -> None:
    home = lodge.home("ada")
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert home.stat().st_uid == lodge.uid("ada")
    assert as_account(lodge.uid("ada"), "cat", f"{home}/Welcome.ipynb").returncode == 0
    other = as_account(lodge.uid("grace"), "cat", f"{home}/Welcome.ipynb")
    assert "Permission denied" in other.stderr


@pytest.mark.parametrize(
    "path",
    [
        "/proc/{pid}/environ",
        "{data}/secrets/cookie",
        "{data}/hub/jupyterhub.sqlite",
        "{data}/identity/identity.sqlite",
        "{data}/shares/shares.sqlite",
        "{data}/schedules/schedules.sqlite",
        "{data}/run/hub-values.json",
        "{data}/run/local-settings.json",
        "{data}/run/users/ada/sources.toml",
        "{data}/logs/hub.log",
        "{data}/metastore/database",
    ],
)
def test_nothing_of_another_or_of_the_platform_is_readable(
    lodge: RunningLodge, servers: dict[str, psutil.Process], path: str
) -> None:
    place = path.format(pid=servers["ada"].pid, data=lodge.folder)
    refused = as_account(lodge.uid("grace"), "ls" if "database" in place else "cat", place)
    assert refused.returncode != 0
    assert "Permission denied" in refused.stderr, refused.stderr


ACCESS = """
import os, sys
for path in sys.stdin.read().split("\\0"):
    print(int(os.access(path, os.R_OK)), int(os.access(path, os.W_OK)), path, end="\\0")
"""


def test_of_the_data_folder_only_tables_and_samples_are_open(
    lodge: RunningLodge, servers: dict[str, psutil.Process]
) -> None:
    """Asked of each path that root finds: a closed folder may hold what is open to who knows it."""
    paths = [str(path) for path in lodge.folder.rglob("*")]
    told = as_account(lodge.uid("grace"), sys.executable, "-c", ACCESS, said="\0".join(paths))
    mine = re.compile("(homes|run/users|tmp/server-|logs/users)/?grace")
    readable, writable = set(), set()
    for one in told.stdout.rstrip("\0").split("\0"):
        may_read, may_write, path = one.split(" ", 2)
        inside = str(Path(path).relative_to(lodge.folder))
        if mine.match(inside):
            continue
        if int(may_read) and Path(path).is_file():
            readable.add(inside)
        if int(may_write):
            writable.add(inside)
    assert not {path for path in readable if path.split("/")[0] not in ("sources", "warehouse")}
    assert not {path for path in writable if path.split("/")[0] != "warehouse"}
    assert len(paths) > 100


def test_no_secret_stands_in_an_argument(lodge: RunningLodge) -> None:
    secrets = {path.read_text() for path in (lodge.folder / "secrets").iterdir()}
    secrets -= {lodge.instance}
    for process in lodge.processes():
        line = " ".join(process.cmdline())
        assert not [secret for secret in secrets if secret in line]


def test_another_users_server_is_closed(
    lodge: RunningLodge, servers: dict[str, psutil.Process]
) -> None:
    with lodge.api("grace") as api:
        assert api.get("/user/ada/api/contents").status_code == 403
    with lodge.api("ada") as api:
        names = [one["name"] for one in api.get("/user/ada/api/contents").json()["content"]]
    assert "Welcome.ipynb" in names


TRY = """
import os, socket, sys
for attempt in (
    lambda: socket.socket(socket.AF_UNIX).connect(sys.argv[1]),
    lambda: os.unlink(sys.argv[1]),
    lambda: socket.socket(socket.AF_UNIX).bind(sys.argv[1] + "2"),
):
    try:
        attempt()
        print("done")
    except OSError as error:
        print(error.strerror)
"""


def test_a_server_is_reached_by_the_proxy_alone(
    lodge: RunningLodge, servers: dict[str, psutil.Process]
) -> None:
    for process in servers.values():
        listening = [one for one in process.net_connections("inet") if one.status == "LISTEN"]
        assert not listening
    path = servers["ada"].environ()["LODGE_SERVER_SOCKET"]
    for name in ("ada", "grace"):
        tried = as_account(lodge.uid(name), sys.executable, "-c", TRY, path)
        assert tried.stdout.splitlines() == ["Permission denied"] * 3, tried.stderr


def test_what_a_server_answers_comes_through(
    lodge: RunningLodge, servers: dict[str, psutil.Process]
) -> None:
    """Also where it answers before the proxy has done with the request."""
    with lodge.api("ada") as api:
        kernel = api.post("/user/ada/api/kernels", json={}).raise_for_status().json()["id"]
        address = f"/user/ada/api/kernels/{kernel}"
        answers = [
            api.post(f"{address}/interrupt", json={"filler": "." * 3000}).status_code
            for _ in range(100)
        ]
        assert answers == [204] * 100
        api.delete(address).raise_for_status()


def test_what_users_may_have_is_limited(
    lodge: RunningLodge, servers: dict[str, psutil.Process]
) -> None:
    groups = LocalSettings.load(lodge.folder / "run" / "local-settings.json").groups
    assert servers["ada"].pid in groups.processes("ada")
    assert servers["grace"].pid in groups.processes("grace")
    assert groups.processes() >= groups.processes("ada") | groups.processes("grace")
    assert 0 < groups.limits.memory <= groups.limits.all_memory < psutil.virtual_memory().total


def test_an_admin_enters_nobodys_server(
    lodge: RunningLodge, servers: dict[str, psutil.Process]
) -> None:
    with lodge.api("admin") as api, closing(lodge.sign_in("admin")) as browser:
        assert api.get("/hub/api/users/ada").json()["servers"]
        assert api.get("/user/ada/api/contents").status_code == 403
        assert api.post("/hub/api/users/ada/tokens", json={}).status_code == 403
        assert api.get("/hub/api/users/ada/tokens").status_code in (403, 404)
        assert browser.get(f"{server_url(lodge.url, 'ada')}/user/ada/lab").status_code == 403


def test_everything_listens_on_loopback(lodge: RunningLodge) -> None:
    for process in lodge.processes():
        for connection in process.net_connections("inet"):
            if connection.status == psutil.CONN_LISTEN:
                assert connection.laddr.ip in ("127.0.0.1", "::ffff:127.0.0.1", "::1"), (
                    process.cmdline(),
                    connection.laddr,
                )


def test_a_server_that_was_killed_leaves_its_place_to_nobody(
    lodge: RunningLodge, servers: dict[str, psutil.Process]
) -> None:
    with lodge.api("grace") as api:
        killed = server_of(lodge, "grace")
        path = killed.environ()["LODGE_SERVER_SOCKET"]
        killed.kill()
        address = "/user/grace/api/contents"
        wait_for(lambda: api.get(address).status_code == 503, 10, "the server of grace has ended")
        tried = as_account(lodge.uid("ada"), sys.executable, "-c", TRY, path)
        assert tried.stdout.splitlines() == ["Permission denied"] * 3, tried.stderr
        lodge.start_server(api, "grace")
        assert api.get(address).status_code == 200
        assert server_of(lodge, "grace").environ()["LODGE_SERVER_SOCKET"] == path
