"""What a command of a person costs: statements are most of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
from databases import in_memory
from intake_world import MONDAY, IntakeWorld, answers, client, open_world, plans, services, staff
from sqlmodel import select
from statements import statements

from flows.dispatch import directly, run_ready, run_until_quiet
from flows.instances import start
from flows.post import delivery
from flows.script import next_command
from flows.timers import tick
from flows.versions import publish
from models import Channel, Client, HumanTask, Timer
from notifications.memory import MemoryChannel
from tasks.people.human_tasks import open_timers, withdraw_timers

MOST: Final[Mapping[str, int]] = {"start": 5, "book": 10, "answer_item": 8, "complete": 10, "record_plan": 9}
"""Statements that change or read something, of one command at most."""


@pytest.fixture
def world() -> Iterator[IntakeWorld]:
    with in_memory() as store:
        with store.write() as session:
            session.add_all([*staff(), *services(), *client(1)])
        yield open_world(store, {kind: MemoryChannel(kind) for kind in Channel})


def begun(world: IntakeWorld) -> tuple[str, int]:
    """An intake that was just started, and the statements that it took."""
    plan = plans()["intake"]
    version = publish(world.runtime, plan, by="test")
    with world.runtime.store.read() as session:
        who = session.exec(select(Client)).one()
    inputs = {"client": who.id, "received_at": MONDAY.isoformat()}
    with statements(world.runtime.store) as sent:
        instance = start(world.runtime, plan, version, inputs, key="intake").instance
    return instance.id, len(sent)


def test_a_command_of_a_person_takes_few_statements(world: IntakeWorld) -> None:
    instance, sent = begun(world)
    taken = {"start": [sent]}
    deliver = delivery(world.runtime, world.channels, world.policy)
    while True:
        run_until_quiet(world.runtime, world.plans, deliver=deliver)
        act = next_command(world.runtime, instance, answers("no"))
        if act is None:
            break
        with statements(world.runtime.store) as needed:
            act()
        taken.setdefault(act.command.__name__, []).append(len(needed))

    assert taken.keys() == MOST.keys()
    assert {name: max(counts) for name, counts in taken.items() if max(counts) > MOST[name]} == {}


def test_the_tasks_whose_time_has_come_are_read_for_the_whole_batch(world: IntakeWorld) -> None:
    with world.runtime.store.write() as session:
        session.add_all([*client(2), *client(3)])
    with world.runtime.store.read() as session:
        people = session.exec(select(Client.id)).all()
    for each in people:
        world.begin(each, f"intake-{each}")
    run_until_quiet(world.runtime, world.plans)
    later = replace(world.runtime, clock=lambda: MONDAY + timedelta(days=30))
    tick(later, world.plans)
    with statements(later.store) as sent:
        run_ready(later, world.plans, directly)
    read = [words for words, _ in sent if "FROM human_tasks" in words and "WHERE human_tasks.id" in words]
    assert (len(people), len(read)) == (3, 1)


@pytest.mark.parametrize("in_hand", [True, False])
def test_the_open_timers_of_a_task_are_withdrawn_whether_they_are_in_hand_or_not(
    world: IntakeWorld, *, in_hand: bool
) -> None:
    instance, _ = begun(world)
    run_until_quiet(world.runtime, world.plans)
    with world.runtime.store.write() as session:
        (task,) = session.exec(select(HumanTask).where(HumanTask.instance_id == instance))
        assert task.step_run_id is not None
        held = open_timers(session, task.step_run_id) if in_hand else []
        withdraw_timers(session, task, MONDAY)
        assert open_timers(session, task.step_run_id) == []
        assert {timer.withdrawn_at for timer in held} == ({MONDAY} if in_hand else set())

    with world.runtime.store.read() as session:
        mine = [each for each in session.exec(select(Timer)) if each.key.startswith(f"{task.id}:")]
    assert mine
    assert {timer.withdrawn_at for timer in mine} == {MONDAY}
