"""The values that a scorecard reads while somebody is scored: those of the step, or those given to a shared
card.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from definitions.arguments import Condition, Value
from definitions.expressions import Evaluation, Expression, MappingEnvironment, Name, decide, evaluate
from definitions.runtime_values import ABSENT, MISSING, Singleton
from definitions.types import NO_ANSWER as NO_ANSWERS
from definitions.types import Choices, Type
from models import ChecklistAnswer
from tasks.call import Call
from tasks.encoding import NO_ANSWER
from tasks.result import StepError
from tasks.scoring.bands import holding
from tasks.scoring.card import Card
from tasks.scoring.dependent import OTHERWISE, Dependent
from tasks.scoring.edition import read_bands
from tasks.scoring.points import Answer

AS_OF = "as_of"


class Source(Protocol):
    """Where expressions of a card are evaluated; only answers that tell something decide. `extra` are the
    card's own names.
    """

    def evaluate(self, expression: Expression, extra: Mapping[str, object]) -> Evaluation:
        """The value of an expression."""

    def holds(self, condition: Condition, extra: Mapping[str, object]) -> object:
        """True, False or UNDECIDED."""

    def type_of(self, path: tuple[str, ...]) -> Type | None:
        """The type of a name, as far as it is known."""

    def answer(self, path: tuple[str, ...]) -> ChecklistAnswer | None:
        """The answer of a form that a name stands for, if it does."""


class OfStep:
    """A card written in its step: its expressions see what the step sees."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def evaluate(self, expression: Expression, extra: Mapping[str, object]) -> Evaluation:
        """The value of an expression of the step."""
        return self._call.evaluate(expression, extra, telling=True)

    def holds(self, condition: Condition, extra: Mapping[str, object]) -> object:
        """True, False or UNDECIDED."""
        return self._call.holds(condition, extra, telling=True)

    def type_of(self, path: tuple[str, ...]) -> Type | None:
        """The type of a name of the step."""
        return self._call.names.type_of(path)

    def answer(self, path: tuple[str, ...]) -> ChecklistAnswer | None:
        """The answer behind `step.item`."""
        return self._call.names.answer(path)


class OfShared:
    """A shared card: its expressions see `inputs`, which the step fills, and nothing else.

    `types` are those of its inputs; `given` the step's value for each, as far as it gives one.
    """

    def __init__(self, call: Call, types: Mapping[str, Type], given: Mapping[str, Value]) -> None:
        self._call = call
        self._types = types
        self._given = given
        self._inputs = {name: call.value(given[name]) if name in given else MISSING for name in types}

    def evaluate(self, expression: Expression, extra: Mapping[str, object]) -> Evaluation:
        """The value of an expression of the card."""
        return evaluate(expression, self._environment(extra), telling=True)

    def holds(self, condition: Condition, extra: Mapping[str, object]) -> object:
        """True, False or UNDECIDED."""
        truth, _ = decide(condition.expression, self._environment(extra), telling=True)
        if self._call.watch is not None:
            self._call.watch(self._call.run, condition, truth)
        return truth

    def type_of(self, path: tuple[str, ...]) -> Type | None:
        """The type of an input."""
        return self._types.get(path[1]) if len(path) == 2 and path[0] == "inputs" else None

    def answer(self, path: tuple[str, ...]) -> ChecklistAnswer | None:
        """The answer of the step's form that an input stands for."""
        given = self._given.get(path[1]) if len(path) == 2 and path[0] == "inputs" else None
        root = given.expression.root if given is not None and given.expression is not None else None
        return self._call.names.answer(root.path) if isinstance(root, Name) else None

    def _environment(self, extra: Mapping[str, object]) -> MappingEnvironment:
        values, call = Layered(extra, {"inputs": self._inputs}), self._call
        return MappingEnvironment(values, call.now, call.zone, call.calendar)


