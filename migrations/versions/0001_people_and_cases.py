"""People, cases and the directory of services"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.columns import link, one_of

revision: str = "0001"
down_revision: str | None = None
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.create_table(
        "clients",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("given_name", sa.String(), nullable=False),
        sa.Column("family_name", sa.String(), nullable=False),
        sa.Column("preferred_name", sa.String(), nullable=True),
        sa.Column("other_names", sa.String(), nullable=True),
        sa.Column("hidden_name", sa.Boolean(), nullable=False),
        sa.Column("date_of_birth", sa.Date(), nullable=True),
        sa.Column(
            "date_of_birth_quality",
            one_of("full", "approximate", "doesnt_know", "prefers_not_to_answer", "not_collected"),
            nullable=False,
        ),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("interpreter_needed", sa.Boolean(), nullable=False),
        sa.Column(
            "living_situation",
            one_of("homeless", "institutional", "temporary", "permanent", "unknown"),
            nullable=False,
        ),
        sa.Column("domestic_violence", sa.Boolean(), nullable=False),
        sa.Column("lone_visit_note", sa.Text(), nullable=True),
        sa.Column("time_zone", sa.String(), nullable=True),
        sa.Column("merged_into_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        link("merged_into_id", "clients", name="fk_clients_merged_into_id"),
        sa.CheckConstraint(
            "(date_of_birth IS NOT NULL) = (date_of_birth_quality IN ('full', 'approximate'))",
            name="ck_clients_birth_known",
        ),
        sa.CheckConstraint("merged_into_id <> id", name="ck_clients_not_merged_into_itself"),
        sa.PrimaryKeyConstraint("id", name="pk_clients"),
        sa.UniqueConstraint("reference", name="uq_clients_reference"),
    )
    op.create_index("ix_clients_merged_into_id", "clients", ["merged_into_id"])
    op.create_table(
        "households",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_households"),
        sa.UniqueConstraint("reference", name="uq_households_reference"),
    )
    op.create_table(
        "services",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("organization", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("eligibility", sa.Text(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("schedule", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("assured_date", sa.Date(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_services"),
        sa.UniqueConstraint("reference", name="uq_services_reference"),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("calendar", sa.String(), nullable=True),
        sa.Column("supervisor_id", sa.String(), nullable=True),
        sa.Column("cover_id", sa.String(), nullable=True),
        sa.Column("absent_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("absent_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        link("cover_id", "staff", name="fk_staff_cover_id"),
        link("supervisor_id", "staff", name="fk_staff_supervisor_id"),
        sa.CheckConstraint("absent_until > absent_from", name="ck_staff_absence"),
        sa.CheckConstraint("cover_id <> id", name="ck_staff_not_own_cover"),
        sa.CheckConstraint("supervisor_id <> id", name="ck_staff_not_own_supervisor"),
        sa.PrimaryKeyConstraint("id", name="pk_staff"),
        sa.UniqueConstraint("email", name="uq_staff_email"),
    )
    op.create_index("ix_staff_cover_id", "staff", ["cover_id"])
    op.create_index("ix_staff_supervisor_id", "staff", ["supervisor_id"])
    op.create_table(
        "cases",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column(
            "status",
            one_of("pending", "active", "on_hold", "closed", "transferred", "duplicate"),
            nullable=False,
        ),
        sa.Column("risk_level", one_of("low", "medium", "high", "critical"), nullable=True),
        sa.Column("risk_provisional", sa.Boolean(), nullable=False),
        sa.Column("priority", one_of("low", "medium", "high"), nullable=True),
        sa.Column("priority_provisional", sa.Boolean(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("allocated_on", sa.Date(), nullable=True),
        sa.Column("worker_id", sa.String(), nullable=True),
        sa.Column("supervisor_id", sa.String(), nullable=True),
        sa.Column("team", sa.String(), nullable=True),
        sa.Column("activated_on", sa.Date(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_reason", sa.Text(), nullable=True),
        sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        link("client_id", "clients", name="fk_cases_client_id"),
        link("supervisor_id", "staff", name="fk_cases_supervisor_id"),
        link("worker_id", "staff", name="fk_cases_worker_id"),
        sa.CheckConstraint("status <> 'active' OR activated_on IS NOT NULL", name="ck_cases_active_dated"),
        sa.CheckConstraint("status <> 'closed' OR closed_at IS NOT NULL", name="ck_cases_closed_dated"),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
        sa.UniqueConstraint("number", name="uq_cases_number"),
    )
    op.create_index("ix_cases_board", "cases", ["team", "status"])
    op.create_index("ix_cases_client_id", "cases", ["client_id"])
    op.create_index("ix_cases_supervisor_id", "cases", ["supervisor_id"])
    op.create_index("ix_cases_worker_id", "cases", ["worker_id"])
    op.create_table(
        "household_members",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("household_id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column(
            "relation",
            one_of("self", "child", "spouse_or_partner", "other_relative", "unrelated", "not_collected"),
            nullable=False,
        ),
        sa.Column("joined_on", sa.Date(), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        link("client_id", "clients", name="fk_household_members_client_id"),
        link("household_id", "households", name="fk_household_members_household_id"),
        sa.CheckConstraint("left_on >= joined_on", name="ck_household_members_days"),
        sa.PrimaryKeyConstraint("id", name="pk_household_members"),
    )
    op.create_index("ix_household_members_client_id", "household_members", ["client_id"])
    op.create_index("ix_household_members_household_id", "household_members", ["household_id"])
    op.create_table(
        "incomes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column(
            "source",
            one_of(
                "earned",
                "unemployment",
                "disability",
                "retirement",
                "pension",
                "child_benefit",
                "child_support",
                "housing_benefit",
                "social_assistance",
                "other",
                "not_collected",
            ),
            nullable=False,
        ),
        sa.Column("amount", sa.Numeric(14, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=True),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column(
            "frequency", one_of("weekly", "fortnightly", "monthly", "quarterly", "yearly"), nullable=False
        ),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("confirmed_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        link("client_id", "clients", name="fk_incomes_client_id"),
        sa.CheckConstraint("amount >= 0", name="ck_incomes_not_negative"),
        sa.CheckConstraint("ends_on >= starts_on", name="ck_incomes_days"),
        sa.CheckConstraint("length(currency) = 3", name="ck_incomes_currency_length"),
        sa.PrimaryKeyConstraint("id", name="pk_incomes"),
    )
    op.create_index("ix_incomes_client_id", "incomes", ["client_id"])
    op.create_table(
        "involvements",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("person_client_id", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column(
            "role",
            one_of(
                "guardian",
                "parent",
                "carer",
                "relative",
                "friend",
                "neighbour",
                "teacher",
                "doctor",
                "lawyer",
                "police",
                "professional",
                "other",
            ),
            nullable=False,
        ),
        sa.Column("organization", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("alleged_perpetrator", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        link("client_id", "clients", name="fk_involvements_client_id"),
        link("person_client_id", "clients", name="fk_involvements_person_client_id"),
        sa.CheckConstraint(
            "person_client_id IS NOT NULL OR name IS NOT NULL AND name <> ''",
            name="ck_involvements_person_named",
        ),
        sa.CheckConstraint("ended_on >= started_on", name="ck_involvements_days"),
        sa.PrimaryKeyConstraint("id", name="pk_involvements"),
    )
    op.create_index("ix_involvements_client_id", "involvements", ["client_id"])
    op.create_index("ix_involvements_person_client_id", "involvements", ["person_client_id"])
    op.create_table(
        "staff_groups",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("group", sa.String(), nullable=False),
        sa.Column("role", one_of("member", "lead", "supervisor", "manager"), nullable=False),
        link("staff_id", "staff", name="fk_staff_groups_staff_id"),
        sa.PrimaryKeyConstraint("id", name="pk_staff_groups"),
        sa.UniqueConstraint("group", "staff_id", name="uq_staff_groups_group_staff_id"),
    )
    op.create_index("ix_staff_groups_staff_id", "staff_groups", ["staff_id"])
    op.create_table(
        "consents",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=True),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("recipients", sa.JSON(), nullable=False),
        sa.Column("data_categories", sa.JSON(), nullable=False),
        sa.Column(
            "basis",
            one_of("consent", "contract", "vital_interests", "legal_obligation", "legitimate_interests"),
            nullable=False,
        ),
        sa.Column("given_by", sa.String(), nullable=False),
        sa.Column("capacity", one_of("self", "parent", "guardian", "legal_representative"), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source_document", sa.String(), nullable=True),
        sa.Column("recorded_by", sa.String(), nullable=True),
        link("case_id", "cases", name="fk_consents_case_id"),
        link("client_id", "clients", name="fk_consents_client_id"),
        link("recorded_by", "staff", name="fk_consents_recorded_by"),
        sa.CheckConstraint("expires_at > given_at", name="ck_consents_expiry"),
        sa.CheckConstraint("withdrawn_at >= given_at", name="ck_consents_withdrawal"),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
    )
    op.create_index("ix_consents_case_id", "consents", ["case_id"])
    op.create_index("ix_consents_client_id", "consents", ["client_id"])
    op.create_index("ix_consents_recorded_by", "consents", ["recorded_by"])
    op.create_table(
        "contact_points",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("involvement_id", sa.String(), nullable=True),
        sa.Column("kind", one_of("phone", "email", "address"), nullable=False),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column(
            "phone_type", one_of("text", "voice", "cell", "fax", "video", "pager", "textphone"), nullable=True
        ),
        sa.Column("address_1", sa.String(), nullable=True),
        sa.Column("address_2", sa.String(), nullable=True),
        sa.Column("city", sa.String(), nullable=True),
        sa.Column("region", sa.String(), nullable=True),
        sa.Column("state_province", sa.String(), nullable=True),
        sa.Column("postal_code", sa.String(), nullable=True),
        sa.Column("country", sa.String(2), nullable=True),
        sa.Column("preferred", sa.Boolean(), nullable=False),
        sa.Column("safe", one_of("yes", "no", "unknown"), nullable=False),
        sa.Column("may_leave_message", sa.Boolean(), nullable=False),
        sa.Column("may_identify_organisation", sa.Boolean(), nullable=False),
        sa.Column("safe_times", sa.String(), nullable=True),
        sa.Column("who_shares_device", sa.String(), nullable=True),
        sa.Column("code_word", sa.String(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erroneous_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opted_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("set_aside_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("set_aside_for", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        link("client_id", "clients", name="fk_contact_points_client_id"),
        link("involvement_id", "involvements", name="fk_contact_points_involvement_id"),
        link("set_aside_for", "contact_points", name="fk_contact_points_set_aside_for"),
        sa.CheckConstraint(
            "kind = 'address' OR value IS NOT NULL AND value <> ''", name="ck_contact_points_value_given"
        ),
        sa.CheckConstraint("set_aside_for <> id", name="ck_contact_points_not_set_aside_for_itself"),
        sa.PrimaryKeyConstraint("id", name="pk_contact_points"),
    )
    op.create_index("ix_contact_points_client_id", "contact_points", ["client_id"])
    op.create_index("ix_contact_points_involvement_id", "contact_points", ["involvement_id"])
    op.create_index("ix_contact_points_set_aside_for", "contact_points", ["set_aside_for"])
    op.create_index("ix_contact_points_value", "contact_points", ["value"])


def downgrade() -> None:
    raise NotImplementedError("Casewright does not go back to an older database. Restore the backup instead.")
