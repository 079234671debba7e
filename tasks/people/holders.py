"""Who holds a role at this moment: the person, who stands in while the person is away, or the queue of a
group.

A role is looked up when a task is made, not when the case was opened. Somebody who is absent, has left, is
excluded (four eyes) or has said that they know the client is replaced by their cover, then by the supervisor;
if nobody is left the task goes into the queue of the team that owns the case. A rota means whoever is on duty
at that moment, with its group behind them; where nobody is, the queue of the group.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from definitions.arguments import Recipient
from definitions.runtime_values import RecordView
from models import Case, Client, Conflict, DutyShift, GroupRole, Staff, StaffGroup, related
from tasks.call import Call
from tasks.result import StepError

COVER_DEPTH = 5
"""How many covers are followed when each of them is away too."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who gets a task: one person (`staff_id`) or the queue of a group (`group`), never neither. Both for
    somebody who is on duty: it is with them, and others of the group may take it until they accept it.

    `role` is how they were asked for (`caseworker`, `group referral_team`, `person`); `note` says why
    somebody else stands in.
    """

    staff_id: str | None
    group: str | None
    role: str
    note: str = ""

    @property
    def mark(self) -> str:
        """The id under which a task's history keeps them: a staff id, or `group:NAME`."""
        return self.marks[0]

    @property
    def marks(self) -> tuple[str, ...]:
        """The ids under which `HumanTask.escalated_to` keeps them."""
        group = () if self.group is None else (f"group:{self.group}",)
        return group if self.staff_id is None else (self.staff_id, *group)


def case_of(call: Call) -> Case | None:
    """The case of the instance, if it has one yet."""
    return None if call.instance.case_id is None else call.session.get(Case, call.instance.case_id)


def client_of(call: Call) -> Client | None:
    """The client of the instance or of its case, if there is one yet."""
    case = case_of(call)
    client_id = call.instance.client_id or (case.client_id if case else None)
    return None if client_id is None else call.session.get(Client, client_id)


def resolve(
    call: Call, recipient: Recipient, case: Case | None = None, *, excluded: Collection[str] = ()
) -> Chosen:
    """The person or the queue that `recipient` means now. `case` is the instance's if it is not given.

    Of several roles the first whose own holder is here is taken. Raises StepError for a recipient who is not
    staff.
    """
    search = _Search(call, case or case_of(call), frozenset(excluded))
    if recipient.expression is not None:
        return search.person(call.evaluate(recipient.expression).value)
    if recipient.group is not None:
        return search.queue(recipient.group, f"group {recipient.group}")
    answers = [search.role(role) for role in recipient.roles]
    return next((chosen for chosen in answers if not chosen.note), answers[0])


def members(session: Session, group: str, role: GroupRole | None = None) -> list[Staff]:
    """The active staff of a group, in a stable order; with `role`, those who have it there."""
    places = related(session, StaffGroup, group=group)
    ids = sorted({place.staff_id for place in places if role is None or place.role is role})
    found = (session.get(Staff, each) for each in ids)
    return [each for each in found if each is not None and each.active]


def belongs(session: Session, staff_id: str, group: str) -> bool:
    """Whether this person works in the group, in whatever role."""
    return any(place.staff_id == staff_id for place in related(session, StaffGroup, group=group))


def on_duty(session: Session, rota: str, at: datetime) -> list[Staff]:
    """Who is on duty for a rota at a moment, the shift that began last first; the active staff alone."""
    query = (
        select(Staff)
        .join(DutyShift, col(DutyShift.staff_id) == col(Staff.id))
        .where(DutyShift.rota == rota, col(DutyShift.starts_at) <= at, col(DutyShift.ends_at) > at)
        .where(col(Staff.active))
        .order_by(col(DutyShift.starts_at).desc(), col(DutyShift.id).desc())
    )
    return list(session.exec(query))


def knowing(session: Session, client_id: str) -> frozenset[str]:
    """Those of the staff who have said that they know this client, and so get nothing of their cases."""
    found = related(session, Conflict, client_id=client_id)
    return frozenset(each.staff_id for each in found if each.ended_at is None)


