"""A cancelled process is killed while it undoes what it had done: each is undone once, the last one first."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from crash_figures import Outcome
from crash_table import KILLED, CrashTable
from databases import fresh_url
from forks import dies
from invariants import violations
from small_office import SmallOffice
from sqlmodel import select

from flows.inbox.case.holding import cancel
from models import HumanTask, Instance, InstanceStatus, StepRun, open_store

STEP = """\
  - id: {name}
    title: {name}
    do: calculate
    value: = 1
    undo:
      steps:
        - {{id: {name}_back, title: Give {name} back, do: assign_task, to: caseworker, ends: created}}
"""
NAMES = ("one", "two", "three")
TRIP = """\
process: trip
title: Trip
purpose: To be called off
owner: intake_team
inputs:
  case: {type: Case, title: Case}
steps:
"""
LAST = "  - {id: talk, title: Talk, do: assign_task, to: caseworker}\n"
KILLS = (
    ("wake.after_commit", 1),
    ("step.before_commit", 2),
    ("step.after_commit", 1),
    ("step.after_commit", 3),
    ("settle.before_commit", 1),
)

Act = Callable[[Callable[[str], None]], None]


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A database in which a process has done three things and waits."""
    where = fresh_url(tmp_path)
    with open_store(where) as store:
        store.create_tables()
        office = SmallOffice(store)
        office.publish(TRIP + "".join(STEP.format(name=name) for name in NAMES) + LAST)
        office.start("trip")
        office.settle()
    return where


def calling_off(url: str, *, later: timedelta = timedelta(0)) -> Act:
    """A process that cancels it, as often as it is started, and undoes what it had done."""

    def act(reach: Callable[[str], None]) -> None:
        with open_store(url) as store:
            office = SmallOffice.again(store, reach, later=later)
            (trip,) = office.instances("trip")
            told = {"reason": "Called off", "by": None, "now": office.clock()}
            cancel(office.runtime, trip.id, plan_of=office.plans.of, **told)
            office.settle()

    return act


@pytest.mark.parametrize(("point", "times"), KILLS)
def test_a_kill_while_undoing_leaves_nothing_out_and_doubles_nothing(
    url: str, point: str, times: int, crash_table: CrashTable
) -> None:
    assert dies(calling_off(url), point, times)
    calling_off(url, later=timedelta(minutes=2))(lambda _point: None)
    with open_store(url) as store, store.read() as session:
        office = SmallOffice.again(store, lambda _point: None, later=timedelta(minutes=2))
        instance = session.exec(select(Instance)).one()
        assert instance.status is InstanceStatus.CANCELLED
        made = Counter(task.step for task in session.exec(select(HumanTask)))
        assert made == Counter([*(f"{name}_back" for name in NAMES), "talk"])
        runs = {run.step: run.started_at for run in session.exec(select(StepRun))}
        assert runs["three_back"] <= runs["two_back"] <= runs["one_back"]
        plan = office.plans.of(office.version_of(instance))
        found = tuple(violations(session, lambda _instance: plan, office.clock()))
    crash_table.add(KILLED, Outcome(1, found, 0))
    assert found == ()
