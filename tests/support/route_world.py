"""The whole application, pages included, around the offices of `access_world`: for each role one, whose actor
is logged in; and something of every kind that an address may name.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from access_world import CASES, LED, MINE, STAFF, TASKS, Place
from account_world import MORNING
from admin_world import SMALL
from application_world import web_of
from databases import in_memory
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from held_answers import held
from intake_world import catalogue
from sqlmodel import Session
from starlette.routing import Mount

from definitions import check, parse
from flows.runtime import Runtime
from flows.versions import publish
from models import (
    Account,
    AccountRole,
    ApiToken,
    BreakGlass,
    Case,
    CaseNote,
    Conflict,
    ContactOrigin,
    DefinitionVersion,
    DutyShift,
    FirstContact,
    Goal,
    Hook,
    HookDelivery,
    HumanTask,
    Instance,
    Intervention,
    LoginSession,
    NoteKind,
    Plan,
    PlanStatus,
    ProcessProposal,
    Referral,
    Role,
    SavedView,
    Service,
    Store,
    StoredContents,
    StoredFile,
    Visit,
    VisitFrequency,
    VisitSchedule,
    new_id,
)
from tasks.registry import load_kinds
from web.accounts import sessions
from web.application import create_application

ROLES = tuple(each.value for each in Role)


@dataclass
class Somebody:
    """One role's office, the cookie of its actor, and the values that addresses may name."""

    place: Place
    token: str
    named: dict[str, str]
    of_case: dict[str, dict[str, str]] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    def values(self, kind: str, tie: str) -> dict[str, str]:
        """What stands in the gaps of an address that is about this."""
        if kind == "case":
            return {**self.named, **self.of_case[tie], "case_id": self.place.cases[tie].id}
        if kind == "task":
            return {**self.named, "task_id": self.place.tasks[tie].id, "file_id": self.files[tie]}
        if kind == "staff":
            return {**self.named, "staff_id": self.place.people[tie].id}
        return self.named


@dataclass
class House:
    """The application, its database, and somebody of each role."""

    application: FastAPI
    store: Store
    people: dict[str, Somebody]


def open_house(stack: ExitStack, *, pages: bool = True) -> House:
    """The house, until the stack closes. NiceGUI knows one application in a process: one house has pages."""
    store = stack.enter_context(in_memory())
    runtime = Runtime(store, load_kinds(), catalogue(), lambda: MORNING)
    checked = check(parse(SMALL.encode(), "small.yaml"), runtime.catalogue)
    assert checked.plan is not None, checked.diagnostics
    version = publish(runtime, checked.plan, by="test")
    with store.write() as session:
        people = {role: _somebody(session, Role(role), version) for role in ROLES}
    application = held(create_application(web_of(runtime, public_form=True), pages=pages))
    return House(application, store, people)


def _somebody(session: Session, role: Role, version: DefinitionVersion) -> Somebody:
    place = Place(session, role)
    mine, other = _account(session, place.me, role), _account(session, place.colleague.id, Role.CASEWORKER)
    token = sessions.begin(session, mine, MORNING)
    named = {
        "item": "well",
        "process": "small",
        "number": "1",
        "step": "talk",
        "secret": "nobody",
        **dict.fromkeys(("part_id", "consent_id", "member_id", "income_id", "point_id"), "nobody"),
        "stranger": place.people["stranger"].id,
        "account_id": other,
        "opening_case": place.cases["sealed" if role in (Role.SUPERVISOR, Role.MANAGER) else "other"].id,
        **{name: _kept(session, row) for name, row in _rows(place, mine, other).items()},
    }
    found = Somebody(place, token, named)
    found.of_case = {tie: _of_case(session, place, place.cases[tie], version) for tie in CASES}
    found.files = {tie: _file(session, place.tasks[tie]) for tie in TASKS}
    return found


def _file(session: Session, task: HumanTask) -> str:
    contents = b"synthetic"
    file = StoredFile(
        task_id=task.id,
        case_id=task.case_id,
        step="talk",
        item="well",
        name="a.txt",
        media_type="text/plain",
        size=len(contents),
        sha256=sha256(contents).hexdigest(),
        stored_at=MORNING,
    )
    ident = _kept(session, file)
    session.add(StoredContents(file_id=ident, contents=contents))
    return ident


def _account(session: Session, staff_id: str, role: Role) -> str:
    row = Account(
        staff_id=staff_id, login=f"{staff_id.lower()}@office.example", created_at=MORNING, created_by="test"
    )
    session.add(row)
    session.flush()
    session.add(AccountRole(account_id=row.id, role=role, granted_at=MORNING, granted_by="test"))
    session.flush()
    return row.id


def _kept(session: Session, row: Any) -> str:
    session.add(row)
    session.flush()
    ident: str = row.id
    return ident


