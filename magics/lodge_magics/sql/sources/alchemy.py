"""Any database SQLAlchemy has a dialect for: Trino, Kylin, ClickHouse, Oracle and more.

Values, and with them the types of columns, are those the dialect's driver gives.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import sqlalchemy
from sqlalchemy import event, exc, pool

from lodge_magics.errors import MagicError, SourceError, SqlError
from lodge_magics.language import say
from lodge_magics.sql.config import password
from lodge_magics.sql.frames import frame_of, series_by_values, series_of_rows
from lodge_magics.sql.sources.alchemy_text import for_driver
from lodge_magics.sql.sources.base import Answer, Column, RelationalSource, Table, last_of
from lodge_magics.sql.sources.sessions import RECONNECTED, begins, keeps_nothing
from lodge_magics.sql.sources.sqlite import teach, without_raw
from lodge_magics.sql.values import for_sqlite
from lodge_magics.words import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from lodge_magics.sql.bind import Bound
    from lodge_magics.sql.config import SourceConfig
    from lodge_magics.sql.meter import Meter

__all__ = ["AlchemySource"]

# Rows that come at a time.
_CHUNK = 5000
# Where the package is called otherwise than the dialect or the module.
_PACKAGES = {
    "MySQLdb": "mysqlclient",
    "clickhouse": "clickhouse-sqlalchemy",
    "clickhousedb": "clickhouse-connect",
    "bigquery": "sqlalchemy-bigquery",
    "databricks": "databricks-sqlalchemy",
    "hive": "pyhive",
    "kylin": "kylinpy",
    "psycopg2": "psycopg2-binary",
    "redshift": "sqlalchemy-redshift",
    "snowflake": "snowflake-sqlalchemy",
}


class AlchemySource(RelationalSource):
    """A database behind a dialect of SQLAlchemy.

    Parameters
    ----------
    config
        The source as configured.

    Raises
    ------
    SourceError
        Its URL is wrong, its driver is not installed, or it does not answer.
    """

    errors = (exc.SQLAlchemyError,)
    # Whether a statement may have several results, as a procedure has.
    several = True

    def __init__(self, config: SourceConfig) -> None:
        super().__init__(config)
        self._secret = password(config)
        self._engine = self._make_engine()
        self._cursor: Any = None
        # Whether another session would be the same, and whether the user has interrupted.
        self._plain_session, self._stopped = True, False
        event.listen(self._engine, "before_cursor_execute", self._note)
        self._connection = self._connect()

    def _make_engine(self) -> sqlalchemy.Engine:
        name = self.config.name
        try:
            url = sqlalchemy.make_url(str(self.config.settings["url"]))
        except exc.ArgumentError:
            raise SourceError(
                f"The url of the source {name} is no URL of SQLAlchemy; write it as "
                "DIALECT+DRIVER://USER@HOST:PORT/DATABASE."
            ) from None
        if url.password is not None:
            raise SourceError(
                f"The source {name} has its password in the url; move it to a variable or file of "
                "its own and name that in password_env or password_file."
            )
        if self._secret:
            url = url.set(password=self._secret)
        try:
            return sqlalchemy.create_engine(
                url,
                poolclass=pool.NullPool,
                hide_parameters=True,
                connect_args=self._arguments(url.get_driver_name()),
            )
        except exc.NoSuchModuleError:
            package = _PACKAGES.get(url.get_backend_name(), url.get_backend_name())
            raise _missing(name, package, f"{url.drivername} dialect") from None
        except ModuleNotFoundError as error:
            package = _PACKAGES.get(error.name or "", error.name or url.get_driver_name())
            raise _missing(name, package, f"{url.drivername} driver") from None

    def _arguments(self, driver: str) -> dict[str, Any]:
        """Return what a driver is told when it connects."""
        # Each statement runs in a thread of its own, one after the other.
        return {"check_same_thread": False} if driver == "pysqlite" else {}

    def _connect(self) -> sqlalchemy.Connection:
        try:
            connection = self._engine.connect()
            # Without it each statement is committed when it has run.
            with contextlib.suppress(exc.ArgumentError, NotImplementedError):
                connection = connection.execution_options(isolation_level="AUTOCOMMIT")
            self._greet(connection)
            self._teach(connection)
        except (exc.SQLAlchemyError, OSError) as error:
            raise SourceError(
                say(
                    "The source {name} cannot be reached: {told}",
                    name=self.config.name,
                    told=self.sentence(error)[0],
                )
            ) from None
        return connection

    def _greet(self, connection: sqlalchemy.Connection) -> None:
        """Ask something, where connecting alone asks the server nothing."""

    def _teach(self, connection: sqlalchemy.Connection) -> None:
        """Let the driver give and take what it does not by itself, where it can be told to."""
        driver: Any = connection.connection.driver_connection
        if connection.dialect.driver == "psycopg":
            from lodge_magics.sql.sources.postgres.types import read_any

            read_any(driver)
        elif connection.dialect.driver == "pysqlite":
            teach(driver)

    def _note(self, _connection: Any, cursor: Any, *_rest: Any) -> None:
        self._cursor = cursor

    def execute(self, bound: Bound, meter: Meter) -> Answer:
        """Run one statement and fetch all of its result."""
        if self._connection.closed or self._connection.invalidated:
            self._connection.close()
            self._connection = self._connect()
        plain = self._plain_session
        self._plain_session = plain and keeps_nothing(bound) and not begins(bound)
        self._stopped = False
        try:
            return self._execute(bound, meter)
        except exc.SQLAlchemyError as error:
            self._recover()
            if not getattr(error, "connection_invalidated", False) or self._stopped:
                raise
            self._plain_session = True
            if not plain or not bound.selects:
                told = self.sentence(error)[0].rstrip(".")
                raise SqlError(
                    say(
                        "The connection of {name} is gone, and with it what its session had "
                        "({told}); run the cell again, unless it has had its effect already.",
                        name=self.config.name,
                        told=told,
                    )
                ) from None
        finally:
            self._cursor = None
        # A SELECT in a session that has nothing of its own is the same in another one.
        self._connection = self._connect()
        try:
            answer = self._execute(bound, meter)
        finally:
            self._cursor = None
        answer.notes.insert(0, RECONNECTED)
        return answer

    def _recover(self) -> None:
        """Make the connection take statements again after one that failed."""
        with contextlib.suppress(exc.SQLAlchemyError):
            driver: Any = self._connection.connection.driver_connection
            if hasattr(driver, "pgconn"):
                from lodge_magics.sql.sources.postgres.copying import end_copy

                end_copy(driver.pgconn)
        try:
            self._connection.rollback()
        except exc.SQLAlchemyError:
            # Nothing is left of it; the next statement connects anew.
            self._connection.invalidate()

    def _execute(self, bound: Bound, meter: Meter) -> Answer:
        try:
            return self._ask(bound, meter)
        except (MagicError, exc.SQLAlchemyError):
            raise
        except Exception as error:  # whatever a driver raises, such as for a value it cannot read
            self._recover()
            told = one_line(f"{type(error).__name__}: {error}").rstrip(".")
            raise SqlError(
                f"The driver of {self.config.name} fails on this statement ({told}); where that is "
                "for a value that it cannot read, cast the column to text."
            ) from None

    def _ask(self, bound: Bound, meter: Meter) -> Answer:
        alone = self._begin(bound)
        with self._send(bound) as result:
            # Not where rows come as they are read: SQLAlchemy has taken the first of them then.
            if self.several and not bound.asks and hasattr(result.cursor, "nextset"):
                answer = self._all_answers(result, meter)
            elif not self._is_answer(result):
                answer = Answer(affected=self._affected(result))
            else:
                names, types = list(result.keys()), self._types(result)
                answer = self._answer(names, types, result.fetchmany, meter)
        if alone or self._connection.in_transaction():
            self._connection.commit()
        return answer

    def _all_answers(self, result: sqlalchemy.CursorResult[Any], meter: Meter) -> Answer:
        """Return the last of the results of a statement such as CALL, which tells of the others."""
        # By the driver's own cursor: SQLAlchemy closes it with the last row of the first result.
        cursor: Any = result.cursor
        affected = self._affected(result)
        dbapi: Any = self._engine.dialect.loaded_dbapi
        answers: list[Answer] = []
        try:
            while True:
                if cursor.description is not None:
                    names = [str(column[0]) for column in cursor.description]
                    answers.append(self._answer(names, None, cursor.fetchmany, meter))
                if not cursor.nextset():
                    break
        except (dbapi.NotSupportedError, NotImplementedError):
            pass
        except dbapi.Error as error:
            raise exc.DBAPIError(None, None, error) from None
        return last_of(answers) if answers else Answer(affected=affected)

    def _send(self, bound: Bound) -> sqlalchemy.CursorResult[Any]:
        options: dict[str, Any] = {"stream_results": self._streams(bound)}
        if bound.named:
            named = bound.named
            if self._engine.dialect.name == "sqlite":
                named = {name: for_sqlite(value) for name, value in named.items()}
            text, values = for_driver(bound.text, named, self._engine.dialect.paramstyle)
            return self._connection.exec_driver_sql(text, values, execution_options=options)
        # As it is: without parameters a driver gives no meaning to a percent sign.
        return self._connection.exec_driver_sql(
            bound.text, execution_options={**options, "no_parameters": True}
        )

    def _affected(self, result: sqlalchemy.CursorResult[Any]) -> int | None:
        """Return how many rows a change was of; None where nobody says."""
        return result.rowcount if result.rowcount >= 0 else None

    def _is_answer(self, result: sqlalchemy.CursorResult[Any]) -> bool:
        """Tell whether the rows of a result are what was asked for, not a count of changes."""
        return result.returns_rows

    def _streams(self, bound: Bound) -> bool:
        # Postgres gives rows as they come for a cursor only, which only a SELECT can have.
        return bound.selects if self._engine.dialect.name == "postgresql" else bound.asks

    def _begin(self, bound: Bound) -> bool:
        """Begin a transaction where a cursor of Postgres needs one, and there is none."""
        if self._engine.dialect.name != "postgresql" or not bound.selects:
            return False
        info = getattr(self._connection.connection.driver_connection, "info", None)
        if getattr(info, "transaction_status", None) != 0:
            return False
        self._connection.exec_driver_sql("BEGIN")
        return True

    def _answer(
        self,
        names: list[str],
        types: list[str] | None,
        fetch: Callable[[int], Sequence[Any]],
        meter: Meter,
    ) -> Answer:
        rows: list[tuple[Any, ...]] = []
        try:
            while chunk := fetch(_CHUNK):
                rows += map(tuple, chunk)
                meter.add_rows(chunk)
        except MagicError:
            self.cancel()
            raise
        return self._made(names, types, rows)

    def _made(self, names: list[str], types: list[str] | None, rows: list[Any]) -> Answer:
        """Return rows as an answer."""
        notes = without_raw(names, rows) if self._engine.dialect.driver == "pysqlite" else []
        makers: list[Callable[[Sequence[Any]], pd.Series]]
        if types is None:
            types = [_type(rows, n) for n in range(len(names))]
            makers = [series_by_values] * len(names)
        else:
            makers = [self._maker(name) for name in types]
        columns = [
            Column(name, kind, self._arrow(kind)) for name, kind in zip(names, types, strict=True)
        ]
        return Answer(*frame_of(columns, series_of_rows(rows, makers)), notes=notes)

    def _types(self, result: sqlalchemy.CursorResult[Any]) -> list[str] | None:
        """Return the types as the database calls them; None where they follow from the values."""
        del result
        return None

    def _maker(self, type_name: str) -> Callable[[Sequence[Any]], pd.Series]:
        """Return what makes a column of a type from its values."""
        del type_name
        return series_by_values

    def _arrow(self, type_name: str) -> Any:
        """Return the type of Arrow for a type; None where that follows from the values."""
        del type_name

    def cancel(self) -> None:
        """Stop the running statement in the way its driver knows."""
        self._stopped = True
        with contextlib.suppress(Exception):
            driver = self._connection.connection.driver_connection
            if self._engine.dialect.name in ("mysql", "mariadb"):
                self._kill(driver)
                return
            for target in (driver, self._cursor):
                for name in ("cancel_safe", "interrupt", "cancel"):
                    method = getattr(target, name, None)
                    if method is not None:
                        method()
                        return
            # Nothing is left but to hang up.
            self._connection.invalidate()

    def _kill(self, driver: Any) -> None:
        with self._engine.connect() as other:
            other.exec_driver_sql(f"KILL QUERY {int(driver.thread_id())}")

    def close(self) -> None:
        """Close the connection."""
        with contextlib.suppress(exc.SQLAlchemyError):
            self._connection.close()
        self._engine.dispose()

    def tables(self) -> list[Table]:
        """Return the tables and views of the default schema."""
        inspector = sqlalchemy.inspect(self._engine)
        views: list[str] = []
        with contextlib.suppress(NotImplementedError):
            views = inspector.get_view_names()
        found = [Table(name, "view") for name in views]
        found += [Table(name, "table") for name in inspector.get_table_names()
                  if name not in views]  # fmt: skip
        return sorted(found, key=lambda table: table.name)

    def columns(self, table: str) -> list[Column]:
        """Return the columns of a table; empty when there is no such table."""
        schema, _, name = table.rpartition(".")
        try:
            found = sqlalchemy.inspect(self._engine).get_columns(name, schema or None)
        except exc.NoSuchTableError:
            return []
        return [Column(column["name"], str(column["type"]).lower()) for column in found]

    def sentence(self, error: BaseException, bound: Bound | None = None) -> tuple[str, str]:
        """Return the driver's message, without what SQLAlchemy puts around it."""
        del bound
        original = getattr(error, "orig", None)
        if str(original).startswith("COPY cannot be"):
            from lodge_magics.sql.sources.postgres.copying import COPY

            return COPY, ""
        arguments: tuple[Any, ...] = getattr(original, "args", ())
        told = str(original if original is not None else error)
        if len(arguments) > 1 and isinstance(arguments[1], str):
            told = f"{arguments[1]} ({arguments[0]})"
        told = told.split("\n[SQL:")[0].split("\n(Background on")[0].split("\nLINE ")[0]
        return one_line(told.replace(self._secret, "***") if self._secret else told), ""


def _missing(name: str, package: str, what: str) -> SourceError:
    return SourceError(
        f"The source {name} needs the package {package} for the {what}, which is not installed; "
        f"install it with %pip install {package}, or ask whoever runs this server."
    )


def _type(rows: list[tuple[Any, ...]], index: int) -> str:
    kinds = {type(row[index]).__name__.lower() for row in rows if row[index] is not None}
    return " or ".join(sorted(kinds)) if kinds else "null"
