"""A Prefect that can't do it just now is asked again at once."""

import asyncio
from collections.abc import Sequence

import httpx
import pytest

from flows.carrier import calling


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "PAUSES", (0.0, 0.0))


def ask(answers: Sequence[httpx.Response], **request: object) -> tuple[httpx.Response, list[bytes]]:
    """What is answered to one question by a server that gives these answers, and the bodies it got."""
    bodies, left = [], list(answers)

    async def answer(asked: httpx.Request) -> httpx.Response:
        bodies.append(await asked.aread())
        return left.pop(0)

    async def question() -> httpx.Response:
        transport = calling.AskingAgain(httpx.MockTransport(answer))
        async with httpx.AsyncClient(transport=transport) as client:
            return await client.post("http://prefect.example/api/flow_runs/", **request)  # type: ignore[arg-type]

    return asyncio.run(question()), bodies


def test_a_refusal_is_followed_by_the_same_question() -> None:
    answer, bodies = ask([httpx.Response(503), httpx.Response(201)], json={"a": 1})
    assert answer.status_code == 201
    assert bodies == [b'{"a":1}', b'{"a":1}']


def test_what_is_refused_again_and_again_is_left_to_the_caller() -> None:
    answer, bodies = ask([httpx.Response(503)] * 3)
    assert (answer.status_code, len(bodies)) == (503, 3)


@pytest.mark.parametrize(
    "first",
    [httpx.Response(503, headers={"Retry-After": "30"}), httpx.Response(500), httpx.Response(409)],
    ids=["told to wait", "broken", "refused for good"],
)
def test_other_answers_are_not_asked_about(first: httpx.Response) -> None:
    answer, bodies = ask([first])
    assert (answer.status_code, len(bodies)) == (first.status_code, 1)


def test_a_body_that_can_not_be_sent_twice_is_sent_once() -> None:
    async def body():  # type: ignore[no-untyped-def]
        yield b"once"

    answer, bodies = ask([httpx.Response(503)], content=body())
    assert (answer.status_code, bodies) == (503, [b"once"])