def _rows(place: Place, mine: str, other: str) -> dict[str, Any]:
    """One of each kind that is about no single case, as its own people would have it."""
    led = place.case(LED)
    hook = Hook(
        name="Another system",
        url="https://127.0.0.1/where-no-hook-may-go",
        events=["case.opened"],
        secret="sealed",
        created_at=MORNING,
        created_by="test",
    )
    return {
        "hook_id": hook,
        "delivery_id": HookDelivery(
            hook_id=hook.id,
            key=new_id(),
            event_id="evt_1",
            event="case.opened",
            happened_at=MORNING,
            next_attempt_at=MORNING,
            give_up_at=MORNING,
        ),
        "session_id": LoginSession(
            account_id=mine, token_hash=new_id().ljust(64, "0"), begun_at=MORNING, last_seen_at=MORNING
        ),
        "my_token": _token(mine),
        "token_id": _token(other),
        "opening_id": BreakGlass(
            case_id=led.id,
            staff_id=place.supervised.id,
            reason="for the test",
            opened_at=MORNING,
            expires_at=MORNING + timedelta(hours=1),
        ),
        "conflict_id": Conflict(
            staff_id=place.supervised.id, client_id=led.client_id, reason="cousin", declared_at=MORNING
        ),
        "contact_id": FirstContact(
            key=new_id(),
            origin=ContactOrigin.STAFF,
            given_name="Synthetic",
            family_name="Client",
            team=MINE,
            received_at=MORNING,
            created_at=MORNING,
        ),
        "duty_id": DutyShift(
            rota="on_call",
            staff_id=place.supervised.id,
            starts_at=MORNING + timedelta(days=1),
            ends_at=MORNING + timedelta(days=1, hours=8),
            made_at=MORNING,
            made_by="test",
        ),
        "view_id": SavedView(staff_id=place.me, name="Mine", query="", saved_at=MORNING),
        "proposal_id": ProcessProposal(
            process="small",
            title="Small",
            content_hash=new_id().ljust(64, "0"),
            files=[{"name": "small.yaml", "text": SMALL}],
            reason="for the test",
            tried={"scenarios": 0, "warnings": 0, "failed": [], "left_out": [], "steps": None, "ways": None},
            proposed_at=MORNING,
            proposed_by=place.colleague.id,
        ),
    }


def _token(account_id: str) -> ApiToken:
    return ApiToken(
        account_id=account_id,
        name="a program",
        token_hash=new_id().ljust(64, "0"),
        scopes=["read_case"],
        created_at=MORNING,
        created_by="test",
        expires_at=MORNING + timedelta(days=9),
    )


def _of_case(session: Session, place: Place, case: Case, version: DefinitionVersion) -> dict[str, str]:
    """One of each kind that belongs to a case; what people write is the actor's own."""
    plan = Plan(
        case_id=case.id,
        status=PlanStatus.AGREED,
        agreed_on=date(2026, 3, 1),
        created_at=MORNING,
        written_by=place.me,
        approved_by=place.me,
    )
    goal = Goal(
        plan_id=plan.id,
        specific="a bed",
        indicator="nights",
        target="seven",
        due_on=date(2026, 6, 1),
        created_at=MORNING,
    )
    schedule = VisitSchedule(
        case_id=case.id,
        frequency=VisitFrequency.MONTH,
        day_rule="15",
        time_zone="America/New_York",
        active_from=date(2026, 3, 1),
        dedupe_key=new_id(),
        created_at=MORNING,
    )
    rows = {
        "plan_id": plan,
        "goal_id": goal,
        "help_id": Intervention(goal_id=goal.id, title="a letter", created_at=MORNING),
        "note_id": CaseNote(
            case_id=case.id,
            kind=NoteKind.OTHER,
            title="A note",
            text="Synthetic",
            happened_at=MORNING - timedelta(days=1),
            written_at=MORNING,
            written_by=place.me,
        ),
        "referral_id": Referral(
            case_id=case.id,
            client_id=case.client_id,
            service_id=_kept(session, Service(organization="Example", name="Pantry", created_at=MORNING)),
            category="food-insecurity",
            override_reason="for the test",
            override_by=place.me,
            requested_at=MORNING,
        ),
        "schedule_id": schedule,
        "visit_id": Visit(
            schedule_id=schedule.id,
            case_id=case.id,
            local_date=date(2026, 3, 16),
            starts_at=MORNING + timedelta(days=14),
        ),
        "instance_id": Instance(
            process="small",
            version_id=version.id,
            case_id=case.id,
            started_at=MORNING,
            start_key=new_id(),
        ),
    }
    return {**{name: _kept(session, row) for name, row in rows.items()}, "staff_id": place.colleague.id}


KINDS = {"case": tuple(CASES), "task": tuple(TASKS), "staff": tuple(STAFF)}
"""The ties that there are to what an action is about."""


def routes_of(application: FastAPI) -> set[str]:
    """`METHOD path` of every route that there is, those of the pages too; NiceGUI's own files left out."""
    return {each for each in _walk(application.routes, "") if "/_nicegui" not in each}


def _walk(routes: Any, before: str) -> Iterator[str]:
    for found in iter_route_contexts(routes):
        route = found.original_route
        if isinstance(route, Mount):
            inside = getattr(route.app, "routes", None)
            if inside is None:
                yield f"MOUNT {before}{route.path}"
            else:
                yield from _walk(inside, before + route.path)
            continue
        for method in set(found.methods or {"WEBSOCKET"}) - {"HEAD"}:
            yield f"{method} {before}{found.path}"
