"""A hundred interrupts, each at another moment: one is enough, and a cell can be run again."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.connect import connect_server
from support.kernels import Kernel, environment

_TIMES = 100
# Seconds that a cell has to end once it was interrupted, and the next one has to run.
_SOON = 60

# Rows of it come only while a file is not there.
_FRAME = """
from pyspark.sql.functions import udf, lit
def held(x):
    import os, time
    open({begun!r}, "w").close()
    while os.path.exists({held!r}):
        time.sleep(0.02)
    return x
held = udf(held, "long", useArrow=False)
frame = spark.range(0, 4, 1, 2).select(held("id").alias("n")).where("n >= 0")
"""
_ASKED = {
    "frame.count()": "4",
    "int(frame.toPandas()['n'].sum())": "6",
    "frame.toArrow().num_rows": "4",
    "len(frame.collect())": "4",
    "frame.groupBy('n').count().toPandas().shape": "(4, 2)",
    "len(list(frame.toLocalIterator()))": "4",
    "kept.count()": "4",
    "int(kept.toPandas()['n'].sum())": "6",
    "kept.orderBy('n').toArrow().num_rows": "4",
}


@pytest.fixture(params=["classic", "connect"])
def kernel(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kernel]:
    if request.param == "classic":
        python = {"PYSPARK_PYTHON": sys.executable}
        kernel = Kernel(environment(tmp_path) | python, tmp_path)
        assert kernel.run("%%spark\nspark.range(3).count()").texts[-1] == "3"
        yield kernel
        kernel.close()
        return
    with connect_server(tmp_path) as server:
        kernel = Kernel(environment(tmp_path), tmp_path)
        ran = kernel.run(f"%%spark --master {server.url}\nspark.range(3).count()")
        assert ran.texts[-1] == "3"
        yield kernel
        kernel.close()


def test_one_interrupt_ends_a_cell_and_it_can_be_run_again(kernel: Kernel, tmp_path: Path) -> None:
    begun, held = tmp_path / "begun", tmp_path / "held"
    kernel.run(_FRAME.format(begun=str(begun), held=str(held)))
    for number in range(_TIMES):
        choice = random.Random(number)
        asked = choice.choice(list(_ASKED))
        if "kept" in asked:
            # One of which nothing is cached yet.
            assert not kernel.run(f"kept = frame.where(lit({number + 1}) > 0).cache(); None").error
        begun.unlink(missing_ok=True)
        held.touch()
        interrupt = _At(choice.uniform(0, 1.5), begun)
        ran = kernel.run(asked, until=interrupt)
        ended = time.monotonic()
        assert "KeyboardInterrupt" in ran.error, (number, asked, ran)
        assert ended - interrupt.at < _SOON, (number, asked)
        held.unlink()
        again = kernel.run(asked)
        assert again.shown == _ASKED[asked], (number, asked, again)
        assert time.monotonic() - ended < _SOON, (number, asked)
        if "kept" in asked:
            kernel.run("kept.unpersist(); None")


class _At:
    """The moment of an interrupt: some seconds from now on, or as its task has just begun."""

    def __init__(self, after: float, begun: Path) -> None:
        self._begun, self._early = begun, after < 1
        self._moment = time.monotonic() + after
        self.at = 0.0

    def __call__(self) -> bool:
        now = time.monotonic() > self._moment if self._early else self._begun.exists()
        if now:
            self.at = time.monotonic()
        return now
