"""What hooks hear of a case that is worked on by the real engine: each thing once, and nothing personal."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from databases import in_memory
from intake_world import MONDAY, IntakeWorld, answers, client, open_world, services, staff
from sqlmodel import col, select

from flows.dispatch import run_until_quiet
from flows.inbox.case.holding import cancel
from models import (
    Client,
    Hook,
    HookDelivery,
    HookEvent,
    HumanTask,
    Instance,
    Message,
    MessagePriority,
    Referral,
    Store,
    TaskStatus,
)
from notifications.hooks import body_of
from notifications.memory import memory_channels


@pytest.fixture
def store() -> Iterator[Store]:
    with in_memory() as store:
        hook = Hook(
            name="All",
            url="https://hooks.example/in",
            events=[each.value for each in HookEvent],
            secret="sealed",
            created_at=MONDAY,
            created_by="test",
        )
        with store.write() as session:
            session.add_all([*staff(), *services(), *client(1), hook])
        store.listening.forget()
        yield store


def begun(store: Store) -> tuple[IntakeWorld, str]:
    world = open_world(store, memory_channels())
    with store.read() as session:
        person = session.exec(select(Client.id)).one()
    return world, world.begin(person, "intake")


def told(store: Store) -> list[HookDelivery]:
    with store.read() as session:
        return list(session.exec(select(HookDelivery).order_by(col(HookDelivery.id))))


def test_an_intake_is_told_of_as_its_records_have_it_and_nothing_personal_leaves(store: Store) -> None:
    world, instance = begun(store)
    world.drive({instance: answers("no")})
    rows = told(store)
    heard = Counter(each.event for each in rows)
    with store.read() as session:
        tasks = session.exec(select(HumanTask)).all()
        alerts = select(Message).where(Message.priority == MessagePriority.CRITICAL)
        sent = [each for each in session.exec(alerts) if each.step_run_id and each.sent_at]
        instances = session.exec(select(Instance)).all()
        referrals = session.exec(select(Referral)).all()
        person = session.exec(select(Client)).one()
    done = [each for each in tasks if each.status is TaskStatus.COMPLETED]
    assert heard["case.opened"] == 1
    assert heard["case.status_changed"] >= 1
    assert heard["task.created"] + heard["incident.opened"] == len(tasks)
    assert heard["task.completed"] == len(done) > 0
    assert heard["alert.sent"] == len(sent)
    assert heard["process.started"] == len(instances)
    assert heard["process.ended"] == sum(each.ended_at is not None for each in instances)
    assert heard["referral.made"] == len(referrals) > 0
    assert len({each.event_id for each in rows}) == len(rows)
    for each in rows:
        body = json.loads(body_of(each.event_id, each.event, each.happened_at, each.about))
        assert body.keys() == {"id", "type", "timestamp", "data"}
        ids = {name: value for name, value in body["data"].items() if name != "url"}
        assert ids.keys() <= {"case", "task", "process", "message", "referral"}
        assert all(len(value) == 26 for value in ids.values())
        assert person.id not in ids.values()


def test_a_cancelled_process_has_ended_and_its_task_with_it(store: Store) -> None:
    world, instance = begun(store)
    run_until_quiet(world.runtime, world.plans)
    before = len(told(store))
    cancel(world.runtime, instance, reason="moved away", by=None, now=world.runtime.clock())
    heard = Counter(each.event for each in told(store)[before:])
    assert heard["process.ended"] == 1
    assert heard["task.cancelled"] >= 1


def test_what_is_overdue_is_told_once(store: Store) -> None:
    world, _ = begun(store)
    run_until_quiet(world.runtime, world.plans)
    later = open_world(store, memory_channels(), now=MONDAY + timedelta(days=30))
    run_until_quiet(later.runtime, later.plans)
    late = [each for each in told(store) if each.event == "task.overdue"]
    assert late
    assert len({each.about["task"] for each in late}) == len(late)
    assert all(each.about.keys() == {"case", "process", "task"} for each in late)
