"""A `%%spark` cell against a bare `SparkSession.builder.getOrCreate()`."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import pyspark
from lodge_hub.programs import class_archive
from lodge_spawner.spark import (
    machine_properties,
    properties_text,
    quick_start_properties,
    ui_properties,
)

from bench.harness import Contender, Measured, compare, details, table, tool, write_section
from bench.runner import write_notebook

PACKAGES = ("pyspark", "ipykernel")
WORK = {
    "session": "spark.version",
    "session and a first query": "spark.range(1_000_000).selectExpr('sum(id % 7)').collect()",
    "session and a longer job": (
        "spark.range(80_000_000).selectExpr('id % 100003 AS k', 'hash(id) AS v')"
        ".groupBy('k').agg({'v': 'max', 'k': 'count'}).selectExpr('sum(k)').collect()"
    ),
}
BARE = "from pyspark.sql import SparkSession\nspark = SparkSession.builder.getOrCreate()\n"


def run(repeats: int) -> None:
    """Run the benchmark and write its section."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from support.standalone import standalone

    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        rows = {label: _compare(folder, code, repeats) for label, code in WORK.items()}
        with standalone(folder) as cluster:
            for label in ("session and a first query", "session and a longer job"):
                made = _compare(folder, WORK[label], repeats, cluster.master)
                rows[f"{label}, standalone"] = made
    body = (
        "A notebook of one cell, executed with `lodge-run`: from the command's start to its exit, "
        "the kernel's start and the end of Spark's JVM included. Master `local[2]`, or a "
        "standalone master with two workers; the first two run with the properties that Lodge "
        "gives to its users.\n\n" + table("until", rows) + "\n\n" + details("until", rows)
    )
    write_section("spark_start", "Starting Spark in a notebook", body, PACKAGES)


def lodge_properties(folder: Path, master: str) -> Path:
    """Write the properties that Lodge gives to its users; return the file."""
    properties = folder / "spark-defaults.conf"
    properties.write_text(
        properties_text(
            {
                **machine_properties(master),
                **quick_start_properties(class_archive()),
                **ui_properties(Path(pyspark.__file__).parent),
            }
        ),
        encoding="utf-8",
    )
    return properties


def environment(submit: str) -> dict[str, str]:
    """Return the environment of a kernel whose sessions start by these arguments."""
    common = {
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "JAVA_HOME": os.environ.get("JAVA_HOME", ""),
        "PYSPARK_SUBMIT_ARGS": submit,
    }
    return {name: value for name, value in common.items() if value}


def _compare(
    folder: Path, code: str, repeats: int, master: str = "local[2]"
) -> dict[str, Measured]:
    properties = lodge_properties(folder, master)
    ours = write_notebook(folder / "magic.ipynb", [f"%%spark\n{code}"])
    bare = write_notebook(folder / "bare.ipynb", [f"{BARE}{code}"])
    lodge = environment(f'--properties-file "{properties}" pyspark-shell')
    ways = {
        "`%%spark`": (ours, lodge),
        "`getOrCreate()` in Lodge": (bare, lodge),
        "bare `getOrCreate()`": (bare, environment(f"--master {master} pyspark-shell")),
    }
    return compare(
        [
            Contender(
                name, [tool("lodge-run"), str(notebook), str(folder / "out.ipynb")], environment=env
            )
            for name, (notebook, env) in ways.items()
        ],
        repeats,
    )
