"""What a cancelled process does about what it had done: `undo`, the last one first, each once."""

from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from engine_world import MONDAY, World, step
from hypothesis import given
from hypothesis import strategies as st
from procedure import Procedure, procedure
from small_office import small_office
from sqlmodel import col, select
from step_bench import HEADER

from flows.errors import NotFoundError
from flows.inbox import complete
from flows.inbox.case.deciding import retry, skip
from flows.inbox.case.holding import cancel, hold
from flows.steps.undoing import turn
from flows.viewing.step_lines import StepLine, step_lines
from models import Household, Instance, InstanceStatus, StepRun, StepStatus, TaskKind, Timer, TimerPurpose
from tasks.call import Call
from tasks.undoing import UNDO

ASK = "do: assign_task, to: group intake_team, ends: completed"

TRIP = f"""
- id: place
  title: Book a place
  do: assign_task
  to: group intake_team
  items:
    - {{id: house, ask: House, type: text, required: true}}
  undo:
    steps:
      - {{id: give_back, title: Give the place back, {ASK}, description: "Of {{{{ place.house }}}}"}}
- id: fare
  title: Pay the fare
  do: calculate
  value: = 10
  undo:
    steps:
      - {{id: fare_back, title: Ask the fare back, do: calculate, value: = fare.value * 2}}
      - {{id: noted, title: Note it, do: calculate, value: = fare_back.value + 1}}
- {{id: talk, title: Talk, {ASK}}}
"""


def cancelled(case: Procedure) -> None:
    """Somebody cancels the process, and the engine does what follows."""
    said = cancel(case.runtime, case.instance_id, reason="Called off", by=None, now=case.clock[0])
    assert said.undoing is (case.status() is InstanceStatus.CANCELLING)
    case.go()


def in_order(case: Procedure) -> list[str]:
    """What was undone so far, in its order."""
    runs = [run for run in case.runs() if case.plan.step(run.step).undoes]
    return [run.step + (f"@{run.iteration}" if run.iteration else "") for run in runs]


def test_what_was_completed_is_undone_the_last_one_first_and_people_are_waited_for() -> None:
    with procedure(TRIP) as case:
        case.answer("place", house="Elm Street")
        cancelled(case)
        assert case.stands() == {
            "place": "completed",
            "fare": "completed",
            "talk": "cancelled",
            "fare_back": "completed",
            "noted": "completed",
            "give_back": "waiting",
        }
        assert [case.run(name).outputs["value"] for name in ("fare_back", "noted")] == ["20", "21"]
        assert case.status() is InstanceStatus.CANCELLING
        (task,) = case.tasks().values()
        assert (task.step, task.description) == ("give_back", "Of Elm Street")
        case.clock[0] += timedelta(hours=1)
        case.answer("give_back")
        with case.runtime.store.read() as session:
            instance = session.get_one(Instance, case.instance_id)
        assert (instance.status, instance.ended_at) == (InstanceStatus.CANCELLED, case.clock[0])


def test_what_was_not_completed_is_not_undone() -> None:
    with procedure(TRIP) as case:
        cancelled(case)
        assert case.stands() == {"place": "cancelled"}
        assert case.status() is InstanceStatus.CANCELLED


def test_a_process_that_comes_to_its_end_undoes_nothing() -> None:
    with procedure(TRIP) as case:
        case.answer("place", house="Elm Street")
        case.answer("talk")
        assert case.status() is InstanceStatus.COMPLETED
        assert in_order(case) == []


def test_a_second_cancel_and_a_hold_change_nothing_while_it_is_undone() -> None:
    with procedure(TRIP) as case:
        case.answer("place", house="Elm Street")
        cancelled(case)
        before = case.stands()
        cancelled(case)
        with pytest.raises(NotFoundError, match="is being cancelled"):
            hold(case.runtime, case.instance_id, reason="Wait", by=None, now=case.clock[0])
        assert case.stands() == before
        assert case.status() is InstanceStatus.CANCELLING


