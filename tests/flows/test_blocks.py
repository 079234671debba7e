"""Blocks: branches, joins, loops and rounds, as the engine runs them."""

from datetime import timedelta

import pytest
from procedure import procedure

from flows.inbox.case.deciding import skip
from models import InstanceStatus, TaskKind

QUESTION = """
- id: form
  title: Form
  do: assign_task
  to: group intake_team
  ends: completed
  items:
    - {id: housing, ask: Housing, type: choice, options: {stable: Stable, homeless: Homeless}, required: true}
    - {id: needs, ask: Needs, type: choices, options: {food: Food, money: Money}}
"""

CHOICE = (
    QUESTION
    + """
- id: route
  title: Which way
  choose:
    - id: urgent
      when: form.housing is homeless
      steps:
        - id: bed
          title: Find a bed
          do: assign_task
          to: group intake_team
          ends: completed
        - id: call
          title: Call
          do: calculate
          value: = count(form.needs) + 1
  otherwise:
    id: usual
    steps:
      - id: letter
        title: Letter
        do: calculate
        value: "1"
- id: after
  title: After
  do: calculate
  value: = route.branch
"""
)


def test_choose_runs_the_first_branch_that_holds_and_goes_on_when_it_has_ended() -> None:
    with procedure(CHOICE) as case:
        case.answer("form", housing="homeless", needs=["food"])
        assert case.stands() == {"form": "completed", "route": "waiting", "bed": "waiting"}
        case.answer("bed")
        assert case.stands() == dict.fromkeys(["form", "route", "bed", "call", "after"], "completed")
        assert case.run("after").outputs["value"] == "urgent"
        assert case.status() is InstanceStatus.COMPLETED


def test_choose_runs_otherwise_when_no_branch_holds() -> None:
    with procedure(CHOICE) as case:
        case.answer("form", housing="stable", needs=[])
        assert case.stands() == dict.fromkeys(["form", "route", "letter", "after"], "completed")
        assert case.run("after").outputs["value"] == "usual"


def test_a_corrected_answer_takes_the_branch_back_and_goes_the_other_way() -> None:
    with procedure(CHOICE) as case:
        task = case.tasks()["form"].id
        case.answer("form", housing="homeless", needs=["food"])
        case.correct(task, "housing", "stable")
        assert case.stands() == {
            "form": "completed",
            "route": "completed",
            "bed": "superseded",
            "letter": "completed",
            "after": "completed",
        }
        assert "bed" not in case.tasks()


def test_a_correction_that_concerns_one_step_of_a_branch_does_that_one_again() -> None:
    with procedure(CHOICE) as case:
        task = case.tasks()["form"].id
        case.answer("form", housing="homeless", needs=["food"])
        case.answer("bed")
        case.correct(task, "needs", ["food", "money"])
        assert case.run("call").outputs["value"] == "3"
        assert [run.attempt for run in case.runs() if run.step == "bed"] == [1]
        assert case.status() is InstanceStatus.COMPLETED


TWO = """
- id: checks
  title: Checks
  parallel:
    - id: police
      steps:
        - {id: police_call, title: Police, do: assign_task, to: group intake_team, ends: completed}
        - {id: police_note, title: Note, do: calculate, value: "1"}
    - id: school
      steps:
        - {id: school_call, title: School, do: assign_task, to: group intake_team, ends: completed}
    - id: landlord
      when: inputs.client.given_name is "Nobody"
      steps:
        - {id: landlord_call, title: Landlord, do: assign_task, to: group intake_team, ends: completed}
  JOIN
- id: after
  title: After
  do: calculate
  value: = count(checks.ended)
"""


def test_parallel_branches_wait_each_for_itself_and_the_join_waits_for_all_that_began() -> None:
    with procedure(TWO.replace("JOIN", "join: all")) as case:
        assert set(case.tasks()) == {"police_call", "school_call"}
        case.answer("school_call")
        assert case.stand("after") is None
        case.answer("police_call")
        assert case.stand("police_note") == "completed"
        assert case.run("after").outputs["value"] == "2"
        assert case.status() is InstanceStatus.COMPLETED


def test_join_any_withdraws_what_the_other_branches_wait_for() -> None:
    with procedure(TWO.replace("JOIN", "join: any")) as case:
        case.answer("school_call")
        assert case.stands() == {
            "checks": "completed",
            "police_call": "cancelled",
            "school_call": "completed",
            "after": "completed",
        }
        assert case.tasks() == {}
        assert case.status() is InstanceStatus.COMPLETED


