"""First contacts; clients are found by their birth date"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.columns import link

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: None = None
depends_on: None = None

ORIGINS = ("staff", "program", "public_form")
STANDINGS = ("waiting", "taken", "set_aside")
QUALITIES = ("full", "approximate", "doesnt_know", "prefers_not_to_answer", "not_collected")
PHONES = ("text", "voice", "cell", "fax", "video", "pager", "textphone")
SAFETY = ("yes", "no", "unknown")


def upgrade() -> None:
    op.create_index("ix_clients_date_of_birth", "clients", ["date_of_birth"])
    op.create_table(
        "first_contacts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("origin", sa.String(40), nullable=False),
        sa.Column("standing", sa.String(40), nullable=False),
        sa.Column("given_name", sa.String(), nullable=False),
        sa.Column("family_name", sa.String(), nullable=False),
        sa.Column("date_of_birth", sa.Date(), nullable=True),
        sa.Column("date_of_birth_quality", sa.String(40), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("interpreter_needed", sa.Boolean(), nullable=False),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("phone_type", sa.String(40), nullable=True),
        sa.Column("phone_safe", sa.String(40), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("email_safe", sa.String(40), nullable=False),
        sa.Column("may_leave_message", sa.Boolean(), nullable=False),
        sa.Column("may_identify_organisation", sa.Boolean(), nullable=False),
        sa.Column("safe_times", sa.String(), nullable=True),
        sa.Column("in_danger", sa.Boolean(), nullable=False),
        sa.Column("referred_by", sa.String(), nullable=True),
        sa.Column("need", sa.Text(), nullable=True),
        sa.Column("team", sa.String(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=True),
        sa.Column("client_id", sa.String(), nullable=True),
        sa.Column("case_id", sa.String(), nullable=True),
        sa.Column("instance_id", sa.String(), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looked_by", sa.String(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _one_of("origin", ORIGINS),
        _one_of("standing", STANDINGS),
        _one_of("date_of_birth_quality", QUALITIES),
        _one_of("phone_type", PHONES),
        _one_of("phone_safe", SAFETY),
        _one_of("email_safe", SAFETY),
        sa.CheckConstraint(
            "standing <> 'set_aside' OR coalesce(reason, '') <> ''", name="ck_first_contacts_reason_given"
        ),
        sa.CheckConstraint(
            "standing <> 'taken' OR client_id IS NOT NULL", name="ck_first_contacts_taken_for_somebody"
        ),
        link("recorded_by", "staff", name="fk_first_contacts_recorded_by"),
        link("client_id", "clients", name="fk_first_contacts_client_id"),
        link("case_id", "cases", name="fk_first_contacts_case_id"),
        link("instance_id", "instances", name="fk_first_contacts_instance_id"),
        link("looked_by", "staff", name="fk_first_contacts_looked_by"),
        sa.PrimaryKeyConstraint("id", name="pk_first_contacts"),
        sa.UniqueConstraint("key", name="uq_first_contacts_key"),
    )
    for column in ("recorded_by", "client_id", "case_id"):
        op.create_index(f"ix_first_contacts_{column}", "first_contacts", [column])
    op.create_index("ix_first_contacts_waiting", "first_contacts", ["team", "standing"])


def _one_of(column: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    return sa.CheckConstraint(sa.column(column).in_(values), name=f"ck_first_contacts_{column}")


def downgrade() -> None:
    raise NotImplementedError("Casewright does not go back to an older database. Restore the backup instead.")
