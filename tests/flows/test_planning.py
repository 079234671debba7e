"""Plans: SMART or refused, agreed by both, and what waits for them is asked again."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from desk_world import Desk, open_desk
from sqlmodel import select

from flows.inbox import (
    NotAllowedError,
    PlanError,
    PlannedGoal,
    PlannedHelp,
    change_help,
    record_plan,
    review_plan,
)
from models import (
    ChronologyEntry,
    Goal,
    Instance,
    Intervention,
    InterventionStatus,
    Plan,
    PlanStatus,
    StepRun,
    StepStatus,
    WaitsFor,
    WakeKind,
)

GOAL = PlannedGoal(
    specific="A lease of her own",
    indicator="Lease signed",
    target="One lease",
    need="homelessness",
    due_on=date(2026, 6, 1),
)


@pytest.fixture
def desk() -> Iterator[Desk]:
    with open_desk() as made:
        yield made


def plan(
    desk: Desk, *goals: PlannedGoal, agreed_by: tuple[str, ...] = ("client", "worker"), **more: object
) -> Plan:
    return record_plan(
        desk.store,
        desk.case_id,
        goals or (GOAL,),
        agreed_by=agreed_by,
        **{"by": desk.worker, "now": desk.now, **more},
    )


def watch(desk: Desk) -> None:
    with desk.store.write() as session:
        instance = session.exec(select(Instance)).one()
        session.add(
            StepRun(
                instance_id=instance.id,
                step="active",
                status=StepStatus.WAITING,
                waits_for=WaitsFor.CONDITION,
                started_at=desk.now,
            )
        )


def test_a_plan_that_both_agree_on_is_agreed_and_wakes_what_waits_for_it(desk: Desk) -> None:
    watch(desk)
    agreed = plan(desk, zone="Pacific/Auckland")
    assert (agreed.status, agreed.agreed_on, agreed.written_by) == (
        PlanStatus.AGREED,
        date(2026, 3, 3),
        desk.worker,
    )
    assert desk.wakes() == [(WakeKind.RECORD, None)]
    assert desk.rows(ChronologyEntry)[-1].kind == "plan_agreed"


def test_a_review_that_leaves_the_day_of_the_next_keeps_what_was_said_once(desk: Desk) -> None:
    day = date(2026, 6, 1)
    made = plan(desk, review_on=day)
    watch(desk)
    doing: dict[str, Any] = {"by": desk.worker, "now": desk.now, "zone": ZoneInfo("America/New_York")}
    for said in ("All well", "All well", "The heating is off"):
        review_plan(desk.store, made.id, day, said, **doing)
    told = [each.detail for each in desk.rows(ChronologyEntry) if each.kind == "plan_reviewed"]
    assert told == ["All well", "The heating is off"]
    assert len(desk.wakes()) == 2


def test_each_change_of_a_help_wakes_what_waits_also_one_to_where_it_was(desk: Desk) -> None:
    plan(desk, replace(GOAL, help=(PlannedHelp("Rides to the office"),)))
    (given,) = desk.rows(Intervention)
    watch(desk)
    begun, stopped = InterventionStatus.IN_PROGRESS, InterventionStatus.CANCELLED
    for status in (begun, stopped, begun):
        change_help(
            desk.store, given.id, status, by=desk.worker, now=desk.now, zone=ZoneInfo("America/New_York")
        )
    assert len(desk.wakes()) == 3


def test_a_plan_that_one_side_agrees_on_is_proposed(desk: Desk) -> None:
    proposed = plan(desk, agreed_by=("worker",))
    assert (proposed.status, proposed.agreed_on) == (PlanStatus.PROPOSED, None)


def test_the_same_plan_a_second_time_is_the_first(desk: Desk) -> None:
    assert plan(desk).id == plan(desk, now=desk.now + timedelta(minutes=1)).id
    assert len(desk.rows(Goal)) == 1


def test_another_plan_replaces_the_agreed_one(desk: Desk) -> None:
    first = plan(desk)
    second = plan(desk, GOAL, replace(GOAL, specific="A doctor", need="stress"))
    rows = {row.id: row for row in desk.rows(Plan)}
    assert (rows[first.id].status, rows[first.id].replaced_by_id) == (PlanStatus.REPLACED, second.id)
    assert rows[second.id].status is PlanStatus.AGREED


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"specific": " "}, "goal 1: `specific` is empty"),
        ({"indicator": ""}, "goal 1: `indicator` is empty"),
        ({"target": ""}, "goal 1: `target` is empty"),
        ({"need": ""}, "goal 1: `need` is empty"),
        ({"due_on": date(2026, 3, 2)}, "goal 1: `due_on` lies in the past"),
        ({"target": "a\x00b"}, "goal 1: `target`: the text holds"),
    ],
)
def test_a_goal_that_is_not_smart_is_refused(desk: Desk, change: dict[str, object], message: str) -> None:
    with pytest.raises(PlanError, match=message):
        plan(desk, replace(GOAL, **change))
    assert desk.rows(Plan) == []


def test_every_fault_is_told_at_once(desk: Desk) -> None:
    with pytest.raises(PlanError) as refused:
        plan(desk, replace(GOAL, target=""), replace(GOAL, need=""), agreed_by=("neighbour",))
    assert str(refused.value).count(";") >= 2


def test_a_plan_needs_a_goal_a_case_and_a_member_of_the_staff(desk: Desk) -> None:
    with pytest.raises(PlanError, match="at least one goal"):
        record_plan(desk.store, desk.case_id, [], agreed_by=(), by=None, now=desk.now)
    with pytest.raises(PlanError, match="no case"):
        record_plan(desk.store, "nowhere", [GOAL], agreed_by=(), by=None, now=desk.now)
    with pytest.raises(NotAllowedError):
        plan(desk, by="nobody")
