"""The hub, the spawner and the identity provider on a full disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyterhub import orm
from jupyterhub.app import JupyterHub
from lodge_hub.disk import FULL
from lodge_hub.hub import LodgeHub
from lodge_hub.identity.server import Guard
from lodge_spawner.local import _look_for_room
from lodge_spawner.local_settings import write_private
from support.disk import fill, small_disk

pytestmark = pytest.mark.integration


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", "16m") as folder:
        yield folder


def test_the_hub_goes_on_and_knows_it(disk: Path) -> None:
    hub = LodgeHub(db_url=f"sqlite:///{disk}/jupyterhub.sqlite")
    try:
        hub.init_db()
        hub.db.add(orm.User(name="ada"))
        hub.db.commit()
        assert hub.template_vars["lodge_full"](None) is None
        fill(disk)
        assert hub.template_vars["lodge_full"](None) == FULL
        for number in range(200):
            hub.db.add(orm.User(name=f"user-{number}"))
            hub.db.commit()
        assert hub.db.query(orm.User).count() == 201
    finally:
        hub.db.close()
        hub._room.close()
        JupyterHub.clear_instance()


def test_a_server_is_refused_where_its_home_has_no_room(disk: Path) -> None:
    _look_for_room(disk)
    fill(disk)
    with pytest.raises(OSError, match="No space left"):
        _look_for_room(disk)


def test_a_file_is_written_whole_or_stays_as_it_was(disk: Path) -> None:
    write_private(disk / "accounts.json", "before")
    filling = fill(disk)
    with pytest.raises(OSError, match="No space left"):
        write_private(disk / "accounts.json", "x" * 10_000)
    assert (disk / "accounts.json").read_text() == "before"
    assert set(disk.iterdir()) == {disk / "accounts.json", filling}


@pytest.mark.parametrize("failing", [400, 500])
async def test_signing_in_says_what_is_wrong(disk: Path, failing: int) -> None:
    async def fails(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": failing, "headers": []})
        await send({"type": "http.response.body", "body": b"It failed"})

    async def ask() -> tuple[int, str]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            return {"type": "http.request", "body": b""}

        scope = {"type": "http", "path": "/login", "raw_path": b"/login", "headers": []}
        await Guard(fails, "http://lodge.localhost", disk)(scope, receive, send)
        body = b"".join(message.get("body", b"") for message in sent)
        return sent[0]["status"], body.decode()

    assert await ask() == (failing, "It failed")
    fill(disk)
    status, body = await ask()
    assert status == 507
    assert "Lodge's disk is full" in body
