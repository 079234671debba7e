"""The sixteen steps of the intake as SQL over one case or a batch of cases; the caller commits.

A case has the number of its client, and that number is its id everywhere: a step can then be written once
for one case and for many, and running it costs what its SQL costs.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    Update,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from benchmarks.bare import tables as t

Numbers = Sequence[int]
WEEKS_PER_MONTH: Final = Decimal(52) / 12
REPORT: Final = {"id": 1, "report": "monthly-summary", "team": "intake_team", "month": date(2026, 3, 1)}


@dataclass(frozen=True, slots=True)
class Step:
    """One of the sixteen: its id in the intake and its SQL."""

    id: str
    run: Callable[[Connection, Numbers], None]


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def task_id(number: int, step: str) -> int:
    """The id of a case's human task."""
    return number * 2 + (step == "referral_task")


# -- statements, built once: building one costs more than running it


def _among(column: ColumnElement[Any]) -> ColumnElement[bool]:
    return column.in_(bindparam("numbers", expanding=True))


def _setting(*names: str) -> Update:
    values: dict[str, BindParameter[Any]] = {name: bindparam(name) for name in names}
    return update(t.cases).where(t.cases.c.id == bindparam("key")).values(values)


_CLIENTS = select(t.clients.c.id, t.clients.c.given_name, t.clients.c.date_of_birth).where(
    _among(t.clients.c.id)
)
_OPEN_CASES = select(t.cases.c.client_id).where(
    _among(t.cases.c.client_id), t.cases.c.status.in_(("pending", "active", "on_hold"))
)
_SHOW_FORM = (
    update(t.human_tasks)
    .where(_among(t.human_tasks.c.id))
    .values(form=bindparam("shown"), status="in_progress")
)
_ANSWERS = select(
    t.checklist_answers.c.case_id, t.checklist_answers.c.item, t.checklist_answers.c.value
).where(_among(t.checklist_answers.c.case_id))
_MEMBERS = select(t.household_members.c.household).where(_among(t.household_members.c.household))
_INCOMES = (
    select(t.household_members.c.household, t.incomes.c.amount)
    .join(t.incomes, t.incomes.c.client_id == t.household_members.c.client_id)
    .where(_among(t.household_members.c.household))
)
_INVITED = (
    select(t.appointments.c.case_id, t.appointments.c.starts_at, t.contact_points.c.value)
    .join(t.contact_points, t.contact_points.c.client_id == t.appointments.c.case_id)
    .where(
        _among(t.appointments.c.case_id),
        t.contact_points.c.kind == "email",
        t.contact_points.c.safe == "yes",
    )
)
_IN_DANGER = select(t.checklist_answers.c.case_id).where(
    _among(t.checklist_answers.c.case_id),
    t.checklist_answers.c.item == "immediate_danger",
    t.checklist_answers.c.value == "yes",
)
_SERVICES = select(t.checklist_answers.c.case_id, t.checklist_answers.c.value).where(
    _among(t.checklist_answers.c.case_id), t.checklist_answers.c.item == "service"
)
_AGREED = select(t.plans.c.case_id).where(_among(t.plans.c.case_id), t.plans.c.status == "agreed")
_CONTACTS = (
    select(
        t.contact_points.c.id, t.contact_points.c.client_id, t.contact_points.c.kind, t.contact_points.c.value
    )
    .where(_among(t.contact_points.c.client_id))
    .order_by(t.contact_points.c.id)
)
_SET_ASIDE = (
    update(t.contact_points).where(_among(t.contact_points.c.id)).values(set_aside_at=bindparam("now"))
)
_REPORTS = {
    "sqlite": sqlite.insert(t.reports).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(t.reports).on_conflict_do_nothing(),
}
_SET_RISK = _setting("risk_level")
_SET_PRIORITY = _setting("priority")
_SET_HOUSEHOLD = _setting("household_size")
_SET_INCOME = _setting("income_per_month")
_SET_ACTIVE = _setting("status", "activated_on")
_NEW = {
    table: insert(table)
    for table in (
        t.cases,
        t.human_tasks,
        t.messages,
        t.referrals,
        t.referral_events,
        t.report_members,
        t.scores,
        t.visit_schedules,
        t.visits,
    )
}

