"""What every body of a command is."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from fastapi import Header
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from web.api.problem import ProblemError

_LOCAL: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?")

LONGEST_KEY: Final = 100

KEY: Final = Header(
    alias="Idempotency-Key",
    max_length=LONGEST_KEY,
    description="Made up for this request, such as a UUID: the same request with the same key is done once "
    "and gets the same answer, for a day at least. With something else in it, it is refused (422).",
)
Key = Annotated[str | None, KEY]
"""What somebody sends with a command so that it can be sent again."""

Match = Annotated[str | None, Header(alias="If-Match", max_length=100)]
"""The state that somebody has read: a command is refused where it is another by now."""


def needed(match: str | None) -> str:
    """What `If-Match` says where it has to be said. ProblemError where it is not."""
    if match is None:
        raise ProblemError(HTTPStatus.PRECONDITION_REQUIRED, READ_FIRST)
    return match


READ_FIRST: Final = (
    "Say with `If-Match` which state you have read, so that nothing is written over what somebody else has "
    "changed since."
)

Ident = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{1,40}$")]
"""The id of a record, where a body or a query names one."""


def _plain(text: str) -> str:
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cs") and character not in "\r\n\t":
            raise ValueError("has a character that can't be kept; take it out")
    return text


Plain = Annotated[str, AfterValidator(_plain)]
"""A text without characters that no database keeps: NUL and other controls, halves of characters."""


LONGEST_REVISION: Final = 9
"""Digits of a revision that a row can have."""


def revision_of(match: str | None) -> int | None:
    """The revision that `If-Match` names; None for any. What no row can have is 0, which matches none."""
    if match in (None, "*"):
        return None
    number = (match or "").strip().removeprefix("W/").strip('"')
    return int(number) if number.isdecimal() and len(number) <= LONGEST_REVISION else 0


def state_named(match: str) -> str | None:
    """The state that `If-Match` names where it is a word and no number; None for any."""
    return None if match == "*" else match.strip().removeprefix("W/").strip('"')


class Sent(BaseModel):
    """The body of a command; what it does not know is refused."""

    model_config = ConfigDict(extra="forbid")


def by_the_office(values: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    """Inputs as they were sent, times without an offset read by the office's clocks."""
    return {name: _zoned(value, zone) for name, value in values.items()}


def _zoned(value: Any, zone: ZoneInfo) -> Any:
    if not isinstance(value, str) or not _LOCAL.fullmatch(value):
        return value
    try:
        return datetime.fromisoformat(value).replace(tzinfo=zone).isoformat()
    except ValueError:
        return value  # no such day: whoever reads it says so
