"""The sample data as Hive tables; `flights` is partitioned by month.

Run as ``python -m lodge_hub.sample.hive PARQUET_FOLDER METASTORE_URL`` with ``SPARK_HOME`` and
``JAVA_HOME`` set. The tables are external: their files are the platform's, and stay when a user
drops a table.

They are registered as Spark registers tables of Parquet files (its class HiveExternalCatalog), but
with the metastore's own client: a session of Spark would take ten times as long to start.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..hive_jvm import launch
from .tables import FILES

_SPARK_TYPES = {
    "int32": "integer",
    "int64": "long",
    "double": "double",
    "string": "string",
    "timestamp[us]": "timestamp_ntz",
}


@dataclass(frozen=True)
class SampleTable:
    """A table over Parquet files.

    Parameters
    ----------
    name
        Its name.
    folder
        The folder of its files.
    columns
        Spark's type of each column, the partition's last.
    rows, bytes
        How much its files hold.
    partition
        The column that the files are parted by, or "".
    values
        What it holds: one folder each.
    """

    name: str
    folder: Path
    columns: dict[str, str]
    rows: int
    bytes: int
    partition: str = ""
    values: tuple[str, ...] = ()

    @property
    def location(self) -> str:
        """The address of its files."""
        return f"file:{self.folder}"

    def properties(self, version: str) -> dict[str, str]:
        """Return what Spark knows a table by.

        Parameters
        ----------
        version
            Spark's.
        """
        fields = [
            {"name": name, "type": kind, "nullable": True, "metadata": {}}
            for name, kind in self.columns.items()
        ]
        found = {
            "EXTERNAL": "TRUE",
            "spark.sql.create.version": version,
            "spark.sql.sources.provider": "parquet",
            # Of the metastore's own figures Spark would take "0 rows".
            "spark.sql.statistics.totalSize": str(self.bytes),
            "spark.sql.statistics.numRows": str(self.rows),
            "spark.sql.sources.schema": json.dumps({"type": "struct", "fields": fields}),
        }
        if self.partition:
            found |= {
                "spark.sql.partitionProvider": "catalog",
                "spark.sql.sources.schema.numPartCols": "1",
                "spark.sql.sources.schema.partCol.0": self.partition,
            }
        return found


def read_table(folder: Path) -> SampleTable:
    """Return what a folder of Parquet files, or of folders ``month=1`` with such, holds.

    Raises
    ------
    FileNotFoundError
        There are none.
    """
    from pyarrow import parquet

    files = sorted(folder.rglob("*.parquet"))
    if not files:
        raise FileNotFoundError(f"No Parquet file is in {folder}.")
    schema = parquet.read_schema(files[0])
    columns = {field.name: _SPARK_TYPES[str(field.type)] for field in schema}
    parts = sorted(path.name.split("=", 1) for path in folder.glob("*=*"))
    partition = parts[0][0] if parts else ""
    if partition:
        columns.pop(partition, None)
        columns[partition] = "integer"
    return SampleTable(
        name=folder.name,
        folder=folder,
        columns=columns,
        rows=sum(parquet.read_metadata(file).num_rows for file in files),
        bytes=sum(file.stat().st_size for file in files),
        partition=partition,
        values=tuple(value for _, value in parts),
    )


def make_tables(folder: Path, url: str, spark_home: Path, java_home: Path) -> None:
    """Make the tables that are missing over the files in `folder`.

    Parameters
    ----------
    folder
        A folder for each table.
    url
        The metastore's address.
    spark_home, java_home
        Where jars and Java are.
    """
    jvm = launch(spark_home, java_home)
    conf = jvm.org.apache.hadoop.hive.conf.HiveConf()
    conf.set("hive.metastore.uris", url)
    client = jvm.org.apache.hadoop.hive.metastore.HiveMetaStoreClient(conf)
    version = str(jvm.org.apache.spark.package.SPARK_VERSION())
    for name in FILES:
        if client.tableExists("default", name):
            continue
        table = read_table(folder / name)
        made = _thrift_table(jvm, table, version)
        client.createTable(made)
        if table.partition:
            client.add_partitions(
                [_thrift_partition(jvm, table, made.getSd(), value) for value in table.values]
            )
    client.close()


def _thrift_table(jvm: Any, table: SampleTable, version: str) -> Any:
    api = jvm.org.apache.hadoop.hive.metastore.api
    # As Spark writes what Hive itself can't read: Hive finds a column that says nothing.
    storage = api.StorageDescriptor()
    storage.setCols([api.FieldSchema("col", "array<string>", "from deserializer")])
    storage.setLocation(table.location)
    storage.setInputFormat("org.apache.hadoop.mapred.SequenceFileInputFormat")
    storage.setOutputFormat("org.apache.hadoop.hive.ql.io.HiveSequenceFileOutputFormat")
    storage.setNumBuckets(-1)
    serde = api.SerDeInfo()
    serde.setSerializationLib("org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe")
    serde.setParameters({"serialization.format": "1", "path": table.location})
    storage.setSerdeInfo(serde)
    storage.setBucketCols([])
    storage.setSortCols([])
    storage.setParameters({})
    made = api.Table()
    made.setDbName("default")
    made.setTableName(table.name)
    made.setOwner(str(jvm.java.lang.System.getProperty("user.name")))
    made.setTableType("EXTERNAL_TABLE")
    made.setSd(storage)
    made.setParameters(table.properties(version))
    keys = [api.FieldSchema(table.partition, "int", None)] if table.partition else []
    made.setPartitionKeys(keys)
    return made


def _thrift_partition(jvm: Any, table: SampleTable, storage: Any, value: str) -> Any:
    api = jvm.org.apache.hadoop.hive.metastore.api
    made = api.Partition()
    made.setDbName("default")
    made.setTableName(table.name)
    made.setValues([value])
    own = storage.deepCopy()
    own.setLocation(f"{table.location}/{table.partition}={value}")
    made.setSd(own)
    made.setParameters({})
    return made


if __name__ == "__main__":
    make_tables(
        Path(sys.argv[1]),
        sys.argv[2],
        Path(os.environ["SPARK_HOME"]),
        Path(os.environ["JAVA_HOME"]),
    )