FORM: Final = '["identity_verified","immediate_danger","housing","health","needs","consent"]'


# -- the steps


def _found(connection: Connection, query: Select[Any], numbers: Numbers) -> Sequence[Any]:
    return connection.execute(query, {"numbers": numbers}).all()


def _profile(connection: Connection, numbers: Numbers) -> None:
    if len(_found(connection, _CLIENTS, numbers)) != len(numbers):
        raise LookupError("a client is missing")


def _case(connection: Connection, numbers: Numbers) -> None:
    known: set[int] = set(connection.execute(_OPEN_CASES, {"numbers": numbers}).scalars())
    now = _now()
    rows = [
        {
            "id": n,
            "number": f"2026-{n:06}",
            "client_id": n,
            "status": "pending",
            "received_at": now,
            "created_at": now,
        }
        for n in numbers
        if n not in known
    ]
    connection.execute(_NEW[t.cases], rows)


def _task(connection: Connection, numbers: Numbers, step: str, title: str, assignee: str) -> None:
    due = _now() + timedelta(days=14)
    rows = [
        {
            "id": task_id(n, step),
            "case_id": n,
            "step": step,
            "title": title,
            "assignee": assignee,
            "status": "requested",
            "due_at": due,
        }
        for n in numbers
    ]
    connection.execute(_NEW[t.human_tasks], rows)


def _assessment(connection: Connection, numbers: Numbers) -> None:
    _task(connection, numbers, "assessment", "Assign intake assessment task", "worker")


def _findings(connection: Connection, numbers: Numbers) -> None:
    ids = [task_id(n, "assessment") for n in numbers]
    connection.execute(_SHOW_FORM, {"numbers": ids, "shown": FORM})


def _answers(connection: Connection, numbers: Numbers) -> dict[int, dict[str, str]]:
    answers: dict[int, dict[str, str]] = {n: {} for n in numbers}
    for case_id, item, value in _found(connection, _ANSWERS, numbers):
        answers[case_id][item] = value
    return answers


def _risk(connection: Connection, numbers: Numbers) -> None:
    def level(given: Mapping[str, str]) -> str:
        if given["immediate_danger"] != "no":
            return "critical"
        return "high" if given["housing"] == "homeless" or given["health"] == "severe" else "medium"

    answers = _answers(connection, numbers)
    connection.execute(_SET_RISK, [{"key": n, "risk_level": level(answers[n])} for n in numbers])


def _vulnerability(connection: Connection, numbers: Numbers) -> None:
    answers = _answers(connection, numbers)
    born = {row.id: row.date_of_birth for row in _found(connection, _CLIENTS, numbers)}
    scores, bands = [], []
    for n in numbers:
        parts = _points(answers[n], born[n])
        points = sum(parts.values())
        band = "low" if points <= 2 else "medium" if points <= 5 else "high"
        scores.append({"id": n, "case_id": n, "points": points, "band": band, "parts": str(parts)})
        bands.append({"key": n, "priority": band})
    connection.execute(_NEW[t.scores], scores)
    connection.execute(_SET_PRIORITY, bands)


def _points(answers: Mapping[str, str], born: date) -> dict[str, int]:
    age = (_now().date() - born).days // 365
    return {
        "age": 3 if age < 6 else 2 if age >= 65 else 0,
        "housing": {"stable": 0, "at_risk": 2, "homeless": 4}[answers["housing"]],
        "health": {"good": 0, "condition": 2, "severe": 4}[answers["health"]],
    }


def _household(connection: Connection, numbers: Numbers) -> None:
    size = dict.fromkeys(numbers, 0)
    for (household,) in _found(connection, _MEMBERS, numbers):
        size[household] += 1
    connection.execute(_SET_HOUSEHOLD, [{"key": n, "household_size": size[n]} for n in numbers])


def _income(connection: Connection, numbers: Numbers) -> None:
    total = dict.fromkeys(numbers, Decimal(0))
    for household, weekly in _found(connection, _INCOMES, numbers):
        total[household] += weekly * WEEKS_PER_MONTH
    connection.execute(_SET_INCOME, [{"key": n, "income_per_month": round(total[n], 2)} for n in numbers])


