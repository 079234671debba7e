from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from casework_bench import OFFICE, fire, give_case, header, publish, timers
from sqlmodel import select
from step_bench import Bench, faults

from models import (
    AuditEvent,
    Case,
    CaseStatus,
    ChronologyEntry,
    TimerPurpose,
    Visit,
    VisitSchedule,
    VisitStatus,
)
from tasks.records.case_status import enter_status
from tasks.schedules.visit_closing import resolve_open_visits

INPUTS = header(client="Client")
VISITS = """
- id: visits
  title: Schedule follow-up visit
  do: schedule_visits
  to: caseworker
  every: month
  day: last_day
  starts: welfare-check
  ends: never
"""


def start(bench: Bench, steps: str = VISITS, *, published: bool = True, **fields: Any) -> Case:
    client = bench.client()
    worker = bench.staff("Will")
    bench.start(steps, header=INPUTS, client=client.id)
    if published:
        publish(bench, "welfare-check")
    given = {"status": CaseStatus.ACTIVE, "activated_on": bench.now.date(), "worker_id": worker.id, **fields}
    return give_case(bench, client, **given)


def visits(bench: Bench) -> list[tuple[str, str]]:
    found = sorted(bench.all(Visit), key=lambda each: each.local_date)
    return [(str(each.local_date), each.status.value) for each in found]


def day_passes(bench: Bench) -> list[tuple[str, Mapping[str, Any], str]]:
    """The day of the next visit comes; returns what was started."""
    started: list[tuple[str, Mapping[str, Any], str]] = []
    (timer,) = timers(bench, TimerPurpose.VISIT)
    fire(bench, timer, lambda *what: started.append(what))
    return started


def test_the_first_visit_has_a_date_a_worker_and_a_working_hour(bench: Bench) -> None:
    case = start(bench)
    bench.run("visits")
    (schedule,), (visit,) = bench.all(VisitSchedule), bench.all(Visit)
    assert (schedule.case_id, schedule.frequency, schedule.day_rule) == (case.id, "month", "last_day")
    assert visit.local_date == date(2026, 3, 31) == bench.read("visits", "next_date")
    assert visit.starts_at.astimezone(ZoneInfo(OFFICE)).isoformat() == "2026-03-31T10:00:00-04:00"
    assert (visit.worker_id, visit.status) == (case.worker_id, VisitStatus.PLANNED)
    assert bench.read("visits", "first_visit", "status") == "planned"
    assert [each.title for each in bench.all(ChronologyEntry)] == [
        "Visits every month, the first on 2026-03-31"
    ]


def test_without_a_worker_the_visit_waits_in_the_team_s_queue(bench: Bench) -> None:
    start(bench, worker_id=None)
    bench.run("visits")
    (visit,) = bench.all(Visit)
    assert (visit.worker_id, visit.team) == (None, "intake_team")
    assert "intake_team" in bench.all(ChronologyEntry)[0].detail


def test_the_time_of_the_visits_can_be_said(bench: Bench) -> None:
    start(bench, VISITS + '  time: "14:30"\n')
    bench.run("visits")
    local = bench.all(Visit)[0].starts_at.astimezone(ZoneInfo(OFFICE))
    assert f"{local:%H:%M}" == "14:30"


def test_on_its_day_a_visit_starts_its_process_once_and_the_next_is_planned(bench: Bench) -> None:
    start(bench)
    bench.run("visits")
    (first,) = bench.all(Visit)
    (timer,) = timers(bench, TimerPurpose.VISIT)
    assert timer.due_at.astimezone(ZoneInfo(OFFICE)).isoformat() == "2026-03-31T09:00:00-04:00"
    assert day_passes(bench) == [("welfare-check", {"visit": first.id}, f"visit:{first.id}")]
    assert visits(bench) == [("2026-03-31", "planned"), ("2026-04-30", "planned")]
    assert first.instance_id == bench.instance.id
    fire(bench, timer)
    assert len(visits(bench)) == 2
    assert len(timers(bench, TimerPurpose.VISIT)) == 1


def test_visits_keep_their_wall_time_over_short_months_and_changes_of_the_clocks(bench: Bench) -> None:
    bench.now = datetime(2026, 9, 15, 15, tzinfo=UTC)
    start(bench)
    bench.run("visits")
    for _ in range(5):
        day_passes(bench)
    rows = sorted(bench.all(Visit), key=lambda each: each.local_date)
    days = ["2026-09-30", "2026-10-31", "2026-11-30", "2026-12-31", "2027-01-31", "2027-02-28"]
    assert [str(each.local_date) for each in rows] == days
    local = [each.starts_at.astimezone(ZoneInfo(OFFICE)) for each in rows]
    assert {f"{each:%H:%M}" for each in local} == {"10:00"}
    assert len({each.starts_at.time() for each in rows}) == 2


@pytest.mark.parametrize(
    ("keys", "days"),
    [
        ("every: week\n  day: friday", ["2026-03-06", "2026-03-13"]),
        ("every: 2 weeks\n  day: friday", ["2026-03-06", "2026-03-20"]),
        ("every: month\n  day: 15", ["2026-03-15", "2026-04-15"]),
        ("every: 3 months\n  day: 5", ["2026-03-05", "2026-06-05"]),
        ("every: month\n  day: last_working_day", ["2026-03-31", "2026-04-30"]),
        ("every: 12 months\n  day: 3", ["2026-03-03", "2027-03-03"]),
    ],
)
def test_visits_come_as_often_as_the_definition_says(bench: Bench, keys: str, days: list[str]) -> None:
    start(bench, VISITS.replace("every: month\n  day: last_day", keys))
    bench.run("visits")
    day_passes(bench)
    assert [day for day, _ in visits(bench)] == days


