"""Who is away and who covers; who is on duty."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from desk_world import Desk, open_desk
from step_bench import MONDAY, Bench, open_bench

from definitions.arguments import Recipient
from definitions.vocabulary import Rota
from flows.inbox import InboxError, NotAllowedError, end_absence, plan_absence, put_on_duty, take_off_duty
from models import AuditEvent, DutyShift, Staff
from tasks.people.holders import Chosen, resolve

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ROTAS = {"duty_manager": Rota("Duty manager", "duty_managers", ())}


@pytest.fixture
def desk() -> Iterator[Desk]:
    with open_desk(ann="intake_team", dora="duty_managers", dan="duty_managers") as opened:
        yield opened


def away(desk: Desk, who: str, cover: str | None, starts: timedelta, ends: timedelta | None) -> Staff:
    return plan_absence(
        desk.store,
        who,
        starts=MONDAY + starts,
        ends=None if ends is None else MONDAY + ends,
        cover=cover,
        by=desk.lead,
        now=MONDAY,
    )


def test_an_absence_begins_and_ends_by_itself(desk: Desk) -> None:
    planned = away(desk, desk.worker, desk.others["ann"], DAY, 3 * DAY)
    here = [planned.is_available(MONDAY + each * DAY) for each in (0, 1, 2, 3)]
    assert here == [True, False, False, True]
    assert planned.cover_id == desk.others["ann"]


def test_planned_twice_it_is_written_down_once(desk: Desk) -> None:
    for _ in range(2):
        away(desk, desk.worker, None, DAY, None)
    assert [each.record for each in desk.rows(AuditEvent) if each.action == "update"] == ["Staff"]
    for _ in range(2):
        back = end_absence(desk.store, desk.worker, by=desk.worker, now=MONDAY)
    assert back.absent_from is None
    assert len([each for each in desk.rows(AuditEvent) if each.record == "Staff"]) == 2


def test_nobody_covers_who_is_away_in_that_time(desk: Desk) -> None:
    away(desk, desk.others["ann"], None, 2 * DAY, 4 * DAY)
    with pytest.raises(InboxError, match="away in that time"):
        away(desk, desk.worker, desk.others["ann"], DAY, 3 * DAY)
    assert away(desk, desk.worker, desk.others["ann"], 4 * DAY, 5 * DAY).cover_id == desk.others["ann"]
    with pytest.raises(InboxError, match="somebody else covers"):
        away(desk, desk.worker, desk.worker, DAY, 3 * DAY)
    with pytest.raises(InboxError, match="ended already"):
        away(desk, desk.worker, None, -3 * DAY, -2 * DAY)


def on(desk: Desk, who: str, starts: timedelta, ends: timedelta) -> DutyShift:
    return put_on_duty(
        desk.store,
        ROTAS,
        "duty_manager",
        desk.others.get(who, who),
        starts=MONDAY + starts,
        ends=MONDAY + ends,
        by=desk.lead,
        now=MONDAY,
    )


def test_the_same_duty_twice_is_one_and_an_overlap_is_refused(desk: Desk) -> None:
    assert on(desk, "dora", HOUR, DAY).id == on(desk, "dora", HOUR, DAY).id
    with pytest.raises(InboxError, match="already"):
        on(desk, "dora", 2 * HOUR, 2 * DAY)
    on(desk, "dan", 2 * HOUR, 2 * DAY)
    with pytest.raises(NotAllowedError, match="of the rota's group"):
        on(desk, "ann", HOUR, DAY)
    with pytest.raises(InboxError, match="ends after it begins"):
        on(desk, "dora", -2 * DAY, -DAY)
    with pytest.raises(InboxError, match="no such rota"):
        put_on_duty(
            desk.store, ROTAS, "cook", desk.lead, starts=MONDAY, ends=MONDAY + HOUR, by=desk.lead, now=MONDAY
        )


def test_a_duty_that_has_begun_ends_and_another_one_does_not_take_place(desk: Desk) -> None:
    begun, later = on(desk, "dora", -HOUR, HOUR), on(desk, "dan", HOUR, DAY)
    for each in (begun, later, later):
        take_off_duty(desk.store, each.id, by=desk.lead, now=MONDAY)
    assert [(each.id, each.ends_at) for each in desk.rows(DutyShift)] == [(begun.id, MONDAY)]


@pytest.fixture
def bench() -> Iterator[Bench]:
    with open_bench() as made:
        yield made


STEP = """
- id: call
  title: Call
  do: assign_task
  to: duty_manager
"""


def call_of(bench: Bench, *shifts: tuple[Staff, timedelta, timedelta]) -> Chosen:
    bench.start(STEP, client=bench.client().id, received_at=MONDAY)
    for staff, starts, ends in shifts:
        bench.session.add(
            DutyShift(
                rota="duty_manager",
                staff_id=staff.id,
                starts_at=MONDAY + starts,
                ends_at=MONDAY + ends,
                made_at=MONDAY,
                made_by="test",
            )
        )
    bench.session.flush()
    return resolve(bench.call("call"), Recipient.read("duty_manager"))


def test_a_rota_is_whoever_is_on_duty_with_the_group_behind_them(bench: Bench) -> None:
    dora, dan = bench.staff("Dora", "duty_managers"), bench.staff("Dan", "duty_managers")
    chosen = call_of(bench, (dora, -DAY, -HOUR), (dan, -HOUR, HOUR), (dora, HOUR, DAY))
    assert chosen == Chosen(dan.id, "duty_managers", "duty_manager")
    assert chosen.marks == (dan.id, "group:duty_managers")


def test_who_is_on_duty_and_away_or_of_another_group_by_now_is_passed_over(bench: Bench) -> None:
    gone = bench.staff("Gone", "duty_managers", absent_from=MONDAY - DAY)
    moved, dan = bench.staff("Moved", "intake_team"), bench.staff("Dan", "duty_managers")
    everybody = [(each, -HOUR, HOUR) for each in (dan, gone, moved)]
    assert call_of(bench, *everybody).staff_id == dan.id


def test_where_nobody_is_on_duty_the_whole_group_is_asked(bench: Bench) -> None:
    dora = bench.staff("Dora", "duty_managers")
    assert call_of(bench, (dora, HOUR, DAY)) == Chosen(None, "duty_managers", "duty_manager")
