"""The shipped intake by the real runner, on a real database, with scripted people."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from databases import in_memory
from intake_world import MONDAY, IntakeWorld, answers, client, open_world, plans, services, staff
from invariants import violations
from sqlmodel import col, select

from flows.inbox import Lone, book, record_attendance
from flows.script import Script
from models import (
    Appointment,
    Case,
    Channel,
    HumanTask,
    Message,
    Referral,
    Safety,
    Service,
    Staff,
    StepRun,
    Store,
    TaskPriority,
    Timer,
    TimerPurpose,
)
from notifications.memory import MemoryChannel, memory_channels

SIXTEEN = [step.id for step in plans()["intake"].steps]


@pytest.fixture
def store() -> Iterator[Store]:
    """An empty department with its staff and services."""
    with in_memory() as store:
        with store.write() as session:
            session.add_all([*staff(), *services()])
        yield store


def _intake(store: Store, script: Script, **who: Any) -> tuple[IntakeWorld, str]:
    """A client's intake, driven as far as the script goes."""
    person = client(1, **who)
    with store.write() as session:
        session.add_all(person)
    world = open_world(store, memory_channels())
    instance = world.begin(person[0].id, "intake")
    world.drive({instance: script})
    return world, instance


def _runs(store: Store, instance: str) -> dict[str, StepRun]:
    with store.read() as session:
        query = select(StepRun).where(StepRun.instance_id == instance, StepRun.iteration == "")
        return {run.step: run for run in session.exec(query.order_by(col(StepRun.attempt)))}


def _sent(world: IntakeWorld, kind: Channel) -> list[str]:
    channel = world.channels[kind]
    assert isinstance(channel, MemoryChannel)
    return [each.address for each in channel.sent.values()]


def _case(store: Store) -> Case:
    with store.read() as session:
        return session.exec(select(Case)).one()


def test_an_ordinary_intake_goes_through_all_sixteen_steps(store: Store) -> None:
    _, instance = _intake(store, answers("no"))
    runs = _runs(store, instance)
    assert sorted(runs) == sorted(SIXTEEN)
    assert {step for step, run in runs.items() if run.status != "completed"} == {"safety_alert"}
    case = _case(store)
    assert (case.status, case.risk_level, case.priority) == ("active", "medium", "medium")
    with store.read() as session:
        assert list(violations(session, lambda each: plans()[each.process], MONDAY)) == []


def test_the_alert_goes_out_when_the_danger_item_is_answered_before_the_form_is_sent(store: Store) -> None:
    script = Script.read(
        {
            "assessment": {"book": {"in": "2 working days", "place": "Office"}},
            "findings": {"first": {"immediate_danger": "yes"}},
        }
    )
    world, instance = _intake(store, script)
    runs = _runs(store, instance)
    assert (runs["findings"].status, runs["safety_alert"].status) == ("waiting", "completed")
    assert "+12025550101" in _sent(world, Channel.SMS)


def test_danger_that_nobody_knows_is_critical_and_sends_nothing(store: Store) -> None:
    world, instance = _intake(store, answers("doesnt_know"))
    assert _case(store).risk_level == "critical"
    assert _runs(store, instance)["safety_alert"].status == "skipped"
    assert "+12025550101" not in _sent(world, Channel.SMS)


def test_an_unsafe_phone_is_never_texted_and_a_person_gets_the_alert_at_once(store: Store) -> None:
    world, instance = _intake(store, answers("yes"), phone_safe=Safety.NO)
    assert "+12025550101" not in _sent(world, Channel.SMS)
    assert _runs(store, instance)["safety_alert"].status == "waiting"
    with store.read() as session:
        query = select(HumanTask).where(HumanTask.step == "safety_alert", HumanTask.kind == "handover")
        task = session.exec(query).one()
    assert (task.priority, task.created_at) == ("stat", MONDAY)
    assert "+12025550101" in str(task.details)


def test_a_corrected_danger_item_raises_the_alarm_afterwards(store: Store) -> None:
    fixed = {"item": "immediate_danger", "value": "yes", "reason": "told on the way out"}
    plain = answers("no")
    findings = plain.steps["findings"].model_copy(update={"correct": None})
    script = Script({**plain.steps, "findings": findings}, plain.plan)
    world, instance = _intake(store, script)
    assert _sent(world, Channel.SMS) == []
    again = Script.read({"findings": {"answers": {}, "correct": fixed}})
    world.drive({instance: again})
    runs = _runs(store, instance)
    assert (runs["safety_alert"].status, runs["safety_alert"].attempt) == ("completed", 2)
    assert "+12025550101" in _sent(world, Channel.SMS)
    assert _case(store).risk_level == "critical"


