"""The journal of the engine"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.columns import link, one_of

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.create_table(
        "definition_versions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("process", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("materials", sa.JSON(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.String(), nullable=False),
        sa.CheckConstraint("length(content_hash) = 64", name="ck_definition_versions_hash_length"),
        sa.PrimaryKeyConstraint("id", name="pk_definition_versions"),
        sa.UniqueConstraint("process", "content_hash", name="uq_definition_versions_process_content_hash"),
        sa.UniqueConstraint("process", "number", name="uq_definition_versions_process_number"),
    )
    op.create_table(
        "leases",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("acquired_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_leases"),
    )
    op.create_index("ix_leases_expires_at", "leases", ["expires_at"])
    op.create_table(
        "instances",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("process", sa.String(), nullable=False),
        sa.Column("version_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=True),
        sa.Column("client_id", sa.String(), nullable=True),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column(
            "status",
            one_of("running", "waiting", "incident", "held", "completed", "cancelled"),
            nullable=False,
        ),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("outputs", sa.JSON(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("lease_id", sa.String(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("parent_step_run_id", sa.String(), nullable=True),
        sa.Column("start_key", sa.String(), nullable=False),
        link("case_id", "cases", name="fk_instances_case_id"),
        link("client_id", "clients", name="fk_instances_client_id"),
        link("lease_id", "leases", name="fk_instances_lease_id", on_delete="SET NULL"),
        link("version_id", "definition_versions", name="fk_instances_version_id"),
        sa.PrimaryKeyConstraint("id", name="pk_instances"),
        sa.UniqueConstraint("start_key", name="uq_instances_start_key"),
    )
    op.create_index("ix_instances_case_id", "instances", ["case_id"])
    op.create_index("ix_instances_client_id", "instances", ["client_id"])
    op.create_index("ix_instances_lease_id", "instances", ["lease_id"])
    op.create_index("ix_instances_parent_step_run_id", "instances", ["parent_step_run_id"])
    op.create_index("ix_instances_process", "instances", ["process"])
    op.create_index("ix_instances_status", "instances", ["status"])
    op.create_index("ix_instances_version_id", "instances", ["version_id"])
    op.create_table(
        "step_runs",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("instance_id", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("iteration", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            one_of("waiting", "completed", "skipped", "cancelled", "superseded", "incident"),
            nullable=False,
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("outputs", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column(
            "waits_for",
            one_of("people", "message", "condition", "child", "timer", "iterations"),
            nullable=True,
        ),
        sa.Column("position", sa.String(), nullable=False),
        sa.Column("error_code", sa.String(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("lease_id", sa.String(), nullable=True),
        sa.Column("carrier_run_id", sa.String(), nullable=True),
        link("instance_id", "instances", name="fk_step_runs_instance_id"),
        sa.PrimaryKeyConstraint("id", name="pk_step_runs"),
        sa.UniqueConstraint(
            "instance_id",
            "step",
            "iteration",
            "attempt",
            name="uq_step_runs_instance_id_step_iteration_attempt",
        ),
    )
    op.create_index("ix_step_runs_instance_id", "step_runs", ["instance_id"])
    op.create_index("ix_step_runs_waiting", "step_runs", ["status", "waits_for"])
    op.create_table(
        "timers",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("instance_id", sa.String(), nullable=True),
        sa.Column("step_run_id", sa.String(), nullable=True),
        sa.Column(
            "purpose",
            one_of(
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
            ),
            nullable=False,
        ),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wall", sa.String(), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        link("instance_id", "instances", name="fk_timers_instance_id"),
        sa.PrimaryKeyConstraint("id", name="pk_timers"),
        sa.UniqueConstraint("key", name="uq_timers_key"),
    )
    op.create_index("ix_timers_instance_id", "timers", ["instance_id"])
    op.create_index(
        "ix_timers_open_due",
        "timers",
        ["due_at"],
        sqlite_where=sa.text("fired_at IS NULL AND withdrawn_at IS NULL"),
        postgresql_where=sa.text("fired_at IS NULL AND withdrawn_at IS NULL"),
    )
    op.create_index("ix_timers_step_run_id", "timers", ["step_run_id"])
    op.create_table(
        "wakes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("instance_id", sa.String(), nullable=False),
        sa.Column("cause_key", sa.String(), nullable=False),
        sa.Column(
            "kind",
            one_of(
                "start", "answer", "item", "timer", "receipt", "signal", "child", "retry", "record", "changed"
            ),
            nullable=False,
        ),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        link("instance_id", "instances", name="fk_wakes_instance_id"),
        sa.PrimaryKeyConstraint("id", name="pk_wakes"),
        sa.UniqueConstraint("cause_key", name="uq_wakes_cause_key"),
    )
    op.create_index("ix_wakes_instance_id", "wakes", ["instance_id"])


def downgrade() -> None:
    raise NotImplementedError("Casewright does not go back to an older database. Restore the backup instead.")
