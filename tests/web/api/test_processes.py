"""Processes by the API: what is in force, checking, putting forward, approving; and who may."""

from collections.abc import Iterator

import pytest
from admin_world import SMALL, AdminHouse, open_admin, said
from asgi_browser import Browser

from models import Role
from web.access.actor import load_actor
from web.reading.work.waiting import waiting_for

WHY = "The question was not clear"
CHANGED = SMALL.replace("Are they well?", "<script>alert(1)</script> Are they both well?")


def files(text: str) -> dict[str, object]:
    return {"files": [{"name": "small.yaml", "text": text}]}


@pytest.fixture
def house() -> Iterator[AdminHouse]:
    with open_admin() as opened:
        opened.publish()
        yield opened


@pytest.fixture
def olga(house: AdminHouse) -> Browser:
    return house.browser("olga", Role.OPERATIONS)


def test_what_is_in_force_is_told_with_its_steps_in_words(olga: Browser) -> None:
    (line,) = said(olga.get("/api/v1/processes"), 200)["processes"]
    assert (line["process"], line["number"], line["in_flight"]) == ("small", 1, 0)
    found = said(olga.get("/api/v1/processes/small"), 200)
    assert (found["title"], found["versions"][0]["by"]) == ("A small process", "operator:test")
    assert [each["words"]["title"] for each in found["outline"]["items"]] == ["Talk to them"]
    assert said(olga.get("/api/v1/processes/small/versions/1"), 200)["source"] == SMALL
    said(olga.get("/api/v1/processes/small/versions/2"), 404)
    said(olga.get("/api/v1/processes/nothing"), 404)


def test_a_change_takes_two_people_and_says_why(house: AdminHouse, olga: Browser) -> None:
    said(olga.post("/api/v1/proposals", json={**files(CHANGED), "reason": "short"}), 422)
    made = said(olga.post("/api/v1/proposals", json={**files(CHANGED), "reason": WHY}), 201)
    at = f"/api/v1/proposals/{made['id']}"
    assert "somebody else" in said(olga.post(f"{at}/approve", json={}), 422)["detail"]
    manager = house.browser("henri", Role.MANAGER)
    (waiting,) = said(manager.get("/api/v1/proposals"), 200)["proposals"]
    assert (waiting["reason"], waiting["mine"]) == (WHY, False)
    seen = said(manager.get(at), 200)
    assert [each["kind"] for each in seen["difference"]].count("added") == 1
    stale = {"at_most": 0}
    said(manager.post(f"{at}/approve", json=stale), 422)
    assert (
        said(manager.post(f"{at}/approve", json={"at_most": 1, "reason": "Good"}), 200)["state"] == "approved"
    )
    found = said(manager.get("/api/v1/processes/small"), 200)
    newest = found["versions"][0]
    assert (found["number"], newest["reason"], newest["proposed_by"], newest["by"]) == (
        2,
        WHY,
        "Olga",
        "Henri",
    )


def test_a_refusal_has_a_reason_and_ones_own_is_withdrawn(house: AdminHouse, olga: Browser) -> None:
    manager = house.browser("henri", Role.MANAGER)
    one = said(olga.post("/api/v1/proposals", json={**files(CHANGED), "reason": WHY}), 201)["id"]
    said(manager.post(f"/api/v1/proposals/{one}/refuse", json={"reason": "No"}), 422)
    said(manager.post(f"/api/v1/proposals/{one}/refuse", json={"reason": "It is clear enough"}), 200)
    two = said(olga.post("/api/v1/proposals", json={**files(CHANGED), "reason": WHY}), 201)["id"]
    said(olga.post(f"/api/v1/proposals/{two}/withdraw"), 200)
    states = [each["state"] for each in said(olga.get("/api/v1/proposals?state=refused"), 200)["proposals"]]
    assert states == ["refused"]
    said(olga.get("/api/v1/proposals/nothing"), 404)


