"""Logging in: who is let in, what is said of a refusal, and what is written down."""

from datetime import timedelta

import pytest
from account_world import ELSEWHERE, GOOD, HOME, OTHER, People, keys

from models import Account, Staff
from web.accounts.commands import (
    Enrolment,
    begin_totp,
    change_password,
    confirm_totp,
    disable,
    enable,
    make_account,
    remove_totp,
    set_password,
)
from web.accounts.entering import LoggedIn, Refused, Why
from web.accounts.totp import code_at

WRONG = Refused(Why.WRONG)


@pytest.fixture
def ann(people: People) -> Account:
    """Ann has an account."""
    return people.account("ann")


def with_factor(people: People, account: Account) -> Enrolment:
    """The account gets a second factor; the clock stands after its first code."""
    made = begin_totp(people.store, keys(), account.id, by="test", now=people.now)
    assert confirm_totp(
        people.store, keys(), account.id, code_at(made.secret, people.now), by="test", now=people.now
    )
    people.later(seconds=30)
    return made


def test_the_right_password_lets_in_and_is_written_down(people: People, ann: Account) -> None:
    found = people.enter("ann@office.example")
    assert isinstance(found, LoggedIn)
    assert (found.account_id, found.must_change_password) == (ann.id, False)
    (row,) = people.audit("log_in")
    assert (row.actor, row.record, row.record_id) == (ann.staff_id, "Account", ann.id)


@pytest.mark.parametrize("typed", ["  ANN@office.example ", "Ann@Office.Example", "ａｎｎ@office.example"])
def test_the_login_name_may_be_typed_in_other_ways(people: People, ann: Account, typed: str) -> None:
    assert isinstance(people.enter(typed), LoggedIn)


def test_every_other_login_gets_the_same_answer(people: People, ann: Account) -> None:
    without = people.account("bob", password=None)
    gone = people.account("cleo")
    disable(people.store, gone.id, by="test", now=people.now, reason="left")
    left = people.account("dora")
    with people.store.write() as session:
        staff = session.get_one(Staff, left.staff_id)
        staff.active = False
        session.add(staff)
    assert people.enter(ann.login, OTHER) == WRONG
    assert people.enter(ann.login, "") == WRONG
    assert people.enter("nobody@office.example") == WRONG
    assert [people.enter(each.login) for each in (without, gone, left)] == [WRONG] * 3


def test_failed_logins_are_in_the_audit_without_what_was_typed(people: People, ann: Account) -> None:
    people.enter(ann.login, "my secret guess")
    people.enter("typed password as name", "my secret guess")
    known, unknown = people.audit("log_in_failed")
    assert (known.actor, known.record_id) == (ann.staff_id, ann.id)
    assert (unknown.actor, unknown.record_id) == ("unknown", None)
    for row in (known, unknown):
        assert "secret guess" not in str(row.model_dump())
        assert "typed password" not in str(row.model_dump())


def test_after_some_failures_nothing_is_looked_at_for_a_while(people: People, ann: Account) -> None:
    answers = [people.enter(ann.login, OTHER) for _ in range(5)]
    assert answers == [WRONG] * 5
    slowed = people.enter(ann.login)
    assert isinstance(slowed, Refused)
    assert slowed.why is Why.WAIT
    assert timedelta(0) < slowed.wait <= timedelta(minutes=15)
    people.now += slowed.wait
    assert isinstance(people.enter(ann.login), LoggedIn)


def test_for_a_name_that_nobody_has_it_is_slowed_down_just_so(people: People) -> None:
    answers = [people.enter("nobody", OTHER) for _ in range(6)]
    assert [each.why for each in answers if isinstance(each, Refused)] == [Why.WRONG] * 5 + [Why.WAIT]


def test_somebody_who_guesses_elsewhere_does_not_keep_ann_out_at_her_desk(
    people: People, ann: Account
) -> None:
    people.token(ann.login, address=HOME)
    for _ in range(8):
        people.enter(ann.login, OTHER, address=ELSEWHERE)
    refused = people.enter(ann.login, address=ELSEWHERE)
    assert isinstance(refused, Refused)
    assert refused.why is Why.WAIT
    assert isinstance(people.enter(ann.login, address=HOME), LoggedIn)


def test_a_hundred_who_log_in_from_one_address_do_not_slow_each_other_down(people: People) -> None:
    for number in range(40):
        account = people.account(f"worker{number}")
        assert isinstance(people.enter(account.login), LoggedIn)


# -- the second factor


def test_with_a_second_factor_a_code_is_asked_for_after_the_right_password_only(
    people: People, ann: Account
) -> None:
    made = with_factor(people, ann)
    assert people.enter(ann.login) == Refused(Why.CODE)
    assert people.enter(ann.login, OTHER) == WRONG
    found = people.enter(ann.login, code=code_at(made.secret, people.now))
    assert isinstance(found, LoggedIn)


def test_a_code_is_used_once(people: People, ann: Account) -> None:
    code = code_at(with_factor(people, ann).secret, people.now)
    assert isinstance(people.enter(ann.login, code=code), LoggedIn)
    assert people.enter(ann.login, code=code) == Refused(Why.WRONG_CODE)
    (row,) = people.audit("log_in_failed")
    assert row.reason == "wrong code"


def test_the_code_that_confirmed_the_factor_is_used_too(people: People, ann: Account) -> None:
    made = with_factor(people, ann)
    people.later(seconds=-30)
    assert people.enter(ann.login, code=code_at(made.secret, people.now)) == Refused(Why.WRONG_CODE)


