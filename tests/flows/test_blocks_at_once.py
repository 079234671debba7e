"""Answers that come in one moment to different parts of a block."""

from procedure import Procedure, procedure

from flows.inbox import complete
from models import InstanceStatus

MEMBERS = """
- id: form
  title: Form
  do: assign_task
  to: group intake_team
  ends: completed
  items:
    - {id: needs, ask: Needs, type: choices, options: {food: Food, money: Money}, required: true}
- id: help
  title: Help with each need
  for_each: {need: = form.needs}
  steps:
    - id: look
      title: Look for help
      do: assign_task
      to: group intake_team
      ends: completed
    - id: tell
      title: Tell the client
      do: assign_task
      to: group intake_team
      ends: completed
"""


def _answer_unseen(case: Procedure, name: str) -> None:
    """Somebody does the task, and the engine does not go on yet."""
    worker = case.people["worker"]
    complete(case.runtime.store, case.tasks()[name].id, {}, by=worker, now=case.clock[0])


def test_an_answer_for_one_member_is_taken_in_where_the_same_step_begins_for_another() -> None:
    with procedure(MEMBERS) as case:
        case.answer("form", needs=["food", "money"])
        case.answer("look@food")
        _answer_unseen(case, "tell@food")
        _answer_unseen(case, "look@money")
        case.go()
        assert case.stand("tell@food") == "completed"
        assert set(case.tasks()) == {"tell@money"}
        case.answer("tell@money")
        assert case.status() is InstanceStatus.COMPLETED
