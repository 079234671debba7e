"""An owner's open tasks are found by an index"""

from __future__ import annotations

from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.drop_index("ix_human_tasks_owner_id", table_name="human_tasks")
    op.create_index("ix_human_tasks_owner", "human_tasks", ["owner_id", "status"])


def downgrade() -> None:
    raise NotImplementedError("Casewright does not go back to an older database. Restore the backup instead.")
