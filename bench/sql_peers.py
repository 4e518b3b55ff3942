"""What `%%sql` is measured beside, and how each of them fetches a table into pandas.

Each is the text of a program that runs in a process of its own, in a shell of IPython as kernels
have it. What a notebook does once, before its first query, is not timed: making the shell, loading
the magics, importing pandas. What the cell does is: connecting, the query, the DataFrame.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bench.harness import tool

# JupySQL lies beside the environment: see the file.
_JUPYSQL = Path(__file__).with_name("jupysql.txt")
_PLACE = Path(__file__).parents[1] / ".cache/bench/jupysql"
SHELL = """
import time
import pandas, pyarrow
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell()
"""
OURS = (
    SHELL
    + """
import lodge_magics
lodge_magics.load_ipython_extension(shell)
began = time.perf_counter()
shell.run_cell_magic("sql", "df --quiet --source {source}", {query!r})
df = shell.user_ns["df"]
"""
)
ADBC = (
    SHELL
    + """
began = time.perf_counter()
import adbc_driver_postgresql.dbapi as adbc
with adbc.connect({uri!r}) as connection, connection.cursor() as cursor:
    cursor.execute({query!r})
    df = cursor.fetch_df()
"""
)
CONNECTORX = (
    SHELL
    + """
began = time.perf_counter()
import connectorx
df = connectorx.read_sql({uri!r}, {query!r}, return_type="arrow").to_pandas()
"""
)
READ_SQL = (
    SHELL
    + """
began = time.perf_counter()
import sqlalchemy
engine = sqlalchemy.create_engine({alchemy!r})
df = pandas.read_sql({query!r}, engine)
"""
)
JUPYSQL = (
    SHELL
    + """
shell.run_line_magic("load_ext", "sql")
for setting in ("displaylimit = 10", "autopandas = True", "feedback = 0"):
    shell.run_line_magic("config", "SqlMagic." + setting)
began = time.perf_counter()
shell.run_line_magic("sql", {alchemy!r})
shell.run_cell_magic("sql", "df <<", {query!r})
df = shell.user_ns["df"]
"""
)
END = """
took = time.perf_counter() - began
assert df.shape == {shape}, df.shape
print("\\nseconds", took, flush=True)
"""


def jupysql() -> dict[str, str]:
    """Return the environment of JupySQL, which is fetched if need be."""
    if not (_PLACE / "sql").is_dir():
        _PLACE.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [
                tool("uv"), "pip", "install", "-q", "--python", sys.executable, "--no-deps",
                "--target", str(_PLACE), "-r", str(_JUPYSQL),
            ],
            check=True,
        )  # fmt: skip
    return {"PYTHONPATH": str(_PLACE), "PLOOMBER_STATS_ENABLED": "false"}
