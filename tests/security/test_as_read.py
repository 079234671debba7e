"""`If-Match` holds wherever something may be written over: what is there has changed since it was read, and
nothing is done.
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

pytestmark = pytest.mark.sqlite("returns to an image of a database in memory; the API's tests run on both")

ADDS = "adds something; what is there stays"
ONES_OWN = "one's own, which nobody else changes"
LOOKS = "looks, and keeps nothing"
ENDS = "ends what has to end, however it stands"
ONCE = "is decided once; what was decided is a conflict"
BY_ROW = "says of each answer on which one it is based"
WITHOUT = {
    "POST /api/v1/access/conflicts/{conflict_id}/end": ONCE,
    "POST /api/v1/access/openings": ADDS,
    "POST /api/v1/access/openings/{opening_id}/review": ONCE,
    "DELETE /api/v1/account/second-factor": ONES_OWN,
    "POST /api/v1/account/second-factor": ONES_OWN,
    "POST /api/v1/account/second-factor/confirm": ONES_OWN,
    "POST /api/v1/account/sessions/end-others": ONES_OWN,
    "DELETE /api/v1/account/sessions/{session_id}": ONES_OWN,
    "POST /api/v1/account/tokens": ONES_OWN,
    "DELETE /api/v1/account/tokens/{token_id}": ONES_OWN,
    "POST /api/v1/accounts": ADDS,
    "POST /api/v1/accounts/{account_id}/sessions/end": ENDS,
    "DELETE /api/v1/accounts/{account_id}/tokens/{token_id}": ENDS,
    "POST /api/v1/audit/verification": LOOKS,
    "POST /api/v1/cases/{case_id}/conflict": ONES_OWN,
    "POST /api/v1/cases/{case_id}/goals/{goal_id}/help": ADDS,
    "POST /api/v1/cases/{case_id}/hold": "is about processes, and says of each what it changed",
    "POST /api/v1/cases/{case_id}/notes": ADDS,
    "POST /api/v1/cases/{case_id}/people/around": ADDS,
    "POST /api/v1/cases/{case_id}/people/consents": ADDS,
    "POST /api/v1/cases/{case_id}/people/household": ADDS,
    "POST /api/v1/cases/{case_id}/people/incomes": ADDS,
    "POST /api/v1/cases/{case_id}/people/reach": ADDS,
    "POST /api/v1/cases/{case_id}/processes": ADDS,
    "POST /api/v1/cases/{case_id}/processes/{instance_id}/cancel": ONCE,
    "POST /api/v1/cases/{case_id}/resume": "is about processes, and says of each what it changed",
    "POST /api/v1/cases/{case_id}/visits/{visit_id}/excuse": ONCE,
    "POST /api/v1/cases/{case_id}/visits/{visit_id}/move": ONCE,
    "POST /api/v1/contacts": ADDS,
    "POST /api/v1/contacts/pass-on": ADDS,
    "POST /api/v1/contacts/search": LOOKS,
    "POST /api/v1/contacts/{contact_id}/set-aside": ONCE,
    "POST /api/v1/duty": ADDS,
    "DELETE /api/v1/duty/{duty_id}": ENDS,
    "POST /api/v1/hooks": ADDS,
    "POST /api/v1/hooks/{hook_id}/deliveries/{delivery_id}/again": ADDS,
    "POST /api/v1/hooks/{hook_id}/test": ADDS,
    "PUT /api/v1/notices": ONES_OWN,
    "POST /api/v1/proposals": ADDS,
    "POST /api/v1/proposals/check": LOOKS,
    "POST /api/v1/staff/{staff_id}/hand-on": "hands on what is there, a part at a time, and says what it was",
    "POST /api/v1/tasks/{task_id}/answers/{item}/correction/preview": LOOKS,
    "POST /api/v1/tasks/{task_id}/comments": ADDS,
    "PUT /api/v1/tasks/{task_id}/draft": BY_ROW,
    "POST /api/v1/tasks/{task_id}/files/{item}": ADDS,
    "PUT /api/v1/views": ONES_OWN,
    "DELETE /api/v1/views/{view_id}": ONES_OWN,
    "DELETE /api/v1/week/feed": ONES_OWN,
    "PUT /api/v1/week/feed": ONES_OWN,
}
"""What takes no `If-Match`, and why it needs none."""

OF_A_KIND = {f"POST /api/v1/tasks/{{task_id}}/{each}" for each in ("retry", "skip", "withdraw")}
"""What is not found about a task that is no incident and no question, by those who see the task."""

PEOPLE = "/api/v1/cases/{case_id}/people"
ELSEWHERE = {
    "DELETE /api/v1/staff/{staff_id}/absence",
    "POST /api/v1/proposals/{proposal_id}/approve",
    f"PUT {PEOPLE}/around/{{part_id}}",
    f"POST {PEOPLE}/around/{{part_id}}/end",
    f"POST {PEOPLE}/consents/{{consent_id}}/withdraw",
    f"PUT {PEOPLE}/household/{{member_id}}",
    f"POST {PEOPLE}/household/{{member_id}}/end",
    f"POST {PEOPLE}/incomes/{{income_id}}/end",
    f"PUT {PEOPLE}/reach/{{point_id}}",
    f"POST {PEOPLE}/reach/{{point_id}}/end",
}
"""Of which this house has none that could be changed; the tests of the API hold these."""

ROLES = ("caseworker", "supervisor", "administrator", "operations", "manager")


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with ExitStack() as stack:
        yield open_house(stack, pages=False)


def test_whatever_may_be_written_over_takes_the_state_that_was_read(house: House) -> None:
    those = taking(house, "If-Match")
    assert set(writes(house)) - those == set(WITHOUT)
    assert all("412" in writes(house)[each]["responses"] for each in those)


def test_what_has_changed_since_is_left_alone_and_what_is_hidden_stays_so(house: House) -> None:
    wrong, tried = asyncio.run(_all(house))
    assert not wrong, "\n".join(wrong)
    rest = set(writes(house)) - set(WITHOUT) - tried
    assert rest == ELSEWHERE, "\n".join(sorted(rest))


async def _all(house: House) -> tuple[list[str], set[str]]:
    transport = httpx.ASGITransport(house.application)
    wrong: list[str] = []
    tried: set[str] = set()
    image = house.store.image()
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver", headers=OURS) as client:
        for route in sorted(set(writes(house)) - set(WITHOUT)):
            for request in requests(house, route, ROLES, {}):
                plain = (await client.request(**_with(request, "*"))).status_code
                house.store.return_to(image)
                before = rows_of(house)
                stale = (await client.request(**_with(request, '"stale"'))).status_code
                if plain in (401, 403, 404) and not (stale == 412 and route in OF_A_KIND):
                    wrong += [f"{route}: {plain}, then {stale}"] * (stale != plain)
                    continue
                if stale == 412:
                    tried.add(route)
                elif plain < 300 and route not in ELSEWHERE:
                    wrong.append(f"{route}: {plain}, then {stale}")
                wrong += [f"{route}: has changed something"] * (rows_of(house) != before)
                house.store.return_to(image)
    image.close()
    return wrong, tried


def _with(request: dict[str, Any], match: str) -> dict[str, Any]:
    return {**request, "headers": {**request["headers"], "If-Match": match}}
