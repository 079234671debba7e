"""What the operators and functions of expressions compute, on values that are all there. No clock is read."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

from definitions.diagnostics import MessageError
from definitions.runtime_values import (
    MISSING,
    DurationUnit,
    DurationValue,
    MoneyValue,
    RecordView,
    Singleton,
    ValueConflictError,
)
from definitions.time.calendars import CalendarError, WorkingCalendar
from definitions.time.clocks import Unit
from definitions.time.local_time import completed_years, to_moment

LARGEST_DIGITS: Final = 40
DECIMALS: Final = Context(
    prec=LARGEST_DIGITS,
    Emin=-LARGEST_DIGITS,
    Emax=LARGEST_DIGITS,
    traps=[DivisionByZero, InvalidOperation, Overflow],
)
"""Forty digits: more than any amount needs, few enough that no expression can be made slow."""


class EvaluationError(MessageError):
    """An expression has no value. The message has names, kinds and units, never values of a case.

    `start` and `end` are the place in the expression's text, once it is known. `text` is that of the whole
    expression and `values` what its names stood for: data of the case, for those who may see it, never for a
    log.
    """

    def __init__(self, message: str, start: int | None = None, end: int | None = None) -> None:
        super().__init__(message)
        self.start, self.end = start, end
        self.text = ""
        self.values: Mapping[str, object] = {}

    def at(self, start: int, end: int) -> EvaluationError:
        """The same error with its place; the first place given stays."""
        return self if self.start is not None else EvaluationError(self.message, start, end)


@dataclass(frozen=True, slots=True)
class Moment:
    """The moment, the time zone and the working calendar in which an expression is evaluated."""

    now: datetime
    zone: ZoneInfo
    calendar: WorkingCalendar | None = None

    @property
    def today(self) -> date:
        """The date in the zone."""
        return self.local_date(self.now)

    def local_date(self, value: date | datetime) -> date:
        """A date as it is; of a moment its date in the zone."""
        return value.astimezone(self.zone).date() if isinstance(value, datetime) else value

    def is_open(self, moment: datetime) -> bool:
        """Whether people work at that moment. EvaluationError where there is no calendar to tell by."""
        try:
            return self._calendar().is_open(moment)
        except CalendarError as error:
            raise EvaluationError(error.message) from error

    def worked(self, amount: Decimal, unit: Unit, origin: date | datetime) -> datetime:
        """The moment so much working time after a date or a moment; of a date its first minute counts."""
        office = self._calendar()
        if not isinstance(origin, datetime):
            origin = to_moment(origin, time(0), office.zone)
        counted = whole(amount, unit.value)
        try:
            return office.add(origin, abs(counted), unit, "after" if counted >= 0 else "before").moment_utc
        except CalendarError as error:
            raise EvaluationError(error.message) from error

    def _calendar(self) -> WorkingCalendar:
        if self.calendar is None:
            raise EvaluationError("there is no working calendar here")
        return self.calendar


def arithmetic(sign: str, left: object, right: object, moment: Moment) -> object:
    """`left sign right`. The caller has set `DECIMALS` as the decimal context.

    Raises:
        EvaluationError: for kinds that do not go together, and for a date outside the calendar.
        ValueConflictError: for two currencies, and for months beside days.
    """
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return _calculate(sign, left, right)
    if sign in "+-" and isinstance(left, date):
        if isinstance(right, DurationValue):
            return shifted(left, right, moment.zone, -1 if sign == "-" else 1)
        if sign == "-" and isinstance(right, date):
            return _apart(left, right)
    if sign == "+" and isinstance(left, DurationValue) and isinstance(right, date):
        return shifted(right, left, moment.zone, 1)
    if isinstance(left, MoneyValue | DurationValue) or isinstance(right, MoneyValue | DurationValue):
        return _scaled_or_joined(sign, left, right)
    raise EvaluationError(f"`{sign}` cannot join {kind_of(left)} and {kind_of(right)}")


def shifted(value: date, duration: DurationValue, zone: ZoneInfo, direction: int) -> date:
    """A date or moment moved by a length of time.

    Hours and minutes are exact. Days, weeks and months keep the time of day in `zone`; a time that the clock
    skips moves forward with it. A day that a month lacks becomes its last (31 January + 1 month).
    """
    try:
        if duration.unit in ("minutes", "hours"):
            if not isinstance(value, datetime):
                raise EvaluationError("a date has no time of day; add days, weeks or months to it")
            return value + timedelta(seconds=int(duration.minutes * 60) * direction)
        amount = direction * whole(duration.amount, duration.unit)
        if not isinstance(value, datetime):
            return _moved(value, amount, duration.unit)
        local = value.astimezone(zone)
        day = _moved(local.date(), amount, duration.unit)
        return datetime.combine(day, local.timetz()).astimezone(UTC)
    except (OverflowError, ValueError):
        raise EvaluationError("the date lies outside the calendar (years 1 to 9999)") from None


def whole(amount: Decimal | int, what: str) -> int:
    """The amount as a whole number; raises EvaluationError when it is none, or absurdly large."""
    counted = int(amount)
    if counted != amount:
        raise EvaluationError(f"{what} are counted in whole numbers")
    if not -10_000_000 <= counted <= 10_000_000:
        raise EvaluationError(f"too many {what}")
    return counted


def age_on(born: date, day: date) -> Decimal:
    """Completed years of life; for 29 February, where there is none, a year is completed on 1 March."""
    if day < born:
        raise EvaluationError("age_on: the day lies before the date of birth")
    return Decimal(completed_years(born, day))


def rounded(value: object, digits: Decimal) -> object:
    """Commercial rounding: half away from zero, also for negative amounts."""
    places = whole(digits, "digits")
    if not 0 <= places <= 10:
        raise EvaluationError("round: 0 to 10 digits")
    step = Decimal(1).scaleb(-places)
    if isinstance(value, MoneyValue):
        return MoneyValue(value.amount.quantize(step, ROUND_HALF_UP), value.currency)
    assert isinstance(value, Decimal)  # noqa: S101 - the types have been checked
    return value.quantize(step, ROUND_HALF_UP)


def total(values: Sequence[object]) -> object:
    """The sum of numbers or of amounts in one currency.

    Missing when one of them is missing, because a sum of what is there would look like the whole; and missing
    when there are none, because nothing recorded is not 0.
    """
    if any(value is MISSING for value in values):
        return MISSING
    result: object = None
    for value in values:
        if not isinstance(value, Decimal | MoneyValue):
            raise EvaluationError(f"sum: {kind_of(value)} cannot be added")
        result = value if result is None else _scaled_or_joined("+", result, value)
    return MISSING if result is None else result


def extreme(values: Sequence[object], sign: int) -> object:
    """The smallest (sign -1) or largest (1) value; missing when one is missing or there are none."""
    if not values or any(value is MISSING for value in values):
        return MISSING
    best = values[0]
    for value in values[1:]:
        if compared(value, best) == sign:
            best = value
    return best


def compared(left: object, right: object) -> int:
    """-1, 0 or 1 as left is smaller, equal or larger. Both are numbers, money, dates, moments or durations.

    Raises:
        EvaluationError: they are of different kinds.
        ValueConflictError: two currencies, or months beside days.
    """
    if isinstance(left, DurationValue) and isinstance(right, DurationValue):
        return left.compared(right)
    if isinstance(left, MoneyValue) and isinstance(right, MoneyValue):
        return (left > right) - (left < right)
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return (left > right) - (left < right)
    if isinstance(left, date) and isinstance(right, date) and _moments(left) == _moments(right):
        return (left > right) - (left < right)
    raise EvaluationError(f"{kind_of(left)} and {kind_of(right)} cannot be compared by size")


def same(left: object, right: object) -> bool:
    """Whether two texts, codes or records are the same; numbers, dates and the like by their size."""
    if isinstance(left, RecordView) or isinstance(right, RecordView):
        return _same_record(left, right)
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    return compared(left, right) == 0


def money(amount: Decimal, currency: str) -> MoneyValue:
    """An amount; raises EvaluationError when the currency is not a code of three letters."""
    if not is_currency(currency):
        raise EvaluationError("money: a currency is a code of three capital letters")
    return MoneyValue(amount, currency)


def is_currency(code: str) -> bool:
    """Whether this has the form of an ISO 4217 code."""
    return re.fullmatch(r"[A-Z]{3}", code) is not None


def kind_of(value: object) -> str:
    """What a value is, in words that tell nothing of the value itself."""
    words: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (Singleton, "nothing"),
        (bool, "a condition"),
        (Decimal, "a number"),
        (str, "a text or code"),
        (datetime, "a date and time"),
        (date, "a date"),
        (MoneyValue, "an amount of money"),
        (DurationValue, "a length of time"),
        ((tuple, frozenset), "several values"),
        (RecordView, "a record"),
    )
    return next((word for kind, word in words if isinstance(value, kind)), "a value of another kind")


def _calculate(sign: str, left: Decimal, right: Decimal) -> Decimal:
    match sign:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case _:
            return left / right


def _scaled_or_joined(sign: str, left: object, right: object) -> object:  # noqa: PLR0911, PLR0912 - a table
    match sign, left, right:
        case "+", MoneyValue(), MoneyValue():
            return left + right
        case "-", MoneyValue(), MoneyValue():
            return left - right
        case "/", MoneyValue(), MoneyValue():
            compared(left, right)  # refuses two currencies
            return left.amount / right.amount
        case "*", MoneyValue(), Decimal():
            return left * right
        case "*", Decimal(), MoneyValue():
            return right * left
        case "/", MoneyValue(), Decimal():
            return left / right
        case (("+" | "-"), DurationValue(), DurationValue()):
            return _joined(left, right, -1 if sign == "-" else 1)
        case "*", DurationValue(amount, unit), Decimal():
            return DurationValue(amount * right, unit)
        case "*", Decimal(), DurationValue(amount, unit):
            return DurationValue(amount * left, unit)
        case "/", DurationValue(amount, unit), Decimal():
            return DurationValue(amount / right, unit)
        case "/", DurationValue(), DurationValue():
            return _ratio(left, right)
        case "+", Decimal(), Decimal():
            return left + right
        case _:
            raise EvaluationError(f"`{sign}` cannot join {kind_of(left)} and {kind_of(right)}")


def _joined(left: DurationValue, right: DurationValue, sign: int) -> DurationValue:
    if left.unit == right.unit:
        return DurationValue(left.amount + sign * right.amount, left.unit)
    minutes = left.minutes + sign * right.minutes
    unit: DurationUnit = (
        "days" if left.unit in ("days", "weeks") and right.unit in ("days", "weeks") else "minutes"
    )
    return DurationValue(_decimal(minutes / 1440 if unit == "days" else minutes), unit)


def _ratio(left: DurationValue, right: DurationValue) -> Decimal:
    if left.in_months and right.in_months:
        return Decimal(left.amount) / Decimal(right.amount)
    return _decimal(left.minutes) / _decimal(right.minutes)


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def _apart(left: date, right: date) -> DurationValue:
    if isinstance(left, datetime) and isinstance(right, datetime):
        seconds = (left - right) // timedelta(seconds=1)
        return DurationValue(Decimal(seconds) / 60, "minutes")
    if isinstance(left, datetime) or isinstance(right, datetime):
        raise EvaluationError("a date and a date and time cannot be subtracted; take date_of() first")
    return DurationValue(Decimal((left - right).days), "days")


def _moved(day: date, amount: int, unit: str) -> date:
    if unit != "months":
        return day + timedelta(days=amount * (7 if unit == "weeks" else 1))
    months = day.year * 12 + day.month - 1 + amount
    year, month = divmod(months, 12)
    if not 1 <= year <= 9999:
        raise OverflowError
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _moments(value: date) -> bool:
    return isinstance(value, datetime)


def _same_record(left: object, right: object) -> bool:
    if isinstance(left, RecordView) and isinstance(right, RecordView):
        return left.record == right.record and left.id == right.id
    if isinstance(left, RecordView) and isinstance(right, str):
        return left.id == right
    if isinstance(right, RecordView) and isinstance(left, str):
        return right.id == left
    raise ValueConflictError(f"{kind_of(left)} and {kind_of(right)} cannot be the same")
