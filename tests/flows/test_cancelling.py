"""Cancelling an instance: what it asked for is withdrawn, what was done stays, an alert is not lost."""

from typing import Any

import pytest
from engine_faults import breaks
from engine_world import MONDAY, World, step
from sqlmodel import col, select

from flows.errors import InputError, NotFoundError
from flows.inbox.case.holding import AlertOpenError, Changed, cancel
from flows.timers import tick
from flows.versions import Plans
from models import (
    Instance,
    InstanceStatus,
    Record,
    StepRun,
    StepStatus,
    TaskKind,
    TaskStatus,
    Timer,
    TimerPurpose,
    WaitsFor,
    WakeKind,
)
from tasks.call import Call


def end(world: World, instance: str, **more: Any) -> Changed:
    told = {"reason": "opened by mistake", "by": None, "now": world.runtime.clock(), **more}
    return cancel(world.runtime, instance, plan_of=lambda _: world.plan, **told)


def rows(world: World, table: type[Record]) -> list[Any]:
    with world.runtime.store.read() as session:
        return list(session.exec(select(table).order_by(col(table.id))))


@pytest.fixture
def waiting(world: World) -> str:
    """An instance with a step that has ended and one that waits, with a timer."""
    world.publish(step("say", "first", 0), step("ask", "question", 1, implied="first"))
    (instance,) = world.start()
    world.run_all()
    with world.runtime.store.write() as session:
        session.add(
            Timer(
                instance_id=instance,
                step_run_id=world.runs(instance)["question", ""].id,
                purpose=TimerPurpose.REMIND,
                key="remind",
                due_at=MONDAY,
                created_at=MONDAY,
            )
        )
    return instance


def test_what_the_instance_asked_for_is_withdrawn_and_what_was_done_stays(world: World, waiting: str) -> None:
    assert end(world, waiting).changed
    assert world.statuses(waiting) == {"first": "completed", "question": "cancelled"}
    run = world.runs(waiting)["question", ""]
    assert (run.reason, run.waits_for, run.ended_at) == ("opened by mistake", None, MONDAY)
    (task,) = world.tasks()
    assert (task.status, task.reason) == (TaskStatus.CANCELLED, "opened by mistake")
    assert tick(world.runtime, Plans(world.runtime)) == 0
    instance = world.instance(waiting)
    assert (instance.status, instance.ended_at) == (InstanceStatus.CANCELLED, MONDAY)


def test_nothing_moves_it_any_more_and_its_late_wakes_are_cleared(world: World, waiting: str) -> None:
    end(world, waiting)
    world.wake(waiting, "late")
    world.run_all()
    assert world.wakes() == []
    assert world.statuses(waiting)["question"] == "cancelled"
    assert world.instance(waiting).status is InstanceStatus.CANCELLED


