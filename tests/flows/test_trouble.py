"""What is the database's own trouble, and never an incident (engine.md R2.6)."""

import threading
from contextlib import suppress

import psycopg
import pytest
from engine_world import MONDAY, World, step
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError

from flows.inbox.commands import TRIES, command
from flows.steps.failure import collided, infrastructure
from models import Household, InstanceStatus
from tasks.call import Call

TROUBLE = {
    "08006": "the connection broke",
    "25006": "the server has become a standby",
    "25P03": "the transaction slept too long",
    "40001": "serialization",
    "40P01": "deadlock",
    "53100": "disk full",
    "53300": "too many connections",
    "55P03": "lock time-out",
    "57014": "the statement was cancelled",
    "57P01": "the server is shut down",
    "57P03": "the server is starting up",
    "58030": "the disk failed",
    "42501": "a right is missing",
}
OWN = {
    "22001": "text too long",
    "22003": "number out of range",
    "23502": "a value is missing",
    "23503": "a reference leads nowhere",
    "23505": "a key twice",
    "25P02": "after an error that was swallowed",
    "42601": "a mistake in a statement",
    "54000": "too large for an index",
}


def error(state: str) -> Exception:
    """What SQLAlchemy makes of an error of the server."""
    found = DBAPIError.instance("UPDATE", {}, psycopg.errors.lookup(state)("server said no"), psycopg.Error)
    assert isinstance(found, DBAPIError)
    return found


@pytest.mark.parametrize("state", TROUBLE, ids=TROUBLE.values())
def test_trouble_of_the_server_is_no_steps_own(state: str) -> None:
    assert infrastructure(error(state))


@pytest.mark.parametrize("state", OWN, ids=OWN.values())
def test_what_the_server_refuses_of_one_row_is_the_steps_own(state: str) -> None:
    assert not infrastructure(error(state))


@pytest.mark.parametrize(
    "trouble",
    [
        OperationalError("UPDATE", {}, Exception("database is locked")),
        OperationalError("", {}, psycopg.OperationalError("connection refused")),
        PoolTimeoutError("all connections are in use"),
        PendingRollbackError("the connection was lost"),
        StaleDataError("somebody was faster"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_trouble_without_a_state_of_the_server_is_none_either(trouble: Exception) -> None:
    assert infrastructure(trouble)


@pytest.mark.postgresql("SQLite has no deadlock")
def test_a_deadlock_repeats_the_step_and_is_no_incident(world: World) -> None:
    world.publish(step("fragile", "risky", 0))
    (instance,) = world.start()
    one, two = _two_households(world)
    met, tries = threading.Barrier(2), list[str]()

    def crossed() -> None:
        with suppress(OperationalError), world.runtime.store.write() as session:
            session.execute(text("SET LOCAL deadlock_timeout = '1h'"))  # the step finds it, not this one
            session.get_one(Household, two, with_for_update=True)
            met.wait()
            session.get_one(Household, one, with_for_update=True)

    def crossing(call: Call) -> None:
        tries.append(call.instance.id)
        call.session.execute(text("SET LOCAL deadlock_timeout = '10ms'"))
        call.session.get_one(Household, one, with_for_update=True)
        if len(tries) == 1:
            met.wait()
        call.session.get_one(Household, two, with_for_update=True)

    other = threading.Thread(target=crossed)
    other.start()
    world.trouble.acts[instance] = crossing
    assert world.run(instance).failures == []
    other.join()
    assert len(tries) == 2
    assert world.instance(instance).status is InstanceStatus.COMPLETED


def _two_households(world: World) -> tuple[str, str]:
    rows = [Household(name=name, created_at=MONDAY) for name in ("one", "two")]
    with world.runtime.store.write() as session:
        session.add_all(rows)
    return rows[0].id, rows[1].id


# -- commands of people


@pytest.mark.parametrize(
    "collision", [error("40001"), error("40P01"), error("55P03"), error("23505"), StaleDataError("faster")]
)
def test_a_command_that_collides_is_done_once_more(collision: Exception) -> None:
    tries: list[int] = []

    @command
    def act(value: int) -> int:
        tries.append(value)
        if len(tries) == 1:
            raise collision
        return value

    assert collided(collision)
    assert (act(7), tries) == (7, [7, 7])


@pytest.mark.parametrize("other", [error("57P01"), error("23503"), ZeroDivisionError()], ids=str)
def test_what_may_have_been_done_or_can_not_be_done_is_not_repeated(other: Exception) -> None:
    tries: list[int] = []

    @command
    def act() -> None:
        tries.append(1)
        raise other

    with pytest.raises(type(other)):
        act()
    assert tries == [1]


def test_a_command_that_always_collides_says_so() -> None:
    tries: list[int] = []

    @command
    def act() -> None:
        tries.append(1)
        raise error("23505")

    with pytest.raises(IntegrityError):
        act()
    assert len(tries) == TRIES
