"""SQL sources and tables that shares name."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Notebooks that were shared before are found by their tables once they are shared again.
    op.create_table(
        "share_sql_names",
        sa.Column("share_id", sa.String(12), nullable=False),
        sa.Column("source", sa.String(255), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("share_id", "source", "name", name="pk_share_sql_names"),
        sa.ForeignKeyConstraint(
            ["share_id"],
            ["shares.id"],
            name="fk_share_sql_names_share_id_shares",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_share_sql_names_name", "share_sql_names", ["name", "source"])
    op.create_index("ix_share_sql_names_source", "share_sql_names", ["source"])


def downgrade() -> None:
    op.drop_table("share_sql_names")
