"""Forms that are asked for each member of a loop: whose answer is whose is never mixed up."""

import pytest
from procedure import procedure

from models import TaskKind

NAMES = """process: try-it
title: A process for tests
purpose: Try forms
owner: intake_team
inputs:
  client: {type: Client, title: Client}
  received_at: {type: date and time, title: When we were told}
  names: {type: choices, title: Names, options: {ana: Ana, ben: Ben}}
steps:
"""
VISIT = "- {id: visit, title: Visit, do: assign_task, to: group intake_team, ends: created}\n"
FORM = """id: form
{pad}title: Form
{pad}do: complete_checklist
{pad}for: visit
{pad}items: [{{id: danger, ask: Danger?, type: yes_no, required: true}}]
"""
STEP = VISIT + "- for_each: {name: = inputs.names}\n  " + FORM.format(pad="  ")
BLOCK = (
    VISIT
    + "- id: them\n  title: Them\n  for_each: {name: = inputs.names}\n  steps:\n    - "
    + FORM.format(pad="      ")
)


@pytest.mark.parametrize("steps", [STEP, BLOCK], ids=["a step", "a block"])
def test_the_forms_of_several_members_do_not_share_the_one_task_of_a_step_outside(steps: str) -> None:
    with pytest.raises(AssertionError, match="CW568"), procedure(steps, header=NAMES, names=["ana", "ben"]):
        pass
    with procedure(steps, header=NAMES, published=True, names=["ana", "ben"]) as case:
        titles = {name: task.title for name, task in case.tasks(TaskKind.CHECKLIST).items()}
        assert titles == {"form@ana": "Form: ana", "form@ben": "Form: ben"}
        assert case.tasks()["visit"].form == []
        case.answer("form@ana", danger="yes")
        case.answer("form@ben", danger="no")
        found = [case.run("form", name).outputs["danger"] for name in ("ana", "ben")]
        assert found == ["yes", "no"]


def test_where_each_member_has_a_task_the_form_stands_on_it() -> None:
    steps = STEP.replace("- {id: visit,", "- {id: visit, for_each: {name: = inputs.names},")
    with procedure(steps, header=NAMES, names=["ana", "ben"]) as case:
        case.answer("visit@ana", danger="yes")
        case.answer("visit@ben", danger="no")
        found = [case.run("form", name).outputs["danger"] for name in ("ana", "ben")]
        assert found == ["yes", "no"]
