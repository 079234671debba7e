"""Messages, referrals, visits, reports, notes, chronology, audit"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.columns import link, one_of

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:  # noqa: PLR0915 (a list of tables reads better in one piece)
    op.create_table(
        "audit_events",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("record", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=True),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=True),
        sa.Column("instance_id", sa.String(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_audit_events"),
    )
    op.create_index("ix_audit_events_actor", "audit_events", ["actor"])
    op.create_index("ix_audit_events_at", "audit_events", ["at"])
    op.create_index("ix_audit_events_case_id", "audit_events", ["case_id"])
    op.create_index("ix_audit_events_instance_id", "audit_events", ["instance_id"])
    op.create_index("ix_audit_events_record", "audit_events", ["record", "record_id"])
    op.create_table(
        "reports",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("report", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("status", one_of("open", "final"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finalised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("body", sa.JSON(), nullable=True),
        sa.CheckConstraint(
            "status <> 'final' OR (finalised_at IS NOT NULL AND body IS NOT NULL)",
            name="ck_reports_final_complete",
        ),
        sa.CheckConstraint("period_end >= period_start", name="ck_reports_period"),
        sa.PrimaryKeyConstraint("id", name="pk_reports"),
        sa.UniqueConstraint("report", "team", "period_start", name="uq_reports_report_team_period_start"),
    )
    op.create_table(
        "case_notes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column(
            "kind",
            one_of("contact", "visit", "supervision", "conference", "correspondence", "other"),
            nullable=False,
        ),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by", sa.String(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_by", sa.String(), nullable=True),
        sa.Column("amends_id", sa.String(), nullable=True),
        link("amends_id", "case_notes", name="fk_case_notes_amends_id"),
        link("case_id", "cases", name="fk_case_notes_case_id"),
        link("signed_by", "staff", name="fk_case_notes_signed_by"),
        link("written_by", "staff", name="fk_case_notes_written_by"),
        sa.CheckConstraint(
            "(signed_at IS NULL) = (signed_by IS NULL)", name="ck_case_notes_signed_by_someone"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_case_notes"),
    )
    op.create_index("ix_case_notes_amends_id", "case_notes", ["amends_id"])
    op.create_index("ix_case_notes_case_id", "case_notes", ["case_id"])
    op.create_index("ix_case_notes_signed_by", "case_notes", ["signed_by"])
    op.create_index("ix_case_notes_written_by", "case_notes", ["written_by"])
    op.create_table(
        "chronology_entries",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("significant", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("record", sa.String(), nullable=True),
        sa.Column("record_id", sa.String(), nullable=True),
        sa.Column("corrects_id", sa.String(), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        link("case_id", "cases", name="fk_chronology_entries_case_id"),
        link("corrects_id", "chronology_entries", name="fk_chronology_entries_corrects_id"),
        sa.PrimaryKeyConstraint("id", name="pk_chronology_entries"),
    )
    op.create_index("ix_chronology_entries_corrects_id", "chronology_entries", ["corrects_id"])
    op.create_index(
        "ix_chronology_entries_order", "chronology_entries", ["case_id", "happened_on", "recorded_at"]
    )
    op.create_table(
        "meetings",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column(
            "kind", one_of("conference", "core_group", "review", "supervision", "other"), nullable=False
        ),
        sa.Column("status", one_of("planned", "held", "cancelled"), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("attendees", sa.JSON(), nullable=False),
        sa.Column("decisions", sa.Text(), nullable=True),
        sa.Column("minutes_by", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        link("case_id", "cases", name="fk_meetings_case_id"),
        link("minutes_by", "staff", name="fk_meetings_minutes_by"),
        sa.CheckConstraint("ends_at > starts_at", name="ck_meetings_order"),
        sa.PrimaryKeyConstraint("id", name="pk_meetings"),
    )
    op.create_index("ix_meetings_case_id", "meetings", ["case_id"])
    op.create_index("ix_meetings_minutes_by", "meetings", ["minutes_by"])
    op.create_table(
        "report_members",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("report_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("missing", sa.JSON(), nullable=False),
        link("case_id", "cases", name="fk_report_members_case_id"),
        link("report_id", "reports", name="fk_report_members_report_id"),
        sa.PrimaryKeyConstraint("id", name="pk_report_members"),
        sa.UniqueConstraint("report_id", "case_id", name="uq_report_members_report_id_case_id"),
    )
    op.create_index("ix_report_members_case_id", "report_members", ["case_id"])
    op.create_table(
        "visit_schedules",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("instance_id", sa.String(), nullable=True),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("worker_id", sa.String(), nullable=True),
        sa.Column("team", sa.String(), nullable=True),
        sa.Column(
            "frequency", one_of("day", "week", "fortnight", "month", "quarter", "year"), nullable=False
        ),
        sa.Column("day_rule", sa.String(), nullable=False),
        sa.Column("month_end_rule", one_of("last_day", "skip", "next_day"), nullable=False),
        sa.Column("starts_process", sa.String(), nullable=True),
        sa.Column("time_of_day", sa.Time(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("active_from", sa.Date(), nullable=False),
        sa.Column("dedupe_key", sa.String(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        link("case_id", "cases", name="fk_visit_schedules_case_id"),
        link("instance_id", "instances", name="fk_visit_schedules_instance_id"),
        link("worker_id", "staff", name="fk_visit_schedules_worker_id"),
        sa.CheckConstraint(
            "ended_at IS NULL OR coalesce(end_reason, '') <> ''", name="ck_visit_schedules_end_reason_given"
        ),
        sa.CheckConstraint("(ended_at IS NULL) = (dedupe_key IS NOT NULL)", name="ck_visit_schedules_key"),
        sa.PrimaryKeyConstraint("id", name="pk_visit_schedules"),
        sa.UniqueConstraint("dedupe_key", name="uq_visit_schedules_dedupe_key"),
    )
    op.create_index("ix_visit_schedules_case_id", "visit_schedules", ["case_id"])
    op.create_index("ix_visit_schedules_instance_id", "visit_schedules", ["instance_id"])
    op.create_index("ix_visit_schedules_worker_id", "visit_schedules", ["worker_id"])
    op.create_table(
        "messages",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("channel", one_of("email", "sms"), nullable=False),
        sa.Column("case_id", sa.String(), nullable=True),
        sa.Column("client_id", sa.String(), nullable=True),
        sa.Column("staff_id", sa.String(), nullable=True),
        sa.Column("instance_id", sa.String(), nullable=True),
        sa.Column("step_run_id", sa.String(), nullable=True),
        sa.Column("contact_point_id", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("recipient_role", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("calendar_text", sa.Text(), nullable=True),
        sa.Column("priority", one_of("critical", "ordinary"), nullable=False),
        sa.Column(
            "status",
            one_of("queued", "sending", "sent", "delivered", "undelivered", "failed", "blocked", "withdrawn"),
            nullable=False,
        ),
        sa.Column("block_reason", sa.String(), nullable=True),
        sa.Column("dedupe_key", sa.String(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claim_token", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_poll_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("provider", sa.String(), nullable=True),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.Column("segments", sa.Integer(), nullable=True),
        sa.Column("resends", sa.Integer(), nullable=False),
        sa.Column("last_error_code", sa.String(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("final_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("quiet_bypass_reason", sa.String(), nullable=True),
        link("case_id", "cases", name="fk_messages_case_id"),
        link("client_id", "clients", name="fk_messages_client_id"),
        link("contact_point_id", "contact_points", name="fk_messages_contact_point_id"),
        link("instance_id", "instances", name="fk_messages_instance_id"),
        link("staff_id", "staff", name="fk_messages_staff_id"),
        link("step_run_id", "step_runs", name="fk_messages_step_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint("dedupe_key", name="uq_messages_dedupe_key"),
        sa.UniqueConstraint("provider", "provider_id", name="uq_messages_provider_provider_id"),
    )
    op.create_index("ix_messages_case_id", "messages", ["case_id"])
    op.create_index("ix_messages_claim", "messages", ["status", "priority", "next_attempt_at"])
    op.create_index("ix_messages_client_id", "messages", ["client_id"])
    op.create_index("ix_messages_contact_point_id", "messages", ["contact_point_id"])
    op.create_index("ix_messages_instance_id", "messages", ["instance_id"])
    op.create_index("ix_messages_poll", "messages", ["status", "next_poll_at"])
    op.create_index("ix_messages_staff_id", "messages", ["staff_id"])
    op.create_index("ix_messages_step_run_id", "messages", ["step_run_id"])
    op.create_table(
        "visits",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("schedule_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("worker_id", sa.String(), nullable=True),
        sa.Column("team", sa.String(), nullable=True),
        sa.Column(
            "status",
            one_of("planned", "done", "missed", "exempted", "cancelled", "rescheduled"),
            nullable=False,
        ),
        sa.Column("approved_by", sa.String(), nullable=True),
        sa.Column("rescheduled_to_id", sa.String(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("instance_id", sa.String(), nullable=True),
        link("case_id", "cases", name="fk_visits_case_id"),
        link("instance_id", "instances", name="fk_visits_instance_id"),
        link("rescheduled_to_id", "visits", name="fk_visits_rescheduled_to_id"),
        link("schedule_id", "visit_schedules", name="fk_visits_schedule_id"),
        link("worker_id", "staff", name="fk_visits_worker_id"),
        sa.CheckConstraint(
            "status <> 'rescheduled' OR rescheduled_to_id IS NOT NULL", name="ck_visits_rescheduled_to"
        ),
        sa.CheckConstraint(
            "status NOT IN ('exempted', 'cancelled')"
            " OR (approved_by IS NOT NULL AND coalesce(reason, '') <> '')",
            name="ck_visits_approved",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_visits"),
        sa.UniqueConstraint("schedule_id", "local_date", name="uq_visits_schedule_id_local_date"),
    )
    op.create_index("ix_visits_case_id", "visits", ["case_id"])
    op.create_index("ix_visits_instance_id", "visits", ["instance_id"])
    op.create_index("ix_visits_starts_at", "visits", ["starts_at"])
    op.create_index("ix_visits_worker_id", "visits", ["worker_id"])
    op.create_table(
        "receipts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=True),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("provider_id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raw", sa.JSON(), nullable=False),
        link("message_id", "messages", name="fk_receipts_message_id"),
        sa.PrimaryKeyConstraint("id", name="pk_receipts"),
        sa.UniqueConstraint(
            "provider", "provider_id", "status", name="uq_receipts_provider_provider_id_status"
        ),
    )
    op.create_index("ix_receipts_message_id", "receipts", ["message_id"])
    op.create_table(
        "referrals",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("service_id", sa.String(), nullable=False),
        sa.Column("task_id", sa.String(), nullable=True),
        sa.Column("instance_id", sa.String(), nullable=True),
        sa.Column("step_run_id", sa.String(), nullable=True),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("request", sa.Text(), nullable=True),
        sa.Column(
            "status",
            one_of(
                "requested",
                "accepted",
                "rejected",
                "in_progress",
                "on_hold",
                "completed",
                "cancelled",
                "failed",
            ),
            nullable=False,
        ),
        sa.Column("status_reason", sa.Text(), nullable=True),
        sa.Column("contacting_subject_prohibited", sa.Boolean(), nullable=False),
        sa.Column("consent_id", sa.String(), nullable=True),
        sa.Column("override_reason", sa.Text(), nullable=True),
        sa.Column("override_by", sa.String(), nullable=True),
        sa.Column("disclosed_fields", sa.JSON(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by", sa.String(), nullable=True),
        sa.Column("respond_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("responded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appointment_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", one_of("enrolled", "not_enrolled", "waitlist"), nullable=True),
        sa.Column("result_on", sa.Date(), nullable=True),
        sa.Column("result_note", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sub_referral_of_id", sa.String(), nullable=True),
        link("case_id", "cases", name="fk_referrals_case_id"),
        link("client_id", "clients", name="fk_referrals_client_id"),
        link("consent_id", "consents", name="fk_referrals_consent_id"),
        link("instance_id", "instances", name="fk_referrals_instance_id"),
        link("override_by", "staff", name="fk_referrals_override_by"),
        link("requested_by", "staff", name="fk_referrals_requested_by"),
        link("service_id", "services", name="fk_referrals_service_id"),
        link("step_run_id", "step_runs", name="fk_referrals_step_run_id"),
        link("sub_referral_of_id", "referrals", name="fk_referrals_sub_referral_of_id"),
        link("task_id", "human_tasks", name="fk_referrals_task_id"),
        sa.CheckConstraint(
            "consent_id IS NOT NULL OR (coalesce(override_reason, '') <> '' AND override_by IS NOT NULL)",
            name="ck_referrals_consent_or_override",
        ),
        sa.CheckConstraint(
            "status NOT IN ('rejected', 'on_hold', 'cancelled', 'failed')"
            " OR coalesce(status_reason, '') <> ''",
            name="ck_referrals_reason_given",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_referrals"),
    )
    op.create_index("ix_referrals_case_id", "referrals", ["case_id"])
    op.create_index("ix_referrals_category", "referrals", ["category"])
    op.create_index("ix_referrals_chase", "referrals", ["status", "respond_by"])
    op.create_index("ix_referrals_client_id", "referrals", ["client_id"])
    op.create_index("ix_referrals_consent_id", "referrals", ["consent_id"])
    op.create_index("ix_referrals_instance_id", "referrals", ["instance_id"])
    op.create_index("ix_referrals_override_by", "referrals", ["override_by"])
    op.create_index("ix_referrals_requested_by", "referrals", ["requested_by"])
    op.create_index("ix_referrals_service_id", "referrals", ["service_id"])
    op.create_index("ix_referrals_step_run_id", "referrals", ["step_run_id"])
    op.create_index("ix_referrals_sub_referral_of_id", "referrals", ["sub_referral_of_id"])
    op.create_index("ix_referrals_task_id", "referrals", ["task_id"])
    op.create_table(
        "referral_events",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("referral_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "status",
            one_of(
                "requested",
                "accepted",
                "rejected",
                "in_progress",
                "on_hold",
                "completed",
                "cancelled",
                "failed",
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        link("referral_id", "referrals", name="fk_referral_events_referral_id"),
        sa.PrimaryKeyConstraint("id", name="pk_referral_events"),
    )
    op.create_index("ix_referral_events_referral_id", "referral_events", ["referral_id"])


def downgrade() -> None:
    raise NotImplementedError("Casewright does not go back to an older database. Restore the backup instead.")
