"""Tree -> value: `evaluate` and `decide`. Three-valued, exact, and linear in the parts of the expression."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, DivisionByZero, InvalidOperation, Overflow, localcontext
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from definitions.expressions import computation
from definitions.expressions.computation import DECIMALS, LARGEST_DIGITS, EvaluationError, Moment
from definitions.expressions.functions import FUNCTIONS
from definitions.expressions.nodes import (
    Arithmetic,
    Call,
    Comparison,
    Constant,
    Expression,
    Items,
    Junction,
    Known,
    Name,
    Negative,
    Node,
    Not,
    Path,
    walk,
)
from definitions.runtime_values import (
    ABSENT,
    MISSING,
    UNDECIDED,
    DurationValue,
    MoneyValue,
    RecordView,
    Singleton,
    UndecidedType,
    ValueConflictError,
)
from definitions.time.calendars import WorkingCalendar
from definitions.types import NO_ANSWER

_SAYS_WHAT = frozenset({"is", "==", "in"})
"""Comparisons that say what an answer is. `is not no` is how a definition counts what tells nothing too."""

_TOO_LARGE = 10**LARGEST_DIGITS


class Environment(Protocol):
    """Where an expression finds its values, and in which moment."""

    @property
    def now(self) -> datetime:
        """The moment of the evaluation, with its zone."""
        ...

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which a moment has a date."""
        ...

    @property
    def calendar(self) -> WorkingCalendar | None:
        """The working calendar, where there is one."""
        ...

    def knows(self, name: str) -> bool:
        """Whether a name is in scope. A bare word that is not is an option (`homeless`)."""
        ...

    def lookup(self, path: Path) -> object:
        """The value of a dotted name whose first part is in scope; MISSING or ABSENT when it has none."""
        ...


