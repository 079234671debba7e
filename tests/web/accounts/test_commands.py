"""Accounts are made and changed; what would leave nobody in charge is refused."""

import pytest
from account_world import GOOD, People, keys
from sqlmodel import select

from models import Account, AccountRole, Role
from web.accounts.commands import begin_totp, change_roles, confirm_totp, disable, make_account
from web.accounts.listing import accounts, find_account
from web.errors import AccountError, PasswordError


def test_an_account_is_listed_with_what_it_may_do(people: People) -> None:
    made = people.account("vera", Role.SUPERVISOR, Role.ADMINISTRATOR)
    with people.store.read() as session:
        (row,) = accounts(session)
        assert find_account(session, " VERA@office.example") == find_account(session, made.id)
    assert (row.login, row.name, row.roles) == (
        "vera@office.example",
        "Vera",
        ("administrator", "supervisor"),
    )
    assert (row.has_password, row.second_factor, row.disabled) == (True, False, False)
    (event,) = people.audit("create")
    assert (event.record, event.record_id, event.fields) == ("Account", made.id, ["login", "roles"])


def test_one_account_for_a_person_and_one_person_for_a_login(people: People) -> None:
    people.account("ann")
    with pytest.raises(AccountError, match="already"):
        people.account("ann", login="ann2")
    with pytest.raises(AccountError, match="already"):
        people.account("bob", login="ANN@office.example")


@pytest.mark.parametrize("login", ["two words", "tab\tbed", "x" * 255, "nul\x00"])
def test_a_login_name_is_one_word(people: People, login: str) -> None:
    with pytest.raises(AccountError, match="login name"):
        people.account("ann", login=login)


def test_nothing_is_made_with_a_bad_password_without_a_role_or_for_a_stranger(people: People) -> None:
    with pytest.raises(PasswordError):
        people.account("ann", password="ann@office.example")
    with pytest.raises(AccountError, match="the roles are caseworker"):
        make_account(
            people.store, keys().passwords, people.staff["ann"], [], by="test", now=people.now, password=GOOD
        )
    with pytest.raises(AccountError, match="active member"):
        make_account(people.store, keys().passwords, "nobody", [Role.MANAGER], by="test", now=people.now)
    with people.store.read() as session:
        assert session.exec(select(Account)).all() == []


def test_the_last_administrator_stays_one(people: People) -> None:
    first = people.account("ada", Role.ADMINISTRATOR)
    with pytest.raises(AccountError, match="last administrator"):
        disable(people.store, first.id, by="test", now=people.now, reason="left")
    with pytest.raises(AccountError, match="last administrator"):
        change_roles(people.store, first.id, {Role.MANAGER}, by="test", now=people.now)
    second = people.account("bea", Role.ADMINISTRATOR)
    disable(people.store, first.id, by="test", now=people.now, reason="left")
    with pytest.raises(AccountError, match="last administrator"):
        change_roles(people.store, second.id, {Role.MANAGER}, by="test", now=people.now)
    with people.store.read() as session:
        roles = session.exec(select(AccountRole.role).where(AccountRole.account_id == second.id)).all()
    assert roles == [Role.ADMINISTRATOR]


def test_disabling_is_written_down_once_with_its_reason(people: People) -> None:
    account = people.account("ann")
    for _ in range(2):
        disable(people.store, account.id, by=people.staff["ann"], now=people.now, reason="left in May")
    (event,) = people.audit("update")
    assert (event.reason, event.fields) == ("left in May", ["disabled_at"])


def test_a_second_factor_is_not_replaced_unnoticed(people: People) -> None:
    from web.accounts.totp import code_at

    account = people.account("ann")
    made = begin_totp(people.store, keys(), account.id, by="test", now=people.now)
    confirm_totp(
        people.store, keys(), account.id, code_at(made.secret, people.now), by="test", now=people.now
    )
    with pytest.raises(AccountError, match="removed before"):
        begin_totp(people.store, keys(), account.id, by="test", now=people.now)


@pytest.mark.postgresql("on SQLite one transaction writes at a time")
def test_two_logins_at_once_are_both_counted(people: People) -> None:
    from concurrent.futures import ThreadPoolExecutor

    account = people.account("ann")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: people.enter(account.login, "a wrong guess"), range(8)))
    assert sum(str(each.why) == "wrong" for each in answers) <= 5  # type: ignore[union-attr]
