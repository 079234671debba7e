"""What every route of the API declares beside its own answer, said once: which problems it can answer with.

A route says nothing of it by itself. Who asks without a login or by a page of somebody else's, names what is
not there, sends what can't be read, or has read another state: all of that can be told by what a route takes.
The rest (`too many tries`, `too large`) a route names with `answers`.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from web.api.as_read import stands_of, with_match
from web.api.once import OnceRoute, takes_key, with_key
from web.api.problem import MEDIA_TYPE

Responses = dict[int | str, dict[str, Any]]

SAFE: Final = frozenset({"GET", "HEAD"})
WHEN: Final[Mapping[HTTPStatus, str]] = {
    HTTPStatus.UNAUTHORIZED: "Nobody is logged in, or the token does not count.",
    HTTPStatus.FORBIDDEN: "It may be seen and not be done by the one who asks.",
    HTTPStatus.NOT_FOUND: "There is nothing here that the one who asks may see.",
    HTTPStatus.CONFLICT: "It does not fit how things stand by now; `detail` says why.",
    HTTPStatus.PRECONDITION_FAILED: "Somebody has changed it since: it is not as `If-Match` says.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "What was sent is too large.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "What was sent is not as it has to be; `errors` names each place.",
    HTTPStatus.PRECONDITION_REQUIRED: "`If-Match` has to say which state was read.",
    HTTPStatus.TOO_MANY_REQUESTS: "There were too many tries; `detail` says how long to wait.",
}
"""What each problem means for whoever asks."""


class Fault(BaseModel):
    """What is wrong at one place of what was sent."""

    item: str = Field(description="the place: a question, a field, a parameter")
    reason: str = Field(description="what is wrong with it, in words for people")


class Problem(BaseModel):
    """Why a request was refused (RFC 9457). Nothing was changed."""

    type: str = Field(description="always `about:blank`: the status says what kind it is")
    title: str = Field(description="the name of the status")
    status: int
    detail: str = Field(description="what is wrong and what to do, in words for people")
    errors: list[Fault] | None = None


def answers(*statuses: HTTPStatus) -> Responses:
    """The problems of these statuses, as a route declares them."""
    schema = {"$ref": f"#/components/schemas/{Problem.__name__}"}
    return {
        status.value: {"description": WHEN[status], "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in sorted(statuses)
    }


class Resource(APIRouter):
    """Routes that declare their problems, tell their first sentence as their summary, and are done once for
    each key.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"route_class": OnceRoute, **options})

    def add_api_route(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        """Add a route with all that it can answer."""
        methods = {each.upper() for each in options.get("methods") or ("GET",)}
        problems = answers(*_problems(self.prefix + path, methods, endpoint))
        declared = problems | (options.get("responses") or {})
        options["responses"] = {status: declared[status] for status in sorted(declared)}
        if methods - SAFE and takes_key(endpoint):
            options["dependencies"] = [*(options.get("dependencies") or ()), Depends(with_key)]
        if stands_of(endpoint) is not None:
            options["dependencies"] = [*(options.get("dependencies") or ()), Depends(with_match)]
        options["summary"] = options.get("summary") or summary_of(endpoint)
        super().add_api_route(path, endpoint, **options)


def summary_of(endpoint: Callable[..., Any]) -> str:
    """The first sentence of what a route says of itself."""
    words = " ".join(inspect.cleandoc(endpoint.__doc__ or "").split())
    first = words.partition(". ")[0].partition(": ")[0]
    return first.rstrip(".:")


def _problems(path: str, methods: set[str], endpoint: Callable[..., Any]) -> Iterator[HTTPStatus]:
    taken = inspect.signature(endpoint).parameters
    yield HTTPStatus.UNAUTHORIZED
    yield HTTPStatus.FORBIDDEN
    if "{" in path:
        yield HTTPStatus.NOT_FOUND
    if methods - SAFE and takes_key(endpoint):
        yield HTTPStatus.CONFLICT
    yield HTTPStatus.UNPROCESSABLE_ENTITY
    if "match" in taken or stands_of(endpoint) is not None:
        yield HTTPStatus.PRECONDITION_FAILED
