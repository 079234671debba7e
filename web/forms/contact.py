"""What a form about somebody who asks for help says, as the records read it."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from models import DateQuality, FirstContactInput, email_address, phone_number
from tasks.duplicates.person_matching import Sought

LONGEST_NAME: Final = 200


def told_of(said: Mapping[str, Any], today: date, country: str) -> FirstContactInput:
    """What was told. A birth date without more is a full one. InvalidInputError names every field that can't
    be read.
    """
    given = {name: value for name, value in said.items() if value not in (None, "")}
    if given.get("date_of_birth"):
        given.setdefault("date_of_birth_quality", DateQuality.FULL.value)
    return FirstContactInput.parse(given, today=today, region=country)


def sought_of(said: Mapping[str, Any], country: str) -> Sought:
    """Whom to look for, while somebody types: what can't be read yet is not known yet."""
    return Sought(
        given_name=_text(said, "given_name"),
        family_name=_text(said, "family_name"),
        date_of_birth=_day(_text(said, "date_of_birth")),
        phone=_phone(_text(said, "phone"), country),
        email=_email(_text(said, "email")),
    )


def sought_in(told: FirstContactInput) -> Sought:
    """Whom to look for when this was told."""
    return Sought(told.given_name, told.family_name, told.date_of_birth, told.phone, told.email)


def fields_asked(sought: Sought) -> tuple[str, ...]:
    """By which fields somebody looks, for the audit."""
    names = ("given_name", "family_name", "date_of_birth", "phone", "email")
    return tuple(name for name in names if getattr(sought, name))


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    return " ".join(value.split())[:LONGEST_NAME] if isinstance(value, str) else ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _phone(text: str, country: str) -> str | None:
    try:
        return phone_number(text, country) if text else None
    except ValueError:
        return None


def _email(text: str) -> str | None:
    try:
        return email_address(text) if text else None
    except ValueError:
        return None
