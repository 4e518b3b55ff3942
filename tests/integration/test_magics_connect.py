"""`%%spark --master sc://…` on a real Spark Connect server."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.connect import ConnectServer, connect_server
from support.kernels import DRIVERS, Kernel, environment
from support.lodge import wait_for
from support.spark35 import spark35_environment, spark35_kernel

pytestmark = pytest.mark.integration

SLOW = (
    "from pyspark.sql.functions import udf\n"
    "slow = udf(lambda x: __import__('time').sleep({0}) or x, 'long')\n"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("connect")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[ConnectServer]:
    with connect_server(folder) as running:
        yield running


@pytest.fixture(scope="module")
def kernel(folder: Path, server: ConnectServer) -> Iterator[Kernel]:
    runtime = {"JUPYTER_RUNTIME_DIR": str(folder / "runtime")}
    kernel = Kernel(environment(folder) | runtime, folder)
    yield kernel
    kernel.close()


def announced(folder: Path) -> list[dict[str, Any]]:
    """Return what the kernel tells its user's server of sessions."""
    files = (folder / "runtime" / "lodge-spark").glob("*.json")
    return [json.loads(file.read_text(encoding="utf-8")) for file in files]


def test_what_the_server_decides_is_refused(kernel: Kernel, server: ConnectServer) -> None:
    for option, named in [
        ("--queue analytics", "--queue"),
        ("--max-executors 3", "--max-executors"),
        ("--conf spark.driver.memory=2g", "--conf spark.driver.memory"),
        ("--conf spark.sql.warehouse.dir=/x", "--conf spark.sql.warehouse.dir"),
    ]:
        ran = kernel.run(f"%%spark --master {server.url} {option}\n")
        assert ran.error.startswith(f"{named} has no effect with Spark Connect"), ran.error
    assert "No Spark session" in kernel.run("%spark status").shown


def test_a_session_starts_without_a_jvm(kernel: Kernel, server: ConnectServer) -> None:
    ran = kernel.run(
        f"%%spark --master {server.url} --conf spark.sql.shuffle.partitions=3\n"
        "spark.range(100).count()"
    )
    assert ran.status == "ok", ran.error
    line, value = ran.texts
    assert "ready in" in line
    assert server.url in line
    assert value == "100"
    assert kernel.run("spark.conf.get('spark.sql.shuffle.partitions')").shown == "'3'"
    assert kernel.run(DRIVERS).shown == "[]"


def test_there_is_no_sc_and_it_says_so(kernel: Kernel) -> None:
    ran = kernel.run("sc.parallelize([1])")
    assert ran.error.startswith("There is no sc with Spark Connect")
    assert "There is no sc" in kernel.run("sc").shown
    assert "needs the driver" in kernel.run("%spark storage").error


def test_the_same_again_changes_nothing_and_other_masters_need_a_restart(
    kernel: Kernel, server: ConnectServer
) -> None:
    ran = kernel.run(f"%%spark --master {server.url}\n")
    assert ran.shown.endswith("with these options already.")
    ran = kernel.run("%%spark --master local[2] --conf spark.sql.shuffle.partitions=2")
    assert "set now: spark.sql.shuffle.partitions = 2" in ran.shown
    assert f"spark.master = local[2] (now {server.url})" in ran.shown


def test_progress_of_a_long_cell_ends_as_one_quiet_line(kernel: Kernel) -> None:
    ran = kernel.run(SLOW.format(0.6) + "spark.range(0, 8, 1, 8).select(slow('id')).collect()")
    assert ran.status == "ok", ran.error
    assert any(" of 8 " in text for text in ran.updates)
    [line] = ran.progress
    assert line.startswith("Spark: 1 query, ")
    assert "running" not in line
    assert kernel.run("frame = spark.range(5).selectExpr('id * 2')").progress == []


def test_the_panel_is_told_of_the_session_and_its_queries(
    kernel: Kernel, server: ConnectServer, folder: Path
) -> None:
    [session] = announced(folder)
    assert session["master"] == server.url
    assert session["version"] == kernel.run("spark.version").shown.strip("'")
    assert session["connect"] == {}
    told: list[dict[str, int]] = []

    def works() -> bool:
        told.extend(one["connect"] for one in announced(folder) if one["connect"])
        return any(one["tasks_done"] for one in told)

    slow = SLOW.format(0.6) + "spark.range(0, 400, 1, 400).select(slow('id')).collect()"
    assert kernel.run(slow, until=works).status == "error"
    assert told[-1]["tasks"] == 400
    assert (told[-1]["queries"], told[-1]["queries_done"]) == (1, 0)
    assert announced(folder) == [session]