def test_guessing_codes_is_slowed_down(people: People, ann: Account) -> None:
    with_factor(people, ann)
    answers = [people.enter(ann.login, code="000000") for _ in range(7)]
    assert [each.why for each in answers if isinstance(each, Refused)][-1] is Why.WAIT


def half_way(people: People, account: Account) -> str:
    """Somebody has typed their password and is asked for the code."""
    asked = people.enter(account.login)
    assert isinstance(asked, Refused)
    assert asked.half is not None
    return asked.half


def test_with_the_code_the_password_is_not_typed_again(people: People, ann: Account) -> None:
    made = with_factor(people, ann)
    half = half_way(people, ann)
    people.later(minutes=4)
    wrong = people.enter(ann.login, "", "000000", half=half)
    assert (wrong, isinstance(wrong, Refused) and wrong.half is not None) == (Refused(Why.WRONG_CODE), True)
    found = people.enter(ann.login, "", code_at(made.secret, people.now), half=half)
    assert isinstance(found, LoggedIn)


def test_half_a_login_is_worth_nothing_later_for_others_or_with_another_password(
    people: People, ann: Account
) -> None:
    made, ben = with_factor(people, ann), people.account("ben")
    others = with_factor(people, ben)
    half = half_way(people, ann)

    def tried(account: Account, secret: str, proof: str) -> object:
        return people.enter(account.login, "", code_at(secret, people.now), half=proof)

    assert tried(ben, others.secret, half) == Refused(Why.LATE)
    assert tried(ann, made.secret, "1.nonsense") == Refused(Why.LATE)
    assert people.enter("nobody@example.org", "", "000000", half=half) == Refused(Why.LATE)
    set_password(people.store, keys().passwords, ann.id, OTHER, by="test", now=people.now, must_change=False)
    assert tried(ann, made.secret, half) == Refused(Why.LATE)
    people.later(minutes=1)
    late = half_way(people, ben)
    people.later(minutes=4)
    again = people.enter(ben.login, "", half=late)  # asking again does not make it last longer
    assert isinstance(again, Refused)
    assert again.half == late
    people.later(minutes=1)
    assert tried(ben, others.secret, late) == Refused(Why.LATE)
    assert {row.reason for row in people.audit("log_in_failed")} == {"no password, or too long ago"}


def test_being_asked_for_the_code_costs_nothing(people: People, ann: Account) -> None:
    with_factor(people, ann)
    assert [people.enter(ann.login) for _ in range(10)] == [Refused(Why.CODE)] * 10


def test_a_factor_counts_only_when_its_first_code_was_given(people: People, ann: Account) -> None:
    begin_totp(people.store, keys(), ann.id, by="test", now=people.now)
    assert not confirm_totp(people.store, keys(), ann.id, "000000", by="test", now=people.now)
    assert isinstance(people.enter(ann.login), LoggedIn)


def test_its_secret_is_kept_encrypted(people: People, ann: Account) -> None:
    made = with_factor(people, ann)
    with people.store.read() as session:
        kept = session.get_one(Account, ann.id).totp_secret
    assert kept is not None
    assert made.secret not in kept
    assert made.secret not in repr(made)


def test_without_it_one_logs_in_as_before(people: People, ann: Account) -> None:
    with_factor(people, ann)
    remove_totp(people.store, ann.id, by="test", now=people.now, reason="lost the telephone")
    assert isinstance(people.enter(ann.login), LoggedIn)
    assert people.audit("update")[-1].reason == "lost the telephone"


# -- passwords


def test_a_changed_password_counts_and_the_old_one_does_not(people: People, ann: Account) -> None:
    changed = change_password(people.store, keys(), ann.id, GOOD, OTHER, address=HOME, now=people.now)
    assert isinstance(changed, LoggedIn)
    assert people.enter(ann.login, GOOD) == WRONG
    assert isinstance(people.enter(ann.login, OTHER), LoggedIn)


def test_the_old_password_has_to_be_right_and_is_not_guessed_at_will(people: People, ann: Account) -> None:
    answers = [
        change_password(people.store, keys(), ann.id, "guess", OTHER, address=HOME, now=people.now)
        for _ in range(6)
    ]
    assert [each.why for each in answers if isinstance(each, Refused)] == [Why.WRONG] * 5 + [Why.WAIT]
    people.later(hours=2)
    assert isinstance(people.enter(ann.login), LoggedIn)


def test_a_password_that_was_given_has_to_be_changed(people: People, ann: Account) -> None:
    set_password(people.store, keys().passwords, ann.id, OTHER, by="test", now=people.now, must_change=True)
    found = people.enter(ann.login, OTHER)
    assert isinstance(found, LoggedIn)
    assert found.must_change_password
    change_password(people.store, keys(), ann.id, OTHER, GOOD, address=HOME, now=people.now)
    again = people.enter(ann.login)
    assert isinstance(again, LoggedIn)
    assert not again.must_change_password


def test_a_disabled_account_can_be_used_again(people: People, ann: Account) -> None:
    disable(people.store, ann.id, by="test", now=people.now, reason="on leave")
    assert people.enter(ann.login) == WRONG
    enable(people.store, ann.id, by="test", now=people.now)
    assert isinstance(people.enter(ann.login), LoggedIn)


def test_a_hash_of_older_costs_is_renewed_at_the_next_login(people: People) -> None:
    from web.accounts.passwords import Passwords

    older = Passwords(time_cost=1, memory_cost=16, parallelism=1)
    account = make_account(
        people.store, older, people.add("eve"), ["caseworker"], by="test", now=people.now, password=GOOD
    )
    assert isinstance(people.enter(account.login), LoggedIn)
    with people.store.read() as session:
        kept = session.get_one(Account, account.id).password_hash
    assert kept is not None
    assert "m=8," in kept