def test_a_step_done_again_is_undone_once_with_what_counts_now() -> None:
    steps = TRIP.replace("value: = 10", "value: = place.price").replace(
        "{id: house, ask: House, type: text, required: true}",
        "{id: house, ask: House, type: text, required: true}\n    - {id: price, ask: Price, type: number}",
    )
    with procedure(steps) as case:
        task = case.tasks()["place"].id
        case.answer("place", house="Elm Street", price=3)
        case.correct(task, "price", 7)
        cancelled(case)
        assert in_order(case) == ["fare_back", "noted", "give_back"]
        assert case.run("fare_back").outputs["value"] == "14"


def test_a_condition_decides_on_what_the_step_gave() -> None:
    steps = TRIP.replace(f"{ASK}, description:", f'{ASK}, when: place.house is "Elm Street", description:')
    with procedure(steps) as case:
        case.answer("place", house="Oak Road")
        cancelled(case)
        assert case.stand("give_back") == "skipped"
        assert case.status() is InstanceStatus.CANCELLED


ROUNDS = f"""
- id: rounds
  title: Nights
  repeat:
    until: more.answer is no
    at_most: 5
  steps:
    - id: bed
      title: Book a bed
      do: calculate
      value: = 1
      undo:
        steps:
          - {{id: bed_back, title: Give the bed back, do: calculate, value: = bed.value}}
    - id: more
      title: One more?
      do: assign_task
      to: group intake_team
      items:
        - {{id: answer, ask: One more?, type: yes_no, required: true}}
- {{id: talk, title: Talk, {ASK}}}
"""


@pytest.mark.parametrize("after_the_loop", [False, True])
def test_each_round_is_undone_the_newest_first(after_the_loop: bool) -> None:
    with procedure(ROUNDS) as case:
        for path in ("1", "2"):
            case.answer(f"more@{path}", answer="yes")
        if after_the_loop:
            case.answer("more@3", answer="no")
        cancelled(case)
        assert in_order(case) == ["bed_back@3", "bed_back@2", "bed_back@1"]
        assert case.status() is InstanceStatus.CANCELLED


MEMBERS = f"""
- id: form
  title: Form
  do: assign_task
  to: group intake_team
  items:
    - {{id: needs, ask: Needs, type: choices, options: {{food: Food, money: Money, bed: Bed}}}}
- id: help
  title: Help
  for_each: {{need: = form.needs}}
  steps:
    - id: found
      title: Find help
      {ASK.replace(", ", chr(10) + "      ")}
      undo:
        steps:
          - id: told
            title: Tell them that it is off
            do: calculate
            set: {{need: = need, again: = form.needs}}
- {{id: talk, title: Talk, {ASK}}}
"""


def test_each_member_that_came_to_its_end_is_undone_the_newest_first_and_reads_its_own_values() -> None:
    with procedure(MEMBERS) as case:
        case.answer("form", needs=["food", "money", "bed"])
        case.answer("found@money")
        case.answer("found@food")
        cancelled(case)
        assert in_order(case) == ["told@food", "told@money"]
        assert case.run("told", "food").outputs["need"] == "food"
        assert case.status() is InstanceStatus.CANCELLED


# -- the order


@given(
    st.lists(
        st.tuples(st.sampled_from(["one", "two"]), st.sampled_from(["", "1", "2", "ana/1"])), unique=True
    )
)
def test_the_turns_are_those_of_completion_backwards_each_once(completed: list[tuple[str, str]]) -> None:
    runs = [
        run_of(name, path, {UNDO: {"number": number, "steps": [f"{name}_back"]}})
        for number, (name, path) in enumerate(completed, start=1)
    ]
    undone = []
    while (next_one := turn(runs)) is not None:
        undone.append((next_one.step, next_one.iteration))
        runs.append(run_of(f"{next_one.step}_back", next_one.iteration, {}))
    assert undone == completed[::-1]


def run_of(step: str, path: str, outputs: dict[str, Any]) -> StepRun:
    return StepRun(
        instance_id="i",
        step=step,
        iteration=path,
        status=StepStatus.COMPLETED,
        started_at=MONDAY,
        outputs=outputs,
    )


# -- what the steps of an undo can do


