"""A person's command to give a case to another caseworker or team, with all the work that goes with it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from flows.errors import NotFoundError
from flows.inbox.commands import command
from flows.inbox.desk import ChangedError, InboxError, active_staff, to_be_accepted
from flows.inbox.task.four_eyes import kept_from
from flows.inbox.task.sharing import end_delegation, pass_delegations_on
from flows.runtime import Runtime
from flows.waking.wakes import wake_watchers
from models import (
    CASE_OPEN,
    TASK_ENDED,
    Appointment,
    Case,
    CaseConfidant,
    CaseNote,
    GroupRole,
    HumanTask,
    NoteKind,
    Staff,
    StaffGroup,
    Visit,
    VisitSchedule,
    VisitStatus,
    new_id,
    related,
)
from tasks.history import Act, Happening, add_entry, write_audit
from tasks.people.answer_values import UnreadableError, read_text
from tasks.people.appointments import STANDING, standing
from tasks.people.holders import belongs, knowing, members
from tasks.people.human_tasks import change, note


class TransferError(InboxError):
    """The case can't be given to them; the message says why."""


@dataclass(frozen=True, slots=True)
class Transferred:
    """What came of it: who has the case now (None: the queue of the team), and how many open tasks and
    planned visits went along. `changed` is False when it was theirs already.
    """

    worker_id: str | None
    team: str | None
    tasks: int = 0
    visits: int = 0
    changed: bool = True


@dataclass(frozen=True, slots=True)
class _Move:
    """From whom to whom: a worker and a team before, a worker and a team then."""

    case: Case
    from_worker: str | None
    from_team: str | None
    to_worker: str | None
    to_team: str | None
    by: str
    now: datetime
    zone: ZoneInfo


@command
def transfer_case(
    runtime: Runtime,
    case_id: str,
    *,
    by: str,
    now: datetime,
    handover: str,
    to: str | None = None,
    team: str | None = None,
    revision: int | None = None,
) -> Transferred:
    """Give an open case to a caseworker (`to`, a staff id), or to the queue of a team. With both, to a
    caseworker of that team. Everything of the worker before goes along in the same moment: open tasks, those
    that rest included, appointments, planned visits and what plans them. What a task's four eyes exclude goes
    into the team's queue. `handover` is kept as a signed note.

    TransferError where it can't be theirs; a second time it changes nothing. ChangedError when the case is
    not as it was at `revision` any more.
    """
    with runtime.store.write("wake") as session:
        case = _open_case(session, case_id)
        if revision is not None and revision != case.revision:
            raise ChangedError("the case has changed since you read it; read it again")
        active_staff(session, by)
        words = _words(handover)
        next_team = _team(session, runtime, case, to, team)
        zone = ZoneInfo(runtime.catalogue.vocabulary.calendar().zone)
        move = _Move(case, case.worker_id, case.team, to, next_team, by, now, zone)
        if (move.to_worker, move.to_team) == (move.from_worker, move.from_team):
            return Transferred(case.worker_id, case.team, changed=False)
        tasks = sum(_move_task(session, move, each) for each in _open_tasks(session, case.id))
        if move.from_worker is not None:
            pass_delegations_on(session, case.id, move.from_worker, move.to_worker, now)
        visits = _move_visits(session, move)
        _move_case(session, move)
        _tell(session, runtime, move, words)
        wake_watchers(session, case.id, f"transfer:{case.id}:{new_id()}", now)
        return Transferred(case.worker_id, case.team, tasks, visits)


# -- to whom


def _team(session: Session, runtime: Runtime, case: Case, to: str | None, team: str | None) -> str | None:
    """The team that has the case then; refuses whoever can't have it."""
    if to is None and team is None:
        raise TransferError("name the caseworker or the team that gets the case")
    if team is not None and team not in runtime.catalogue.vocabulary.groups:
        raise TransferError(f"there is no team `{team[:60]}`")
    if to is None:
        return team
    staff = session.get(Staff, to)
    if staff is None or not staff.active:
        raise TransferError("the caseworker does not work here any more; name another one")
    if to in knowing(session, case.client_id):
        raise TransferError(f"this case is not for {staff.name}; name another caseworker")
    if team is not None:
        if not belongs(session, to, team):
            raise TransferError(f"{staff.name} does not work in that team; name another one, or no team")
        return team
    groups = sorted(each.group for each in related(session, StaffGroup, staff_id=to))
    return case.team if case.team in groups or not groups else groups[0]


def _open_case(session: Session, case_id: str) -> Case:
    found = session.exec(select(Case).where(Case.id == case_id).with_for_update(key_share=True)).first()
    if found is None:
        raise NotFoundError(f"there is no case {case_id}")
    if found.status not in CASE_OPEN:
        raise TransferError("the case is closed; there is nothing to hand over")
    return found


def _words(handover: str) -> str:
    try:
        words = read_text(handover)
    except UnreadableError as error:
        raise TransferError(f"the handover note: {error}") from None
    if not words:
        raise TransferError("write what the next one has to know; it is kept as a note")
    return words


# -- what goes along


def _open_tasks(session: Session, case_id: str) -> Iterable[HumanTask]:
    query = select(HumanTask).where(HumanTask.case_id == case_id, col(HumanTask.status).not_in(TASK_ENDED))
    return session.exec(query.order_by(col(HumanTask.id)).with_for_update(key_share=True)).all()


