"""Lists and boards find what they show, and count it, by indexes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0024"
down_revision: str | None = "0023"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.create_index("ix_cases_received", "cases", ["received_at", "id"])
    counted = ["status", "closed_at", "team", "worker_id", "supervisor_id", "sealed", "client_id"]
    op.create_index("ix_cases_counted", "cases", [*counted, "risk_level", "id"])
    op.drop_index("ix_human_tasks_case_id", table_name="human_tasks")
    op.create_index(
        "ix_human_tasks_counted",
        "human_tasks",
        [
            *("case_id", "status", "assignee_id", "candidate_group"),
            *("book_by", "due_at", "priority", "revision", "id"),
        ],
    )
    still = sa.text("status IN ('requested', 'accepted', 'in_progress', 'on_hold')")
    op.create_index(
        "ix_human_tasks_open",
        "human_tasks",
        [
            *("candidate_group", "owner_id", "assignee_id", "case_id"),
            *("priority", "book_by", "due_at", "id"),
        ],
        sqlite_where=still,
        postgresql_where=still,
    )
    # the moment of a visit, which the first of these has been found by until now, begins the second
    op.drop_index("ix_visits_starts_at", table_name="visits")
    op.create_index("ix_visits_counted", "visits", ["starts_at", "status", "local_date", "case_id"])
    lost = sa.text("status IN ('undelivered', 'failed', 'blocked')")
    op.create_index(
        "ix_messages_lost",
        "messages",
        ["created_at", "case_id", "status", "channel"],
        sqlite_where=lost,
        postgresql_where=lost,
    )


def downgrade() -> None:
    raise NotImplementedError("Casewright does not go back to an older database. Restore the backup instead.")
