"""The due date of a task is moved, with everything that counts from it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from desk_world import GROUP, Desk, open_desk
from step_bench import catalogue

from definitions import check, parse
from definitions.plan import Plan
from definitions.time.calendars import WorkingCalendar
from flows.inbox import InboxError, TaskEndedError, cancel_task, complete
from flows.inbox.task.due_dates import move_due
from models import ChronologyEntry, DefinitionVersion, Timer, TimerPurpose

STEP = """
- id: visit
  title: Visit the client
  do: assign_task
  to: caseworker
  due: 5 working days
  remind: [1 working day before due]
  escalate:
    - overdue: 1 working day
      to: supervisor
  not_accepted:
    - after: 4 hours
      to: supervisor
"""
FRIDAY = datetime(2026, 3, 20, 21, 0, tzinfo=UTC)
"""17:00 at the office, where the clocks were put forward on the 8th."""


@pytest.fixture
def desk() -> Iterator[Desk]:
    with open_desk(STEP) as opened:
        yield opened


def plan_of(version: DefinitionVersion) -> Plan:
    checked = check(parse(version.source.encode(), version.file_name), catalogue())
    assert checked.plan is not None
    return checked.plan


def usual() -> WorkingCalendar:
    return catalogue().vocabulary.calendar(None)


def move(desk: Desk, due_at: datetime, reason: str = "In hospital") -> None:
    move_due(
        desk.store, plan_of, desk.task_id, due_at, by=desk.lead, now=desk.now, reason=reason, usual=usual()
    )


def hanging(desk: Desk) -> dict[TimerPurpose, str]:
    """The wall times of what is to come, by purpose."""
    open_ones = [each for each in desk.rows(Timer) if each.withdrawn_at is None and not each.fired_at]
    return {each.purpose: (each.wall or "").removesuffix(" America/New_York") for each in open_ones}


def test_what_counts_from_the_due_date_counts_from_the_new_one(desk: Desk) -> None:
    ladder = hanging(desk)[TimerPurpose.NOT_ACCEPTED]
    move(desk, FRIDAY)
    assert (desk.task.due_at, desk.task.due_wall) == (FRIDAY, "2026-03-20 17:00 America/New_York")
    assert hanging(desk) == {
        TimerPurpose.DUE: "2026-03-20 17:00",
        TimerPurpose.REMIND: "2026-03-19 17:00",
        TimerPurpose.ESCALATE: "2026-03-23 17:00",  # over a weekend
        TimerPurpose.NOT_ACCEPTED: ladder,
    }


def test_it_can_be_moved_again_and_the_same_date_changes_nothing(desk: Desk) -> None:
    move(desk, FRIDAY)
    move(desk, FRIDAY, "Once more")
    move(desk, FRIDAY + timedelta(days=3))
    assert hanging(desk)[TimerPurpose.DUE] == "2026-03-23 17:00"
    assert desk.actions().count("due_moved") == 2
    entries: list[ChronologyEntry] = desk.rows(ChronologyEntry)
    first = next(each for each in entries if each.title.startswith("Due date moved"))
    assert first.detail == "Now 2026-03-20 17:00 America/New_York. In hospital"


def test_a_reminder_that_would_lie_in_the_past_is_left_out(desk: Desk) -> None:
    move(desk, desk.now + timedelta(hours=3))
    assert TimerPurpose.REMIND not in hanging(desk)


def test_what_was_overdue_is_not_any_more_and_tells_again(desk: Desk) -> None:
    with desk.store.write() as session:
        for timer in desk.rows(Timer):
            row = session.get_one(Timer, timer.id)
            row.fired_at = row.handled_at = row.due_at
    desk.now += timedelta(days=14)
    move(desk, desk.now + timedelta(days=1))
    assert {TimerPurpose.DUE, TimerPurpose.ESCALATE} <= hanging(desk).keys()


@pytest.mark.parametrize(
    ("by", "reason", "words"),
    [
        (timedelta(0), "In hospital", "lies in the past"),
        (timedelta(days=900), "In hospital", "two years"),
        (timedelta(days=1), " ", "say why"),
    ],
)
def test_what_can_t_be_meant_is_refused(desk: Desk, by: timedelta, reason: str, words: str) -> None:
    before = desk.task.due_at
    with pytest.raises(InboxError, match=words):
        move(desk, desk.now + by, reason)
    assert desk.task.due_at == before


def test_a_task_that_has_ended_has_no_due_date_to_move(desk: Desk) -> None:
    complete(desk.store, desk.task_id, {}, by=desk.worker, now=desk.now)
    with pytest.raises(TaskEndedError):
        move(desk, FRIDAY)


def test_a_task_without_a_due_date_gets_one() -> None:
    with open_desk(GROUP) as desk:
        move(desk, FRIDAY, "Soon")
        assert desk.task.due_at == FRIDAY
        assert hanging(desk) == {TimerPurpose.DUE: "2026-03-20 17:00"}
        cancel_task(desk.store, desk.task_id, "Not needed", by=desk.lead, now=desk.now)
        assert hanging(desk) == {}
