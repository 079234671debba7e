"""The records of an intake as plain tables: whole-number keys, foreign keys, an index where a step looks."""

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()


def _table(name: str, *columns: Column[Any] | UniqueConstraint | Index) -> Table:
    return Table(name, metadata, Column("id", Integer, primary_key=True), *columns)


def _of(table: str, name: str | None = None) -> Column[Any]:
    return Column(
        name or f"{table.removesuffix('s')}_id", ForeignKey(f"{table}.id"), index=True, nullable=False
    )


def _text(name: str) -> Column[Any]:
    return Column(name, String)


clients = _table("clients", _text("given_name"), _text("family_name"), Column("date_of_birth", Date))
contact_points = _table(
    "contact_points",
    _of("clients"),
    _text("kind"),
    _text("value"),
    _text("safe"),
    Column("set_aside_at", DateTime),
)
incomes = _table(
    "incomes", _of("clients"), _text("source"), Column("amount", Numeric(10, 2)), _text("frequency")
)
household_members = _table("household_members", Column("household", Integer, index=True), _of("clients"))

cases = _table(
    "cases",
    _text("number"),
    _of("clients"),
    _text("status"),
    _text("risk_level"),
    _text("priority"),
    Column("received_at", DateTime),
    Column("household_size", Integer),
    Column("income_per_month", Numeric(10, 2)),
    Column("activated_on", Date),
    Column("created_at", DateTime),
    Index("ix_bare_cases_client_status", "client_id", "status"),
)
human_tasks = _table(
    "human_tasks",
    _of("cases"),
    _text("step"),
    _text("title"),
    _text("assignee"),
    _text("status"),
    Column("form", Text),
    Column("due_at", DateTime),
    Column("completed_at", DateTime),
)
appointments = _table(
    "appointments", _of("cases"), _of("human_tasks", "task_id"), Column("starts_at", DateTime), _text("place")
)
checklist_answers = _table(
    "checklist_answers",
    _of("cases"),
    _of("human_tasks", "task_id"),
    _text("item"),
    Column("value", Text),
    Column("given_at", DateTime),
)
consents = _table("consents", _of("clients"), _text("purpose"), Column("given_at", DateTime))
assessments = _table("assessments", _of("cases"), _text("kind"), Column("assessed_at", DateTime))
scores = _table("scores", _of("cases"), Column("points", Integer), _text("band"), Column("parts", Text))
plans = _table("plans", _of("cases"), _text("status"), Column("agreed_at", DateTime))
goals = _table("goals", _of("plans"), Column("specific", Text), _text("target"), Column("due_on", Date))
messages = _table(
    "messages",
    _of("cases"),
    _text("channel"),
    _text("address"),
    _text("subject"),
    Column("body", Text),
    _text("status"),
    Column("created_at", DateTime),
)
referrals = _table(
    "referrals",
    _of("cases"),
    _text("service"),
    _text("category"),
    _text("status"),
    Column("respond_by", DateTime),
)
referral_events = _table("referral_events", _of("referrals"), _text("what"), Column("at", DateTime))
visit_schedules = _table(
    "visit_schedules", _of("cases"), _text("frequency"), Column("active", Boolean), _text("worker")
)
visits = _table("visits", _of("visit_schedules", "schedule_id"), _of("cases"), Column("starts_at", DateTime))
reports = _table(
    "reports",
    _text("report"),
    _text("team"),
    Column("month", Date),
    UniqueConstraint("report", "team", "month"),
)
report_members = _table("report_members", _of("reports"), _of("cases"))
