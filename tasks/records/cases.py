"""Opening a case: its number, who works on it, and what happens when the client already has one."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import func
from sqlmodel import Session, col, select

from definitions.runtime_values import MISSING
from models import CASE_OPEN, Case, CaseStatus, Client, GroupRole, Staff, related
from tasks.call import Call
from tasks.history import Act, Happening, audit, chronicle
from tasks.insert_once import one_at_a_time
from tasks.people.holders import knowing, members
from tasks.records.case_status import enter_status, today
from tasks.records.columns import stored
from tasks.records.first_contacts import take_over
from tasks.records.record_view import LiveRecord
from tasks.result import StepError

REOPENING_DAYS = 30
"""A client who comes back within so many days after the closing gets the old case and its last worker. They
are days of the calendar: a case that was closed in a morning is opened again until the last evening.
"""

_LAST_NUMBER = 999_999
_NUMBERS = "casewright.case_numbers"
"""Where a transaction keeps the last number that it gave; nobody else gives one before it has ended."""
_LOAD = "casewright.open_cases"
"""Where a transaction keeps how many open cases each worker has, its own allocations included."""


class HowOpened(StrEnum):
    """How a client came to the case."""

    NEW = "new"
    USED = "used"
    REOPENED = "reopened"


@dataclass(frozen=True, slots=True)
class Opened:
    """The case, and whether it is new."""

    case: Case
    how: HowOpened


def open_case(call: Call, client: Client, values: Mapping[str, object], known: Case | None = None) -> Opened:
    """The case that this instance works on; it and its client become those of the instance.

    It is `known` if the client has an open one, else the client's case that was closed within the last
    30 days, else a new one with these field values. A new or reopened case has a worker, as far as
    anybody is there (`allocate`), and the day of the allocation is its first chronology entry.
    """
    if known is not None:
        adopt(call, known)
        audit(call, Act.READ, "Case", known.id, ["status", "worker"])
        chronicle(call, Happening.CASE_REUSED, "Another intake uses this case", significant=False)
        opened = Opened(known, HowOpened.USED)
    elif (closed := _lately_closed(call, client)) is not None:
        opened = Opened(_reopen(call, closed, values), HowOpened.REOPENED)
    else:
        opened = Opened(_open_new(call, client, values), HowOpened.NEW)
    take_over(call, opened.case)
    return opened


def adopt(call: Call, case: Case) -> None:
    """Make a case and its client those of the instance."""
    call.instance.case_id, call.instance.client_id = case.id, case.client_id
    call.session.add(call.instance)


def allocate(call: Call, team: str, language: str, *, without: Collection[str] = ()) -> Staff | None:
    """The member of the team who gets the next case, or None when nobody is there.

    Present now, speaking the client's language if anybody does, with the fewest open cases; of equal
    ones the one who has been here longest. Leads only when no member is there. Nobody of `without`.
    """
    for role in (GroupRole.MEMBER, GroupRole.LEAD):
        here = (each for each in members(call.session, team, role) if each.id not in without)
        present = [each for each in here if each.is_available(call.now)]
        if present:
            same = [each for each in present if _tongue(each.language) == _tongue(language)]
            load = _open_cases(call.session, [each.id for each in same or present])
            return min(same or present, key=lambda each: (load.get(each.id, 0), each.id))
    return None


def next_number(session: Session, year: int) -> str:
    """The next case number of a year: `2026-000123`.

    SQLite lets one writing transaction run at a time; on PostgreSQL a lock that lasts until the commit does
    the same for this number. The unique column is the backstop.
    """
    given: dict[int, int] = session.info.setdefault(_NUMBERS, {})
    if year not in given:
        given[year] = _last_number(session, year)
    given[year] += 1
    if given[year] > _LAST_NUMBER:
        raise StepError("no_case_number", f"all case numbers of {year} are used")
    return f"{year}-{given[year]:06}"


def _last_number(session: Session, year: int) -> int:
    one_at_a_time(session, "casewright.case_number")
    # texts of one length that differ in digits alone: every collation orders them alike
    wanted = select(func.max(col(Case.number))).where(
        col(Case.number).between(f"{year}-{0:06}", f"{year}-{_LAST_NUMBER:06}")
    )
    last = session.exec(wanted).first()
    return int(last.split("-")[1]) if last else 0


def _open_new(call: Call, client: Client, values: Mapping[str, object]) -> Case:
    given = {**values, "client": LiveRecord("Client", client.id, call.session)}
    if given.get("received_at", MISSING) is MISSING:
        given["received_at"] = call.now
    status = given.pop("status", CaseStatus.PENDING)
    contents = {"team": call.plan.owner, **stored(call.session, "Case", given)}
    number = next_number(call.session, today(call).year)
    case = Case(id=call.new_id(), number=number, created_at=call.now, **contents)
    enter_status(call, case, CaseStatus(str(status)))
    call.session.add(case)
    adopt(call, case)
    _give_to_worker(call, case, client)
    audit(call, Act.CREATE, "Case", case.id, ["number", "status", "worker", *given])
    return case


def _reopen(call: Call, case: Case, values: Mapping[str, object]) -> Case:
    given = {name: value for name, value in values.items() if name not in ("client", "status")}
    for column, content in stored(call.session, "Case", given).items():
        setattr(case, column, content)
    enter_status(call, case, CaseStatus(str(values.get("status", CaseStatus.PENDING))))
    case.risk_provisional = case.priority_provisional = True  # both were judged before the case was closed
    adopt(call, case)
    worker = None if case.worker_id is None else call.session.get(Staff, case.worker_id)
    client = call.session.get(Client, case.client_id)
    if worker is None or not worker.active or worker.id in knowing(call.session, case.client_id):
        _give_to_worker(call, case, client)
    call.session.add(case)
    audit(call, Act.UPDATE, "Case", case.id, ["status", "worker", "reopened_at", *given])
    chronicle(call, Happening.CASE_REOPENED, "Case reopened", case.reason or "", record=("Case", case.id))
    return case


def _give_to_worker(call: Call, case: Case, client: Client | None) -> None:
    """Allocate a case. Its chronology begins with this day (domain.md), so nothing is told before it."""
    team = case.team or call.plan.owner
    known = knowing(call.session, case.client_id)
    worker = allocate(call, team, client.language if client else "", without=known)
    case.worker_id = None if worker is None else worker.id
    if worker is not None:
        call.session.info[_LOAD][worker.id] += 1
    case.supervisor_id = _supervisor(call.session, team, worker)
    if worker is None:
        title, detail = (
            "Case opened; nobody of the team is there, so it waits in the team's queue",
            f"Team: {team}.",
        )
    else:
        case.allocated_on = today(call)
        title, detail = "Case allocated to a caseworker", f"Worker: {worker.name}. Team: {team}."
    reason = f" Reason for the case: {case.reason}" if case.reason else ""
    chronicle(call, Happening.CASE_ALLOCATED, title, detail + reason, record=("Case", case.id))


def _supervisor(session: Session, team: str, worker: Staff | None) -> str | None:
    if worker is not None and worker.supervisor_id is not None:
        return worker.supervisor_id
    supervisors = members(session, team, GroupRole.SUPERVISOR)
    return supervisors[0].id if supervisors else None


def _lately_closed(call: Call, client: Client) -> Case | None:
    first = today(call) - timedelta(days=REOPENING_DAYS)  # whole days: the hour of the closing does not count
    closed = [
        (case.closed_at, case)
        for case in related(call.session, Case, client_id=client.id)
        if case.status is CaseStatus.CLOSED
        and case.closed_at is not None
        and case.closed_at.astimezone(call.zone).date() >= first
    ]
    return max(closed, key=lambda each: each[0])[1] if closed else None


def _open_cases(session: Session, staff: list[str]) -> Mapping[str, int]:
    load: dict[str, int] = session.info.setdefault(_LOAD, {})
    unknown = [each for each in staff if each not in load]
    if unknown:
        counted = select(col(Case.worker_id), func.count()).where(
            col(Case.worker_id).in_(unknown), col(Case.status).in_(CASE_OPEN)
        )
        rows = session.exec(counted.group_by(col(Case.worker_id)))
        found = {worker: count for worker, count in rows if worker is not None}
        load.update((each, found.get(each, 0)) for each in unknown)
    return load


def _tongue(language: str) -> str:
    """The language without its region: somebody who speaks `es` can talk with somebody who speaks `es-MX`."""
    return language.split("-", maxsplit=1)[0].lower()
