"""Holding an instance and letting it go on: nothing is lost meanwhile, and a safety alert does not wait."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from engine_faults import breaks
from engine_world import MONDAY, World, step
from sqlmodel import select

from flows.errors import InputError, NotFoundError
from flows.inbox import NotAllowedError
from flows.inbox.case.deciding import retry
from flows.inbox.case.holding import Changed, cancel, hold, resume
from flows.timers import tick
from flows.versions import Plans
from models import (
    AuditEvent,
    InstanceStatus,
    Staff,
    StepRun,
    StepStatus,
    TaskKind,
    Timer,
    TimerPurpose,
    WakeKind,
)

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Desk:
    """The commands, in a world whose plan is written by hand."""

    world: World

    def hold(self, instance: str, **more: Any) -> Changed:
        told = {"reason": "the court decides", "by": None, "now": self.world.runtime.clock(), **more}
        return hold(self.world.runtime, instance, plan_of=lambda _: self.plan, **told)

    def resume(self, instance: str, **more: Any) -> Changed:
        return resume(self.world.runtime, instance, **{"by": None, "now": self.world.runtime.clock(), **more})

    def cancel(self, instance: str, **more: Any) -> Changed:
        told = {"reason": "opened by mistake", "by": None, "now": self.world.runtime.clock(), **more}
        return cancel(self.world.runtime, instance, plan_of=lambda _: self.plan, **told)

    @property
    def plan(self) -> Any:
        return self.world.plan


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def parked(world: World) -> list[bool]:
    return [wake.parked for wake in world.wakes()]


def status(world: World, instance: str) -> InstanceStatus:
    return world.instance(instance).status


def a_timer(world: World, instance: str, of_step: str, key: str = "remind") -> None:
    with world.runtime.store.write() as session:
        session.add(
            Timer(
                instance_id=instance,
                step_run_id=world.runs(instance)[of_step, ""].id,
                purpose=TimerPurpose.REMIND,
                key=key,
                due_at=MONDAY + HOUR,
                created_at=MONDAY,
            )
        )


def test_a_held_instance_begins_nothing_until_it_is_resumed(world: World, desk: Desk) -> None:
    world.publish(step("ask", "question", 0), step("say", "after", 1, implied="question"))
    (instance,) = world.start()
    world.run_all()
    assert desk.hold(instance).changed
    world.complete_tasks(instance)
    assert world.run_all() == 1  # it is looked at once, for alerts
    assert world.statuses(instance) == {"question": "waiting"}
    assert (status(world, instance), parked(world)) == (InstanceStatus.HELD, [True])
    assert desk.resume(instance).changed
    world.run_all()
    assert world.statuses(instance) == {"question": "completed", "after": "completed"}
    assert (status(world, instance), world.wakes()) == (InstanceStatus.COMPLETED, [])


def test_an_instance_that_was_held_before_it_began_begins_when_it_is_resumed(
    world: World, desk: Desk
) -> None:
    world.publish(step("say", "first", 0))
    (instance,) = world.start()
    desk.hold(instance)
    world.run_all()
    assert world.statuses(instance) == {}
    desk.resume(instance)
    world.run_all()
    assert status(world, instance) is InstanceStatus.COMPLETED


def test_what_comes_while_it_is_held_is_parked_again_each_time(world: World, desk: Desk) -> None:
    world.publish(step("ask", "question", 0))
    (instance,) = world.start()
    world.run_all()
    desk.hold(instance)
    for cause in ("one", "two"):
        world.wake(instance, cause)
        assert world.run_all() == 1
    assert parked(world) == [True, True]


def test_a_pass_that_moves_the_instance_lets_go_at_the_next_step(world: World, desk: Desk) -> None:
    world.publish(*(step("fragile", name, number) for number, name in enumerate(("one", "two", "three"))))
    (instance,) = world.start()
    passed: list[str] = []

    def reach(point: str) -> None:
        passed.append(point)
        if passed.count("step.after_commit") == 1 and point == "step.after_commit":
            desk.hold(instance)

    world.set(reach=reach)
    world.run(instance)
    assert len(world.statuses(instance)) == 1
    world.set(reach=lambda _: None)
    world.run_all()
    assert (len(world.statuses(instance)), status(world, instance)) == (1, InstanceStatus.HELD)
    desk.resume(instance)
    world.run_all()
    assert world.written()[instance] == 3


def test_what_came_due_meanwhile_is_done_once_when_it_is_resumed(
    world: World, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    monkeypatch.setattr("flows.steps.stepping.handle_timer", lambda call, timer: done.append(timer.key))
    world.publish(step("ask", "question", 0))
    (instance,) = world.start()
    world.run_all()
    a_timer(world, instance, "question")
    desk.hold(instance)
    world.pass_time(3 * HOUR)
    for _ in range(2):
        tick(world.runtime, Plans(world.runtime))
        world.run_all()
    assert done == []
    with world.runtime.store.read() as session:
        assert session.exec(select(Timer)).one().due_at == MONDAY + HOUR
    desk.resume(instance)
    for _ in range(2):
        tick(world.runtime, Plans(world.runtime))
        world.run_all()
    assert done == ["remind"]


def test_a_retry_waits_for_the_end_of_the_hold(world: World, desk: Desk) -> None:
    world.publish(step("fragile", "one", 0))
    (instance,) = world.start()
    world.trouble.acts[instance] = breaks
    world.run_all()
    desk.hold(instance)
    world.trouble.acts.clear()
    (incident,) = world.tasks(TaskKind.INCIDENT)
    retry(world.runtime, incident.id, by=None, now=world.runtime.clock())
    world.run_all()
    assert world.statuses(instance) == {"one": "incident"}
    desk.resume(instance)
    world.run_all()
    assert world.statuses(instance) == {"one": "completed"}


def test_a_correction_waits_for_the_end_of_the_hold(world: World, desk: Desk) -> None:
    world.publish(step("ask", "form", 0))
    (instance,) = world.start()
    world.run_all()
    desk.hold(instance)
    world.wake(instance, "fix", WakeKind.CHANGED, step="form", item="task")
    world.run_all()
    assert [(wake.kind, wake.parked) for wake in world.wakes()] == [(WakeKind.CHANGED, True)]
    desk.resume(instance)
    world.run_all()
    assert world.wakes() == []


def test_a_critical_step_that_is_ready_runs_though_the_instance_is_held(world: World, desk: Desk) -> None:
    world.publish(
        step("ask", "question", 0),
        step("say", "alert", 1, needs=["question"], critical=True),
        step("say", "after", 2, implied="alert"),
    )
    (instance,) = world.start()
    world.run_all()
    question = world.runs(instance)["question", ""].id
    with world.runtime.store.write() as session:  # it has ended, as after an answer that counts at once
        run = session.get_one(StepRun, question)
        run.status, run.waits_for = StepStatus.COMPLETED, None
    assert desk.hold(instance).alerts == ("alert",)
    world.wake(instance, "danger")
    world.run_all()
    assert world.statuses(instance) == {"question": "completed", "alert": "completed"}
    assert status(world, instance) is InstanceStatus.HELD
    desk.resume(instance)
    world.run_all()
    assert world.statuses(instance)["after"] == "completed"


def test_the_timers_of_a_critical_step_act_though_the_instance_is_held(
    world: World, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    monkeypatch.setattr("flows.steps.stepping.handle_timer", lambda call, timer: done.append(timer.key))
    world.publish(step("ask", "alert", 0, critical=True), step("ask", "question", 1))
    (instance,) = world.start()
    world.run_all()
    for name in ("alert", "question"):
        a_timer(world, instance, name, name)
    desk.hold(instance)
    world.pass_time(HOUR)
    tick(world.runtime, Plans(world.runtime))
    world.run_all()
    assert done == ["alert"]
    desk.resume(instance)
    world.run_all()
    assert done == ["alert", "question"]


def test_a_critical_step_that_waits_goes_on_though_the_instance_is_held(world: World, desk: Desk) -> None:
    world.publish(step("ask", "alert", 0, critical=True), step("say", "after", 1, implied="alert"))
    (instance,) = world.start()
    world.run_all()
    desk.hold(instance)
    world.complete_tasks(instance)
    world.run_all()
    assert world.statuses(instance) == {"alert": "completed"}


def test_an_answer_that_an_alert_waits_for_is_taken_in_though_the_instance_is_held(
    world: World, desk: Desk
) -> None:
    world.publish(
        step("ask", "form", 0),
        step("ask", "other", 1, needs=()),
        step("say", "alert", 2, needs=["form"], critical=True),
        step("say", "after", 3, needs=["form"]),
    )
    (instance,) = world.start()
    world.run_all()
    desk.hold(instance)
    world.complete_tasks(instance)
    world.run_all()
    assert world.statuses(instance) == {"form": "completed", "other": "waiting", "alert": "completed"}
    desk.resume(instance)
    world.run_all()
    assert world.statuses(instance)["other"] == world.statuses(instance)["after"] == "completed"


def test_a_step_before_an_alert_does_not_begin_while_the_instance_is_held(world: World, desk: Desk) -> None:
    world.publish(step("say", "first", 0), step("say", "alert", 1, needs=["first"], critical=True))
    (instance,) = world.start()
    assert desk.hold(instance).alerts == ("alert",)
    world.run_all()
    assert world.statuses(instance) == {}
    desk.resume(instance)
    world.run_all()
    assert world.statuses(instance) == {"first": "completed", "alert": "completed"}


def test_holding_and_resuming_twice_change_nothing(world: World, desk: Desk) -> None:
    world.publish(step("ask", "question", 0))
    (instance,) = world.start()
    world.run_all()
    assert [desk.hold(instance).changed for _ in range(2)] == [True, False]
    fence = world.instance(instance).fence
    assert [desk.resume(instance).changed for _ in range(2)] == [True, False]
    assert world.instance(instance).fence == fence + 1


def test_who_held_it_and_why_is_in_the_audit(world: World, desk: Desk) -> None:
    world.publish(step("ask", "question", 0))
    (instance,) = world.start()
    with world.runtime.store.write() as session:
        session.add(Staff(id="ana", name="Ana", email="ana@example.org"))
    desk.hold(instance, by="ana", reason="a complaint")
    desk.resume(instance, by="ana")
    with world.runtime.store.read() as session:
        found = session.exec(select(AuditEvent).order_by(AuditEvent.id)).all()
    acts = [(each.action, each.actor, each.record_id, each.reason) for each in found]
    assert acts == [("hold", "ana", instance, "a complaint"), ("resume", "ana", instance, None)]


def test_holding_is_refused_without_a_reason_by_strangers_and_after_the_end(world: World, desk: Desk) -> None:
    world.publish(step("say", "one", 0))
    (instance,) = world.start()
    with pytest.raises(InputError, match="--reason"):
        desk.hold(instance, reason=" ")
    with pytest.raises(NotAllowedError, match="no one"):
        desk.hold(instance, by="no one")
    with pytest.raises(NotFoundError, match="there is no instance nothing"):
        desk.hold("nothing")
    world.run_all()
    with pytest.raises(NotFoundError, match="has ended as completed"):
        desk.hold(instance)


def test_a_held_instance_can_be_cancelled(world: World, desk: Desk) -> None:
    world.publish(step("ask", "question", 0))
    (instance,) = world.start()
    world.run_all()
    desk.hold(instance)
    world.wake(instance, "late")
    world.run_all()
    desk.cancel(instance)
    assert status(world, instance) is InstanceStatus.CANCELLED
    world.run_all()
    assert world.wakes() == []
    assert {task.status.value for task in world.tasks()} == {"cancelled"}


def test_another_process_cannot_claim_what_is_parked(world: World, desk: Desk) -> None:
    world.publish(step("ask", "question", 0))
    (instance,) = world.start()
    world.run_all()
    desk.hold(instance)
    world.wake(instance, "one")
    world.run_all()
    world.set(limits=replace(world.runtime.limits, batch=1))
    assert world.run(instance).instances == ()
