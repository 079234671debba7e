"""Delegations, questions about tasks, duty shifts, saved views, how people hear of new work"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.columns import link

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: None = None
depends_on: None = None

KINDS = (
    "assignment",
    "checklist",
    "referral",
    "chase",
    "review",
    "approval",
    "incident",
    "notice",
    "handover",
    "decision",
    "question",
)
OPEN_ONLY = sa.text("ended_at IS NULL")


def upgrade() -> None:
    with op.batch_alter_table("human_tasks") as tasks:
        tasks.drop_constraint("ck_human_tasks_kind", type_="check")
        tasks.create_check_constraint("ck_human_tasks_kind", sa.column("kind").in_(KINDS))
    _delegations()
    _questions()
    _duty()
    _views()
    _notices()


def _delegations() -> None:
    op.create_table(
        "delegations",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("task_id", sa.String(), nullable=False),
        sa.Column("from_id", sa.String(), nullable=False),
        sa.Column("to_id", sa.String(), nullable=False),
        sa.Column("delegated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("from_id <> to_id", name="ck_delegations_to_another"),
        link("task_id", "human_tasks", name="fk_delegations_task_id"),
        link("from_id", "staff", name="fk_delegations_from_id"),
        link("to_id", "staff", name="fk_delegations_to_id"),
        sa.PrimaryKeyConstraint("id", name="pk_delegations"),
    )
    for name, columns, unique in (
        ("ix_delegations_open", ["task_id"], True),
        ("ix_delegations_from", ["from_id"], False),
    ):
        op.create_index(
            name, "delegations", columns, unique=unique, sqlite_where=OPEN_ONLY, postgresql_where=OPEN_ONLY
        )


def _questions() -> None:
    op.create_table(
        "task_questions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("task_id", sa.String(), nullable=False),
        sa.Column("question_id", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_of", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        link("task_id", "human_tasks", name="fk_task_questions_task_id"),
        link("question_id", "human_tasks", name="fk_task_questions_question_id"),
        link("asked_by", "staff", name="fk_task_questions_asked_by"),
        link("asked_of", "staff", name="fk_task_questions_asked_of"),
        sa.PrimaryKeyConstraint("id", name="pk_task_questions"),
        sa.UniqueConstraint("question_id", name="uq_task_questions_question_id"),
    )
    op.create_index("ix_task_questions_task_id", "task_questions", ["task_id"])


def _duty() -> None:
    op.create_table(
        "duty_shifts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("rota", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name="ck_duty_shifts_length"),
        link("staff_id", "staff", name="fk_duty_shifts_staff_id"),
        sa.PrimaryKeyConstraint("id", name="pk_duty_shifts"),
    )
    op.create_index("ix_duty_shifts_rota_ends_at", "duty_shifts", ["rota", "ends_at"])
    op.create_index("ix_duty_shifts_staff_id", "duty_shifts", ["staff_id"])


def _views() -> None:
    op.create_table(
        "saved_views",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("query", sa.String(1000), nullable=False),
        sa.Column("group", sa.String(), nullable=True),
        sa.Column("shown_first", sa.Boolean(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        link("staff_id", "staff", name="fk_saved_views_staff_id"),
        sa.PrimaryKeyConstraint("id", name="pk_saved_views"),
        sa.UniqueConstraint("staff_id", "name", name="uq_saved_views_staff_id_name"),
    )
    first = sa.text("shown_first")
    op.create_index(
        "ix_saved_views_first",
        "saved_views",
        ["staff_id"],
        unique=True,
        sqlite_where=first,
        postgresql_where=first,
    )
    op.create_index("ix_saved_views_group", "saved_views", ["group"])


def _notices() -> None:
    op.create_table(
        "notice_wishes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("wanted", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            sa.column("wanted").in_(("none", "at_once", "morning")), name="ck_notice_wishes_wanted"
        ),
        sa.CheckConstraint(sa.column("channel").in_(("email", "sms")), name="ck_notice_wishes_channel"),
        link("staff_id", "staff", name="fk_notice_wishes_staff_id"),
        sa.PrimaryKeyConstraint("id", name="pk_notice_wishes"),
        sa.UniqueConstraint("staff_id", name="uq_notice_wishes_staff_id"),
    )
    op.create_table(
        "work_looks",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_work_looks"),
        sa.UniqueConstraint("name", name="uq_work_looks_name"),
    )


def downgrade() -> None:
    raise NotImplementedError("Casewright does not go back to an older database. Restore the backup instead.")
