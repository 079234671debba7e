"""A large department within two minutes: 100,000 cases of five years, a quarter of them open, 300,000 tasks.

400 workers in 40 teams; each team has a supervisor, and one manager leads them all. What is written is made
of the row's number, so that the same department comes out each time.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, text, update
from sqlmodel import Session, col, select

from benchmarks.looking.sql import Writer
from models import (
    Case,
    CaseStatus,
    ChronologyEntry,
    Client,
    GroupRole,
    HumanTask,
    Instance,
    Message,
    Referral,
    Role,
    Score,
    Service,
    Staff,
    StaffGroup,
    StepRun,
    Store,
    Visit,
    VisitSchedule,
)
from web.access.actor import Actor

CASES: Final = 100_000
TEAMS: Final = 40
WORKERS: Final = 400
TASKS_EACH: Final = 3


def is_open(number: str = "n") -> str:
    """The condition that a case is open: a quarter of each worker's are."""
    return f"(({number}) / {WORKERS}) % 4 = 0"


OPEN: Final = is_open()

STEPS: Final = ("assessment", "findings", "service", "plan")
GIVEN: Final = ("Ada", "Ben", "Cleo", "Dov", "Ena", "Finn", "Gus", "Hana", "Ivo", "Jana", "Kai", "Lea", "Mio")
SYLLABLES: Final = ("ba", "co", "di", "fe", "gu", "ha", "jo", "ki", "lu", "me", "no", "pa", "ri", "so", "tu")
SPECIAL: Final = 7
"""The team whose people are measured."""


@dataclass(frozen=True, slots=True)
class People:
    """Who looks: somebody of a team, who leads it, and who leads all."""

    caseworker: Actor
    supervisor: Actor
    manager: Actor


def fill(store: Store, version_id: str, form: str, now: datetime, cases: int = CASES) -> People:
    """Write the department into a store in which a version of the intake is published."""
    people = _staff(store)
    write = Writer(store, now)
    with _unchecked(store) as connection:
        _clients_and_cases(write, connection, cases)
        _runs(write, connection, cases, version_id)
        _tasks(write, connection, cases, form)
        _referrals(write, connection, cases)
        _visits(write, connection, cases)
        _scores(write, connection, cases)
        _messages(write, connection, cases)
    if store.dialect == "postgresql":  # which does so by itself in time; nobody does for SQLite
        with store.engine.connect() as connection:
            alone = connection.execution_options(isolation_level="AUTOCOMMIT")
            alone.execute(text("ANALYZE"))
            alone.execute(text("CHECKPOINT"))
    os.sync()  # else who looks first waits for what was written here
    return people


def adopt(store: Store, people: People) -> list[str]:
    """Give the cases that the engine itself has made to the caseworker; their ids."""
    with store.write() as session:
        own = col(Case.number).not_like("B%")
        ids = list(session.exec(select(Case.id).where(own)))
        session.execute(
            update(Case)
            .where(own)
            .values(worker_id=people.caseworker.staff_id, team=team(SPECIAL), sealed=False)
            .execution_options(synchronize_session=False)
        )
    return ids


