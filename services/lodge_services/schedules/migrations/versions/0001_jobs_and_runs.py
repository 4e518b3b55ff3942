"""Jobs and runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from lodge_services.db import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "job",
        sa.Column("id", sa.String(12), nullable=False),
        sa.Column("owner", sa.String(255), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("notebook_path", sa.Text(), nullable=False),
        sa.Column("notebook_digest", sa.String(64), nullable=False),
        sa.Column("cron", sa.String(200), nullable=True),
        sa.Column("timezone", sa.String(64), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("next_run_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
    )
    op.create_index("ix_job_next_run_at", "job", ["next_run_at"])
    op.create_index("ix_job_notebook_digest", "job", ["notebook_digest"])
    op.create_index("ix_job_owner_created_at_id", "job", ["owner", "created_at", "id"])
    op.create_table(
        "run",
        sa.Column("id", sa.String(12), nullable=False),
        sa.Column("job_id", sa.String(12), nullable=False),
        sa.Column("owner", sa.String(255), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("trigger", sa.String(16), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("scheduled_for", UtcDateTime(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("notebook_path", sa.Text(), nullable=False),
        sa.Column("notebook_digest", sa.String(64), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("cells_total", sa.Integer(), nullable=True),
        sa.Column("cells_done", sa.Integer(), nullable=True),
        sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("handle", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("lease_by", sa.String(255), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["job_id"], ["job.id"], name="fk_run_job_id_job", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
    )
    op.create_index("ix_run_job_id_created_at_id", "run", ["job_id", "created_at", "id"])
    op.create_index("ix_run_notebook_digest", "run", ["notebook_digest"])
    op.create_index("ix_run_state", "run", ["state"])
    for name, columns, condition in (
        ("uq_run_job_id_running", ["job_id"], "state = 'running'"),
        ("uq_run_job_id_scheduled_for", ["job_id", "scheduled_for"], "trigger = 'schedule'"),
    ):
        op.create_index(
            name,
            "run",
            columns,
            unique=True,
            sqlite_where=sa.text(condition),
            postgresql_where=sa.text(condition),
        )


def downgrade() -> None:
    op.drop_table("run")
    op.drop_table("job")
