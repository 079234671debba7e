"""Wakes that come from changed records: a `once` condition is asked again when the data of its case
changed.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import event, or_
from sqlmodel import Session, col, select

from definitions.plan import PlanStep
from models import (
    LINKS,
    AuditEvent,
    Case,
    ChronologyEntry,
    Client,
    HumanTask,
    Instance,
    InstanceStatus,
    Message,
    NewWake,
    Record,
    StepRun,
    StepStatus,
    Timer,
    WaitsFor,
    Wake,
    WakeKind,
    among,
    lock_alone,
    lock_shared,
    many,
    new_id,
    record_wakes,
)

_ENDED = (InstanceStatus.COMPLETED, InstanceStatus.CANCELLED)
_TRACES = (AuditEvent, ChronologyEntry, HumanTask, Instance, Message, StepRun, Timer, Wake)
"""Rows that tell of the work and are no data of the case: writing one makes no condition true."""


_WATCHING: Final = (
    select(StepRun.instance_id)
    .join(Instance, col(Instance.id) == StepRun.instance_id)
    .where(
        or_(
            among(Instance.case_id, many("subjects")),
            among(Instance.client_id, many("subjects")),
        ),
        col(Instance.status).not_in(_ENDED),
        StepRun.status == StepStatus.WAITING,
        StepRun.waits_for == WaitsFor.CONDITION,
    )
    .distinct()
)
"""The instances of cases and clients that wait for a condition. Made once, since many commands ask it."""


class Changed:
    """The cases and clients whose records a session changes; collected while it flushes."""

    def __init__(self, session: Session) -> None:
        self.subjects: set[str] = set()
        event.listen(session, "after_flush", self._collect)

    def _collect(self, session: Any, _context: object) -> None:
        for row in (*session.new, *session.dirty, *session.deleted):
            if isinstance(row, Record) and not isinstance(row, _TRACES):
                self.subjects.update(_subjects(row))


def _subjects(row: Record) -> set[str]:
    own = {row.id} if isinstance(row, Case | Client) else set()
    others = {getattr(row, name, None) for name in ("case_id", "client_id")}
    return own | {str(other) for other in others if other is not None}


def wake_watchers(session: Session, case_id: str, cause_key: str, now: datetime) -> None:
    """Wake every instance of the case that waits for a condition, in the caller's transaction.

    `cause_key` names the change (for instance `plan:01J...:agreed`); the same change wakes an instance
    once.
    """
    _wake(session, {case_id}, cause_key, now)


def wake_changed(session: Session, changed: Changed, now: datetime) -> None:
    """Wake the instances that wait for a condition on what this transaction has changed."""
    if changed.subjects:
        _wake(session, changed.subjects, f"record:{new_id()}", now)


def mark_links(session: Session, instances: Collection[Instance]) -> None:
    """Say how many beginnings have led to the instances that this transaction moves: what it changes may
    begin others, and a circle has to end.
    """
    if not any(each.links for each in instances):
        return
    links: dict[str, int] = {"": max(each.links for each in instances)}
    for each in instances:
        for subject in (each.case_id, each.client_id):
            if subject is not None:
                links[subject] = max(links.get(subject, 0), each.links)
    session.info[LINKS] = links


def hold_still(session: Session, instances: Collection[Instance]) -> None:
    """Before a condition of these instances is asked: whoever changes records of their cases and clients
    meanwhile commits before, and is seen, or looks for watchers afterwards, and sees that they wait.

    Otherwise, on PostgreSQL, each of the two could miss what the other has not committed yet.
    """
    lock_alone(session, _watched(subject for each in instances for subject in (each.case_id, each.client_id)))


def _watched(subjects: Iterable[str | None]) -> list[str]:
    return [f"watch:{subject}" for subject in subjects if subject is not None]


def _wake(session: Session, subjects: Collection[str], cause_key: str, now: datetime) -> None:
    lock_shared(session, _watched(subjects))
    watching = session.exec(_WATCHING, params={"subjects": list(subjects)}).all()
    wakes = [NewWake(each, f"{cause_key}:{each}", WakeKind.RECORD, {}) for each in watching]
    record_wakes(session, wakes, now)


def asks_again(step: PlanStep) -> bool:
    """Whether a step has a condition that is asked again when data of the case changes."""
    return step.once is not None or (step.block is not None and step.block.exit("condition") is not None)
