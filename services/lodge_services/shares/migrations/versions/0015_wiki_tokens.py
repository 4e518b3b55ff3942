"""Accounts of wikis by which people's pages are written."""

import sqlalchemy as sa
from alembic import op
from lodge_services.db.engine import UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wiki_tokens",
        sa.Column("person", sa.String(255), nullable=False),
        sa.Column("wiki", sa.String(64), nullable=False),
        sa.Column("user", sa.String(255), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("person", "wiki", name="pk_wiki_tokens"),
    )


def downgrade() -> None:
    op.drop_table("wiki_tokens")
