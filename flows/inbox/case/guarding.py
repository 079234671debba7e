"""Commands about who may not see a case: sealing it, and "I know this person". Each is one transaction.

Whether somebody may give them is decided before (`web.access.policy`).
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Delete, delete
from sqlmodel import Session, col, select

from flows.inbox.commands import command
from flows.inbox.desk import InboxError, NotAllowedError, active_staff, to_be_accepted
from flows.inbox.read_state import as_word
from flows.inbox.task.four_eyes import kept_from
from flows.inbox.task.sharing import end_delegation
from models import (
    TASK_ENDED,
    Case,
    CaseConfidant,
    Conflict,
    HumanTask,
    Staff,
    Store,
    Visit,
    VisitStatus,
)
from tasks.history import Act, Happening, add_entry, write_audit
from tasks.people.appointments import standing
from tasks.people.holders import knowing
from tasks.people.human_tasks import change, note


@command
def declare_conflict(
    store: Store, case_id: str, *, by: str, reason: str, now: datetime, zone: ZoneInfo
) -> Conflict:
    """`I know this person`: the cases of the client are hidden from `by` at once, and the work that they have
    in them goes to their supervisor, or to the team's queue. Again changes nothing.
    """
    with store.write("wake") as session:
        case, staff = _case(session, case_id), active_staff(session, by)
        open_one = _open_conflict(session, by, case.client_id)
        if open_one is not None:
            return open_one
        made = Conflict(staff_id=by, client_id=case.client_id, reason=_given(reason), declared_at=now)
        session.add(made)
        session.flush()
        _audit(session, Act.CONFLICT, case, by, now, reason)
        for each in session.exec(
            select(Case).where(Case.client_id == case.client_id).with_for_update(key_share=True)
        ):
            _hand_on(session, each, staff, now, zone)
        return made


@command
def end_conflict(
    store: Store, conflict_id: str, *, by: str, now: datetime, reason: str | None = None
) -> Conflict:
    """The person may see the client's cases again; somebody else says so, never they themselves."""
    with store.write() as session:
        found: Conflict | None = session.get(Conflict, conflict_id)
        if found is None:
            raise InboxError(f"there is no conflict {conflict_id}")
        if found.staff_id == by:
            raise NotAllowedError("somebody else ends a conflict, not the person who declared it")
        if found.ended_at is None:
            found.ended_at, found.ended_by = now, by
            session.add(found)
            fields = ["ended_at"]
            write_audit(
                session, by, Act.CONFLICT, "Client", found.client_id, now, fields=fields, reason=reason
            )
        return found


@command
def seal_case(
    store: Store, case_id: str, names: Collection[str], *, by: str, reason: str, now: datetime
) -> tuple[str, ...]:
    """Only those who are named see the case from now on: `names` (staff ids), whoever seals it, its worker
    and its supervisor. Returns the staff ids of all who are named. On a sealed case it names more.
    """
    with store.write() as session:
        case = _case(session, case_id)
        wanted = {each for each in (*names, by, case.worker_id, case.supervisor_id) if each}
        for each in wanted:
            active_staff(session, each)
        named = _confidants(session, case.id)
        for each in sorted(wanted - named):
            session.add(CaseConfidant(case_id=case.id, staff_id=each, named_at=now, named_by=by))
        case.sealed = True
        session.add(case)
        _audit(session, Act.SEAL_CASE, case, by, now, _given(reason))
        return tuple(sorted(wanted | named))


@command
def unname(store: Store, case_id: str, staff_id: str, *, by: str, now: datetime) -> None:
    """Somebody does not see a sealed case any more. The last who is named stays."""
    with store.write() as session:
        case = _case(session, case_id)
        named = _confidants(session, case.id)
        if staff_id not in named:
            return
        if named == {staff_id}:
            raise InboxError("nobody would see the case any more; name somebody else first, or unseal it")
        session.execute(_named(case.id).where(col(CaseConfidant.staff_id) == staff_id))
        _audit(session, Act.SEAL_CASE, case, by, now, "somebody is not named any more")


@command
def unseal_case(store: Store, case_id: str, *, by: str, reason: str, now: datetime) -> None:
    """The case is seen again by those who work on it. Again changes nothing."""
    with store.write() as session:
        case = _case(session, case_id)
        if not case.sealed:
            return
        case.sealed = False
        session.add(case)
        session.execute(_named(case.id))
        _audit(session, Act.UNSEAL_CASE, case, by, now, _given(reason))


