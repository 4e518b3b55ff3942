"""Pages of shares in wikis."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "publications",
        sa.Column("share_id", sa.String(12), nullable=False),
        sa.Column("wiki", sa.String(64), nullable=False),
        sa.Column("space", sa.String(255), nullable=False),
        sa.Column("parent", sa.Text(), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("asked_by", sa.String(255), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("answer", sa.String(8), nullable=False),
        sa.Column("answer_revision", sa.String(128), nullable=False),
        sa.Column("version", sa.Integer()),
        sa.Column("delivered_at", sa.DateTime()),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("key", sa.String(16), nullable=False),
        sa.Column("page_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.String(128), nullable=False),
        sa.Column("written", sa.String(64), nullable=False),
        sa.Column("intended", sa.String(64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("share_id", "wiki", name="pk_publications"),
        sa.ForeignKeyConstraint(
            ["share_id"],
            ["shares.id"],
            name="fk_publications_share_id_shares",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_publications_due", "publications", ["wiki", "state", "due_at"])


def downgrade() -> None:
    op.drop_table("publications")
