"""What notes, goals and appointments say besides; calendar feeds"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.columns import link

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: None = None
depends_on: None = None

KINDS = ("contact", "visit", "supervision", "conference", "correspondence", "management_decision", "other")


def upgrade() -> None:
    with op.batch_alter_table("case_notes") as notes:
        notes.drop_constraint("ck_case_notes_kind", type_="check")
        notes.create_check_constraint("ck_case_notes_kind", sa.column("kind").in_(KINDS))
        for name in ("with_client", "significant", "third_party"):
            notes.add_column(sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False))
        notes.add_column(sa.Column("source", sa.String(), nullable=True))
        notes.add_column(sa.Column("idempotency_key", sa.String(), nullable=True))
        notes.create_unique_constraint("uq_case_notes_idempotency_key", ["idempotency_key"])
        notes.create_check_constraint(
            "ck_case_notes_third_party_named", "NOT third_party OR coalesce(source, '') <> ''"
        )
    op.add_column("goals", sa.Column("responsible", sa.String(), nullable=True))
    op.add_column("appointments", sa.Column("known_to", sa.String(), nullable=True))
    op.add_column("appointments", sa.Column("check_in_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("appointments", sa.Column("earlier", sa.JSON(), nullable=True))
    op.create_table(
        "calendar_feeds",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        link("staff_id", "staff", name="fk_calendar_feeds_staff_id"),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_feeds"),
        sa.UniqueConstraint("token_hash", name="uq_calendar_feeds_token_hash"),
    )
    op.create_index("ix_calendar_feeds_staff_id", "calendar_feeds", ["staff_id"])
    op.create_index(
        "uq_calendar_feeds_open",
        "calendar_feeds",
        ["staff_id"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )


def downgrade() -> None:
    raise NotImplementedError("Casewright does not go back to an older database. Restore the backup instead.")
