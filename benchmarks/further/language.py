"""What a definition costs to check, and what a thousand scenarios cost to play."""

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from definitions import check, parse
from definitions.shipped import PROCESSES
from ops.catalogue import load_installation
from ops.scenarios.loading import Loaded, load
from ops.scenarios.running import Wanted, play_all, plays_of
from ops.settings import Settings

HEADER: Final = """\
process: long-procedure
title: A long procedure
purpose: To be checked
owner: intake_team
inputs:
  case: {type: Case, title: Case}
  told_at: {type: date and time, title: When we were told}
steps:
"""

GROUP: Final = """\
  - id: form_{n}
    title: Form {n}
    do: assign_task
    to: group intake_team
    ends: completed
    due: 5 working days
    remind: [1 working day before due]
    escalate: [{{overdue: 1 working day, to: supervisor}}]
    items:
      - {{id: danger, ask: "Danger?", type: yes_no, required: true}}
      - {{id: housing, ask: Housing, type: choice, options: {{stable: Stable, homeless: Homeless}}}}
      - {{id: needs, ask: Needs, type: choices, options: {{food: Food, money: Money}}}}
      - {{id: age, ask: Age, type: number}}
  - id: points_{n}
    title: Points {n}
    do: calculate
    set:
      high:
        first: [{{when: "form_{n}.danger is not no or form_{n}.age < 18", use: sooner}}]
        otherwise: later
      count: = count(form_{n}.needs) + 1
  - id: route_{n}
    title: Way {n}
    choose:
      - id: urgent
        when: form_{n}.danger is not no
        steps:
          - {{id: go_{n}, title: "Go {n}", do: assign_task, to: duty_manager, due: 2 hours, ends: completed}}
          - {{id: gone_{n}, title: "Note it {n}", do: calculate, value: "= points_{n}.high"}}
      - id: housing
        when: form_{n}.housing is homeless
        steps:
          - {{id: bed_{n}, title: "A bed {n}", do: assign_task, to: caseworker, ends: completed}}
    otherwise: nothing
  - id: help_{n}
    title: Help {n}
    for_each: {{need_{n}: = form_{n}.needs}}
    steps:
      - id: rounds_{n}
        title: Rounds {n}
        repeat: {{until: look_{n}.found is not no, at_most: 5}}
        steps:
          - id: look_{n}
            title: Look {n}
            do: assign_task
            to: group referral_team
            ends: completed
            items: [{{id: found, ask: "Found?", type: yes_no, required: true}}]
  - id: reply_{n}
    title: Reply {n}
    first_of:
      - id: answered
        steps:
          - {{id: answer_{n}, title: "Answer {n}", do: assign_task, to: caseworker, ends: completed}}
      - id: silent
        steps:
          - {{id: week_{n}, title: "A week {n}", do: wait, for: 1 week}}
          - {{id: ask_{n}, title: "Ask again {n}", do: assign_task, to: caseworker, ends: completed}}
"""
"""Thirteen steps as definitions have them: a form, rules, branches, a loop with rounds, what comes first."""

PLAIN: Final = "  - {{id: more_{n}, title: More {n}, do: calculate, value: = {n} + 1}}\n"
IN_GROUP: Final = 13


def long_definition(steps: int) -> str:
    """The YAML of a definition with so many steps, those in blocks and the blocks included."""
    groups, rest = divmod(steps, IN_GROUP)
    parts = [GROUP.format(n=number) for number in range(groups)]
    return HEADER + "".join(parts) + "".join(PLAIN.format(n=number) for number in range(rest))


def measure_check(steps: int, times: int) -> dict[str, Any]:
    """Milliseconds from the text of such a definition to its plan, once what may be named is loaded."""
    text = long_definition(steps).encode()
    with TemporaryDirectory() as folder:
        catalogue = load_installation(_settings(folder)).catalogue

    def once() -> float:
        began = time.perf_counter()
        checked = check(parse(text, "long-procedure.yaml"), catalogue)
        took = time.perf_counter() - began
        if checked.plan is None or len(checked.plan.steps) != steps:
            raise RuntimeError("the definition that is measured is faulty")
        return took * 1000

    once()
    taken = sorted(once() for _ in range(times))
    return {"steps": steps, "bytes": len(text), "times": times, "ms": [round(each, 1) for each in taken]}


def measure_scenarios(runs: int) -> Iterator[dict[str, Any]]:
    """Seconds for so many runs of the intake's scenarios: each from its beginning, then as `casewright test`
    plays a folder of them, where what several begin with is played once.
    """
    with TemporaryDirectory() as folder:
        loaded = load([PROCESSES / "intake.scenario.yaml"], _settings(folder))
    for shared in (False, True):
        yield _played(loaded, runs, shared=shared)


def _played(loaded: Loaded, runs: int, *, shared: bool) -> dict[str, Any]:
    each = plays_of(loaded, Wanted())
    plays = (each * (runs // len(each) + 1))[:runs]
    began = time.perf_counter()
    outcomes = play_all(loaded, plays, Wanted(repeat=1 if shared else 2), lambda _: None)
    took = time.perf_counter() - began
    failed = [outcome.name for outcome in outcomes if outcome.failures]
    if failed:
        raise RuntimeError(f"scenarios failed: {failed[:3]}")
    return {"runs": runs, "different": len(each), "shared": shared, "s": round(took, 1)}


def _settings(folder: str) -> Settings:
    return Settings(home=Path(folder), database_url=f"sqlite:///{folder}/unused.db")
