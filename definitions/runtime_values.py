"""The values that expressions work on while a process runs.

Numbers are `int` or `Decimal`, dates `date`, moments aware `datetime`, choices and yes/no answers their codes
as `str`, several choices and lists `tuple`s, groups of values mappings. The rest is here.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Final, Literal, Self, TypeAlias

from definitions.diagnostics import MessageError

DurationUnit = Literal["minutes", "hours", "days", "weeks", "months"]

_MINUTES: Final[dict[str, int]] = {"minutes": 1, "hours": 60, "days": 1440, "weeks": 10080}


class ValueConflictError(MessageError):
    """Two values cannot be combined. The message names kinds, units and currencies, never amounts."""


class Singleton(Enum):
    """The three values that are not values. Asking one for its truth is a programming error."""

    MISSING = "missing"
    ABSENT = "absent"
    UNDECIDED = "undecided"

    def __bool__(self) -> bool:
        raise TypeError(f"{self.name} is neither true nor false; compare it with `is`")

    def __repr__(self) -> str:
        return self.name

    __str__ = __repr__


MissingType: TypeAlias = Literal[Singleton.MISSING]
AbsentType: TypeAlias = Literal[Singleton.ABSENT]
UndecidedType: TypeAlias = Literal[Singleton.UNDECIDED]

MISSING: Final = Singleton.MISSING
"""Nobody has given this value yet."""
ABSENT: Final = Singleton.ABSENT
"""The step that would have given this value was skipped."""
UNDECIDED: Final = Singleton.UNDECIDED
"""A condition that depends on a missing value."""


class RecordView(ABC):
    """A record as expressions see it. `field` gives MISSING for what is empty."""

    __slots__ = ()

    @property
    @abstractmethod
    def record(self) -> str:
        """The record's name in the catalogue."""

    @property
    @abstractmethod
    def id(self) -> str:
        """The record's id."""

    @abstractmethod
    def field(self, name: str) -> object:
        """The value of a field that the catalogue names."""


@dataclass(frozen=True, slots=True)
class MoneyValue:
    """An amount in one currency (ISO 4217). Two currencies are never added or compared."""

    amount: Decimal
    currency: str

    def __add__(self, other: "MoneyValue") -> "MoneyValue":
        return MoneyValue(self.amount + self._same(other).amount, self.currency)

    def __sub__(self, other: "MoneyValue") -> "MoneyValue":
        return MoneyValue(self.amount - self._same(other).amount, self.currency)

    def __mul__(self, factor: Decimal | int) -> "MoneyValue":
        return MoneyValue(self.amount * factor, self.currency)

    def __truediv__(self, divisor: Decimal | int) -> "MoneyValue":
        return MoneyValue(self.amount / divisor, self.currency)

    def __neg__(self) -> "MoneyValue":
        return MoneyValue(-self.amount, self.currency)

    def __lt__(self, other: "MoneyValue") -> bool:
        return self.amount < self._same(other).amount

    def __le__(self, other: "MoneyValue") -> bool:
        return self.amount <= self._same(other).amount

    def __gt__(self, other: "MoneyValue") -> bool:
        return self.amount > self._same(other).amount

    def __ge__(self, other: "MoneyValue") -> bool:
        return self.amount >= self._same(other).amount

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def _same(self, other: Self) -> Self:
        if self.currency != other.currency:
            raise ValueConflictError(
                f"{self.currency} and {other.currency} cannot be added or compared; convert one of them first"
            )
        return other


@dataclass(frozen=True, slots=True)
class DurationValue:
    """A length of time in one unit. Equal durations in different units compare as equal with `same_as`."""

    amount: Decimal | int
    unit: DurationUnit

    @property
    def in_months(self) -> bool:
        """Whether it is counted in months, which have no fixed length."""
        return self.unit == "months"

    @property
    def minutes(self) -> Fraction:
        """The exact number of minutes, a day taken as 24 hours.

        Raises:
            ValueConflictError: it is counted in months.
        """
        if self.unit == "months":
            raise ValueConflictError("months have no fixed number of days; compare them with months only")
        return Fraction(self.amount) * _MINUTES[self.unit]

    def same_as(self, other: "DurationValue") -> bool:
        """Whether both last equally long."""
        return self.compared(other) == 0

    def compared(self, other: "DurationValue") -> int:
        """-1, 0 or 1 as this one is shorter, equal or longer.

        Raises:
            ValueConflictError: months beside another unit.
        """
        if self.in_months and other.in_months:
            mine, others = Fraction(self.amount), Fraction(other.amount)
        else:
            mine, others = self.minutes, other.minutes
        return (mine > others) - (mine < others)

    def __str__(self) -> str:
        unit = self.unit[:-1] if self.amount == 1 else self.unit
        return f"{self.amount} {unit}"
