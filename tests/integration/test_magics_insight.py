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
