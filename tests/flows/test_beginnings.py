"""Processes that begin by themselves: on records, signals and dates, once, whatever crashes or jumps."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from small_office import MONDAY, SmallOffice, small_office
from sqlmodel import col, select

from flows.beginning_rules import contents_asked, resume_beginnings, stop_beginnings
from flows.beginnings import plan_days
from flows.inbox import complete
from flows.inbox.case.holding import hold
from flows.timers import tick
from models import (
    Case,
    CaseStatus,
    Client,
    Instance,
    InstanceStatus,
    Message,
    RiskLevel,
    Staff,
    TaskKind,
    Timer,
    TimerPurpose,
    Visit,
    VisitStatus,
)

HEAD = """\
process: {name}
title: {name}
purpose: To be tried
owner: intake_team
"""
NOTE = """\
steps:
  - id: note
    title: Note
    do: calculate
    value: 1
"""
WELCOME = (
    HEAD.format(name="welcome")
    + """\
starts:
  - start: on record Client created
    with:
      client: = record
inputs:
  client:
    type: Client
    title: Client
"""
    + NOTE
)
MISSED = (
    HEAD.format(name="missed")
    + """\
starts:
  - by hand
  - start: on record Visit changed
    when: record.status is missed and record.case.risk_level in (high, critical)
    with:
      case: = record.case
inputs:
  case:
    type: Case
    title: Case
"""
    + NOTE
)
MONTHLY = (
    HEAD.format(name="monthly")
    + """\
starts:
  - start: each month on day 1
    for: Case
    where: status is active
    with:
      case: = record
inputs:
  case:
    type: Case
    title: Case
