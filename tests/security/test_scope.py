"""What lists show in any office, against the rules said once more in plain Python; and lists and single
decisions agree case by case.
"""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from account_world import MORNING
from databases import in_memory
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from flows.inbox import may_work
from models import (
    BreakGlass,
    Case,
    CaseConfidant,
    CaseStatus,
    Client,
    Conflict,
    GroupRole,
    HumanTask,
    Role,
    Staff,
    StaffGroup,
    TaskKind,
    TaskStatus,
)
from web.access import scope
from web.access.actions import Action
from web.access.actor import Actor
from web.access.policy import may

GROUPS = ("a_team", "b_team")
WORKING = {Role.CASEWORKER, Role.SPECIALIST, Role.SUPERVISOR, Role.MANAGER}
LEADING = {Role.SUPERVISOR, Role.MANAGER}

people = st.sampled_from(["me", "boss", "peer", "far"])
groups = st.sampled_from(GROUPS)
marks = st.sampled_from(["me", "peer", "group:a_team", "group:b_team", "group:axteam"])
in_groups = st.lists(
    st.tuples(groups, st.sampled_from(GroupRole)), max_size=2, unique_by=lambda each: each[0]
)


@dataclass(frozen=True)
class TaskPlan:
    """A task as it is drawn."""

    assignee: str | None
    owner: str | None
    group: str | None
    told: tuple[str, ...]
    ended: bool
    excluded: bool


@dataclass(frozen=True)
class CasePlan:
    """A case as it is drawn, with its tasks."""

    worker: str | None
    supervisor: str | None
    team: str | None
    sealed: bool
    named: bool
    known: str
    glass: str
    tasks: tuple[TaskPlan, ...]


@dataclass(frozen=True)
class Office:
    """Who I am, how others are tied to me, and the cases."""

    roles: frozenset[Role]
    places: tuple[tuple[str, GroupRole], ...]
    supervised: frozenset[str]
    covered: frozenset[str]
    cases: tuple[CasePlan, ...]


task_plans = st.builds(
    TaskPlan,
    assignee=st.none() | people,
    owner=st.none() | people,
    group=st.none() | groups,
    told=st.lists(
        st.sampled_from(["me", "peer", "group:a_team", "group:b_team", "group:axteam"]), max_size=2
    ).map(tuple),
    ended=st.booleans(),
    excluded=st.booleans(),
)
case_plans = st.builds(
    CasePlan,
    worker=st.none() | people,
    supervisor=st.none() | people,
    team=st.none() | groups,
    sealed=st.booleans(),
    named=st.booleans(),
    known=st.sampled_from(["no", "no", "no", "yes", "ended", "of the survivor", "of the merged"]),
    glass=st.sampled_from(["no", "no", "now", "over", "of another"]),
    tasks=st.lists(task_plans, max_size=2).map(tuple),
)
offices = st.builds(
    Office,
    roles=st.frozensets(st.sampled_from(Role), min_size=1, max_size=2),
    places=st.lists(
        st.tuples(groups, st.sampled_from(GroupRole)), max_size=2, unique_by=lambda each: each[0]
    ).map(tuple),
    supervised=st.frozensets(st.sampled_from(["peer", "far"])),
    covered=st.frozensets(st.sampled_from(["peer", "far"])),
    cases=st.lists(case_plans, min_size=1, max_size=3).map(tuple),
)


# -- the rules in plain words


def teams_of(office: Office) -> set[str]:
    return {group for group, _ in office.places}


def tied(office: Office, task: TaskPlan) -> bool:
    if task.assignee == "me":
        return True
    told = set(task.told) & {"me", *(f"group:{each}" for each in teams_of(office))}
    stands_in = task.assignee in office.supervised | office.covered
    return not task.ended and bool(task.owner == "me" or told or stands_in or task.group in teams_of(office))


def knows(case: CasePlan) -> bool:
    return case.known in ("yes", "of the survivor", "of the merged")


def sees(office: Office, case: CasePlan) -> bool:
    if knows(case):
        return False
    works, leads = bool(office.roles & WORKING), bool(office.roles & LEADING)
    if case.glass == "now" and (works or Role.DATA_PROTECTION in office.roles):
        return True
    if not works:
        return False
    if case.sealed:
        return case.named
    led = {group for group, role in office.places if role is not GroupRole.MEMBER}
    return (
        "me" in (case.worker, case.supervisor)
        or case.team in teams_of(office)
        or any(tied(office, task) for task in case.tasks)
        or (leads and (case.team in led or case.worker in office.supervised))
    )


def reads(office: Office, case: CasePlan, task: TaskPlan) -> bool:
    mine = bool(office.roles & WORKING) and tied(office, task) and not knows(case)
    return sees(office, case) or mine


# -- the office in a database