@dataclass(frozen=True, slots=True)
class MappingEnvironment:
    """An environment of plain values: mappings and records are walked by the parts of a name."""

    values: Mapping[str, object]
    now: datetime
    zone: ZoneInfo
    calendar: WorkingCalendar | None = None

    def knows(self, name: str) -> bool:
        """Whether a value has this name."""
        return name in self.values

    def lookup(self, path: Path) -> object:
        """The value at the end of a path. What a mapping does not have is MISSING."""
        value = self.values[path[0]]
        for length, part in enumerate(path[1:], start=1):
            if value is None or isinstance(value, Singleton):
                break
            if isinstance(value, Mapping):
                value = value.get(part, MISSING)
            elif isinstance(value, RecordView):
                value = value.id if part == "id" else value.field(part)
            else:
                raise EvaluationError(f"`{'.'.join(path[:length])}` has no fields")
        return MISSING if value is None else value


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The value of an expression, and which value each name had that was read, in that order."""

    value: object
    trace: tuple[tuple[str, object], ...]


def evaluate(expression: Expression, environment: Environment, *, telling: bool = False) -> Evaluation:
    """The value of an expression that `infer` found no fault with.

    Numbers are Decimals. A missing operand makes arithmetic MISSING and comparisons UNDECIDED; `and`, `or`,
    `not` are Kleene's, read from left to right and only as far as needed. With `telling` only answers that
    tell something decide: `x is yes` is UNDECIDED for a code of NO_ANSWER; `x is doesnt_know` is not, nor is
    `x is not no`.

    Raises:
        EvaluationError: an absent value is read, a division by zero, two currencies, a number beyond 40
            digits, a date outside the calendar, a value that the language does not have. The message names no
            values.
    """
    reading = _Reading(environment, Moment(environment.now, environment.zone, environment.calendar), telling)
    with localcontext(DECIMALS):
        try:
            value = reading.value(expression.root)
        except EvaluationError as error:
            error.text, error.values = expression.text, reading.values(expression)
            raise
    return Evaluation(value, tuple(reading.trace.items()))


def decide(
    expression: Expression, environment: Environment, *, telling: bool = False
) -> tuple[bool | UndecidedType, Evaluation]:
    """Evaluate a condition: True, False or UNDECIDED, and the evaluation. `telling` is that of `evaluate`.

    Raises:
        EvaluationError: as `evaluate`, and when the expression is not a condition.
    """
    found = evaluate(expression, environment, telling=telling)
    return _truth(found.value), found


def _truth(value: object) -> bool | UndecidedType:
    if isinstance(value, bool):
        return value
    if value is UNDECIDED or value is MISSING:
        return UNDECIDED
    raise EvaluationError(f"a condition was expected, not {computation.kind_of(value)}")


@dataclass(slots=True)
class _Reading:
    """One evaluation; remembers what was read."""

    environment: Environment
    moment: Moment
    telling: bool = False
    trace: dict[str, object] = field(default_factory=dict)

    def value(self, node: Node) -> object:
        """The value of a node; what fails is reported with the place of the innermost node that failed."""
        try:
            return self._value(node)
        except EvaluationError as error:
            if error.start is not None:
                raise
            raise error.at(node.start, node.end) from error.__cause__
        except ValueConflictError as error:
            raise EvaluationError(error.message).at(node.start, node.end) from error
        except DivisionByZero:
            raise EvaluationError("a division by zero").at(node.start, node.end) from None
        except (Overflow, InvalidOperation):
            message = "a number that cannot be computed, or is too large"
            raise EvaluationError(message).at(node.start, node.end) from None

    def _value(self, node: Node) -> object:  # noqa: PLR0911 - one return per kind of node
        match node:
            case Constant(value=value):
                return value
            case Name():
                return self._present(node)
            case Arithmetic():
                return self._arithmetic(node)
            case Negative(operand=operand):
                return self._negative(self.value(operand))
            case Call():
                return self._call(node)
            case Known(operand=operand, negated=negated):
                return self._is_known(operand) != negated
            case Not(operand=operand):
                truth = _truth(self.value(operand))
                return UNDECIDED if truth is UNDECIDED else not truth
            case Junction(sign=sign, operands=operands):
                return self._junction(operands, decisive=sign == "or")
            case Comparison():
                return self._comparison(node)
            case Items(items=items):
                return tuple(self.value(item) for item in items)

    def values(self, expression: Expression) -> dict[str, object]:
        """What the names of an expression stand for, also of those that were not reached."""
        for node in walk(expression.root):
            if isinstance(node, Name):
                with suppress(EvaluationError):
                    self._lookup(node)
        return self.trace

    # -- names

    def _present(self, node: Name) -> object:
        value = self._lookup(node)
        if value is ABSENT:
            raise EvaluationError(f"`{'.'.join(node.path)}` is absent, because its step was skipped")
        return value

    def _lookup(self, node: Name) -> object:
        name = ".".join(node.path)
        if not self.environment.knows(node.path[0]):
            if node.word is not None:
                return node.word
            raise EvaluationError(f"`{node.path[0]}` is not known here")
        if name not in self.trace:
            self.trace[name] = _ours(self.environment.lookup(node.path), name)
        return self.trace[name]

    def _is_known(self, operand: Node) -> bool:
        value = self._lookup(operand) if isinstance(operand, Name) else self.value(operand)
        return not isinstance(value, Singleton) and not (isinstance(value, str) and value in NO_ANSWER)

    # -- computing

    def _arithmetic(self, node: Arithmetic) -> object:
        if node.word is not None:
            names = [part.path[0] for part in walk(node) if isinstance(part, Name)]
            if not any(self.environment.knows(name) for name in names):
                return node.word
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(left, Singleton) or isinstance(right, Singleton):
            return MISSING
        return computation.arithmetic(node.sign, left, right, self.moment)

    def _negative(self, value: object) -> object:
        match value:
            case Singleton():
                return MISSING
            case Decimal() | MoneyValue():
                return -value
            case DurationValue(amount, unit):
                return DurationValue(-amount, unit)
            case _:
                raise EvaluationError(f"`-` cannot stand before {computation.kind_of(value)}")

    def _call(self, node: Call) -> object:
        function = FUNCTIONS.get(node.function)
        if function is None:
            raise EvaluationError(f"there is no function `{node.function}`")
        if function.lenient:
            return self._first_there(node)
        values: list[Any] = [self.value(each) for each in node.arguments]
        if any(isinstance(value, Singleton) for value in values):
            return MISSING
        try:
            return function.compute(values, self.moment)
        except (TypeError, AttributeError, IndexError) as error:
            kinds = ", ".join(computation.kind_of(value) for value in values)
            raise EvaluationError(f"`{function.name}` cannot take {kinds or 'no values'}") from error

    def _first_there(self, node: Call) -> object:
        missing = False
        for each in node.arguments:
            value = self._lookup(each) if isinstance(each, Name) else self.value(each)
            if not isinstance(value, Singleton):
                return value
            missing = missing or value is not ABSENT
        if missing:
            return MISSING
        raise EvaluationError("every value in coalesce is absent, because its step was skipped")

    # -- conditions

    def _junction(self, operands: tuple[Node, ...], *, decisive: bool) -> object:
        """Kleene's `and` (decided by False) and `or` (decided by True)."""
        undecided = False
        for operand in operands:
            truth = _truth(self.value(operand))
            if truth is UNDECIDED:
                undecided = True
            elif truth is decisive:
                return decisive
        return UNDECIDED if undecided else not decisive

    def _comparison(self, node: Comparison) -> object:
        undecided = False
        left = self.value(node.operands[0])
        for sign, operand in zip(node.signs, node.operands[1:], strict=True):
            right = self.value(operand)
            silent = self.telling and sign in _SAYS_WHAT and _tells_nothing(left) and not _names_code(right)
            truth = UNDECIDED if silent else _compared(sign, left, right)
            if truth is False:
                return False
            undecided = undecided or truth is UNDECIDED
            left = right
        return UNDECIDED if undecided else True


