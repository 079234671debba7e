"""A question may be called like a mark that the engine keeps beside the answers of a form."""

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
