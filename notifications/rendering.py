"""Rendering: a template filled for one recipient, in a language they read, with dates as that language
writes them.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.numbers import format_decimal

from notifications.templates import Template, fill, pick_language

_BEFORE_PUNCTUATION = re.compile(r"[ \t]+([,.;:!?])")
_SPACES = re.compile(r"[ \t\u00a0\u2007\u2009\u202f]+")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message's texts. `subject` and `summary` are empty where the template has none."""

    language: str
    subject: str
    body: str
    summary: str = ""


def render(
    template: Template,
    language: str,
    fallback: str,
    values: Mapping[str, object],
    zone: tzinfo,
    variant: str = "",
) -> Rendered:
    """Fill a template in the recipient's language, else in the fallback.

    `values` may be texts, numbers, dates and aware datetimes; the last are written in `zone`. `variant`
    (`moved`, `cancelled`) takes those parts where the template has them. Raises `TemplateError`.
    """
    chosen = pick_language(template, language, fallback)
    locale = _locale(chosen)
    filled = {name: _plain(in_words(value, locale, zone)) for name, value in values.items()}

    def part(name: str) -> str:
        key = (f"{variant}_{name}", chosen)
        text = template.texts.get(key if variant and key in template.texts else (name, chosen), "")
        return _tidy(fill(text, filled))

    return Rendered(chosen, part("subject"), part("body"), part("summary"))


def in_words(value: object, locale: Locale, zone: tzinfo) -> str:
    """A value as people write it in this language: `Monday, March 2, 2026, 9:00 AM`."""
    match value:
        case datetime():
            day = value.astimezone(zone)
            clock = format_time(day.timetz(), "short", tzinfo=zone, locale=locale)
            return f"{format_date(day.date(), 'full', locale)}, {clock}"
        case date():
            return format_date(value, "full", locale)
        case bool():
            return str(value)
        case int() | Decimal():
            return format_decimal(value, locale=locale)
        case None:
            return ""
    return str(value)


@cache
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")


def _plain(text: str) -> str:
    """One line without control and direction characters: a value must not change the text around it."""
    kept = "".join(" " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char for char in text)
    kept = "".join(char for char in kept if unicodedata.category(char) not in ("Cf", "Cs"))
    return _SPACES.sub(" ", kept).strip()


def _tidy(text: str) -> str:
    """Close the gaps that empty values leave: `Hello ,` becomes `Hello,`."""
    return "\n".join(
        _BEFORE_PUNCTUATION.sub(r"\1", _SPACES.sub(" ", line)).strip() for line in text.split("\n")
    ).strip()