MORE = """
- id: form
  title: Form
  do: assign_task
  to: group intake_team
  items:
    - {id: needs, ask: Needs, type: choices, options: {food: Food, bed: Bed}}
  undo:
    steps:
      - {id: pause, title: Wait a while, do: wait, for: 1 hour}
      - id: told
        title: Tell each
        do: assign_task
        to: group intake_team
        for_each: {need: = form.needs}
      - id: noted
        title: Note it
        do: assign_task
        to: group intake_team
        due: 3 hours
        escalate: [{overdue: 0 hours, to: manager}]
        ends: created
- {id: talk, title: Talk, ASK}
""".replace("ASK", ASK)


def test_they_wait_go_over_several_and_leave_tasks_behind_that_are_still_due() -> None:
    with procedure(MORE) as case:
        case.answer("form", needs=["food", "bed"])
        cancelled(case)
        assert case.stands() | {"talk": ""} == {"form": "completed", "pause": "waiting", "talk": ""}
        case.pass_time(timedelta(hours=1))
        for name in ("told@food", "told@bed"):
            case.answer(name)
        assert case.status() is InstanceStatus.CANCELLED
        assert list(case.tasks()) == ["noted"]
        case.pass_time(timedelta(days=1))
        with case.runtime.store.read() as session:
            timers = session.exec(select(Timer).where(Timer.purpose == TimerPurpose.ESCALATE)).all()
        assert [timer.handled_at is not None for timer in timers] == [True]


# -- what goes wrong, and the end


WRONG = """
- id: first
  title: First
  do: calculate
  value: = 1
  undo:
    steps:
      - {id: first_back, title: First back, do: calculate, value: = 2}
- id: second
  title: Second
  do: calculate
  value: = 1
  undo:
    steps:
      - id: second_back
        title: Second back
        when: inputs.note is "yes"
        do: calculate
        value: = 2
- {id: talk, title: Talk, ASK}
""".replace("ASK", ASK)

NOTED = HEADER.replace("steps:", "  note:\n    type: text\n    title: Note\n    required: false\nsteps:")
"""With an input that nobody has given: what asks for it can't be decided."""


def incident(case: Procedure) -> str:
    (task,) = case.tasks(TaskKind.INCIDENT).values()
    return task.id


def test_what_can_t_be_undone_asks_a_person_and_what_came_before_waits() -> None:
    with procedure(WRONG, header=NOTED) as case:
        cancelled(case)
        assert case.stand("second_back") == "incident"
        assert case.stand("first_back") is None
        assert case.status() is InstanceStatus.CANCELLING
        skip(case.runtime, incident(case), reason="Done by telephone", by=None, now=case.clock[0])
        case.go()
        assert (case.stand("second_back"), case.stand("first_back")) == ("skipped", "completed")
        assert case.status() is InstanceStatus.CANCELLED


def test_it_is_tried_again_when_a_person_says_so() -> None:
    with procedure(WRONG, header=NOTED) as case:
        cancelled(case)
        change = {"inputs": {"note": "yes"}, "reason": "Told later", "plan_of": case.plans.of}
        retry(case.runtime, incident(case), by=None, now=case.clock[0], **change)
        case.go()
        assert case.stands() | {"talk": ""} == dict.fromkeys(
            ["first", "second", "second_back", "first_back"], "completed"
        ) | {"talk": ""}
        assert case.status() is InstanceStatus.CANCELLED


# -- crashes


def test_a_pass_that_is_killed_anywhere_while_undoing_finds_its_place_again(world: World) -> None:
    """At each point that undoing passes, once: nothing is undone twice, left out, or in another order."""
    names = ("one", "two", "three")
    steps = [step("say", name, 2 * number, undo=(f"{name}_back",)) for number, name in enumerate(names)]
    undoing = [
        step("fragile", f"{name}_back", 2 * number + 1, undoes=name) for number, name in enumerate(names)
    ]
    world.publish(*steps, step("ask", "question", 7, implied="three"), undo_steps=tuple(undoing))

    class Killed(BaseException):
        pass

    def write(call: Call) -> None:
        if call.step.undoes is None:
            return
        call.session.add(Household(name=f"{call.instance.id} {call.step.id}", created_at=call.now))

    ids = count()
    world.set(new_id=lambda: f"{next(ids):026d}")
    passed = 1
    for kill in range(1, 1000):
        if passed < kill - 1:
            break
        (instance,) = world.start()
        world.trouble.acts[instance] = write
        world.run_all()
        passed = 0

        def reach(point: str, at: int = kill) -> None:
            nonlocal passed
            passed += 1
            if passed == at:
                raise Killed

        cancel_in(world, instance)
        world.set(reach=reach)
        try:
            world.run_all()
        except Killed:
            world.pass_time(timedelta(minutes=2))
            world.set(reach=lambda _: None)
            world.run_all()
        assert undone(world, instance) == {"one_back": 1, "two_back": 1, "three_back": 1}, kill
        begun = {name: world.runs(instance)[f"{name}_back", ""].id for name in names}
        assert sorted(names, key=lambda name: begun[name]) == ["three", "two", "one"]
        assert world.instance(instance).status is InstanceStatus.CANCELLED
        assert world.wakes() == []
    assert kill > 10


