"""What a list or the board is narrowed to, as parameters of a resource."""

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import Depends, Query

from web.api.problem import ProblemError
from web.reading.board.narrowed import LONGEST, Narrowed
from web.reading.board.opening import LONGEST_KEY, Opened

Name = Annotated[str, Query(max_length=LONGEST)]


def narrowed(
    team: Name = "", worker: Name = "", process: Name = "", days: Literal["28", "91", "364"] = "91"
) -> Narrowed:
    """A team, a worker by staff id, a process, and for how many days back the board looks."""
    return Narrowed(team, worker, process, int(days))


Narrowing = Annotated[Narrowed, Depends(narrowed)]
"""What was asked for, as one parameter."""


def opened(
    asked: Narrowing, figure: Name = "", key: Annotated[str, Query(max_length=LONGEST_KEY)] = ""
) -> Opened | None:
    """The figure of the board whose cases are asked for, and which part of it; none where none is named.
    ProblemError for one that the board does not have.
    """
    if not figure:
        return None
    found = Opened.read({"figure": figure, "key": key, **asked.said()})
    if found is None:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "There is no such figure. `figure` and `key` are as the board has them.",
        )
    return found


Opening = Annotated[Opened | None, Depends(opened)]
"""The figure that was asked for, as one parameter."""