class CardValues:
    """The values of one card: of its items, of what entries depend on, and its own names."""

    def __init__(self, card: Card, source: Source, zone: ZoneInfo) -> None:
        self._zone = zone
        self._card = card
        self._source = source
        self._own = _Own(self)

    def value(self, value: Value) -> object:
        """The value; of a moment its day counts, in the zone of the process's calendar, of a condition yes or
        no.
        """
        if value.expression is None:
            return Decimal(value.literal) if isinstance(value.literal, int) else value.literal
        found = self._source.evaluate(value.expression, self._own).value
        if isinstance(found, bool):
            return "yes" if found else "no"
        return found.astimezone(self._zone).date() if isinstance(found, datetime) else found

    def holds(self, condition: Condition) -> object:
        """True, False or UNDECIDED."""
        return self._source.holds(condition, self._own)

    def answers(self) -> dict[str, Answer]:
        """What was answered to each item."""
        found = {}
        for name, item in self._card.items.items():
            asked = True if item.only_if is None else self.holds(item.only_if)
            value = MISSING if asked is False else self.value(item.of)
            if isinstance(value, Singleton):
                several = isinstance(self._type(item.of), Choices)
                found[name] = Answer(value, asked, self._no_answer(item.of), several)
            else:
                found[name] = Answer(value, asked)
        return found

    def answered(self, value: Value) -> ChecklistAnswer | None:
        """The answer of a form that the value is, if it is one and nothing else."""
        root = value.expression.root if value.expression is not None else None
        return self._source.answer(root.path) if isinstance(root, Name) else None

    def choose(self, by: Value, keys: Sequence[str]) -> Sequence[str]:
        """The key that counts; all of them while what they depend on is not known. StepError if none does."""
        value = self.value(by)
        if isinstance(value, str) and value in keys:
            return [value]
        if isinstance(value, Singleton) or value in NO_ANSWERS:
            return keys
        if isinstance(value, Decimal | int | date):
            band = holding(read_bands({words: words for words in keys if words != OTHERWISE}), value)
            if band is not None:
                return [band]
        if OTHERWISE in keys:
            return [OTHERWISE]
        by_text = by.expression.text if by.expression is not None else by.literal
        raise StepError("no_rule_holds", f"no entry holds for `{by_text}`; add one, or `otherwise`")

    def table(self, tree: Any) -> object:
        """The value of a table; MISSING while what it depends on is not known."""
        while isinstance(tree, Dependent):
            keys = self.choose(tree.by, tuple(tree.entries))
            if len(keys) != 1:
                return MISSING
            tree = tree.entries[keys[0]]
        return self.value(tree)

    def own(self, name: str) -> object:
        """A name of the card's own."""
        if name == AS_OF and self._card.as_of is not None:
            return self.value(self._card.as_of)
        return self.table(self._card.tables[name])

    def names(self) -> list[str]:
        """The card's own names."""
        return [*([AS_OF] if self._card.as_of is not None else []), *self._card.tables]

    def _type(self, value: Value) -> Type | None:
        root = value.expression.root if value.expression is not None else None
        return self._source.type_of(root.path) if isinstance(root, Name) else None

    def _no_answer(self, value: Value) -> str | None:
        answer = self.answered(value)
        said = answer.value if answer is not None else None
        reason = said.get(NO_ANSWER) if isinstance(said, Mapping) else said
        return reason if isinstance(reason, str) and reason in NO_ANSWERS else None


class _Own(Mapping[str, object]):
    """The card's own names, each worked out when it is asked for."""

    def __init__(self, values: CardValues) -> None:
        self._values = values

    def __getitem__(self, name: str) -> object:
        if name not in self._values.names():
            raise KeyError(name)
        return self._values.own(name)

    def __contains__(self, name: object) -> bool:
        return name in self._values.names()

    def __iter__(self) -> Iterator[str]:
        return iter(self._values.names())

    def __len__(self) -> int:
        return len(self._values.names())


class Layered(Mapping[str, object]):
    """Names in front of others."""

    def __init__(self, *layers: Mapping[str, object]) -> None:
        self._layers = layers

    def __getitem__(self, name: str) -> object:
        for layer in self._layers:
            if name in layer:
                return layer[name]
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        return any(name in layer for layer in self._layers)

    def __iter__(self) -> Iterator[str]:
        return iter({name: None for layer in self._layers for name in layer})

    def __len__(self) -> int:
        return len({name for layer in self._layers for name in layer})


def known(value: object) -> bool:
    """Whether a value is there: neither missing nor absent nor a reason for not answering."""
    return value is not MISSING and value is not ABSENT and value not in NO_ANSWERS and value is not None
