"""Tokens for programs: what they may do, and when they end."""

from datetime import timedelta

import pytest
from account_world import People
from sqlmodel import select

from models import Account, ApiToken, Role
from web.access.actions import Action
from web.accounts.commands import disable
from web.accounts.tokens import SCOPES, MadeToken, bearer_of, make_token, revoke_token, tokens_of
from web.errors import AccountError


@pytest.fixture
def ann(people: People) -> Account:
    """Ann's account."""
    return people.account("ann", Role.CASEWORKER)


def made(people: People, ann: Account, *scopes: str, days: float = 30) -> MadeToken:
    wanted = scopes or ("tasks:read",)
    return make_token(
        people.store, ann.id, "board of the hospital", wanted, timedelta(days=days), by="test", now=people.now
    )


def test_a_program_acts_for_the_account_within_its_scopes(people: People, ann: Account) -> None:
    value = made(people, ann, "tasks:read", "tasks:write").value
    found = bearer_of(people.store, value, people.now)
    assert found is not None
    assert found.actor.staff_id == ann.staff_id
    assert found.actor.only == {Action.READ_TASK, Action.WORK_TASK}
    assert bearer_of(people.store, value + "x", people.now) is None


def test_only_a_hash_is_kept_and_the_value_is_not_shown(people: People, ann: Account) -> None:
    token = made(people, ann)
    assert token.value.startswith("cw_")
    assert token.value not in repr(token)
    with people.store.read() as session:
        (row,) = session.exec(select(ApiToken))
    assert token.value not in str(row.model_dump())


def test_it_ends_on_its_day_when_revoked_and_with_the_account(people: People, ann: Account) -> None:
    first, second, third = (made(people, ann, days=2) for _ in range(3))
    revoke_token(people.store, first.row.id, by="test", now=people.now)
    revoke_token(people.store, first.row.id, by="test", now=people.now)
    assert bearer_of(people.store, first.value, people.now) is None
    people.later(days=2)
    assert bearer_of(people.store, second.value, people.now) is None
    people.later(days=-1)
    assert bearer_of(people.store, third.value, people.now) is not None
    disable(people.store, ann.id, by="test", now=people.now, reason="left")
    assert bearer_of(people.store, third.value, people.now) is None
    assert [each.fields for each in people.audit("update")] == [["revoked_at"], ["disabled_at"]]


def test_its_last_use_is_written_down_once_a_minute(people: People, ann: Account) -> None:
    value = made(people, ann).value

    def used() -> object:
        with people.store.read() as session:
            return session.exec(select(ApiToken.last_used_at)).one()

    bearer_of(people.store, value, people.now)
    first = used()
    people.later(seconds=59)
    bearer_of(people.store, value, people.now)
    assert used() == first
    people.later(seconds=1)
    bearer_of(people.store, value, people.now)
    assert used() == people.now


@pytest.mark.parametrize(
    ("scopes", "days", "says"),
    [([], 30, "scopes of a token"), (["everything"], 30, "cases:read"), (["tasks:read"], 400, "a year")],
)
def test_what_makes_no_sense_is_refused(
    people: People, ann: Account, scopes: list[str], days: int, says: str
) -> None:
    with pytest.raises(AccountError, match=says):
        make_token(people.store, ann.id, "x", scopes, timedelta(days=days), by="test", now=people.now)
    with people.store.read() as session:
        assert tokens_of(session, ann.id) == []


def test_every_scope_is_of_actions_that_there_are() -> None:
    assert set(SCOPES) >= {
        "cases:read",
        "cases:write",
        "contacts:write",
        "tasks:read",
        "tasks:write",
        "figures:read",
    }
    assert all(SCOPES.values())
