"""Accounts of others by the API: for administrators alone."""

import json
from collections.abc import Iterator

import pytest
from account_world import GOOD
from admin_world import AdminHouse, open_admin, said
from asgi_browser import Browser

from models import Role
from web.accounts.entering import LoggedIn

ALL = "/api/v1/accounts"
ANY = {"If-Match": "*"}


@pytest.fixture
def house() -> Iterator[AdminHouse]:
    with open_admin() as opened:
        yield opened


@pytest.fixture
def ada(house: AdminHouse) -> Browser:
    return house.browser("ada", Role.ADMINISTRATOR)


def made(ada: Browser, **more: object) -> dict[str, str]:
    sent = {"email": "new@office.example", "name": "New Person", "roles": ["caseworker"], **more}
    found: dict[str, str] = said(ada.post(ALL, json=sent), 201)
    return found


def test_a_new_account_has_a_password_that_is_told_once_and_changed_first(
    house: AdminHouse, ada: Browser
) -> None:
    account = made(ada)
    entered = house.people.enter("new@office.example", account["password"])
    assert isinstance(entered, LoggedIn)
    assert entered.must_change_password
    assert account["password"] not in ada.get(f"{ALL}/{account['id']}").text
    again = ada.post(ALL, json={"email": "new@office.example", "roles": ["caseworker"]})
    assert "already" in said(again, 422)["detail"]


def test_somebody_unknown_needs_a_name_and_an_address(ada: Browser) -> None:
    sent = {"email": "nobody@office.example", "roles": ["caseworker"]}
    assert "name" in said(ada.post(ALL, json=sent), 422)["detail"]
    assert (
        "e-mail address"
        in said(ada.post(ALL, json={**sent, "email": "no address", "name": "X"}), 422)["detail"]
    )


def test_the_list_is_found_by_words_role_and_state_and_goes_on(house: AdminHouse, ada: Browser) -> None:
    account = made(ada)
    for number in range(55):
        house.people.account(f"worker{number:02d}", password=None)
    first = said(ada.get(ALL), 200)
    rest = said(ada.get(ALL, params={"after": first["next"]}), 200)
    logins = [each["login"] for each in (*first["accounts"], *rest["accounts"])]
    assert (len(logins), len(set(logins)), rest["next"]) == (57, 57, None)
    assert [each["name"] for each in said(ada.get(f"{ALL}?q=new+pers"), 200)["accounts"]] == ["New Person"]
    assert [each["name"] for each in said(ada.get(f"{ALL}?role=administrator"), 200)["accounts"]] == ["Ada"]
    said(ada.post(f"{ALL}/{account['id']}/disable", json={"reason": "left"}), 204)
    assert [each["name"] for each in said(ada.get(f"{ALL}?disabled=true"), 200)["accounts"]] == ["New Person"]


def test_roles_teams_and_supervisor_are_set_and_written_down(house: AdminHouse, ada: Browser) -> None:
    account, at = made(ada), ""
    at = f"{ALL}/{account['id']}"
    said(ada.put(f"{at}/roles", json={"roles": ["supervisor", "manager"]}, headers=ANY), 204)
    places = {"groups": {"intake_team": "lead", "referral_team": None}, "supervisor": "Ada@office.example"}
    said(ada.put(f"{at}/places", json=places, headers=ANY), 204)
    found = said(ada.get(at), 200)
    assert (found["roles"], found["supervisor"]) == (["manager", "supervisor"], "Ada")
    assert found["places"] == [{"group": "intake_team", "role": "lead"}]
    said(ada.put(f"{at}/places", json={"groups": {"no_such_team": "member"}}, headers=ANY), 422)
    said(ada.put(f"{at}/places", json={"supervisor": "new@office.example"}, headers=ANY), 422)
    circle = ada.put(
        f"{ALL}/{house.accounts['ada'].id}/places", json={"supervisor": "new@office.example"}, headers=ANY
    )
    assert "answer for themselves" in said(circle, 422)["detail"]
    assert {tuple(each.fields) for each in house.people.audit("update")} >= {
        ("groups",),
        ("roles",),
        ("supervisor_id",),
    }


def test_roles_and_teams_that_somebody_else_took_away_do_not_come_back_unseen(ada: Browser) -> None:
    at = f"{ALL}/{made(ada)['id']}"

    def tag() -> dict[str, str]:
        return {"If-Match": f'"{said(ada.get(at), 200)["state"]}"'}

    both, team = {"roles": ["caseworker", "administrator"]}, {"groups": {"intake_team": "lead"}}
    said(ada.put(f"{at}/roles", json=both, headers=tag()), 204)
    said(ada.put(f"{at}/places", json=team, headers=tag()), 204)
    seen = tag()
    said(ada.put(f"{at}/roles", json={"roles": ["caseworker"]}, headers=seen), 204)
    said(ada.put(f"{at}/places", json={}, headers=tag()), 204)
    assert "somebody else" in said(ada.put(f"{at}/roles", json=both, headers=seen), 412)["detail"]
    said(ada.put(f"{at}/places", json=team, headers=seen), 412)
    said(ada.put(f"{at}/roles", json=both), 428)
    said(ada.put(f"{at}/places", json=team), 428)
    found = said(ada.get(at), 200)
    assert (found["roles"], found["places"]) == (["caseworker"], [])