def cancel_in(world: World, instance: str) -> None:
    told = {"reason": "Called off", "by": None, "now": world.runtime.clock()}
    cancel(world.runtime, instance, plan_of=lambda _: world.plan, **told)


def undone(world: World, instance: str) -> dict[str, int]:
    """How often each undoing has written what it writes."""
    with world.runtime.store.read() as session:
        names = [str(row.name) for row in session.exec(select(Household).order_by(col(Household.id)))]
    mine = [name.split()[1] for name in names if name.startswith(f"{instance} ")]
    return {name: mine.count(name) for name in mine}


# -- processes that others have started


CHILD = """\
process: child
title: Child
purpose: To be tried
owner: intake_team
inputs:
  case: {type: Case, title: Case}
steps:
  - id: booked
    title: Book
    do: calculate
    value: = 1
    undo:
      steps:
        - {id: freed, title: Free it, do: assign_task, to: group intake_team}
  - {id: talk, title: Talk, do: assign_task, to: group intake_team}
"""
PARENT = """\
process: parent
title: Parent
purpose: To be tried
owner: intake_team
inputs:
  case: {type: Case, title: Case}
steps:
  - id: child
    title: Begin
    do: start_process
    process: child
    inputs:
      case: = inputs.case
    ends: completed
    otherwise: {assign: group intake_team}
"""


@pytest.mark.parametrize("who", ["child", "parent"])
def test_a_process_that_another_one_waits_for_is_undone_before_that_one_hears_of_its_end(who: str) -> None:
    with small_office() as office:
        office.know("child", CHILD)
        office.publish(CHILD)
        office.publish(PARENT)
        parent = office.start("parent")
        office.settle()
        (child,) = office.instances("child")
        cancel(
            office.runtime,
            {"child": child.id, "parent": parent}[who],
            reason="Called off",
            by=None,
            now=office.clock(),
            plan_of=office.plans.of,
        )
        office.settle()
        statuses = {"child": InstanceStatus.WAITING, "parent": InstanceStatus.CANCELLED}
        assert office.instances("child")[0].status is InstanceStatus.CANCELLING
        assert office.instances("parent")[0].status is statuses[who]
        assert office.run(parent, "child").outputs == {}
        (task,) = [each for each in office.tasks(TaskKind.ASSIGNMENT) if each.step == "freed"]
        complete(office.runtime.store, task.id, {}, by=office.worker, now=office.clock())
        office.settle()
        assert office.instances("child")[0].status is InstanceStatus.CANCELLED
        assert ("#handover" in office.run(parent, "child").outputs) is (who == "child")


# -- what people see


def test_what_undoes_a_step_is_shown_once_it_has_begun() -> None:
    with procedure(TRIP) as case:
        case.answer("place", house="Elm Street")
        assert [line.step for line in lines(case)] == ["place", "fare", "talk"]
        cancelled(case)
        shown = {line.step: line.mark for line in lines(case)}
        assert list(shown) == ["place", "give_back", "fare", "fare_back", "noted", "talk"]
        assert (shown["give_back"], shown["noted"], shown["talk"]) == ("waits", "done", "cancelled")
        assert not any("undo" in line.words for line in lines(case))


def lines(case: Procedure) -> tuple[StepLine, ...]:
    with case.runtime.store.read() as session:
        return step_lines(session, case.plan, case.instance_id)
