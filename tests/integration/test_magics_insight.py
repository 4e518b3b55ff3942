"""`%spark jobs`, `storage` and `lineage` in a real kernel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.kernels import Kernel, environment

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    folder: Path = tmp_path_factory.mktemp("insight")
    kernel = Kernel(environment(folder), folder)
    kernel.run("%%spark\n")
    yield kernel
    kernel.close()


def test_what_is_cached_is_shown_with_its_level_and_share(kernel: Kernel) -> None:
    assert kernel.run("%spark storage").shown == "Nothing is cached in this session."
    kernel.run(
        "from pyspark import StorageLevel\n"
        "whole = spark.range(1000).selectExpr('id', 'id % 7 AS day').cache(); whole.count()\n"
        "part = sc.parallelize(range(100), 4).persist(StorageLevel.DISK_ONLY); part.take(1)"
    )
    shown = kernel.run("%spark storage").shown
    whole, part = sorted(shown.splitlines(), key=lambda line: "partly" in line)
    assert "MEMORY_AND_DISK · 2 of 2 partitions" in whole
    assert "DISK_ONLY · 1 of 4 partitions" in part
    assert "computed anew at each use" in part


def test_jobs_are_listed_with_the_latest_first(kernel: Kernel) -> None:
    kernel.run("sc.setJobDescription(None); sc.parallelize(range(6), 3).count()")
    first = kernel.run("%spark jobs").shown.splitlines()[0]
    assert "succeeded · 3 of 3 tasks" in first


def test_the_lineage_of_a_frame_runs_no_job(kernel: Kernel) -> None:
    kernel.run(
        "joined = whole.groupBy('day').count().join(spark.range(7).toDF('day'), 'day')\n"
        "jobs = lambda: sc._jsc.sc().statusStore().jobsList(None).size()\nbefore = jobs()"
    )
    shown = kernel.run("%spark lineage joined").shown
    assert "HashAggregate" in shown
    assert "[cached: MEMORY_AND_DISK]" in shown
    assert "stage ends here" in shown
    assert kernel.run("jobs() - before").shown == "0"


def test_the_lineage_of_an_rdd_shows_where_it_shuffles(kernel: Kernel) -> None:
    kernel.run("grouped = part.map(lambda i: (i % 3, i)).groupByKey()")
    shown = kernel.run("%spark lineage grouped").shown
    assert "ShuffledRDD" in shown
    assert "stage ends here" in shown
    assert "[cached: DISK_ONLY]" in shown


def test_a_mistaken_name_is_one_sentence(kernel: Kernel) -> None:
    assert "did you mean joined?" in kernel.run("%spark lineage joind").error
    kernel.run("number = 3")
    assert "number is a int" in kernel.run("%spark lineage number").error
    assert "takes the name" in kernel.run("%spark lineage").error


def test_broadcast_variables_are_shown_by_their_name(kernel: Kernel) -> None:
    kernel.run(
        "words = sc.broadcast(['x' * 9] * 5000)\nsc.range(4).map(lambda i: len(words.value)).sum()"
    )
    shown = kernel.run("%spark storage").shown
    assert "words (broadcast_" in shown
    assert "in memory · driver" in shown


def test_what_is_cached_is_let_go_for_good(kernel: Kernel) -> None:
    kernel.run(
        "again = spark.range(500).selectExpr('id', 'id % 3 AS d').cache(); again.count()\n"
        "spark.range(70).createOrReplaceTempView('seventy'); spark.catalog.cacheTable('seventy')\n"
        "spark.table('seventy').count()\n"
        "loose = sc.parallelize(range(9)).cache(); loose.count()\n"
        "numbers = lambda: [r.id() for r in sc._jsc.sc().getRDDStorageInfo()]\nbefore = numbers()"
    )
    shown = kernel.run("%spark storage").shown
    for line in ("seventy", "PythonRDD"):
        assert line in shown
    ran = kernel.run(
        "from IPython import get_ipython\n"
        "for number in before: get_ipython().run_line_magic('spark', f'unpersist {number}')\n"
    )
    assert ran.status == "ok", ran.error
    assert (
        "Nothing is cached" in kernel.run("%spark storage").shown
        or "words" in kernel.run("%spark storage").shown
    )
    # Its next use does not fill the cache again.
    kernel.run("again.count(); spark.table('seventy').count()")
    assert kernel.run("(numbers(), spark.catalog.isCached('seventy'), again.is_cached)").shown
    assert kernel.run("numbers()").shown == "[]"
    assert "Nothing is cached as RDD 999" in kernel.run("%spark unpersist 999").error


def test_the_panel_asks_over_a_comm(kernel: Kernel) -> None:
    kernel.run(
        "from lodge_magics.spark.comm import answer\n"
        "kept = spark.range(5).cache(); kept.count()\n(held,) = numbers()"
    )
    ask = "answer(get_ipython().user_ns, {'request': 3, %s})"
    assert kernel.run(ask % "'unpersist': held").shown == "{'request': 3, 'done': True}"
    assert "'reason': 'gone'" in kernel.run(ask % "'unpersist': held").shown
    told = kernel.run(ask % "'broadcasts': True").shown
    assert "'name': 'words'" in told


def test_a_result_that_does_not_fit_is_stopped_with_its_job(kernel: Kernel) -> None:
    kernel.run("from lodge_magics.sql import meter; kept_room = meter.room; meter.room = lambda: 0")
    ran = kernel.run(
        "%%sql big --source hive --as pandas\n"
        "SELECT id, repeat('x', 200) AS text FROM range(0, 40000000, 1, 400)"
    )
    assert "does not fit into this kernel's memory and was stopped" in ran.error
    assert "rows so far" in ran.error
    assert (
        kernel.run("[j for j in sc.statusTracker().getActiveJobsIds()], 'big' in globals()").shown
        == "([], False)"
    )
    kernel.run("meter.room = kept_room")
    small = kernel.run("%%sql small --source hive --as pandas\nSELECT * FROM range(0, 9, 1, 4)")
    assert "9 rows × 1 column in small" in small.shown
    assert kernel.run("small['id'].tolist()").shown == str(list(range(9)))