def test_an_interrupt_cancels_on_the_server(kernel: Kernel, server: ConnectServer) -> None:
    assert kernel.run("%spark status").status == "ok"
    # Asked from here: whoever asks must have patience with a server on a busy machine.
    ran = kernel.run(
        SLOW.format(300) + "spark.range(0, 2, 1, 2).select(slow('id')).collect()",
        until=server.active_jobs,
    )
    assert ran.status == "error"
    wait_for(lambda: not server.active_jobs(), 20, "no job on the server")
    assert kernel.run("spark.range(7).count()").shown == "7"


@pytest.mark.parametrize("action", ["kept.count()", "kept.toPandas().shape[0]"])
def test_a_kept_frame_that_was_interrupted_can_be_asked_again(
    kernel: Kernel, server: ConnectServer, folder: Path, action: str
) -> None:
    slow, began = folder / "slow", folder / "began"
    slow.touch()
    began.unlink(missing_ok=True)
    ran = kernel.run(
        "import os, time\n"
        "from pyspark.sql.functions import udf\n"
        "def work(x):\n"
        f"    open({str(began)!r}, 'w').close()\n"
        f"    while os.path.exists({str(slow)!r}): time.sleep(0.05)\n"
        "    return x\n"
        "flat = spark.range(0, 4, 1, 2).select(udf(work, 'long')('id').alias('x'))\n"
        "kept = flat.repartition(3).groupBy('x').count().persist()"
    )
    assert ran.status == "ok", ran.error
    assert kernel.run(action, until=began.exists).status == "error"
    slow.unlink()
    wait_for(lambda: not server.active_jobs(), 20, "no job on the server")
    again = kernel.run(f"{action}, kept.storageLevel.useMemory")
    assert again.shown == "(4, True)", again.error
    kernel.run("kept.unpersist()")


def test_sql_gives_a_lazy_frame(kernel: Kernel) -> None:
    kernel.run("spark.range(30).selectExpr('id', 'id % 3 AS day').createOrReplaceTempView('some')")
    kernel.run("day = 2")
    ran = kernel.run("%%sql lazy --source hive\nSELECT id FROM some WHERE day = :day")
    assert ran.status == "ok", ran.error
    assert "a lazy Spark DataFrame" in ran.shown
    assert kernel.run("lazy.count()").shown == "10"
    ran = kernel.run("%%sql --source hive\nSELECT * FROM somme")
    assert "did you mean some?" in ran.error
    assert "some" in kernel.run("%sql tables --source hive").shown


def test_a_result_is_fetched_in_pieces(kernel: Kernel) -> None:
    ran = kernel.run(
        "%%sql fetched --source hive --as pandas\n"
        "SELECT id, TIMESTAMP '2020-01-02 03:04:05' AS t, 1.5BD AS d FROM range(0, 9, 1, 4)"
    )
    assert "9 rows × 3 columns in fetched" in ran.shown, ran.error
    told = kernel.run("fetched['id'].tolist(), [str(kind) for kind in fetched.dtypes][::2]").shown
    assert told == f"({list(range(9))}, ['int64', 'object'])"
    ran = kernel.run("%%sql none --source hive --as arrow\nSELECT id FROM range(9) WHERE id < 0")
    assert ran.status == "ok", ran.error
    assert kernel.run("none.num_rows, none.schema.names").shown == "(0, ['id'])"


def test_a_result_that_does_not_fit_is_stopped_with_its_job(
    kernel: Kernel, server: ConnectServer
) -> None:
    kernel.run("from lodge_magics.sql import meter; kept_room = meter.room; meter.room = lambda: 0")
    ran = kernel.run(
        "%%sql big --source hive --as pandas\n"
        "SELECT id, repeat('x', 200) AS text FROM range(0, 40000000, 1, 400)"
    )
    kernel.run("meter.room = kept_room")
    assert "does not fit into this kernel's memory and was stopped" in ran.error
    assert "rows so far" in ran.error
    wait_for(lambda: not server.active_jobs(), 20, "no job on the server")
    assert kernel.run("'big' in globals()").shown == "False"
    small = kernel.run("%%sql small --source hive --as pandas\nSELECT * FROM range(0, 9, 1, 4)")
    assert "9 rows × 1 column in small" in small.shown