def test_a_day_that_a_short_month_lacks_follows_the_rule(bench: Bench) -> None:
    bench.now = datetime(2027, 2, 1, 15, tzinfo=UTC)
    start(bench, VISITS.replace("day: last_day", "day: 31\n  month_end_rule: next_day"))
    bench.run("visits")
    assert visits(bench) == [("2027-03-01", "planned")]


def test_while_the_case_is_on_hold_a_visit_is_exempted_with_the_reason(bench: Bench) -> None:
    case = start(bench)
    bench.run("visits")
    case.status = CaseStatus.ON_HOLD
    assert day_passes(bench) == []
    assert visits(bench) == [("2026-03-31", "exempted"), ("2026-04-30", "planned")]
    exempted = next(each for each in bench.all(Visit) if each.status is VisitStatus.EXEMPTED)
    assert (exempted.reason, exempted.approved_by) == ("the case is on hold", "system:try-it")


def test_closing_the_case_resolves_its_visits_and_none_is_begun_after_it(bench: Bench) -> None:
    case = start(bench)
    bench.run("visits")
    enter_status(bench.call("visits"), case, CaseStatus.CLOSED, "The client moved away")
    bench.session.flush()
    (visit,), (schedule,) = bench.all(Visit), bench.all(VisitSchedule)
    assert (visit.status, visit.reason) == (VisitStatus.CANCELLED, "The client moved away")
    assert (schedule.end_reason, schedule.dedupe_key) == ("The client moved away", None)
    assert timers(bench, TimerPurpose.VISIT) == []
    assert bench.all(ChronologyEntry)[-1].detail == "Reason: The client moved away. Cancelled: 2026-03-31."
    assert resolve_open_visits(bench.session, case.id, "again", bench.now) == 0


def test_a_timer_that_finds_the_case_closed_ends_the_visits(bench: Bench) -> None:
    case = start(bench)
    bench.run("visits")
    case.status, case.closed_at = CaseStatus.CLOSED, bench.now
    assert day_passes(bench) == []
    assert visits(bench) == [("2026-03-31", "cancelled")]


def test_a_visit_that_was_cancelled_by_itself_is_not_begun_and_the_next_is_planned(bench: Bench) -> None:
    start(bench)
    bench.run("visits")
    visit = bench.all(Visit)[0]
    visit.status, visit.reason, visit.approved_by = VisitStatus.CANCELLED, "On holiday", "boss"
    assert day_passes(bench) == []
    assert visits(bench) == [("2026-03-31", "cancelled"), ("2026-04-30", "planned")]


def test_visits_that_nobody_could_begin_are_kept_as_missed(bench: Bench) -> None:
    start(bench)
    bench.run("visits")
    bench.now = datetime(2026, 6, 10, 15, tzinfo=UTC)
    assert len(day_passes(bench)) == 1
    assert visits(bench) == [
        ("2026-03-31", "planned"),
        ("2026-04-30", "missed"),
        ("2026-05-31", "missed"),
        ("2026-06-30", "planned"),
    ]
    assert [each.title for each in bench.all(ChronologyEntry)][-2:] == [
        "Visit missed: 2026-04-30",
        "Visit missed: 2026-05-31",
    ]


def test_whoever_has_the_case_then_gets_the_next_visit(bench: Bench) -> None:
    case = start(bench)
    bench.run("visits")
    other = bench.staff("Olga")
    case.worker_id = other.id
    day_passes(bench)
    newest = max(bench.all(Visit), key=lambda each: each.local_date)
    assert newest.worker_id == other.id


def test_a_second_run_of_the_step_gives_the_schedule_that_runs(bench: Bench) -> None:
    start(bench)
    bench.run("visits")
    bench.again("visits")
    bench.now += timedelta(days=2)
    bench.run("visits")
    assert (len(bench.all(VisitSchedule)), len(bench.all(Visit))) == (1, 1)
    assert len(timers(bench, TimerPurpose.VISIT)) == 1
    assert len(bench.session.exec(select(AuditEvent).where(AuditEvent.record == "VisitSchedule")).all()) == 1


def test_a_process_that_is_not_published_leaves_the_visit_to_a_person(bench: Bench) -> None:
    start(bench, published=False)
    bench.run("visits")
    assert day_passes(bench) == []
    (task,) = bench.tasks()
    assert task.title == "Schedule follow-up visit: 2026-03-31"
    assert visits(bench)[-1] == ("2026-04-30", "planned")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("every: month", "every: monthly", "month"),
        ("every: month", "every: 5 months", "not available yet"),
        ("day: last_day", "day: 32", "32"),
        ("day: last_day", "day: friday", "friday"),
        ("starts: welfare-check", "starts: monthly-summary", "can't be started for a visit"),
        ("starts: welfare-check", "starts: welfare-chek", "welfare-chek"),
        ("to: caseworker", "to: client", "can't be given a task"),
        ("ends: never", "ends: completed", "completed"),
        ("ends: never", 'time: "25:00"', "time"),
    ],
)
def test_what_visits_can_t_be_is_said_when_it_is_checked(old: str, new: str, said: str) -> None:
    (fault,) = faults(VISITS.replace(old, new), INPUTS)
    assert said in fault