def test_a_disabled_account_is_shut_at_once_and_the_last_administrator_stays(
    house: AdminHouse, ada: Browser
) -> None:
    ann = house.browser("ann", Role.CASEWORKER)
    at = f"{ALL}/{house.accounts['ann'].id}"
    said(ada.post(f"{at}/disable", json={"reason": "has left"}), 204)
    said(ann.get("/api/v1/tasks"), 401)
    said(ada.post(f"{at}/enable"), 204)
    own = f"{ALL}/{house.accounts['ada'].id}"
    assert (
        "last administrator"
        in said(ada.put(f"{own}/roles", json={"roles": ["manager"]}, headers=ANY), 422)["detail"]
    )
    assert "last administrator" in said(ada.post(f"{own}/disable", json={"reason": "tired"}), 422)["detail"]


def test_an_account_is_disabled_only_as_it_was_read(house: AdminHouse, ada: Browser) -> None:
    house.browser("ann", Role.CASEWORKER)
    at = f"{ALL}/{house.accounts['ann'].id}"
    tag = {"If-Match": f'"{said(ada.get(at), 200)["revision"]}"'}
    said(ada.put(f"{at}/openid", json={"by_email": True}, headers=tag), 204)
    for rest, body in (
        ("disable", {"reason": "has left"}),
        ("enable", {}),
        ("password", {}),
        ("second-factor/reset", {"reason": "lost it"}),
    ):
        said(ada.post(f"{at}/{rest}", json=body, headers=tag), 412)
    said(ada.request("DELETE", f"{at}/openid", headers=tag), 412)
    tag = {"If-Match": f'"{said(ada.get(at), 200)["revision"]}"'}
    said(ada.post(f"{at}/disable", json={"reason": "has left"}, headers=tag), 204)


def test_a_new_password_and_a_lost_telephone_end_all_sessions(house: AdminHouse, ada: Browser) -> None:
    ann = house.browser("ann", Role.CASEWORKER)
    at = f"{ALL}/{house.accounts['ann'].id}"
    fresh = said(ada.post(f"{at}/password"), 201)["password"]
    said(ann.get("/api/v1/tasks"), 401)
    assert not isinstance(house.people.enter("ann@office.example", GOOD), LoggedIn)
    assert isinstance(house.people.enter("ann@office.example", fresh), LoggedIn)
    said(ada.post(f"{at}/second-factor/reset", json={"reason": "telephone lost"}), 204)
    assert said(ada.get(at), 200)["sessions"] == 0


@pytest.mark.parametrize("role", [each for each in Role if each is not Role.ADMINISTRATOR])
def test_nobody_else_sees_or_changes_accounts(house: AdminHouse, ada: Browser, role: Role) -> None:
    account = made(ada)
    other = house.browser("other", role)
    at = f"{ALL}/{account['id']}"
    said(other.get(ALL), 403)
    said(other.get(at), 403)
    said(other.post(ALL, json={"email": "x@office.example", "name": "X", "roles": ["manager"]}), 403)
    said(other.put(f"{at}/roles", json={"roles": ["administrator"]}), 403)
    said(other.post(f"{at}/password"), 403)


def test_administrators_see_no_case(ada: Browser) -> None:
    assert said(ada.get("/api/v1/cases"), 200)["cases"] == []
    said(
        ada.post("/api/v1/access/openings", json={"number": "2026-000001", "reason": "curious about it"}), 404
    )


@pytest.mark.parametrize("odd", ["nul\x00", "half \ud800", "bell\x07"])
def test_what_no_database_keeps_is_refused_in_any_field(house: AdminHouse, ada: Browser, odd: str) -> None:
    new = {"email": "new@office.example", "name": "New", "roles": ["caseworker"]}
    for field in ("email", "name", "login"):
        body = json.dumps({**new, field: odd})
        said(ada.post(ALL, content=body, headers={"Content-Type": "application/json"}), 422)
    at = f"{ALL}/{house.accounts['ada'].id}"
    body = json.dumps({"reason": odd})
    said(ada.post(f"{at}/disable", content=body, headers={"Content-Type": "application/json"}), 422)
    said(ada.get(f"{ALL}/x%00"), 404)
    said(ada.get(f"{ALL}?q=%00"), 422)
