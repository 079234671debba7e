"""Where a page of a list ends that is read from the newest row on, as an opaque text, and as SQL."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, literal, tuple_
from sqlmodel import col

from models import UtcDateTime

Place = tuple[datetime, str]
"""The time of the last row of a page, and its id."""


def cursor(place: Place) -> str:
    """The place as a text for an address."""
    at, ident = place
    return urlsafe_b64encode(f"{at.isoformat()} {ident}".encode()).decode("ascii")


def place_of(text: str) -> Place:
    """The place that a text names. ValueError or OverflowError for one that `cursor` did not make."""
    moment, _, ident = urlsafe_b64decode(text.encode("ascii")).decode().partition(" ")
    at = datetime.fromisoformat(moment)
    if at.tzinfo is None or not (ident.isascii() and ident.isalnum()):
        raise ValueError("no place of a list")
    return at.astimezone(UTC), ident


def older(at: Any, ident: Any, place: Place) -> ColumnElement[bool]:
    """The condition on these two columns that a row comes after the place."""
    return tuple_(col(at), col(ident)) < tuple_(literal(place[0], UtcDateTime()), literal(place[1]))