def _staff(store: Store) -> People:
    def person(kind: str, number: int) -> Staff:
        return Staff(
            id=f"{kind}{number:022d}",
            name=f"Synthetic {kind.title()} {number}",
            email=f"{kind.lower()}{number}@example.org",
        )

    workers = [person("WORK", number) for number in range(WORKERS)]
    supervisors = [person("LEAD", number) for number in range(TEAMS)]
    manager = person("HEAD", 0)
    teams = [team(number) for number in range(TEAMS)]
    each = WORKERS // TEAMS
    places = [StaffGroup(staff_id=one.id, group=teams[at // each]) for at, one in enumerate(workers)]
    places += [
        StaffGroup(staff_id=one.id, group=team, role=GroupRole.SUPERVISOR)
        for one, team in zip(supervisors, teams, strict=True)
    ]
    places += [StaffGroup(staff_id=manager.id, group=team, role=GroupRole.MANAGER) for team in teams]
    with store.write() as session:
        session.add_all([*workers, *supervisors, manager, *places])
    own, every = frozenset({team(SPECIAL)}), frozenset(teams)
    none: frozenset[str] = frozenset()
    return People(
        _actor(workers[SPECIAL * each], Role.CASEWORKER, own, none),
        _actor(supervisors[SPECIAL], Role.SUPERVISOR, own, own),
        _actor(manager, Role.MANAGER, every, every),
    )


def team(number: int) -> str:
    """The name of a team."""
    return f"team_{number:02d}"


def _actor(staff: Staff, role: Role, teams: frozenset[str], leads: frozenset[str]) -> Actor:
    return Actor(f"account-{staff.id}", staff.id, staff.name, frozenset({role}), teams, leads)


@contextmanager
def _unchecked(store: Store) -> Iterator[Connection]:
    """One transaction that does not look up what rows point to: they are made to fit."""
    with store.engine.connect() as connection:
        if store.dialect == "sqlite":
            cursor = connection.connection.cursor()
            cursor.execute("PRAGMA foreign_keys = OFF")
            cursor.execute("PRAGMA synchronous = OFF")
        with connection.begin():
            if store.dialect == "postgresql":
                connection.execute(text("SET LOCAL session_replication_role = replica"))
            yield connection
        connection.invalidate()  # this connection goes, and with it what was set on it


def _clients_and_cases(write: Writer, connection: Connection, cases: int) -> None:
    family = " || ".join(write.pick(SYLLABLES, f"n / {15**at}") for at in range(3))
    write.fill(
        connection,
        Client,
        {
            "id": write.ident("CLNT"),
            "given_name": write.pick(GIVEN, "n"),
            "family_name": f"({family}) || 'son'",
            "created_at": write.ago("1825"),
        },
        count=cases,
    )
    closed = f"CASE WHEN {OPEN} THEN NULL ELSE {write.ago('(n * 53) % 1800')} END"
    active = (
        f"CASE WHEN (n * 13) % 10 = 0 THEN '{CaseStatus.PENDING.value}' ELSE '{CaseStatus.ACTIVE.value}' END"
    )
    number = "printf('B-%06d', n)" if write.sqlite else "'B-' || lpad(n::text, 6, '0')"
    write.fill(
        connection,
        Case,
        {
            "id": write.ident("CASE"),
            "number": number,
            "client_id": write.ident("CLNT"),
            "status": f"CASE WHEN {OPEN} THEN {active} ELSE 'closed' END",
            "risk_level": f"CASE WHEN (n * 17) % 9 = 0 THEN NULL ELSE"
            f" {write.pick(('low', 'medium', 'low', 'high', 'medium', 'low', 'critical'), 'n * 11')} END",
            "received_at": write.ago(f"CASE WHEN {OPEN} THEN (n * 37) % 700 ELSE 1800 + (n * 7) % 25 END"),
            "created_at": write.ago("1825"),
            "activated_on": write.day_ago("1"),
            "closed_at": closed,
            "worker_id": write.ident("WORK", f"n % {WORKERS}"),
            "supervisor_id": write.ident("LEAD", f"(n % {WORKERS}) / {WORKERS // TEAMS}"),
            "team": _team_of(write),
        },
        count=cases,
    )
    write.fill(
        connection,
        ChronologyEntry,
        {
            "id": write.ident("CHRO", "n * 2 + k"),
            "case_id": write.ident("CASE"),
            "happened_on": write.day_ago("1 + k"),
            "recorded_at": write.ago("1 + k"),
            "kind": "'status_changed'",
            "title": "'The status of the case was changed'",
            "source": "'intake'",
            "by": "'system:intake'",
        },
        count=cases,
        each=2,
    )


def _team_of(write: Writer) -> str:
    number = f"(n % {WORKERS}) / {WORKERS // TEAMS}"
    return f"printf('team_%02d', {number})" if write.sqlite else f"'team_' || lpad(({number})::text, 2, '0')"


def _runs(write: Writer, connection: Connection, cases: int, version_id: str) -> None:
    write.fill(
        connection,
        Instance,
        {
            "id": write.ident("INST"),
            "process": "'intake'",
            "version_id": ":version",
            "case_id": write.ident("CASE"),
            "client_id": write.ident("CLNT"),
            "status": f"CASE WHEN {OPEN} THEN 'waiting' ELSE 'completed' END",
            "started_at": write.ago("(n * 37) % 700"),
            "start_key": write.ident("STRT"),
        },
        count=cases,
        given={"version": version_id},
    )
    waits = f"{OPEN} AND k = 3"
    write.fill(
        connection,
        StepRun,
        {
            "id": write.ident("STEP", f"n * {len(STEPS)} + k"),
            "instance_id": write.ident("INST"),
            "step": f"CASE WHEN {waits} THEN {write.pick(STEPS, 'n * 3')} ELSE"
            f" {write.pick(('fetch', 'open', 'notify', 'score'), 'k')} END",
            "status": f"CASE WHEN {waits} THEN 'waiting' ELSE 'completed' END",
            "started_at": write.ago("(n * 29) % 60"),
            "waits_for": f"CASE WHEN {waits} THEN 'people' ELSE NULL END",
        },
        count=cases,
        each=len(STEPS),
    )


def _tasks(write: Writer, connection: Connection, cases: int, form: str) -> None:
    """For an open case two open tasks, the second of them in the queue of the team for every other case."""
    still = f"({OPEN} AND k > 0)"
    waits = write.ident("STEP", f"n * {len(STEPS)} + 3")
    queued = f"({still} AND k = 2 AND (n / 1600) % 2 = 0)"
    write.fill(
        connection,
        HumanTask,
        {
            "id": write.ident("TASK", f"n * {TASKS_EACH} + k"),
            "kind": write.pick(("checklist", "assignment", "referral"), "k"),
            "status": f"CASE WHEN {still} THEN {write.pick(('requested', 'accepted', 'in_progress'), 'n')}"
            " ELSE 'completed' END",
            "title": write.pick(("Intake assessment", "Agree the plan", "Find a service"), "k"),
            "case_id": write.ident("CASE"),
            "instance_id": write.ident("INST"),
            "step_run_id": f"CASE WHEN {still} AND k = 1 THEN {waits} END",
            "step": write.pick(("findings", "assessment", "service"), "k"),
            "assignee_id": f"CASE WHEN {queued} THEN NULL ELSE {write.ident('WORK', f'n % {WORKERS}')} END",
            "candidate_group": f"CASE WHEN k = 2 THEN {_team_of(write)} END",
            "due_at": write.ago("(n * 41) % 60 - 52"),
            "created_at": write.ago("(n * 29) % 60"),
            "completed_at": f"CASE WHEN {still} THEN NULL ELSE {write.ago('(n * 53) % 1800')} END",
            "form": write.json(f"CASE WHEN {still} OR n % 10 = 0 THEN :form ELSE '[]' END"),
        },
        count=cases,
        each=TASKS_EACH,
        given={"form": form},
    )


def _referrals(write: Writer, connection: Connection, cases: int) -> None:
    """One for every other case; of an open case two thirds are open."""
    still = f"({is_open('n * 2')} AND n % 3 > 0)"
    ended = write.pick(("completed", "completed", "rejected", "cancelled"), "n * 7")
    write.fill(
        connection,
        Service,
        {
            "id": write.ident("SERV"),
            "reference": write.ident("SREF"),
            "name": "'Synthetic service'",
            "organization": "'Synthetic help'",
            "created_at": write.ago("1825"),
        },
        count=50,
    )
    write.fill(
        connection,
        Referral,
        {
            "id": write.ident("REFR"),
            "case_id": write.ident("CASE", "n * 2"),
            "client_id": write.ident("CLNT", "n * 2"),
            "service_id": write.ident("SERV", "n % 50"),
            "category": write.pick(("food-insecurity", "homelessness", "legal-aid"), "n"),
            "status": f"CASE WHEN {still} THEN"
            f" {write.pick(('requested', 'accepted', 'in_progress'), 'n * 5')} ELSE {ended} END",
            "status_reason": "'synthetic'",
            "override_reason": "'synthetic'",
            "override_by": write.ident("LEAD", "0"),
            "requested_at": write.ago("(n * 31) % 1800"),
            "respond_by": write.ago("(n * 31) % 1800 - 14"),
            "ended_at": f"CASE WHEN {still} THEN NULL ELSE {write.ago('(n * 59) % 1800')} END",
        },
        count=cases // 2,
    )


def _visits(write: Writer, connection: Connection, cases: int) -> None:
    """One a month: of an open case twelve that were and one that is to come, of others three long ago."""
    write.fill(
        connection,
        VisitSchedule,
        {
            "id": write.ident("VSCH"),
            "case_id": write.ident("CASE"),
            "frequency": "'month'",
            "day_rule": "'15'",
            "time_of_day": "'10:00:00.000000'" if write.sqlite else "'10:00'::time",
            "time_zone": "'America/New_York'",
            "active_from": write.day_ago("400"),
            "dedupe_key": write.ident("VKEY"),
            "created_at": write.ago("400"),
        },
        count=cases,
    )
    age = f"CASE WHEN {OPEN} THEN (k - 1) * 30 + (n * 7) % 30 ELSE 400 + k * 30 + (n * 7) % 1300 END"
    write.fill(
        connection,
        Visit,
        {
            "id": write.ident("VISI", "n * 13 + k"),
            "schedule_id": write.ident("VSCH"),
            "case_id": write.ident("CASE"),
            "local_date": write.day_ago(age),
            "starts_at": write.ago(age),
            "worker_id": write.ident("WORK", f"n % {WORKERS}"),
            "team": _team_of(write),
            "status": f"CASE WHEN {OPEN} AND k = 0 THEN 'planned' ELSE"
            f" {write.pick(('done', 'done', 'done', 'missed', 'done', 'planned', 'done'), 'n + k')} END",
        },
        count=cases,
        each=13,
        where=f"{OPEN} OR k < 3",
    )


def _scores(write: Writer, connection: Connection, cases: int) -> None:
    write.fill(
        connection,
        Score,
        {
            "id": write.ident("SCOR"),
            "case_id": write.ident("CASE"),
            "client_id": write.ident("CLNT"),
            "name": "'vulnerability'",
            "title": "'Vulnerability'",
            "points": "(n * 19) % 60",
            "band": write.pick(("low", "medium", "low", "high"), "n * 3"),
            "provisional": f"(n % 11 = 0){'' if write.sqlite else '::boolean'}",
            "explanation": "'Synthetic: the answers to the questions of the assessment give these points.'",
            "calculated_at": write.ago(
                f"CASE WHEN {OPEN} THEN (n * 37) % 700 ELSE 100 + (n * 37) % 1700 END"
            ),
        },
        count=cases,
    )


def _messages(write: Writer, connection: Connection, cases: int) -> None:
    write.fill(
        connection,
        Message,
        {
            "id": write.ident("MESS", "n * 3 + k"),
            "channel": write.pick(("email", "sms"), "n + k"),
            "case_id": write.ident("CASE"),
            "client_id": write.ident("CLNT"),
            "address": "'client@example.org'",
            "recipient_role": "'client'",
            "language": "'en'",
            "template": "'appointment'",
            "body": f"'{'Synthetic words of a message that says when and where and never why. ' * 4}'",
            "status": "CASE WHEN (n * 3 + k) % 50 = 0 THEN"
            f" {write.pick(('undelivered', 'failed', 'blocked'), 'n')} ELSE 'delivered' END",
            "dedupe_key": write.ident("MKEY", "n * 3 + k"),
            "created_at": write.ago("(n * 37 + k) % 1800"),
        },
        count=cases,
        each=3,
    )


def count_of(store: Store, table: type[Any]) -> int:
    """How many rows a table has."""
    with store.read() as session:
        return _count(session, table)


def _count(session: Session, table: type[Any]) -> int:
    from sqlalchemy import func

    return int(session.execute(select(func.count()).select_from(table)).scalar_one())
