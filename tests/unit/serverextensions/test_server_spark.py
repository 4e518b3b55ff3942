"""Sessions, their drivers' faults."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

import pytest
from lodge_server.errors import NotFound, Unavailable
from lodge_server.spark.core import Spark
from lodge_server.spark.files import discover
from support.spark_driver import FakeDriver, Kernels


class TestFiles:
    def test_there_may_be_none(self, runtime: Path) -> None:
        assert discover(runtime) == []

    async def test_the_newest_is_first(self, driver: FakeDriver, runtime: Path) -> None:
        driver.tell(runtime, "local-1")
        driver.tell(runtime, "local-2", started="2026-01-02T00:00:00+00:00", later="field")
        assert [one.application for one in discover(runtime)] == ["local-2", "local-1"]

    async def test_one_of_a_dead_kernel_is_removed(self, driver: FakeDriver, runtime: Path) -> None:
        ended = await asyncio.create_subprocess_exec("true")
        await ended.wait()
        path = driver.tell(runtime, pid=ended.pid)
        assert discover(runtime) == []
        assert not path.exists()

    @pytest.mark.parametrize(
        "changed",
        [
            {"ui": "http://127.0.0.1@elsewhere.example:4040"},
            {"ui": "file:///etc"},
            {"application": "../../etc"},
            {"pid": 0},
        ],
        ids=str,
    )
    async def test_nonsense_is_ignored_and_the_key_in_no_log(
        self,
        driver: FakeDriver,
        runtime: Path,
        caplog: pytest.LogCaptureFixture,
        changed: dict[str, Any],
    ) -> None:
        path = driver.tell(runtime)
        path.write_text(json.dumps(json.loads(path.read_text()) | changed))
        assert discover(runtime) == []
        assert driver.key is not None
        assert "no file of a Spark session" in caplog.text
        assert driver.key not in caplog.text

    @pytest.mark.parametrize(
        ("ui", "asked"),
        [
            ("http://127.0.0.2:4040", "http://127.0.0.2:4040"),
            ("http://[::1]:4040/", "http://[::1]:4040"),
            ("http://elsewhere.example:4040", "http://127.0.0.1:4040"),
        ],
    )
    async def test_no_resolver_says_where_the_driver_is(
        self, driver: FakeDriver, runtime: Path, ui: str, asked: str
    ) -> None:
        driver.tell(runtime, ui=ui)
        assert [one.ui for one in discover(runtime)] == [asked]

    async def test_the_key_is_in_no_repr(self, driver: FakeDriver, runtime: Path) -> None:
        driver.tell(runtime)
        assert driver.key is not None
        assert driver.key not in repr(discover(runtime))


class TestSessions:
    async def test_one_is_told_with_its_notebook(
        self, driver: FakeDriver, runtime: Path, spark: Spark
    ) -> None:
        driver.tell(runtime)
        (one,) = (await spark.sessions())["items"]
        assert one["kernel"] == {"id": "k1", "path": "work/flights.ipynb"}
        assert (one["name"], one["queue"], one["error"]) == ("flights", None, None)
        assert one["executors"]["cores"] == 2
        assert "key" not in one

    async def test_a_silent_driver_holds_up_nobody(self, driver: FakeDriver, runtime: Path) -> None:
        # As long as the one that answers may take on a busy machine.
        spark = Spark(runtime=runtime, kernels=Kernels(), patience=2)
        silent = FakeDriver()
        silent.awake.clear()
        driver.tell(runtime, "local-1")
        silent.tell(runtime, "local-2")
        told = {one["application"]: one for one in (await spark.sessions())["items"]}
        assert told["local-1"]["error"] is None
        assert told["local-2"]["error"]["reason"] == "spark_waiting"
        # The second time it isn't waited for at all; when it wakes its answer is there.
        asked = len(silent.requests)
        await spark.sessions()
        assert len(silent.requests) == asked
        silent.awake.set()
        async with asyncio.timeout(10):
            while any(one["error"] for one in (await spark.sessions())["items"]):
                await asyncio.gather(*spark._late.values())
        silent.awake.clear()
        told = {one["application"]: one for one in (await spark.sessions())["items"]}
        assert told["local-2"]["error"]["reason"] == "spark_silent"
        await silent.stop()

    async def test_a_driver_that_is_gone_is_a_sentence(
        self, driver: FakeDriver, runtime: Path, spark: Spark
    ) -> None:
        driver.tell(runtime)
        await driver.stop()
        (one,) = (await spark.sessions())["items"]
        assert one["error"]["reason"] == "spark_gone"
        assert "flights" in one["error"]["message"]

    async def test_a_driver_with_another_key_is_a_sentence(
        self, driver: FakeDriver, runtime: Path, spark: Spark
    ) -> None:
        driver.tell(runtime, key=base64.urlsafe_b64encode(b"x" * 32).decode())
        (one,) = (await spark.sessions())["items"]
        assert one["error"]["reason"] == "spark_refused"

    async def test_nonsense_is_a_sentence(
        self, driver: FakeDriver, runtime: Path, spark: Spark
    ) -> None:
        driver.tell(runtime)
        driver.nonsense = True
        (one,) = (await spark.sessions())["items"]
        assert one["error"]["reason"] == "spark_nonsense"

    async def test_without_a_ui_the_session_is_still_told(
        self, driver: FakeDriver, runtime: Path, spark: Spark
    ) -> None:
        driver.tell(runtime, ui=None, key=None)
        (one,) = (await spark.sessions())["items"]
        assert one["error"]["reason"] == "no_spark_ui"
        with pytest.raises(Unavailable):
            await spark.storage("local-1")


class TestOneSession:
    async def test_one_of_spark_connect_tells_its_own_queries(
        self, spark: Spark, driver: FakeDriver, runtime: Path
    ) -> None:
        counts = {"queries": 2, "queries_done": 1, "tasks": 9, "tasks_done": 5, "tasks_running": 2}
        elsewhere: dict[str, Any] = {"master": "sc://spark.example:15002", "ui": None, "key": None}
        driver.tell(runtime, **elsewhere, connect=counts | {"later": "field"})
        [told] = (await spark.sessions())["items"]
        assert told["connect"] == counts
        assert (told["executors"], told["error"], told["ui"]) == (None, None, False)
        with pytest.raises(Unavailable, match=r"driver is that of sc://spark\.example:15002"):
            spark.driver("local-1")
        assert driver.requests == []

    async def test_the_skewed_job_is_marked(
        self, driver: FakeDriver, runtime: Path, spark: Spark
    ) -> None:
        driver.tell(runtime)
        found = await spark.jobs("local-1", 4)
        assert found["total"] == 6
        assert [one["id"] for one in found["items"]] == [5, 4, 3, 2]
        assert [one["id"] for one in found["items"] if one["skewed"]] == [3]

    async def test_an_ended_stage_is_asked_for_once(
        self, driver: FakeDriver, runtime: Path, spark: Spark
    ) -> None:
        driver.tell(runtime)
        first = await spark.jobs("local-1", 20)
        driver.requests.clear()
        assert await spark.jobs("local-1", 20) == first
        assert not [one for one in driver.requests if one.path.endswith("/stages/7")]

    async def test_another_session_is_not_found(self, spark: Spark) -> None:
        with pytest.raises(NotFound):
            await spark.storage("local-9")