@dataclass
class Built:
    """The rows of an office."""

    session: Session
    office: Office
    staff: dict[str, str] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)
    tasks: list[tuple[CasePlan, TaskPlan, HumanTask]] = field(default_factory=list)

    def build(self) -> Actor:
        """Add everything; who I am."""
        self._people()
        for plan in self.office.cases:
            self._case(plan)
        self.session.flush()
        places = self.office.places
        led = frozenset(group for group, role in places if role is not GroupRole.MEMBER)
        teams = frozenset(group for group, _ in places)
        return Actor("account", self.staff["me"], "Me", self.office.roles, teams, led)

    def _people(self) -> None:
        for name in ("me", "boss", "peer", "far"):
            row = Staff(name=name, email=f"{name}@office.example")
            self.staff[name] = row.id
            if name in self.office.supervised:
                row.supervisor_id = self.staff["me"]
            if name in self.office.covered:
                row.cover_id = self.staff["me"]
            self.session.add(row)
        for group, role in self.office.places:
            self.session.add(StaffGroup(staff_id=self.staff["me"], group=group, role=role))

    def _id(self, name: str | None) -> str | None:
        return None if name is None else self.staff.get(name, name)

    def _client(self, merged_into: str | None = None) -> str:
        row = Client(given_name="S", family_name="C", merged_into_id=merged_into, created_at=MORNING)
        self.session.add(row)
        return row.id

    def _case(self, plan: CasePlan) -> None:
        survivor = self._client()
        client = self._client(survivor)
        merged = self._client(client)
        case = Case(
            number=f"N{len(self.cases)}",
            client_id=client,
            status=CaseStatus.PENDING,
            worker_id=self._id(plan.worker),
            supervisor_id=self._id(plan.supervisor),
            team=plan.team,
            sealed=plan.sealed,
            received_at=MORNING,
            created_at=MORNING,
        )
        self.session.add(case)
        self.cases.append(case)
        if plan.named:
            self.session.add(
                CaseConfidant(case_id=case.id, staff_id=self.staff["me"], named_at=MORNING, named_by="test")
            )
        self._conflict(plan, {"of the survivor": survivor, "of the merged": merged}.get(plan.known, client))
        self._glass(plan, case)
        for each in plan.tasks:
            self._task(plan, each, case)

    def _conflict(self, plan: CasePlan, client_id: str) -> None:
        if plan.known == "no":
            return
        over = plan.known == "ended"
        self.session.add(
            Conflict(
                staff_id=self.staff["me"],
                client_id=client_id,
                reason="cousin",
                declared_at=MORNING,
                ended_at=MORNING if over else None,
                ended_by="test" if over else None,
            )
        )

    def _glass(self, plan: CasePlan, case: Case) -> None:
        if plan.glass == "no":
            return
        opened = MORNING - timedelta(minutes=60 if plan.glass == "over" else 59)
        self.session.add(
            BreakGlass(
                case_id=case.id,
                staff_id=self.staff["boss" if plan.glass == "of another" else "me"],
                reason="for the test",
                opened_at=opened,
                expires_at=opened + timedelta(hours=1),
            )
        )

    def _task(self, of: CasePlan, plan: TaskPlan, case: Case) -> None:
        told = [each if each.startswith("group:") else self.staff[each] for each in plan.told]
        task = HumanTask(
            kind=TaskKind.CHECKLIST,
            title="Look",
            case_id=case.id,
            assignee_id=self._id(plan.assignee),
            owner_id=self._id(plan.owner),
            candidate_group=plan.group,
            escalated_to=told,
            status=TaskStatus.COMPLETED if plan.ended else TaskStatus.REQUESTED,
            excluded_ids=[self.staff["me"]] if plan.excluded else [],
            created_at=MORNING,
        )
        self.session.add(task)
        self.tasks.append((of, plan, task))


@given(offices)
@settings(max_examples=25)
def test_lists_show_what_the_rules_say_and_agree_with_each_decision(office: Office) -> None:
    with in_memory() as store, store.write() as session:
        built = Built(session, office)
        me = built.build()
        shown = {each.id for each in session.scalars(scope.visible_cases(me, MORNING))}
        one_by_one = select(Case.id).where(scope.visible_row(me, MORNING))
        assert set(session.scalars(one_by_one)) == (shown if me.within(Action.READ_CASE) else set())
        for plan, case in zip(office.cases, built.cases, strict=True):
            assert (case.id in shown) == sees(office, plan)
            verdict = may(session, me, Action.READ_CASE, case, now=MORNING)
            assert verdict.allowed == (case.id in shown)
            assert verdict.hidden == (not verdict.allowed)
        listed = {each.id for each in session.scalars(scope.visible_tasks(me, MORNING))}
        mine = {each.id for each in session.scalars(scope.inbox(me, MORNING))}
        for of, drawn, task in built.tasks:
            assert (task.id in listed) == reads(office, of, drawn)
            assert may(session, me, Action.READ_TASK, task, now=MORNING).allowed == (task.id in listed)
            works = may(session, me, Action.WORK_TASK, task, now=MORNING).allowed
            assert not works or (task.id in listed and may_work(session, task, me.staff_id))
            assert not works or not drawn.excluded
            for_me = bool(me.roles & WORKING) and tied(office, drawn) and not knows(of)
            assert (task.id in mine) == for_me
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(scope, "WIDE", -1)  # as for somebody of many teams
            widely = [
                scope.visible_cases(me, MORNING),
                scope.visible_tasks(me, MORNING),
                scope.inbox(me, MORNING),
            ]
            found = [{each.id for each in session.scalars(query)} for query in widely]
            answered = set(session.scalars(select(Case.id).where(scope.answered_for(me, MORNING))))
        assert found == [shown, listed, mine]
        assert answered == set(session.scalars(select(Case.id).where(scope.answered_for(me, MORNING))))
