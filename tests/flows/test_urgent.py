"""What begins with a critical step is begun by any live process at once, and only that (engine.md R7.2)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from small_office import SmallOffice, small_office
from sqlmodel import select
from statements import statements

from flows.critical import CriticalLane
from flows.inbox import answer_item, send_signal
from flows.timers import tick
from flows.urgent import MOST, begin_now, urgent_beginnings
from flows.waking.courtesy import Courtesy
from models import Instance, StepStatus, TaskKind, Timer, TimerPurpose

CRISIS = """\
process: crisis
title: Crisis
purpose: To be tried
owner: intake_team
starts:
  - start: on signal danger_reported
    with:
      case: = signal.case
inputs:
  case:
    type: Case
    title: Case
steps:
  - id: charge
    title: Take charge
    do: assign_task
    to: caseworker
    priority: critical
"""
ORDINARY = CRISIS.replace("process: crisis", "process: ordinary").replace("    priority: critical\n", "")
ASKING = """\
process: asking
title: Asking
purpose: To be tried
owner: intake_team
inputs:
  case:
    type: Case
    title: Case
steps:
  - id: talk
    title: Talk
    do: complete_checklist
    to: caseworker
    items:
      - id: danger
        ask: Is anyone in danger?
        type: yes_no
        submit: on_answer
        signal: danger_reported
  - id: alert
    title: Alert
    do: assign_task
    needs: [talk.danger]
    when: talk.danger is yes
    to: caseworker
    priority: critical
"""


@pytest.fixture
def office() -> Iterator[SmallOffice]:
    with small_office() as made:
        yield made


def tell(office: SmallOffice) -> None:
    words, now = office.runtime.catalogue.vocabulary, office.clock()
    send_signal(office.runtime.store, words, "danger_reported", office.case, by=office.worker, now=now)


def turn(office: SmallOffice) -> int:
    """One turn of a lane, waited for."""
    lane = CriticalLane(office.runtime, office.plans, Courtesy())
    found = lane.turn()
    lane.finish()
    return found


def test_the_lane_begins_what_is_critical_and_runs_its_first_step(office: SmallOffice) -> None:
    office.publish(CRISIS)
    tell(office)
    assert turn(office) == 1
    (begun,) = office.instances("crisis")
    assert office.run(begun.id, "charge").status is StepStatus.WAITING
    assert turn(office) == 0
    tick(office.runtime, office.plans)
    assert len(office.instances("crisis")) == 1


def test_what_begins_with_an_ordinary_step_is_left_to_whoever_ticks(office: SmallOffice) -> None:
    office.publish(ORDINARY)
    tell(office)
    assert turn(office) == 0
    assert not office.instances("ordinary")
    tick(office.runtime, office.plans)
    assert len(office.instances("ordinary")) == 1


def test_one_turn_from_the_answer_on_runs_the_alert_and_begins_the_crisis(office: SmallOffice) -> None:
    office.publish(CRISIS)
    office.publish(ASKING)
    asking = office.start("asking")
    office.settle()
    (task,) = office.tasks(TaskKind.CHECKLIST)
    answer_item(office.runtime.store, task.id, "danger", "yes", by=office.worker, now=office.clock())
    assert turn(office) == 2
    (begun,) = office.instances("crisis")
    alert, charge = office.run(asking, "alert"), office.run(begun.id, "charge")
    assert (alert.status, charge.status) == (StepStatus.WAITING, StepStatus.WAITING)


def test_a_beginning_that_another_process_fires_meanwhile_is_passed_over(office: SmallOffice) -> None:
    office.publish(CRISIS)
    tell(office)
    due = urgent_beginnings(office.runtime, office.plans)
    tick(office.runtime, office.plans)
    assert begin_now(office.runtime, office.plans, due) == 0
    assert len(office.instances("crisis")) == 1


def test_what_is_critical_never_waits_behind_ordinary_beginnings(office: SmallOffice) -> None:
    office.publish(CRISIS)
    office.publish(ORDINARY)
    with office.runtime.store.write() as session:
        session.add_all(
            Timer(
                purpose=TimerPurpose.BEGIN,
                key=f"ordinary:{number}",
                due_at=office.clock() - timedelta(hours=1),
                detail={"process": "ordinary"},
                created_at=office.clock() - timedelta(hours=1),
            )
            for number in range(2 * MOST)
        )
    tell(office)
    (urgent,) = urgent_beginnings(office.runtime, office.plans)
    with office.runtime.store.read() as session:
        assert session.get_one(Timer, urgent).detail["process"] == "crisis"


@pytest.mark.sqlite("PostgreSQL reads a small table as a whole, whatever its indexes")
def test_urgent_beginnings_are_found_by_the_index_of_open_timers(office: SmallOffice) -> None:
    office.publish(CRISIS)
    tell(office)
    store = office.runtime.store
    with statements(store) as sent:
        urgent_beginnings(office.runtime, office.plans)
    asked = [(text, given) for text, given in sent if "FROM timers" in text]
    assert len(asked) == 2
    with store.read() as session:
        for text, given in asked:
            plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", given)
            assert "ix_timers_open" in " ".join(str(row[-1]) for row in plan)


@pytest.mark.parametrize("point", ["begin.before_commit", "begin.after_commit"])
def test_a_lane_that_dies_while_it_begins_it_neither_loses_nor_doubles_it(
    office: SmallOffice, point: str
) -> None:
    office.publish(CRISIS)
    tell(office)
    due = urgent_beginnings(office.runtime, office.plans)

    def crash(reached: str) -> None:
        if reached == point:
            raise KeyboardInterrupt

    store = office.runtime.store
    store.reach = crash
    with pytest.raises(KeyboardInterrupt):
        begin_now(replace(office.runtime, reach=crash), office.plans, due)
    store.reach = lambda _point: None
    turn(office)
    with store.read() as session:
        assert [each.process for each in session.exec(select(Instance))] == ["crisis"]
