"""The matrix by the paths that need Spark: types of Spark itself, and of others handed to it.

Each query takes Spark a second, so the types stand beside each other in one.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from lodge_magics.sql.arrow import python_values
from lodge_magics.sql.meter import Meter
from lodge_magics.sql.options import parse_options
from lodge_magics.sql.results.bundle import texts
from lodge_magics.sql.run import Outcome, prepare, run_hive, run_relational
from lodge_magics.sql.shapes import from_answer
from lodge_magics.sql.sources.hive.source import HiveSource

from support.java import QUICK, archived_home
from support.matrix.agree import agrees, shown_agrees
from support.matrix.kinds import SPARK, Kind
from support.matrix.paths import Came
from support.matrix.wide import Wide, notes_of, wide, written

__all__ = [
    "INSIDE",
    "come_of_spark",
    "inside_of_spark",
    "small_driver",
    "wrong_in_spark",
    "wrong_of_spark",
]

_LINES = {
    "pandas": "df --as pandas",
    "arrow": "df --as arrow",
    "polars": "df --as polars",
    "shown": "",
    "shown preview": "df --preview 100",
}
_NEW = ("VARIANT", "TIME")
#: What Spark itself has to write, inside of something else: a query's columns, and what comes.
INSIDE: dict[str, Any] = {
    "array(parse_json('{\"a\": 1}'), NULL)": ['{"a":1}', None],
    "map('k', parse_json('9007199254740993'), 'n', NULL)": {"k": "9007199254740993", "n": None},
    "named_struct('v', parse_json('[1]'), 'n', 2)": {"v": "[1]", "n": 2},
    "if(id = 0, NULL, named_struct('v', parse_json('[1]')))": None,
    "array(named_struct('t', timestamp'2024-07-01 12:00:00', 'v', map('k', parse_json('1'))))": [
        {"t": datetime.datetime(2024, 7, 1, 12), "v": {"k": "1"}}
    ],
    "named_struct('a', parse_json('1'), 'A', 2)": "{1, 2}",
    "array(interval '1' year)": ["INTERVAL '1' YEAR"],
    "map(date'-0044-03-15', 1, date'2013-01-02', 2)": [
        {"key": None, "value": 1}, {"key": datetime.date(2013, 1, 2), "value": 2},
    ],
}  # fmt: skip


def small_driver(folder: Path) -> dict[str, str]:
    """The environment of a driver of one core that starts in seconds; its tables go to a folder."""
    return {
        "SPARK_HOME": str(archived_home()),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_SUBMIT_ARGS": (
            "--master local[1] --conf spark.ui.enabled=false "
            f'--driver-java-options "{" ".join(QUICK)}" '
            f"--conf spark.sql.warehouse.dir={folder}/warehouse pyspark-shell"
        ),
    }


def come_of_spark(session: Any) -> list[tuple[Kind, dict[str, Came]]]:
    """What comes of Spark's own types by each path of Python."""
    kinds = _kinds(session)
    found: list[tuple[Kind, dict[str, Came]]] = [(kind, {}) for kind in kinds]
    for path in ("pandas", "arrow", "polars"):
        outcome = _run(session, wide(kinds), path)
        said = "\n".join(outcome.table.notes)
        for number, values in enumerate(_columns(path, outcome)):
            name = str(_type_of(outcome.value, path, number + 1))
            found[number][1][path] = Came(values, notes_of(said, number), name)
    return found


def inside_of_spark(session: Any) -> dict[str, Any]:
    """What comes, as Arrow, of what Spark itself writes inside of something else."""
    columns = ", ".join(f"{one} AS c{number}" for number, one in enumerate(INSIDE))
    value = _run_text(session, f"SELECT {columns} FROM range(1)", "arrow").value
    came = [_without_zone(python_values(column)[0]) for column in value.columns]
    return dict(zip(INSIDE, came, strict=True))


def _type_of(value: Any, path: str, number: int) -> Any:
    if path == "pandas":
        return value.dtypes.iloc[number]
    return value.dtypes[number] if path == "polars" else value.schema.field(number).type


def _kinds(session: Any) -> list[Kind]:
    kinds = [k for k in SPARK if not (session.version.startswith("3.") and k.name in _NEW)]
    if "TIME" in [kind.name for kind in kinds]:
        session.conf.set("spark.sql.timeType.enabled", "true")
    return kinds


def _run(session: Any, query: str, path: str) -> Outcome:
    return _run_text(session, f"SELECT * FROM ({query}) AS q ORDER BY n", path)


def _run_text(session: Any, text: str, path: str) -> Outcome:
    options = parse_options(_LINES[path])
    values: dict[str, object] = {}
    hive = HiveSource(session, lambda: None)
    bound = prepare(text, "hive", options, values.__getitem__, hive.complete)
    return run_hive(hive, "hive", bound, options)