def _move_task(session: Session, move: _Move, task: HumanTask) -> bool:
    """Give an open task of the worker, or of the team's queue, to the next ones; whether it was theirs."""
    theirs = move.from_worker is not None and task.assignee_id == move.from_worker
    queued = task.assignee_id is None and move.from_team not in (None, move.to_team)
    queued = queued and task.candidate_group == move.from_team
    kept = kept_from(session, task, move.to_worker, instead_of=move.from_worker if theirs else None)
    to = None if kept else move.to_worker
    if move.from_worker is not None and task.owner_id == move.from_worker:
        change(session, task, "owner_id", to, move.now, move.by)
    if theirs:
        end_delegation(session, task.id, move.now)
        change(session, task, "assignee_id", to, move.now, move.by)
        if to is None:
            change(session, task, "candidate_group", move.to_team, move.now, move.by)
        to_be_accepted(task)
        _move_appointment(session, move, standing(session, task), to)
    elif queued:
        change(session, task, "candidate_group", move.to_team, move.now, move.by)
    if theirs or queued:
        note(session, task, "reassigned", move.now, by=move.by, comment="the case was handed over")
    session.add(task)
    return theirs or queued


def _move_appointment(session: Session, move: _Move, appointment: Appointment | None, to: str | None) -> None:
    if appointment is not None and appointment.worker_id == move.from_worker and to is not None:
        appointment.worker_id = to
        session.add(appointment)


def _move_visits(session: Session, move: _Move) -> int:
    """The planned visits, what plans them, and appointments of no task; how many visits went along."""
    moved = 0
    planned = select(Visit).where(Visit.case_id == move.case.id, Visit.status == VisitStatus.PLANNED)
    for visit in session.exec(planned.order_by(col(Visit.id))):
        moved += _move_row(session, move, visit)
    schedules = select(VisitSchedule).where(
        VisitSchedule.case_id == move.case.id, col(VisitSchedule.ended_at).is_(None)
    )
    for schedule in session.exec(schedules.order_by(col(VisitSchedule.id))):
        _move_row(session, move, schedule)
    booked = select(Appointment).where(
        Appointment.case_id == move.case.id,
        col(Appointment.task_id).is_(None),
        col(Appointment.status).in_(STANDING),
    )
    for appointment in session.exec(booked.order_by(col(Appointment.id))):
        _move_appointment(session, move, appointment, move.to_worker)
    return moved


def _move_row(session: Session, move: _Move, row: Visit | VisitSchedule) -> bool:
    """A visit, or what plans them: the worker's, or the team's."""
    theirs = row.worker_id == move.from_worker
    if theirs:
        row.worker_id = move.to_worker
    if theirs and (row.team is None or row.team == move.from_team):
        row.team = move.to_team
    session.add(row)
    return theirs


def _move_case(session: Session, move: _Move) -> None:
    case = move.case
    case.worker_id, case.team = move.to_worker, move.to_team
    case.supervisor_id = _supervisor(session, move) or case.supervisor_id
    if case.worker_id is not None and case.allocated_on is None:
        case.allocated_on = move.now.astimezone(move.zone).date()
    session.add(case)
    if case.sealed:
        known = {each.staff_id for each in related(session, CaseConfidant, case_id=case.id)}
        for each in {case.worker_id, case.supervisor_id} - known - {None}:
            session.add(
                CaseConfidant(case_id=case.id, staff_id=str(each), named_at=move.now, named_by=move.by)
            )


def _supervisor(session: Session, move: _Move) -> str | None:
    """The supervisor of the next worker, else of the next team; None where neither has one who may."""
    worker = None if move.to_worker is None else session.get(Staff, move.to_worker)
    if worker is not None and worker.supervisor_id is not None:
        found = [worker.supervisor_id]
    elif move.to_team != move.from_team and move.to_team is not None:
        found = [each.id for each in members(session, move.to_team, GroupRole.SUPERVISOR)]
    else:
        found = []
    known = knowing(session, move.case.client_id)
    return next((each for each in found if each not in known), None)


# -- what is told


def _tell(session: Session, runtime: Runtime, move: _Move, words: str) -> None:
    case = move.case
    worker = None if case.worker_id is None else session.get(Staff, case.worker_id)
    group = runtime.catalogue.vocabulary.groups.get(case.team or "", case.team or "")
    whom = worker.name if worker is not None else f"the queue of {group}"
    written = CaseNote(
        id=new_id(),
        case_id=case.id,
        kind=NoteKind.OTHER,
        title=f"Handover to {whom}",
        text=words,
        happened_at=move.now,
        written_at=move.now,
        written_by=move.by,
        signed_at=move.now,
        signed_by=move.by,
    )
    session.add(written)
    add_entry(
        session,
        case.id,
        Happening.HANDED_OVER,
        f"Handed over to {whom}",
        now=move.now,
        zone=move.zone,
        by=move.by,
        record=("CaseNote", written.id),
    )
    fields = ("worker", "team", "supervisor")
    write_audit(session, move.by, Act.UPDATE, "Case", case.id, move.now, fields=fields, case_id=case.id)
