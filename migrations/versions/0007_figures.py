"""Indexes for the figures of status and metrics"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    # answers the same questions, and how many instances of which process have which status
    op.drop_index("ix_instances_status", "instances")
    op.create_index("ix_instances_status_process", "instances", ["status", "process"])
    op.create_index(
        "ix_human_tasks_incidents",
        "human_tasks",
        ["status"],
        sqlite_where=sa.text("kind = 'incident'"),
        postgresql_where=sa.text("kind = 'incident'"),
    )


def downgrade() -> None:
    raise NotImplementedError("Casewright does not go back to an older database. Restore the backup instead.")
