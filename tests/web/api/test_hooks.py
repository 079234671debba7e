"""Webhooks by the API: made, tried, paused, replaced, removed by administrators."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from account_world import open_people
from admin_world import AdminHouse, said
from application_world import web_of
from asgi_browser import Browser
from hook_receiver import Receiver, closed_port, receiver
from hook_world import INSIDE, verified
from intake_world import catalogue
from sqlmodel import select

from flows.hooks import telling
from flows.runtime import Runtime
from models import AuditEvent, Case, Client, Hook, Role
from tasks.registry import load_kinds
from web.hooks.secrets import secrets_of

ALL = ["case.opened", "case.status_changed"]


@pytest.fixture(scope="module")
def listening() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture
def house(listening: Receiver) -> Iterator[AdminHouse]:
    listening.heard.clear()
    listening.answers.clear()
    with open_people() as people:
        runtime = Runtime(people.store, load_kinds(), catalogue(), lambda: people.now)
        yield AdminHouse(web_of(runtime, hook_rules=INSIDE), people)


@pytest.fixture
def ada(house: AdminHouse) -> Browser:
    return house.browser("ada", Role.ADMINISTRATOR)


def made(ada: Browser, listening: Receiver) -> dict[str, str]:
    wanted = {"name": " The  portal ", "url": f"{listening.url}/in", "events": ALL}
    found = said(ada.post("/api/v1/hooks", json=wanted), 201)
    return {"secret": found["secret"], **found["hook"]}


def tell(house: AdminHouse) -> int:
    web = house.web

    def opened(hook: Hook) -> list[str]:
        return list(secrets_of(web.keys.secret, hook, web.now()))

    return telling(web.runtime, opened, INSIDE)()


def open_a_case(house: AdminHouse) -> None:
    now = house.people.now
    client = Client(given_name="Rosa", family_name="Vega", created_at=now)
    with house.web.store.write() as session:
        session.add(client)
        session.add(Case(number="2026-1", client_id=client.id, received_at=now, created_at=now))


def test_a_hook_is_made_with_a_secret_that_is_told_once(
    house: AdminHouse, ada: Browser, listening: Receiver
) -> None:
    hook = made(ada, listening)
    assert hook["secret"].startswith("whsec_")
    assert (hook["name"], hook["state"], hook["owner"]) == ("The portal", "on", "Ada")
    assert "secret" not in said(ada.get(f"/api/v1/hooks/{hook['id']}"), 200)
    with house.web.store.read() as session:
        kept = session.exec(select(Hook)).one()
        assert hook["secret"] not in (kept.secret, kept.url)
        audited = session.exec(select(AuditEvent).where(AuditEvent.record == "Hook")).one()
    assert (audited.action, audited.fields) == ("create", ["events", "name", "url"])
    open_a_case(house)
    assert tell(house) == 1
    (heard,) = listening.heard
    assert verified(heard, hook["secret"])


def test_the_same_key_again_makes_no_second_one(ada: Browser, listening: Receiver) -> None:
    wanted = {"name": "x", "url": f"{listening.url}/in", "events": ALL}
    headers = {"Idempotency-Key": "once"}
    said(ada.post("/api/v1/hooks", json=wanted, headers=headers), 201)
    again = said(ada.post("/api/v1/hooks", json=wanted, headers=headers), 409)
    assert again["detail"].startswith("This webhook was made already")
    assert len(said(ada.get("/api/v1/hooks"), 200)["hooks"]) == 1


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://hooks.example/in", "has to travel over TLS"),
        ("https://10.0.0.7/in", "CASEWRIGHT_HOOK_HOSTS"),
        ("https://user:word@hooks.example/in", "no user name"),
        ("gopher://hooks.example/", "this is not an address"),
    ],
)
def test_where_a_hook_may_not_go_is_said_when_it_is_made(ada: Browser, url: str, words: str) -> None:
    answer = said(ada.post("/api/v1/hooks", json={"name": "x", "url": url, "events": ALL}), 422)
    assert words.lower() in answer["detail"].lower()


def test_a_test_is_told_at_once_and_what_came_of_it_is_said(ada: Browser, listening: Receiver) -> None:
    hook = made(ada, listening)
    at = f"/api/v1/hooks/{hook['id']}"
    tried = said(ada.post(f"{at}/test"), 200)
    (heard,) = listening.heard
    assert (tried["told"], tried["answer"], tried["event_id"]) == (True, 204, heard.ident)
    assert json.loads(heard.body)["type"] == "hook.test"
    listening.answers.append(500)
    failed = said(ada.post(f"{at}/test"), 200)
    assert (failed["told"], failed["error"]) == (False, "it answered with 500")
    listed = said(ada.get(f"{at}/deliveries"), 200)["deliveries"]
    assert sorted(each["status"] for each in listed) == ["given_up", "told"]  # a test is tried once


def test_what_happens_while_it_is_paused_waits(house: AdminHouse, ada: Browser, listening: Receiver) -> None:
    hook = made(ada, listening)
    at = f"/api/v1/hooks/{hook['id']}"
    said(ada.post(f"{at}/pause"), 204)
    open_a_case(house)
    assert tell(house) == 0
    now = said(ada.get(at), 200)
    assert (now["state"], now["waiting"]) == ("paused", 1)
    said(ada.post(f"{at}/resume"), 204)
    assert tell(house) == 1


def test_a_new_secret_signs_beside_the_one_before_for_a_day(
    house: AdminHouse, ada: Browser, listening: Receiver
) -> None:
    hook = made(ada, listening)
    at = f"/api/v1/hooks/{hook['id']}"
    second = said(ada.post(f"{at}/secret", json={}), 201)["secret"]
    assert "at once" in said(ada.post(f"{at}/secret", json={}), 409)["detail"]
    said(ada.post(f"{at}/test"), 200)
    assert [verified(listening.heard[-1], each) for each in (hook["secret"], second)] == [True, True]
    house.people.now += timedelta(hours=24)
    ada = house.browser("bo", Role.ADMINISTRATOR)
    said(ada.post(f"{at}/test"), 200)
    assert [verified(listening.heard[-1], each) for each in (hook["secret"], second)] == [False, True]
    third = said(ada.post(f"{at}/secret", json={"at_once": True}), 201)["secret"]
    said(ada.post(f"{at}/test"), 200)
    assert [verified(listening.heard[-1], each) for each in (second, third)] == [False, True]


def test_a_hook_is_changed_where_it_is_as_it_was_read(
    house: AdminHouse, ada: Browser, listening: Receiver
) -> None:
    hook = made(ada, listening)
    at = f"/api/v1/hooks/{hook['id']}"
    wanted = {"name": "The archive", "url": f"{listening.url}/new", "events": ["case.opened"]}
    said(ada.put(at, json=wanted), 428)
    read = ada.get(at)
    tag = {"If-Match": read.headers["etag"]}
    assert read.headers["etag"] == f'"{read.json()["revision"]}"'
    answer = ada.put(at, json=wanted, headers=tag)
    changed = said(answer, 200)
    assert {name: changed[name] for name in wanted} == wanted
    assert (changed["owner"], answer.headers["etag"]) == ("Ada", f'"{changed["revision"]}"')
    assert said(ada.put(at, json=wanted, headers=tag), 200) == changed  # it stands there already
    said(ada.put(at, json={**wanted, "name": "Another"}, headers=tag), 412)
    with house.web.store.read() as session:
        events = session.exec(select(AuditEvent).where(AuditEvent.record == "Hook")).all()
    assert sorted((each.action, each.fields) for each in events) == [
        ("create", ["events", "name", "url"]),
        ("update", ["events", "name", "url"]),
    ]
    open_a_case(house)
    tell(house)
    (heard,) = listening.heard
    assert (heard.path, verified(heard, hook["secret"])) == ("/new", True)


@pytest.mark.parametrize(
    "wrong", [{"url": "http://hooks.example/in"}, {"name": " "}, {"events": []}, {"events": ["case.closed"]}]
)
def test_what_a_hook_cannot_be_made_with_it_is_not_changed_to(
    ada: Browser, listening: Receiver, wrong: dict[str, object]
) -> None:
    hook = made(ada, listening)
    at = f"/api/v1/hooks/{hook['id']}"
    wanted = {"name": "The portal", "url": f"{listening.url}/in", "events": ALL, **wrong}
    said(ada.put(at, json=wanted, headers={"If-Match": "*"}), 422)
    assert said(ada.get(at), 200)["revision"] == hook["revision"]


def test_a_hook_is_paused_and_its_secret_replaced_only_as_it_was_read(
    ada: Browser, listening: Receiver
) -> None:
    at = f"/api/v1/hooks/{made(ada, listening)['id']}"

    def read() -> dict[str, str]:
        return {"If-Match": ada.get(at).headers["etag"]}

    first = read()
    said(ada.post(f"{at}/pause", headers=first), 204)
    said(ada.post(f"{at}/resume", headers=first), 412)
    said(ada.post(f"{at}/resume", headers=read()), 204)
    on = read()
    said(ada.post(f"{at}/secret", json={}, headers=on), 201)
    said(ada.post(f"{at}/secret", json={"at_once": True}, headers=on), 412)
    said(ada.request("DELETE", at, headers=on), 412)
    said(ada.request("DELETE", at, headers=read()), 204)


def test_what_was_not_heard_goes_to_the_new_address_at_once(
    house: AdminHouse, ada: Browser, listening: Receiver
) -> None:
    hook = made(ada, listening)
    at = f"/api/v1/hooks/{hook['id']}"
    open_a_case(house)
    listening.answers.append(500)
    tell(house)
    assert tell(house) == 0  # it is tried again later
    assert said(ada.get(at), 200)["failing_since"] is not None
    wanted = {"name": "The portal", "url": f"{listening.url}/new", "events": ["task.created"]}
    changed = said(ada.put(at, json=wanted, headers={"If-Match": "*"}), 200)
    assert (changed["failing_since"], changed["last_error"], changed["waiting"]) == (None, None, 1)
    assert tell(house) == 1
    first, second = listening.heard
    assert (first.path, second.path, first.ident == second.ident) == ("/in", "/new", True)


def test_what_was_given_up_is_told_again_by_hand_under_its_id(
    house: AdminHouse, ada: Browser, listening: Receiver
) -> None:
    hook = made(ada, listening)
    at = f"/api/v1/hooks/{hook['id']}"
    open_a_case(house)
    tell(house)
    (row,) = said(ada.get(f"{at}/deliveries?status=told"), 200)["deliveries"]
    said(ada.post(f"{at}/deliveries/{row['id']}/again"), 204)
    assert tell(house) == 1
    first, second = listening.heard
    assert first.ident == second.ident == row["event_id"]
    said(ada.post(f"{at}/deliveries/nothing/again"), 422)


def test_a_hook_that_was_removed_is_told_nothing(
    house: AdminHouse, ada: Browser, listening: Receiver
) -> None:
    hook = made(ada, listening)
    open_a_case(house)
    said(ada.delete(f"/api/v1/hooks/{hook['id']}"), 204)
    assert tell(house) == 0
    said(ada.get(f"/api/v1/hooks/{hook['id']}"), 404)
    with house.web.store.read() as session:
        assert session.exec(select(Hook.secret)).all() == [""]


def test_of_a_hook_nothing_names_the_case(house: AdminHouse, ada: Browser, listening: Receiver) -> None:
    hook = made(ada, listening)
    open_a_case(house)
    with house.web.store.read() as session:
        case = session.exec(select(Case)).one()
    listed = ada.get(f"/api/v1/hooks/{hook['id']}/deliveries").text
    assert case.id not in listed
    assert case.client_id not in listed


def test_a_long_list_of_deliveries_is_read_page_by_page(
    house: AdminHouse, ada: Browser, listening: Receiver
) -> None:
    hook = made(ada, listening)
    at = f"/api/v1/hooks/{hook['id']}/deliveries"
    with house.web.store.write() as session:
        client = Client(given_name="Rosa", family_name="Vega", created_at=house.people.now)
        rows = [
            Case(
                number=f"2026-{number}",
                client_id=client.id,
                received_at=house.people.now,
                created_at=house.people.now,
            )
            for number in range(51)
        ]
        session.add_all([client, *rows])
    first = said(ada.get(at), 200)
    second = said(ada.get(at, params={"after": first["next"]}), 200)
    ids = [each["id"] for page in (first, second) for each in page["deliveries"]]
    assert (len(ids), len(set(ids)), second["next"]) == (51, 51, None)


def test_a_hook_to_nobody_says_why(ada: Browser) -> None:
    wanted = {"name": "x", "url": f"http://127.0.0.1:{closed_port()}/", "events": ALL}
    hook = said(ada.post("/api/v1/hooks", json=wanted), 201)["hook"]
    tried = said(ada.post(f"/api/v1/hooks/{hook['id']}/test"), 200)
    assert tried["error"] == "the connection failed: Connection refused"