"""
    + NOTE
)


@pytest.fixture
def office() -> Iterator[SmallOffice]:
    with small_office() as made:
        yield made


def change_visit(office: SmallOffice, visit: str, **values: object) -> None:
    with office.runtime.store.write() as session:
        row = session.get_one(Visit, visit)
        for name, value in values.items():
            setattr(row, name, value)
        session.add(row)


def new_visit(office: SmallOffice, **values: object) -> str:
    with office.runtime.store.write() as session:
        visit = office.visit(session)
        for name, value in values.items():
            setattr(visit, name, value)
        session.add(visit)
        return visit.id


# -- on records


def test_a_record_that_is_made_begins_the_process_once_with_its_inputs(office: SmallOffice) -> None:
    office.publish(WELCOME)
    with office.runtime.store.write() as session:
        client = Client(given_name="Synthetic", family_name="New", created_at=MONDAY)
        session.add(client)
        session.flush()
        client.language = "es"
        session.add(client)
    office.settle()
    office.settle()
    (begun,) = office.instances("welcome")
    assert (begun.client_id, begun.status, begun.links) == (client.id, InstanceStatus.COMPLETED, 1)


def test_what_was_there_before_the_process_was_published_begins_nothing(office: SmallOffice) -> None:
    office.publish(WELCOME)
    office.settle()
    assert not office.instances("welcome")


def test_a_record_begins_nothing_when_its_transaction_is_rolled_back(office: SmallOffice) -> None:
    office.publish(WELCOME)
    with office.runtime.store.write() as session:
        session.add(Client(given_name="Synthetic", family_name="Gone", created_at=MONDAY))
        session.flush()
        session.rollback()
    office.settle()
    assert not office.instances("welcome")


def test_only_a_change_of_what_the_condition_reads_begins_the_process(office: SmallOffice) -> None:
    office.publish(MISSED)
    visit = new_visit(office)
    change_visit(office, visit, reason="Somebody wrote a note")
    office.settle()
    assert not office.instances("missed")
    change_visit(office, visit, status=VisitStatus.MISSED)
    change_visit(office, visit, reason="Nobody opened the door")
    office.settle()
    (begun,) = office.instances("missed")
    assert begun.case_id == office.case


def test_of_records_that_are_changed_together_each_begins_the_process(office: SmallOffice) -> None:
    """Rows that people edit are written by one statement then."""
    office.publish(WELCOME.replace("Client created", "Client changed"))
    people = [Client(given_name=name, family_name="Client", created_at=MONDAY) for name in ("Ada", "Ben")]
    ids = [person.id for person in people]
    with office.runtime.store.write() as session:
        session.add_all(people)
    with office.runtime.store.write() as session:
        for person in [session.get_one(Client, each) for each in ids]:
            person.family_name = "Renamed"
    office.settle()
    assert sorted(str(each.client_id) for each in office.instances("welcome")) == ids


def test_a_record_that_is_made_so_that_the_condition_holds_begins_it_too(office: SmallOffice) -> None:
    office.publish(MISSED)
    new_visit(office, status=VisitStatus.MISSED)
    office.settle()
    assert len(office.instances("missed")) == 1


def test_a_condition_that_does_not_hold_begins_nothing(office: SmallOffice) -> None:
    office.publish(MISSED)
    with office.runtime.store.write() as session:
        case = session.get_one(Case, office.case)
        case.risk_level = RiskLevel.LOW
        session.add(case)
    new_visit(office, status=VisitStatus.MISSED)
    office.settle()
    assert not office.instances("missed")
    assert not office.tasks()


def test_what_cannot_be_decided_is_put_before_a_person(office: SmallOffice) -> None:
    office.publish(MISSED)
    with office.runtime.store.write() as session:
        case = session.get_one(Case, office.case)
        case.risk_level = None
        session.add(case)
    new_visit(office, status=VisitStatus.MISSED)
    office.settle()
    assert not office.instances("missed")
    (task,) = office.tasks()
    assert "`missed` may have to begin" in task.description
    assert task.case_id == office.case


def test_the_newest_version_begins_and_one_without_that_beginning_does_not(office: SmallOffice) -> None:
    office.publish(WELCOME)
    with office.runtime.store.write() as session:
        session.add(Client(given_name="Synthetic", family_name="One", created_at=MONDAY))
    newest = office.publish(WELCOME.replace("title: Note", "title: Another note"))
    office.settle()
    (begun,) = office.instances("welcome")
    assert office.plans.of(office.version_of(begun)).hash == newest.hash
    office.publish(WELCOME.replace("on record Client created", "on record Client changed"))
    with office.runtime.store.write() as session:
        session.add(Client(given_name="Synthetic", family_name="Two", created_at=MONDAY))
    office.settle()
    assert len(office.instances("welcome")) == 1


def test_a_process_that_people_have_stopped_begins_no_more_until_they_let_it(office: SmallOffice) -> None:
    plan = office.publish(MISSED)
    reason = "The form is being revised"
    stopped = stop_beginnings(office.runtime, "missed", reason=reason, by=office.worker, now=MONDAY)
    assert stopped == ("on record Visit changed",)
    office.publish(MISSED.replace("title: Note", "title: Another note"))
    new_visit(office, status=VisitStatus.MISSED)
    office.settle()
    assert not office.instances("missed")
    resume_beginnings(office.runtime, plan, by=office.worker, now=MONDAY)
    new_visit(office, status=VisitStatus.MISSED)
    office.settle()
    assert len(office.instances("missed")) == 1


CIRCLE = (
    HEAD.format(name="circle")
    + """\
starts:
  - start: on record Case changed
    with:
      case: = record
inputs:
  case:
    type: Case
    title: Case
steps:
  - id: change
    title: Change
    do: update_record
    record: = inputs.case
    set:
      reason: = inputs.case.reason
  - id: stage
    title: Change
    do: update_record
    record: = inputs.case
    set:
      priority:
        first:
          - when: inputs.case.priority is low
            use: high
        otherwise: low
