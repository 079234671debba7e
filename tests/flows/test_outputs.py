"""`outputs:` of a process: worked out when it has ended, kept with the instance."""

import pytest
from engine_world import World, step
from procedure import procedure
from step_bench import HEADER

from definitions.arguments import Value


def test_the_outputs_are_those_of_the_steps_at_the_end(world: World) -> None:
    outputs = {"told": Value.read("= one.text"), "fixed": Value.read("always")}
    world.publish(step("say", "one", 0, arguments={"text": "hello"}), outputs=outputs)
    (instance,) = world.start()
    world.run(instance)
    assert world.instance(instance).outputs == {"told": "hello", "fixed": "always"}


def test_a_process_that_has_not_ended_has_no_outputs_yet(world: World) -> None:
    world.publish(step("ask", "one", 0), outputs={"told": Value.read("= one.task")})
    (instance,) = world.start()
    world.run(instance)
    assert world.instance(instance).outputs == {}


LAST_IN_A_BRANCH = """
- id: form
  title: Form
  do: assign_task
  to: group intake_team
  items: [{id: again, ask: Again?, type: yes_no, required: true}]
- id: way
  title: Which way
  choose:
    - id: rounds
      when: form.again is yes
      steps:
        - id: calls
          title: Calls
          repeat: {until: call.again is no, at_most: 3}
          steps:
            - id: call
              title: Call
              do: assign_task
              to: group intake_team
              items: [{id: again, ask: Again?, type: yes_no, required: true}]
  otherwise: nothing
"""


@pytest.mark.parametrize(("again", "way"), [("yes", "rounds"), ("no", None)])
def test_a_process_whose_last_step_stands_in_a_block_has_its_outputs(again: str, way: str | None) -> None:
    header = HEADER.replace("steps:", "outputs:\n  way: = way.branch\n  told: = form.again\nsteps:")
    with procedure(LAST_IN_A_BRANCH, header=header) as case:
        case.answer("form", again=again)
        if again == "yes":
            case.answer("call@1", again="no")
        assert case.outputs() == {"way": way, "told": again}
