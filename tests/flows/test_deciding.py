"""What a person decides about an incident: retry, retry with other inputs, skip; once, with who and why."""

from typing import Any

import pytest
from engine_faults import breaks
from engine_world import MONDAY, World, nothing, step
from sqlmodel import select

from definitions.arguments import Value
from definitions.plan import ForEach, Input, Read
from definitions.types import Choices, Number, Struct, Text
from flows.errors import InputError, NotFoundError
from flows.inbox import ConflictError, NotAllowedError
from flows.inbox.case.deciding import retry, skip
from flows.timers import tick
from flows.versions import Plans
from models import (
    AuditEvent,
    HumanTask,
    InstanceStatus,
    Staff,
    StepStatus,
    TaskEvent,
    TaskKind,
    Timer,
    TimerPurpose,
    WaitsFor,
    WakeKind,
)
from tasks.call import Call
from tasks.timers import FreeCall


def incident(world: World) -> HumanTask:
    """The only incident that is open."""
    (found,) = [task for task in world.tasks(TaskKind.INCIDENT) if task.status.value == "requested"]
    return found


def again(world: World, task_id: str | None = None, **more: Any) -> bool:
    told = {"by": None, "now": world.runtime.clock(), "plan_of": lambda _: world.plan, **more}
    return retry(world.runtime, task_id or incident(world).id, **told)


def leave(world: World, task_id: str | None = None, **more: Any) -> str:
    told = {"reason": "done by telephone", "by": None, "now": world.runtime.clock(), **more}
    return skip(world.runtime, task_id or incident(world).id, plan_of=lambda _: world.plan, **told)


def broken(world: World, *others: Any, **more: Any) -> str:
    """An instance whose first step has an incident, with the steps after it."""
    world.publish(step("fragile", "first", 0, **more.pop("first", {})), *others, **more)
    (instance,) = world.start(**({"name": "Eva"} if "inputs" in more else {}))
    world.trouble.acts[instance] = breaks
    world.run_all()
    return instance


READER = step(
    "say",
    "reader",
    1,
    implied="first",
    arguments={"text": Value.read("= first.text")},
    reads=frozenset({Read("first", "text")}),
)


# -- skipping


def test_a_skipped_step_ends_with_the_reason_and_the_others_go_on(world: World) -> None:
    instance = broken(world, step("say", "after", 1, implied="first"))
    assert leave(world) == "step"
    world.run_all()
    assert world.statuses(instance) == {"first": "skipped", "after": "completed"}
    run = world.runs(instance)["first", ""]
    assert (run.reason, run.error, run.ended_at) == ("skipped by a person: done by telephone", None, MONDAY)
    assert world.instance(instance).status is InstanceStatus.COMPLETED


def test_a_later_step_reads_what_was_given_for_the_skipped_one(world: World) -> None:
    instance = broken(world, READER)
    leave(world, outputs={"text": "by hand"})
    world.run_all()
    assert world.runs(instance)["reader", ""].outputs == {"text": "by hand"}


def test_an_output_that_a_later_step_reads_has_to_be_given(world: World) -> None:
    instance = broken(world, READER)
    for outputs in ({}, {"text": ""}):
        with pytest.raises(InputError, match=r"`reader` \(test.yaml:11:5\) reads .* --output text="):
            leave(world, outputs=outputs)
    assert world.statuses(instance) == {"first": "incident"}
    assert incident(world).status.value == "requested"


def test_an_output_whose_absence_its_readers_foresee_may_be_missing(world: World) -> None:
    guarded = step(
        "say", "reader", 1, implied="first", reads=frozenset({Read("first", "text", guarded=True)})
    )
    instance = broken(world, guarded)
    leave(world)
    world.run_all()
    assert world.statuses(instance) == {"first": "skipped", "reader": "completed"}


def test_what_only_steps_that_have_ended_have_read_may_be_missing(world: World) -> None:
    early = step("say", "reader", 1, reads=frozenset({Read("first", "text")}))
    instance = broken(world, early)
    assert world.statuses(instance) == {"first": "incident", "reader": "completed"}
    leave(world)
    world.run_all()
    assert world.instance(instance).status is InstanceStatus.COMPLETED


def test_outputs_are_checked_by_name_and_type(world: World) -> None:
    typed = Struct((("text", Text()), ("score", Number())))
    instance = broken(world, first={"output": typed})
    with pytest.raises(InputError, match="no output txet; it gives text, score"):
        leave(world, outputs={"txet": "x"})
    with pytest.raises(InputError, match="the output `score` is not a number"):
        leave(world, outputs={"score": "many"})
    leave(world, outputs={"score": "12.5"})
    world.run_all()
    assert world.runs(instance)["first", ""].outputs["score"] == "12.5"


