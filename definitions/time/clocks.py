"""Clocks: the lengths of time in a definition, `10 working days from inputs.received_at`.

A clock says how long and counted from where; a working calendar (`definitions.time.calendars`) makes a moment
of it. The words that people write instead of a clock's own are in `clock_words`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

from definitions.diagnostics import suggest
from definitions.problems import Problem, TextError
from definitions.time import clock_words

Direction = Literal["after", "before"]
EXAMPLE = "10 working days from inputs.received_at"


class Unit(StrEnum):
    """The units of a clock. Minutes, hours and days run at night and on holidays, working ones do not."""

    MINUTES = "minutes"
    HOURS = "hours"
    WORKING_HOURS = "working hours"
    DAYS = "days"
    WORKING_DAYS = "working days"
    WEEKS = "weeks"
    MONTHS = "months"

    @property
    def one(self) -> str:
        """The unit's name for an amount of 1."""
        return self.value[:-1]


LONGEST: Mapping[Unit, int] = MappingProxyType(
    {  # about 50 years: longer is a slip of the finger
        Unit.MINUTES: 50 * 366 * 24 * 60,
        Unit.HOURS: 50 * 366 * 24,
        Unit.WORKING_HOURS: 50 * 52 * 40,
        Unit.DAYS: 50 * 366,
        Unit.WORKING_DAYS: 50 * 52 * 5,
        Unit.WEEKS: 50 * 53,
        Unit.MONTHS: 50 * 12,
    }
)
UNITS: Mapping[str, Unit] = MappingProxyType({name: unit for unit in Unit for name in (unit.value, unit.one)})
LONGEST_TEXT = 1_000
JOINTS = ("from", "before")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a clock starts to count: when its step starts, the step's due date, or an expression's value.

    `text` is the expression as it was written and `offset` its place in the clock's text; it is parsed by
    `definitions.expressions`.
    """

    kind: Literal["step_start", "due", "expression"]
    text: str = ""
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Clock:
    """`amount` units after or before an origin. `amount` is 0 or more, and about 50 years at most."""

    amount: int
    unit: Unit
    direction: Direction = "after"
    origin: Origin = Origin("step_start")


class ClockError(TextError):
    """A clock cannot be read. `problems` says what is wrong and where in its text."""


def parse_clock(text: str) -> Clock:
    """The clock that `text` says: a whole number, a unit, and where it counts from.

    `5 working days` counts from when the step starts, `... from X` and `... before X` from the moment X,
    which is `due` (the step's due date) or an expression. Raises ClockError; offsets are into `text`.
    """
    words = _words(text)
    _check_start(words)
    amount = _amount(words[0])
    unit, used = _unit(words)
    if amount > LONGEST[unit]:
        message = f"{words[0].text} {unit} are more than 50 years"
        advice = f"at most {LONGEST[unit]:,} {unit}; for something without an end leave the clock out"
        raise _refused("CW504", message, (words[0].start, words[used - 1].end), advice=advice)
    if used == len(words):
        return Clock(amount, unit)
    direction, origin = _origin(words[used:], text)
    return Clock(amount, unit, direction, origin)


def length(clock: Clock) -> str:
    """The length alone in words: `1 working day`. For keys that say from where, such as `overdue`."""
    return f"{clock.amount} {clock.unit.one if clock.amount == 1 else clock.unit.value}"


def describe(clock: Clock) -> str:
    """The clock in words: `10 working days after inputs.received_at`, `1 day before the due date`."""
    match clock.origin.kind:
        case "step_start":
            origin = "the step starts"
        case "due":
            origin = "the due date"
        case "expression":
            origin = clock.origin.text
    return f"{length(clock)} {clock.direction} {origin}"


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: int
    end: int

    @property
    def low(self) -> str:
        return self.text.lower()

    @property
    def span(self) -> tuple[int, int]:
        return self.start, self.end


JOINED = frozenset({"and", "or", "not", "is", "in"})
"""Words of expressions: a text with one of them is not only words in a row."""


def _words(text: str) -> list[_Word]:
    if len(text) > LONGEST_TEXT:
        raise _refused("CW501", f"a clock has at most {LONGEST_TEXT:,} characters", (0, len(text)))
    words = [_Word(each.group(), each.start(), each.end()) for each in re.finditer(r"\S+", text)]
    if not words:
        raise _refused(
            "CW501", "a clock is missing here", (0, len(text)), advice=f"write it like `{EXAMPLE}`"
        )
    return words


def _check_start(words: list[_Word]) -> None:
    """Refuses a clock that does not begin with its number: `within 5 days`, `two days`."""
    first = words[0]
    if re.match(r"[\d+\-−–.,½¼¾]", first.text):
        return
    if first.low in clock_words.LEADING:
        rest = " ".join(each.text for each in words[1:])
        advice = f"leave out `{first.text}`: a clock begins with its number, like `{EXAMPLE}`"
        suggestion = rest if re.match(r"[0-9]+\s", rest) else None
        message = f"a clock does not begin with `{first.text}`"
        span = (first.start, words[-1].end) if suggestion else first.span
        raise _refused("CW508", message, span, suggestion=suggestion, advice=advice)
    if first.low in clock_words.NUMBERS:
        digits = str(clock_words.NUMBERS[first.low])
        message = f"`{first.text}` is not written in digits"
        raise _refused("CW503", message, first.span, suggestion=digits, advice=f"write `{digits}`")
    if first.text.startswith("=") and (moment := " ".join(each.text for each in words).lstrip("= ")):
        advice = f"a moment is written `0 hours from {_shown(moment)}`"
        raise _refused("CW501", "a clock is no value: it takes no `=`", first.span, advice=advice)
    message = f"a clock begins with a number, not with `{_shown(first.text)}`"
    raise _refused("CW501", message, first.span, advice=f"write it like `{EXAMPLE}`")


def _amount(word: _Word) -> int:
    """The whole number that `word` writes in plain digits."""
    text, shown = word.text, _shown(word.text)
    if re.fullmatch(r"[0-9]+", text):
        if len(text) > 9:
            advice = "for something without an end leave the clock out"
            raise _refused("CW504", f"{shown} is more than 50 years in any unit", word.span, advice=advice)
        return int(text)
    if glued := re.fullmatch(r"([0-9]+)([^\W\d_]+)", text):
        unit = _meant(glued[2], glued[1])
        suggestion = f"{glued[1]} {unit}" if unit and len(glued[1]) < 10 else None
        advice = "put a space between the number and the unit, and write the unit out"
        message = f"`{shown}` is not a number and a unit"
        raise _refused("CW506", message, word.span, allowed=tuple(Unit), suggestion=suggestion, advice=advice)
    if text[0] in "-−–":
        advice = "to count backwards write `2 working days before due`"
        raise _refused("CW502", f"a clock cannot be negative: `{shown}`", word.span, advice=advice)
    if re.fullmatch(r"[0-9]{1,3}([.,'_’][0-9]{3})+", text):
        plain = re.sub(r"[^0-9]", "", text)
        advice = "write the number without separators; a clock has no fractions"
        message = f"`{shown}` is not a whole number in plain digits"
        suggestion = plain if len(plain) < 10 else None
        raise _refused("CW503", message, word.span, suggestion=suggestion, advice=advice)
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        message = f"`{shown}` is a date; a length of time belongs here"
        advice = "to wait for a day, make it an input or an answer: `0 hours from inputs.day`"
        raise _refused("CW503", message, word.span, advice=advice)
    advice = "for a part of a unit take a smaller unit: `36 hours` for one and a half days"
    raise _refused("CW503", f"`{shown}` is not a whole number in digits", word.span, advice=advice)


def _unit(words: list[_Word]) -> tuple[Unit, int]:
    """The unit after the number, and how many words number and unit take together."""
    number = words[0]
    if len(words) == 1 or words[1].text in JOINTS:
        advice = f"say of what, like `{number.text} working days`"
        raise _refused(
            "CW505", f"`{number.text}` has no unit", number.span, allowed=tuple(Unit), advice=advice
        )
    two = len(words) > 2 and words[2].low not in JOINTS and _makes_a_pair(words[1].low, words[2].low)
    used = 3 if two else 2
    said = " ".join(each.text for each in words[1:used])
    if said in UNITS:
        return UNITS[said], used
    scale, scaled = clock_words.SCALED.get(said.lower(), (0, ""))
    if scale:
        suggestion: str | None = scaled
        advice = f"write `{int(number.text) * scale} {scaled}`"
    else:
        suggestion = _meant(said, number.text)
        advice = clock_words.ADVICE.get(said.lower(), "write the unit out, in small letters")
    message = f"`{_shown(said)}` is not a unit of time"
    span = words[1].start, words[used - 1].end
    raise _refused("CW506", message, span, allowed=tuple(Unit), suggestion=suggestion, advice=advice)


def _makes_a_pair(first: str, second: str) -> bool:
    """Whether two words together are meant as one unit: `working days`, `business hours`, `wroking days`."""
    return first in clock_words.PAIRED or (first not in UNITS and second in UNITS)


def _meant(said: str, number: str) -> str | None:
    """The unit that was probably meant, in the form that fits the number."""
    low = said.lower()
    if low in clock_words.ADVICE:
        return None
    name = clock_words.OTHER_UNITS.get(low) or suggest(low, UNITS)
    if name is None:
        return None
    return UNITS[name].one if number == "1" else UNITS[name].value


def _origin(words: list[_Word], text: str) -> tuple[Direction, Origin]:
    """Direction and origin from what stands after the unit."""
    joint = words[0]
    if joint.text not in JOINTS:
        raise _unknown_joint(words)
    direction: Direction = "after" if joint.text == "from" else "before"
    if len(words) == 1:
        advice = f"name it: `... {joint.text} due` or `... {joint.text} inputs.received_at`"
        raise _refused("CW507", f"`{joint.text}` needs a moment after it", joint.span, advice=advice)
    start, end = words[1].start, words[-1].end
    origin = text[start:end]
    said = " ".join(each.low for each in words[1:])
    if origin == "due":
        return direction, Origin("due", origin, start)
    if said in clock_words.DUE:
        message, advice = f"`{origin}` is not the name of a moment", "the step's due date is called `due`"
        raise _refused("CW507", message, (start, end), suggestion="due", advice=advice)
    if said in clock_words.STEP_START:
        advice = f"leave out `{joint.text} {origin}`: a clock without it counts from when the step starts"
        message = f"`{origin}` is not the name of a moment"
        raise _refused("CW507", message, (joint.start, end), advice=advice)
    if re.fullmatch(r"[^\W\d]+(?: [^\W\d]+)+", origin) and not JOINED & set(origin.split()):
        advice = "a moment is the name of a value, such as `inputs.received_at`"
        raise _refused("CW507", f"`{origin}` is not the name of a moment", (start, end), advice=advice)
    return direction, Origin("expression", origin, start)


def _unknown_joint(words: list[_Word]) -> ClockError:
    """What stands after the unit and is neither `from` nor `before`."""
    joint = words[0]
    if joint.low in clock_words.JOINING or re.match(r"[0-9+]", joint.text):
        advice = "take the smaller unit: `36 hours` for a day and 12 hours"
        span = joint.start, words[-1].end
        return _refused("CW509", "a clock has one number and one unit", span, advice=advice)
    if joint.low == "ago":
        advice = "name the moment: `2 working days before due`"
        return _refused("CW508", "a clock does not count back from now", joint.span, advice=advice)
    instead = clock_words.INSTEAD.get(joint.low) or suggest(joint.low, JOINTS)
    advice = f"after the unit write `from` or `before` and the moment, like `{EXAMPLE}`"
    message = f"a clock does not know `{_shown(joint.text)}`"
    return _refused("CW508", message, joint.span, allowed=JOINTS, suggestion=instead, advice=advice)


def _shown(text: str) -> str:
    return text if len(text) <= 30 else f"{text[:27]}..."


def _refused(
    code: str,
    message: str,
    span: tuple[int, int],
    *,
    allowed: tuple[str, ...] = (),
    suggestion: str | None = None,
    advice: str | None = None,
) -> ClockError:
    return ClockError([Problem(code, message, *span, allowed, suggestion, advice)])
