"""A result of Spark to pandas: `%%sql --as pandas` against `toPandas()`."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from bench.harness import Contender, compare, details, table, write_section

PACKAGES = ("pyspark", "pyarrow", "pandas")
ROWS = 2_000_000
COLUMNS = 11
# The session and its compiler are warm, and the rows lie in Spark's memory: the way out counts.
BEGIN = """
import time
import pandas, pyarrow
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell()
import lodge_magics
lodge_magics.load_ipython_extension(shell)
shell.run_cell_magic("spark", "", "pass")
spark = shell.user_ns["spark"]
mixed = spark.range(1, {rows} + 1).selectExpr(
    "id", "nullif(id % 7, 0) AS kind", "cast(id % 128 AS smallint) AS small",
    "cast(id % 100000 / 100 AS decimal(12, 2)) AS price", "id * 1.5D AS weight",
    "id % 2 = 0 AS yes", "concat('name ', id % 1000) AS name", "concat('名字 😀 ', id) AS text",
    "if(id % 3 > 0, concat('c', id % 10), NULL) AS code",
    "date_add(DATE '2020-01-01', cast(id % 1000 AS int)) AS day",
    "timestamp_seconds(1577836800 + id) AS moment",
).persist()
mixed.count()
mixed.createOrReplaceTempView("mixed")
began = time.perf_counter()
"""
WAYS = {
    "`%%sql --as pandas`": (
        'shell.run_cell_magic("sql", "df --quiet --source hive --as pandas", '
        '"SELECT * FROM mixed")\ndf = shell.user_ns["df"]'
    ),
    "`toPandas()`": 'df = spark.sql("SELECT * FROM mixed").toPandas()',
}
END = """
took = time.perf_counter() - began
assert df.shape == {shape}, df.shape
print("\\nseconds", took, flush=True)
spark.stop()
"""


def run(repeats: int) -> None:
    """Run the benchmark and write its section."""
    rows = int(os.environ.get("LODGE_BENCH_ROWS", ROWS))
    write_section("sql_spark", "A result of Spark to pandas", measure(rows, repeats), PACKAGES)


def measure(rows: int, repeats: int) -> str:
    """Return what was measured, as Markdown."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        sources = Path(folder) / "sources.toml"
        sources.write_text('[sources.hive]\ntype = "hive"\n')
        environment = {
            "LODGE_SOURCES": str(sources),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "PYSPARK_SUBMIT_ARGS": (
                "--master local[2] --driver-memory 4g --conf spark.ui.enabled=false "
                "--conf spark.driver.maxResultSize=0 "
                f"--conf spark.sql.warehouse.dir={folder}/warehouse pyspark-shell"
            ),
        }
        filled = {"rows": rows, "shape": (rows, COLUMNS)}
        measured = compare(
            [
                Contender(
                    way,
                    [sys.executable, "-c", BEGIN.format(**filled) + text + END.format(**filled)],
                    environment=environment,
                    inside=True,
                )
                for way, text in WAYS.items()
            ],
            repeats,
        )
    label = f"{rows:,} rows × {COLUMNS} columns"
    return (
        "A table that Spark holds in memory (`local[2]`, one process), to a pandas DataFrame: the "
        "time of a notebook's cell. Memory is Python's and the JVM's together.\n\n"
        + table("result", {label: measured})
        + "\n\n"
        + details("result", {label: measured})
    )
