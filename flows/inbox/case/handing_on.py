"""Handing a leaver's work on: their open tasks, their cases, planned visits and appointments, to one person
or spread over a team. One transaction for each case, so that it may be broken off anywhere and done again.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import union
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from flows.inbox.commands import command
from flows.inbox.desk import InboxError, NotAllowedError, to_be_accepted
from flows.inbox.task.four_eyes import kept_from
from flows.inbox.task.sharing import end_delegation, pass_delegations_on
from flows.waking.wakes import wake_watchers
from models import (
    CASE_OPEN,
    TASK_ENDED,
    Appointment,
    Case,
    CaseConfidant,
    HumanTask,
    Instance,
    InstanceStatus,
    Staff,
    Store,
    TaskStatus,
    Visit,
    VisitSchedule,
    VisitStatus,
)
from tasks.history import Act, Happening, add_entry, write_audit
from tasks.people.appointments import STANDING
from tasks.people.holders import knowing
from tasks.people.human_tasks import change, note


@dataclass(frozen=True, slots=True)
class Caseload:
    """How much somebody has: open tasks (`held` of them wait or belong to a process that is held), cases that
    are theirs, visits and appointments that are still to come. `cases` are all in which they have any of it.
    """

    tasks: int
    held: int
    own_cases: int
    visits: int
    appointments: int
    cases: tuple[str, ...]
    loose_tasks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HandedOn:
    """What became of one case: who has it now, how much went over, how many tasks went into the queue because
    that person must not do them. `stays` says why everything stayed, if it did: `conflict`, `sealed`.
    """

    case_id: str
    to: str | None
    tasks: int = 0
    queued: int = 0
    visits: int = 0
    appointments: int = 0
    own: bool = False
    stays: str = ""


def caseload(session: Session, staff_id: str, now: datetime) -> Caseload:
    """What somebody has now."""
    mine = (HumanTask.assignee_id == staff_id, col(HumanTask.status).not_in(TASK_ENDED))
    waiting = (
        select(func.count())
        .select_from(HumanTask)
        .outerjoin(Instance, col(Instance.id) == col(HumanTask.instance_id))
    )
    held = (col(HumanTask.status) == TaskStatus.ON_HOLD) | (col(Instance.status) == InstanceStatus.HELD)
    loose = select(HumanTask.id).where(*mine, col(HumanTask.case_id).is_(None))
    return Caseload(
        tasks=_count(session, select(func.count()).select_from(HumanTask).where(*mine)),
        held=_count(session, waiting.where(*mine, held)),
        own_cases=_count(session, select(func.count()).select_from(Case).where(*_own(staff_id))),
        visits=_count(session, select(func.count()).select_from(Visit).where(*_visits(staff_id))),
        appointments=_count(
            session, select(func.count()).select_from(Appointment).where(*_appointments(staff_id, now))
        ),
        cases=tuple(session.exec(_cases(staff_id, now)).all()),
        loose_tasks=tuple(session.exec(loose.order_by(col(HumanTask.id)))),
    )


def why_not(session: Session, case: Case, candidates: Collection[str]) -> tuple[list[str], str]:
    """Those of the candidates who may have the case, and where nobody may, why: `conflict` or `sealed`."""
    known = knowing(session, case.client_id)
    without = [each for each in candidates if each not in known]
    if not case.sealed:
        return without, "" if without else "conflict"
    named = set(session.exec(select(CaseConfidant.staff_id).where(CaseConfidant.case_id == case.id)))
    fitting = [each for each in without if each in named]
    return fitting, "" if fitting else "sealed"


@command
def hand_on_case(  # noqa: PLR0913  (what is handed on, to whom and why, by name)
    store: Store,
    case_id: str,
    *,
    whose: str,
    candidates: Collection[str],
    by: str,
    reason: str,
    now: datetime,
    zone: ZoneInfo,
    whole: bool = True,
) -> HandedOn:
    """Give everything that somebody has in a case to one of the candidates: of several the one with the
    fewest cases, then tasks. Without `whole` the tasks alone, with their appointments. Where nobody may have
    it, everything stays.

    What is moved is not theirs any more, so that doing it again moves the rest.
    """
    if not reason.strip():
        raise InboxError("handing work on needs a reason; it is kept")
    with store.write("wake") as session:
        case = session.exec(select(Case).where(Case.id == case_id).with_for_update(key_share=True)).first()
        if case is None:
            raise InboxError("there is no such case")
        fitting, why = why_not(session, case, _here(session, candidates, whose, now))
        if not fitting:
            return HandedOn(case.id, None, stays=why)
        to = _least_loaded(session, fitting)
        moved = _move(session, case, whose, to, by=by, reason=reason.strip(), now=now, whole=whole)
        _tell(session, case, moved, by=by, reason=reason.strip(), now=now, zone=zone)
        return moved


@command
def hand_on_task(
    store: Store,
    task_id: str,
    *,
    whose: str,
    candidates: Collection[str],
    by: str,
    reason: str,
    now: datetime,
) -> str | None:
    """Give an open task of no case to one of the candidates; who has it now, None where nobody may."""
    with store.write("wake") as session:
        task = session.get(HumanTask, task_id, with_for_update={"key_share": True})
        if task is None or task.assignee_id != whose or task.status in TASK_ENDED:
            return None
        fitting = _here(session, candidates, whose, now)
        here = [each for each in fitting if not kept_from(session, task, each, instead_of=whose)]
        if not here:
            return None
        to = _least_loaded(session, here)
        _pass_on(session, task, to, None, by, reason, now)
        return to


def _here(session: Session, candidates: Collection[str], whose: str, now: datetime) -> list[str]:
    found = (session.get(Staff, each) for each in sorted(set(candidates) - {whose}))
    here = [each.id for each in found if each is not None and each.is_available(now)]
    if not here:
        raise NotAllowedError("nobody of those who are to get the work is here now")
    return here


def _least_loaded(session: Session, fitting: Sequence[str]) -> str:
    if len(fitting) == 1:
        return fitting[0]
    cases = _many(session, Case.worker_id, fitting, col(Case.status).in_(CASE_OPEN))
    tasks = _many(session, HumanTask.assignee_id, fitting, col(HumanTask.status).not_in(TASK_ENDED))
    return min(fitting, key=lambda each: (cases.get(each, 0), tasks.get(each, 0), each))


def _many(session: Session, of: Any, people: Sequence[str], condition: Any) -> dict[str, int]:
    query = select(col(of), func.count()).where(col(of).in_(people), condition).group_by(col(of))
    return {row[0]: row[1] for row in session.execute(query)}


def _move(
    session: Session, case: Case, whose: str, to: str, *, by: str, reason: str, now: datetime, whole: bool
) -> HandedOn:
    moved, queued = set[str](), 0
    for task in _open_tasks(session, case.id, whose):
        fits = not kept_from(session, task, to, instead_of=whose)
        _pass_on(session, task, to if fits else None, case.team, by, reason, now)
        if fits:
            moved.add(task.id)
        else:
            queued += 1
    pass_delegations_on(session, case.id, whose, to, now)
    meetings = _meetings(session, case.id, whose, to, now)
    if not whole:
        theirs = [each for each in meetings if each.task_id in moved]
        _now_of(session, to, theirs)
        return HandedOn(case.id, to, len(moved), queued, appointments=len(theirs))
    visits = list(session.exec(select(Visit).where(Visit.case_id == case.id, *_visits(whose))))
    schedules = select(VisitSchedule).where(
        VisitSchedule.case_id == case.id,
        VisitSchedule.worker_id == whose,
        col(VisitSchedule.ended_at).is_(None),
    )
    _now_of(session, to, (*visits, *meetings, *session.exec(schedules)))
    own = case.worker_id == whose and case.status in CASE_OPEN
    if own:
        case.worker_id = to
        session.add(case)
    return HandedOn(case.id, to, len(moved), queued, len(visits), len(meetings), own)


def _now_of(session: Session, to: str, rows: Iterable[Appointment | Visit | VisitSchedule]) -> None:
    for row in rows:
        row.worker_id = to
        session.add(row)


def _meetings(session: Session, case_id: str, whose: str, to: str, now: datetime) -> list[Appointment]:
    """The appointments that go over to somebody: not those of a task that they must not have (four eyes).
    Such a one stays with who keeps it until somebody takes the task.
    """
    mine = select(Appointment).where(Appointment.case_id == case_id, *_appointments(whose, now))

    def stays(meeting: Appointment) -> bool:
        task = None if meeting.task_id is None else session.get(HumanTask, meeting.task_id)
        return task is not None and kept_from(session, task, to, instead_of=whose)

    return [each for each in session.exec(mine.order_by(col(Appointment.id))).all() if not stays(each)]


def _pass_on(
    session: Session, task: HumanTask, to: str | None, team: str | None, by: str, reason: str, now: datetime
) -> None:
    end_delegation(session, task.id, now)
    change(session, task, "assignee_id", to, now, by)
    if to is None:
        change(session, task, "candidate_group", task.candidate_group or team, now, by)
    to_be_accepted(task)
    session.add(task)
    note(session, task, "reassigned", now, by=by, comment=reason)


def _tell(
    session: Session, case: Case, moved: HandedOn, *, by: str, reason: str, now: datetime, zone: ZoneInfo
) -> None:
    if not (moved.own or moved.tasks or moved.queued or moved.visits or moved.appointments):
        return
    fields = ["worker_id"] if moved.own else []
    write_audit(
        session,
        by,
        Act.UPDATE,
        "Case",
        case.id,
        now,
        fields=[*fields, "tasks", "visits", "appointments"],
        case_id=case.id,
        reason=reason,
    )
    if moved.own:
        title, record = "Handed over to somebody else", ("Case", case.id)
        add_entry(
            session,
            case.id,
            Happening.HANDED_OVER,
            title,
            now=now,
            zone=zone,
            by=by,
            detail=reason,
            record=record,
        )
        wake_watchers(session, case.id, f"handed_on:{case.id}:{moved.to}:{now.isoformat()}", now)


def _open_tasks(session: Session, case_id: str, whose: str) -> Iterator[HumanTask]:
    query = select(HumanTask).where(
        HumanTask.case_id == case_id,
        HumanTask.assignee_id == whose,
        col(HumanTask.status).not_in(TASK_ENDED),
    )
    yield from session.exec(query.order_by(col(HumanTask.id)).with_for_update(key_share=True)).all()


def _own(staff_id: str) -> tuple[bool, ...]:
    return (Case.worker_id == staff_id, col(Case.status).in_(CASE_OPEN))  # type: ignore[return-value]


def _visits(staff_id: str) -> tuple[bool, ...]:
    return (Visit.worker_id == staff_id, Visit.status == VisitStatus.PLANNED)


def _appointments(staff_id: str, now: datetime) -> tuple[bool, ...]:
    standing = col(Appointment.status).in_(STANDING)
    return (Appointment.worker_id == staff_id, standing, col(Appointment.starts_at) > now)  # type: ignore[return-value]


def _cases(staff_id: str, now: datetime) -> SelectOfScalar[str]:
    """The cases in which somebody has anything, each once, in a stable order."""
    found = union(
        select(Case.id).where(*_own(staff_id)),
        select(HumanTask.case_id).where(
            HumanTask.assignee_id == staff_id,
            col(HumanTask.status).not_in(TASK_ENDED),
            col(HumanTask.case_id).is_not(None),
        ),
        select(Visit.case_id).where(*_visits(staff_id)),
        select(Appointment.case_id).where(*_appointments(staff_id, now)),
    ).subquery()
    return select(found.c[0]).order_by(found.c[0])


def _count(session: Session, query: SelectOfScalar[int]) -> int:
    return session.exec(query).one()