def test_rest_finish_goes_on_at_once_and_the_instance_ends_when_the_others_have() -> None:
    with procedure(TWO.replace("JOIN", "join: any\n  rest: finish")) as case:
        case.answer("school_call")
        assert (case.stand("after"), case.stand("police_call")) == ("completed", "waiting")
        assert case.status() is InstanceStatus.WAITING
        case.answer("police_call")
        assert case.stand("police_note") == "completed"
        assert case.status() is InstanceStatus.COMPLETED


FIRST = """
- id: reply
  title: Which comes first
  first_of:
    - id: answered
      steps:
        - {id: ask, title: Ask, do: assign_task, to: group intake_team, ends: completed}
        - {id: thanks, title: Thanks, do: assign_task, to: group intake_team, ends: completed}
    - id: silent
      steps:
        - {id: three_days, title: Three days, do: wait, for: 3 days}
        - {id: visit, title: Visit, do: assign_task, to: group intake_team, ends: completed}
- id: after
  title: After
  do: calculate
  value: = reply.branch
"""


def test_the_first_step_that_ends_decides_and_the_other_branch_is_withdrawn() -> None:
    with procedure(FIRST) as case:
        case.answer("ask")
        assert (case.stand("three_days"), case.stand("thanks")) == ("cancelled", "waiting")
        case.pass_time(timedelta(days=4))
        assert case.stand("visit") is None
        case.answer("thanks")
        assert case.run("after").outputs["value"] == "answered"
        assert case.status() is InstanceStatus.COMPLETED


def test_time_can_come_first() -> None:
    with procedure(FIRST) as case:
        case.pass_time(timedelta(days=4))
        assert set(case.tasks()) == {"visit"}
        case.answer("visit")
        assert case.run("after").outputs["value"] == "silent"


EACH = (
    QUESTION
    + """
- id: help
  title: Help with each need
  for_each:
    need: = form.needs
  steps:
    - id: look
      title: Look for help
      do: assign_task
      to: group intake_team
      ends: completed
      items:
        - {id: found, ask: Found?, type: yes_no, required: true}
    - id: note
      title: Note
      do: calculate
      when: look.found is yes
      value: = need
  JOIN
- id: after
  title: After
  do: calculate
  value: = count(help.each)
"""
)


def test_steps_run_for_each_member_on_their_own_and_are_collected() -> None:
    with procedure(EACH.replace("  JOIN\n", "")) as case:
        case.answer("form", housing="stable", needs=["food", "money"])
        assert set(case.tasks()) == {"look@food", "look@money"}
        case.answer("look@money", found="yes")
        assert case.run("note", "money").outputs["value"] == "money"
        assert case.stand("after") is None
        case.answer("look@food", found="no")
        assert case.stand("note@food") == "skipped"
        each = case.run("help").outputs["each"]
        assert [(one["need"], one["look"]["found"]) for one in each] == [("food", "no"), ("money", "yes")]
        assert case.run("after").outputs["value"] == "2"
        assert case.status() is InstanceStatus.COMPLETED


def test_a_loop_may_end_when_some_of_its_members_have() -> None:
    with procedure(EACH.replace("JOIN", "join: 1")) as case:
        case.answer("form", housing="stable", needs=["food", "money"])
        case.answer("look@money", found="yes")
        assert case.stand("look@food") == "cancelled"
        assert case.run("after").outputs["value"] == "1"


def test_a_correction_in_one_member_leaves_the_others_alone() -> None:
    with procedure(EACH.replace("  JOIN\n", "")) as case:
        case.answer("form", housing="stable", needs=["food", "money"])
        task = case.tasks()["look@food"].id
        case.answer("look@food", found="no")
        case.answer("look@money", found="yes")
        case.correct(task, "found", "yes")
        assert case.run("note", "food").outputs["value"] == "food"
        assert [run.attempt for run in case.runs() if run.step == "note" and run.iteration == "money"] == [1]
        assert case.status() is InstanceStatus.COMPLETED


def test_a_loop_without_members_is_skipped_with_its_steps() -> None:
    with procedure(EACH.replace("  JOIN\n", "")) as case:
        case.answer("form", housing="stable", needs=[])
        assert case.stand("help") == "skipped"
        assert case.stand("look") is None
        assert case.status() is InstanceStatus.COMPLETED


