"""`aggregate`: add up what several records have, exactly, such as the income of a household.

Incomes are brought to one period by how often they come in a year (52 weeks, 26 fortnights, 12 months, 4
quarters), as exact fractions; the result is rounded once, half to even, to cents.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self

from pydantic import model_validator

from definitions.arguments import CheckedByKind, StepArguments, StepOutput, Value
from definitions.catalogue import Look
from definitions.runtime_values import MISSING, MoneyValue
from definitions.types import Condition, ListOf, Money, Number, Record, Struct, Text, Type, Unknown, describe
from tasks.call import Call
from tasks.history import Act, Happening, audit, chronicle
from tasks.records.record_view import LiveRecord
from tasks.records.relations import relation_of
from tasks.records.relatives import check_day, day_of
from tasks.registry import step_kind
from tasks.result import DefiniteFailure, StepError

_A_YEAR: Mapping[str, int] = MappingProxyType(
    {"weekly": 52, "fortnightly": 26, "monthly": 12, "quarterly": 4, "yearly": 1}
)
_PERIODS: Mapping[str, int] = MappingProxyType({"week": 52, "month": 12, "year": 1})
_WAYS: Mapping[str, Callable[[Sequence[Fraction]], Fraction]] = MappingProxyType(
    {
        "sum": lambda parts: sum(parts, Fraction()),
        "average": lambda parts: sum(parts, Fraction()) / len(parts),
        "smallest": min,
        "largest": max,
    }
)


def in_a_month(amount: Decimal, frequency: str) -> Fraction:
    """What an amount that comes so often is in a month, exactly; by the rule of `aggregate`."""
    return Fraction(amount) * Fraction(_A_YEAR[frequency], _PERIODS["month"])


def to_cents(exact: Fraction) -> Decimal:
    """Rounded once, half to even."""
    return Decimal(round(exact * 100)).scaleb(-2)


class Aggregate(StepArguments):
    """`over:` records; one of `sum:`, `average:`, `smallest:`, `largest:` with what of each.

    `per:` brings what comes weekly, fortnightly, quarterly or yearly to one period. `as_of:` counts what
    is in force on that day (today). Somebody of whom nothing is recorded is missing, never 0: an income
    of 0 has to be recorded. `missing: stop` fails then; `missing: provisional` gives what is known.
    """

    over: Annotated[Value, CheckedByKind()]
    sum: str | None = None
    average: str | None = None
    smallest: str | None = None
    largest: str | None = None
    per: Literal["week", "month", "year"] | None = None
    as_of: Annotated[Value | None, CheckedByKind()] = None
    missing: Literal["provisional", "stop"] = "provisional"

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if len([way for way in _WAYS if getattr(self, way) is not None]) != 1:
            raise ValueError(f"give exactly one of {', '.join(_WAYS)}")
        return self

    @property
    def way(self) -> str:
        """Which of the four it is."""
        return next(way for way in _WAYS if getattr(self, way) is not None)

    @property
    def what(self) -> tuple[str, ...]:
        """What is taken of each record, part by part."""
        return tuple(str(getattr(self, self.way)).split("."))


class SumOutput(StepOutput):
    """`total` of what is known, or None where nothing is.

    `known` and `missing` count members; `conversions` are in words; `entries` are the single amounts
    with their sources and dates, for people.
    """

    total: Any
    known: int
    missing: int
    missing_members: tuple[Any, ...]
    provisional: bool
    conversions: tuple[str, ...]
    entries: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    """One amount of one member; `share` is what it comes to in the period, exactly."""

    member: LiveRecord
    entry: LiveRecord
    value: MoneyValue | Decimal
    share: Fraction
    frequency: str | None


def _outputs(arguments: Aggregate, look: Look) -> Type:
    kind = look.value(arguments.over, ("over",))
    if arguments.as_of is not None:
        check_day(arguments.as_of, look, ("as_of",))
    if isinstance(kind, Unknown):
        return Unknown()
    if not (isinstance(kind, ListOf) and isinstance(kind.item, Record)):
        look.report("CW408", f"`over` is {describe(kind)}; a list of records belongs here", ("over",))
        return Unknown()
    total = _summed_type(arguments, kind.item, look)
    return Struct(
        (
            ("total", total),
            ("known", Number()),
            ("missing", Number()),
            ("missing_members", kind),
            ("provisional", Condition()),
            ("conversions", ListOf(Text())),
        )
    )


def _summed_type(arguments: Aggregate, member: Record, look: Look) -> Type:
    """The type of the total; reports what can't be added up and a period that does not apply."""
    path, *rest = arguments.what
    place = (arguments.way,)
    entry = look.field_type(member.name, path, place)
    if rest and isinstance(entry, ListOf):
        entry = entry.item
    record = member.name
    if rest and isinstance(entry, Record) and len(rest) == 1:
        record, entry = entry.name, look.field_type(entry.name, rest[0], place)
    if isinstance(entry, Unknown):
        return entry
    if not isinstance(entry, Money | Number):
        what = ".".join(arguments.what)
        advice = "name a field with amounts or numbers, such as `income.amount`"
        look.report("CW408", f"`{what}` is {describe(entry)}, which can't be added up", place, advice=advice)
        return Unknown()
    if arguments.per is not None and "frequency" not in look.catalogue.records.get(record, {}):
        look.report(
            "CW408", f"a {record} does not say how often it comes", ("per",), advice="leave `per` out"
        )
    return entry