def wrong_of_spark(session: Any) -> list[str]:
    """What of Spark's own types does not arrive as Spark writes it, by every path."""
    kinds = _kinds(session)
    zone = session.sql("SELECT current_timezone()").first()[0]
    query = wide(kinds)
    rows = session.sql(written(kinds, query)).collect()
    expected = [[row[number] for row in rows] for number in range(len(kinds))]
    wrong = []
    for path in _LINES:
        outcome = _run(session, query, path)
        said = "\n".join(outcome.table.notes)
        wrong += _differing(path, kinds, _columns(path, outcome), expected, said, zone)
    return wrong


def wrong_in_spark(session: Any, types: Wide) -> list[str]:
    """What of a source's types does not arrive in Spark as the source writes it."""
    # Elsewhere the ends of time have no date on the clock.
    session.conf.set("spark.sql.session.timeZone", "UTC")
    options = parse_options("df --as spark")
    values: dict[str, object] = {}
    found = []
    for part in types.parts:
        query = f"SELECT * FROM ({wide(part)}) AS q ORDER BY n"
        statements = prepare(query, types.source.config.kind, options, values.__getitem__)
        outcome = run_relational(types.source, statements, options)
        assert outcome.answer is not None
        frame, told = from_answer(outcome.answer, "spark", lambda: session)
        table = HiveSource(session, lambda: None).arrow(frame.orderBy("n"), Meter(), local=False)
        said = "\n".join([*outcome.table.notes, *told])
        for number, (kind, column) in enumerate(zip(part, table.columns[1:], strict=True)):
            came = python_values(column)
            if not _is_zoned(kind):
                came = [_without_zone(value) for value in came]
            found.append(Came(came, notes_of(said, number), str(column.type)))
    return types.differing("spark", list(zip(types.texts, found, strict=True)))


def _is_zoned(kind: Kind) -> bool:
    name = kind.name.lower()
    # Those of ClickHouse are moments of UTC.
    return "tz" in name or "time zone" in name or (kind.source, name[:8]) == (
        "clickhouse", "datetime",
    )  # fmt: skip


def _without_zone(value: Any) -> Any:
    """Return a moment as a clock has it, also inside of something.

    Parameters
    ----------
    value
        Of Python.
    """
    if isinstance(value, list):
        return [_without_zone(one) for one in value]
    if isinstance(value, dict):
        return {key: _without_zone(one) for key, one in value.items()}
    return value.replace(tzinfo=None) if isinstance(value, datetime.datetime) else value


def _columns(path: str, outcome: Any) -> list[list[Any]]:
    columns = outcome.table.columns
    if path.startswith("shown"):
        rows = texts(outcome.table.rows, columns)
        return [[row[number] for row in rows] for number in range(1, len(columns))]
    value = outcome.value
    if path == "pandas":
        return [
            [_unless_nan(one, columns[number].nan) for one in value.iloc[:, number].tolist()]
            for number in range(1, len(columns))
        ]
    table = value.to_arrow() if path == "polars" else value
    return [python_values(column) for column in table.columns[1:]]


def _unless_nan(value: Any, nan: bool) -> Any:
    # In a column of pandas' floats it is NULL, unless something is known of it.
    return None if not nan and isinstance(value, float) and value != value else value


def _differing(
    path: str,
    kinds: list[Kind],
    came: list[list[Any]],
    expected: list[list[str | None]],
    said: str,
    zone: str,
) -> list[str]:
    from zoneinfo import ZoneInfo

    wrong = []
    same = shown_agrees if path.startswith("shown") else agrees
    for number, kind in enumerate(kinds):
        notes = notes_of(said, number)
        for value, text in zip(came[number], expected[number], strict=True):
            found = value
            if isinstance(value, datetime.datetime) and kind.name.startswith("TIMESTAMP"):
                # Spark writes the clock of the session.
                if kind.name.startswith("TIMESTAMPTZ"):
                    found = value.replace(tzinfo=ZoneInfo(zone)).astimezone(datetime.UTC)
                elif value.tzinfo is not None:
                    found = value.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
            if text and text.startswith("9999-12-31") and path in ("arrow", "polars"):
                # West of Greenwich this is the year 10000 in UTC, by which Arrow counts.
                found = text if value is None and "are no dates" in notes else found
            if "is text" in notes and value is not None:
                right = shown_agrees(str(value), text, kind.form, notes)
            else:
                right = same(found, text, kind.form, notes)
            if not right:
                wrong.append(f"{kind.name} by {path}: {text!r} came as {value!r}")
    return wrong
