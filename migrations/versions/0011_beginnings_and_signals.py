"""How processes begin by themselves; signals"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: None = None
depends_on: None = None

PURPOSES = (
    "remind",
    "escalate",
    "not_accepted",
    "silence",
    "deadline",
    "retry",
    "visit",
    "report",
    "chase",
    "due",
    "start",
    "time_limit",
    "begin",
    "date_rule",
    "order",
)
WAITS_FOR = ("people", "message", "condition", "child", "timer", "iterations", "signal")
BEGINS_ON = ("date", "signal", "record")


def upgrade() -> None:
    with op.batch_alter_table("timers") as timers:
        timers.drop_constraint("ck_timers_purpose", type_="check")
        timers.create_check_constraint("ck_timers_purpose", sa.column("purpose").in_(PURPOSES))
    with op.batch_alter_table("step_runs") as runs:
        runs.drop_constraint("ck_step_runs_waits_for", type_="check")
        runs.create_check_constraint("ck_step_runs_waits_for", sa.column("waits_for").in_(WAITS_FOR))
    op.add_column("instances", sa.Column("links", sa.Integer(), server_default="0", nullable=False))
    _beginnings()
    _signals()


def _beginnings() -> None:
    op.create_table(
        "beginnings",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("process", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("begins_on", sa.String(40), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("event", sa.String(), nullable=True),
        sa.Column("columns", sa.JSON(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_by", sa.String(), nullable=True),
        sa.Column("stopped_because", sa.Text(), nullable=True),
        sa.CheckConstraint(sa.column("begins_on").in_(BEGINS_ON), name="ck_beginnings_begins_on"),
        sa.PrimaryKeyConstraint("id", name="pk_beginnings"),
        sa.UniqueConstraint("process", "key", name="uq_beginnings_process_key"),
    )
    op.create_index("ix_beginnings_begins_on_name", "beginnings", ["begins_on", "name"])


def _signals() -> None:
    op.create_table(
        "signals",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("carried", sa.JSON(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by", sa.String(), nullable=False),
        sa.Column("instance_id", sa.String(), nullable=True),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("links", sa.Integer(), nullable=False),
        _link("case_id", "signals", "cases"),
        _link("instance_id", "signals", "instances"),
        sa.PrimaryKeyConstraint("id", name="pk_signals"),
        sa.UniqueConstraint("key", name="uq_signals_key"),
    )
    op.create_index("ix_signals_case_id_name", "signals", ["case_id", "name"])
    op.create_index("ix_signals_instance_id", "signals", ["instance_id"])
    op.create_table(
        "signal_receipts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("signal_id", sa.String(), nullable=False),
        sa.Column("instance_id", sa.String(), nullable=False),
        sa.Column("step_run_id", sa.String(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        _link("signal_id", "signal_receipts", "signals"),
        _link("instance_id", "signal_receipts", "instances"),
        sa.PrimaryKeyConstraint("id", name="pk_signal_receipts"),
        sa.UniqueConstraint("signal_id", "instance_id", name="uq_signal_receipts_signal_id_instance_id"),
    )
    op.create_index("ix_signal_receipts_instance_id", "signal_receipts", ["instance_id"])


def _link(column: str, table: str, target: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{column}"
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=name, deferrable=True, initially="DEFERRED"
    )


def downgrade() -> None:
    raise NotImplementedError("Casewright does not go back to an older database. Restore the backup instead.")
