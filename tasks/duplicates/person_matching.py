"""Whether a client may be the person whom somebody asks about, and why, in words.

Each detail that agrees gives points: a name that is the same or differs a little, a birth date, a telephone
number, an e-mail address. From `LIKELY` on somebody is shown. Numbers and addresses are compared by the rules
by which duplicate contacts are (`contact_matching`).
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Final

from rapidfuzz.distance import OSA, JaroWinkler

from models import ContactKind, ContactPoint, DateQuality
from tasks.duplicates.contact_matching import emails_alike, normal, phones_alike

LIKELY: Final = 40
"""Points from which on somebody may be the person: the same telephone number alone, or the same name."""

SURE: Final = 70
"""Points from which on it is hard to believe that they are two: the same birth date and a like name."""

_ALIKE: Final = 0.92
"""From this similarity on (Jaro-Winkler) two names are alike."""

_PLAIN_LETTERS: Final = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ı": "i", "ħ": "h"}
)
"""Letters that Unicode takes for letters of their own and people leave the mark off."""


class Detail(StrEnum):
    """What two people are compared by."""

    NAME = "name"
    BIRTH = "birth date"
    PHONE = "phone"
    EMAIL = "e-mail"


@dataclass(frozen=True, slots=True)
class Sought:
    """Whom somebody asks about, as far as it is known. The number is in E.164."""

    given_name: str = ""
    family_name: str = ""
    date_of_birth: date | None = None
    phone: str | None = None
    email: str | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing is known."""
        return not any((self.given_name, self.family_name, self.date_of_birth, self.phone, self.email))


@dataclass(frozen=True, slots=True)
class Known:
    """A client as they are compared."""

    given_name: str
    family_name: str
    preferred_name: str | None = None
    other_names: str | None = None
    date_of_birth: date | None = None
    quality: DateQuality = DateQuality.NOT_COLLECTED


@dataclass(frozen=True, slots=True)
class Sign:
    """One detail that speaks for it or, with points below zero, against it."""

    detail: Detail
    points: int
    why: str


@dataclass(frozen=True, slots=True)
class Likeness:
    """All that speaks for two being one person, the strongest first."""

    signs: tuple[Sign, ...] = ()

    @property
    def points(self) -> int:
        """The sum."""
        return sum(each.points for each in self.signs)

    @property
    def agreeing(self) -> frozenset[Detail]:
        """The details that speak for it."""
        return frozenset(each.detail for each in self.signs if each.points > 0)

    @property
    def why(self) -> str:
        """The reasons in words: `same birth date; name differs by one letter`."""
        return "; ".join(each.why for each in self.signs)


def likeness(sought: Sought, known: Known, contacts: Iterable[ContactPoint] = ()) -> Likeness:
    """How much speaks for it, with these contacts of the client and of people around them."""
    points = tuple(contacts)
    found = (_name(sought, known), _birth(sought, known), _phone(sought, points), _email(sought, points))
    signs = [each for each in found if each is not None]
    return Likeness(tuple(sorted(signs, key=lambda each: -each.points)))


def folded(name: str) -> str:
    """A name as it is compared: small letters without accents, words with single spaces."""
    plain = unicodedata.normalize("NFKD", name.casefold().translate(_PLAIN_LETTERS))
    letters = "".join(each for each in plain if not unicodedata.combining(each))
    return " ".join("".join(each if each.isalnum() else " " for each in letters).split())


def initials_like(name: str) -> Sequence[str]:
    """All letters with which a name that is compared as this one may begin, in both cases."""
    first = folded(name)[:1]
    return _letters().get(first, tuple({first, first.upper()}))


def birth_dates_like(day: date) -> tuple[date, ...]:
    """The day itself, the one with day and month swapped, and those that differ by one figure."""
    text = day.isoformat()
    others = (
        text[:place] + figure + text[place + 1 :]
        for place, was in enumerate(text)
        if was.isdecimal()
        for figure in "0123456789"
    )
    swapped = f"{text[:5]}{text[8:]}-{text[5:7]}"
    found = (_day(each) for each in (text, swapped, *others))
    return tuple(dict.fromkeys(each for each in found if each is not None))


# -- the name


def _name(sought: Sought, known: Known) -> Sign | None:
    given, family = folded(sought.given_name), folded(sought.family_name)
    if not given or not family:
        return _half_a_name(given, family, known)
    theirs = folded(known.given_name), folded(known.family_name)
    if (given, family) == theirs:
        return Sign(Detail.NAME, 40, "same name")
    if (family, given) == theirs:
        return Sign(Detail.NAME, 38, "same name, with given and family name swapped")
    if family == theirs[1] and given in _other_given(known):
        return Sign(Detail.NAME, 38, "same name, by another name of theirs")
    return _name_alike((given, family), theirs)


