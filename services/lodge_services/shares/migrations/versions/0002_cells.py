"""The text of cells, for searching."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Notebooks that were shared before are found by their cells once they are shared again.
    op.add_column("shares", sa.Column("cells", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("shares", "cells")
