"""Every route that changes something takes a key: what is sent again with it is done once and answered alike,
and something else with the same key is refused.
"""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from application_world import OURS
from route_world import House, open_house
from write_routes import requests, rows_of, taking, writes

from models import SentRequest
from web.api.once import OTHER

pytestmark = pytest.mark.sqlite("returns to an image of a database in memory; test_once runs on both")

WITHOUT = {
    "POST /api/v1/contacts/search": "looks, and keeps nothing",
    "POST /api/v1/proposals/check": "looks, and keeps nothing",
    "POST /api/v1/tasks/{task_id}/answers/{item}/correction/preview": "looks, and keeps nothing",
    "POST /api/v1/audit/verification": "looks; that somebody has looked is in the audit as often as they did",
    "POST /api/v1/tasks/{task_id}/files/{item}": "the same file again is the one that is there",
}
"""What takes no key, and why it needs none."""

TOLD_ONCE = {
    "POST /api/v1/account/second-factor",
    "POST /api/v1/account/tokens",
    "POST /api/v1/accounts",
    "POST /api/v1/accounts/{account_id}/password",
    "POST /api/v1/hooks",
    "POST /api/v1/hooks/{hook_id}/secret",
    "PUT /api/v1/week/feed",
}
"""What answers with a secret: the same again is a 409."""

ROLES = ("caseworker", "supervisor", "administrator", "data_protection", "operations")


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with ExitStack() as stack:
        yield open_house(stack, pages=False)


def test_every_write_takes_a_key_and_nothing_else_does(house: House) -> None:
    assert set(writes(house)) - taking(house, "Idempotency-Key") == set(WITHOUT)


def test_what_is_sent_again_is_done_once_and_something_else_is_refused(house: House) -> None:
    wrong, tried = asyncio.run(_all(house))
    assert not wrong, "\n".join(wrong)
    assert len(tried) >= 60, sorted(set(writes(house)) - set(WITHOUT) - tried)


async def _all(house: House) -> tuple[list[str], set[str]]:
    image = house.store.image()
    transport = httpx.ASGITransport(house.application)
    wrong: list[str] = []
    tried: set[str] = set()
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver", headers=OURS) as client:
        for route in sorted(set(writes(house)) - set(WITHOUT)):
            for request in requests(house, route, ROLES, {"Idempotency-Key": "k"}):
                first = await client.request(**request)
                if first.status_code < 300:
                    tried.add(route)
                    wrong += [
                        f"{route}: {each}" async for each in _again(house, client, route, request, first)
                    ]
                house.store.return_to(image)
                if first.status_code not in (401, 403, 404):
                    break  # they may, whatever else was wrong with it
    image.close()
    return wrong, tried


async def _again(
    house: House, client: httpx.AsyncClient, route: str, request: Any, first: httpx.Response
) -> Any:
    """What is wrong with the answers to the same again, and to something else."""
    before = rows_of(house, SentRequest)
    same = await client.request(**request)
    as_before = (same.status_code, same.content) == (first.status_code, first.content)
    if same.status_code != 409 if route in TOLD_ONCE else not as_before:
        yield f"{first.status_code} {first.text[:200]}, then {same.status_code} {same.text[:200]}"
    if rows_of(house, SentRequest) != before:
        yield f"left {dict(set(rows_of(house, SentRequest).items()) - set(before.items()))}"
    other = await client.request(**{**request, "content": b'{"something": "else"}'})
    if other.status_code != 422 or other.json()["detail"] != OTHER:
        yield f"took something else: {other.status_code} {other.text[:200]}"
