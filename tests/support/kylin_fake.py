"""A fake of Kylin 5, where no real one can be had: its REST protocol over HTTP, DuckDB behind it.

It follows Kylin's documentation and sources where they say how an answer looks, and does as Kylin
does with bound values: texts are put between quotes as they are.
"""

from __future__ import annotations

import base64
import contextlib
import datetime
import decimal
import json
import math
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

import duckdb
from lodge_spawner.ports import free_port

USER = "analyst"
ACCEPT = "application/vnd.apache.kylin-v4-public+json"
# Names of types and the numbers of java.sql.Types, by DuckDB's.
_TYPES = {
    "BOOLEAN": ("BOOLEAN", 16), "TINYINT": ("TINYINT", -6), "SMALLINT": ("SMALLINT", 5),
    "INTEGER": ("INTEGER", 4), "BIGINT": ("BIGINT", -5), "HUGEINT": ("BIGINT", -5),
    "FLOAT": ("REAL", 7), "DOUBLE": ("DOUBLE", 8), "DATE": ("DATE", 91), "TIME": ("TIME", 92),
    "TIMESTAMP": ("TIMESTAMP", 93),
}  # fmt: skip


class FakeKylin:
    """What the fake holds.

    Attributes
    ----------
    port
        Where it listens.
    requests
        The bodies of the queries it was sent.
    deaf
        Whether it knows nothing of stopping queries.
    running
        The queries that run, by their `stopId`.
    """

    def __init__(self, password: str) -> None:
        self.port = free_port()
        self.token = base64.b64encode(f"{USER}:{password}".encode()).decode()
        self.requests: list[dict[str, Any]] = []
        self.deaf = False
        self.running: dict[str, duckdb.DuckDBPyConnection] = {}
        self.database = duckdb.connect(":memory:")
        self.database.execute('CREATE SCHEMA "DEFAULT"; USE memory."DEFAULT"')

    def cursor(self) -> duckdb.DuckDBPyConnection:
        cursor = self.database.cursor()
        cursor.execute('USE memory."DEFAULT"')
        return cursor

    def ask(self, text: str) -> list[list[str | None]]:
        """The rows of a query, as they go over the wire."""
        with self.cursor() as cursor:
            return [[_text(value) for value in row] for row in cursor.execute(text).fetchall()]

    def tables(self) -> list[dict[str, Any]]:
        with self.cursor() as cursor:
            found = cursor.execute(
                "SELECT table_schema, table_name, column_name, data_type "
                "FROM information_schema.columns ORDER BY table_name, ordinal_position"
            ).fetchall()
        tables: dict[str, dict[str, Any]] = {}
        for schema, table, column, kind in found:
            entry = tables.setdefault(
                table,
                {"table_CAT": "defaultCatalog", "table_SCHEM": schema, "table_NAME": table,
                 "table_TYPE": "TABLE", "type": ["FACT"], "columns": []},
            )  # fmt: skip
            name = _TYPES.get(kind, (kind, 0))[0]
            if name == "VARCHAR":
                name = 'VARCHAR(4096) CHARACTER SET "UTF-16LE" COLLATE "UTF-16LE$en_US$primary"'
            entry["columns"].append({"column_NAME": column, "type_NAME": name})
        return list(tables.values())


@contextmanager
def running_kylin(password: str) -> Iterator[FakeKylin]:
    """Run a fake with the project `learn_kylin` and the table SALES."""
    fake = FakeKylin(password)
    fake.database.execute(
        "CREATE TABLE SALES (ID BIGINT, SELLER VARCHAR, PRICE DECIMAL(19, 4), PAID BOOLEAN, "
        "DAY DATE); INSERT INTO SALES VALUES (1, 'ann', 1.5, true, '2013-01-02'), "
        "(2, 'bob', NULL, false, NULL), (NULL, NULL, 3, NULL, '2013-01-04')"
    )
    handler = type("Handler", (_Handler,), {"fake": fake})
    server = ThreadingHTTPServer(("127.0.0.1", fake.port), handler)
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        for cursor in list(fake.running.values()):
            cursor.interrupt()
        server.server_close()
        thread.join()
        fake.database.close()


