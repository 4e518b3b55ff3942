"""What Lodge keeps on one machine beside users' files, and whether it is whole."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..folders import DataFolder
from ..settings import Settings

Kind = Literal["sqlite", "json", "text", "derby"]

#: What stands in every folder that holds a Derby database.
_DERBY = ("service.properties", "seg0", "log/log.ctrl")
#: The secrets that are no plain text.
_JSON_SECRETS = ("identity-signing",)


@dataclass(frozen=True)
class Kept:
    """A database or a state file.

    Parameters
    ----------
    part
        The part of Lodge that needs it; "" where all do.
    title
        What it is, in words of an administrator.
    path
        Where it is: a file, for Derby a folder.
    kind
        What it has to be.
    """

    part: str
    title: str
    path: Path
    kind: Kind

    def damage(self) -> str:
        """Return what is wrong with it; "" where it is whole, or not there at all."""
        if not self.path.exists():
            return ""
        try:
            if self.kind == "sqlite":
                return _sqlite_damage(self.path)
            if self.kind == "derby":
                lost = [name for name in _DERBY if not (self.path / name).exists()]
                return f"{' and '.join(lost)} missing" if lost else ""
            text = self.path.read_text(encoding="utf-8")
            if self.kind == "json" and not isinstance(json.loads(text), dict):
                return "it is no JSON object"
        except (OSError, ValueError, RecursionError) as error:
            return str(error) or type(error).__name__
        return "" if text.strip() else "it is empty"

    def sentence(self, damage: str) -> str:
        """Return a sentence on what is wrong with it and the way out."""
        return (
            f"{self.title}, {self.path}, is damaged ({damage}): stop Lodge and run "
            "`lodge doctor --repair`, which restores the newest whole backup."
        )


def kept(settings: Settings, folder: DataFolder) -> list[Kept]:
    """Return all that is kept in the data folder; what lies elsewhere is its owner's to watch.

    What is needed to restore something comes before it.
    """
    found = [Kept("", "The list of users' Unix accounts", folder.root / "accounts.json", "json")]
    secrets = folder.root / "secrets"
    if secrets.is_dir():
        found += [
            Kept("", "A secret of Lodge's", path, "json" if path.name in _JSON_SECRETS else "text")
            for path in sorted(secrets.iterdir())
            if not path.name.startswith(".") and path.suffix != ".damaged"
        ]
    if not (settings.hub.database or settings.hub.database_file):
        found.append(Kept("hub", "The hub's database", folder.hub / "jupyterhub.sqlite", "sqlite"))
    for name, database in (
        ("shares", settings.shares.database),
        ("schedules", settings.schedules.database),
    ):
        if not database:
            path = folder.root / name / f"{name}.sqlite"
            found.append(Kept(name, f"The database of the service {name}", path, "sqlite"))
    if not settings.identity.issuer:
        path = folder.identity / "identity.sqlite"
        found.append(Kept("identity", "The identity provider's database", path, "sqlite"))
    if not settings.hive.metastore:
        path = folder.metastore / "database"
        found.append(Kept("metastore", "The Hive metastore's database", path, "derby"))
    return found


def _sqlite_damage(path: Path) -> str:
    if path.stat().st_size == 0:
        return ""  # a first start that was killed
    try:
        # Not read-only: what a killed process has left in the write-ahead log is part of it.
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=10)) as opened:
            said = str(opened.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.OperationalError as error:
        # Locked, or a full disk, say: no damage.
        return "" if "malformed" not in str(error) else str(error)
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if said == "ok" else said.splitlines()[0]
