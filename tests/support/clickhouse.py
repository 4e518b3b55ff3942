"""ClickHouse's engine behind the fake of its server, run by the Python that has it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from lodge_spawner.ports import free_port

from support.lodge import wait_for

__all__ = ["running_clickhouse"]

_FAKE = Path(__file__).with_name("clickhouse_fake.py")
_PYTHON = Path(sys.prefix) / "counterparts" / "bin" / "python"


@contextmanager
def running_clickhouse() -> Iterator[int]:
    """Run it, and end it; gives its port."""
    port = free_port()
    process = subprocess.Popen([_PYTHON, _FAKE, str(port)], env={**os.environ, "TZ": "UTC"})
    try:
        wait_for(lambda: _answers(port), 90, "the fake of ClickHouse")
        yield port
    finally:
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/ping", trust_env=False).text == "Ok.\n"
    except httpx.HTTPError:
        return False
