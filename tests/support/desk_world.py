"""A store with one case's open task on somebody's desk, for the tests of commands."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from databases import in_memory
from people_world import with_case
from sqlmodel import col, select
from step_bench import MONDAY, Bench

from flows.inbox import answer_item, complete
from models import ChecklistAnswer, HumanTask, Record, Store, TaskEvent, Wake, WakeKind

FINE = {"danger": "no", "housing": "stable"}
"""Answers with which the form of the first task is complete."""

STEPS = """
- id: assessment
  title: Assess
  do: assign_task
  to: caseworker
  notice: 1 working day
  place: Room 2
  due: 5 working days
  not_accepted:
    - after: 4 hours
      to: supervisor
  ends: booked
- id: findings
  title: Findings
  do: complete_checklist
  for: assessment
  items:
    - {id: danger, ask: "Is anyone in danger?", type: yes_no, required: true, submit: on_answer}
    - {id: housing, ask: Housing, type: choice, options: {stable: Stable, homeless: Homeless}, required: true}
    - {id: needs, ask: Needs, type: choices, options: categories of referral}
    - {id: consent, ask: "May we pass this on?", type: consent, only_if: count(needs) > 0}
"""
GROUP = """
- id: queue
  title: From the queue
  do: assign_task
  to: group referral_team
  items:
    - {id: note, ask: Note, type: text}
"""


@dataclass
class Desk:
    """A store, the people of one case, and its only task."""

    store: Store
    task_id: str
    worker: str
    lead: str
    others: dict[str, str]
    case_id: str
    now: datetime = MONDAY

    @property
    def task(self) -> HumanTask:
        """The task as it is now."""
        with self.store.read() as session:
            return session.get_one(HumanTask, self.task_id)

    def rows(self, table: type[Record]) -> list[Any]:
        """All rows of a table."""
        with self.store.read() as session:
            return list(session.exec(select(table).order_by(col(table.id))))

    def actions(self) -> list[str]:
        """What the task's history says."""
        events = [event for event in self.rows(TaskEvent) if event.task_id == self.task_id]
        return [event.action for event in events]

    def wakes(self) -> list[tuple[WakeKind, Any]]:
        """The wakes, each with the item or output that it names."""
        found = self.rows(Wake)
        return [(wake.kind, wake.detail.get("item") or wake.detail.get("output")) for wake in found]

    def answers(self, *, drafts: bool = False) -> dict[str, Any]:
        """The answers that count, or the drafts, by item."""
        return {
            row.item: row.value
            for row in self.rows(ChecklistAnswer)
            if row.superseded_at is None and row.draft == drafts
        }


@contextmanager
def open_desk(steps: str = STEPS, *, twin: bool = False, **people: str) -> Iterator[Desk]:
    """A desk with the first step of `steps` begun, and `findings` too where there is one.

    `people` are more members of staff by name, with the group they work in; `twin` is a second client of the
    same name.
    """
    with in_memory() as store:
        with store.write() as session:
            bench = Bench(session)
            case, worker, lead = with_case(bench, steps)
            others = {name: bench.staff(name.capitalize(), group).id for name, group in people.items()}
            if twin:
                bench.client("Eva")
            bench.run(bench.plan.steps[0].id)
            if "findings" in steps:
                bench.run("findings")
            ids = (bench.tasks()[0].id, worker.id, lead.id, others, case.id)
        yield Desk(store, *ids)


def send(desk: Desk, answers: object = FINE, **more: object) -> object:
    """The worker sends the form."""
    return complete(desk.store, desk.task_id, answers, **{"by": desk.worker, "now": desk.now, **more})


def say(desk: Desk, item: str, value: object, **more: object) -> object:
    """The worker answers one item."""
    return answer_item(desk.store, desk.task_id, item, value, **{"by": desk.worker, "now": desk.now, **more})