def test_an_interrupted_fetch_is_cancelled_on_the_server(
    kernel: Kernel, server: ConnectServer
) -> None:
    kernel.run(
        "from lodge_magics.sql import meter\n"
        "kept_add = meter.Meter.add_batch\n"
        "def add_batch(self, batch):\n"
        "    first = not self.rows\n"
        "    kept_add(self, batch)\n"
        "    if first:\n"
        "        print('a batch came', flush=True)\n"
        "meter.Meter.add_batch = add_batch"
    )
    ran = kernel.run(
        "%%sql big --source hive --as arrow\n"
        "SELECT id, repeat('x', 200) AS text FROM range(0, 40000000, 1, 400)",
        until="a batch came",
    )
    kernel.run("meter.Meter.add_batch = kept_add")
    assert "Interrupted; the query has been stopped." in ran.error
    wait_for(lambda: not server.active_jobs(), 20, "no job on the server")
    assert kernel.run("'big' in globals(), spark.range(7).count()").shown == "(False, 7)"


def test_every_type_arrives_as_spark_writes_it(kernel: Kernel) -> None:
    tests = str(Path(__file__).parents[1])
    ran = kernel.run(
        f"import sys; sys.path.insert(0, {tests!r})\n"
        "from support.matrix.spark import wrong_of_spark\n"
        "spark.conf.set('spark.sql.session.timeZone', 'America/New_York')\n"
        "wrong_of_spark(spark)"
    )
    assert ran.shown == "[]", ran
    ran = kernel.run(
        "from support.matrix.spark import INSIDE, inside_of_spark\n"
        "inside_of_spark(spark) == INSIDE or inside_of_spark(spark)"
    )
    assert ran.shown == "True", ran
    kernel.run("spark.conf.set('spark.sql.session.timeZone', 'UTC')")
    text = "BEGIN DECLARE n INT DEFAULT 0; SET n = n + 3; SELECT n; END; SELECT 5 AS five"
    ran = kernel.run(f"%%sql --source hive\n{text}")
    assert ran.shown.splitlines()[3].strip() == "5", ran


def test_status_and_stop(kernel: Kernel, server: ConnectServer, folder: Path) -> None:
    shown = kernel.run("%spark status").shown
    assert server.url in shown
    assert "Server answers in" in shown
    assert "has ended" in kernel.run("%spark stop").shown
    assert kernel.run("'spark' in globals(), 'sc' in globals()").shown == "(False, False)"
    assert "No Spark session" in kernel.run("%spark status").shown
    assert announced(folder) == []


def test_a_server_that_is_not_there_is_told_at_once(kernel: Kernel) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        began = time.monotonic()
        ran = kernel.run(f"%%spark --master sc://127.0.0.1:{port}\n")
    assert time.monotonic() - began < 10
    assert f"nothing answers at the Spark Connect server 127.0.0.1:{port}" in ran.error


def test_what_is_no_spark_connect_server_is_told_in_time(kernel: Kernel) -> None:
    kernel.run("from lodge_magics.spark import connect\nconnect._PATIENCE = 3")
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        port = mute.getsockname()[1]
        began = time.monotonic()
        ran = kernel.run(f"%%spark --master sc://127.0.0.1:{port}\n")
    assert time.monotonic() - began < 20
    assert f"127.0.0.1:{port}" in ran.error
    assert "Traceback" not in ran.error
    assert kernel.run("connect._PATIENCE = 30").status == "ok"


def test_a_driver_of_its_own_starts_after_it(kernel: Kernel) -> None:
    ran = kernel.run("%%spark --master local[1]\nsc.parallelize([1, 2]).count()")
    assert ran.status == "ok", ran.error
    assert ran.texts[-1] == "2"


class TestWithPySpark35:
    """A result of the same server in a kernel with PySpark 3.5."""

    @pytest.fixture(scope="class")
    @classmethod
    def kernel(
        cls, server: ConnectServer, tmp_path_factory: pytest.TempPathFactory
    ) -> Iterator[Kernel]:
        folder = tmp_path_factory.mktemp("connect35")
        kernel = spark35_kernel(spark35_environment(folder), folder)
        ran = kernel.run(f"%%spark --master {server.url}\nspark.range(3).count()")
        assert ran.texts[-1:] == ["3"], ran.error
        yield kernel
        kernel.close()

    test_pieces = staticmethod(test_a_result_is_fetched_in_pieces)
    test_too_large = staticmethod(test_a_result_that_does_not_fit_is_stopped_with_its_job)
    test_interrupted = staticmethod(test_an_interrupted_fetch_is_cancelled_on_the_server)
