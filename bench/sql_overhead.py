"""What `%%sql` adds to a small query, and what its load adds to a kernel's start."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

from lodge_spawner.ports import free_port

from bench.harness import write_section
from bench.sql_fetch import SOURCES

PACKAGES = ("ipython", "pandas", "psycopg", "pymysql")
QUERY = "SELECT 1 AS a, 'x' AS b"
# A process of its own, in a kernel's shell. The driver's call gives rows, `%%sql` a DataFrame.
PROGRAM = """
import contextlib, io, json, sqlite3, statistics, sys, time
from IPython.core.interactiveshell import InteractiveShell
import ipykernel.ipkernel
import psycopg, pymysql
shell = InteractiveShell()
began = time.perf_counter()
import lodge_magics
lodge_magics.load_ipython_extension(shell)
load = time.perf_counter() - began
settings = json.loads(sys.argv[1])
drivers = {
    "mysql": lambda: pymysql.connect(host="127.0.0.1", charset="utf8mb4", **settings["mysql"]),
    "postgres": lambda: psycopg.connect(settings["postgres"], autocommit=True),
    "sqlite": lambda: sqlite3.connect(settings["sqlite"]),
}

def call(connection):
    cursor = connection.cursor()
    cursor.execute(QUERY)
    cursor.fetchall()
    cursor.close()

def cell(line):
    with contextlib.redirect_stdout(io.StringIO()):
        shell.run_cell_magic("sql", line, QUERY)

def seconds(work):
    times = []
    for _ in range(60):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times[10:])

told = {"load": load}
for name, connect in drivers.items():
    with contextlib.closing(connect()) as connection:
        told[name] = [
            seconds(lambda: call(connection)),
            seconds(lambda: cell(f"df --quiet --source {name}")),
            seconds(lambda: cell(f"--source {name}")),
        ]
print(json.dumps(told))
"""
NAMES = {"mysql": "MariaDB", "postgres": "Postgres", "sqlite": "SQLite"}


def run(repeats: int) -> None:
    """Run the benchmark and write its section."""
    write_section("sql_overhead", "A small query", measure(repeats), PACKAGES)


def measure(repeats: int) -> str:
    """Return what was measured, as Markdown."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from support.databases import PASSWORD, running_mariadb, running_postgres

    port = free_port()
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        running_postgres() as postgres,
        running_mariadb(port),
    ):
        data, sources = Path(folder) / "data", Path(folder) / "sources.toml"
        sources.write_text(
            SOURCES.format(name="mysql", type="mysql", port=port)
            + SOURCES.format(name="postgres", type="postgres", port=postgres.port)
            + f'[sources.sqlite]\ntype = "sqlite"\npath = "{data}"\n'
        )
        data.touch()
        user = {"port": port, "user": "u", "password": PASSWORD, "database": "shop"}
        uri = f"postgresql://u:{quote(PASSWORD, safe='')}@127.0.0.1:{postgres.port}/shop"
        settings = json.dumps({"mysql": user, "postgres": uri, "sqlite": str(data)})
        program = f"QUERY = {QUERY!r}\n{PROGRAM}"
        environment = {**os.environ, "LODGE_SOURCES": str(sources), "SHOP_PASSWORD": PASSWORD}
        told = [
            json.loads(
                subprocess.run(
                    [sys.executable, "-c", program, settings],
                    env=environment, check=True, capture_output=True, text=True,
                ).stdout.splitlines()[-1]
            )
            for _ in range(repeats)
        ]  # fmt: skip
    lines = [
        f"""`{QUERY}`, again and again on an open connection: the driver's own call, a cell that
makes a DataFrame of it, and one that shows it as well. Medians of {repeats} processes.
""",
        "| | driver | `%%sql df --quiet` | `%%sql` | adds |",
        "|---|---|---|---|---|",
    ]
    for key, name in NAMES.items():
        driver, quiet, shown = (statistics.median(one[key][i] for one in told) for i in range(3))
        lines.append(
            f"| {name} | {_ms(driver)} | {_ms(quiet)} | {_ms(shown)} | **{_ms(quiet - driver)}**, "
            f"{_ms(shown - driver)} shown |"
        )
    load = statistics.median(one["load"] for one in told)
    lines.append(f"\nLoading the magics takes **{_ms(load)}** of a kernel's start.")
    return "\n".join(lines)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"
