"""A hundred interrupts of %%sql in one kernel, each at another moment: one is enough, each time."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pytest
from support.databases import PASSWORD, running_postgres
from support.kernels import Kernel, environment

pytestmark = pytest.mark.integration

_TIMES = 100
# Seconds of a statement within which it is interrupted.
_WITHIN = 0.15
_SOURCES = """
[sources.lite]
type = "sqlite"
path = "{folder}/lite"
[sources.duck]
type = "duckdb"
path = "{folder}/duck"
[sources.shop]
type = "postgres"
host = "127.0.0.1"
port = {port}
user = "u"
database = "shop"
password_env = "SHOP_PASSWORD"
"""
_COUNT = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) "
# Those that compute, wait, and have rows on their way: none ends by itself within minutes.
_STATEMENTS = {
    "lite": (f"{_COUNT} SELECT count(*) FROM c", f"{_COUNT} SELECT x FROM c"),
    "duck": (f"{_COUNT} SELECT count(*) FROM c", "SELECT * FROM range(3000000000)"),
    "shop": (
        "SELECT pg_sleep(600)",
        f"{_COUNT} SELECT x FROM c",
        # So many rows that they come by Arrow, on a connection of its own.
        "SELECT g FROM generate_series(1, 50000000) g",
    ),
}
# What is left of work that was interrupted, after a while to end.
_AT_WORK = """
import threading
left = [one for one in threading.enumerate() if one.name == "lodge-work"]
for one in left: one.join(30)
[one for one in left if one.is_alive()]
"""


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[Kernel]:
    sqlite3.connect(tmp_path / "lite").close()
    with running_postgres() as postgres:
        env = environment(tmp_path) | {"SHOP_PASSWORD": PASSWORD}
        sources = _SOURCES.format(folder=tmp_path, port=postgres.port)
        (tmp_path / "sources.toml").write_text(sources, encoding="utf-8")
        kernel = Kernel(env, tmp_path)
        kernel.run("%load_ext lodge_magics")
        yield kernel
        kernel.close()


def test_one_interrupt_stops_a_statement_and_leaves_its_connection(
    kernel: Kernel, tmp_path: Path
) -> None:
    for name in _STATEMENTS:
        made = "CREATE TEMPORARY TABLE mine (a INT); INSERT INTO mine VALUES (7)"
        assert not kernel.run(f"%%sql --source {name}\n{made}").error
    moments, begun = random.Random(100), tmp_path / "begun"
    places = cycle(_STATEMENTS)
    for number in range(_TIMES):
        name = next(places)
        text = moments.choice(_STATEMENTS[name])
        begun.unlink(missing_ok=True)
        ran = kernel.run(
            f"open({str(begun)!r}, 'w').close()\n"
            f"get_ipython().run_cell_magic('sql', 'x --source {name}', {text!r})",
            until=_At(begun, moments.uniform(0, _WITHIN)),
        )
        assert "Interrupt" in ran.error, (number, name, text, ran)
        assert kernel.run(_AT_WORK).shown == "[]", (number, name, text)
        # The same connection, for the table is its own.
        again = kernel.run(f"%%sql --source {name}\nSELECT a + {number} AS n FROM mine")
        assert str(7 + number) in again.shown, (number, name, text, again)


class _At:
    """The moment of an interrupt: some seconds after a cell has begun."""

    def __init__(self, begun: Path, after: float) -> None:
        self._begun, self._after = begun, after

    def __call__(self) -> bool:
        while not self._begun.exists():
            time.sleep(0.001)
        time.sleep(self._after)
        return True
