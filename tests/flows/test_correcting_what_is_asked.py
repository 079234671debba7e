"""A corrected answer may change which questions are asked: what is asked then can be answered, and what is
not asked any more counts no longer.
"""

from datetime import timedelta

import pytest
from procedure import Procedure, procedure

from flows.inbox import ConflictError
from models import InstanceStatus, TaskKind
from tasks.people.forms import FormError

FORM = """
- id: form
  title: Form
  do: complete_checklist
  to: group intake_team
  items:
    - {id: danger, ask: Danger?, type: yes_no, required: true}
    - {id: weapon, ask: Weapon?, type: yes_no, required: true, only_if: danger is yes}
    - {id: gun, ask: A gun?, type: yes_no, only_if: weapon is yes}
    - {id: note, ask: Anything else?, type: text}
- id: told
  title: Told
  do: calculate
  value: = form.weapon is known
- id: alert
  title: Alert
  do: assign_task
  to: group intake_team
  priority: critical
  ends: completed
  when: form.danger is yes and form.gun is yes
"""


def sent(case: Procedure, **answers: str) -> str:
    """The form is sent; the id of its task."""
    task = case.tasks(TaskKind.CHECKLIST)["form"]
    case.answer("form", **answers)
    return task.id


def now_gives(case: Procedure) -> dict[str, object]:
    return {name: case.run("form").outputs[name] for name in ("danger", "weapon", "gun")}


def test_a_question_that_is_asked_only_since_a_correction_can_be_answered_and_is_acted_on() -> None:
    with procedure(FORM) as case:
        task = sent(case, danger="no")
        assert (case.stand("alert"), case.status()) == ("skipped", InstanceStatus.COMPLETED)
        case.correct(task, "danger", "yes")
        case.correct(task, "weapon", "yes")
        case.correct(task, "gun", "yes")
        assert now_gives(case) == {"danger": "yes", "weapon": "yes", "gun": "yes"}
        assert case.run("told").outputs["value"] is True
        assert set(case.tasks()) == {"alert"}


def test_answers_to_questions_that_are_not_asked_any_more_count_no_longer() -> None:
    with procedure(FORM) as case:
        task = sent(case, danger="yes", weapon="yes", gun="yes", note="It is in the drawer")
        assert set(case.tasks()) == {"alert"}
        case.correct(task, "danger", "no")
        assert now_gives(case) == {"danger": "no", "weapon": None, "gun": None}
        assert case.run("form").outputs["note"] == "It is in the drawer"
        assert case.run("told").outputs["value"] is False
        assert case.tasks() == {}
        with pytest.raises(FormError, match="asked only if"):
            case.correct(task, "weapon", "yes")
        case.correct(task, "danger", "yes")  # it was a mistake: what was dropped is asked again
        case.correct(task, "weapon", "yes")
        case.correct(task, "gun", "yes")
        assert set(case.tasks()) == {"alert"}


def test_what_was_asked_at_its_time_stays_answered_whatever_the_clock_says_later() -> None:
    only_in_spring = "only_if: danger is yes and today() < 2026-04-01"
    with procedure(FORM.replace("only_if: danger is yes}", only_in_spring + "}")) as case:
        task = sent(case, danger="yes", weapon="yes", gun="yes", note="In the drawer")
        case.pass_time(timedelta(days=60))
        case.correct(task, "note", "In the cellar")
        assert now_gives(case) == {"danger": "yes", "weapon": "yes", "gun": "yes"}
        assert set(case.tasks()) == {"alert"}


def test_in_an_open_form_an_answer_is_not_corrected_before_there_is_one() -> None:
    with procedure(FORM) as case:
        task = case.tasks(TaskKind.CHECKLIST)["form"].id
        with pytest.raises(ConflictError, match="answer it first"):
            case.correct(task, "note", "x")