def test_steps_that_need_a_skipped_step_in_writing_run(world: World) -> None:
    """Unlike those that need a step which its own `when` has skipped (engine.md R1.2)."""
    instance = broken(world, step("say", "after", 1, needs=["first"]))
    leave(world)
    world.run_all()
    assert world.statuses(instance) == {"first": "skipped", "after": "completed"}


def test_what_a_waiting_step_had_asked_for_is_withdrawn_when_it_is_skipped(world: World) -> None:
    undone: list[str] = []

    def undo(call: Call, _: object) -> None:
        undone.append(call.run.step)

    world.runtime.handlers["ask"].withdraw(undo)
    world.publish(step("ask", "question", 0))
    (instance,) = world.start()
    world.run_all()
    world.trouble.on_resume[instance] = breaks
    world.wake(instance, "look")
    world.run_all()
    leave(world)
    world.run_all()
    assert world.statuses(instance) == {"question": "skipped"}
    assert [task.status.value for task in world.tasks()] == ["cancelled"]
    assert undone == ["question"]


def test_one_iteration_is_skipped_alone(world: World) -> None:
    loop = ForEach("need", Value.read("= inputs.needs"))
    needs = Input("needs", "Needs", Choices(("food", "housing")), required=True)
    world.publish(
        step("fragile", "each_need", 0, for_each=loop),
        step("say", "after", 1, implied="each_need", reads=frozenset({Read("each_need", "each")})),
        inputs=(needs,),
    )
    (instance,) = world.start(needs=["food", "housing"])

    def breaks_for_housing(call: Call) -> None:
        if call.run.iteration == "housing":
            breaks(call)

    world.trouble.acts[instance] = breaks_for_housing
    world.run_all()
    leave(world, outputs={"text": "a flat was found"})
    world.run_all()
    found = {
        path: run.status.value for (name, path), run in world.runs(instance).items() if name == "each_need"
    }
    assert found == {"": "completed", "food": "completed", "housing": "skipped"}
    each = world.runs(instance)["each_need", ""].outputs["each"]
    assert [(one["need"], one["text"]) for one in each] == [
        ("food", "survived"),
        ("housing", "a flat was found"),
    ]
    assert world.statuses(instance)["after"] == "completed"


def test_a_loop_that_could_not_begin_is_skipped_as_a_whole(world: World) -> None:
    loop = ForEach("need", Value.read("= inputs.needs"))
    needs = Input("needs", "Needs", Choices(("food", "food")), required=True)
    world.publish(step("say", "each_need", 0, for_each=loop), inputs=(needs,))
    (instance,) = world.start(needs=["food", "food"])  # two members that can't be told apart
    world.run_all()
    assert world.statuses(instance) == {"each_need": "incident"}
    leave(world)
    world.run_all()
    assert world.runs(instance)["each_need", ""].outputs["each"] == []
    assert world.instance(instance).status is InstanceStatus.COMPLETED


def test_a_timer_that_failed_is_left_out_and_its_step_goes_on_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    acts = [breaks]
    monkeypatch.setattr("flows.steps.stepping.handle_timer", lambda call, timer: acts[0](call))
    world.publish(step("ask", "question", 0))
    (instance,) = world.start()
    world.run_all()
    run = world.runs(instance)["question", ""]
    with world.runtime.store.write() as session:
        session.add(
            Timer(
                instance_id=instance,
                step_run_id=run.id,
                purpose=TimerPurpose.REMIND,
                key="remind",
                due_at=MONDAY,
                created_at=MONDAY,
            )
        )
    tick(world.runtime, Plans(world.runtime))
    world.run_all()
    acts[0] = lambda _: pytest.fail("it acted")
    with pytest.raises(InputError, match="give no outputs"):
        leave(world, outputs={"task": "x"})
    assert leave(world) == "timer"
    world.run_all()
    run = world.runs(instance)["question", ""]
    assert (run.status, run.waits_for) == (StepStatus.WAITING, WaitsFor.PEOPLE)
    world.complete_tasks(instance)
    world.run_all()
    assert world.statuses(instance) == {"question": "completed"}


def test_a_correction_that_failed_is_left_out(world: World) -> None:
    world.publish(
        step("ask", "form", 0),
        step("fragile", "reader", 1, needs=["form"], reads=frozenset({Read("form", "task")})),
    )
    (instance,) = world.start()
    world.run_all()
    world.complete_tasks(instance)
    world.run_all()
    world.trouble.on_supersede[instance] = breaks
    world.wake(instance, "fix", WakeKind.CHANGED, step="form", item="task", reason="it was wrong")
    world.run_all()
    world.trouble.on_supersede.clear()
    assert leave(world) == "correction"
    world.run_all()
    assert world.instance(instance).status is InstanceStatus.COMPLETED
    assert world.runs(instance)["reader", ""].attempt == 1


