"""A request that changes something may be sent again with its `Idempotency-Key`: it is done once, and the
same request gets the same answer.

That it was sent is written in the first transaction of what it does (`models.alongside`), so that no crash
and no second request at the same moment can do it twice. Commands that know their key by themselves (`key`
among the parameters of the route) are asked again where their answer was lost or not kept; of the others it
is told that they were begun. What was refused is forgotten: it may be sent again.
"""

import asyncio
import inspect
import json
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import Any, Final, TypeVar

from fastapi import Request, Response
from fastapi.routing import APIRoute
from sqlmodel import Session, select

from models import ALONGSIDE, SentRequest, Store
from tasks.insert_once import insert_once
from web.api.as_read import compared
from web.api.problem import REFUSALS, ProblemError
from web.api.sent import LONGEST_KEY, Key
from web.visitor import Visit

PATIENCE: Final = (0.05, 0.1, 0.2, 0.4, 0.8)
"""Seconds to wait, one after the other, for the answer of the same request that is under way."""

OTHER: Final = (
    "This was sent before with something else in it, and that was done. Look at what came of it before you "
    "send it again."
)
BEGUN: Final = "This was sent before and begun. Look at what came of it before you send it again."
TOLD: Final = "This was done already, and what it tells is told once."

Handle = Callable[[Request], Coroutine[Any, Any, Response]]
F = TypeVar("F", bound=Callable[..., Any])


def told_once(endpoint: F) -> F:
    """A route whose answer is a secret that is not kept, so that it is not told again."""
    endpoint.__dict__["told_once"] = True
    return endpoint


def by_nature(endpoint: F) -> F:
    """A route that keeps nothing, or of which the same again is the same: it takes no key."""
    endpoint.__dict__["by_nature"] = True
    return endpoint


def takes_key(endpoint: Callable[..., Any]) -> bool:
    """Whether a route that is no GET takes a key."""
    return "by_nature" not in endpoint.__dict__


async def with_key(key: Key = None) -> None:
    """The key as a parameter of a route that makes nothing of it by itself."""
    del key


class OnceRoute(APIRoute):
    """A route of which the same request with the same key is done once."""

    def get_route_handler(self) -> Handle:
        """The handler, behind the look whether the request was sent before."""
        bare = super().get_route_handler()
        handle = compared(self.endpoint, bare)
        if "GET" in (self.methods or ()) or not takes_key(self.endpoint):
            return handle

        async def once(request: Request) -> Response:
            key = request.headers.get("Idempotency-Key", "")
            visit: Visit | None = getattr(request.state, "visit", None)
            if visit is None or not 0 < len(key) <= LONGEST_KEY:
                return await handle(request)
            keyed = await _keyed(self.endpoint, visit, request, key)
            # what has been done once is told again, however it stands by now
            return await _answered(keyed, lambda again: (bare if again else handle)(request))

        return once


@dataclass
class _Keyed:
    """A request with its key. `knows` says that the command knows the key by itself, `secret` that its answer
    is not kept; `done` that something of it was committed.
    """

    store: Store
    row: SentRequest
    knows: bool
    secret: bool
    done: bool = False

    def write(self, session: Session) -> None:
        """Say that the request was sent; _SentError where it was already, by one that was faster."""
        if self.done:
            return
        values = SentRequest(**self.row.model_dump())
        if not insert_once(session, values, "account_id", "address", "key") and not self.knows:
            raise _SentError

    def written(self) -> None:
        """It is known from now on."""
        self.done = True


class _SentError(Exception):
    """The same request was sent at the same moment, and that one was faster."""


async def _keyed(endpoint: Callable[..., Any], visit: Visit, request: Request, key: str) -> _Keyed:
    row = SentRequest(
        account_id=visit.actor.account_id,
        address=f"{request.method} {request.url.path}",
        key=key,
        fingerprint=_fingerprint(visit, request.url.query, await request.body()),
        sent_at=visit.web.now(),
    )
    knows = "key" in inspect.signature(endpoint).parameters
    return _Keyed(visit.web.store, row, knows, "told_once" in endpoint.__dict__)


def _fingerprint(visit: Visit, query: str, body: bytes) -> str:
    """A hash of all that was asked; JSON that says the same is the same."""
    with suppress(ValueError, RecursionError):  # what is no JSON counts as it stands
        body = json.dumps(json.loads(body), sort_keys=True).encode()
    allowed = "all" if visit.actor.only is None else ",".join(sorted(visit.actor.only))
    return sha256("\n".join((allowed, query)).encode() + b"\n" + body).hexdigest()


async def _answered(keyed: _Keyed, handle: Callable[[bool], Awaitable[Response]]) -> Response:
    known = await asyncio.to_thread(_known, keyed)
    asked_again = known is not None and keyed.knows and (known.status is None or keyed.secret)
    if known is not None and not asked_again:
        return await _again(keyed, known)
    before = ALONGSIDE.set(keyed)
    try:
        answer = await handle(asked_again)
    except _SentError:
        return await _again(keyed, None)
    except REFUSALS:
        await asyncio.to_thread(_forget, keyed)
        raise
    finally:
        ALONGSIDE.reset(before)
    if answer.status_code < HTTPStatus.BAD_REQUEST:
        await asyncio.to_thread(_keep, keyed, answer)
    return answer


async def _again(keyed: _Keyed, known: SentRequest | None) -> Response:
    """The answer that the request got; where it is under way, soon."""
    for seconds in PATIENCE:
        if known is not None and known.status is not None:
            break
        await asyncio.sleep(seconds)
        known = await asyncio.to_thread(_known, keyed)
    if known is None or known.status is None:
        raise ProblemError(HTTPStatus.CONFLICT, BEGUN)
    if keyed.secret:
        raise ProblemError(HTTPStatus.CONFLICT, TOLD)
    media = None if known.answer is None else "application/json"
    return Response(known.answer, known.status, {"Idempotency-Replayed": "true"}, media_type=media)


def _known(keyed: _Keyed) -> SentRequest | None:
    """The row of the same request; ProblemError where it was another one with the same key."""
    with keyed.store.read() as session:
        found: SentRequest | None = session.exec(_same(keyed)).first()
    if found is not None and found.fingerprint != keyed.row.fingerprint:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, OTHER)
    return found


def _same(keyed: _Keyed) -> Any:
    row = keyed.row
    return select(SentRequest).where(
        SentRequest.account_id == row.account_id,
        SentRequest.address == row.address,
        SentRequest.key == row.key,
    )


def _keep(keyed: _Keyed, answer: Response) -> None:
    """Keep the answer for the next time."""
    with keyed.store.write() as session:
        if not keyed.done:  # the request found everything as it wanted it
            insert_once(session, SentRequest(**keyed.row.model_dump()), "account_id", "address", "key")
        found: SentRequest = session.exec(_same(keyed)).one()
        found.status = answer.status_code
        found.answer = None if keyed.secret or not answer.body else bytes(answer.body).decode()
        session.add(found)


def _forget(keyed: _Keyed) -> None:
    """A request that was refused was not sent, as far as its key goes."""
    if not keyed.done:
        return
    with keyed.store.write() as session:
        found = session.exec(_same(keyed)).first()
        if found is not None:
            session.delete(found)
