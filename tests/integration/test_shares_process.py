"""The service as a process of its own: it starts from its environment, ends in order, and being
killed in the middle of publishing leaves nothing half-done.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import nbformat
import pytest
from jupyterhub.httpclient import JupyterHubHTTPClient
from lodge_services.testing import FakeHub
from lodge_spawner.ports import free_port
from support.s3 import SECRET, S3Server, running_s3

pytestmark = pytest.mark.integration


@pytest.fixture
async def hub() -> AsyncIterator[FakeHub]:
    fake = FakeHub("shares")
    yield fake
    await fake.close()
    if JupyterHubHTTPClient.initialized():
        await JupyterHubHTTPClient.loop_instance().close()


def environment(
    hub: FakeHub, folder: Path, port: int, more: Mapping[str, str] | None = None
) -> dict[str, str]:
    settings = hub.settings()
    return {
        "PATH": os.environ["PATH"],
        "JUPYTERHUB_API_URL": settings.api_url,
        "JUPYTERHUB_API_TOKEN": settings.api_token,
        "JUPYTERHUB_BASE_URL": "/",
        "JUPYTERHUB_SERVICE_NAME": "shares",
        "JUPYTERHUB_SERVICE_PREFIX": "/services/shares/",
        "JUPYTERHUB_SERVICE_URL": f"http://127.0.0.1:{port}",
        "JUPYTERHUB_CLIENT_ID": "service-shares",
        "JUPYTERHUB_OAUTH_CALLBACK_URL": "/services/shares/oauth_callback",
        "JUPYTERHUB_OAUTH_ACCESS_SCOPES": '["access:services!service=shares"]',
        "LODGE_DATABASE_URL": f"sqlite:///{folder}/shares.sqlite",
        "LODGE_STORE": str(folder / "store"),
        **(more or {}),
    }


@asynccontextmanager
async def running(
    hub: FakeHub, folder: Path, more: Mapping[str, str] | None = None
) -> AsyncIterator[tuple[httpx.AsyncClient, subprocess.Popen[bytes]]]:
    port = free_port()
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(  # noqa: ASYNC220  (starting takes no time)
            [sys.executable, "-m", "lodge_services.shares"],
            env=environment(hub, folder, port, more),
            stderr=log,
        )
    origin = f"http://127.0.0.1:{port}/services/shares/"
    try:
        async with httpx.AsyncClient(base_url=origin, timeout=20, trust_env=False) as client:
            for _ in range(300):
                assert process.poll() is None, (folder / "log").read_text()
                try:
                    answer = await client.get("api/health")
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
                    continue
                assert answer.json() == {"status": "ok"}
                break
            yield client, process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def notebook(text: str) -> Any:
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text, id="one")])


async def test_starts_serves_and_ends_in_order(hub: FakeHub, tmp_path: Path) -> None:
    headers = {"Authorization": f"Bearer {hub.add_member('ada')}"}
    async with running(hub, tmp_path) as (client, process):
        sent = {"title": "T", "notebook": notebook("1")}
        made = await client.post("api/shares", json=sent, headers=headers)
        assert made.status_code == 201
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 10) == 0
        assert time.monotonic() - began < 5
    assert (tmp_path / "store" / "cookie_secret").stat().st_mode & 0o077 == 0
    async with running(hub, tmp_path) as (client, _):
        again = await client.get(f"api/shares/{made.json()['id']}", headers=headers)
        assert again.json() == made.json()


async def test_kill_leaves_no_half_share(hub: FakeHub, tmp_path: Path) -> None:
    headers = {"Authorization": f"Bearer {hub.add_member('ada')}"}
    known: dict[str, str] = {}
    for turn in range(3):
        async with running(hub, tmp_path) as (client, process):

            async def publish(
                number: int, client: httpx.AsyncClient = client, turn: int = turn
            ) -> None:
                text = f"{turn} {number} " + "x" * 300_000
                sent = {"title": f"{turn} {number}", "notebook": notebook(text)}
                try:
                    made = await client.post("api/shares", json=sent, headers=headers)
                except httpx.TransportError:
                    return
                if made.status_code == 201:
                    known[made.json()["id"]] = text

            tasks = [asyncio.create_task(publish(number)) for number in range(30)]
            before = len(known)
            for done in asyncio.as_completed(tasks):
                await done
                if len(known) >= before + 3:
                    break
            process.kill()
            await asyncio.gather(*tasks)
    async with running(hub, tmp_path) as (client, _):
        seen: set[str] = set()
        cursor: str | None = ""
        while cursor is not None:
            page = (
                await client.get("api/shares", params={"cursor": cursor}, headers=headers)
            ).json()
            for share in page["items"]:
                seen.add(share["id"])
                address = f"api/shares/{share['id']}/versions/1/notebook"
                content = await client.get(address, headers=headers)
                assert content.status_code == 200
                source = content.json()["cells"][0]["source"]
                assert source.startswith(share["title"])
                assert source == known.get(share["id"], source)
            cursor = page["next_cursor"]
        assert set(known) <= seen


async def test_bad_environment_is_one_sentence(tmp_path: Path, hub: FakeHub) -> None:
    settings = environment(hub, tmp_path, free_port())
    del settings["LODGE_STORE"]
    command = [sys.executable, "-m", "lodge_services.shares"]
    done = await asyncio.to_thread(subprocess.run, command, env=settings, capture_output=True)
    assert done.returncode == 2
    assert (
        done.stderr == b"The environment variable LODGE_STORE is not set; the service needs it.\n"
    )


async def test_services_that_start_at_once_migrate_once(tmp_path: Path) -> None:
    script = "import sys; from lodge_services.db import upgrade; upgrade(sys.argv[1], 'shares')"
    url = f"sqlite:///{tmp_path}/shares.sqlite"
    started = [
        subprocess.Popen(  # noqa: ASYNC220  (starting takes no time)
            [sys.executable, "-c", script, url], stderr=subprocess.PIPE
        )
        for _ in range(4)
    ]
    for process in started:
        _, errors = await asyncio.to_thread(process.communicate)
        assert process.returncode == 0, errors.decode()


def in_s3(server: S3Server, secret: str = SECRET) -> dict[str, str]:
    place = server.place()
    table = {
        "store": f"s3://{place.bucket}/{place.prefix}",
        "endpoint": place.endpoint,
        "access_key": place.access_key,
        "secret_env": "STORE_KEY",
    }
    return {"LODGE_SHARES_STORE": json.dumps(table), "STORE_KEY": secret}


async def test_while_s3_is_away_nothing_is_told_to_be_lost(hub: FakeHub, tmp_path: Path) -> None:
    headers = {"Authorization": f"Bearer {hub.add_member('ada')}"}
    with running_s3() as server:
        async with running(hub, tmp_path, in_s3(server)) as (client, _):
            sent = {"title": "T", "notebook": notebook("1")}
            made = await client.post("api/shares", json=sent, headers=headers)
            assert made.status_code == 201
            assert len(server.objects()) == 1
            path = f"api/shares/{made.json()['id']}/versions/1/notebook"
            server.go()
            for answer in (
                await client.get(path, headers=headers),
                await client.post("api/shares", json=sent, headers=headers),
            ):
                assert answer.status_code == 503
                assert answer.json()["reason"] == "store_unavailable"
            page = await client.get(made.json()["id"], headers=headers)
            assert page.status_code == 503
            assert "nothing was changed or lost" in page.text
            listed = await client.get("api/shares", headers=headers)
            assert len(listed.json()["items"]) == 1
            server.come()
            answer = await client.get(path, headers=headers)
            assert answer.json()["cells"][0]["source"] == "1"
        server.go()
        # It starts without, and goes on when the store is back.
        async with running(hub, tmp_path, in_s3(server)) as (client, _):
            server.come()
            # Until whatever asks it since the start has found out, others are refused at once.
            async with asyncio.timeout(60):
                while (  # noqa: ASYNC110  (it is another process)
                    answer := await client.get(path, headers=headers)
                ).status_code == 503:
                    await asyncio.sleep(0.1)
            assert answer.status_code == 200
    assert SECRET not in (tmp_path / "log").read_text()


async def test_a_store_that_refuses_is_told_at_the_start(hub: FakeHub, tmp_path: Path) -> None:
    with running_s3() as server:
        ended = subprocess.run(  # noqa: ASYNC221  (nothing else goes on)
            [sys.executable, "-m", "lodge_services.shares"],
            env=environment(hub, tmp_path, free_port(), in_s3(server, "not-the-secret")),
            capture_output=True,
            text=True,
        )
        assert ended.returncode == 2
        sentence = ended.stderr.splitlines()[-1]
        assert sentence == (
            f"shares can't start. Lodge can't write to s3://notebooks/team at "
            f"{server.place().endpoint}: the secret key is not the one of the access key."
        )
        assert "not-the-secret" not in ended.stderr