def test_a_timer_that_has_fired_before_does_nothing_any_more(
    world: World, waiting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.steps.stepping.handle_timer", lambda *_: pytest.fail("it acted"))
    assert tick(world.runtime, Plans(world.runtime)) == 1
    end(world, waiting)
    world.run_all()
    assert [timer.withdrawn_at for timer in rows(world, Timer)] == [MONDAY]


def test_a_pass_that_moves_the_instance_lets_go_of_it(world: World) -> None:
    world.publish(*(step("fragile", name, number) for number, name in enumerate(("one", "two"))))
    (instance,) = world.start()

    def reach(point: str) -> None:
        if point == "step.after_commit":
            end(world, instance)

    world.set(reach=reach)
    world.run(instance)
    world.set(reach=lambda _: None)
    world.run_all()
    assert world.written()[instance] == 1
    assert world.instance(instance).status is InstanceStatus.CANCELLED


def test_its_incidents_end_with_it(world: World) -> None:
    world.publish(step("fragile", "one", 0))
    (instance,) = world.start()
    world.trouble.acts[instance] = breaks
    world.run_all()
    end(world, instance)
    (incident,) = world.tasks(TaskKind.INCIDENT)
    assert incident.status is TaskStatus.CANCELLED
    assert world.statuses(instance) == {"one": "cancelled"}


def test_what_it_started_is_cancelled_and_what_started_it_is_told(
    world: World,
) -> None:
    world.publish(step("ask", "question", 0))
    grandparent, parent, child = world.start(3)
    world.run_all()
    started = {parent: world.runs(grandparent), child: world.runs(parent)}
    with world.runtime.store.write() as session:
        for below, runs in started.items():
            session.get_one(Instance, below).parent_step_run_id = runs["question", ""].id
    end(world, parent)
    assert {each: world.instance(each).status.value for each in (grandparent, parent, child)} == {
        grandparent: "waiting",
        parent: "cancelled",
        child: "cancelled",
    }
    assert [(wake.instance_id, wake.kind) for wake in world.wakes()] == [(grandparent, WakeKind.CHILD)]


def test_cancelling_twice_changes_nothing_and_what_is_completed_can_not_be_cancelled(
    world: World, waiting: str
) -> None:
    assert [end(world, waiting).changed for _ in range(2)] == [True, False]
    (other,) = world.start()
    world.run_all()
    world.complete_tasks(other)
    world.run_all()
    with pytest.raises(NotFoundError, match="is completed"):
        end(world, other)


def test_cancelling_needs_a_reason(world: World, waiting: str) -> None:
    with pytest.raises(InputError, match="--reason"):
        end(world, waiting, reason="")


# -- safety alerts


def alert(world: World, **more: Any) -> str:
    world.publish(step("ask", "alert", 0, critical=True, **more))
    (instance,) = world.start()
    return instance


def test_an_alert_that_has_not_ended_is_not_taken_back_unless_it_is_said(world: World) -> None:
    instance = alert(world)
    world.run_all()
    with pytest.raises(AlertOpenError, match=r"`alert`.*--with-alerts"):
        end(world, instance)
    assert world.statuses(instance) == {"alert": "waiting"}
    assert [task.status for task in world.tasks()] == [TaskStatus.REQUESTED]
    assert end(world, instance, alerts_too=True).alerts == ("alert",)
    assert world.statuses(instance) == {"alert": "cancelled"}


def test_an_alert_with_an_incident_has_not_ended(world: World) -> None:
    instance = alert(world)
    world.trouble.acts[instance] = breaks
    world.run_all()
    with pytest.raises(AlertOpenError):
        end(world, instance)


def test_an_alert_that_would_begin_now_is_not_lost(world: World) -> None:
    instance = alert(world)  # nothing has carried it yet
    with pytest.raises(AlertOpenError):
        end(world, instance)
    assert rows(world, StepRun) == []


def test_an_alert_whose_condition_can_not_be_decided_counts_as_open(world: World) -> None:
    instance = alert(world, when="inputs.not_there is yes")
    with pytest.raises(AlertOpenError):
        end(world, instance)


def test_an_alert_whose_condition_does_not_hold_and_one_that_has_ended_stand_in_no_way(world: World) -> None:
    world.publish(
        step("say", "sent", 0, critical=True),
        step("ask", "question", 1, implied="sent"),
        step("say", "not_needed", 2, critical=True, needs=["sent"], when="sent.text is 'nothing'"),
    )
    (instance,) = world.start()
    world.run_all()
    assert world.runs(instance)["sent", ""].status is StepStatus.COMPLETED
    assert end(world, instance).changed


def test_what_a_waiting_step_had_begun_besides_is_undone(world: World) -> None:
    undone: list[str] = []

    def undo(call: Call, _: object) -> None:
        undone.append(call.run.step)

    world.runtime.handlers["ask"].withdraw(undo)
    world.publish(step("ask", "question", 0), step("say", "after", 1, implied="question"))
    (instance,) = world.start()
    world.run_all()
    assert world.runs(instance)["question", ""].waits_for is WaitsFor.PEOPLE
    end(world, instance)
    assert undone == ["question"]
