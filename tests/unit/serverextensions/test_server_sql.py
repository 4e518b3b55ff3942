"""The catalog's memory, its worker processes, and how names are written."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from lodge_magics.sql.catalog import written
from lodge_server.errors import BadInput, NotFound, ServiceError, Unavailable
from lodge_server.sql.core import FRESH_S, Sql
from lodge_server.sql.worker import CatalogWorker


class FakeCatalog:
    """Remembers what it was asked; a source named `silent` waits for `awake`."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.file: object = 1
        self.awake, self.begun = asyncio.Event(), asyncio.Event()
        self.broken = False

    def stamp(self) -> object:
        return self.file

    async def ask(self, *question: str) -> dict[str, Any]:
        self.asked.append(question)
        self.begun.set()
        if "--source=silent" in question:
            await self.awake.wait()
        if self.broken:
            raise Unavailable("source_failed", "It failed.")
        return {"items": [len(self.asked)]}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def catalog() -> FakeCatalog:
    return FakeCatalog()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sql(catalog: FakeCatalog, clock: Clock) -> Sql:
    return Sql(catalog=catalog, clock=clock)


class TestMemory:
    async def test_an_answer_is_remembered_for_a_minute(
        self, sql: Sql, catalog: FakeCatalog, clock: Clock
    ) -> None:
        first = await sql.tables("a")
        clock.now = FRESH_S
        assert await sql.tables("a") == first
        assert len(catalog.asked) == 1
        clock.now = FRESH_S + 1
        assert await sql.tables("a") != first

    async def test_who_refreshes_asks_anew(self, sql: Sql, catalog: FakeCatalog) -> None:
        await sql.columns("a", "t")
        await sql.columns("a", "t", fresh=True)
        assert len(catalog.asked) == 2

    async def test_a_changed_file_forgets(self, sql: Sql, catalog: FakeCatalog) -> None:
        await sql.sources()
        catalog.file = 2
        await sql.sources()
        assert len(catalog.asked) == 2

    async def test_a_failure_is_remembered_too(self, sql: Sql, catalog: FakeCatalog) -> None:
        catalog.broken = True
        for _ in range(3):
            with pytest.raises(Unavailable):
                await sql.tables("a")
        assert len(catalog.asked) == 1
        catalog.broken = False
        assert await sql.tables("a", fresh=True)

    async def test_a_silent_source_holds_up_nobody(self, sql: Sql, catalog: FakeCatalog) -> None:
        silent = [asyncio.create_task(sql.columns("silent", f"t{i}")) for i in range(5)]
        assert await sql.tables("a")
        assert not any(one.done() for one in silent)
        # It is asked a little at a time.
        assert sum("--source=silent" in one for one in catalog.asked) == 2
        catalog.awake.set()
        await asyncio.gather(*silent)

    async def test_who_leaves_takes_nothing_from_the_others(
        self, sql: Sql, catalog: FakeCatalog
    ) -> None:
        leaving = asyncio.create_task(sql.tables("silent"))
        staying = asyncio.create_task(sql.tables("silent", fresh=True))
        await catalog.begun.wait()
        leaving.cancel()
        catalog.awake.set()
        assert await staying == {"items": [1]}


def worker(program: str, timeout: float = 30, **environ: str) -> CatalogWorker:
    return CatalogWorker(
        dict(os.environ) | environ, command=(sys.executable, "-c", program), timeout=timeout
    )


def alive(pid: Path) -> bool:
    return Path(f"/proc/{pid.read_text()}").exists()


class TestWorker:
    @pytest.mark.parametrize(
        ("reason", "error", "status"),
        [
            ("no_source", NotFound, 404),
            ("no_table", NotFound, 404),
            ("ask_a_notebook", ServiceError, 409),
            ("source_failed", Unavailable, 503),
        ],
    )
    async def test_an_error_has_its_status(
        self, reason: str, error: type[Exception], status: int
    ) -> None:
        program = f'print(\'{{"error": {{"reason": "{reason}", "message": "So."}}}}\')'
        with pytest.raises(error, match="So") as caught:
            await worker(program).ask("tables")
        assert caught.value.status == status  # type: ignore[attr-defined]

    async def test_one_that_takes_too_long_is_told_to_end(self, tmp_path: Path) -> None:
        program = (
            "import os, pathlib, signal, time\n"
            "def end(*_):\n"
            "    pathlib.Path(os.environ['ENDED']).touch()\n"
            "    raise SystemExit\n"
            "signal.signal(signal.SIGTERM, end)\n"
            "pathlib.Path(os.environ['PID']).write_text(str(os.getpid()))\n"
            "time.sleep(600)\n"
        )
        ended, pid = tmp_path / "ended", tmp_path / "pid"
        slow = worker(program, 2, ENDED=str(ended), PID=str(pid))
        with pytest.raises(Unavailable, match="The source a did not answer within 2 s") as caught:
            await slow.ask("tables", "--source=a")
        assert caught.value.status == 504
        assert ended.exists()
        assert not alive(pid)

    async def test_one_that_does_not_heed_is_killed(self, tmp_path: Path) -> None:
        program = (
            "import os, pathlib, signal, time\n"
            "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
            "pathlib.Path(os.environ['PID']).write_text(str(os.getpid()))\n"
            "time.sleep(600)\n"
        )
        pid = tmp_path / "pid"
        with pytest.raises(Unavailable):
            await worker(program, 2, PID=str(pid)).ask("tables", "--source=a")
        assert not alive(pid)

    async def test_one_that_crashes_is_a_sentence(self) -> None:
        with pytest.raises(Unavailable, match="The source a could not be read") as caught:
            await worker("import os; print('{'); os.abort()").ask("tables", "--source=a")
        assert caught.value.status == 502

    async def test_a_zero_byte_is_no_name(self) -> None:
        with pytest.raises(BadInput):
            await worker("").ask("tables", "--source=a\0b")

    async def test_the_stamp_changes_with_the_file(self, tmp_path: Path) -> None:
        file = tmp_path / "sources.toml"
        named = CatalogWorker({"LODGE_SOURCES": str(file)})
        missing = named.stamp()
        file.write_text("")
        assert named.stamp() != missing
        assert CatalogWorker({}).stamp() is None


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("flights", "duckdb", "flights"),
        ("Flights", "duckdb", "Flights"),
        ("Flights", "postgres", '"Flights"'),
        ("order", "postgres", '"order"'),
        ("ops.order", "mysql", "ops.`order`"),
        ("odd name", "sqlalchemy+clickhouse", "`odd name`"),
        ('a"b', "sqlite", '"a""b"'),
        ("a.b", "sqlite", '"a.b"'),
        ("说明", "duckdb", '"说明"'),
    ],
)
def test_a_name_is_quoted_where_it_has_to_be(name: str, kind: str, expected: str) -> None:
    assert written(name, kind) == expected