class _Refused(Exception):  # noqa: N818
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fake: ClassVar[FakeKylin]

    def log_message(self, *_arguments: object) -> None:
        pass

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _serve(self) -> None:
        self.close_connection = True
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        try:
            self._route(json.loads(body) if body else {})
        except _Refused as refused:
            answer = {"code": "999", "data": None, "msg": str(refused), "url": self.path}
            self._send(refused.status, answer)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def _route(self, body: dict[str, Any]) -> None:
        if self.headers.get("Authorization") != f"Basic {self.fake.token}":
            raise _Refused(401, "Invalid username or password.")
        if self.headers.get("Accept") != ACCEPT or not self.headers.get("User-Agent"):
            raise _Refused(406, "Not acceptable.")
        parts = urlsplit(self.path)
        path = parts.path.removeprefix("/kylin/api/")
        asked = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if (self.command, path) == ("POST", "user/authentication"):
            self._done({"username": USER})
        elif (self.command, path) == ("GET", "projects"):
            self._done({"value": [{"name": "learn_kylin"}, {"name": "shop"}], "total_size": 2})
        elif (self.command, path) == ("GET", "query/tables_and_columns"):
            self._check(asked.get("project", ""))
            self._done(self.fake.tables())
        elif self.command == "DELETE" and path.startswith("query/") and not self.fake.deaf:
            cursor = self.fake.running.get(unquote(path.removeprefix("query/")))
            if cursor is not None:
                cursor.interrupt()
            self._done("")
        elif (self.command, path) == ("POST", "query"):
            self._check(body.get("project", ""))
            self._query(body)
        else:
            raise _Refused(404, "")

    def _check(self, project: str) -> None:
        if project.lower() not in ("learn_kylin", "shop"):
            raise _Refused(500, f'KE-010034203: Can\'t find project "{project}".')

    def _done(self, data: object) -> None:
        self._send(200, {"code": "000", "data": data, "msg": ""})

    def _send(self, status: int, answer: object) -> None:
        text = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json;charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _query(self, body: dict[str, Any]) -> None:
        fake = self.fake
        fake.requests.append(body)
        cursor, name = fake.cursor(), str(body.get("stopId"))
        fake.running[name] = cursor
        try:
            sql = _filled(body["sql"], body.get("params") or [])
            if body.get("limit"):
                sql = f"{sql}\nLIMIT {int(body['limit'])} OFFSET {int(body.get('offset') or 0)}"
            plan = re.match(r"\s*EXPLAIN PLAN FOR\b", sql)
            sql, lists = _apart("EXPLAIN" + sql[plan.end() :] if plan else sql)
            cursor.execute(sql, lists)
            metas = [_meta(*entry[:2]) for entry in cursor.description or []]
            if plan:
                text = cursor.fetchall()[0][1]
                self._rows([_meta("PLAN", "VARCHAR")], iter([[(text,)]]))
            else:
                self._rows(metas, iter(lambda: cursor.fetchmany(2000), []))
        except duckdb.Error as error:
            told = _message(str(error), body["sql"])
            self._done({"isException": True, "exceptionMessage": told, "columnMetas": None})
        finally:
            fake.running.pop(name, None)
            cursor.close()

    def _rows(self, metas: list[dict[str, Any]], batches: Iterator[list[tuple[Any, ...]]]) -> None:
        first = next(batches, [])
        self.send_response(200)
        self.send_header("Content-Type", "application/json;charset=utf-8")
        self.end_headers()
        head = json.dumps({"code": "000", "data": {"columnMetas": metas}})[:-2]
        self.wfile.write(f'{head}, "results": ['.encode())
        comma = ""
        while first:
            texts = [[_text(value) for value in row] for row in first]
            rows = json.dumps(texts, ensure_ascii=False)[1:-1]
            self.wfile.write(f"{comma}{rows}".encode())
            comma, first = ",", next(batches, [])
        tail = {"isException": False, "exceptionMessage": None, "duration": 3, "pushDown": True}
        self.wfile.write(f'], {json.dumps(tail)[1:]}, "msg": ""}}'.encode())


def _meta(name: str, kind: object) -> dict[str, Any]:
    text = str(kind)
    decimal = re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", text)
    type_name, number = ("DECIMAL", 3) if decimal else _TYPES.get(text, ("VARCHAR", 12))
    return {
        "label": name, "name": name, "columnType": number, "columnTypeName": type_name,
        "precision": int(decimal[1]) if decimal else 0, "scale": int(decimal[2]) if decimal else 0,
        "isNullable": 1,
    }  # fmt: skip


def _text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ", "milliseconds")
    return _double(value) if isinstance(value, float) else str(value)


def _double(value: float) -> str:
    """Return a number as Java writes it."""
    if not math.isfinite(value):
        return {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value)
    sign, digits, exponent = decimal.Decimal(repr(value)).normalize().as_tuple()
    rest = "".join(map(str, digits[1:])) or "0"
    return f"{'-' * sign}{digits[0]}.{rest}E{len(digits) - 1 + int(exponent)}"


def _filled(sql: str, params: list[dict[str, str | None]]) -> str:
    """Put values where Kylin does: at question marks outside of quotes, comments not heeded."""
    pieces, quote, left = [], "", list(reversed(params))
    for mark in sql:
        if mark in "'\"" and quote in ("", mark):
            quote = "" if quote else mark
        pieces.append(_literal(left.pop()) if mark == "?" and not quote and left else mark)
    if left:
        raise duckdb.InvalidInputException("failed to match params with place holders")
    return "".join(pieces)


def _apart(sql: str) -> tuple[str, list[list[int]]]:
    """Return a query without its long lists of numbers, which DuckDB parses slowly, and them."""
    lists: list[list[int]] = []

    def one(found: re.Match[str]) -> str:
        lists.append(list(map(int, found[1].split(","))))
        return "IN (SELECT unnest(?))"

    return re.sub(r"\bIN \((\d+(?:, \d+){999,})\)", one, sql), lists


def _literal(param: dict[str, str | None]) -> str:
    kind, value = str(param["className"]).rpartition(".")[2], param["value"]
    if value is None:
        return "NULL"
    if kind == "String":
        return f"'{value}'"
    return f"{kind.lower()}'{value}'" if kind in ("Date", "Timestamp") else value


def _message(text: str, sql: str) -> str:
    missing = re.search(r"Table with name (\w+) does not exist", text)
    if missing:
        text = (
            f"From line 1, column 15 to line 1, column 20: Object '{missing[1].upper()}' not "
            "found within 'DEFAULT'"
        )
    with contextlib.suppress(ValueError):
        text = text[: text.index("\n\nLINE ")]
    return f'{text}\nwhile executing SQL: "{sql}"'
