"""`%sql` and `%%sql`."""

from __future__ import annotations

import atexit
from collections import ChainMap
from typing import TYPE_CHECKING, Any

from lodge_magics.errors import OptionError, SourceError, SqlError
from lodge_magics.language import say
from lodge_magics.live import LiveLine
from lodge_magics.sql import config as configs
from lodge_magics.sql.bind import resolve
from lodge_magics.sql.options import SqlOptions, parse_catalog, parse_options
from lodge_magics.sql.results.bundle import MIME, bundle
from lodge_magics.sql.results.bundle import ROWS as KEPT
from lodge_magics.sql.results.columns import first_rows, is_whole, size_of
from lodge_magics.sql.results.comm import listen
from lodge_magics.sql.results.held import HeldResults
from lodge_magics.sql.run import prepare, run_hive, run_relational
from lodge_magics.sql.shapes import check, from_answer
from lodge_magics.sql.sources.base import Column
from lodge_magics.sql.sources.connect import Connections
from lodge_magics.sql.table import ResultTable, plan_html, to_html, to_text
from lodge_magics.words import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from IPython.core.interactiveshell import InteractiveShell

    from lodge_magics.spark.cells import CellJobs
    from lodge_magics.sql.sources.base import Table
    from lodge_magics.sql.sources.hive.source import HiveSource

__all__ = ["SqlMagic"]


class _Progress:
    """The line of a fetch that takes long; a short one has none."""

    def __init__(self, in_kernel: bool) -> None:
        self._in_kernel = in_kernel
        self._line: LiveLine | None = None
        self._text = ""

    def show(self, text: str) -> None:
        self._text = text
        if self._line is None:
            self._line = LiveLine(self._in_kernel)
            self._line.show(lambda: say("Fetching: {told}", told=self._text))

    def finish(self) -> None:
        if self._line is not None:
            self._line.finish(say("Fetched: {told}", told=self._text))


