"""Which tables somebody may not read, on a real Postgres."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from lodge_magics.sql.sources.base import RelationalSource
from psycopg import sql
from support.databases import PASSWORD, Postgres
from support.sources import run

pytestmark = pytest.mark.integration

SOURCES = """
[sources.shop]
type = "postgres"
host = "127.0.0.1"
port = {port}
user = "reader"
database = "shop"
password_env = "SHOP_PASSWORD"
"""


def test_what_is_not_there_and_what_is_closed(
    source: RelationalSource, server: Postgres, tmp_path: Path
) -> None:
    with server.admin() as admin:
        admin.execute(sql.SQL("CREATE ROLE reader LOGIN PASSWORD {}").format(sql.Literal(PASSWORD)))
    run(source, 'CREATE SCHEMA ops; CREATE TABLE ops.late (a INT); CREATE TABLE ops."Big" (a INT)')
    run(source, "CREATE TABLE closed (a INT); CREATE TABLE part (a INT, b INT)")
    run(source, "GRANT USAGE ON SCHEMA ops TO reader; GRANT SELECT ON ops.late TO reader")
    run(source, 'GRANT SELECT ON ops."Big" TO reader; GRANT SELECT ON t TO reader')
    run(source, "GRANT INSERT ON closed TO reader")
    (tmp_path / "sources.toml").write_text(SOURCES.format(port=server.port))
    names = ["t", "public.t", "ops.late", "ops.big", "late", "closed", "part", "nowhere", "o'x"]
    answer = subprocess.run(
        [sys.executable, "-m", "lodge_magics.sql.catalog", "missing", "--source=shop"]
        + [f"--table={name}" for name in names],
        env={"LODGE_SOURCES": str(tmp_path / "sources.toml"), "SHOP_PASSWORD": PASSWORD},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert json.loads(answer.stdout) == {"missing": ["late", "closed", "part", "nowhere", "o'x"]}
    run(source, "DROP TABLE closed; DROP TABLE part; DROP SCHEMA ops CASCADE")
    with server.admin() as admin:
        admin.execute("DROP OWNED BY reader")
        admin.execute("DROP ROLE reader")
