"""What comes in from people and files: the base of the input models and the kinds of text they accept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from babel import Locale
from babel.numbers import list_currencies
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
)

from models.base import RecordError, exact_amount

_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+([a-z]{2,63}|xn--[a-z0-9-]{1,59})")
_LANGUAGE = re.compile(
    r"(?P<language>[a-z]{2,3})(-(?P<script>[a-z]{4}))?(-(?P<region>[a-z]{2}|\d{3}))?"
    r"(?P<rest>(-([a-z0-9]{5,8}|\d[a-z0-9]{3}))*)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field of an input. The reason never repeats the value."""

    field: str
    reason: str


class InvalidInputError(RecordError):
    """An input was refused; `problems` says which fields and why, all at once."""

    def __init__(self, record: str, problems: tuple[Problem, ...]) -> None:
        self.record = record
        self.problems = problems
        listed = "; ".join(f"{problem.field}: {problem.reason}" for problem in problems)
        super().__init__(f"{record} is refused. {listed}")


class Input(BaseModel):
    """The base of the input models. Closed, frozen; errors do not repeat what was typed.

    Every field is one of the table's: `Client(**given.model_dump(), created_at=now)` makes the row.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, str_strip_whitespace=True, hide_input_in_errors=True, allow_inf_nan=False
    )

    @classmethod
    def parse(cls, given: Mapping[str, Any], *, today: date, region: str | None = None) -> Self:
        """The input with its values checked and normalised.

        `today` is the day that dates of birth are compared with; `region` (ISO 3166-1 alpha-2) is the country
        of telephone numbers that are written without one. Raises InvalidInputError with every problem.
        """
        try:
            return cls.model_validate(given, context={"today": today, "region": region})
        except ValidationError as error:
            problems = tuple(
                Problem(
                    ".".join(str(part) for part in detail["loc"]) or "(record)",
                    detail["msg"].removeprefix("Value error, "),
                )
                for detail in error.errors(include_url=False, include_context=False, include_input=False)
            )
            # `from None`: the cause would carry the values
            raise InvalidInputError(cls.__name__.removesuffix("Input"), problems) from None


def _plain(text: str) -> str:
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t":
            raise ValueError("has a control character; take it out")
        if character in _BIDI:
            raise ValueError("has a character that changes the direction of writing; take it out")
    return unicodedata.normalize("NFC", text)


def _one_line(text: str) -> str:
    if "\n" in text or "\t" in text:
        raise ValueError("is one line without tabs; take the line break or tab out")
    return _plain(text)


def _email(text: str) -> str:
    local, at, domain = text.rpartition("@")
    if "=?" in text or not at or not _LOCAL_PART.fullmatch(local) or len(local) > 64:
        raise ValueError("is not an e-mail address; one looks like name@example.org")
    try:
        ascii_domain = domain.lower().encode("idna").decode("ascii")
    except UnicodeError:
        ascii_domain = ""
    if not _DOMAIN.fullmatch(ascii_domain) or len(local) + len(ascii_domain) > 253:
        raise ValueError("is not an e-mail address; the part after @ is not a domain")
    return f"{local}@{ascii_domain}"


def _phone(text: str, info: ValidationInfo) -> str:
    return phone_number(text, (info.context or {}).get("region"))


def phone_number(text: str, region: str | None = None) -> str:
    """The number in E.164 (+4930123456). `region` is its country when it is written without one.

    Raises ValueError when it cannot be a telephone number. Whether it is in use is not known here.
    """
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        raise ValueError(
            "is not a telephone number; write it with its country, as in +49 30 123456"
        ) from None
    if not phonenumbers.is_possible_number(number) or number.extension:
        raise ValueError("is not a telephone number: too short, too long, or with an extension")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def email_address(text: str) -> str:
    """The address with its domain in lower-case ASCII. Raises ValueError when it is not one address."""
    return _email(_one_line(text.strip()))


def _language(text: str) -> str:
    match = _LANGUAGE.fullmatch(text)
    if match is None or match["language"].lower() not in Locale("en").languages:
        raise ValueError("is not a language tag (BCP 47), as in de or pt-BR")
    tag = match["language"].lower()
    if match["script"]:
        tag += "-" + match["script"].title()
    if match["region"]:
        tag += "-" + match["region"].upper()
    return tag + match["rest"].lower()


def _country(text: str) -> str:
    if text.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError("is not a country code (ISO 3166-1 alpha-2), as in DE")
    return text.upper()


def _currency(text: str) -> str:
    if text.upper() not in list_currencies():
        raise ValueError("is not a currency code (ISO 4217), as in EUR")
    return text.upper()


def _website(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or " " in text:
        raise ValueError("is not a web address, as in https://example.org/")
    return text


def _code(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*", text):
        raise ValueError("is not a code: lower-case letters, digits, hyphens, as in food-insecurity")
    return text


def _time_zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of zones, as in "Europe"
        raise ValueError("is not a time zone, as in Europe/Berlin") from None
    return text


def _amount(value: Any) -> Any:
    if isinstance(value, str):
        if not re.fullmatch(r"-?\d{1,12}(\.\d{1,2})?", value.strip()):
            raise ValueError("is not an amount; write digits with at most two decimals, as in 1200.50")
        value = Decimal(value.strip())
    try:
        return exact_amount(value)
    except RecordError as error:
        raise ValueError(str(error)) from error


def _not_negative(amount: Decimal) -> Decimal:
    if amount < 0:
        raise ValueError("is not negative; leave it empty when it is not known")
    return amount


def _not_in_the_future(day: date, info: ValidationInfo) -> date:
    today = (info.context or {}).get("today")
    if today is None:
        raise ValueError("cannot be checked without knowing today; use parse(..., today=...)")
    if day > today:
        raise ValueError("lies in the future")
    if day.year < today.year - 130:
        raise ValueError("lies more than 130 years back")
    return day


Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_one_line)]
"""One line of text: no control characters, no line breaks, Unicode NFC."""

Prose = Annotated[str, Field(max_length=20_000), AfterValidator(_plain)]
"""Text of several lines, without control characters."""

EmailAddress = Annotated[str, Field(max_length=254), AfterValidator(email_address)]
PhoneNumber = Annotated[str, Field(max_length=40), AfterValidator(_phone)]
Language = Annotated[str, Field(max_length=35), AfterValidator(_language)]
Country = Annotated[str, Field(max_length=2), AfterValidator(_country)]
Currency = Annotated[str, Field(max_length=3), AfterValidator(_currency)]
Website = Annotated[str, Field(max_length=500), AfterValidator(_one_line), AfterValidator(_website)]
Code = Annotated[str, Field(max_length=60), AfterValidator(_code)]
TimeZone = Annotated[str, Field(max_length=64), AfterValidator(_time_zone)]
Amount = Annotated[Decimal, BeforeValidator(_amount), AfterValidator(_not_negative)]
BirthDate = Annotated[date, AfterValidator(_not_in_the_future)]
