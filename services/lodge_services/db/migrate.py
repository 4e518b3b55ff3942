"""Alembic migrations, run by the service itself when it starts.

A service keeps its migrations in ``lodge_services/<service>/migrations``: an ``env.py`` of two
lines that calls `run_environment` with the service's metadata, and a folder ``versions``.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command, context
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData

from .engine import make_engine

_PACKAGE = Path(__file__).parent.parent


def migrations_config(url: str, service: str) -> Config:
    """Return Alembic's configuration for the database of `service`."""
    config = Config()
    config.set_main_option("script_location", str(_PACKAGE / service / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    return config


def upgrade(url: str, service: str, revision: str = "head") -> None:
    """Bring the database at `url` to the newest schema of `service`.

    Several processes may do it at the same time: one works, the others wait and find it done.
    """
    command.upgrade(migrations_config(url, service), revision)


def is_newest(url: str, service: str) -> bool:
    """Tell whether the database at `url` has the newest schema of `service`."""
    newest = ScriptDirectory.from_config(migrations_config(url, service)).get_current_head()
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision() == newest
    finally:
        engine.dispose()


def downgrade(url: str, service: str, revision: str) -> None:
    """Take the database at `url` back to an older schema of `service`."""
    command.downgrade(migrations_config(url, service), revision)


def run_environment(metadata: MetaData) -> None:
    """Run the migrations that Alembic asks for; the whole content of an ``env.py``."""
    engine = make_engine(context.config.attributes["url"])
    try:
        # the write lock is taken before the version is read, so starts at once queue up
        with (
            engine.execution_options(lodge_write=True).connect() as connection,
            connection.begin(),
        ):
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(76110368)")
            # Of a transaction that begins after this Alembic would know nothing: on SQLite it
            # would end it, and let the lock go, after each step.
            context.configure(
                connection=connection,
                target_metadata=metadata,
                render_as_batch=connection.dialect.name == "sqlite",
                transaction_per_migration=False,
                compare_type=True,
            )
            context.run_migrations()
    finally:
        engine.dispose()