"""
)


def test_a_process_that_begins_itself_is_warned_of_and_stopped_after_ten_rounds(office: SmallOffice) -> None:
    found = office.check(CIRCLE)
    assert {(each.code, each.severity) for each in found.diagnostics} == {("CW620", "warning")}
    office.publish(CIRCLE)
    with office.runtime.store.write() as session:
        case = session.get_one(Case, office.case)
        case.reason = "Something else"
        session.add(case)
    office.settle()
    assert [each.links for each in office.instances("circle")] == list(range(1, 11))
    (task,) = office.tasks()
    assert "10 processes have started one another in a row" in task.description


def test_a_person_who_changes_the_record_later_is_no_circle(office: SmallOffice) -> None:
    office.publish(WELCOME)
    for number in range(12):
        with office.runtime.store.write() as session:
            session.add(Client(given_name="Synthetic", family_name=str(number), created_at=MONDAY))
        office.settle()
    assert {each.links for each in office.instances("welcome")} == {1}
    assert len(office.instances("welcome")) == 12


# -- once


@pytest.mark.parametrize("point", ["tick.before_commit", "tick.after_commit"])
def test_a_crash_while_it_begins_neither_loses_nor_doubles_it(office: SmallOffice, point: str) -> None:
    office.publish(WELCOME)
    with office.runtime.store.write() as session:
        session.add(Client(given_name="Synthetic", family_name="New", created_at=MONDAY))

    def crash(reached: str) -> None:
        if reached == point:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tick(replace(office.runtime, reach=crash), office.plans)
    office.settle()
    assert len(office.instances("welcome")) == 1


def test_two_changes_in_one_transaction_begin_it_once_and_two_transactions_twice(
    office: SmallOffice,
) -> None:
    office.publish(MISSED)
    visit = new_visit(office)
    with office.runtime.store.write() as session:
        row = session.get_one(Visit, visit)
        for status in (VisitStatus.MISSED, VisitStatus.PLANNED, VisitStatus.MISSED):
            row.status = status
            session.add(row)
            session.flush()
    office.settle()
    assert len(office.instances("missed")) == 1
    # nothing fires meanwhile, and each change still counts as it was
    change_visit(office, visit, status=VisitStatus.PLANNED)
    change_visit(office, visit, status=VisitStatus.MISSED)
    office.settle()
    assert len(office.instances("missed")) == 2


@pytest.mark.parametrize("before", ["planned", "missed"])
def test_of_several_writes_in_one_transaction_only_the_first_and_the_last_value_count(
    office: SmallOffice, before: str
) -> None:
    """Also where the row alone says that nothing begins, so that no timer is written for the first write."""
    office.publish(MISSED)
    writes = [*product(["planned", "missed", "done"], repeat=2)]
    visits = {new_visit(office, status=VisitStatus(before)): each for each in writes}
    office.settle()
    begun = len(office.instances("missed"))
    for visit, statuses in visits.items():
        with office.runtime.store.write() as session:
            row = session.get_one(Visit, visit)
            for status in statuses:
                row.status = VisitStatus(status)
                session.add(row)
                session.flush()
    office.settle()
    expected = sum(last == "missed" for _, last in writes) if before == "planned" else 0
    assert len(office.instances("missed")) - begun == expected


def test_no_timer_is_written_where_the_row_alone_says_that_nothing_begins(office: SmallOffice) -> None:
    office.publish(MISSED)
    visit = new_visit(office)
    change_visit(office, visit, status=VisitStatus.DONE)
    assert open_beginnings(office) == 0
    change_visit(office, visit, status=VisitStatus.MISSED)
    assert open_beginnings(office) == 1


def open_beginnings(office: SmallOffice) -> int:
    with office.runtime.store.read() as session:
        return len(session.exec(select(Timer).where(Timer.purpose == TimerPurpose.BEGIN)).all())


@pytest.mark.parametrize(
    ("when", "contents"),
    [
        ("record.status is missed", {"status": ["missed"]}),
        (
            "record.case.risk_level is high and record.status in (missed, done)",
            {"status": ["missed", "done"]},
        ),
        ("record.status in (missed, done) and record.status is done", {"status": ["done"]}),
        ("record.status is missed or record.case.risk_level is high", {}),
        ("record.status is not done", {}),
        ("record.worker is known", {}),
    ],
)
def test_what_a_condition_asks_of_the_row_itself_is_kept(
    office: SmallOffice, when: str, contents: dict[str, list[str]]
) -> None:
    asked = "record.status is missed and record.case.risk_level in (high, critical)"
    beginning = office.publish(MISSED.replace(asked, when)).beginning("on record Visit changed")
    assert beginning is not None
    assert contents_asked(beginning) == contents


# -- one for a case

ALONE = (
    HEAD.format(name="alone")
    + """\
starts:
  - by hand
  - start: on record Visit changed
    when: record.status is missed
    unless_open: stay
    with:
      case: = record.case
