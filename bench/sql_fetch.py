"""A large result of Postgres to pandas: `%%sql` against ADBC and connectorx alone, and read_sql.

`LODGE_BENCH_ROWS` sets the number of rows; 2,000,000 by default.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

from bench.harness import Contender, compare, details, table, write_section

PACKAGES = ("adbc-driver-postgresql", "connectorx", "pandas", "psycopg")
ROWS = 2_000_000
TABLE = """
CREATE TABLE mixed AS SELECT
    n::bigint AS id, nullif(n % 7, 0)::int AS kind, (n % 128)::smallint AS small,
    (n % 100000 / 100.0)::numeric(12, 2) AS price, n * 1.5::float8 AS weight, n % 2 = 0 AS yes,
    'name ' || n % 1000 AS name, '名字 😀 ' || n AS text,
    CASE WHEN n % 3 > 0 THEN 'c' || n % 10 END AS code,
    date '2020-01-01' + n % 1000 AS day, timestamp '2020-01-01' + n * interval '1 s' AS moment
FROM generate_series(1, {rows}) AS s(n);
ANALYZE mixed
"""
OURS = """
from IPython.core.interactiveshell import InteractiveShell
import lodge_magics
shell = InteractiveShell()
lodge_magics.load_ipython_extension(shell)
shell.run_cell_magic("sql", "df --quiet", "SELECT * FROM mixed")
df = shell.user_ns["df"]
"""
ADBC = """
import adbc_driver_postgresql.dbapi as adbc
with adbc.connect({uri!r}) as connection, connection.cursor() as cursor:
    cursor.execute("SELECT * FROM mixed")
    df = cursor.fetch_df()
"""
CONNECTORX = """
import connectorx
df = connectorx.read_sql({uri!r}, "SELECT * FROM mixed", return_type="arrow").to_pandas()
"""
READ_SQL = """
import pandas, sqlalchemy
engine = sqlalchemy.create_engine({uri!r}.replace("postgresql:", "postgresql+psycopg:"))
df = pandas.read_sql("SELECT * FROM mixed", engine)
"""
CHECK = "\nassert df.shape == ({rows}, 11), df.shape\n"


def run(repeats: int) -> None:
    """Run the benchmark and write its section."""
    rows = int(os.environ.get("LODGE_BENCH_ROWS", ROWS))
    write_section("sql_fetch", "Fetching a large result", measure(rows, repeats), PACKAGES)


def measure(rows: int, repeats: int) -> str:
    """Return what was measured, as Markdown."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from support.databases import PASSWORD, running_postgres

    with running_postgres() as server, tempfile.TemporaryDirectory(prefix="bench-") as name:
        with server.admin() as admin:
            admin.execute(TABLE.format(rows=rows).encode())
            admin.execute("GRANT SELECT ON mixed TO u")
        uri = f"postgresql://u:{quote(PASSWORD, safe='')}@127.0.0.1:{server.port}/shop"
        sources = Path(name) / "sources.toml"
        sources.write_text(
            f'[sources.shop]\ntype = "postgres"\nhost = "127.0.0.1"\nport = {server.port}\n'
            'user = "u"\ndatabase = "shop"\npassword_env = "SHOP_PASSWORD"\n'
        )
        environment = {"LODGE_SOURCES": str(sources), "SHOP_PASSWORD": PASSWORD}
        ways = {
            "`%%sql`": OURS,
            "ADBC": ADBC,
            "connectorx": CONNECTORX,
            "`pandas.read_sql`": READ_SQL,
        }
        end = CHECK.format(rows=rows)
        measured = compare(
            [
                Contender(
                    way,
                    [sys.executable, "-c", text.format(uri=uri) + end],
                    environment=environment,
                )
                for way, text in ways.items()
            ],
            repeats,
        )
    label = f"{rows:,} rows × 11 columns"
    return (
        "A table of mixed types in Postgres on the same machine, to a pandas DataFrame: whole "
        "processes, imports and connecting included. ADBC gives decimals as text and whole numbers "
        "with NULLs as floats; `%%sql` keeps them.\n\n"
        + table("result", {label: measured})
        + "\n\n"
        + details("result", {label: measured})
    )
