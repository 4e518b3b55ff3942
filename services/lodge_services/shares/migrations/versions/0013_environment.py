"""What the notebooks of versions ran with."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("share_versions", sa.Column("environment", sa.String(64), nullable=True))
    op.create_index("ix_share_versions_environment", "share_versions", ["environment"])


def downgrade() -> None:
    op.drop_index("ix_share_versions_environment", "share_versions")
    op.drop_column("share_versions", "environment")
