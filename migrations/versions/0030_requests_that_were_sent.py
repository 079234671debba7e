"""Requests that were sent with a key, so that the same one is done once"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.columns import link

revision: str = "0030"
down_revision: str | None = "0029"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.create_table(
        "sent_requests",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        link("account_id", "accounts", name="fk_sent_requests_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sent_requests"),
        sa.UniqueConstraint("account_id", "address", "key", name="uq_sent_requests_account_id_address_key"),
    )
    op.create_index("ix_sent_requests_sent_at", "sent_requests", ["sent_at"])


def downgrade() -> None:
    raise NotImplementedError("Casewright does not go back to an older database. Restore the backup instead.")
