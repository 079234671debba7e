"""What begins by itself begins once: killed on the way from an answer to what follows from it, and with two
processes that tick at the same time.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from crash_figures import Outcome
from crash_table import KILLED, CrashTable
from databases import fresh_url
from forks import Pool, dies
from small_office import SmallOffice
from sqlmodel import select

from flows.inbox import answer_item
from models import Case, Instance, RiskLevel, Signal, TaskKind, open_store

ASKING = """\
process: asking
title: Asking
purpose: To ask
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
"""
CRISIS = """\
process: crisis
title: Crisis
purpose: To make somebody safe
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
  - id: risk
    title: Raise the risk
    do: update_record
    record: = inputs.case
    set:
      risk_level: critical
"""
REVIEW = """\
process: review
title: Review
purpose: To look at it again
owner: intake_team
starts:
  - start: on record Case changed
    when: record.risk_level is critical
    with:
      case: = record
inputs:
  case:
    type: Case
    title: Case
steps:
  - id: note
    title: Note
    do: calculate
    value: 1
"""
POINTS = (
    "wake.before_commit",
    "wake.after_commit",
    "tick.before_commit",
    "tick.after_commit",
    "claim.after_commit",
    "step.before_commit",
    "step.after_commit",
    "settle.after_commit",
)

Act = Callable[[Callable[[str], None]], None]


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A database in which a question waits for its answer."""
    where = fresh_url(tmp_path)
    with open_store(where) as store:
        store.create_tables()
        office = SmallOffice(store)
        for text in (ASKING, CRISIS, REVIEW):
            office.publish(text)
        office.start("asking")
        office.settle()
    return where


def nowhere(_point: str) -> None:
    """Nothing happens at a point."""


def living(url: str, *, later: timedelta = timedelta(0)) -> Act:
    """A process that gives the answer, as often as it is started, and does what follows."""

    def act(reach: Callable[[str], None]) -> None:
        with open_store(url) as store:
            office = SmallOffice.again(store, reach, later=later)
            (task,) = office.tasks(TaskKind.CHECKLIST)
            answer_item(store, task.id, "danger", "yes", by=office.worker, now=office.clock())
            office.settle()

    return act


def judge(url: str) -> None:
    with open_store(url) as store, store.read() as session:
        begun = sorted(each.process for each in session.exec(select(Instance)))
        assert begun == ["asking", "crisis", "review"]
        assert len(session.exec(select(Signal)).all()) == 1
        assert session.exec(select(Case.risk_level)).one() is RiskLevel.CRITICAL


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_on_the_way_loses_and_doubles_no_beginning(
    url: str, point: str, crash_table: CrashTable
) -> None:
    assert dies(living(url), point, 1)
    living(url, later=timedelta(minutes=2))(nowhere)
    judge(url)
    crash_table.add(KILLED, Outcome(1, (), 0))


def test_two_processes_that_tick_at_once_begin_it_once(url: str) -> None:
    both = Pool({number: lambda: living(url)(nowhere) for number in range(2)})
    for number in range(2):
        both.result(number)
    both.close()
    living(url, later=timedelta(minutes=2))(nowhere)
    judge(url)