def here_for(
    session: Session,
    staff_id: str | None,
    case: Case | None,
    now: datetime,
    excluded: Collection[str] = (),
) -> str | None:
    """Somebody, or whoever stands in for them while they are away, `excluded` or must not have the case:
    their cover, then the supervisor. None where nobody is left.
    """
    standing = _Standing(session, now, case, frozenset(excluded))
    wanted = standing.staff(staff_id)
    if wanted is not None and standing.can(wanted):
        return wanted.id
    return next((each.id for each, _ in standing.stand_ins(wanted) if standing.can(each)), None)


@dataclass(frozen=True, slots=True)
class _Standing:
    """Who may have the work of a case now, and who stands in for whom."""

    session: Session
    now: datetime
    case: Case | None
    excluded: frozenset[str] = frozenset()

    def can(self, staff: Staff) -> bool:
        if staff.id in self.excluded or not staff.is_available(self.now):
            return False
        return self.case is None or staff.id not in knowing(self.session, self.case.client_id)

    def stand_ins(self, wanted: Staff | None) -> Iterator[tuple[Staff, str]]:
        yield from ((cover, "their cover") for cover in self._covers(wanted))
        supervisors = (
            wanted.supervisor_id if wanted else None,
            self.case.supervisor_id if self.case else None,
        )
        for supervisor in filter(None, map(self.staff, supervisors)):
            yield supervisor, "the supervisor"
            yield from ((cover, "the supervisor's cover") for cover in self._covers(supervisor))

    def _covers(self, staff: Staff | None) -> Iterator[Staff]:
        for _ in range(COVER_DEPTH):
            staff = self.staff(staff.cover_id) if staff else None
            if staff is None:
                return
            yield staff

    def staff(self, staff_id: str | None) -> Staff | None:
        return None if staff_id is None else self.session.get(Staff, staff_id)


@dataclass(frozen=True, slots=True)
class _Search:
    call: Call
    case: Case | None
    excluded: frozenset[str]

    @property
    def standing(self) -> _Standing:
        return _Standing(self.call.session, self.call.now, self.case, self.excluded)

    def role(self, role: str) -> Chosen:
        rota = self.call.plan.vocabulary.rotas.get(role)
        if rota is not None:
            return self.duty(role, rota.group)
        match role:
            case "caseworker":
                return self.holder(self.standing.staff(self.case.worker_id if self.case else None), role)
            case "supervisor":
                return self.holder(self._supervisor(), role)
        raise StepError(
            "not_staff", f"`{role}` can't be given a task; name a role of the staff or `group NAME`"
        )

    def person(self, value: object) -> Chosen:
        if isinstance(value, RecordView) and value.record != "Staff":
            raise StepError(
                "not_staff", f"a task is given to a person of the staff, not to a {value.record} record"
            )
        staff_id = value.id if isinstance(value, RecordView) else value
        return self.holder(self.standing.staff(staff_id if isinstance(staff_id, str) else None), "person")

    def queue(self, group: str, role: str, note: str = "") -> Chosen:
        here = [each for each in members(self.call.session, group) if self.standing.can(each)]
        return Chosen(None, group, role, note or ("" if here else f"nobody of {group} is here now"))

    def duty(self, rota: str, group: str) -> Chosen:
        """Who is on duty; of several the one whose shift began last. Only those of the group count."""
        for each in on_duty(self.call.session, rota, self.call.now):
            if self.standing.can(each) and belongs(self.call.session, each.id, group):
                return Chosen(each.id, group, rota)
        return self.queue(group, rota)

    def holder(self, wanted: Staff | None, role: str) -> Chosen:
        if wanted is not None and self.standing.can(wanted):
            return Chosen(wanted.id, None, role)
        away = "has no holder yet" if wanted is None else "is away or excluded"
        for stand_in, as_what in self.standing.stand_ins(wanted):
            if self.standing.can(stand_in):
                return Chosen(stand_in.id, None, role, f"the {role} {away}; {as_what}")
        team = (self.case.team if self.case else None) or self.call.plan.owner.replace("-", "_")
        return self.queue(team, role, f"the {role} {away}; the queue of {team}")

    def _supervisor(self) -> Staff | None:
        if self.case is None:
            return None
        worker = self.standing.staff(self.case.worker_id)
        return self.standing.staff(self.case.supervisor_id or (worker.supervisor_id if worker else None))
