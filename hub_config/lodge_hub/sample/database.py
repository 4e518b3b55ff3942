"""The sample data as a DuckDB database."""

from __future__ import annotations

from pathlib import Path

from .tables import FILES, data_folder


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
                frame["time_hour"] = pd.to_datetime(frame["time_hour"], utc=True).dt.tz_localize(
                    None
                )
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


#: Columns that are measurements although all their values happen to be whole.
_MEASURED = {"temp", "dewp", "humid", "wind_speed", "wind_gust", "precip", "pressure", "visib"}
