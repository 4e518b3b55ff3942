"""What users try of Hive's tables, and of their folders."""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from lodge_spawner import demote
from lodge_spawner.spark import driver_environment, hive_properties, properties_text

from support.hive import Metastore, RefusedError, User

#: Words of the rules, not of the metastore or the client.
RULE = re.compile(r"may not|is not open to users|can't have a table|No database can|The folder")


def refused(user: User, code: str) -> str:
    with pytest.raises(RefusedError) as error:
        user.ask(code)
    said = str(error.value)
    assert RULE.search(said), said
    return said


def catalog(
    hive: Metastore, command: str, *tables: str, database: str = "", port: int | None = None
) -> dict[str, Any]:
    """Return what the catalogue of SQL sources tells of the metastore, or of what is at a port.

    Port 0 is that Spark's properties name no metastore.
    """
    port = hive.settings.port if port is None else port
    with tempfile.TemporaryDirectory() as name:
        sources, properties = Path(name) / "sources.toml", Path(name) / "spark-defaults.conf"
        at = f'database = "{database}"\n' if database else ""
        sources.write_text(f'default = "warehouse"\n[sources.warehouse]\ntype = "hive"\n{at}')
        found = hive_properties(f"thrift://127.0.0.1:{port}", "file:/warehouse") if port else {}
        properties.write_text(properties_text(found))
        done = subprocess.run(
            [sys.executable, "-m", "lodge_magics.sql.catalog", command, "--source=warehouse"]
            + [f"--table={one}" for one in tables],
            env=driver_environment(str(properties), {}) | {"LODGE_SOURCES": str(sources)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.stdout, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def by(user: User, *command: str) -> None:
    """Run a command as a user."""
    subprocess.run(command, preexec_fn=demote(user.account), check=True)


def writes(user: User, folder: Path) -> bool:
    """Return whether a user can write and remove a file and a folder there, as Spark does."""
    code = "import os, sys; os.umask(0o2); os.chdir(sys.argv[1]); os.mkdir('_x'); os.rmdir('_x')"
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        preexec_fn=demote(user.account),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 or "PermissionError" in done.stderr, done.stderr
    return done.returncode == 0
