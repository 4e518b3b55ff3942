"""Large results of MariaDB and Postgres to pandas: `%%sql` beside drivers alone, and its peers.

`LODGE_BENCH_ROWS` sets the number of rows; 2,000,000 by default.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pymysql
from lodge_spawner.ports import free_port

from bench.harness import Contender, Measured, compare, details, table, write_section
from bench.sql_peers import ADBC, CONNECTORX, END, JUPYSQL, OURS, READ_SQL, jupysql

if TYPE_CHECKING:
    from collections.abc import Mapping

PACKAGES = ("adbc-driver-postgresql", "connectorx", "pandas", "psycopg", "pymysql", "sqlalchemy")
ROWS = 2_000_000
COLUMNS = 11
QUERY = "SELECT * FROM mixed"
POSTGRES = """
CREATE TABLE mixed AS SELECT
    n::bigint AS id, nullif(n % 7, 0)::int AS kind, (n % 128)::smallint AS small,
    (n % 100000 / 100.0)::numeric(12, 2) AS price, n * 1.5::float8 AS weight, n % 2 = 0 AS yes,
    'name ' || n % 1000 AS name, '名字 😀 ' || n AS text,
    CASE WHEN n % 3 > 0 THEN 'c' || n % 10 END AS code,
    date '2020-01-01' + n % 1000 AS day, timestamp '2020-01-01' + n * interval '1 s' AS moment
FROM generate_series(1, {rows}) AS s(n);
ANALYZE mixed
"""
MARIADB = """
CREATE TABLE mixed (
    id BIGINT NOT NULL, kind INT, small SMALLINT NOT NULL, price DECIMAL(12, 2) NOT NULL,
    weight DOUBLE NOT NULL, yes TINYINT NOT NULL, name VARCHAR(20) NOT NULL,
    text VARCHAR(40) NOT NULL, code VARCHAR(10), day DATE NOT NULL, moment DATETIME NOT NULL
) CHARACTER SET utf8mb4 SELECT
    seq AS id, NULLIF(seq % 7, 0) AS kind, seq % 128 AS small, seq % 100000 / 100 AS price,
    seq * 1.5 AS weight, seq % 2 = 0 AS yes, CONCAT('name ', seq % 1000) AS name,
    CONCAT('名字 😀 ', seq) AS text, IF(seq % 3 > 0, CONCAT('c', seq % 10), NULL) AS code,
    DATE '2020-01-01' + INTERVAL seq % 1000 DAY AS day,
    TIMESTAMP '2020-01-01 00:00:00' + INTERVAL seq SECOND AS moment
FROM seq_1_to_{rows}
"""
SOURCES = """
[sources.{name}]
type = "{type}"
host = "127.0.0.1"
port = {port}
user = "u"
database = "shop"
password_env = "SHOP_PASSWORD"
"""


def run(repeats: int) -> None:
    """Run the benchmark and write its section."""
    rows = int(os.environ.get("LODGE_BENCH_ROWS", ROWS))
    write_section("sql_fetch", "Fetching a large result", measure(rows, repeats), PACKAGES)


def measure(rows: int, repeats: int) -> str:
    """Return what was measured, as Markdown."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    measured = {"Postgres": _postgres(rows, repeats), "MariaDB": _mariadb(rows, repeats)}
    text = (
        f"A table of {rows:,} rows in {COLUMNS} columns of mixed types, to a pandas DataFrame, "
        "from a server on the same machine: the time of a notebook's cell after `import pandas`, "
        "connecting included. ADBC gives decimals as text, it and connectorx whole numbers with "
        "NULLs as floats; `%%sql` keeps them. The load average was "
        f"{os.getloadavg()[2]:.1f} in the quarter of an hour.\n"
    )
    for name, row in measured.items():
        text += f"\n{table('from', {name: row})}\n"
    return text + "\n" + details("from", measured)


def _postgres(rows: int, repeats: int) -> dict[str, Measured]:
    from support.databases import PASSWORD, running_postgres

    with running_postgres() as server:
        with server.admin() as admin:
            admin.execute(POSTGRES.format(rows=rows).encode())
            admin.execute("GRANT SELECT ON mixed TO u")
        secret = quote(PASSWORD, safe="")
        uri = f"postgresql://u:{secret}@127.0.0.1:{server.port}/shop"
        ways = {
            "`%%sql`": OURS,
            "ADBC": ADBC,
            "connectorx": CONNECTORX,
            "`pandas.read_sql`": READ_SQL,
            "JupySQL": JUPYSQL,
        }
        alchemy = uri.replace("postgresql:", "postgresql+psycopg:")
        return _compare("postgres", server.port, ways, uri, alchemy, rows, repeats)


def _mariadb(rows: int, repeats: int) -> dict[str, Measured]:
    from support.databases import PASSWORD, running_mariadb

    port = free_port()
    with running_mariadb(port) as socket:
        user = {"user": "u", "password": PASSWORD, "database": "shop", "autocommit": True}
        with (
            pymysql.connect(unix_socket=str(socket), charset="utf8mb4", **user) as connection,  # type: ignore[call-overload]
            connection.cursor() as cursor,
        ):
            cursor.execute(MARIADB.format(rows=rows))
        uri = f"mysql://u:{quote(PASSWORD, safe='')}@127.0.0.1:{port}/shop"
        ways = {
            "`%%sql`": OURS,
            "connectorx": CONNECTORX,
            "`pandas.read_sql`": READ_SQL,
            "JupySQL": JUPYSQL,
        }
        alchemy = uri.replace("mysql:", "mysql+pymysql:") + "?charset=utf8mb4"
        return _compare("mysql", port, ways, uri, alchemy, rows, repeats)


def _compare(
    kind: str,
    port: int,
    ways: Mapping[str, str],
    uri: str,
    alchemy: str,
    rows: int,
    repeats: int,
) -> dict[str, Measured]:
    from support.databases import PASSWORD

    filled = {"uri": uri, "alchemy": alchemy, "query": QUERY, "source": kind}
    end = END.format(shape=(rows, COLUMNS))
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        sources = Path(folder) / "sources.toml"
        sources.write_text(SOURCES.format(name=kind, type=kind, port=port))
        environment = {"LODGE_SOURCES": str(sources), "SHOP_PASSWORD": PASSWORD, **jupysql()}
        return compare(
            [
                Contender(
                    way,
                    [sys.executable, "-c", text.format(**filled) + end],
                    environment=environment,
                    inside=True,
                )
                for way, text in ways.items()
            ],
            repeats,
        )
