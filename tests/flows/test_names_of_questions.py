"""A question may be called like a mark that the engine keeps beside the answers of a form."""

from datetime import timedelta

import pytest
from procedure import procedure

from models import InstanceStatus

STEPS = """
- id: draft
  title: Draft
  do: assign_task
  to: group intake_team
  items: [{id: NAME, ask: A, type: yes_no, required: true}]
- id: review
  title: Review
  do: assign_task
  to: group intake_team
  needs: [draft]
  items: [{id: NAME, ask: A, type: yes_no, required: true}, {id: bad, ask: B, type: yes_no, required: true}]
  rework: {when: review.bad is yes, back_to: draft, at_most: 1}
- id: told
  title: Told
  do: calculate
  needs: [draft, review]
  set: {a: = draft.NAME, b: = review.NAME}
"""


@pytest.mark.parametrize("name", ["again", "returned", "sent_back", "handover", "skipped_by"])
def test_no_name_of_a_question_changes_what_becomes_of_its_step(name: str) -> None:
    with procedure(STEPS.replace("NAME", name)) as case:
        case.answer("draft", **{name: "no"})
        case.answer("review", **{name: "no", "bad": "yes"})
        assert case.stand("draft") == "waiting"
        case.answer("draft", **{name: "yes"})
        case.answer("review", **{name: "yes", "bad": "no"})
        assert case.status() is InstanceStatus.COMPLETED
        assert case.run("told").outputs == {"a": "yes", "b": "yes", "provisional": False}


LOOP = """
- id: rounds
  title: Rounds
  repeat:
    until: talk.enough is yes
    at_most: 3
  steps:
    - id: talk
      title: Talk
      do: assign_task
      to: group intake_team
      items:
        - {id: NAME, ask: A, type: choices, options: {a: A, b: B}}
        - {id: enough, ask: B, type: yes_no, required: true}
- id: told
  title: Told
  do: calculate
  value: = count(rounds.talk.NAME)
"""
MARKS = ("members", "branches", "winner", "left", "exit", "handover", "skipped_by", "returned")


@pytest.mark.parametrize("name", MARKS)
def test_what_a_question_in_a_loop_says_is_there_after_the_loop_whatever_it_is_called(name: str) -> None:
    with procedure(LOOP.replace("NAME", name)) as case:
        case.answer("talk@1", **{name: ["a"], "enough": "no"})
        case.answer("talk@2", **{name: ["a", "b"], "enough": "yes"})
        assert case.run("told").outputs["value"] == "2"


REWORK = """
- id: draft
  title: Draft
  do: assign_task
  to: group intake_team
  items: [{id: says, ask: A, type: text, required: true}]
- id: review
  title: Review
  do: assign_task
  to: group intake_team
  items: [{id: bad, ask: B, type: yes_no, required: true}]
  rework: {when: review.bad is yes, back_to: draft, at_most: 1}
- id: told
  title: Told
  do: calculate
  value: = draft.says
"""


def test_after_rework_the_later_attempt_counts_though_the_clock_was_set_back() -> None:
    with procedure(REWORK) as case:
        case.answer("draft", says="first")
        case.answer("review", bad="yes")
        case.clock[0] -= timedelta(days=1)
        case.answer("draft", says="second")
        case.answer("review", bad="no")
        assert case.run("told").outputs["value"] == "second"
