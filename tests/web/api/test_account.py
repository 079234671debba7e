"""One's own account by the API: second factor, sessions, tokens."""

from collections.abc import Iterator

import pytest
from account_world import GOOD, keys
from admin_world import AdminHouse, open_admin, said
from sqlmodel import select

from models import Account, Role
from web.accounts import sessions
from web.accounts.totp import code_at

ME = "/api/v1/account"


@pytest.fixture
def house() -> Iterator[AdminHouse]:
    with open_admin() as opened:
        yield opened


def secret_of(house: AdminHouse, name: str) -> str:
    with house.people.store.read() as session:
        account = session.get_one(Account, house.accounts[name].id)
    return keys().secret.open(account.totp_secret or "", "totp", account.id)


def test_a_second_factor_counts_from_its_first_code_and_goes_with_the_password(house: AdminHouse) -> None:
    ann, wrong = house.browser("ann", Role.CASEWORKER), {"password": "not this one"}
    said(ann.post(f"{ME}/second-factor", json=wrong), 403)
    begun = said(ann.post(f"{ME}/second-factor", json={"password": GOOD}), 201)
    assert begun["picture"].startswith("data:image/svg+xml")
    assert begun["secret"] in begun["address"]
    assert said(ann.get(ME), 200)["second_factor"] is False
    said(ann.post(f"{ME}/second-factor/confirm", json={"code": "000000"}), 422)
    code = code_at(secret_of(house, "ann"), house.people.now)
    said(ann.post(f"{ME}/second-factor/confirm", json={"code": code}), 204)
    assert said(ann.get(ME), 200)["second_factor"] is True
    assert "Remove it" in said(ann.post(f"{ME}/second-factor", json={"password": GOOD}), 409)["detail"]
    said(ann.request("DELETE", f"{ME}/second-factor", json=wrong), 403)
    said(ann.request("DELETE", f"{ME}/second-factor", json={"password": GOOD}), 204)
    assert said(ann.get(ME), 200)["second_factor"] is False
    assert [each.reason for each in house.people.audit("log_in_failed")] == [
        "wrong password for a change of one's own account"
    ] * 2


def test_who_guesses_the_password_of_an_open_session_is_slowed_down(house: AdminHouse) -> None:
    ann = house.browser("ann", Role.CASEWORKER)
    wrong = {"password": "not this one"}
    statuses = [ann.post(f"{ME}/second-factor", json=wrong).status_code for _ in range(8)]
    assert (statuses[0], statuses[-1]) == (403, 429)


def test_one_session_or_all_others_are_ended_and_never_anybody_elses(house: AdminHouse) -> None:
    ann, bob = house.browser("ann", Role.CASEWORKER), house.browser("bob", Role.CASEWORKER)
    with house.people.store.write() as session:
        for _ in range(3):
            sessions.begin(session, house.accounts["ann"].id, house.people.now)
    mine = said(ann.get(f"{ME}/sessions"), 200)["sessions"]
    assert [each["here"] for each in mine] == [True, False, False, False]
    said(bob.request("DELETE", f"{ME}/sessions/{mine[1]['id']}"), 404)
    said(ann.request("DELETE", f"{ME}/sessions/{mine[1]['id']}"), 204)
    assert len(said(ann.get(f"{ME}/sessions"), 200)["sessions"]) == 3
    said(ann.post(f"{ME}/sessions/end-others"), 204)
    assert [each["here"] for each in said(ann.get(f"{ME}/sessions"), 200)["sessions"]] == [True]
    assert len(said(bob.get(f"{ME}/sessions"), 200)["sessions"]) == 1


def test_a_token_is_told_once_counts_until_it_is_revoked_and_is_not_for_the_account(
    house: AdminHouse,
) -> None:
    ann, bob = house.browser("ann", Role.CASEWORKER), house.browser("bob", Role.CASEWORKER)
    wanted = {"name": "Payroll", "scopes": ["cases:read"], "days": 30}
    said(ann.post(f"{ME}/tokens", json=wanted), 403)
    assert (
        "scopes"
        in said(ann.post(f"{ME}/tokens", json={**wanted, "password": GOOD, "scopes": ["all"]}), 422)["detail"]
    )
    made = said(ann.post(f"{ME}/tokens", json={**wanted, "password": GOOD}), 201)
    program = {"Authorization": f"Bearer {made['token']}"}
    said(bob.get("/api/v1/cases", headers=program), 200)
    said(bob.get(ME, headers=program), 403)
    said(bob.request("DELETE", f"{ME}/tokens/{made['id']}"), 404)
    assert "token" not in said(ann.get(f"{ME}/tokens"), 200)["tokens"][0]
    said(ann.request("DELETE", f"{ME}/tokens/{made['id']}"), 204)
    said(bob.get("/api/v1/cases", headers=program), 401)


def test_a_token_is_made_once_with_its_key(house: AdminHouse) -> None:
    ann, bob = house.browser("ann", Role.CASEWORKER), house.browser("bob", Role.CASEWORKER)
    wanted = {"name": "Payroll", "scopes": ["cases:read"], "password": GOOD}
    key = {"Idempotency-Key": "k"}
    said(ann.post(f"{ME}/tokens", json=wanted, headers=key), 201)
    assert "already" in said(ann.post(f"{ME}/tokens", json=wanted, headers=key), 409)["detail"]
    assert len(said(ann.get(f"{ME}/tokens"), 200)["tokens"]) == 1
    said(ann.post(f"{ME}/tokens", json=wanted, headers={"Idempotency-Key": "another"}), 201)
    said(bob.post(f"{ME}/tokens", json=wanted, headers=key), 201)


def test_who_has_no_password_is_asked_for_none(house: AdminHouse) -> None:
    ann = house.browser("ann", Role.CASEWORKER)
    with house.people.store.write() as session:
        account = session.exec(select(Account)).one()
        account.password_hash = account.password_changed_at = None
        session.add(account)
    wanted = {"name": "Payroll", "scopes": ["cases:read"]}
    said(ann.post(f"{ME}/tokens", json=wanted), 201)
