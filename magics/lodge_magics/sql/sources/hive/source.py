"""Hive tables, by the Spark session of the kernel."""

from __future__ import annotations

import functools
import logging
import threading
from typing import TYPE_CHECKING, Any

from lodge_magics.errors import SqlError, TooLargeError
from lodge_magics.interrupt import run_interruptible
from lodge_magics.spark.connect import is_connect
from lodge_magics.spark.messages import spark_sentence, where
from lodge_magics.sql.meter import Meter
from lodge_magics.sql.sources.base import Column, Table
from lodge_magics.sql.sources.hive.fetch import collect, collect_connect
from lodge_magics.sql.sources.hive.types import transported
from lodge_magics.words import nearest

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from lodge_magics.sql.bind import Bound

    Result = TypeVar("Result")

__all__ = ["HiveSource"]

# Where no query can stand, as a long list is one.
_NO_QUERY = "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY"


class HiveSource:
    """The tables a Spark session knows.

    Parameters
    ----------
    session
        The SparkSession.
    cancel
        Cancels the jobs of the running cell.
    """

    def __init__(self, session: Any, cancel: Callable[[], None]) -> None:
        self._session = session
        self._cancel = cancel

    def _run(self, work: Callable[[], Result], text: str = "") -> Result:
        from py4j.protocol import Py4JJavaError
        from pyspark import InheritableThread, __version__
        from pyspark.errors import PySparkException

        _silence()
        thread: Any = InheritableThread
        if is_connect(self._session):
            if __version__.startswith("3."):
                thread, work = threading.Thread, _tagged(self._session, work)
            else:
                thread = functools.partial(InheritableThread, session=self._session)
        try:
            return run_interruptible(work, self._cancel, thread)
        except (PySparkException, Py4JJavaError) as error:
            raise SqlError(self._sentence(error), where(error, text)) from None

    def _sentence(self, error: Any) -> str:
        told = spark_sentence(error)
        if _condition(error) != "TABLE_OR_VIEW_NOT_FOUND":
            return told
        name = (error.getMessageParameters() or {}).get("relationName", "").replace("`", "")
        found = nearest(name.rpartition(".")[2], [table.name for table in self.tables()])
        if not name:
            return told
        return f"There is no table {name} in Spark's catalog" + (
            f"; did you mean {found}?" if found else "; %sql tables shows those there are."
        )

    def query(self, bound: Bound) -> Any:
        """Return a statement as a lazy DataFrame; commands run at once, queries run no job.

        Parameters
        ----------
        bound
            The statement.
        """
        from pyspark.errors import PySparkException

        def work() -> Any:
            try:
                return self._ask(bound)
            except PySparkException as error:
                if bound.apart is None or not _condition(error).startswith(_NO_QUERY):
                    raise
                return None

        frame = self._run(work, bound.text)
        if frame is None and bound.apart is not None:
            apart = bound.apart()
            frame = self._run(lambda: self._ask(apart), apart.text)
        return frame

    def _ask(self, bound: Bound) -> Any:
        if not bound.named:
            return self._session.sql(bound.text)
        frame = self._session.sql(bound.text, args=bound.named)
        if bound.apart is not None:
            frame.schema  # noqa: B018  of which a Spark Connect server says only then what is wrong
        return frame

    def complete(self, text: str) -> bool | None:
        """Tell whether Spark's parser takes a text for a whole statement.

        Parameters
        ----------
        text
            Up to a semicolon, without it.

        Returns
        -------
        bool or None
            None with Spark Connect, whose parser is on the server.
        """
        if is_connect(self._session):
            return None
        from pyspark.errors import ParseException

        parser = self._session._jsparkSession.sessionState().sqlParser()
        try:
            parser.parsePlan(text)
        except ParseException:
            return False
        return True

    def rows(self, frame: Any, limit: int) -> list[tuple[Any, ...]]:
        """Return the first rows of a plan; this runs a job.

        Parameters
        ----------
        frame
            From `query`.
        limit
            How many rows at most.
        """
        return self._run(lambda: [tuple(row) for row in frame.limit(limit).collect()])

    def arrow(self, frame: Any, meter: Meter, *, local: bool = True) -> Any:
        """Return a DataFrame as a table of Arrow; this runs a job.

        Parameters
        ----------
        frame
            From `query`.
        meter
            Told of what comes.
        local
            Whether timestamps are those of the clock in the session's time zone, without a zone;
            default True.

        Raises
        ------
        SqlError
            The result does not fit into memory; the job has been cancelled.
        """
        fetch = collect_connect if is_connect(self._session) else collect
        try:
            return self._run(lambda: fetch(transported(frame, local=local), meter))
        except TooLargeError:
            self._cancel()
            raise

    def head(self, frame: Any, limit: int) -> Any:
        """Return the first rows of a DataFrame as a table of Arrow; this runs a job.

        Parameters
        ----------
        frame
            From `query`.
        limit
            How many rows at most.
        """
        return self.arrow(frame.limit(limit), Meter())

    def schema(self, frame: Any) -> list[Column]:
        """Return the columns of a DataFrame, without a job.

        Parameters
        ----------
        frame
            From `query`.
        """
        return [Column(field.name, field.dataType.simpleString()) for field in frame.schema.fields]

    def tables(self) -> list[Table]:
        """Return the tables and views of the current database, without a job."""
        if is_connect(self._session):
            tables = [
                Table(one.name, "view" if one.isTemporary else "table")
                for one in self._session.catalog.listTables()
            ]
            return sorted(tables, key=lambda table: table.name)
        catalog = self._session._jsparkSession.sessionState().catalog()
        found = catalog.listTables(catalog.getCurrentDatabase())
        tables = []
        for position in range(found.size()):
            identifier = found.apply(position)
            kind = "view" if catalog.isTempView(identifier) else "table"
            tables.append(Table(identifier.table(), kind))
        return sorted(tables, key=lambda table: table.name)

    def columns(self, table: str) -> list[Column]:
        """Return the columns of a table; empty when there is no such table.

        Parameters
        ----------
        table
            Its name, with its database or without.
        """
        if not self._session.catalog.tableExists(table):
            return []
        return self.schema(self._session.table(table))


def _condition(error: Any) -> str:
    # Spark 3.5 calls it so.
    ask = getattr(error, "getCondition", None) or getattr(error, "getErrorClass", None)
    return (ask() if ask is not None else None) or ""


def _tagged(session: Any, work: Callable[[], Result]) -> Callable[[], Result]:
    """Return work that carries the tags of this thread into another, as Spark 3.5 does not."""
    tags = session.getTags()

    def tagged() -> Result:
        for tag in tags:
            session.addTag(tag)
        return work()

    return tagged


def _silence() -> None:
    """Keep pyspark from logging, as JSON on stderr, the error it raises as well."""
    try:
        from pyspark.logger import PySparkLogger
    except ImportError:  # Spark 3.5 logs none
        return
    for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        logger: logging.Logger = PySparkLogger.getLogger(name)
        logger.disabled = True
