"""The sockets of users' servers: in a closed folder, of the right names, waited for."""

import asyncio
import os
import stat
from pathlib import Path

import pytest
from aiohttp import web
from lodge_spawner.sockets import (
    ServerEndedError,
    SocketServer,
    listen,
    socket_path,
    sweep_sockets,
)


def test_each_server_has_a_path_of_its_own(tmp_path: Path) -> None:
    paths = {socket_path(tmp_path, *names) for names in (("ada", ""), ("ada", "b"), ("a", "da/"))}
    assert len(paths) == 3
    assert {path.parent for path in paths} == {tmp_path / "servers"}


def test_a_deep_folder_or_a_long_name_has_a_short_path(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 90) / "run"
    path = socket_path(deep, "n" * 255, "s" * 255)
    assert len(os.fsencode(path)) <= 107
    assert path == socket_path(deep, "n" * 255, "s" * 255)
    assert path.parent != socket_path(deep.with_name("other"), "n" * 255, "").parent


def test_the_folder_and_the_socket_are_closed(tmp_path: Path) -> None:
    path = tmp_path / "servers" / "a.sock"
    for _ in range(2):  # what a killed server leaves is in nobody's way
        listen(path).close()
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_folder_of_short_paths_goes_with_what_is_left_in_it(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 90) / "run"
    path = socket_path(deep, "ada", "")
    listen(path).close()
    sweep_sockets(deep)
    assert not path.parent.exists()
    sweep_sockets(deep)
    (tmp_path / "a.sock").touch()
    path.parent.symlink_to(tmp_path)
    try:
        sweep_sockets(deep)
        assert (tmp_path / "a.sock").exists()
    finally:
        path.parent.unlink()
    usual = socket_path(tmp_path, "ada", "")
    listen(usual).close()
    sweep_sockets(tmp_path)
    assert usual.exists()


@pytest.mark.parametrize("kind", ["open", "link"])
def test_a_folder_of_others_is_refused(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "servers"
    if kind == "open":
        folder.mkdir(mode=0o755)
    else:
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PermissionError, match=r"must be of mode 0700 and belong to"):
        listen(folder / "a.sock")
    assert not list(folder.iterdir())


async def test_a_server_is_waited_for_and_seen_to_end(tmp_path: Path) -> None:
    path = tmp_path / "servers" / "a.sock"
    listening = listen(path)
    server = SocketServer(path, base_url="/user/ada/")
    assert server.host == f"http+unix://{str(path).replace('/', '%2F')}"
    waiting = asyncio.create_task(server.wait_up(timeout=20, extra_path="api"))

    asked = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=500 if len(asked) == 1 else 403, headers={"X-Is": "it"})

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.SockSite(runner, listening).start()
    response = await waiting
    assert (response.status, response.headers["X-Is"]) == (403, "it")
    assert asked == ["/user/ada/api"] * 2

    await runner.cleanup()
    listening.close()
    with pytest.raises(ServerEndedError):
        await server.wait_up(timeout=20)