def _referral_task(connection: Connection, numbers: Numbers) -> None:
    _task(connection, numbers, "referral_task", "Create referral task", "referral_team")


def _appointment_email(connection: Connection, numbers: Numbers) -> None:
    now = _now()
    rows = [
        {
            "id": n,
            "case_id": n,
            "channel": "email",
            "address": address,
            "subject": "Your appointment",
            "body": f"We have arranged an appointment with you on {starts_at:%A, %d %B %Y, %H:%M}.",
            "status": "sent",
            "created_at": now,
        }
        for n, starts_at, address in _found(connection, _INVITED, numbers)
    ]
    connection.execute(_NEW[t.messages], rows)


def _safety_alert(connection: Connection, numbers: Numbers) -> None:
    if connection.execute(_IN_DANGER, {"numbers": numbers}).first() is not None:
        raise LookupError("the cases of this benchmark have nobody in danger")


def _referral(connection: Connection, numbers: Numbers) -> None:
    now = _now()
    rows = [
        {
            "id": n,
            "case_id": n,
            "service": service,
            "category": "food-insecurity",
            "status": "sent",
            "respond_by": now + timedelta(days=7),
        }
        for n, service in _found(connection, _SERVICES, numbers)
    ]
    connection.execute(_NEW[t.referrals], rows)
    events = [{"id": row["id"], "referral_id": row["id"], "what": "created", "at": now} for row in rows]
    connection.execute(_NEW[t.referral_events], events)


def _active(connection: Connection, numbers: Numbers) -> None:
    today = _now().date()
    agreed: Iterable[int] = connection.execute(_AGREED, {"numbers": numbers}).scalars()
    connection.execute(_SET_ACTIVE, [{"key": n, "status": "active", "activated_on": today} for n in agreed])


def _visits(connection: Connection, numbers: Numbers) -> None:
    first = _now() + timedelta(days=30)
    schedules = [
        {"id": n, "case_id": n, "frequency": "month", "active": True, "worker": "worker"} for n in numbers
    ]
    visits = [{"id": n, "schedule_id": n, "case_id": n, "starts_at": first} for n in numbers]
    connection.execute(_NEW[t.visit_schedules], schedules)
    connection.execute(_NEW[t.visits], visits)


def _summary(connection: Connection, numbers: Numbers) -> None:
    connection.execute(_REPORTS[connection.dialect.name], REPORT)
    members = [{"id": n, "report_id": REPORT["id"], "case_id": n} for n in numbers]
    connection.execute(_NEW[t.report_members], members)


def _clean_up(connection: Connection, numbers: Numbers) -> None:
    seen: set[tuple[object, object, object]] = set()
    doubled = []
    for contact, client, kind, value in _found(connection, _CONTACTS, numbers):
        if (client, kind, value) in seen:
            doubled.append(contact)
        seen.add((client, kind, value))
    if doubled:
        connection.execute(_SET_ASIDE, {"numbers": doubled, "now": _now()})


STEPS: Final[Mapping[str, Step]] = {
    each.id: each
    for each in (
        Step("profile", _profile),
        Step("case", _case),
        Step("assessment", _assessment),
        Step("findings", _findings),
        Step("risk", _risk),
        Step("vulnerability", _vulnerability),
        Step("household", _household),
        Step("income", _income),
        Step("referral_task", _referral_task),
        Step("appointment_email", _appointment_email),
        Step("safety_alert", _safety_alert),
        Step("referral", _referral),
        Step("active", _active),
        Step("visits", _visits),
        Step("summary", _summary),
        Step("clean_up", _clean_up),
    )
}
"""The sixteen steps by id, in the order of the definition."""

SEGMENTS: Final[Sequence[Sequence[str]]] = (
    ("profile", "case", "assessment"),
    ("findings", "appointment_email"),
    ("risk", "vulnerability", "household", "income", "referral_task", "safety_alert"),
    ("referral", "active", "visits", "summary", "clean_up"),
)
"""What can be done without people: at the start, and after each round of their answers."""
