"""Human tasks, assessments and what is agreed"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.columns import link, one_of

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.create_table(
        "plans",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column(
            "status",
            one_of("draft", "proposed", "agreed", "completed", "replaced", "withdrawn"),
            nullable=False,
        ),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("client_view", sa.Text(), nullable=True),
        sa.Column("written_by", sa.String(), nullable=True),
        sa.Column("approved_by", sa.String(), nullable=True),
        sa.Column("agreed_on", sa.Date(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("replaced_by_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        link("approved_by", "staff", name="fk_plans_approved_by"),
        link("case_id", "cases", name="fk_plans_case_id"),
        link("replaced_by_id", "plans", name="fk_plans_replaced_by_id"),
        link("written_by", "staff", name="fk_plans_written_by"),
        sa.CheckConstraint("status <> 'agreed' OR agreed_on IS NOT NULL", name="ck_plans_agreed_dated"),
        sa.PrimaryKeyConstraint("id", name="pk_plans"),
    )
    op.create_index("ix_plans_approved_by", "plans", ["approved_by"])
    op.create_index("ix_plans_case_id", "plans", ["case_id"])
    op.create_index("ix_plans_written_by", "plans", ["written_by"])
    op.create_index(
        "uq_plans_agreed",
        "plans",
        ["case_id"],
        unique=True,
        sqlite_where=sa.text("status = 'agreed'"),
        postgresql_where=sa.text("status = 'agreed'"),
    )
    op.create_table(
        "goals",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.String(), nullable=False),
        sa.Column("specific", sa.Text(), nullable=False),
        sa.Column("indicator", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("achievable", sa.Text(), nullable=True),
        sa.Column("need", sa.String(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column(
            "status",
            one_of("planned", "in_progress", "achieved", "partly_achieved", "not_achieved", "withdrawn"),
            nullable=False,
        ),
        sa.Column("worker_view", sa.Text(), nullable=True),
        sa.Column("client_view", sa.Text(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        link("plan_id", "plans", name="fk_goals_plan_id"),
        sa.PrimaryKeyConstraint("id", name="pk_goals"),
    )
    op.create_index("ix_goals_plan_id", "goals", ["plan_id"])
    op.create_table(
        "human_tasks",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            one_of(
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
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            one_of(
                "requested",
                "accepted",
                "in_progress",
                "on_hold",
                "completed",
                "cancelled",
                "failed",
                "rejected",
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=True),
        sa.Column("instance_id", sa.String(), nullable=True),
        sa.Column("step_run_id", sa.String(), nullable=True),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("iteration", sa.String(), nullable=False),
        sa.Column("assignee_id", sa.String(), nullable=True),
        sa.Column("candidate_group", sa.String(), nullable=True),
        sa.Column("owner_id", sa.String(), nullable=True),
        sa.Column("priority", one_of("routine", "urgent", "asap", "stat"), nullable=False),
        sa.Column("book_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_wall", sa.String(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_by", sa.String(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("form", sa.JSON(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.JSON(), nullable=True),
        sa.Column("excluded_ids", sa.JSON(), nullable=False),
        sa.Column("escalated_to", sa.JSON(), nullable=False),
        link("assignee_id", "staff", name="fk_human_tasks_assignee_id"),
        link("case_id", "cases", name="fk_human_tasks_case_id"),
        link("instance_id", "instances", name="fk_human_tasks_instance_id"),
        link("owner_id", "staff", name="fk_human_tasks_owner_id"),
        link("step_run_id", "step_runs", name="fk_human_tasks_step_run_id"),
        sa.CheckConstraint(
            "status NOT IN ('on_hold', 'cancelled', 'failed', 'rejected') OR coalesce(reason, '') <> ''",
            name="ck_human_tasks_reason_given",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_human_tasks"),
    )
    op.create_index("ix_human_tasks_case_id", "human_tasks", ["case_id"])
    op.create_index("ix_human_tasks_due_at", "human_tasks", ["due_at"])
    op.create_index("ix_human_tasks_group", "human_tasks", ["candidate_group", "status"])
    op.create_index("ix_human_tasks_inbox", "human_tasks", ["assignee_id", "status"])
    op.create_index("ix_human_tasks_instance_id", "human_tasks", ["instance_id"])
    op.create_index("ix_human_tasks_owner_id", "human_tasks", ["owner_id"])
    op.create_index("ix_human_tasks_step_run_id", "human_tasks", ["step_run_id"])
    op.create_table(
        "interventions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("goal_id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=True),
        sa.Column("service_id", sa.String(), nullable=True),
        sa.Column("status", one_of("planned", "in_progress", "completed", "cancelled"), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        link("goal_id", "goals", name="fk_interventions_goal_id"),
        link("service_id", "services", name="fk_interventions_service_id"),
        link("staff_id", "staff", name="fk_interventions_staff_id"),
        sa.CheckConstraint("ends_on >= starts_on", name="ck_interventions_days"),
        sa.PrimaryKeyConstraint("id", name="pk_interventions"),
    )
    op.create_index("ix_interventions_goal_id", "interventions", ["goal_id"])
    op.create_index("ix_interventions_service_id", "interventions", ["service_id"])
    op.create_index("ix_interventions_staff_id", "interventions", ["staff_id"])
    op.create_table(
        "outcomes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("goal_id", sa.String(), nullable=False),
        sa.Column("measured_on", sa.Date(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column(
            "status",
            one_of("planned", "in_progress", "achieved", "partly_achieved", "not_achieved", "withdrawn"),
            nullable=False,
        ),
        sa.Column("worker_view", sa.Text(), nullable=True),
        sa.Column("client_view", sa.Text(), nullable=True),
        sa.Column("recorded_by", sa.String(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        link("goal_id", "goals", name="fk_outcomes_goal_id"),
        link("recorded_by", "staff", name="fk_outcomes_recorded_by"),
        sa.PrimaryKeyConstraint("id", name="pk_outcomes"),
    )
    op.create_index("ix_outcomes_goal_id", "outcomes", ["goal_id"])
    op.create_index("ix_outcomes_recorded_by", "outcomes", ["recorded_by"])
    op.create_table(
        "appointments",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("task_id", sa.String(), nullable=True),
        sa.Column("worker_id", sa.String(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("kind", one_of("home", "office", "phone", "video", "other"), nullable=False),
        sa.Column("interpreter", sa.String(), nullable=True),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("status", one_of("booked", "moved", "cancelled", "done", "missed"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        link("case_id", "cases", name="fk_appointments_case_id"),
        link("client_id", "clients", name="fk_appointments_client_id"),
        link("task_id", "human_tasks", name="fk_appointments_task_id"),
        link("worker_id", "staff", name="fk_appointments_worker_id"),
        sa.CheckConstraint("status <> 'cancelled' OR cancelled_at IS NOT NULL", name="ck_appointments_dated"),
        sa.CheckConstraint("ends_at > starts_at", name="ck_appointments_order"),
        sa.CheckConstraint("sequence >= 0", name="ck_appointments_sequence"),
        sa.PrimaryKeyConstraint("id", name="pk_appointments"),
        sa.UniqueConstraint("uid", name="uq_appointments_uid"),
    )
    op.create_index("ix_appointments_case_id", "appointments", ["case_id"])
    op.create_index("ix_appointments_client_id", "appointments", ["client_id"])
    op.create_index("ix_appointments_starts_at", "appointments", ["starts_at"])
    op.create_index("ix_appointments_task_id", "appointments", ["task_id"])
    op.create_index("ix_appointments_worker_id", "appointments", ["worker_id"])
    op.create_table(
        "assessments",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("task_id", sa.String(), nullable=True),
        sa.Column("instance_id", sa.String(), nullable=True),
        sa.Column("kind", one_of("intake", "full", "review", "closing"), nullable=False),
        sa.Column("assessed_by", sa.String(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        link("assessed_by", "staff", name="fk_assessments_assessed_by"),
        link("case_id", "cases", name="fk_assessments_case_id"),
        link("client_id", "clients", name="fk_assessments_client_id"),
        link("instance_id", "instances", name="fk_assessments_instance_id"),
        link("task_id", "human_tasks", name="fk_assessments_task_id"),
        sa.CheckConstraint("completed_at >= started_at", name="ck_assessments_order"),
        sa.PrimaryKeyConstraint("id", name="pk_assessments"),
    )
    op.create_index("ix_assessments_assessed_by", "assessments", ["assessed_by"])
    op.create_index("ix_assessments_case_id", "assessments", ["case_id"])
    op.create_index("ix_assessments_client_id", "assessments", ["client_id"])
    op.create_index("ix_assessments_instance_id", "assessments", ["instance_id"])
    op.create_index("ix_assessments_task_id", "assessments", ["task_id"])
    op.create_table(
        "checklist_answers",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("task_id", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("iteration", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=True),
        sa.Column("answered_by", sa.String(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", one_of("client", "worker", "document", "other"), nullable=False),
        sa.Column("supersedes_id", sa.String(), nullable=True),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("draft", sa.Boolean(), nullable=False),
        sa.Column("idempotency_key", sa.String(), nullable=True),
        link("answered_by", "staff", name="fk_checklist_answers_answered_by"),
        link("supersedes_id", "checklist_answers", name="fk_checklist_answers_supersedes_id"),
        link("task_id", "human_tasks", name="fk_checklist_answers_task_id"),
        sa.PrimaryKeyConstraint("id", name="pk_checklist_answers"),
        sa.UniqueConstraint(
            "task_id", "idempotency_key", "step", "iteration", "item", name="uq_answers_submission"
        ),
    )
    op.create_index("ix_checklist_answers_answered_by", "checklist_answers", ["answered_by"])
    op.create_index(
        "uq_checklist_answers_current",
        "checklist_answers",
        ["task_id", "step", "iteration", "item"],
        unique=True,
        sqlite_where=sa.text("NOT draft AND superseded_at IS NULL"),
        postgresql_where=sa.text("NOT draft AND superseded_at IS NULL"),
    )
    op.create_index(
        "uq_checklist_answers_draft",
        "checklist_answers",
        ["task_id", "step", "iteration", "item"],
        unique=True,
        sqlite_where=sa.text("draft AND superseded_at IS NULL"),
        postgresql_where=sa.text("draft AND superseded_at IS NULL"),
    )
    op.create_table(
        "task_events",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("task_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=True),
        sa.Column("old", sa.String(), nullable=True),
        sa.Column("new", sa.String(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        link("task_id", "human_tasks", name="fk_task_events_task_id"),
        sa.PrimaryKeyConstraint("id", name="pk_task_events"),
    )
    op.create_index("ix_task_events_task_id", "task_events", ["task_id"])
    op.create_table(
        "scores",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("assessment_id", sa.String(), nullable=True),
        sa.Column("instance_id", sa.String(), nullable=True),
        sa.Column("step_run_id", sa.String(), nullable=True),
        sa.Column("version_id", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("band", sa.String(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("could_rise_to", sa.String(), nullable=True),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("overrides", sa.JSON(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("calculated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("supersedes_id", sa.String(), nullable=True),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        link("assessment_id", "assessments", name="fk_scores_assessment_id"),
        link("case_id", "cases", name="fk_scores_case_id"),
        link("client_id", "clients", name="fk_scores_client_id"),
        link("instance_id", "instances", name="fk_scores_instance_id"),
        link("step_run_id", "step_runs", name="fk_scores_step_run_id"),
        link("supersedes_id", "scores", name="fk_scores_supersedes_id"),
        link("version_id", "definition_versions", name="fk_scores_version_id"),
        sa.PrimaryKeyConstraint("id", name="pk_scores"),
    )
    op.create_index("ix_scores_assessment_id", "scores", ["assessment_id"])
    op.create_index("ix_scores_case_id", "scores", ["case_id"])
    op.create_index("ix_scores_client_id", "scores", ["client_id"])
    op.create_index("ix_scores_instance_id", "scores", ["instance_id"])
    op.create_index("ix_scores_step_run_id", "scores", ["step_run_id"])
    op.create_index("ix_scores_version_id", "scores", ["version_id"])
    op.create_index(
        "uq_scores_current",
        "scores",
        ["case_id", "name"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )


def downgrade() -> None:
    raise NotImplementedError("Casewright does not go back to an older database. Restore the backup instead.")
