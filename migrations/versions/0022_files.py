"""Files that people put into forms"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.columns import link

revision: str = "0022"
down_revision: str | None = "0021"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.create_table(
        "stored_files",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("task_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=True),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stored_by", sa.String(), nullable=True),
        sa.CheckConstraint("size > 0", name="ck_stored_files_size"),
        sa.CheckConstraint("length(sha256) = 64", name="ck_stored_files_hash_length"),
        link("task_id", "human_tasks", name="fk_stored_files_task_id"),
        link("case_id", "cases", name="fk_stored_files_case_id"),
        link("stored_by", "staff", name="fk_stored_files_stored_by"),
        sa.PrimaryKeyConstraint("id", name="pk_stored_files"),
        sa.UniqueConstraint(
            "task_id", "step", "item", "sha256", name="uq_stored_files_task_id_step_item_sha256"
        ),
    )
    op.create_index("ix_stored_files_case_id", "stored_files", ["case_id"])
    op.create_index("ix_stored_files_stored_by", "stored_files", ["stored_by"])
    op.create_table(
        "stored_contents",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("file_id", sa.String(), nullable=False),
        sa.Column("contents", sa.LargeBinary(), nullable=False),
        link("file_id", "stored_files", name="fk_stored_contents_file_id"),
        sa.PrimaryKeyConstraint("id", name="pk_stored_contents"),
        sa.UniqueConstraint("file_id", name="uq_stored_contents_file_id"),
    )


def downgrade() -> None:
    raise NotImplementedError("Casewright does not go back to an older database. Restore the backup instead.")
