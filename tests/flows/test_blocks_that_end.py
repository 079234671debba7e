"""What a block that ends takes with it, and what counts as come to its end: cases that procedures at random
found (tests/stateful/test_block_trees.py).
"""

from datetime import timedelta

from procedure import procedure

from models import Client, InstanceStatus

LET_GO_ON = """
- id: search
  title: Search
  deadline: {after: 1 hour, then: {steps: [{id: late, title: Late, do: calculate, value: "1"}]}}
  steps:
    - id: ways
      title: Ways
      parallel:
        - id: quick
          steps: [{id: look, title: Look, do: calculate, value: "1"}]
        - id: slow
          steps:
            - {id: call, title: Call, do: assign_task, to: group intake_team, ends: completed}
            - {id: visit, title: Visit, needs: [call], do: assign_task, to: caseworker, ends: completed}
      join: 1
      rest: finish
    - {id: letter, title: Letter, do: assign_task, to: group intake_team, ends: completed}
- {id: after, title: After, do: assign_task, to: group intake_team, ends: completed}
"""


def test_what_a_block_lets_finish_ends_with_the_block_around_it() -> None:
    with procedure(LET_GO_ON) as case:
        assert set(case.tasks()) == {"call", "letter"}
        case.pass_time(timedelta(hours=2))
        assert (case.stand("call"), case.stand("visit")) == ("cancelled", None)
        assert set(case.tasks()) == {"after"}
        case.answer("after")
        assert case.status() is InstanceStatus.COMPLETED


FAILING = """
- id: try_it
  title: Try it
  parallel:
    - id: quick
      steps: [{id: look, title: Look, do: calculate, value: "1"}]
    - id: wrong
      steps:
        - id: visits
          title: Visits
          do: schedule_visits
          to: caseworker
          every: month
          day: last_day
          starts: welfare-check
          ends: never
    - id: slow
      steps: [{id: call, title: Call, do: assign_task, to: group intake_team, ends: completed}]
  on_error: {steps: [{id: note, title: Note, do: calculate, value: "1"}]}
"""


def test_a_branch_that_went_wrong_has_not_come_to_its_end() -> None:
    with procedure(FAILING) as case:
        assert case.run("try_it").outputs["ended"] == ["quick"]


REST = """
- id: whole
  title: Whole
  steps:
    - id: ways
      title: Ways
      parallel:
        - id: quick
          steps: [{id: look, title: Look, do: calculate, value: "1"}]
        - id: slow
          steps:
            - {id: call, title: Call, do: assign_task, to: group intake_team, ends: completed}
            - id: visits
              title: Visits
              needs: [call]
              do: schedule_visits
              to: caseworker
              every: month
              day: last_day
              starts: welfare-check
              ends: never
      join: 1
      rest: finish
  on_error: {steps: [{id: note, title: Note, do: calculate, value: "1"}]}
"""


def test_what_goes_wrong_in_a_rest_whose_block_around_has_ended_is_an_incident() -> None:
    with procedure(REST) as case:
        assert case.stand("whole") == "completed"
        case.answer("call")
        assert (case.stand("visits"), case.stand("note")) == ("incident", None)
        assert case.run("whole").outputs["ended_by"] == "steps"


WATCHED = """
- {id: ask, title: Ask, do: assign_task, to: group intake_team, ends: completed}
- id: help
  title: Help
  while: inputs.client.preferred_name is not known
  steps:
    - {id: call, title: Call, do: assign_task, to: group intake_team, ends: completed}
- id: after
  title: After
  do: calculate
  value: = help.ended_by
"""


def test_a_block_whose_condition_does_not_hold_when_it_begins_is_left_before_its_steps_begin() -> None:
    with procedure(WATCHED) as case:
        with case.runtime.store.write() as session:
            session.get_one(Client, case.people["client"]).preferred_name = "Ana"
        case.answer("ask")
        assert case.stand("call") is None
        assert case.run("after").outputs["value"] == "condition"


WITHIN = """
- id: form
  title: Form
  do: assign_task
  to: group intake_team
  ends: completed
  items:
    - {id: needs, ask: Needs, type: choices, options: {food: Food, money: Money}, required: true}
- id: help
  title: Help
  for_each: {need: = form.needs}
  steps:
    - id: both
      title: Both
      steps:
        - id: look
          title: Look
          do: assign_task
          to: group intake_team
          ends: completed
          items: [{id: found, ask: Found?, type: yes_no, required: true}]
        - {id: note, title: Note, do: calculate, value: = look.found}
- {id: after, title: After, do: assign_task, to: group intake_team, ends: completed}
"""


def test_a_correction_in_one_member_does_not_open_the_blocks_of_the_others() -> None:
    with procedure(WITHIN) as case:
        case.answer("form", needs=["food", "money"])
        task = case.tasks()["look@food"].id
        case.answer("look@food", found="yes")
        case.answer("look@money", found="yes")
        before = case.run("both", "money").ended_at
        case.clock[0] += timedelta(hours=1)
        case.correct(task, "found", "no")
        assert case.run("note", "food").outputs["value"] == "no"
        assert case.run("both", "money").ended_at == before != case.run("both", "food").ended_at
