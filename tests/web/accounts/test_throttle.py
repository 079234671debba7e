"""Guessing is slowed down, and nobody is locked out for long."""

from datetime import datetime, timedelta

import pytest
from account_world import ELSEWHERE, HOME, MORNING, People
from sqlmodel import select

from models import LoginThrottle, Store
from web.accounts.throttle import ACCOUNT, ADDRESS, FORGOTTEN, Pace, counts, forgive, give_back, take

NOTHING = timedelta(0)


def attempt(store: Store, now: datetime, login: str = "ann", address: str = HOME) -> timedelta:
    with store.write() as session:
        return take(session, counts(login, address, known=False), now)


def test_a_few_slips_cost_nothing_then_each_one_waits_longer(people: People) -> None:
    assert [attempt(people.store, MORNING) for _ in range(ACCOUNT.free)] == [NOTHING] * ACCOUNT.free
    waits, now = [], MORNING
    for _ in range(12):
        wait = attempt(people.store, now)
        waits.append(wait)
        now += wait
        assert attempt(people.store, now) == NOTHING
    assert waits[0] > NOTHING
    assert sorted(waits) == waits
    assert waits[1] > waits[0] * 1.5
    assert waits[-1] <= ACCOUNT.longest


@pytest.mark.parametrize("pace", [ACCOUNT, ADDRESS], ids=["account", "address"])
def test_a_wait_never_lasts_longer_than_its_limit(people: People, pace: Pace) -> None:
    with people.store.write() as session:
        for each in counts("ann", HOME, known=False):
            session.add(LoginThrottle(key=each.key, level=10_000.0, counted_at=MORNING))
    assert attempt(people.store, MORNING) <= max(pace.longest, ACCOUNT.longest)
    assert attempt(people.store, MORNING + ACCOUNT.longest) == NOTHING


def test_what_is_tried_while_waiting_prolongs_nothing(people: People) -> None:
    while (wait := attempt(people.store, MORNING)) == NOTHING:
        pass
    assert [attempt(people.store, MORNING) for _ in range(5)] == [wait] * 5


def test_whoever_goes_on_guessing_gets_less_than_a_hundred_guesses_a_day(people: People) -> None:
    now, guessed = MORNING, 0
    while now < MORNING + timedelta(days=1):
        wait = attempt(people.store, now, address=f"2001:db8::{guessed}")
        guessed += wait == NOTHING
        now += wait
    assert 10 < guessed <= 110  # those without waiting are counted too


def test_one_address_that_tries_many_accounts_is_slowed_down(people: People) -> None:
    tried = [attempt(people.store, MORNING, login=f"name{each}") for each in range(ADDRESS.free + 1)]
    assert tried[:-1] == [NOTHING] * ADDRESS.free
    assert tried[-1] > NOTHING
    assert attempt(people.store, MORNING, login="ann", address=ELSEWHERE) == NOTHING


def test_time_heals(people: People) -> None:
    for _ in range(ACCOUNT.free):
        attempt(people.store, MORNING)
    later = MORNING + ACCOUNT.leak * ACCOUNT.free
    assert [attempt(people.store, later) for _ in range(ACCOUNT.free)] == [NOTHING] * ACCOUNT.free


def test_logging_in_begins_the_count_anew_and_costs_the_address_nothing(people: People) -> None:
    counted = counts("ann", HOME, known=False)
    for _ in range(ACCOUNT.free - 1):
        attempt(people.store, MORNING)
    with people.store.write() as session:
        take(session, counted, MORNING)
        forgive(session, counted)
    with people.store.read() as session:
        (left,) = session.exec(select(LoginThrottle))
    assert left.key.startswith("address:")
    assert left.level == ACCOUNT.free - 1
    assert [attempt(people.store, MORNING) for _ in range(ACCOUNT.free)] == [NOTHING] * ACCOUNT.free


def test_an_attempt_that_was_no_guess_is_given_back(people: People) -> None:
    counted = counts("ann", HOME, known=False)
    for _ in range(ACCOUNT.free * 3):
        with people.store.write() as session:
            assert take(session, counted, MORNING) == NOTHING
            give_back(session, counted)


def test_guessing_from_elsewhere_does_not_keep_the_owner_out(people: People) -> None:
    with people.store.write() as session:
        while take(session, counts("ann", ELSEWHERE, known=False), MORNING) == NOTHING:
            pass
        assert take(session, counts("ann", HOME, known=True), MORNING) == NOTHING
        assert take(session, counts("ann", HOME, known=False), MORNING) > NOTHING


def test_no_name_is_kept_and_old_counts_go(people: People) -> None:
    attempt(people.store, MORNING, login="a password typed into the wrong field")
    with people.store.read() as session:
        before = session.exec(select(LoginThrottle)).all()
    assert not any("wrong field" in each.key for each in before)
    attempt(people.store, MORNING + FORGOTTEN + timedelta(minutes=1), login="ann", address=ELSEWHERE)
    with people.store.read() as session:
        after = session.exec(select(LoginThrottle.id)).all()
    assert not {each.id for each in before} & set(after)
