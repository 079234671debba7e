"""Messages that did not arrive are found by when they were written"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0031"
down_revision: str | None = "0030"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    """SQLite took an index that begins with the status instead, and read all that were ever lost."""
    lost = sa.text("status IN ('undelivered', 'failed', 'blocked')")
    op.drop_index("ix_messages_lost", "messages")
    op.create_index(
        "ix_messages_lost",
        "messages",
        ["status", "created_at", "case_id", "channel"],
        sqlite_where=lost,
        postgresql_where=lost,
    )


def downgrade() -> None:
    raise NotImplementedError("Casewright does not go back to an older database. Restore the backup instead.")