def state_of_seal(session: Session, case: Case) -> str:
    """Whether a case is sealed and who is named for it, as one word that is another with every change."""
    return as_word((str(case.sealed), *sorted(_confidants(session, case.id))))


def _hand_on(session: Session, case: Case, staff: Staff, now: datetime, zone: ZoneInfo) -> None:
    """Everything that somebody has in a case goes to their supervisor, or to whoever is left."""
    to = _successor(session, case, staff)
    moved = False
    for task in _open_tasks(session, case.id):
        moved |= _pass_on(session, task, case, staff.id, to, now)
    for visit in session.exec(
        select(Visit).where(
            Visit.case_id == case.id, Visit.worker_id == staff.id, Visit.status == VisitStatus.PLANNED
        )
    ):
        visit.worker_id, moved = to, True
        session.add(visit)
    if staff.id in (case.worker_id, case.supervisor_id):
        case.worker_id = None if case.worker_id == staff.id else case.worker_id
        case.supervisor_id = to if case.supervisor_id == staff.id else case.supervisor_id
        session.add(case)
        moved = True
    if moved:
        add_entry(
            session,
            case.id,
            Happening.HANDED_OVER,
            "Handed over to somebody else",
            now=now,
            zone=zone,
            by=staff.id,
            record=("Case", case.id),
        )


def _pass_on(
    session: Session, task: HumanTask, case: Case, whose: str, to: str | None, now: datetime
) -> bool:
    """Give an open task that is with somebody to another; whether it was."""
    theirs = whose if task.assignee_id == whose else None
    holder = None if kept_from(session, task, to, instead_of=theirs) else to
    touched = False
    if task.owner_id == whose:
        change(session, task, "owner_id", holder, now, whose)
        touched = True
    if task.assignee_id == whose:
        end_delegation(session, task.id, now)
        change(session, task, "assignee_id", holder, now, whose)
        if holder is None:
            change(session, task, "candidate_group", task.candidate_group or case.team, now, whose)
        to_be_accepted(task)
        note(session, task, "reassigned", now, by=whose, comment="a conflict of interest")
        booked = standing(session, task)
        if booked is not None and booked.worker_id == whose and holder is not None:
            booked.worker_id = holder
            session.add(booked)
        touched = True
    session.add(task)
    return touched


def _successor(session: Session, case: Case, staff: Staff) -> str | None:
    """The person's supervisor, or the case's, if they are here and have no such conflict themselves."""
    for each in (staff.supervisor_id, case.supervisor_id):
        found = None if each is None or each == staff.id else session.get(Staff, each)
        if found is not None and found.active and found.id not in knowing(session, case.client_id):
            return found.id
    return None


def _open_conflict(session: Session, staff_id: str, client_id: str) -> Conflict | None:
    query = select(Conflict).where(
        Conflict.staff_id == staff_id, Conflict.client_id == client_id, col(Conflict.ended_at).is_(None)
    )
    return session.exec(query).first()


def _open_tasks(session: Session, case_id: str) -> Iterable[HumanTask]:
    query = select(HumanTask).where(HumanTask.case_id == case_id, col(HumanTask.status).not_in(TASK_ENDED))
    return session.exec(query.order_by(col(HumanTask.id)).with_for_update(key_share=True)).all()


def _case(session: Session, case_id: str) -> Case:
    found = session.exec(select(Case).where(Case.id == case_id).with_for_update(key_share=True)).first()
    if found is None:
        raise InboxError(f"there is no case {case_id}")
    return found


def _confidants(session: Session, case_id: str) -> set[str]:
    return set(session.exec(select(CaseConfidant.staff_id).where(CaseConfidant.case_id == case_id)))


def _named(case_id: str) -> Delete:
    return delete(CaseConfidant).where(col(CaseConfidant.case_id) == case_id)


def _given(reason: str) -> str:
    if not reason.strip():
        raise InboxError("this needs a reason; it is kept")
    return reason.strip()


def _audit(session: Session, act: Act, case: Case, by: str, now: datetime, reason: str) -> None:
    write_audit(session, by, act, "Case", case.id, now, case_id=case.id, reason=reason)
