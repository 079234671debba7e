"""Sessions: how long they last, and what ends them."""

from datetime import timedelta

import pytest
from account_world import GOOD, OTHER, People, keys
from sqlmodel import select

from models import LoginSession, Role, Staff, StaffGroup
from web.access.actor import Actor
from web.accounts import sessions
from web.accounts.commands import change_password, change_roles, disable, remove_totp, set_password
from web.accounts.entering import LoggedIn, log_out
from web.accounts.sessions import ABSOLUTE, IDLE, NOTICED

LITTLE = timedelta(seconds=1)


@pytest.fixture
def ann(people: People) -> str:
    """Ann has logged in; her token."""
    people.add("ann", "intake_team", lead="referral_team")
    people.account("ann", Role.CASEWORKER, Role.SUPERVISOR)
    return people.token("ann@office.example")


def who(people: People, token: str) -> Actor | None:
    return sessions.arrive(people.store, token, people.now)


def test_a_token_says_who_it_is_with_roles_and_teams(people: People, ann: str) -> None:
    actor = who(people, ann)
    assert actor is not None
    assert (actor.staff_id, actor.name) == (people.staff["ann"], "Ann")
    assert actor.roles == {Role.CASEWORKER, Role.SUPERVISOR}
    assert (actor.teams, actor.leads) == ({"intake_team", "referral_team"}, {"referral_team"})


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "\x00", "ünknown"])
def test_any_other_token_is_nobody(people: People, ann: str, token: str) -> None:
    assert who(people, token) is None


def test_only_a_hash_of_the_token_is_kept(people: People, ann: str) -> None:
    with people.store.read() as session:
        (row,) = session.exec(select(LoginSession))
    assert ann not in str(row.model_dump())


def test_it_ends_after_half_an_hour_without_a_request(people: People, ann: str) -> None:
    people.now += IDLE - LITTLE
    assert who(people, ann) is not None
    people.now += IDLE - LITTLE
    assert who(people, ann) is not None
    people.now += IDLE
    assert who(people, ann) is None


def test_it_ends_after_twelve_hours_however_busy_one_is(people: People, ann: str) -> None:
    began = people.now
    while people.now < began + ABSOLUTE:
        assert who(people, ann) is not None
        people.later(minutes=20)
    assert who(people, ann) is None


def test_a_request_is_written_down_once_a_minute_at_most(people: People, ann: str) -> None:
    def seen() -> object:
        with people.store.read() as session:
            return session.exec(select(LoginSession.last_seen_at)).one()

    before = seen()
    people.now += NOTICED - LITTLE
    who(people, ann)
    assert seen() == before
    people.now += LITTLE
    who(people, ann)
    assert seen() == people.now


def test_logging_out_ends_it_for_good(people: People, ann: str) -> None:
    with people.store.write() as session:
        log_out(session, ann, people.now)
    assert who(people, ann) is None
    assert [each.actor for each in people.audit("log_out")] == [people.staff["ann"]]


def test_each_login_has_a_token_of_its_own(people: People, ann: str) -> None:
    other = people.token("ann@office.example")
    assert other != ann
    with people.store.write() as session:
        sessions.end(session, other, people.now)
    assert who(people, ann) is not None


def test_changing_ones_password_ends_all_sessions_and_begins_another(people: People, ann: str) -> None:
    other, account = people.token("ann@office.example"), who(people, ann)
    assert account is not None
    done = change_password(
        people.store, keys(), account.account_id, GOOD, OTHER, address="192.0.2.10", now=people.now
    )
    assert isinstance(done, LoggedIn)
    assert [who(people, each) for each in (ann, other)] == [None, None]
    assert who(people, done.token) is not None


def test_what_an_administrator_does_to_an_account_ends_its_sessions(people: People) -> None:
    def by_password(account_id: str) -> None:
        set_password(people.store, keys().passwords, account_id, OTHER, by="test", now=people.now)

    def by_disabling(account_id: str) -> None:
        disable(people.store, account_id, by="test", now=people.now, reason="left")

    def by_taking_the_factor(account_id: str) -> None:
        remove_totp(people.store, account_id, by="test", now=people.now, reason="lost")

    for number, act in enumerate((by_password, by_disabling, by_taking_the_factor)):
        account = people.account(f"worker{number}")
        token = people.token(account.login)
        assert who(people, token) is not None
        act(account.id)
        assert who(people, token) is None


def test_new_roles_and_teams_count_from_the_next_request(people: People, ann: str) -> None:
    actor = who(people, ann)
    assert actor is not None
    change_roles(people.store, actor.account_id, {Role.SPECIALIST}, by="test", now=people.now)
    with people.store.write() as session:
        for place in session.exec(select(StaffGroup)):
            session.delete(place)
    again = who(people, ann)
    assert again is not None
    assert (again.roles, again.teams, again.leads) == ({Role.SPECIALIST}, frozenset(), frozenset())


def test_whoever_has_left_is_nobody(people: People, ann: str) -> None:
    with people.store.write() as session:
        staff = session.get_one(Staff, people.staff["ann"])
        staff.active = False
        session.add(staff)
    assert who(people, ann) is None
