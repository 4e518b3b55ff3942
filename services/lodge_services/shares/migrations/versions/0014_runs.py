"""Versions that runs of schedules have made."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("share_versions", sa.Column("run_id", sa.String(12), nullable=True))
    op.add_column("share_versions", sa.Column("run", sa.Text(), nullable=True))
    op.create_index(
        "uq_share_versions_share_id_run_id", "share_versions", ["share_id", "run_id"], unique=True
    )


def downgrade() -> None:
    op.drop_index("uq_share_versions_share_id_run_id", "share_versions")
    op.drop_column("share_versions", "run")
    op.drop_column("share_versions", "run_id")
