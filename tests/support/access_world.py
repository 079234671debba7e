"""An office with one case and one task for each way in which somebody can be tied to them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from account_world import MORNING
from sqlmodel import Session

from models import (
    BreakGlass,
    Case,
    CaseConfidant,
    CaseStatus,
    Client,
    Conflict,
    Delegation,
    GroupRole,
    HumanTask,
    Role,
    Staff,
    StaffGroup,
    TaskKind,
    new_id,
)
from web.access.actor import Actor

MINE, LED, OTHERS = "intake_team", "led_team", "referral_team"


@dataclass
class Place:
    """One actor of a role with the cases and tasks that they are tied to, by the name of the tie."""

    session: Session
    role: Role
    actor: Actor = field(init=False)
    cases: dict[str, Case] = field(default_factory=dict)
    tasks: dict[str, HumanTask] = field(default_factory=dict)
    people: dict[str, Staff] = field(default_factory=dict)

    def __post_init__(self) -> None:
        me, self.colleague = self._staff(), self._staff()
        self.me = me.id
        self.supervised = self._staff(supervisor_id=me.id)
        self.covered = self._staff(cover_id=me.id)
        for group, role in ((MINE, GroupRole.MEMBER), (LED, GroupRole.SUPERVISOR)):
            self.session.add(StaffGroup(staff_id=me.id, group=group, role=role))
        self.session.flush()
        teams, leads = frozenset({MINE, LED}), frozenset({LED})
        self.actor = Actor(new_id(), me.id, me.name, frozenset({self.role}), teams, leads)
        for tie, make in CASES.items():
            self.cases[tie] = make(self)
        for tie, make_task in TASKS.items():
            self.tasks[tie] = make_task(self)
        for tie, make_staff in STAFF.items():
            self.people[tie] = make_staff(self)
        self.session.flush()

    def _staff(self, **fields: Any) -> Staff:
        ident = new_id()
        row = Staff(id=ident, name="Synthetic Worker", email=f"{ident.lower()}@office.example", **fields)
        self.session.add(row)
        self.session.flush()
        return row

    def case(self, team: str = OTHERS, **fields: Any) -> Case:
        """A case of a client of its own."""
        client = Client(given_name="Synthetic", family_name="Client", created_at=MORNING)
        values: dict[str, Any] = {"status": CaseStatus.PENDING, "worker_id": self.colleague.id, **fields}
        case = Case(
            number=new_id(), client_id=client.id, team=team, received_at=MORNING, created_at=MORNING, **values
        )
        self.session.add_all([client, case])
        self.session.flush()
        return case

    def task(self, case: Case | None, **fields: Any) -> HumanTask:
        """An open task."""
        task = HumanTask(
            kind=TaskKind.CHECKLIST,
            title="Look",
            case_id=None if case is None else case.id,
            created_at=MORNING,
            **fields,
        )
        self.session.add(task)
        self.session.flush()
        return task

    def with_task(self) -> Case:
        """A case of others in which the actor has a task."""
        case = self.case()
        self.task(case, assignee_id=self.me)
        return case

    def opened(self) -> Case:
        """A case of others whose glass the actor has broken."""
        case = self.case()
        self.session.add(
            BreakGlass(
                case_id=case.id,
                staff_id=self.me,
                reason="for the test",
                opened_at=MORNING,
                expires_at=MORNING + timedelta(hours=1),
            )
        )
        return case

    def named(self) -> Case:
        """A sealed case of others for which the actor is named."""
        case = self.case(sealed=True)
        self.session.add(CaseConfidant(case_id=case.id, staff_id=self.me, named_at=MORNING, named_by="test"))
        return case

    def delegated(self) -> HumanTask:
        """A task of others that a colleague does for the actor."""
        task = self.task(self.case(), assignee_id=self.colleague.id)
        self.session.add(
            Delegation(task_id=task.id, from_id=self.me, to_id=self.colleague.id, delegated_at=MORNING)
        )
        return task

    def member(self, group: str) -> Staff:
        """Somebody of a group."""
        row = self._staff()
        self.session.add(StaffGroup(staff_id=row.id, group=group))
        return row

    def known(self) -> Case:
        """A case of the actor's, whose client they know."""
        case = self.case(worker_id=self.me)
        self.session.add(
            Conflict(staff_id=self.me, client_id=case.client_id, reason="cousin", declared_at=MORNING)
        )
        return case


CASES: dict[str, Callable[[Place], Case]] = {
    "own": lambda place: place.case(worker_id=place.me),
    "team": lambda place: place.case(MINE),
    "task": Place.with_task,
    "led": lambda place: place.case(worker_id=place.supervised.id),
    "other": lambda place: place.case(),
    "opened": Place.opened,
    "sealed": lambda place: place.case(MINE, sealed=True),
    "named": Place.named,
    "conflict": Place.known,
    "closed": lambda place: place.case(MINE, status=CaseStatus.CLOSED, closed_at=MORNING),
}

TASKS: dict[str, Callable[[Place], HumanTask]] = {
    "mine": lambda place: place.task(place.case(), assignee_id=place.me),
    "queue": lambda place: place.task(place.case(), candidate_group=MINE),
    "told": lambda place: place.task(
        place.case(), assignee_id=place.colleague.id, escalated_to=["group:other", place.me]
    ),
    "owner": lambda place: place.task(place.case(), assignee_id=place.colleague.id, owner_id=place.me),
    "cover": lambda place: place.task(place.case(), assignee_id=place.covered.id),
    "lead": lambda place: place.task(place.case(LED), assignee_id=place.colleague.id),
    "team": lambda place: place.task(place.case(MINE), assignee_id=place.colleague.id),
    "other": lambda place: place.task(place.case(), assignee_id=place.colleague.id),
    "sealed": lambda place: place.task(place.case(sealed=True), assignee_id=place.me),
    "conflict": lambda place: place.task(place.known(), assignee_id=place.me),
    "excluded": lambda place: place.task(place.case(), candidate_group=MINE, excluded_ids=[place.me]),
    "nobodys": lambda place: place.task(None),
    "delegated": Place.delegated,
}

STAFF: dict[str, Callable[[Place], Staff]] = {
    "me": lambda place: place.session.get_one(Staff, place.me),
    "under": lambda place: place.supervised,
    "led_staff": lambda place: place.member(LED),
    "beside": lambda place: place.member(MINE),
    "stranger": lambda place: place.colleague,
}
