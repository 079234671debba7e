"""Open tasks are found in the order in which they are done"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0026"
down_revision: str | None = "0025"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    opened = sa.text("status IN ('requested', 'accepted', 'in_progress', 'on_hold')")
    op.create_index(
        "ix_human_tasks_urgent",
        "human_tasks",
        [
            sa.text("(CASE WHEN priority = 'stat' THEN 0 ELSE 1 END)"),
            sa.text("(coalesce(book_by, due_at) IS NULL)"),
            sa.text("(coalesce(book_by, due_at))"),
            "id",
        ],
        sqlite_where=opened,
        postgresql_where=opened,
    )


def downgrade() -> None:
    raise NotImplementedError("Casewright does not go back to an older database. Restore the backup instead.")