def _tells_nothing(value: object) -> bool:
    return isinstance(value, str) and value in NO_ANSWER


def _names_code(value: object) -> bool:
    return any(_tells_nothing(each) for each in (value if isinstance(value, tuple) else (value,)))


def _compared(sign: str, left: object, right: object) -> bool | UndecidedType:
    if isinstance(left, Singleton) or isinstance(right, Singleton):
        return UNDECIDED
    if sign in ("in", "not in"):
        found = _among(left, right)
        return found if found is UNDECIDED else found == (sign == "in")
    if sign in ("is", "is not", "==", "!="):
        return computation.same(left, right) == (sign in ("is", "=="))
    order = computation.compared(left, right)
    return order in {"<": (-1,), "<=": (-1, 0), ">": (1,), ">=": (0, 1)}[sign]


def _among(value: object, values: object) -> bool | UndecidedType:
    if not isinstance(values, tuple):
        values = (values,)  # `x in (a)` has one value in its brackets
    if any(not isinstance(each, Singleton) and computation.same(value, each) for each in values):
        return True
    return UNDECIDED if any(isinstance(each, Singleton) for each in values) else False


def _ours(value: object, name: str) -> object:  # noqa: PLR0911 - one return per kind
    """A value of the environment as one of the language's: Decimals for ints, tuples for lists."""
    match value:
        case None:
            return MISSING
        case Singleton() | bool() | str() | MoneyValue() | DurationValue() | Mapping():
            return value
        case int():
            if -_TOO_LARGE < value < _TOO_LARGE:
                return Decimal(value)
        case Decimal():
            if value.is_finite():
                return value
        case datetime():
            if value.tzinfo is not None:
                return value
        case date() | RecordView():
            return value
        case list() | tuple():
            return tuple(_ours(each, name) for each in value)
        case set() | frozenset():
            return tuple(sorted((_ours(each, name) for each in value), key=str))
    raise EvaluationError(f"`{name}` holds a value that expressions do not have ({type(value).__name__})")