def _name_alike(mine: tuple[str, str], theirs: tuple[str, str]) -> Sign | None:
    apart = min(
        OSA.distance(" ".join(mine), " ".join(theirs)), OSA.distance(" ".join(mine[::-1]), " ".join(theirs))
    )
    length = min(len(" ".join(each)) for each in (mine, theirs))
    if apart == 1:
        return Sign(Detail.NAME, 34, "name differs by one letter")
    if apart == 2 and length >= 8:
        return Sign(Detail.NAME, 28, "name differs by two letters")
    if all(JaroWinkler.similarity(one, other) >= _ALIKE for one, other in zip(mine, theirs, strict=True)):
        return Sign(Detail.NAME, 24, "name is alike")
    if mine[1] == theirs[1]:
        begins = theirs[0].startswith(mine[0]) or mine[0].startswith(theirs[0])
        if begins:
            return Sign(Detail.NAME, 26, "same family name, and the given name begins alike")
        return Sign(Detail.NAME, 10, "same family name")
    return None


def _half_a_name(given: str, family: str, known: Known) -> Sign | None:
    if family and family == folded(known.family_name):
        return Sign(Detail.NAME, 12, "same family name")
    if given and given in (folded(known.given_name), *_other_given(known)):
        return Sign(Detail.NAME, 10, "same given name")
    return None


def _other_given(known: Known) -> tuple[str, ...]:
    others = (known.preferred_name, *(known.other_names or "").replace(";", ",").split(","))
    return tuple(folded(each) for each in others if each)


# -- the birth date


def _birth(sought: Sought, known: Known) -> Sign | None:
    mine, theirs = sought.date_of_birth, known.date_of_birth
    if mine is None or theirs is None:
        return None
    if mine == theirs:
        return Sign(Detail.BIRTH, 36, "same birth date")
    if (mine.year, mine.day, mine.month) == (theirs.year, theirs.month, theirs.day):
        return Sign(Detail.BIRTH, 26, "same birth date, with day and month swapped")
    one, other = mine.isoformat(), theirs.isoformat()
    if sum(a != b for a, b in zip(one, other, strict=True)) == 1:
        return Sign(Detail.BIRTH, 20, "birth date differs by one figure")
    if known.quality is DateQuality.APPROXIMATE and abs(mine.year - theirs.year) <= 2:
        return Sign(Detail.BIRTH, 10, "about the same age; the birth date that we have is not certain")
    return Sign(Detail.BIRTH, -16, "another birth date")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


# -- numbers and addresses


def _phone(sought: Sought, contacts: Sequence[ContactPoint]) -> Sign | None:
    if sought.phone is None:
        return None
    theirs = [(normal(each), each) for each in contacts if each.kind is ContactKind.PHONE]
    same = [each for number, each in theirs if number == sought.phone]
    if any(each.involvement_id is None for each in same):
        return Sign(Detail.PHONE, 40, "same phone")
    if same:
        return Sign(Detail.PHONE, 30, "same phone as somebody around them")
    own = [number for number, each in theirs if each.involvement_id is None]
    why = next(filter(None, (phones_alike(sought.phone, each) for each in own)), None)
    return None if why is None else Sign(Detail.PHONE, 18, f"of the phone {why}")


def _email(sought: Sought, contacts: Sequence[ContactPoint]) -> Sign | None:
    if sought.email is None:
        return None
    mine = sought.email.casefold()
    theirs = [(normal(each), each) for each in contacts if each.kind is ContactKind.EMAIL]
    same = [each for address, each in theirs if address == mine]
    if any(each.involvement_id is None for each in same):
        return Sign(Detail.EMAIL, 40, "same e-mail address")
    if same:
        return Sign(Detail.EMAIL, 30, "same e-mail address as somebody around them")
    own = [address for address, each in theirs if each.involvement_id is None]
    why = next(filter(None, (emails_alike(mine, each) for each in own)), None)
    return None if why is None else Sign(Detail.EMAIL, 16, f"e-mail address: {why}")


@cache
def _letters() -> dict[str, tuple[str, ...]]:
    """Latin letters by the plain letter that they are compared as."""
    found: dict[str, list[str]] = {}
    for code in (*range(0x41, 0x250), *range(0x1E00, 0x1F00)):
        letter = chr(code)
        plain = folded(letter)[:1] if letter.isalpha() else ""
        if plain:
            found.setdefault(plain, []).append(letter)
    return {plain: tuple(letters) for plain, letters in found.items()}
