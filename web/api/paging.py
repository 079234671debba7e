"""The one way in which the API goes through a list: `next` of an answer is `after` of the next request."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, TypeVar

from fastapi import Query

from web.api.problem import ProblemError

P = TypeVar("P")

After = Annotated[str | None, Query(max_length=200)]
"""Where the page before has ended, as its answer has told it; nothing for the first page."""


def read_place(read: Callable[[str], P], after: str) -> P:
    """The place that `after` names. ProblemError for what we did not give."""
    try:
        return read(after)
    except (ValueError, OverflowError):
        raise no_place() from None


def no_place() -> ProblemError:
    """What `after` names is no place of this list."""
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "`after` is what `next` was in an answer before.")