def _explain(arguments: Aggregate) -> list[str]:
    what = ".".join(arguments.what)
    over = arguments.over.expression.text if arguments.over.expression else arguments.over.literal
    period = f" per {arguments.per}" if arguments.per else ""
    ending = "the result is provisional" if arguments.missing == "provisional" else "the step fails"
    return [
        f"Takes the {arguments.way} of {what}{period} over {over}.",
        f"What is missing never counts as 0: {ending}.",
    ]


@step_kind(
    "aggregate",
    number=1,
    summary="Adds up what several records have",
    arguments=Aggregate,
    output=SumOutput,
    main="total",
    outputs=_outputs,
    explain=_explain,
)
def aggregate(call: Call, arguments: Aggregate) -> SumOutput:
    """Add up; fails for amounts in two currencies, and for missing ones where the definition says so."""
    members = call.value(arguments.over)
    if not isinstance(members, tuple):
        raise StepError("no_members", "what `over:` leads to is not recorded")
    day = day_of(call, arguments.as_of)
    parts: list[_Part] = []
    missing: list[LiveRecord] = []
    for member in members:
        view = LiveRecord(member.record, member.id, call.session)
        found = list(_entries(view, arguments.what, day))
        known = [
            part for entry, name in found if (part := _part(view, entry, name, arguments.per)) is not None
        ]
        parts += known
        if not found or len(known) < len(found):
            missing.append(view)
    if missing and arguments.missing == "stop":
        raise DefiniteFailure(
            "amount_missing", f"{len(missing)} of {len(members)} have no {'.'.join(arguments.what)}"
        )
    output = _output(arguments, members, parts, missing)
    if members:
        audit(call, Act.READ, members[0].record, None, [".".join(arguments.what)])
    _tell(call, output)
    return output


def _entries(member: LiveRecord, what: tuple[str, ...], day: date) -> Iterator[tuple[LiveRecord, str]]:
    """The records that hold a member's amounts, with the field; those in force on that day."""
    if len(what) == 1:
        yield member, what[0]
        return
    relation = relation_of(member.record, what[0])
    found = member.field(what[0]) if relation is None else member.related(relation, day)
    for entry in found if isinstance(found, tuple) else (found,):
        if isinstance(entry, LiveRecord):
            yield entry, what[1]


def _part(member: LiveRecord, entry: LiveRecord, name: str, per: str | None) -> _Part | None:
    value = entry.field(name)
    if not isinstance(value, MoneyValue | Decimal):
        return None
    amount = Fraction(value.amount if isinstance(value, MoneyValue) else value)
    if per is None:
        return _Part(member, entry, value, amount, None)
    frequency = str(entry.field("frequency"))
    return _Part(member, entry, value, amount * Fraction(_A_YEAR[frequency], _PERIODS[per]), frequency)


def _output(
    arguments: Aggregate, members: Sequence[object], parts: Sequence[_Part], missing: Sequence[LiveRecord]
) -> SumOutput:
    currencies = sorted({part.value.currency for part in parts if isinstance(part.value, MoneyValue)})
    if len(currencies) > 1:
        message = f"amounts in {' and '.join(currencies)} can't be added up; record them in one currency"
        raise DefiniteFailure("two_currencies", message)
    total = _rounded(_WAYS[arguments.way]([part.share for part in parts]), currencies) if parts else None
    return SumOutput(
        total=total,
        known=len(members) - len(missing),
        missing=len(missing),
        missing_members=tuple(missing),
        provisional=bool(missing) or not parts,
        conversions=tuple(_words(part, arguments.per) for part in parts if part.frequency),
        entries=tuple(_shown(part) for part in parts),
    )


def _rounded(exact: Fraction, currencies: Sequence[str]) -> MoneyValue | Decimal:
    if not currencies:
        return Decimal(exact.numerator) / Decimal(exact.denominator)
    return MoneyValue(to_cents(exact), currencies[0])


def _words(part: _Part, per: str | None) -> str:
    """A conversion that can be checked by hand.

    `100.00 USD weekly x 52 / 12 = 433.33 USD a month (earned, since 2026-01-05)`
    """
    currency = part.value.currency if isinstance(part.value, MoneyValue) else ""
    factor = f" x {_A_YEAR[part.frequency or '']} / {_PERIODS[per or '']}"
    same = _A_YEAR[part.frequency or ""] == _PERIODS[per or ""]
    comes_to = "" if same else f"{factor} = {_rounded(part.share, [currency])} a {per}"
    return f"{part.value} {part.frequency}{comes_to} ({_source(part)})"


def _source(part: _Part) -> str:
    """Where the amount is from and how old the word is, as far as the record says."""
    said = [str(part.entry.field("source")).replace("_", " ")] if part.entry.record == "Income" else []
    for field, word in (("starts_on", "since"), ("confirmed_on", "confirmed")):
        day = part.entry.field(field) if part.entry.record == "Income" else MISSING
        if isinstance(day, date):
            said.append(f"{word} {day.isoformat()}")
    return ", ".join(said) or part.entry.record


def _shown(part: _Part) -> dict[str, Any]:
    return {
        "member": part.member.id,
        "record": part.entry.id,
        "amount": str(part.value),
        "frequency": part.frequency,
        "source": _source(part),
    }


def _tell(call: Call, output: SumOutput) -> None:
    known = f"{output.total}" if output.total is not None else "nothing known"
    missing = f"; missing for {output.missing}" if output.missing else ""
    chronicle(
        call,
        Happening.SUM_CALCULATED,
        f"{call.step.title}: {known}{missing}",
        "; ".join(output.conversions),
        significant=False,
    )