class SqlMagic:
    """The magic function of `%sql` and `%%sql`.

    Parameters
    ----------
    shell
        The shell of the kernel.
    jobs
        The Spark jobs of the running cell.
    """

    def __init__(self, shell: InteractiveShell, jobs: CellJobs) -> None:
        self._shell = shell
        self._jobs = jobs
        self._connections = Connections()
        self._results = HeldResults(shell.user_ns)
        listen(shell, self._results)
        atexit.register(self._connections.close)

    def cell(self, line: str, cell: str) -> None:
        """Run the SQL of a cell.

        Parameters
        ----------
        line
            The options.
        cell
            The SQL.

        Raises
        ------
        MagicError
            The options, the source or the SQL are wrong.
        """
        options = parse_options(line)
        config = configs.load().find(options.source)
        if config.type != "hive" and options.cache not in (None, "", "refresh"):
            raise OptionError(
                f"--cache {options.cache} is a storage level of Spark, and {config.name} is no "
                "Hive source; write --cache alone."
            )
        check(options.shape)
        given = {name: self._evaluate(name, text) for name, text in options.params.items()}
        values = ChainMap(given, self._shell.user_ns)

        def value_of(name: str) -> Any:
            return resolve(name, values.__getitem__, lambda: values)

        def complete(text: str) -> bool | None:
            return self._source(config).complete(text)

        statements = prepare(cell, config.kind, options, value_of, complete)
        progress = _Progress(hasattr(self._shell, "kernel"))
        try:
            if config.type == "hive":
                hive = self._hive(config)
                outcome = run_hive(hive, config.name, statements, options, progress.show)
            else:
                source = self._connections.get(config)
                outcome = run_relational(source, statements, options, progress.show)
        finally:
            progress.finish()
        if options.variable is not None and outcome.value is not None:
            if outcome.answer is not None:
                shaped = from_answer(outcome.answer, options.shape, self._session)
                outcome.value, told = shaped
                outcome.table.notes += [f"{note}." for note in told]
            self._shell.user_ns[options.variable] = outcome.value
        if outcome.plan:
            from IPython.display import display

            display({"text/html": plan_html(outcome.plan), "text/plain": outcome.plan}, raw=True)
        self._show(outcome.table, options, outcome.value)

    def line(self, line: str) -> None:
        """Show sources, tables or columns.

        Parameters
        ----------
        line
            The rest of the line.

        Raises
        ------
        MagicError
            The command, the source or the table is wrong.
        """
        asked = parse_catalog(line)
        config = configs.load()
        if asked.command == "sources":
            rows = [
                (f"{name} (default)" if name == config.default else name, s.type, s.description)
                for name, s in config.sources.items()
            ]
            note = "" if rows else "There are no SQL sources; LODGE_SOURCES names no file."
            self._show_rows(("source", "type", "description"), rows, note)
            return
        chosen = config.find(asked.source)
        source: Any = self._source(chosen)
        if asked.command == "tables":
            tables: list[Table] = _listed(source, source.tables)
            note = f"Tables and views in {chosen.name}: {len(tables)}"
            self._show_rows(("table", "kind"), [(t.name, t.kind) for t in tables], note)
            return
        name = asked.table or ""
        columns: list[Column] = _listed(source, lambda: source.columns(name))
        if not columns:
            found = nearest(name, [table.name for table in _listed(source, source.tables)])
            hint = (
                say("; did you mean {name}?", name=found)
                if found
                else say("; %sql tables shows those there are.")
            )
            raise SourceError(
                say(
                    "There is no table {name} in {source}{hint}",
                    name=name,
                    source=chosen.name,
                    hint=hint,
                )
            )
        note = f"Columns of {name} in {chosen.name}: {len(columns)}"
        self._show_rows(("column", "type"), [(c.name, c.type) for c in columns], note)

    def _source(self, config: configs.SourceConfig) -> Any:
        return self._hive(config) if config.type == "hive" else self._connections.get(config)

    def _evaluate(self, name: str, text: str) -> Any:
        try:
            # The user's own expression, in the user's own kernel.
            return eval(text, self._shell.user_ns)  # noqa: S307
        except Exception as error:
            raise SqlError(
                f"The expression of --param {name} failed: {type(error).__name__}: {error}."
            ) from None

    def _session(self) -> Any:
        from lodge_magics.spark.options import SparkOptions
        from lodge_magics.spark.start import ensure_session

        session = ensure_session(self._shell, SparkOptions(), quiet=True)
        self._jobs.begin()
        return session

    def _hive(self, config: configs.SourceConfig) -> HiveSource:
        from lodge_magics.sql.sources.hive.source import HiveSource

        session = self._session()
        database = config.settings.get("database")
        if database:
            session.catalog.setCurrentDatabase(database)
        return HiveSource(session, self._jobs.cancel)

    def _show(self, table: ResultTable, options: SqlOptions, value: Any = None) -> None:
        if options.quiet and options.variable is not None:
            return
        from IPython.display import display

        shown: dict[str, Any] = {"text/html": to_html(table), "text/plain": to_text(table)}
        if table.columns and (len(table.rows) or table.total is not None):
            shown[MIME] = self._bundle(table, options.variable, value)
        display(shown, raw=True)

    def _bundle(self, table: ResultTable, variable: str | None, value: Any) -> dict[str, Any]:
        """Return what makes the table one to look through."""
        rows, total, held = table.rows, table.total, None
        if is_whole(value):
            held = self._results.hold(value, table.columns, variable)
            total = size_of(value)
            if total > len(rows):
                rows = first_rows(value, KEPT, table.columns)
        return bundle(table.columns, rows, total, table.notes, held, variable)

    def _show_rows(
        self, names: tuple[str, ...], rows: Sequence[tuple[str, ...]], note: str
    ) -> None:
        columns = [Column(name, "") for name in names]
        table = ResultTable(columns, rows, [note] if note else [], len(rows))
        self._show(table, SqlOptions())


def _listed(source: Any, look: Callable[[], list[Any]]) -> list[Any]:
    """Return what a source lists; what its driver raises becomes a sentence."""
    try:
        return look()
    except getattr(source, "errors", ()) as error:
        told = source.sentence(error)[0]
        raise SourceError(
            f"The source {source.config.name} cannot be looked through: {told}"
        ) from None
