"""Definitions that are put forward; and in the audit, what people did is found by time"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.columns import link

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: None = None
depends_on: None = None

PEOPLE = sa.text("substr(actor, 1, 7) <> 'system:'")
WAITING = sa.text("state = 'waiting'")
STATES = ("waiting", "approved", "refused", "withdrawn")


def upgrade() -> None:
    op.create_index(
        "ix_audit_events_people", "audit_events", ["at"], sqlite_where=PEOPLE, postgresql_where=PEOPLE
    )
    op.create_table(
        "process_proposals",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("process", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("tried", sa.JSON(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("version_id", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(state = 'waiting') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)",
            name="ck_process_proposals_decided",
        ),
        sa.CheckConstraint(
            "state <> 'approved' OR (decided_by <> proposed_by AND version_id IS NOT NULL)",
            name="ck_process_proposals_four_eyes",
        ),
        sa.CheckConstraint("length(content_hash) = 64", name="ck_process_proposals_hash_length"),
        sa.CheckConstraint(sa.column("state").in_(STATES), name="ck_process_proposals_state"),
        link("proposed_by", "staff", name="fk_process_proposals_proposed_by"),
        link("decided_by", "staff", name="fk_process_proposals_decided_by"),
        link("version_id", "definition_versions", name="fk_process_proposals_version_id"),
        sa.PrimaryKeyConstraint("id", name="pk_process_proposals"),
    )
    op.create_index("ix_process_proposals_process", "process_proposals", ["process"])
    op.create_index("ix_process_proposals_version_id", "process_proposals", ["version_id"])
    op.create_index(
        "ix_process_proposals_waiting",
        "process_proposals",
        ["process", "content_hash"],
        unique=True,
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )


def downgrade() -> None:
    raise NotImplementedError("Casewright does not go back to an older database. Restore the backup instead.")
