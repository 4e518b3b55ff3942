"""The sample data as Hive tables; `flights` is partitioned by month.

Run as ``python -m lodge_hub.sample.hive PARQUET_FOLDER`` in the environment of a Spark session. The
tables are external: their files are the platform's, and stay when a user drops a table.
"""

from __future__ import annotations

import sys
from pathlib import Path

from .tables import FILES


def make_tables(folder: Path) -> None:
    """Make the tables that are missing over the files in `folder`."""
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.appName("Lodge's sample data").getOrCreate()
    for table in FILES:
        if spark.catalog.tableExists(f"default.{table}"):
            continue
        spark.catalog.createTable(
            f"default.{table}", path=f"file:{folder / table}", source="parquet"
        )
        if table == "flights":
            spark.catalog.recoverPartitions(f"default.{table}")
    spark.stop()


if __name__ == "__main__":
    make_tables(Path(sys.argv[1]))