inputs:
  case:
    type: Case
    title: Case
steps:
  - id: stay
    title: Stay with them
    do: assign_task
    to: caseworker
  - id: look_back
    title: Look back
    do: assign_task
    to: caseworker
"""
)


def miss(office: SmallOffice) -> None:
    new_visit(office, status=VisitStatus.MISSED)
    office.settle()


def finish(office: SmallOffice, step: str) -> None:
    (task,) = [
        each for each in office.tasks(TaskKind.ASSIGNMENT) if each.step == step and each.status == "requested"
    ]
    complete(office.runtime.store, task.id, {}, by=office.worker, now=office.clock())
    office.settle()


def test_while_one_is_at_work_on_the_step_no_second_one_begins_and_its_people_are_told(
    office: SmallOffice,
) -> None:
    office.publish(ALONE)
    miss(office)
    miss(office)
    (begun,) = office.instances("alone")
    (notice,) = office.tasks(TaskKind.NOTICE)
    assert (notice.assignee_id, notice.case_id) == (office.worker, office.case)
    assert notice.details == {"instance": begun.id}
    finish(office, "stay")
    miss(office)
    assert len(office.instances("alone")) == 2
    assert len(office.tasks(TaskKind.NOTICE)) == 1


def test_that_it_has_happened_again_is_told_by_mail_to_them_or_to_who_stands_in_meanwhile(
    office: SmallOffice,
) -> None:
    office.publish(ALONE)
    miss(office)
    miss(office)
    with office.runtime.store.write() as session:
        cover = Staff(name="Cover", email="cover@example.org")
        worker = session.get_one(Staff, office.worker)
        worker.cover_id, worker.absent_from = cover.id, office.clock()
        session.add_all([cover, worker])
    miss(office)
    with office.runtime.store.read() as session:
        told = session.exec(select(Message.address).where(col(Message.body).contains("happened again")))
        assert sorted(told) == ["cover@example.org", "worker@example.org"]
    assert {each.assignee_id for each in office.tasks(TaskKind.NOTICE)} == {office.worker, cover.id}


def test_causes_of_the_same_moment_begin_one(office: SmallOffice) -> None:
    office.publish(ALONE)
    for _ in range(3):
        new_visit(office, status=VisitStatus.MISSED)
    office.settle()
    assert len(office.instances("alone")) == 1


def test_one_that_a_person_has_started_counts_too_and_that_of_another_case_does_not(
    office: SmallOffice,
) -> None:
    office.publish(ALONE)
    _, other = office.open_case("2026-000002")
    office.start("alone", case=other)
    miss(office)
    assert len(office.instances("alone")) == 2
    miss(office)
    assert len(office.instances("alone")) == 2


def test_one_that_is_held_or_stands_still_sees_to_nothing_so_another_one_begins(office: SmallOffice) -> None:
    office.publish(ALONE)
    miss(office)
    hold(office.runtime, office.instances("alone")[0].id, reason="A court", by=None, now=office.clock())
    miss(office)
    assert len(office.instances("alone")) == 2
    with office.runtime.store.write() as session:
        session.get_one(Instance, office.instances("alone")[1].id).status = InstanceStatus.INCIDENT
    miss(office)
    assert len(office.instances("alone")) == 3


def test_an_older_version_without_the_step_keeps_no_newer_one_from_beginning(office: SmallOffice) -> None:
    older = ALONE.replace("unless_open: stay", "unless_open: look_back")
    office.publish(older.replace("id: stay", "id: be_there"))
    miss(office)
    office.publish(ALONE)
    miss(office)
    assert len(office.instances("alone")) == 2


# -- on dates


def test_a_date_rule_begins_at_its_time_of_day(office: SmallOffice) -> None:
    office.publish(MONTHLY.replace("    for: Case", "    at: 13:30\n    for: Case"))
    office.until(datetime(2026, 4, 2, tzinfo=UTC))
    (begun,) = office.instances("monthly")
    assert begun.started_at == datetime(2026, 4, 1, 17, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rule", "at", "began"),
    [
        ("each month on second_sunday", "2:30", datetime(2026, 3, 8, 7, 30, tzinfo=UTC)),  # shows 3:30
        ("each month on day 1", "1:30", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),  # comes twice
    ],
)
def test_a_time_that_the_clocks_skip_or_show_twice_comes_once(
    office: SmallOffice, rule: str, at: str, began: datetime
) -> None:
    office.clock.move_to(max(MONDAY, began - timedelta(days=3)))
    starts = f"starts:\n  - start: {rule}\n    at: {at}\n"
    office.publish(HEAD.format(name="rule") + starts + NOTE)
    office.until(began + timedelta(hours=12))
    assert [each.started_at for each in office.instances("rule")] == [began]


def test_the_time_of_a_newer_version_holds_for_the_day_that_is_planned(office: SmallOffice) -> None:
    office.publish(MONTHLY)
    office.publish(MONTHLY.replace("    for: Case", "    at: 6:00\n    for: Case"))
    office.until(datetime(2026, 4, 2, tzinfo=UTC))
    assert [each.started_at for each in office.instances("monthly")] == [datetime(2026, 4, 1, 10, tzinfo=UTC)]


def days(office: SmallOffice, process: str = "monthly") -> list[str]:
    return [str(each.started_at.date()) for each in office.instances(process)]


def test_a_date_rule_begins_the_process_for_each_record_that_it_is_for(office: SmallOffice) -> None:
    office.open_case("2026-000002")
    office.open_case("2026-000003", CaseStatus.PENDING)
    office.publish(MONTHLY)
    office.until(datetime(2026, 5, 15, tzinfo=UTC))
    assert days(office) == ["2026-04-01"] * 2 + ["2026-05-01"] * 2
    assert len({each.case_id for each in office.instances("monthly")}) == 2


def test_after_a_long_pause_a_date_rule_catches_up_once(office: SmallOffice) -> None:
    office.publish(MONTHLY)
    office.clock.move_to(datetime(2026, 8, 20, 12, tzinfo=UTC))
    office.until(datetime(2026, 9, 15, tzinfo=UTC))
    assert days(office) == ["2026-08-20", "2026-09-01"]


def test_a_clock_that_jumps_ahead_and_back_neither_doubles_nor_skips_a_day(office: SmallOffice) -> None:
    office.publish(MONTHLY)
    office.clock.now = datetime(2027, 1, 20, tzinfo=UTC)
    office.settle()
    assert days(office) == ["2027-01-20"]
    office.clock.now = datetime(2026, 4, 2, tzinfo=UTC)
    plan_days(office.runtime)
    office.until(datetime(2026, 6, 15, tzinfo=UTC))
    assert days(office) == ["2026-05-01", "2026-06-01", "2027-01-20"]


def test_planning_the_days_again_and_again_plans_each_once(office: SmallOffice) -> None:
    office.publish(MONTHLY)
    for _ in range(3):
        assert plan_days(office.runtime) == 0
    with office.runtime.store.read() as session:
        timers = session.exec(select(Timer).where(Timer.purpose == TimerPurpose.DATE_RULE)).all()
    assert [each.detail["day"] for each in timers] == ["2026-04-01"]


def test_a_day_that_has_begun_when_the_process_is_published_is_not_caught_up(office: SmallOffice) -> None:
    office.clock.move_to(datetime(2026, 4, 1, 18, tzinfo=UTC))
    office.publish(MONTHLY)
    office.until(datetime(2026, 4, 20, tzinfo=UTC))
    assert days(office) == []
    office.until(datetime(2026, 5, 2, tzinfo=UTC))
    assert days(office) == ["2026-05-01"]


def test_many_records_are_taken_some_at_a_time(office: SmallOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.beginnings.AT_ONCE", 2)
    for number in range(2, 6):
        office.open_case(f"2026-00000{number}")
    office.publish(MONTHLY)
    office.until(datetime(2026, 4, 2, tzinfo=UTC))
    assert len({each.case_id for each in office.instances("monthly")}) == len(days(office)) == 5


def test_a_date_rule_without_records_begins_once_a_day(office: SmallOffice) -> None:
    office.publish(HEAD.format(name="weekly") + "starts: each week on monday\n" + NOTE)
    office.until(MONDAY + timedelta(days=15))
    assert days(office, "weekly") == ["2026-03-09", "2026-03-16"]
