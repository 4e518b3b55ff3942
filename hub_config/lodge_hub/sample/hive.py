"""The sample data as Hive tables; `flights` is partitioned by month.

Run as ``python -m lodge_hub.sample.hive DATABASE`` in the environment of a Spark session, under
the account that owns the warehouse.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from urllib.parse import urlsplit

from .tables import FILES


def make_tables(database: str) -> None:
    """Make the tables that are missing from the DuckDB file `database`."""
    import duckdb
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.appName("Lodge's sample data").getOrCreate()
    warehouse = Path(urlsplit(spark.conf.get("spark.sql.warehouse.dir")).path)
    with duckdb.connect(database, read_only=True) as source:
        for table in FILES:
            if spark.catalog.tableExists(f"default.{table}"):
                continue
            # What an earlier attempt wrote before it was killed is of no table.
            shutil.rmtree(warehouse / table, ignore_errors=True)
            frame = spark.createDataFrame(source.execute(f"SELECT * FROM {table}").to_arrow_table())  # noqa: S608
            writer = frame.coalesce(1).write.format("parquet")
            if table == "flights":
                writer = writer.partitionBy("month")
            writer.mode("errorifexists").saveAsTable(f"default.{table}")
    spark.stop()


if __name__ == "__main__":
    make_tables(sys.argv[1])
