"""Many readers of the gallery at once, for long: all are answered, and memory stays bounded."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import nbformat
import psutil
from support.lodge import running

READERS = 50
#: What a process may have grown by in the end, in bytes.
GROWTH = 150 * 2**20


def test_every_reader_is_answered_and_no_service_grows(rounds: Iterator[int]) -> None:
    with running("load") as lodge, lodge.api("ada") as api:
        cells = [nbformat.v4.new_code_cell(f"print({i})") for i in range(200)]
        for number in range(50):
            notebook: dict[str, Any] = dict(nbformat.v4.new_notebook(cells=cells))
            body = {"title": f"Share {number}", "notebook": notebook}
            share = api.post("/services/shares/api/shares", json=body).raise_for_status().json()
        paths = (
            "/services/shares/api/shares?q=share",
            f"/services/shares/api/shares/{share['id']}/versions/1/notebook",
            "/services/schedules/api/jobs",
            "/hub/api/user",
        )

        def read(number: int) -> int:
            with httpx.Client(base_url=lodge.url, headers=api.headers, timeout=120) as client:
                return client.get(paths[number % len(paths)]).status_code

        before: dict[int, int] = {}
        with ThreadPoolExecutor(READERS) as pool:
            for number in rounds:
                found = set(pool.map(read, range(READERS * 20)))
                assert found == {200}, f"in round {number}"
                if number == 2:
                    before = memory(lodge.process.pid)
        after = memory(lodge.process.pid)
        grown = {pid: after[pid] - had for pid, had in before.items() if pid in after}
        assert [pid for pid, bytes_ in grown.items() if bytes_ > GROWTH] == [], grown


def memory(parent: int) -> dict[int, int]:
    return {one.pid: one.memory_info().rss for one in psutil.Process(parent).children()}
