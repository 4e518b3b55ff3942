"""An index of three characters in a row, for searching.

SQLite: a table of FTS5 that triggers keep as `shares` is, within the transaction that writes it.
Alembic's batch mode drops triggers together with a table that it makes anew: a later migration of
`shares` adds columns without it, or makes the triggers again.

Postgres: indexes of the extension ``pg_trgm``. Where either is missing, shares are found without.
"""

import logging

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import DBAPIError

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

log = logging.getLogger("lodge_services.shares.migrations")

# With two characters behind the text each of its own begins three.
PUT_IN = """
    INSERT INTO share_words (rowid, text)
    SELECT number, new.search || char(10) || new.cells || char(10, 10)
    FROM share_numbers WHERE share_id = new.id;
"""
TAKE_OUT = """
    INSERT INTO share_words (share_words, rowid, text)
    SELECT 'delete', number, old.search || char(10) || old.cells || char(10, 10)
    FROM share_numbers WHERE share_id = old.id;
"""
NUMBER = "INSERT INTO share_numbers (share_id) VALUES (new.id);"
FORGET = "DELETE FROM share_numbers WHERE share_id = old.id;"
CHANGED = "WHEN old.search IS NOT new.search OR old.cells IS NOT new.cells"
TRIGGERS = {
    "insert": f"INSERT ON shares BEGIN {NUMBER} {PUT_IN}",
    "update": f"UPDATE OF search, cells ON shares {CHANGED} BEGIN {TAKE_OUT} {PUT_IN}",
    "delete": f"DELETE ON shares BEGIN {TAKE_OUT} {FORGET}",
}
FILL = """
    INSERT INTO share_words (rowid, text)
    SELECT number, search || char(10) || cells || char(10, 10)
    FROM share_numbers JOIN shares ON shares.id = share_id
"""


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    if dialect == "sqlite":
        _upgrade_sqlite()
    elif dialect == "postgresql":
        _upgrade_postgres()


def _upgrade_sqlite() -> None:
    try:
        op.execute(
            "CREATE VIRTUAL TABLE share_words USING fts5"
            "(text, content='', detail='none', tokenize='trigram case_sensitive 1')"
        )
    except DBAPIError as error:
        log.warning("Shares are searched without an index: %s", error.orig)
        return
    op.execute("CREATE VIRTUAL TABLE share_words_terms USING fts5vocab(share_words, 'instance')")
    op.create_table(
        "share_numbers",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("share_id", sa.String(12), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_share_numbers"),
        sa.UniqueConstraint("share_id", name="uq_share_numbers_share_id"),
    )
    for event, what in TRIGGERS.items():
        op.execute(f"CREATE TRIGGER share_words_{event} AFTER {what} END")
    op.execute("INSERT INTO share_numbers (share_id) SELECT id FROM shares ORDER BY created_at, id")
    # In one go, not in the small parts of later writing.
    op.execute("INSERT INTO share_words (share_words, rank) VALUES ('hashsize', 67108864)")
    op.execute(FILL)
    op.execute("INSERT INTO share_words (share_words, rank) VALUES ('hashsize', 1048576)")


def _upgrade_postgres() -> None:
    connection = op.get_bind()
    try:
        with connection.begin_nested():
            op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            for column in ("search", "cells"):
                op.execute(
                    f"CREATE INDEX ix_shares_{column}_trigrams ON shares "
                    f"USING gin ({column} gin_trgm_ops)"
                )
    except DBAPIError as error:
        log.warning("Shares are searched without an index: %s", error.orig)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for event in TRIGGERS:
            op.execute(f"DROP TRIGGER IF EXISTS share_words_{event}")
        for table in ("share_words_terms", "share_words", "share_numbers"):
            op.execute(f"DROP TABLE IF EXISTS {table}")
    else:
        for column in ("search", "cells"):
            op.execute(f"DROP INDEX IF EXISTS ix_shares_{column}_trigrams")
