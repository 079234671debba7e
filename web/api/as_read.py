"""`If-Match` on a route whose command knows nothing of it: it is refused where what is there is not as the
one who asks has read it.

The comparison is made at the beginning of the first transaction of what the route does (`models.alongside`),
on a row that is locked there, so that nobody changes it between the look and the deed.
"""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from fastapi import Request, Response
from sqlmodel import Session

from flows.inbox import ChangedError
from models import ALONGSIDE, Alongside
from web.api.sent import Match, state_named

Stands = Callable[[Session, Mapping[str, str]], str | None]
"""What `If-Match` has to name, of that which the parts of the address name, which it locks; None where there
is no such thing: whoever does something with it says so.
"""

F = TypeVar("F", bound=Callable[..., Any])
Handle = Callable[[Request], Coroutine[Any, Any, Response]]

CHANGED: Final = (
    "somebody has changed this since you read it; look at it, and send yours again with what is there now"
)


def as_read(stands: Stands) -> Callable[[F], F]:
    """A route that takes `If-Match`, of what stands there."""

    def marked(endpoint: F) -> F:
        endpoint.__dict__["stands"] = stands
        return endpoint

    return marked


def stands_of(endpoint: Callable[..., Any]) -> Stands | None:
    """What `If-Match` is compared with on a route that takes it in this way."""
    found: Stands | None = endpoint.__dict__.get("stands")
    return found


async def with_match(match: Match = None) -> None:
    """The header as a parameter of a route that makes nothing of it by itself."""
    del match


def compared(endpoint: Callable[..., Any], handle: Handle) -> Handle:
    """The handler of a route, which changes nothing where what is there is not as it was read."""
    stands = stands_of(endpoint)
    if stands is None:
        return handle

    async def only_as_read(request: Request) -> Response:
        named = state_named(request.headers.get("If-Match", "*"))
        if named is None:
            return await handle(request)
        before = ALONGSIDE.set(_Look(stands, named, dict(request.path_params), ALONGSIDE.get()))
        try:
            return await handle(request)
        finally:
            ALONGSIDE.reset(before)

    return only_as_read


@dataclass
class _Look:
    """The look at what is there, and what else is to be written along. `done`: the first transaction is
    over, and whatever follows belongs to the same deed.
    """

    stands: Stands
    named: str
    address: Mapping[str, str]
    also: Alongside | None
    done: bool = False

    def write(self, session: Session) -> None:
        """ChangedError where what is there is not as it was read."""
        if not self.done and self.stands(session, self.address) not in (None, self.named):
            raise ChangedError(CHANGED)
        if self.also is not None:
            self.also.write(session)

    def written(self) -> None:
        """The first transaction was committed."""
        self.done = True
        if self.also is not None:
            self.also.written()
