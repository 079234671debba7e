"""What each figure of the board counts, and that it opens exactly those cases."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from board_world import NOW, Office, open_office, version
from sqlalchemy import event

from models import (
    CaseStatus,
    Channel,
    Conflict,
    MessageStatus,
    ReferralStatus,
    RiskLevel,
    StepStatus,
    TaskKind,
    TaskStatus,
    VisitStatus,
    WaitsFor,
)
from web.access import scope
from web.access.actor import Actor
from web.reading.board import bands, caseload, due, incidents, messages, referrals, visits, waiting
from web.reading.board.narrowed import Narrowed
from web.reading.board.opening import FIGURES, Opened
from web.reading.board.whole import board, choices


@pytest.fixture
def office() -> Iterator[Office]:
    with open_office() as opened:
        yield opened


@pytest.fixture
def lea(office: Office) -> Actor:
    return office.leader("intake")


def plan_of(_version: object) -> Any:
    """A plan of which only titles and due dates are asked."""
    step = SimpleNamespace(title="Findings", due=None)
    return SimpleNamespace(title="Intake", by_id={"findings": step})


def test_caseload_weighs_by_risk_and_tells_the_not_assessed_apart(office: Office, lea: Actor) -> None:
    office.case("one", risk_level=RiskLevel.CRITICAL)
    office.case("two", risk_level=RiskLevel.LOW)
    office.case("three")
    office.case("ben's", worker="ben", risk_level=RiskLevel.HIGH)
    office.case("nobody's", worker=None, status=CaseStatus.PENDING)
    office.case("closed", status=CaseStatus.CLOSED, closed_at=NOW)
    with office.store.read() as session:
        found = caseload.read(session, office.mine(lea))
    assert [(each.name, each.cases, each.weight) for each in found.rows] == [
        ("Ana", 3, 5 + 1 + 2),
        ("Ben", 1, 3),
        ("nobody yet", 1, 2),
    ]
    assert found.by_risk == {"critical": 1, "high": 1, "medium": 0, "low": 1, "not assessed": 2}
    ana = office.staff["ana"]
    assert office.opened(lea, "cases", ana) == ["one", "three", "two"]
    assert office.opened(lea, "cases", f"{ana}/{caseload.NOT_ASSESSED}") == ["three"]
    assert office.opened(lea, "cases", caseload.NOBODY) == ["nobody's"]
    assert office.opened(lea, "cases", "/critical") == ["one"]


def test_tasks_are_overdue_or_about_to_be_with_whoever_has_them(office: Office, lea: Actor) -> None:
    for name, hours, who in (
        ("late", -1, "ana"),
        ("soon", 5, "ana"),
        ("week", 30, "ben"),
        ("queue", -3, None),
        ("far", 200, "ana"),
    ):
        office.case(name)
        office.task(name, hours, who)
    office.case("done")
    office.task("done", -9, status=TaskStatus.COMPLETED)
    with office.store.read() as session:
        found = due.read(session, office.mine(lea))
    assert [(each.name, each.overdue, each.soon, each.week) for each in found.rows] == [
        ("Ana", 1, 1, 0),
        ("nobody yet", 1, 0, 0),
        ("Ben", 0, 0, 1),
    ]
    assert office.opened(lea, "due", "overdue") == ["late", "queue"]
    assert office.opened(lea, "due", f"overdue/{due.QUEUE}") == ["queue"]
    assert office.opened(lea, "due", f"soon/{office.staff['ana']}") == ["soon"]
    assert office.opened(lea, "due", "week") == ["week"]


def test_a_step_has_the_median_and_the_ninetieth_percentile_of_what_waits_there(
    office: Office, lea: Actor
) -> None:
    published = version()
    office.add(published)
    for hours in range(1, 11):
        office.case(f"c{hours:02}")
        run = office.run(f"c{hours:02}", published, hours=hours)
        if hours in (3, 4):
            office.task(f"c{hours:02}", -1 if hours == 3 else 9, step_run_id=run.id)
    office.case("passed")
    office.run("passed", published, status=StepStatus.COMPLETED, waits_for=None)
    office.case("around")
    office.run("around", published, waits_for=WaitsFor.ITERATIONS)
    with office.store.read() as session:
        (found,) = waiting.read(session, office.mine(lea), plan_of)
    hour = timedelta(hours=1)
    assert (found.title, found.waits_for, found.count) == ("Findings", "people", 10)
    assert (found.half, found.tenth, found.late) == (5 * hour, 9 * hour, 1)
    assert office.opened(lea, "waiting", found.key) == [f"c{hours:02}" for hours in range(1, 11)]
    assert office.opened(lea, "waiting", f"{found.key}/{waiting.LATE}") == ["c03"]


def test_referrals_by_state_and_those_that_nobody_answered(office: Office, lea: Actor) -> None:
    for name in ("asked", "late", "declined", "long ago"):
        office.case(name)
    office.referral("asked", ReferralStatus.REQUESTED, respond_by=NOW + timedelta(days=1))
    office.referral("late", ReferralStatus.REQUESTED, respond_by=NOW - timedelta(days=1))
    office.referral("declined", ReferralStatus.REJECTED, ended_at=NOW - timedelta(days=3))
    office.referral("long ago", ReferralStatus.COMPLETED, ended_at=NOW - timedelta(days=300))
    with office.store.read() as session:
        found = referrals.read(session, office.mine(lea))
    assert [(each.words, each.count) for each in found.rows] == [("asked", 2), ("declined", 1)]
    assert found.unanswered == 1
    assert office.opened(lea, "referrals", "requested") == ["asked", "late"]
    assert office.opened(lea, "referrals", referrals.UNANSWERED) == ["late"]
    assert office.opened(lea, "referrals", "completed", days=364) == ["long ago"]


def test_a_visit_that_nobody_recorded_is_not_missed(office: Office, lea: Actor) -> None:
    for name, status, days in (
        ("kept", VisitStatus.DONE, 3),
        ("missed", VisitStatus.MISSED, 10),
        ("unsaid", VisitStatus.PLANNED, 2),
        ("off", VisitStatus.PLANNED, -2),
        ("old", VisitStatus.MISSED, 100),
    ):
        office.case(name)
        office.visit(name, status, days)
    with office.store.read() as session:
        found = visits.read(session, office.mine(lea))
    assert {state: found.of(state) for state in visits.STATES} == {
        "kept": 1,
        "missed": 1,
        "not recorded": 1,
        "called off": 0,
    }
    assert found.kept == 50
    (missed,) = (span for span, count in zip(found.spans, found.counts["missed"], strict=True) if count)
    assert office.opened(lea, "visits", f"missed/{missed.key}") == ["missed"]
    assert office.opened(lea, "visits", "missed") == ["missed"]
    assert office.opened(lea, "visits", "not recorded") == ["unsaid"]
    assert office.opened(lea, "visits", "missed", days=364) == ["missed", "old"]


def test_bands_are_counted_by_week_with_the_lowest_first(office: Office, lea: Actor) -> None:
    for name in ("a", "b", "c"):
        office.case(name)
    office.score("a", "high", 50)
    office.score("b", "low", 3, NOW - timedelta(days=20), provisional=True)
    office.score("c", "low", 5, NOW - timedelta(days=500))
    with office.store.read() as session:
        (found,) = bands.read(session, office.mine(lea, days=28))
    assert (list(found.counts), found.total, found.provisional) == (["low", "high"], 2, 1)
    assert len(found.spans) == 4
    assert found.spans[-1].end == date(2026, 3, 3)
    assert found.counts["high"][-1] == 1
    assert office.opened(lea, "bands", "vulnerability/low/", days=28) == ["b"]
    key = f"vulnerability/high/{found.spans[-1].key}"
    assert office.opened(lea, "bands", key, days=28) == ["a"]


def test_incidents_and_messages_that_did_not_arrive(office: Office, lea: Actor) -> None:
    published = version()
    office.add(published)
    for name in ("stuck", "mended", "lost", "held back"):
        office.case(name)
    run = office.run("stuck", published)
    office.task("stuck", 1, kind=TaskKind.INCIDENT, instance_id=run.instance_id)
    run = office.run("mended", published)
    office.task("mended", 1, kind=TaskKind.INCIDENT, instance_id=run.instance_id, status=TaskStatus.COMPLETED)
    office.message("lost", MessageStatus.UNDELIVERED)
    office.message("held back", MessageStatus.BLOCKED, Channel.EMAIL)
    office.message("mended", MessageStatus.DELIVERED)
    with office.store.read() as session:
        stopped = incidents.read(session, office.mine(lea))
        lost = messages.read(session, office.mine(lea))
    assert [(each.title, each.count) for each in stopped] == [("Intake", 1)]
    assert [(each.status, each.channel, each.count) for each in lost] == [
        ("undelivered", "sms", 1),
        ("blocked", "email", 1),
    ]
    assert office.opened(lea, "incidents") == office.opened(lea, "incidents", "intake") == ["stuck"]
    assert office.opened(lea, "messages", "undelivered/sms") == ["lost"]
    assert office.opened(lea, "messages") == ["held back", "lost"]


@pytest.mark.sqlite("a small table is read as a whole by PostgreSQL, whatever its indexes")
@pytest.mark.parametrize("teams", [1, scope.WIDE + 1])
def test_messages_that_were_lost_before_the_time_looked_back_over_are_not_read(
    office: Office, teams: int
) -> None:
    leader, said = office.leader(*(f"team {at}" for at in range(teams))), list[Any]()
    event.listen(office.store.engine, "before_cursor_execute", lambda *told: said.append(told[2:4]))
    with office.store.read() as session:
        messages.read(session, office.mine(leader))
        statement, values = said[-1]
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        looks = {row[-1] for row in plan if row[-1].startswith("SEARCH messages")}
    assert looks == {"SEARCH messages USING COVERING INDEX ix_messages_lost (status=? AND created_at>?)"}


def test_only_what_one_answers_for_counts_and_is_opened(office: Office, lea: Actor) -> None:
    office.case("mine")
    office.case("another team", team="referral")
    office.case("sealed", sealed=True)
    office.case("cousin")
    office.add(
        Conflict(
            staff_id=lea.staff_id, client_id=office.client_of("cousin"), reason="cousin", declared_at=NOW
        )
    )
    with office.store.read() as session:
        assert caseload.read(session, office.mine(lea)).cases == 1
    assert office.opened(lea, "cases") == ["mine"]
    worker = Actor("a", office.staff["ana"], "Ana", frozenset(), frozenset({"intake"}), frozenset())
    assert office.opened(worker, "cases") == []


def test_it_is_narrowed_to_a_team_a_worker_and_a_process(office: Office) -> None:
    head = office.leader("intake", "referral")
    published = version("crisis", "Crisis")
    office.add(published)
    office.case("a")
    office.case("b", worker="ben")
    office.case("c", team="referral")
    office.run("b", published)
    assert office.opened(head, "cases") == ["a", "b", "c"]
    assert office.opened(head, "cases", team="referral") == ["c"]
    assert office.opened(head, "cases", worker=office.staff["ben"]) == ["b"]
    assert office.opened(head, "cases", process="crisis") == ["b"]


@pytest.mark.parametrize("narrowed", [{"team": "intake"}, {"worker": "ana"}])
def test_who_leads_many_teams_sees_of_one_what_its_leader_does(
    office: Office, lea: Actor, narrowed: dict[str, str]
) -> None:
    head = office.leader("intake", *(f"team {at}" for at in range(scope.WIDE)), name="head")
    assert scope.sees_widely(head)
    published = version()
    office.add(published)
    office.case("elsewhere", team="team 1", worker="ben", risk_level=RiskLevel.HIGH)
    office.case("here", risk_level=RiskLevel.LOW)
    office.case("ended", status=CaseStatus.CLOSED, closed_at=NOW - timedelta(days=9))
    office.case("long ago", status=CaseStatus.CLOSED, closed_at=NOW - timedelta(days=200))
    for name in ("elsewhere", "here", "ended", "long ago"):
        run = office.run(name, published)
        office.task(name, -1, kind=TaskKind.INCIDENT, instance_id=run.instance_id, step_run_id=run.id)
        office.referral(name, ReferralStatus.REQUESTED, respond_by=NOW - timedelta(days=1))
        office.visit(name, VisitStatus.DONE, days_ago=3)
        office.score(name, "high", 60, at=NOW - timedelta(days=5))
        office.message(name, MessageStatus.UNDELIVERED)
    if "worker" in narrowed:
        narrowed = {"worker": office.staff["ana"]}
    wide, near = office.mine(head, **narrowed), office.mine(lea, **narrowed)
    with office.store.read() as session:
        seen, wanted = (replace(board(session, each, plan_of), narrowed=Narrowed()) for each in (wide, near))
        everything = choices(session, wide)
        waits = waiting.read(session, office.mine(head), plan_of)
    assert seen == wanted
    assert seen.caseload.cases == 1
    assert [each.count for each in seen.referrals.rows] == [2]
    assert [(each.count, each.late) for each in seen.waiting] == [(1, 1)]
    assert [(each.count, each.late) for each in waits] == [(2, 2)]
    assert everything.teams == ("intake", "team 1")


@pytest.mark.parametrize(
    ("figure", "key"),
    [
        ("nothing", ""),
        ("due", "never"),
        ("referrals", "x"),
        ("bands", "one"),
        ("messages", "x/y"),
        ("waiting", "x"),
        ("cases", "/huge"),
        ("visits", "kept/someday"),
    ],
)
def test_an_address_that_no_figure_gave_opens_nothing(
    office: Office, lea: Actor, figure: str, key: str
) -> None:
    office.case("a")
    office.visit("a", VisitStatus.DONE, 3)
    if figure in FIGURES and Opened.read({"figure": figure, "key": key}) is not None:
        assert office.opened(lea, figure, key) == []
    else:
        assert Opened.read({"figure": figure, "key": key}) is None
