"""Kernels below a real spark-submit bind to its driver, and again after a restart."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support import submitted
from support.kernels import DRIVERS, environment
from support.spark35 import spark35_environment

pytestmark = pytest.mark.integration

PLAIN = "from pyspark.sql import SparkSession; spark = SparkSession.builder.getOrCreate()"
LOOK = (
    "spark.sparkContext.applicationId, spark.conf.get('spark.lodge.asked'), spark.range(3).count()"
)


@pytest.fixture(scope="module", params=["4.x", "3.5"])
def shown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("submit")
    if request.param == "3.5":
        made = spark35_environment(folder)
    else:
        made = environment(folder) | {"PYSPARK_PYTHON": sys.executable}
    home = Path(made["SPARK_HOME"])
    env = os.environ | made | {"PYTHONPATH": str(Path(submitted.__file__).parents[1])}
    env.pop("PYSPARK_SUBMIT_ARGS")
    cells = [
        ["%%spark\n", LOOK, "spark.range(5).createOrReplaceTempView('five')", DRIVERS],
        [PLAIN, LOOK, "spark.table('five').count()"],
        ["%%spark\n", LOOK, "%spark status", DRIVERS],
    ]
    done = subprocess.run(
        [
            *(home / "bin" / "spark-submit", "--properties-file", folder / "spark.properties"),
            *("--conf", "spark.lodge.asked=by submit", "--name", "a run"),
            *(submitted.__file__, json.dumps(cells)),
        ],
        env=env,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=200,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("RAN ")]
    assert lines, done.stderr[-3000:]
    found: list[str] = json.loads(lines[0].removeprefix("RAN "))
    return found


def test_a_kernel_below_spark_submit_binds_to_its_driver(shown: list[str]) -> None:
    started, look, _, drivers = shown[:4]
    assert "by submit" in look
    assert look.endswith("3)")
    assert look.split("'")[1] in started
    assert drivers == "[]"


def test_a_restarted_kernel_binds_again_by_a_plain_get_or_create(shown: list[str]) -> None:
    plain, look, table = shown[4:7]
    assert plain == ""
    assert look == shown[1]
    assert table == "5"


def test_a_restarted_kernel_binds_again_by_the_magic(shown: list[str]) -> None:
    told, look, status, drivers = shown[7:]
    assert "Spark is running as" in told
    assert look == shown[1]
    assert "(a run)" in status
    assert drivers == "[]"
