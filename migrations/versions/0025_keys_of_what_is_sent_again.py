"""A comment and a token that are sent again with their key are known"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0025"
down_revision: str | None = "0024"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.add_column("task_events", sa.Column("idempotency_key", sa.String(), nullable=True))
    keyed = sa.text("idempotency_key IS NOT NULL")
    op.create_index(
        "ix_task_events_submission",
        "task_events",
        ["task_id", "idempotency_key"],
        unique=True,
        sqlite_where=keyed,
        postgresql_where=keyed,
    )
    op.add_column("api_tokens", sa.Column("idempotency_key", sa.String(), nullable=True))
    op.create_index("ix_api_tokens_submission", "api_tokens", ["account_id", "idempotency_key"], unique=True)


def downgrade() -> None:
    raise NotImplementedError("Casewright does not go back to an older database. Restore the backup instead.")
