"""Every route of the application, pages included, with every role and the ties that matter, asked over HTTP:
who may gets an answer, who may not a 403, and what may not be seen is a 404 like any other.
"""

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from access_table import WITH_CASE, WITH_STAFF, WITH_TASK, Cells, grids, in_application
from application_world import OURS
from nicegui import Client
from route_table import BODIES, QUERIES, WORDS, routes
from route_world import House, open_house, routes_of

from web.access.actions import CASE_ACTIONS, STAFF_ACTIONS, TASK_ACTIONS
from web.api.problem import MEDIA_TYPE, NOT_THERE, forbidden
from web.visitor import COOKIE

pytestmark = pytest.mark.sqlite(
    "returns to an image of a database in memory; the rules run on both elsewhere"
)

TIES = {
    "case": ("own", "led", "other", "opened", "sealed", "conflict", "closed", "team", "named"),
    "task": ("mine", "queue", "team", "other", "sealed", "conflict", "told", "excluded"),
    "staff": ("me", "under", "stranger", "beside"),
}
ASKED = ("caseworker", "supervisor", "operations", "data_protection", "administrator")
"""The roles that the tables tell apart; specialists and managers where they differ."""

OUTSIDERS = ("operations", "administrator")
"""Who sees no case at all; they take turns too."""

GRIDS: dict[str, Cells] = {"case": grids(WITH_CASE), "task": grids(WITH_TASK), "staff": grids(WITH_STAFF)}
KINDS = {
    **dict.fromkeys(CASE_ACTIONS, "case"),
    **dict.fromkeys(TASK_ACTIONS, "task"),
    **dict.fromkeys(STAFF_ACTIONS, "staff"),
}

REFUSED = forbidden("").detail.partition(":")[0]
"""How the refusal of somebody's role or tie begins."""

Question = tuple[str, str, str]
"""The route, the role (nobody for an empty one), the tie."""


@dataclass(frozen=True)
class Heard:
    """What was answered, as far as it tells who may."""

    status: int
    nothing: bool
    """It is the answer to what is not there, or may not be seen."""

    refused: bool
    """It is the answer to who may not do this, not to what was asked for with it."""

    @classmethod
    def of(cls, answer: httpx.Response) -> "Heard":
        """As much of an answer."""
        detail = answer.json()["detail"] if answer.headers.get("content-type") == MEDIA_TYPE else NOT_THERE
        nothing = answer.status_code == 404 and detail == NOT_THERE
        refused = answer.status_code == 403 and detail.startswith(REFUSED)
        return cls(answer.status_code, nothing, refused)

    def fits(self, route: str, cell: str) -> bool:
        """Whether it is what a cell says: what may be done is done, or refused for what was sent; who is
        named in it, or a part that a case does not have, may be wrong.
        """
        rule = routes()[route]
        if rule.empty:
            return self.nothing
        if cell == "Y":
            of_what_was_sent = self.status in (403, 404) and not self.refused and not self.nothing
            return self.status < 300 or self.status in (303, 409, 422, 428) or of_what_was_sent
        if route == "GET /":
            return self.status == 303  # who has no inbox begins elsewhere
        return self.nothing if cell == "-" or rule.hidden else self.refused


def questions() -> dict[Question, str]:
    """What is asked, with the cell that the tables give: of every route each role, and of each role one tie
    for every cell that it has. The ties take turns from route to route, so that all of them are asked.
    """
    found: dict[Question, str] = {}
    for turn, (route, rule) in enumerate(routes().items()):
        kind = KINDS.get(rule.name)  # type: ignore[call-overload]
        for role in _roles(rule.name, turn):
            if kind is None:
                found[route, role, ""] = _cell(rule.name, role)
                continue
            ties = TIES[kind][turn % len(TIES[kind]) :] + TIES[kind][: turn % len(TIES[kind])]
            asked = {GRIDS[kind][rule.name, role, tie]: tie for tie in ties}
            found |= {(route, role, tie): cell for cell, tie in asked.items()}
    return found


def _roles(rule: str, turn: int) -> tuple[str, ...]:
    if rule == "public":
        return ()
    if rule == "anybody":
        return ("caseworker", "administrator")
    if rule in KINDS:
        return (*ASKED[:2], "data_protection", OUTSIDERS[turn % 2])
    return (*ASKED, "manager") if rule in ("read_processes", "approve_process") else ASKED


def _cell(rule: str, role: str) -> str:
    if rule == "anybody":
        return "Y"
    if rule in WORDS:
        return "Y" if role in WORDS[rule] else "n"
    return in_application()[rule, role]


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with ExitStack() as stack:
        yield open_house(stack)


@pytest.fixture(scope="module")
def answers(house: House) -> dict[Question, Heard]:
    """The status of the answer to each question; what one changed is as it was before the next."""
    return asyncio.run(_ask(house))


async def _ask(house: House) -> dict[Question, Heard]:
    image = house.store.image()
    transport = httpx.ASGITransport(house.application, raise_app_exceptions=False)
    found: dict[Question, Heard] = {}
    async with (
        house.application.router.lifespan_context(house.application),
        httpx.AsyncClient(transport=transport, base_url="http://testserver", headers=OURS) as client,
    ):
        for question in questions():
            answer = await client.request(**_request(house, *question))
            found[question] = Heard.of(answer)
            if answer.request.method != "GET" and answer.status_code < 400:
                house.store.return_to(image)
            for page in list(Client.instances.values()):
                page.delete()  # nobody opens a connection to it
        for route in routes():
            if not route.startswith("MOUNT"):
                answer = await client.request(**_request(house, route, "", ""))
                found[route, "", ""] = Heard.of(answer)
    image.close()
    return found


def _request(house: House, route: str, role: str, tie: str) -> dict[str, Any]:
    method, path = route.split()
    kind = KINDS.get(routes()[route].name, "")  # type: ignore[call-overload]
    who = house.people[role or "caseworker"]
    values = who.values(kind, tie or (TIES[kind][0] if kind else ""))
    if path.startswith("/api/v1/account/"):
        values = {**values, "token_id": values["my_token"]}
    request = {"method": method if method != "MOUNT" else "GET", "url": path.format(**values)}
    request["url"] += QUERIES.get(route, "").format(**values)
    headers = {"If-Match": "*"}  # whatever state it is in
    headers |= {"Cookie": f"{COOKIE}={who.token}"} if role else {}
    if route in BODIES:
        body = json.dumps(BODIES[route])
        for name, value in values.items():
            body = body.replace(f"{{{name}}}", value)
        return {**request, "content": body, "headers": {**headers, "Content-Type": "application/json"}}
    return {**request, "headers": headers}


def test_the_table_names_every_route_and_no_other(house: House) -> None:
    assert routes_of(house.application) == set(routes())


def test_nobody_gets_what_is_not_theirs_and_everybody_what_is(answers: dict[Question, Heard]) -> None:
    wrong = [
        f"{' '.join(question)}: {answers[question].status}, the table says {cell}"
        for question, cell in questions().items()
        if not answers[question].fits(question[0], cell)
    ]
    assert not wrong, "\n".join(wrong)


def test_without_a_login_there_is_nothing_but_what_is_public(answers: dict[Question, Heard]) -> None:
    open_to_all = {route for route, rule in routes().items() if rule.name == "public"}
    asked = {route: heard.status for (route, role, _), heard in answers.items() if not role}
    let_in = {route for route, status in asked.items() if status not in (401, 303)}
    assert let_in <= open_to_all
    led_on = {route for route, status in asked.items() if status == 303 and not route.startswith("GET")}
    assert led_on <= open_to_all  # what changes something is refused, not led to the login
