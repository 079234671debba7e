"""Which contact points of a client say the same: for certain, or perhaps.

Only entries of the same person are compared. A number that a client shares with a guardian stays with both:
merging across people could tell one where the other is, which domestic violence forbids (domain.md).
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import combinations
from types import MappingProxyType

from models import ContactKind, ContactPoint, email_address, phone_number

ALIKE_ADDRESS = 0.85
"""From this share of equal text on, two addresses are put before a person."""
ALIKE_NAME = 0.85
"""The same for what stands before the @ of two e-mail addresses of one domain."""
_LAST_DIGITS = 7

_SHORT: Mapping[str, str] = MappingProxyType(
    {
        **{"st": "street", "str": "street", "ave": "avenue", "av": "avenue", "rd": "road", "dr": "drive"},
        **{"ln": "lane", "blvd": "boulevard", "ct": "court", "pl": "place", "sq": "square", "hwy": "highway"},
        **{"apt": "apartment", "fl": "floor", "ste": "suite", "bldg": "building"},
        **{"n": "north", "s": "south", "e": "east", "w": "west", "no": "number"},
    }
)
"""Words of addresses by their abbreviation. They make two addresses alike, never certainly the same."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two entries that may be one. `certain` ones say the same word for word; `why` explains it."""

    first: ContactPoint
    second: ContactPoint
    certain: bool
    why: str


def pairs(contacts: Iterable[ContactPoint]) -> tuple[Pair, ...]:
    """All pairs among these entries that say the same, or perhaps do, in a stable order."""
    ordered = sorted(contacts, key=lambda each: each.id)
    compared = (_compare(first, second) for first, second in combinations(ordered, 2))
    return tuple(pair for pair in compared if pair is not None)


def written(contact: ContactPoint) -> str:
    """The entry as a person reads it."""
    if contact.kind is not ContactKind.ADDRESS:
        return contact.value or ""
    parts = (
        *(contact.address_1, contact.address_2, contact.city, contact.region),
        *(contact.state_province, contact.postal_code, contact.country),
    )
    return ", ".join(part for part in parts if part)


def normal(contact: ContactPoint) -> str:
    """The entry in one form: a number in E.164, an e-mail address in small letters, an address without its
    punctuation.
    """
    return normal_text(contact.kind, written(contact))


def normal_text(kind: ContactKind, text: str) -> str:
    """`normal` for what was typed and is no entry yet."""
    text = unicodedata.normalize("NFKC", text).strip()
    try:
        if kind is ContactKind.PHONE:
            return phone_number(text)
        if kind is ContactKind.EMAIL:
            return email_address(text).casefold()
    except ValueError:  # entries from before they were checked: compared as they are written
        return re.sub(r"[\s()./-]+", "", text).casefold()
    return _plain(text)


def _compare(first: ContactPoint, second: ContactPoint) -> Pair | None:
    same_person = (first.client_id, first.involvement_id) == (second.client_id, second.involvement_id)
    if not same_person or first.kind is not second.kind:
        return None
    one, other = normal(first), normal(second)
    if not one or not other:
        return None
    if one == other:
        conflict = conflicting(first, second)
        why = "both say the same" if conflict is None else f"both say the same, but {conflict}"
        return Pair(first, second, conflict is None, why)
    why_alike = _ALIKE[first.kind](one, other)
    return None if why_alike is None else Pair(first, second, False, why_alike)


def conflicting(first: ContactPoint, second: ContactPoint) -> str | None:
    """What keeps two equal entries from being one without a person: no code word is the stricter one."""
    for field, words in (("safe_times", "their safe times differ"), ("code_word", "their code words differ")):
        one, other = getattr(first, field), getattr(second, field)
        if one and other and one.strip() != other.strip():
            return words
    return None


def phones_alike(one: str, other: str) -> str | None:
    """Why two numbers that are not the same may be one; None when nothing says so."""
    tails = {re.sub(r"\D", "", each)[-_LAST_DIGITS:] for each in (one, other)}
    if len(tails) == 1 and len(tails.pop()) == _LAST_DIGITS:
        return f"the last {_LAST_DIGITS} digits are the same"
    return None


def emails_alike(one: str, other: str) -> str | None:
    """The same for two e-mail addresses."""
    (name, _, domain), (other_name, _, other_domain) = one.partition("@"), other.partition("@")
    if name == other_name and _ratio(domain, other_domain) >= ALIKE_NAME:
        return "only the part after the @ differs a little"
    if domain == other_domain and _ratio(name, other_name) >= ALIKE_NAME:
        return "only the part before the @ differs a little"
    return None


def _addresses_alike(one: str, other: str) -> str | None:
    if _spelled(one) == _spelled(other):
        return "only abbreviations differ"
    if _numbers(one) != _numbers(other):  # number 12 and number 14 are neighbours, however alike the rest is
        return None
    share = _ratio(_spelled(one), _spelled(other))
    return f"{share:.0%} of the text is the same" if share >= ALIKE_ADDRESS else None


_ALIKE = MappingProxyType(
    {
        ContactKind.PHONE: phones_alike,
        ContactKind.EMAIL: emails_alike,
        ContactKind.ADDRESS: _addresses_alike,
    }
)


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w]+", " ", text.casefold()).split())


def _spelled(text: str) -> str:
    return " ".join(_SHORT.get(word, word) for word in text.split())


def _numbers(text: str) -> Sequence[str]:
    return re.findall(r"\d+", text)


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()
