"""A request that is sent again with its key: done once, the same answer; and what happens in between."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from application_world import OURS
from web_desk import WebDesk, open_web_desk

from flows.sent_requests import KEPT, clear_sent_requests
from models import Role, SentRequest
from web.api import once
from web.application import create_application
from web.visitor import COOKIE

KEY = {"Idempotency-Key": "k"}
WHY = "Worker is ill"


@pytest.fixture
def office() -> Iterator[WebDesk]:
    with open_web_desk(ann="Ann Colleague", ben="Ben Colleague") as opened:
        yield opened


def reassign(office: WebDesk, to: str = "ann", key: str = "k", reason: str = WHY) -> httpx.Response:
    lead = office.client(office.desk.lead, Role.SUPERVISOR)
    body = {"to": office.desk.others[to], "reason": reason}
    return lead.post(f"{office.task}/reassign", json=body, headers={"Idempotency-Key": key})


def lost(*_: Any) -> None:
    """The process dies between what it did and its answer."""
    raise ConnectionError


def test_the_same_again_is_done_once_and_gets_the_same_answer(office: WebDesk) -> None:
    first, again = reassign(office), reassign(office)
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert ("idempotency-replayed" in first.headers, "idempotency-replayed" in again.headers) == (False, True)
    assert office.desk.actions().count("reassigned") == 1
    reassign(office, "ben", "another")
    assert reassign(office).content == first.content
    assert office.desk.task.assignee_id == office.desk.others["ben"]


def test_something_else_with_the_same_key_is_refused(office: WebDesk) -> None:
    reassign(office)
    other = reassign(office, "ben")
    assert (other.status_code, other.json()["detail"]) == (422, once.OTHER)
    assert office.desk.task.assignee_id == office.desk.others["ann"]
    comment = office.client(office.desk.lead, Role.SUPERVISOR)
    said = comment.post(f"{office.task}/comments", json={"text": "another address"}, headers=KEY)
    assert said.status_code == 201


def test_what_was_refused_may_be_sent_again_with_its_key(office: WebDesk) -> None:
    assert reassign(office, reason="").status_code == 422
    worker = office.client(office.desk.others["ann"])
    body = {"to": office.desk.others["ben"]}
    assert worker.post(f"{office.task}/delegate", json=body, headers=KEY).status_code in (403, 404)
    assert not office.desk.rows(SentRequest)
    assert reassign(office).status_code == 200


def test_what_was_done_once_is_told_again_though_it_is_not_as_it_was_read(
    office: WebDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = office.client(office.desk.lead, Role.SUPERVISOR)
    tag = {"If-Match": lead.get(office.task).headers["etag"], **KEY}
    body = {"to": office.desk.others["ann"], "reason": WHY}
    codes = [lead.post(f"{office.task}/reassign", json=body, headers=tag).status_code for _ in range(2)]
    assert codes == [200, 200]
    late = {**tag, "Idempotency-Key": "another"}
    refused = lead.post(f"{office.task}/reassign", json=body, headers=late)
    assert (refused.status_code, "look at it" in refused.json()["detail"]) == (412, True)
    assert [each.key for each in office.desk.rows(SentRequest)] == ["k"]  # what was refused may come again
    ann = office.client(office.desk.others["ann"])
    tag = {"If-Match": ann.get(office.task).headers["etag"], "Idempotency-Key": "answered"}
    item = f"{office.task}/answers/danger"
    with monkeypatch.context() as patched:
        patched.setattr(once, "_keep", lost)
        with pytest.raises(ConnectionError):
            ann.post(item, json={"value": "no"}, headers=tag)
    assert ann.post(item, json={"value": "no"}, headers=tag).status_code == 200


def test_where_the_answer_was_lost_it_is_told_that_it_was_begun(
    office: WebDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(once, "PATIENCE", ())

    with monkeypatch.context() as patched:
        patched.setattr(once, "_keep", lost)
        with pytest.raises(ConnectionError):
            reassign(office)
    again = reassign(office)
    assert (again.status_code, again.json()["detail"]) == (409, once.BEGUN)
    assert office.desk.actions().count("reassigned") == 1


def test_a_command_that_knows_its_key_gives_what_came_of_it_where_the_answer_was_lost(
    office: WebDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def comment() -> httpx.Response:
        return office.worker.post(f"{office.task}/comments", json={"text": "I rang"}, headers=KEY)

    with monkeypatch.context() as patched:
        patched.setattr(once, "_keep", lost)
        with pytest.raises(ConnectionError):
            comment()
    assert [comment().status_code for _ in range(2)] == [201, 201]
    assert office.desk.actions().count("comment") == 1


def test_two_at_the_same_moment_are_one(office: WebDesk) -> None:
    lead = office.client(office.desk.lead, Role.SUPERVISOR)
    body = {"to": office.desk.others["ann"], "reason": WHY}
    headers = {**OURS, **KEY, "Cookie": f"{COOKIE}={lead.cookies[COOKIE]}"}

    async def both() -> list[httpx.Response]:
        transport = httpx.ASGITransport(create_application(office.web, pages=False))
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            address = f"{office.task}/reassign"
            asked = (client.post(address, json=body, headers=headers) for _ in range(4))
            return await asyncio.gather(*asked)

    answers = asyncio.run(both())
    assert {each.content for each in answers} == {answers[0].content}
    assert {each.status_code for each in answers} == {200}
    assert office.desk.actions().count("reassigned") == 1


def test_of_several_at_the_same_moment_that_have_read_the_same_one_is_done(office: WebDesk) -> None:
    lead = office.client(office.desk.lead, Role.SUPERVISOR)
    read = lead.get(office.task).headers["etag"]
    headers = {**OURS, "If-Match": read, "Cookie": f"{COOKIE}={lead.cookies[COOKIE]}"}
    bodies = [{"to": office.desk.others[each], "reason": WHY} for each in ("ann", "ben", "ann", "ben")]

    async def all_of_them() -> list[httpx.Response]:
        transport = httpx.ASGITransport(create_application(office.web, pages=False))
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            address = f"{office.task}/reassign"
            return await asyncio.gather(
                *(client.post(address, json=each, headers=headers) for each in bodies)
            )

    assert sorted(each.status_code for each in asyncio.run(all_of_them())) == [200, 412, 412, 412]
    assert office.desk.actions().count("reassigned") == 1


def test_a_secret_is_told_once_and_not_kept(office: WebDesk) -> None:
    first, again = (office.worker.put("/api/v1/week/feed", headers=KEY) for _ in range(2))
    assert (first.status_code, again.status_code, again.json()["detail"]) == (200, 409, once.TOLD)
    (kept,) = office.desk.rows(SentRequest)
    assert kept.answer is None


def test_what_nobody_asks_for_any_more_is_thrown_away(office: WebDesk) -> None:
    reassign(office)
    office.later(office.desk.now + KEPT + timedelta(seconds=1))
    reassign(office, "ben", "another")
    assert clear_sent_requests(office.web.runtime) == 1
    assert [each.key for each in office.desk.rows(SentRequest)] == ["another"]