ROUNDS = """
- id: rounds
  title: Until it is right
  repeat:
    until: review.right is yes
    at_most: 3
  OTHERWISE
  steps:
    - {id: draft, title: Draft, do: assign_task, to: group intake_team, ends: completed}
    - id: review
      title: Review
      do: assign_task
      to: group intake_team
      ends: completed
      items:
        - {id: right, ask: Right?, type: yes_no, required: true}
- id: after
  title: After
  do: calculate
  value: = rounds.count
"""


def test_a_repeat_runs_its_steps_again_until_the_condition_holds() -> None:
    with procedure(ROUNDS.replace("  OTHERWISE\n", "")) as case:
        for round_number, right in enumerate(["no", "yes"], 1):
            case.answer(f"draft@{round_number}")
            case.answer(f"review@{round_number}", right=right)
        assert case.run("after").outputs["value"] == "2"
        assert case.run("rounds").outputs["review"]["right"] == "yes"
        assert case.status() is InstanceStatus.COMPLETED


def test_too_many_rounds_are_an_incident_or_go_to_whoever_otherwise_names() -> None:
    for otherwise, expected in (
        ("", InstanceStatus.INCIDENT),
        ("  otherwise: {assign: group intake_team}\n", InstanceStatus.WAITING),
    ):
        with procedure(ROUNDS.replace("  OTHERWISE\n", otherwise)) as case:
            for number in (1, 2, 3):
                case.answer(f"draft@{number}")
                case.answer(f"review@{number}", right="no")
            assert case.status() is expected
            if otherwise:
                case.answer("rounds")
                assert case.run("after").outputs["value"] == "3"
                assert case.status() is InstanceStatus.COMPLETED


NESTED = (
    QUESTION
    + """
- id: help
  title: Help
  for_each:
    need: = form.needs
  steps:
    - id: tries
      title: Tries
      repeat:
        until: ask.done is yes
        at_most: 5
      steps:
        - id: way
          title: Way
          choose:
            - when: need is food
              steps:
                - {id: bank, title: Food bank, do: calculate, value: "1"}
          otherwise: nothing
        - id: ask
          title: Ask
          do: assign_task
          to: group intake_team
          ends: completed
          items:
            - {id: done, ask: Done?, type: yes_no, required: true}
"""
)


def test_blocks_stand_in_blocks() -> None:
    with procedure(NESTED) as case:
        case.answer("form", housing="stable", needs=["food", "money"])
        case.answer("ask@food/1", done="no")
        case.answer("ask@food/2", done="yes")
        case.answer("ask@money/1", done="yes")
        assert (case.stand("bank@food/2"), case.stand("bank@money/1")) == ("completed", None)
        assert case.stand("tries@food") == "completed"
        assert case.status() is InstanceStatus.COMPLETED


REVIEW = """
- id: draft
  title: Draft the plan
  do: assign_task
  to: group intake_team
  ends: completed
  items:
    - {id: goal, ask: Goal, type: text, required: true}
- id: copy
  title: Copy
  do: calculate
  value: = draft.goal
- id: approval
  title: Approve
  do: assign_task
  to: group intake_team
  ends: completed
  items:
    - {id: decision, ask: Decision, type: choice, options: {approved: Yes, returned: No}, required: true}
    - {id: comment, ask: Why, type: text}
  rework:
    when: approval.decision is returned
    back_to: draft
    at_most: 2
    because: = approval.comment
- id: after
  title: After
  do: calculate
  value: = copy.value
""".replace("approved: Yes, returned: No", "approved: Approved, returned: Returned")


def test_a_reviewer_sends_work_back_and_what_followed_is_done_again() -> None:
    with procedure(REVIEW) as case:
        case.answer("draft", goal="one")
        case.answer("approval", decision="returned", comment="Say more")
        assert set(case.tasks()) == {"draft"}
        assert "Say more" in case.tasks()["draft"].description
        assert case.stand("copy") == "superseded"
        case.answer("draft", goal="two")
        case.answer("approval", decision="approved")
        assert case.run("after").outputs["value"] == "two"
        assert case.status() is InstanceStatus.COMPLETED


def test_work_goes_back_only_so_often() -> None:
    with procedure(REVIEW) as case:
        for _ in range(3):
            case.answer("draft", goal="one")
            case.answer("approval", decision="returned", comment="Say more")
        assert case.status() is InstanceStatus.INCIDENT
        assert case.stand("after") is None


