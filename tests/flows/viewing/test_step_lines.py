"""How the steps of a case are shown that stand in loops."""

from procedure import procedure

from flows.viewing.step_lines import step_lines

LOOP = """
- id: form
  title: Form
  do: assign_task
  to: group intake_team
  items:
    - {id: needs, ask: Needs?, type: choices, options: {food: Food, money: Money}}
- id: help
  title: Help
  for_each: {need: = form.needs}
  steps:
    - {id: ask, title: Ask, do: assign_task, to: group intake_team}
    - {id: note, title: Note, do: calculate, value: = need}
"""


def test_a_step_in_a_loop_is_shown_as_it_stands_in_all_its_parts() -> None:
    with procedure(LOOP) as case:
        case.answer("form", needs=["food", "money"])
        case.answer("ask@food")
        with case.runtime.store.read() as session:
            _, _, ask, note = step_lines(session, case.plan, case.instance_id)
        assert (ask.state, ask.result) == ("waiting", "1 of 2 done")
        assert [(part.part, part.state) for part in ask.parts] == [
            ("food", "completed"),
            ("money", "waiting"),
        ]
        assert (note.state, note.result) == ("completed", "1 of 1 done")


def test_a_step_in_a_loop_that_no_part_has_reached_has_not_started() -> None:
    with procedure(LOOP) as case:
        case.answer("form", needs=["food"])
        with case.runtime.store.read() as session:
            assert step_lines(session, case.plan, case.instance_id)[3].state == "not started"
