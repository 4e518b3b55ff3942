"""Measures the platform of a checkout, with that checkout's Python: a round for each line read.

python bench/platform_speed_one.py CHECKOUT
"""

from __future__ import annotations

import asyncio
import http.client
import json
import shutil
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

import aiohttp

sys.path.insert(0, str(Path(sys.argv[1], "tests")))

from support.lodge import RunningLodge, wait_for

NAME = "ada"
STATUS, KERNELS = (f"/user/{NAME}/api/{what}" for what in ("status", "kernels"))
RATE, SECONDS, IN_TURN = 300, 4, 1000


def main() -> None:
    """Start the platform, say so, and measure until there is nothing more to read."""
    folder = Path(tempfile.mkdtemp(prefix="bench-lodge-", dir="/var/tmp"))
    folder.chmod(0o755)
    settings = folder / "lodge.toml"
    settings.write_text("[samples]\nflights = false\n", encoding="utf-8")
    lodge = RunningLodge(folder / "data", "--config", str(settings))
    try:
        lodge.start()
        with lodge.api(NAME) as api:
            print("{}", flush=True)
            for _ in sys.stdin:
                print(json.dumps(_round(lodge, api)), flush=True)
    finally:
        lodge.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _round(lodge: RunningLodge, api: Any) -> dict[str, float]:
    api.delete(f"/hub/api/users/{NAME}/server")
    wait_for(lambda: not api.get(f"/hub/api/users/{NAME}").json()["servers"], 60, "its end")
    began = time.perf_counter()
    browser = lodge.sign_in(NAME)
    signed_in = time.perf_counter()
    lodge.start_server(api, NAME)
    started = time.perf_counter()
    page = browser.get(f"/user/{NAME}/lab").raise_for_status()
    shown = time.perf_counter()
    assert "jupyter-config-data" in page.text
    browser.close()
    # Servers have a host of their own below a name, and shared one before.
    host = f"{NAME}.lodge.localhost" if "lodge.localhost" in lodge.url else "127.0.0.1"
    headers = {
        "Authorization": api.headers["Authorization"],
        "Host": f"{host}:{lodge.port}",
    }
    origin = f"http://127.0.0.1:{lodge.port}"
    cell = asyncio.run(_cell(origin, headers))
    rate = _in_turn(lodge.port, headers)
    waits = sorted(asyncio.run(_paced(origin, headers)))
    return {
        "lab": shown - began,
        "server": started - signed_in,
        "cell": cell,
        "p50": waits[len(waits) // 2],
        "p99": waits[int(len(waits) * 0.99)],
        "rate": rate,
    }


async def _cell(origin: str, headers: dict[str, str]) -> float:
    async with aiohttp.ClientSession(headers=headers) as session:
        began = time.perf_counter()
        async with session.post(origin + KERNELS, json={"name": "python3"}) as reply:
            reply.raise_for_status()
            kernel = (await reply.json())["id"]
        channels = f"{origin}{KERNELS}/{kernel}/channels"
        async with session.ws_connect(channels) as socket:
            asked = uuid.uuid4().hex
            await socket.send_json(
                {
                    "channel": "shell",
                    "header": {
                        "msg_id": asked, "msg_type": "execute_request", "username": "",
                        "session": "bench", "version": "5.3", "date": "",
                    },
                    "parent_header": {},
                    "metadata": {},
                    "content": {
                        "code": "1 + 1", "silent": False, "store_history": True,
                        "user_expressions": {}, "allow_stdin": False, "stop_on_error": True,
                    },
                    "buffers": [],
                }
            )  # fmt: skip
            async for message in socket:
                said = json.loads(message.data)
                answered = said["parent_header"].get("msg_id") == asked
                if answered and said["msg_type"] == "execute_reply":
                    break
        took = time.perf_counter() - began
        async with session.delete(f"{origin}{KERNELS}/{kernel}"):
            return took


def _in_turn(port: int, headers: dict[str, str]) -> float:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    began = time.perf_counter()
    for _ in range(IN_TURN):
        connection.request("GET", STATUS, headers=headers)
        reply = connection.getresponse()
        reply.read()
        assert reply.status == 200
    took = time.perf_counter() - began
    connection.close()
    return IN_TURN / took


async def _paced(origin: str, headers: dict[str, str]) -> list[float]:
    """Return how long each answer took from the moment at which its request was due."""
    waits = []
    async with aiohttp.ClientSession(headers=headers) as session:
        first = time.perf_counter() + 0.1

        async def ask(number: int) -> None:
            due = first + number / RATE
            await asyncio.sleep(due - time.perf_counter())
            async with session.get(origin + STATUS) as reply:
                await reply.read()
                reply.raise_for_status()
            waits.append(time.perf_counter() - due)

        await asyncio.gather(*(ask(number) for number in range(RATE * SECONDS)))
    return waits


if __name__ == "__main__":
    main()