def test_a_skip_that_can_not_be_done_asks_again_and_loses_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.publish(step("ask", "question", 0))
    (instance,) = world.start()
    world.run_all()
    world.trouble.on_resume[instance] = breaks
    world.wake(instance, "look")
    world.run_all()
    monkeypatch.setattr("flows.steps.stepping.Stepper.save", lambda self, call, outputs: breaks(call))
    leave(world)
    world.run_all()
    assert incident(world).details["again"] == {"was": "waiting", "waits_for": "people"}
    monkeypatch.undo()
    world.trouble.on_resume[instance] = nothing
    again(world)
    world.run_all()
    assert world.statuses(instance) == {"question": "waiting"}
    assert len(world.tasks()) == 1


# -- retrying with other inputs

NAME = Input("name", "Name", Text(), required=True)
SIZE = Input("size", "Size", Number(), required=False)


def test_a_step_is_tried_again_with_another_input(world: World) -> None:
    instance = broken(world, first={"arguments": {"text": Value.read("= inputs.name")}}, inputs=(NAME, SIZE))
    fence = world.instance(instance).fence
    world.trouble.acts.clear()
    assert again(world, inputs={"size": "12"}, reason="a digit was missing")
    assert world.instance(instance).inputs == {"name": "Eva", "size": "12"}
    assert world.instance(instance).fence == fence + 1
    world.run_all()
    assert world.statuses(instance) == {"first": "completed"}


def test_other_inputs_need_a_reason_a_name_that_is_known_and_a_value_that_fits(world: World) -> None:
    broken(world, inputs=(NAME, SIZE))
    with pytest.raises(InputError, match="--reason"):
        again(world, inputs={"size": "12"})
    for inputs, words in (
        ({"sise": "12"}, "no input sise"),
        ({"size": "twelve"}, "`size` is not a number"),
        ({"name": ""}, "needs the input name"),
    ):
        with pytest.raises(InputError, match=words):
            again(world, inputs=inputs, reason="why")
    assert incident(world).status.value == "requested"


# -- once, by whom, and why


def test_the_same_decision_twice_changes_nothing_and_another_one_is_refused(world: World) -> None:
    instance = broken(world, inputs=(NAME, SIZE))
    known = incident(world).id
    assert leave(world, known) == leave(world, known) == "step"
    with pytest.raises(ConflictError, match="decided another way: skip"):
        again(world, known)
    with pytest.raises(ConflictError):
        leave(world, known, outputs={"text": "otherwise"})
    world.run_all()
    assert world.statuses(instance) == {"first": "skipped"}


def test_a_retry_twice_tries_once(world: World) -> None:
    instance = broken(world)
    known = incident(world).id
    assert [again(world, known) for _ in range(2)] == [True, False]
    world.run_all()
    assert world.trouble.calls.count(instance) == 2


def test_who_decided_and_why_is_in_the_history_and_in_the_audit(world: World) -> None:
    broken(world)
    with world.runtime.store.write() as session:
        session.add(Staff(id="ana", name="Ana", email="ana@example.org"))
        session.get_one(HumanTask, incident(world).id).assignee_id = "ana"
    known = incident(world)
    leave(world, by="ana", outputs={"text": "secret"})
    with world.runtime.store.read() as session:
        (event,) = session.exec(select(TaskEvent).where(TaskEvent.task_id == known.id)).all()
        (act,) = session.exec(select(AuditEvent)).all()
    assert (event.action, event.actor_id, event.comment) == ("completed", "ana", "done by telephone")
    assert (act.action, act.actor, act.reason, act.fields) == ("skip", "ana", "done by telephone", ["text"])
    assert (act.record, act.record_id) == ("StepRun", known.step_run_id)


def test_skipping_needs_a_reason_an_incident_and_somebody_who_may(world: World) -> None:
    broken(world)
    with pytest.raises(InputError, match="--reason"):
        leave(world, reason=" ")
    with pytest.raises(NotFoundError, match="casewright incidents"):
        leave(world, "nothing")
    with pytest.raises(NotAllowedError, match="not an active member"):
        leave(world, by="nobody")


def test_a_timer_of_no_instance_is_fired_again_or_left_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    fired: list[str] = []

    def handle(call: FreeCall, timer: Timer) -> None:
        fired.append(timer.key)
        if len(fired) < 3:
            raise ZeroDivisionError

    monkeypatch.setattr("flows.timers.handle_free_timer", handle)
    with world.runtime.store.write() as session:
        for key in ("one", "two"):
            session.add(Timer(purpose=TimerPurpose.VISIT, key=key, due_at=MONDAY, created_at=MONDAY))
    tick(world.runtime, Plans(world.runtime))
    first, second = world.tasks(TaskKind.INCIDENT)
    assert again(world, first.id)
    assert leave(world, second.id) == "timer"
    tick(world.runtime, Plans(world.runtime))
    tick(world.runtime, Plans(world.runtime))
    assert len(fired) == 3
    with pytest.raises(InputError, match="belongs to no process"):
        again(world, second.id, inputs={"name": "x"}, reason="why")