def test_what_was_put_forward_is_decided_only_as_it_was_read(house: AdminHouse, olga: Browser) -> None:
    manager = house.browser("henri", Role.MANAGER)
    made = said(olga.post("/api/v1/proposals", json={**files(CHANGED), "reason": WHY}), 201)
    at = f"/api/v1/proposals/{made['id']}"
    tag, stale = {"If-Match": manager.get(at).headers["etag"]}, {"If-Match": '"0"'}
    said(manager.post(f"{at}/approve", json={}, headers=stale), 412)
    said(manager.post(f"{at}/refuse", json={"reason": "It is not clear"}, headers=stale), 412)
    said(olga.post(f"{at}/withdraw", headers=stale), 412)
    said(manager.post(f"{at}/approve", json={}, headers=tag), 200)
    said(olga.post(f"{at}/withdraw", headers=tag), 412)


def test_a_dropped_file_is_shown_with_its_faulty_line_and_nothing_of_it_is_markup(olga: Browser) -> None:
    faulty = CHANGED.replace("to: caseworker", "to: <b>nobody</b>")
    page = olga.post("/proposals/checked", json=files(faulty))
    assert page.status_code == 200
    assert "small.yaml, line 10, column" in page.text
    assert "<b>nobody" not in page.text
    assert "&lt;b&gt;nobody" in page.text
    sound = olga.post("/proposals/checked", json=files(CHANGED))
    assert "What changes against version 1" in sound.text
    assert "<script>alert" not in sound.text
    assert "data-propose" in sound.text
    assert said(olga.get("/api/v1/proposals"), 200)["proposals"] == []


def test_what_is_too_large_or_wrongly_named_is_refused(olga: Browser) -> None:
    said(olga.post("/api/v1/proposals/check", json=files("a" * 600_000)), 422)
    odd = {"files": [{"name": "../../small.yaml", "text": SMALL}]}
    assert "name of a file" in said(olga.post("/api/v1/proposals/check", json=odd), 422)["detail"]
    told = said(olga.post("/api/v1/proposals/check", json=files(SMALL)), 200)
    assert (told["sound"], told["process"], told["diagnostics"]) == (True, "small", [])


@pytest.mark.parametrize(
    ("role", "reads", "writes", "decides"),
    [
        (Role.CASEWORKER, 403, 403, 403),
        (Role.SUPERVISOR, 403, 403, 403),
        (Role.DATA_PROTECTION, 403, 403, 403),
        (Role.ADMINISTRATOR, 200, 403, 403),
        (Role.MANAGER, 200, 403, 200),
        (Role.OPERATIONS, 200, 201, 200),
    ],
)
def test_who_may_what(
    house: AdminHouse, olga: Browser, role: Role, reads: int, writes: int, decides: int
) -> None:
    made = said(olga.post("/api/v1/proposals", json={**files(CHANGED), "reason": WHY}), 201)["id"]
    other = house.browser("other", role)
    said(other.get("/api/v1/processes"), reads)
    said(other.get(f"/api/v1/proposals/{made}"), reads)
    assert other.post("/proposals/checked", json=files(SMALL)).status_code == (403 if writes == 403 else 200)
    another = files(SMALL.replace("A small", "Another small"))
    said(other.post("/api/v1/proposals", json={**another, "reason": WHY}), writes)
    said(other.post(f"/api/v1/proposals/{made}/approve", json={}), decides)


def test_what_waits_is_counted_for_those_who_may_decide(house: AdminHouse, olga: Browser) -> None:
    house.browser("henri", Role.MANAGER)
    said(olga.post("/api/v1/proposals", json={**files(CHANGED), "reason": WHY}), 201)

    def waits(name: str) -> list[tuple[str, int]]:
        with house.people.store.read() as session:
            actor = load_actor(session, house.accounts[name].id)
            assert actor is not None
            found = waiting_for(session, actor, house.people.now)
        return [(each.what, each.count) for each in found]

    assert (waits("henri"), waits("olga")) == ([("proposals", 1)], [])
