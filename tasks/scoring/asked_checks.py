"""Questions that a form asks only under a condition, and that a scorecard counts also where they were not
asked: such a score would stay provisional for good, because nobody can answer what is not asked.

Whether the card's own condition keeps that from happening is tried out, with all answers that its gates can
have. What can't be tried is not reported.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from definitions.arguments import Condition, Value
from definitions.catalogue import Look, Path
from definitions.expressions import Junction, Name, Node, conjuncts, renamed, walk
from definitions.problems import Problem
from definitions.types import Struct, Type
from tasks.people.form_items import FormItem
from tasks.people.shared_checklist import Asking
from tasks.scoring.asked_trials import Gates, holds_unasked, undecided_unasked
from tasks.scoring.card import Card
from tasks.scoring.card_values import AS_OF
from tasks.shared_inputs import filled

Question = tuple[str, str]
"""The step that asks, and the question's id."""

_CODE: Final = "CW716"


@dataclass(frozen=True, slots=True)
class Reading:
    """How a card reads answers: `given` is what fills each input of a shared card, `named` those that the
    step names one by one; both are empty for a card of the step's own.
    """

    given: Mapping[str, Value]
    named: frozenset[str]

    def lifted(self, node: Node) -> Node:
        """The node as the step reads it: with what fills an input in the input's place."""
        return renamed(node, self._filling) if self.given else node

    def _filling(self, name: Name) -> Node:
        value = self.given.get(name.path[1]) if len(name.path) == 2 and name.path[0] == "inputs" else None
        return name if value is None or value.expression is None else value.expression.root

    def place(self, value: Value, otherwise: Path) -> Path:
        """Where to report what is wrong with a value of the card."""
        root = None if value.expression is None else value.expression.root
        if not self.given or not isinstance(root, Name):
            return otherwise
        name = root.path[-1]
        return ("inputs", name) if name in self.named else ("from",)


OWN: Final = Reading({}, frozenset())


def check_asked(card: Card, look: Look, reading: Reading = OWN) -> None:
    """Report items and overrides that rest on a question where it is not asked."""
    gates = Gates(lambda step: _conditional(look, step), look.known_of, frozenset({AS_OF, *card.tables}))
    for name, item in card.items.items():
        question = _question(reading, item.of, look)
        if question is None:
            continue
        guards = set(look.stated)
        if item.only_if is not None:
            guards |= set(conjuncts(reading.lifted(item.only_if.expression.root)))
        if holds_unasked(gates, question, guards):
            at = reading.place(item.of, ("items", name, "of"))
            _report(look, question, at, _item_words(card, name, reading))
    for index, override in enumerate(card.overrides):
        root = reading.lifted(override.when.expression.root)
        for question in _questions(root, look):
            if undecided_unasked(gates, question, root, set(look.stated)):
                there: Path = ("scorecard",) if reading.given else ("overrides", index, "when")
                _report(look, question, there, _override_words(reading))
                break


def asked_if(look: Look, question: Question) -> Condition | None:
    """The condition of a question; None where it is always asked, or is no question of a form."""
    item = _conditional(look, question[0]).get(question[1])
    return None if item is None else item.only_if


def filling(inputs: Mapping[str, Value], answers: Value | None, names: Iterable[str], look: Look) -> Reading:
    """How a shared card with inputs of these names reads what a step gives it."""

    def type_of(path: tuple[str, ...]) -> Type | None:
        facts = look.known_of(path[0])
        return facts.output.field(path[1]) if facts is not None and isinstance(facts.output, Struct) else None

    return Reading(filled(inputs, answers, names, type_of), frozenset(inputs))


def _conditional(look: Look, step: str) -> Mapping[str, FormItem]:
    """The questions of a step by their ids; none where it asks nothing."""
    facts = look.known_of(step)
    asking = facts.arguments if facts is not None else None
    return {item.id: item for item in asking.items} if isinstance(asking, Asking) else {}


def _question(reading: Reading, value: Value, look: Look) -> Question | None:
    """The question that is asked under a condition and whose answer a value is."""
    root = None if value.expression is None else reading.lifted(value.expression.root)
    return next(_questions(root, look), None) if isinstance(root, Name) else None


def _questions(root: Node, look: Look) -> Iterator[Question]:
    for node in walk(root):
        if isinstance(node, Name) and len(node.path) == 2:
            question = (node.path[0], node.path[1])
            if asked_if(look, question) is not None:
                yield question


def _item_words(card: Card, name: str, reading: Reading) -> tuple[str, str]:
    if reading.given:
        message = f"`{name}` of the scorecard counts also where it is not"
        advice = f"give `{name}` in the scorecard an `only_if` that says the same"
    else:
        message = f"`{name}` counts also where it is not"
        advice = "give the item the same condition: `only_if: {condition}`"
        if card.items[name].only_if is not None:
            advice = "let its `only_if` hold only where the question is asked: `{condition}`"
    return message, advice


def _override_words(reading: Reading) -> tuple[str, str]:
    where = " of the scorecard" if reading.given else ""
    return (
        f"an override{where} reads it also where it is not, and can't be ruled out then",
        "put the question's condition in front in the override: `{condition} and ...`",
    )


def _report(look: Look, question: Question, path: Path, words: tuple[str, str]) -> None:
    text = " and ".join(dict.fromkeys(_conditions(look, question, ())))
    message = f"`{'.'.join(question)}` is asked only if `{text}`, but {words[0]}: the score stays provisional"
    advice = words[1].replace("{condition}", text)
    look.problem(Problem(_CODE, message, 0, 0, advice=advice), path, severity="warning")


def _conditions(look: Look, question: Question, behind: tuple[Question, ...]) -> Iterator[str]:
    """What must hold for a question to be asked, as later steps write it: first what its gates hang on."""
    condition = asked_if(look, question)
    if condition is None or question in behind:
        return
    step, ids = question[0], frozenset(_conditional(look, question[0]))
    for name in condition.expression.names:
        if name.path[0] in ids:
            yield from _conditions(look, (step, name.path[0]), (*behind, question))
    text = _as_read(condition, step, ids)
    yield f"({text})" if _is_either(condition) else text


def _is_either(condition: Condition) -> bool:
    root = condition.expression.root
    return isinstance(root, Junction) and root.sign == "or"


def _as_read(condition: Condition, step: str, ids: frozenset[str]) -> str:
    """The condition of a question as later steps write it: answers by their step."""
    text = condition.expression.text
    for name in sorted(condition.expression.names, key=lambda each: each.start, reverse=True):
        if name.path[0] in ids:
            text = f"{text[: name.start]}{step}.{text[name.start :]}"
    return text
