"""What a step of a `repeat` reads of the round before."""

import pytest
from procedure import Procedure, procedure
from step_bench import faults

from models import InstanceStatus

VISITS = """
- id: rounds
  title: Visit until nothing gets worse
  repeat:
    until: previous_round is known and visit.points <= previous_round.visit.points
    at_most: 6
  steps:
    - id: trend
      title: Compare
      do: calculate
      value: = coalesce(previous_round.visit.points, 0)
    - id: warned
      title: Say that it was bad
      when: previous_round is known and previous_round.visit.points > 5
      do: calculate
      value: = previous_round.trend.value
    - id: visit
      title: Visit
      do: assign_task
      to: group intake_team
      items:
        - {id: points, ask: Points, type: number, required: true}
"""


def given(case: Procedure, step: str) -> list[str | None]:
    """What a step gave in each round; None where it was skipped."""
    runs = sorted(
        (run for run in case.runs() if run.step == step), key=lambda run: (run.iteration, run.attempt)
    )
    newest = {run.iteration: run for run in runs}
    return [run.outputs.get("value") for run in newest.values()]


def test_a_step_reads_the_round_before_and_until_compares_with_it() -> None:
    with procedure(VISITS) as case:
        case.answer("visit@1", points=3)
        case.answer("visit@2", points=8)
        assert case.status() is InstanceStatus.WAITING
        case.answer("visit@3", points=7)
        assert given(case, "trend") == ["0", "3", "8"]
        assert given(case, "warned") == [None, None, "3"]
        assert case.run("rounds").outputs["count"] == "3"
        assert case.status() is InstanceStatus.COMPLETED


def test_a_correction_does_again_what_read_it_in_later_rounds() -> None:
    with procedure(VISITS) as case:
        first = case.tasks()["visit@1"].id
        case.answer("visit@1", points=3)
        case.answer("visit@2", points=8)
        case.correct(first, "points", 6)
        assert given(case, "trend") == ["0", "6", "8"]
        assert given(case, "warned") == [None, "0", "6"]
        assert list(case.tasks()) == ["visit@3"]
        assert [run.attempt for run in case.runs() if run.step == "visit"] == [1, 1, 1]


NESTED = """
- id: nights
  title: Nights
  repeat:
    until: again.more is no
    at_most: 4
  steps:
    - id: calls
      title: Calls
      repeat:
        until: call.answered is yes
        at_most: 9
      steps:
        - id: tally
          title: Count up
          do: calculate
          value: = coalesce(previous_round.tally.value, 0) + 1
        - id: call
          title: Call
          do: assign_task
          to: group intake_team
          items: [{id: answered, ask: Answered?, type: yes_no, required: true}]
    - id: so_far
      title: So far
      do: calculate
      value: = coalesce(previous_round.so_far.value, 0) + calls.tally.value
    - id: again
      title: Once more?
      do: assign_task
      to: group intake_team
      items: [{id: more, ask: One more?, type: yes_no, required: true}]
"""


def test_in_rounds_within_rounds_it_is_the_innermost() -> None:
    with procedure(NESTED) as case:
        for answered in ("no", "no", "yes"):
            name = next(name for name in case.tasks() if name.startswith("call@"))
            case.answer(name, answered=answered)
        case.answer("again@1", more="yes")
        case.answer("call@2/1", answered="yes")
        assert given(case, "tally") == ["1", "2", "3", "1"]
        assert given(case, "so_far") == ["3", "4"]


BED = """
- id: rounds
  title: Nights
  repeat: {until: ask.more is no, at_most: 4}
  steps:
    - {id: note, title: Note, when: WHEN, do: calculate, value: = 1}
    - id: ask
      title: Ask
      do: assign_task
      to: group intake_team
      items: [{id: more, ask: One more?, type: yes_no, required: true}]
"""


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ("previous_round.ask.more is yes", "CW337"),
        ("previous_round.ask.moore is yes", "CW322"),
        ("previous_round.asks is known", "CW322"),
        ("previous_round is known and previous_round.ask.more", "CW331"),
    ],
)
def test_what_may_be_absent_or_is_not_there_is_told(condition: str, code: str) -> None:
    (found,) = faults(BED.replace("WHEN", condition))
    assert code in found
    assert code != "CW337" or "absent in the first round" in found


def test_a_step_of_that_name_is_read_itself() -> None:
    steps = VISITS.replace("- id: trend", "- id: previous_round").replace(
        "until: previous_round is known and visit.points <= previous_round.visit.points",
        "until: visit.points > previous_round.value",
    )
    steps = steps.replace("coalesce(previous_round.visit.points, 0)", "4").replace(
        "      when: previous_round is known and previous_round.visit.points > 5\n", ""
    )
    with procedure(steps.replace("previous_round.trend.value", "previous_round.value")) as case:
        case.answer("visit@1", points=5)
        assert case.status() is InstanceStatus.COMPLETED
