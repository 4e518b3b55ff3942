"""New databases of the services, as copies of one that has been migrated."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy.engine import make_url


@contextmanager
def copied(folder: Path) -> Iterator[None]:
    """Let each new database of SQLite begin as a copy of its service's first one.

    Alembic takes longer for one than most tests take for all else. A database that is there it
    migrates as ever.

    Parameters
    ----------
    folder
        Where those that are copied are kept.
    """
    migrate = command.upgrade

    def upgrade(config: Config, revision: str) -> None:
        service = Path(config.get_main_option("script_location") or "").parent.name
        url = make_url(config.attributes["url"])
        wanted = Path(url.database or "")
        if revision == "head" and url.get_backend_name() == "sqlite" and not wanted.exists():
            first = folder / f"{service}.sqlite"
            if not first.exists():
                whole = Config()
                for name in ("script_location", "path_separator"):
                    whole.set_main_option(name, config.get_main_option(name) or "")
                whole.attributes["url"] = f"sqlite:///{first}"
                migrate(whole, revision)
            wanted.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(first, wanted)
        else:
            migrate(config, revision)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(command, "upgrade", upgrade)
        yield
