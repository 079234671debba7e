"""What people do in a case: four answers in three rounds; each is one commit of one case."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, bindparam, insert, update

from benchmarks.bare import tables as t
from benchmarks.bare.steps import task_id

FINDINGS: Final[Mapping[str, str]] = {
    "identity_verified": "yes",
    "immediate_danger": "no",
    "housing": "stable",
    "health": "condition",
    "needs": "food-insecurity",
    "consent": "yes",
}
SERVICE: Final = "FOOD-1"


_NEW = {
    table: insert(table)
    for table in (t.appointments, t.assessments, t.checklist_answers, t.consents, t.goals, t.plans)
}
_ACCEPTED = update(t.human_tasks).where(t.human_tasks.c.id == bindparam("key")).values(status="accepted")
_DONE = (
    update(t.human_tasks)
    .where(t.human_tasks.c.id == bindparam("key"))
    .values(status="completed", completed_at=bindparam("now"))
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One thing that a person does: its name, and its SQL for one case; the caller commits."""

    name: str
    write: Callable[[Connection, int], None]


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _book(connection: Connection, number: int) -> None:
    task = task_id(number, "assessment")
    starts = _now() + timedelta(days=2)
    row = {"id": number, "case_id": number, "task_id": task, "starts_at": starts, "place": "Office"}
    connection.execute(_NEW[t.appointments], row)
    connection.execute(_ACCEPTED, {"key": task})


def _answer(connection: Connection, number: int, step: str, answers: Mapping[str, str]) -> None:
    now, task = _now(), task_id(number, step)
    first = number * 8 + (7 if step == "referral_task" else 0)
    rows = [
        {
            "id": first + place,
            "case_id": number,
            "task_id": task,
            "item": item,
            "value": value,
            "given_at": now,
        }
        for place, (item, value) in enumerate(answers.items())
    ]
    connection.execute(_NEW[t.checklist_answers], rows)
    connection.execute(_DONE, {"key": task, "now": now})


def _findings(connection: Connection, number: int) -> None:
    _answer(connection, number, "assessment", FINDINGS)
    given = {"id": number, "client_id": number, "purpose": "referral", "given_at": _now()}
    connection.execute(_NEW[t.consents], given)
    assessed = {"id": number, "case_id": number, "kind": "intake", "assessed_at": _now()}
    connection.execute(_NEW[t.assessments], assessed)


def _referral(connection: Connection, number: int) -> None:
    _answer(connection, number, "referral_task", {"service": SERVICE})


def _plan(connection: Connection, number: int) -> None:
    now = _now()
    agreed = {"id": number, "case_id": number, "status": "agreed", "agreed_at": now}
    connection.execute(_NEW[t.plans], agreed)
    goal = {
        "id": number,
        "plan_id": number,
        "specific": "Eat three times a day",
        "target": "three",
        "due_on": (now + timedelta(days=60)).date(),
    }
    connection.execute(_NEW[t.goals], goal)


ANSWERS: Final[Mapping[str, Answer]] = {
    each.name: each
    for each in (
        Answer("book", _book),
        Answer("findings", _findings),
        Answer("referral", _referral),
        Answer("plan", _plan),
    )
}
"""The four answers by name."""

ROUNDS: Final[Sequence[Sequence[str]]] = (("book",), ("findings",), ("referral", "plan"))
"""Which answers come after which segment of steps; the last segment ends the case."""