def test_another_service_chosen_later_makes_another_referral(store: Store) -> None:
    with store.write() as session:
        session.add(
            Service(
                reference="FOOD-2",
                name="Synthetic kitchen",
                organization="Synthetic help",
                categories=["food-insecurity"],
                created_at=MONDAY,
            )
        )
    world, instance = _intake(store, answers("no"))
    with store.read() as session:
        other = session.exec(select(Service).where(Service.reference == "FOOD-2")).one().id
    fix = {"item": "service", "value": other, "reason": "the first one is full"}
    world.drive({instance: Script.read({"referral_task": {"each": {"food-insecurity": {"correct": fix}}}})})
    with store.read() as session:
        found = {each.service_id: each.status.value for each in session.exec(select(Referral))}
        runs = session.exec(select(StepRun).where(StepRun.step == "referral")).all()
    assert found[other] == "requested"
    assert sorted(found.values()) == ["cancelled", "requested"]
    assert {run.attempt for run in runs} == {1, 2}


def test_a_moved_appointment_goes_out_again_with_a_higher_sequence(store: Store) -> None:
    world, _ = _intake(
        store, Script.read({"assessment": {"book": {"in": "2 working days", "place": "Office"}}})
    )
    with store.read() as session:
        task = session.exec(select(HumanTask).where(HumanTask.step == "assessment")).one()
        first = session.exec(select(Appointment)).one()
    book(store, task.id, first.starts_at + timedelta(days=1), place="Office", by=None, now=MONDAY)
    world.drive({})
    with store.read() as session:
        invitations = session.exec(select(Message).where(Message.template == "appointment")).all()
        assert session.exec(select(Appointment)).one().sequence == 1
    texts = [message.calendar_text or "" for message in invitations]
    assert sorted("SEQUENCE:1" in text for text in texts) == [False, True]
    assert all(first.uid in text for text in texts)


def test_an_appointment_that_was_missed_and_is_booked_anew_goes_out_again(store: Store) -> None:
    world, _ = _intake(
        store, Script.read({"assessment": {"book": {"in": "2 working days", "place": "Office"}}})
    )
    with store.read() as session:
        task = session.exec(select(HumanTask).where(HumanTask.step == "assessment")).one()
        first = session.exec(select(Appointment)).one()
    late = first.starts_at + timedelta(hours=1)
    record_attendance(store, task.id, kept=False, reason="Nobody came", by=None, now=late)
    world.drive({})
    assert len(_sent(world, Channel.EMAIL)) == 1
    book(store, task.id, late + timedelta(days=3), place="Office", by=None, now=late)
    world.drive({})
    with store.read() as session:
        invitations = session.exec(select(Message).where(Message.template == "appointment")).all()
    texts = [message.calendar_text or "" for message in invitations]
    assert sorted("SEQUENCE:1" in text for text in texts) == [False, True]


@pytest.mark.parametrize("what", ["nothing", "kept", "moved"])
def test_whoever_went_alone_and_does_not_check_in_is_looked_for_at_once(store: Store, what: str) -> None:
    _intake(store, Script.read({"assessment": {"book": {"in": "2 working days", "place": "At home"}}}))
    with store.read() as session:
        task = session.exec(select(HumanTask).where(HumanTask.step == "assessment")).one()
        first = session.exec(select(Appointment)).one()
    lone = Lone("Vera", first.starts_at + timedelta(hours=2))
    book(store, task.id, first.starts_at, place="At home", lone=lone, by=None, now=MONDAY)
    back = first.starts_at + timedelta(hours=1)
    if what == "kept":
        record_attendance(store, task.id, kept=True, by=None, now=back)
    if what == "moved":
        book(store, task.id, first.starts_at + timedelta(days=1), place="At home", by=None, now=MONDAY)
    late = first.starts_at + timedelta(hours=2, minutes=1)
    world = open_world(store, memory_channels(), now=late)
    world.drive({})
    with store.read() as session:
        told = session.exec(select(HumanTask).where(HumanTask.priority == TaskPriority.STAT)).all()
        supervisor = session.exec(select(Staff.id).where(Staff.name == "Synthetic Supervisor")).one()
    found = [(each.title, each.assignee_id) for each in told]
    assert found == ([("No check-in: Synthetic Worker", supervisor)] if what == "nothing" else [])
    if what == "nothing":
        assert "Vera" in told[0].description
        assert _sent(world, Channel.EMAIL) == ["supervisor@example.org"]


def test_a_timer_that_fails_asks_a_person_and_leaves_the_others_alone(store: Store) -> None:
    world, instance = _intake(store, answers("no"))
    with store.write() as session:
        for key, process in (("unpublished", "no-such-process"), ("unfit", "monthly-summary")):
            session.add(
                Timer(
                    purpose=TimerPurpose.START,
                    key=key,
                    due_at=MONDAY,
                    detail={"process": process, "inputs": {}, "key": key},
                    created_at=MONDAY,
                )
            )
    world.drive({})
    with store.read() as session:
        timers = session.exec(select(Timer).where(col(Timer.key).in_(["unpublished", "unfit"]))).all()
        asked = session.exec(select(HumanTask).where(HumanTask.kind == "incident")).all()
    assert all(timer.handled_at is not None for timer in timers)
    assert {task.details["key"] for task in asked} == {"unpublished", "unfit"}
    assert instance not in str([task.details for task in asked])
