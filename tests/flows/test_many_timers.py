"""Many timers: those that wait cost nothing, those that are due at once fire in few statements, each once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from engine_world import MONDAY, World, step
from sqlalchemy import text
from sqlmodel import Session, func, select
from statements import statements

from definitions.time.calendars import WorkingCalendar
from definitions.time.clocks import parse_clock
from definitions.vocabulary_file import load_vocabulary
from flows.limits import Limits
from flows.scheduler import Scheduler
from flows.timers import next_due, tick
from flows.versions import Plans
from models import Instance, InstanceStatus, Timer, TimerPurpose, Wake, WakeKind, new_id

HOUR = timedelta(hours=1)


def fill(world: World, waiting: int, due: int) -> None:
    """Instances with a timer each: so many that wait, and so many that are due an hour from now."""
    world.publish(step("ask", "question", 0))
    assert world.version is not None
    version = world.version.id
    with world.runtime.store.write() as session:
        for number in range(waiting + due):
            instance = new_id()
            session.connection().execute(
                Instance.__table__.insert(),  # type: ignore[attr-defined]  # the table behind the model
                {
                    "id": instance,
                    "process": "test",
                    "version_id": version,
                    "inputs": {},
                    "status": InstanceStatus.WAITING,
                    "outputs": {},
                    "fence": 0,
                    "started_at": MONDAY,
                    "start_key": instance,
                },
            )
            later = timedelta(days=30) if number < waiting else HOUR
            session.connection().execute(
                Timer.__table__.insert(),  # type: ignore[attr-defined]
                {
                    "id": new_id(),
                    "instance_id": instance,
                    "purpose": TimerPurpose.RETRY if number % 2 else TimerPurpose.REMIND,
                    "key": instance,
                    "due_at": MONDAY + later,
                    "detail": {},
                    "created_at": MONDAY,
                },
            )
        analyze(session)


def analyze(session: Session) -> None:
    """As the server does by itself after so many rows."""
    session.connection().execute(text("ANALYZE"))


def due(world: World) -> int:
    return tick(world.runtime, Plans(world.runtime))


def plan_of(session: Session, statement: str, parameters: Any) -> str:
    """How the database finds the rows of a statement that it was sent."""
    word = "EXPLAIN QUERY PLAN" if session.get_bind().dialect.name == "sqlite" else "EXPLAIN"
    looked_at = statement.replace("FOR NO KEY UPDATE SKIP LOCKED", "")  # not in a transaction that only reads
    rows = session.connection().exec_driver_sql(f"{word} {looked_at}", parameters)
    return "\n".join(str(row) for row in rows)


def test_the_queries_for_what_is_due_read_the_index_of_open_timers(world: World) -> None:
    fill(world, waiting=3000, due=0)
    world.pass_time(HOUR)
    with statements(world.runtime.store) as sent:
        due(world)
        with world.runtime.store.read() as session:
            next_due(session)
    asked = [each for each in sent if "FROM timers" in each[0] and each[0].startswith("SELECT")]
    assert len(asked) == 2
    with world.runtime.store.read() as session:
        for statement, parameters in asked:
            plan = plan_of(session, statement, parameters)
            assert "ix_timers_open" in plan, plan
            assert "SCAN timers\n" not in plan
            assert "Seq Scan" not in plan
            assert "Sort" not in plan
            assert "TEMP B-TREE" not in plan


def test_waiting_timers_add_no_statement_and_no_row_to_a_tick(world: World) -> None:
    fill(world, waiting=2000, due=1)
    world.pass_time(HOUR)
    with statements(world.runtime.store) as sent:
        assert due(world) == 1
    with world.runtime.store.read() as session:
        assert (
            session.exec(select(func.count()).select_from(Timer).where(Timer.fired_at == MONDAY + HOUR)).one()
            == 1
        )
    assert len(sent) <= 6


def test_many_that_are_due_at_once_fire_in_bounded_transactions_of_few_statements(world: World) -> None:
    fill(world, waiting=10, due=1000)
    world.set(limits=Limits(timer_batch=250))
    world.pass_time(HOUR)
    with statements(world.runtime.store) as sent:
        assert due(world) == 1000
    assert len(sent) <= 5 * 4  # a look, the wakes, two marks; for four batches and an empty one
    with world.runtime.store.read() as session:
        kinds = dict(session.exec(select(Wake.kind, func.count()).group_by(Wake.kind)).all())
        handled = session.exec(select(func.count()).where(Timer.handled_at.is_not(None))).one()  # type: ignore[union-attr]
    assert kinds == {WakeKind.TIMER: 500, WakeKind.RETRY: 500}
    assert handled == 500
    assert due(world) == 0


def test_a_tick_that_is_to_end_ends_after_its_transaction(world: World) -> None:
    fill(world, waiting=0, due=30)
    world.set(limits=Limits(timer_batch=10))
    world.pass_time(HOUR)
    runtime = replace(world.runtime, stopwatch=lambda: 0.0)
    scheduler = Scheduler(runtime, Plans(runtime), "one")
    scheduler.lead()
    scheduler.finish()
    assert scheduler.fire() == 10
    assert tick(world.runtime, Plans(world.runtime), go_on=lambda: False) == 10


# -- the clocks of a department

BERLIN = ZoneInfo("Europe/Berlin")


def berlin() -> WorkingCalendar:
    return replace(load_vocabulary().calendar(), zone="Europe/Berlin", country="DE", subdivision=None)


@pytest.mark.parametrize(
    ("begins", "clock", "fires"),
    [
        # the clocks go forward on 29 March 2026 at 02:00, and back on 25 October at 03:00
        ("2026-03-28T12:00+01:00", "24 hours", "2026-03-29T13:00+02:00"),
        ("2026-03-27T12:00+01:00", "3 days", "2026-03-30T17:00+02:00"),
        ("2026-10-24T12:00+02:00", "24 hours", "2026-10-25T11:00+01:00"),
        ("2026-10-24T12:00+02:00", "2 days", "2026-10-26T17:00+01:00"),
        ("2026-10-25T01:30+02:00", "90 minutes", "2026-10-25T02:00+01:00"),  # the second 2 o'clock
        ("2026-01-31T09:00+01:00", "1 month", "2026-02-28T17:00+01:00"),  # a Saturday: months may end there
        ("2028-01-31T09:00+01:00", "1 month", "2028-02-29T17:00+01:00"),
        ("2026-12-31T09:00+01:00", "2 months", "2027-02-28T17:00+01:00"),
        ("2024-02-29T09:00+01:00", "12 months", "2025-02-28T16:00+01:00"),  # a Friday: it closes at four
    ],
)
def test_what_is_due_over_changes_of_the_clocks_and_month_ends_fires_then_and_once(
    begins: str, clock: str, fires: str, world: World
) -> None:
    start, wanted = datetime.fromisoformat(begins), datetime.fromisoformat(fires)
    world.publish(step("ask", "question", 0))
    world.clock[0] = start.astimezone(UTC)
    (instance,) = world.start()
    world.run_all()
    reached = berlin().due(parse_clock(clock), start)
    assert reached.moment_utc == wanted.astimezone(UTC)
    with world.runtime.store.write() as session:
        session.add(
            Timer(
                instance_id=instance,
                purpose=TimerPurpose.REMIND,
                key="remind",
                due_at=reached.moment_utc,
                wall=reached.wall,
                created_at=world.clock[0],
            )
        )
    fired = []
    for minutes in range(-180, 181, 20):  # around it, also around the hour that is there twice or never
        world.clock[0] = wanted.astimezone(UTC) + timedelta(minutes=minutes)
        fired += [minutes] * due(world)
    assert fired == [0]


def test_jumps_of_the_clock_over_many_due_dates_fire_each_once(world: World) -> None:
    fill(world, waiting=20, due=20)
    fired = 0
    for jump in (timedelta(days=40), timedelta(days=-40), HOUR, timedelta(days=-400), timedelta(days=900)):
        world.pass_time(jump)
        fired += due(world)
    assert fired == 40
    with world.runtime.store.read() as session:
        assert session.exec(select(func.count()).select_from(Wake)).one() == 40
