"""The magics with PySpark 3.5: the tests of 4.x, in kernels of an environment of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from integration import test_magics_insight as insight
from integration import test_magics_kernels as kernels
from integration import test_magics_progress as progress
from support.kernels import Kernel
from support.spark35 import spark35_environment, spark35_kernel

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    folder: Path = tmp_path_factory.mktemp("spark35")
    env = spark35_environment(folder)
    # As Spark 4 has it by default.
    with (folder / "spark.properties").open("a", encoding="utf-8") as file:
        file.write("spark.sql.ansi.enabled true\n")
    kernel = spark35_kernel(env, folder)
    yield kernel
    kernel.close()


class TestSession(kernels.TestSpark):
    """Start, options, interrupt, lazy SQL, bound values, restart, stop."""


class TestInsight:
    """What a session shows of itself."""

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def started(cls, kernel: Kernel) -> None:
        kernel.run("%%spark\n")
        assert kernel.run("spark.version").shown.startswith("'3.5")

    test_storage = staticmethod(insight.test_what_is_cached_is_shown_with_its_level_and_share)
    test_jobs = staticmethod(insight.test_jobs_are_listed_with_the_latest_first)
    test_lineage = staticmethod(insight.test_the_lineage_of_a_frame_runs_no_job)
    test_lineage_of_rdd = staticmethod(insight.test_the_lineage_of_an_rdd_shows_where_it_shuffles)
    test_one_line = staticmethod(progress.test_a_quick_cell_leaves_one_line_and_no_bar)
    test_silence = staticmethod(progress.test_a_cell_without_jobs_says_nothing)
    test_long = staticmethod(progress.test_a_long_cell_shows_its_tasks_as_they_end)
    test_many = staticmethod(progress.test_many_jobs_stay_one_line)
    test_interrupted = staticmethod(progress.test_an_interrupted_cell_says_what_was_cancelled)
