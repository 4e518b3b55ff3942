"""Running the statements of a `%%sql` cell."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lodge_magics.errors import SqlError
from lodge_magics.interrupt import run_interruptible
from lodge_magics.language import many, say
from lodge_magics.sql.arrow import frame_of_table, tidy
from lodge_magics.sql.bind import Bound, bind
from lodge_magics.sql.cache import ResultCache, age_text, key_of
from lodge_magics.sql.meter import Meter
from lodge_magics.sql.options import REFRESH
from lodge_magics.sql.parse import Statement, split_statements
from lodge_magics.sql.plan import explained, plan_text
from lodge_magics.sql.preview import limited
from lodge_magics.sql.results.columns import first_rows
from lodge_magics.sql.shapes import from_arrow
from lodge_magics.sql.styles import STYLES
from lodge_magics.sql.table import ROWS, ResultTable
from lodge_magics.sql.tokens import lexis_of
from lodge_magics.words import nearest

if TYPE_CHECKING:
    from collections.abc import Callable

    from lodge_magics.sql.options import SqlOptions
    from lodge_magics.sql.sources.base import Answer, Column, RelationalSource
    from lodge_magics.sql.sources.hive.source import HiveSource

__all__ = ["Outcome", "prepare", "run_hive", "run_relational"]


@dataclass
class Outcome:
    """What a cell gives.

    Attributes
    ----------
    value
        The DataFrame of the last statement; None when it has no result.
    table
        What is shown.
    plan
        The text of a plan, shown above it.
    answer
        What the value is of, where it came from a database.
    """

    value: Any = None
    table: ResultTable = field(default_factory=lambda: ResultTable([]))
    plan: str = ""
    answer: Answer | None = None


def prepare(
    text: str,
    kind: str,
    options: SqlOptions,
    value_of: Callable[[str], object],
    complete: Callable[[str], bool | None] | None = None,
) -> list[Bound]:
    """Split, limit and bind the statements of a cell, before any of them runs.

    Parameters
    ----------
    text
        The body of the cell.
    kind
        The type of the source, or `sqlalchemy+DIALECT`.
    options
        The options of the cell.
    value_of
        Returns the Python value of a name.
    complete
        Asks the source whether a text is a whole statement, as `split_statements` takes it.

    Raises
    ------
    SqlError
        The cell is empty, a value cannot be bound, or the last statement cannot be limited.
    """
    statements = split_statements(text, lexis_of(kind), complete)
    if not statements:
        raise SqlError(say("There is no SQL in this cell; write it below the line of %%sql."))
    _check_params(statements, options)
    if options.preview is not None:
        statements[-1] = limited(statements[-1], kind, options.preview, value_of)
    if options.explain:
        statements = [explained(statement, kind) for statement in statements]
    style = STYLES.get(kind) or STYLES[kind.partition("+")[0]]
    return [bind(statement, style, value_of) for statement in statements]


def _check_params(statements: list[Statement], options: SqlOptions) -> None:
    from lodge_magics.sql.tokens import Kind
    from lodge_magics.words import did_you_mean

    used = {
        token.text[1:]
        for statement in statements
        for token in statement.tokens
        if token.kind is Kind.PARAMETER
    }
    for name in options.params:
        if name not in used:
            hint = did_you_mean(name, used)
            told = "--param {name} is not used in the SQL{hint}"
            raise SqlError(say(told, name=name, hint=hint))


def run_relational(
    source: RelationalSource,
    statements: list[Bound],
    options: SqlOptions,
    show: Callable[[str], None] | None = None,
) -> Outcome:
    """Run statements in turn on a database; the result is that of the last.

    Parameters
    ----------
    source
        Connected.
    statements
        From `prepare`.
    options
        The options of the cell.
    show
        Called about once a second of a long fetch with how far it is.

    Raises
    ------
    SqlError
        A statement failed; those before it have had their effect.
    InterruptedCellError
        The user interrupted; the statement has been stopped on the server.
    """
    began = time.monotonic()
    notes: list[str] = []
    plans: list[str] = []
    answer: Answer | None = None
    cached = ""
    for number, bound in enumerate(statements):
        last = number == len(statements) - 1
        meter = Meter(show)
        if last and options.cache is not None and bound.asks and not options.explain:
            answer, cached = _cached(source, bound, options.cache, notes, meter)
        else:
            answer = _execute(source, bound, number, len(statements), meter)
        if options.explain:
            plans.append(plan_text(answer.frame) if answer.frame is not None else "")
        if not last:
            notes += [f"{note}." for note in answer.notes]
        if not last and answer.affected is not None and not bound.asks:
            changed = many(answer.affected, "row")
            told = "Statement {number}: {rows} affected."
            notes.append(say(told, number=number + 1, rows=changed))
    if answer is None:
        raise SqlError(say("There is no SQL in this cell; write it below the line of %%sql."))
    took = f"{time.monotonic() - began:.2f} s"
    notes += [f"{note}." for note in answer.notes]
    if answer.frame is None:
        told = say("Done")
        if answer.affected is not None:
            told = say("{rows} affected", rows=many(answer.affected, "row"))
        notes.append(_ended(told, source.config.name, took, options))
        return Outcome(None, ResultTable([], (), notes))
    frame = answer.frame
    if any(plans):
        told = _ended(say("The plan; nothing ran"), source.config.name, took, options)
        return Outcome(None, ResultTable([], (), [*notes, told]), "\n\n".join(plans))
    parts = [_size(len(frame), len(answer.columns), options)]
    if options.preview is not None:
        limit = many(options.preview, "row")
        parts.append(say("preview: limited to {rows} in the database", rows=limit))
    parts += [source.config.name, cached or took]
    if options.explain:
        parts = [say("The plan; nothing ran"), source.config.name, took]
    notes.append(" · ".join(parts))
    seen = options.variable is None or not options.quiet
    rows = first_rows(frame, ROWS if seen else 0, answer.columns)
    value = None if options.explain else frame
    if options.shape in (None, "pandas"):
        answer.table = None  # not held beside the frame
    table = ResultTable(answer.columns, rows, notes, len(frame))
    return Outcome(value, table, answer=answer)


def _cached(
    source: RelationalSource, bound: Bound, wanted: str, notes: list[str], meter: Meter
) -> tuple[Answer, str]:
    cache, key = ResultCache.of_user(), key_of(source.config, bound)
    found = None if wanted == REFRESH else cache.get(key)
    if found is not None:
        answer, age = found
        told = say("from the cache, {age} old (--refresh asks again)", age=age_text(age))
        return answer, told
    answer = _execute(source, bound, 0, 1, meter)
    why = cache.put(key, answer)
    notes.append(say("The result could not be cached: {why}.", why=why) if why else say("Cached."))
    return answer, ""


def _execute(
    source: RelationalSource, bound: Bound, number: int, count: int, meter: Meter
) -> Answer:
    try:
        return run_interruptible(lambda: source.execute(bound, meter), source.cancel)
    except source.errors as error:
        told, place = source.sentence(error, bound)
        missing = source.missing_table(error)
        if missing:
            found = nearest(missing, [table.name for table in source.tables()])
            told = told.rstrip(".") + (
                say("; did you mean {name}?", name=found)
                if found
                else say("; %sql tables shows those there are.")
            )
        name = source.config.name
        failed = (
            say(
                "Statement {number} of {count} failed on {name}: {told}",
                number=number + 1,
                count=count,
                name=name,
                told=told,
            )
            if count > 1
            else say("The query failed on {name}: {told}", name=name, told=told)
        )
        raise SqlError(failed, place) from None


def run_hive(
    source: HiveSource,
    name: str,
    statements: list[Bound],
    options: SqlOptions,
    show: Callable[[str], None] | None = None,
) -> Outcome:
    """Run statements in turn by Spark; the result of the last is a lazy DataFrame.

    A result that goes to a variable runs no job: its schema is shown, and no rows.

    Parameters
    ----------
    source
        With its session.
    name
        The source's.
    statements
        From `prepare`.
    options
        The options of the cell.
    show
        Called about once a second of a long fetch with how far it is.

    Raises
    ------
    SqlError
        A statement failed; those before it have had their effect.
    InterruptedCellError
        The user interrupted; the jobs have been cancelled.
    """
    began = time.monotonic()
    frame: Any = None
    for bound in statements:
        frame = source.query(bound)
    if options.explain:
        plan = "\n".join(str(value) for row in source.rows(frame, ROWS) for value in row)
        took = f"{time.monotonic() - began:.2f} s"
        told = _ended(say("The plan; nothing ran"), name, took, options)
        return Outcome(None, ResultTable([], (), [told]), plan)
    columns = source.schema(frame)
    if not columns:
        told = _ended(say("Done"), name, f"{time.monotonic() - began:.2f} s", options)
        return Outcome(None, ResultTable([], (), [told]))
    parts = [many(len(columns), "column")]
    if options.cache is not None:
        frame = _persist(frame, options.cache)
        parts.append(say("kept by Spark once computed (.unpersist() frees it)"))
    if options.shape not in (None, "spark"):
        return _computed(source, name, frame, columns, options, began, Meter(show))
    if options.variable:
        lazy = "{size} in {variable}, a lazy Spark DataFrame"
        parts[0] = say(lazy, size=parts[0], variable=options.variable)
    rows: list[tuple[Any, ...]] = []
    notes: list[str] = []
    if options.preview is not None:
        limit = many(options.preview, "row")
        parts.append(say("preview: limited to {rows} in the query", rows=limit))
    if options.variable is None or options.preview is not None:
        if not options.quiet:
            head, notes = tidy(source.head(frame, ROWS + 1))
            columns, shown = frame_of_table(head, columns)
            more = len(shown) > ROWS
            rows = first_rows(shown, ROWS, columns)
            first = say("first {rows} rows shown", rows=ROWS)
            parts.insert(0, first if more else many(len(rows), "row"))
    else:
        parts.append(say("not computed yet"))
    parts += [name, f"{time.monotonic() - began:.2f} s"]
    notes = [*(f"{note}." for note in notes), " · ".join(parts)]
    return Outcome(frame, ResultTable(columns, rows, notes))


def _computed(
    source: HiveSource,
    name: str,
    frame: Any,
    columns: list[Column],
    options: SqlOptions,
    began: float,
    meter: Meter,
) -> Outcome:
    """Fetch a result from Spark, in the shape that was asked for."""
    local = options.shape == "pandas"
    table, notes = tidy(source.arrow(frame, meter, local=local))
    value: Any
    columns, value = frame_of_table(table, columns)
    rows, size = first_rows(value, ROWS, columns), _size(len(value), len(columns), options)
    if options.shape in ("arrow", "polars"):
        value, told = from_arrow(table, options.shape)
        notes += told
    parts = [size]
    if options.preview is not None:
        limit = many(options.preview, "row")
        parts.append(say("preview: limited to {rows} in the query", rows=limit))
    parts += [name, f"{time.monotonic() - began:.2f} s"]
    notes = [*(f"{note}." for note in notes), " · ".join(parts)]
    return Outcome(value, ResultTable(columns, rows, notes, table.num_rows))


def _persist(frame: Any, level: str) -> Any:
    from pyspark import StorageLevel

    if level in ("", REFRESH):
        if level == REFRESH:
            frame.unpersist()
        return frame.persist()
    return frame.persist(getattr(StorageLevel, level))


def _ended(told: str, name: str, took: str, options: SqlOptions) -> str:
    """Return the line of a statement without a result."""
    line = say("{told} · {name} · {time}.", told=told, name=name, time=took)
    if options.variable is None:
        return line
    kept = " There is no result, so {variable} stays as it was."
    return line + say(kept, variable=options.variable)


def _size(rows: int, columns: int, options: SqlOptions) -> str:
    size = f"{many(rows, 'row')} × {many(columns, 'column')}"
    if options.variable is None:
        return size
    return say("{size} in {variable}", size=size, variable=options.variable)
