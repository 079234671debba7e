"""How things stand, in figures, and that asking never reads all that is stored."""

import re
from datetime import timedelta
from typing import Any

import pytest
from engine_faults import breaks
from engine_world import MONDAY, World, step
from sqlalchemy import event

from flows.figures import Figures, Holder, Leader, Queue, figures
from flows.leadership import Candidate
from flows.leases import claim
from models import Channel, InstanceStatus, Message, MessageStatus, Timer, TimerPurpose, new_id

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def now(world: World) -> Figures:
    return figures(world.runtime)


def a_message(world: World, channel: Channel, **fields: Any) -> None:
    values = {
        "channel": channel,
        "address": "nobody@example.org",
        "recipient_role": "client",
        "language": "en",
        "template": "test",
        "body": "text",
        "dedupe_key": new_id(),
        "created_at": world.runtime.clock(),
    }
    with world.runtime.store.write() as session:
        session.add(Message(**{**values, **fields}))


def a_timer(world: World, after: timedelta, **fields: Any) -> None:
    with world.runtime.store.write() as session:
        session.add(
            Timer(
                purpose=TimerPurpose.VISIT, key=new_id(), due_at=MONDAY + after, created_at=MONDAY, **fields
            )
        )


def test_an_empty_store_stands_at_nothing(world: World) -> None:
    found = now(world)
    assert (found.instances, found.wakes, found.in_flight, found.incidents) == ({}, 0, 0, 0)
    assert found.lag == found.lateness == found.age(Channel.SMS) == timedelta(0)
    assert (found.next_due, found.leader, found.outbox) == (None, None, {})


def test_instances_are_counted_by_process_and_status(world: World) -> None:
    world.publish(step("ask", "question", 0))
    ids = world.start(3)
    world.run(ids[0])
    found = now(world)
    assert found.instances == {"test": {InstanceStatus.RUNNING: 2, InstanceStatus.WAITING: 1}}
    assert found.by_status[InstanceStatus.RUNNING] == 2
    assert found.by_status[InstanceStatus.CANCELLED] == 0


def test_the_lag_is_that_of_the_oldest_wake_that_nobody_has(world: World) -> None:
    world.publish(step("ask", "question", 0))
    (first,) = world.start()
    world.pass_time(3 * SECOND)
    world.start()
    world.pass_time(4 * SECOND)
    assert (now(world).wakes, now(world).lag) == (2, 7 * SECOND)
    assert world.version is not None
    claim(world.runtime, world.version.id, [first], holder="host:1")
    found = now(world)
    assert (found.wakes, found.lag) == (2, 4 * SECOND)
    assert found.holders == (Holder("host:1", 1, 1),)


def test_the_oldest_ready_wake_is_found_behind_many_that_are_in_flight(world: World) -> None:
    world.publish(step("ask", "question", 0))
    ids = world.start(250)
    world.pass_time(SECOND)
    (last,) = world.start()
    world.pass_time(SECOND)
    assert world.version is not None
    claim(world.runtime, world.version.id, ids, holder="host:1")
    assert now(world).lag == SECOND
    claim(world.runtime, world.version.id, [last], holder="host:2")
    assert now(world).lag == timedelta(0)


def test_instances_of_a_carrier_that_stopped_are_told_apart_from_those_in_flight(world: World) -> None:
    world.publish(step("ask", "question", 0))
    ids = world.start(2)
    assert world.version is not None
    claim(world.runtime, world.version.id, ids, holder="host:1")
    assert (now(world).in_flight, now(world).lapsed) == (1, 0)
    world.pass_time(2 * world.runtime.limits.lease)
    assert (now(world).in_flight, now(world).lapsed) == (0, 2)


def test_incidents_are_those_that_wait_for_a_person(world: World) -> None:
    world.publish(step("fragile", "risky", 0))
    ids = world.start(2)
    world.trouble.acts[ids[0]] = breaks
    world.run(*ids)
    assert now(world).incidents == 1
    world.complete_tasks(ids[0])
    assert now(world).incidents == 0


def test_the_outbox_ages_from_when_a_message_could_leave(world: World) -> None:
    a_message(world, Channel.SMS, not_before=MONDAY + MINUTE)
    a_message(world, Channel.EMAIL)
    a_message(world, Channel.EMAIL, status=MessageStatus.SENT)
    world.pass_time(10 * SECOND)
    assert now(world).outbox == {Channel.SMS: Queue(1, None), Channel.EMAIL: Queue(1, MONDAY)}
    assert now(world).age(Channel.EMAIL) == 10 * SECOND
    world.pass_time(MINUTE)
    assert now(world).age(Channel.SMS) == 10 * SECOND


def test_timers_are_late_from_when_they_were_due(world: World) -> None:
    a_timer(world, MINUTE)
    a_timer(world, 2 * MINUTE)
    a_timer(world, 0 * MINUTE, fired_at=MONDAY)
    assert (now(world).overdue, now(world).next_due) == (0, MONDAY + MINUTE)
    world.pass_time(5 * MINUTE)
    assert (now(world).overdue, now(world).lateness) == (2, 4 * MINUTE)


def test_the_leader_is_shown_and_whether_it_still_says_so(world: World) -> None:
    Candidate(world.runtime, "host:1").stand()
    assert now(world).leader == Leader("host:1", MONDAY, lapsed=False)
    world.pass_time(MINUTE)
    assert now(world).leader == Leader("host:1", MONDAY, lapsed=True)


@pytest.mark.sqlite("asks for its plans")
def test_no_figure_reads_a_whole_table_of_what_lasts(world: World) -> None:
    """By SQLite's own plan of each statement: what grows with the number of cases is found by an index."""
    world.publish(step("ask", "question", 0))
    world.run(*world.start(2))
    world.start()
    (taken,) = world.start()
    assert world.version is not None
    claim(world.runtime, world.version.id, [taken], holder="host:1")
    plans: list[str] = []
    store = world.runtime.store

    def explain(connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            raw = connection.connection.driver_connection
            plans.extend(str(row[3]) for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))

    event.listen(store.engine, "before_cursor_execute", explain)
    now(world)
    short = "ix_(timers_open|human_tasks_incidents|audit_events_unsealed)"
    queues = rf"hooks|wakes|.* USING COVERING INDEX|.* USING INDEX {short}"
    assert [plan for plan in plans if re.match(rf"SCAN (?!{queues})", plan)] == []
    assert len(plans) > 8
