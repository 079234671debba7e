"""`outputs:` of a process: worked out when it has ended, kept with the instance."""

from engine_world import World, step

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
