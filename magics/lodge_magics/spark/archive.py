"""A class-data archive for Spark's drivers, so that a session starts in about half the time.

Run as ``python -m lodge_magics.spark.archive FILE`` once for each Java and set of jars, at set-up
or in an image. A session does what most notebooks do first; the JVM then writes the classes that
it loaded, parsed and verified, into the file (JEP 350). Drivers that name the file with
``-XX:SharedArchiveFile`` map it instead of reading jars. One that doesn't fit, because Java or a
jar has changed, is ignored by the JVM: a session then starts as slowly as without it.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["make_archive"]


def make_archive(file: Path) -> None:
    """Run a session and write the archive of its classes, whole or not at all.

    Parameters
    ----------
    file
        The archive, of about 220 MB; its folder must exist.

    Raises
    ------
    RuntimeError
        The JVM wrote none.
    """
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    with tempfile.TemporaryDirectory(prefix="lodge-archive-") as folder:
        # Hive's client belongs to most sessions; here it has a metastore of its own, in memory.
        settings = {
            "spark.master": "local[2]",
            "spark.ui.showConsoleProgress": "false",
            "spark.sql.catalogImplementation": "hive",
            "spark.sql.warehouse.dir": f"file:{folder}/warehouse",
            "spark.hadoop.javax.jdo.option.ConnectionURL": "jdbc:derby:memory:lodge;create=true",
            "spark.driver.defaultJavaOptions": (
                f"-XX:ArchiveClassesAtExit={temporary} -Xlog:cds=off -Xlog:cds+dynamic=off "
                f"-Dderby.system.home={folder}"
            ),
        }
        builder = SparkSession.builder.appName("Lodge's class-data archive")
        for name, value in settings.items():
            builder = builder.config(name, value)
        spark = builder.getOrCreate()
        try:
            _train(spark, folder)
        finally:
            gateway = SparkContext._gateway
            spark.stop()
            # The archive is written while the JVM ends, which it does at the end of its input.
            if gateway is not None:
                gateway.shutdown()
                gateway.proc.stdin.close()
                gateway.proc.wait()
    if not temporary.exists():
        raise RuntimeError("Java wrote no class-data archive; its message is above.")
    temporary.chmod(0o644)
    temporary.replace(file)


def _train(spark: SparkSession, folder: str) -> None:
    """Do what notebooks begin with: a table, a query, a join, a frame, a job in Python."""
    frame = spark.range(10_000).selectExpr("id", "id % 7 AS day", "cast(id AS string) AS name")
    frame.write.partitionBy("day").parquet(f"{folder}/table")
    spark.read.parquet(f"{folder}/table").createOrReplaceTempView("archived")
    spark.sql("SHOW TABLES").collect()
    spark.sql(
        "SELECT day, count(*) AS n, max(name) FROM archived GROUP BY day ORDER BY n"
    ).collect()
    spark.sql("SELECT a.id FROM archived a JOIN archived b USING (id) WHERE b.day = 3").toPandas()
    frame.cache().count()
    spark.sparkContext.parallelize(range(10), 2).map(str).collect()


if __name__ == "__main__":
    make_archive(Path(sys.argv[1]).absolute())
