"""Open tasks are found by when they are due, which for those that have begun is not the date to book by"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0027"
down_revision: str | None = "0026"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    still = sa.text("status IN ('requested', 'accepted', 'in_progress', 'on_hold')")
    until = "CASE WHEN status IN ('in_progress', 'on_hold') THEN due_at ELSE coalesce(book_by, due_at) END"
    op.drop_index("ix_human_tasks_open", table_name="human_tasks")
    op.drop_index("ix_human_tasks_urgent", table_name="human_tasks")
    op.create_index(
        "ix_human_tasks_open",
        "human_tasks",
        [
            *("candidate_group", "owner_id", "assignee_id", "case_id"),
            *("status", "priority", "book_by", "due_at", "id"),
        ],
        sqlite_where=still,
        postgresql_where=still,
    )
    op.create_index(
        "ix_human_tasks_urgent",
        "human_tasks",
        [
            sa.text("(CASE WHEN priority = 'stat' THEN 0 ELSE 1 END)"),
            sa.text(f"(({until}) IS NULL)"),
            sa.text(f"({until})"),
            "id",
        ],
        sqlite_where=still,
        postgresql_where=still,
    )


def downgrade() -> None:
    raise NotImplementedError("Casewright does not go back to an older database. Restore the backup instead.")