def test_a_block_that_a_person_skips_withdraws_what_its_steps_wait_for() -> None:
    steps = EACH.replace("JOIN", "time_limit: 1 day")
    with procedure(steps) as case:
        case.answer("form", housing="stable", needs=["food", "money"])
        case.answer("look@money", found="yes")
        case.pass_time(timedelta(days=3))
        (incident,) = case.tasks(TaskKind.INCIDENT).values()
        skip(case.runtime, incident.id, reason="Enough", by=case.people["worker"], now=case.clock[0])
        case.go()
        assert case.tasks() == {}
        assert (case.stand("help"), case.stand("look@food")) == ("skipped", "cancelled")
        assert case.run("after").outputs["value"] == "1"
        assert case.status() is InstanceStatus.COMPLETED


def test_a_loop_has_what_a_person_gave_for_a_step_in_it_that_they_skipped() -> None:
    steps = EACH.replace("  JOIN\n", "").replace("ends: completed", "time_limit: 1 day")
    with procedure(steps) as case:
        case.answer("form", housing="stable", needs=["food"])
        case.pass_time(timedelta(days=3))
        (incident,) = case.tasks(TaskKind.INCIDENT).values()
        given = {"found": "yes"}
        by, now = case.people["worker"], case.clock[0]
        skip(case.runtime, incident.id, reason="Known", outputs=given, by=by, now=now)
        case.go()
        assert case.run("help").outputs["each"][0]["look"]["found"] == "yes"
        assert case.run("note", "food").outputs["value"] == "food"
        assert case.status() is InstanceStatus.COMPLETED


COUNTED = (
    QUESTION
    + """
- id: help
  title: Help with each need
  needs: [form]
  for_each: {need: = form.needs}
  steps:
    - {id: look, title: Look, do: assign_task, to: group intake_team}
- id: only_with_members
  title: Only with members
  do: calculate
  needs: [help]
  value: "1"
- id: counted
  title: Counted
  do: calculate
  needs: [form, help]
  value: = count(help.each)
"""
)


@pytest.mark.parametrize(("needs", "value", "provisional"), [([], "0", False), (None, None, True)])
def test_a_list_of_nobody_is_empty_and_one_of_nobody_knows_whom_is_missing(
    needs: list[str] | None, value: str | None, provisional: bool
) -> None:
    with procedure(COUNTED) as case:
        case.answer("form", housing="stable", **({} if needs is None else {"needs": needs}))
        assert case.status() is InstanceStatus.COMPLETED
        assert case.stand("only_with_members") == "skipped"
        assert case.run("counted").outputs == {"value": value, "provisional": provisional}


SOME = """
- id: form
  title: Form
  do: assign_task
  to: group intake_team
  ends: completed
  items: [{id: calls, ask: Calls?, type: yes_no, required: true}]
- id: reply
  title: Which comes first
  first_of:
    - id: answered
      steps:
        - id: ask
          title: Ask
          when: form.calls is yes
          do: assign_task
          to: group intake_team
          ends: completed
        - {id: thanks, title: Thanks, do: assign_task, to: group intake_team, ends: completed}
        - {id: note, title: Note, needs: [], do: assign_task, to: group intake_team, ends: completed}
    - id: silent
      steps:
        - {id: three_days, title: Three days, WHEN do: wait, for: 3 days}
        - {id: visit, title: Visit, do: calculate, value: "1"}
- id: after
  title: After
  do: calculate
  value: = reply.branch
"""


def test_a_branch_whose_first_step_is_skipped_takes_no_part() -> None:
    with procedure(SOME.replace("WHEN ", "")) as case:
        case.answer("form", calls="no")
        assert case.tasks() == {}
        assert (case.stand("ask"), case.stand("thanks")) == ("skipped", None)
        case.pass_time(timedelta(days=4))
        assert case.run("after").outputs["value"] == "silent"
        assert (case.stand("thanks"), case.stand("note")) == (None, None)
        assert case.status() is InstanceStatus.COMPLETED


def test_only_the_first_step_of_a_branch_begins_before_the_branch_has_come_first() -> None:
    with procedure(SOME.replace("WHEN ", "")) as case:
        case.answer("form", calls="yes")
        assert set(case.tasks()) == {"ask"}
        case.answer("ask")
        assert set(case.tasks()) == {"thanks", "note"}


def test_where_no_branch_takes_part_the_block_ends_without_one() -> None:
    steps = SOME.replace("WHEN ", "when: form.calls is yes, ").replace("= reply.branch", '"1"')
    with procedure(steps) as case:
        case.answer("form", calls="no")
        assert case.stands() == {
            "form": "completed",
            "ask": "skipped",
            "three_days": "skipped",
            "reply": "completed",
            "after": "completed",
        }
        assert case.run("reply").outputs["branch"] is None
