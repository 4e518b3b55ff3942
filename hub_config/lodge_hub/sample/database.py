"""The sample data as a DuckDB database, and as Parquet files for Hive tables.

Run as ``python -m lodge_hub.sample.database DATABASE PARQUET_FOLDER``.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from .tables import FILES, data_folder

#: Columns that are measurements although all their values happen to be whole.
_MEASURED = {"temp", "dewp", "humid", "wind_speed", "wind_gust", "precip", "pressure", "visib"}


def make_database(path: Path) -> None:
    """Write the five tables to `path`, whole or not at all.

    Raises
    ------
    FileNotFoundError
        The package with the data isn't installed.
    """
    import duckdb
    import pandas as pd

    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    with duckdb.connect(str(temporary)) as database:
        for table, file in FILES.items():
            frame = pd.read_csv(data_folder() / file)
            if "time_hour" in frame:
                hours = pd.to_datetime(frame["time_hour"], utc=True)
                # Spark reads no nanoseconds.
                frame["time_hour"] = hours.dt.tz_localize(None).astype("datetime64[us]")
            for column in frame.select_dtypes("float"):
                whole = frame[column].dropna()
                # Whole numbers with gaps: pandas reads them as floats.
                if (whole == whole.round()).all() and column not in _MEASURED:
                    frame[column] = frame[column].astype("Int64")
            database.register("frame", frame)
            database.execute(f"CREATE TABLE {table} AS SELECT * FROM frame")  # noqa: S608
            database.unregister("frame")
        database.execute("CHECKPOINT")
    temporary.chmod(0o644)
    temporary.replace(path)


def make_parquet(database: Path, folder: Path) -> None:
    """Write each table of `database` to a folder of its own below `folder`, whole or not at all.

    `flights` is partitioned by month, as Hive does it: ``flights/month=1/...``.
    """
    import duckdb

    temporary = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    with duckdb.connect(str(database), read_only=True) as source:
        for table in FILES:
            if table == "flights":
                target, options = temporary / table, "FORMAT parquet, PARTITION_BY (month)"
            else:
                (temporary / table).mkdir()
                target, options = temporary / table / "part-0.parquet", "FORMAT parquet"
            source.execute(f"COPY {table} TO '{target}' ({options})")
    temporary.replace(folder)


if __name__ == "__main__":
    make_database(Path(sys.argv[1]))
    make_parquet(Path(sys.argv[1]), Path(sys.argv[2]))
