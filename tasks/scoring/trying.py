"""Trying a shared scorecard with answers given in words, without a case and without a database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from definitions.arguments import Condition
from definitions.expressions import Evaluation, Expression, MappingEnvironment, decide, evaluate
from definitions.runtime_values import MISSING
from definitions.time.calendars import WorkingCalendar
from definitions.types import NO_ANSWER as NO_ANSWERS
from definitions.types import Record, Type, YesNo
from definitions.vocabulary import Vocabulary
from models import ChecklistAnswer
from tasks.encoding import NO_ANSWER, EncodingError, decode, encode_input
from tasks.result import TaskError
from tasks.scoring.card import Card
from tasks.scoring.card_values import CardValues, Layered
from tasks.scoring.score import ScoreOutput, count, result
from tasks.scoring.shared_card import SharedCard, input_types
from tasks.scoring.verdict import verdict


class CardTryError(TaskError):
    """A scorecard cannot be tried with these answers; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Given:
    """The values that a card reads as `inputs.NAME`. `reasons` says of an input without a value why it has
    none: a code of `NO_ANSWERS`.
    """

    values: Mapping[str, object]
    reasons: Mapping[str, str]
    types: Mapping[str, Type]
    now: datetime
    zone: ZoneInfo
    calendar: WorkingCalendar | None = None

    def evaluate(self, expression: Expression, extra: Mapping[str, object]) -> Evaluation:
        """The value of an expression of the card."""
        return evaluate(expression, self._environment(extra), telling=True)

    def holds(self, condition: Condition, extra: Mapping[str, object]) -> object:
        """True, False or UNDECIDED."""
        return decide(condition.expression, self._environment(extra), telling=True)[0]

    def type_of(self, path: tuple[str, ...]) -> Type | None:
        """The type of an input."""
        return self.types.get(path[-1])

    def answer(self, path: tuple[str, ...]) -> ChecklistAnswer | None:
        """What a form would have kept of an input that has no value for a reason."""
        reason = self.reasons.get(path[-1])
        if reason is None:
            return None
        return ChecklistAnswer(
            task_id="", step="", item=path[-1], value={NO_ANSWER: reason}, answered_at=self.now
        )

    def _environment(self, extra: Mapping[str, object]) -> MappingEnvironment:
        return MappingEnvironment(Layered(extra, {"inputs": self.values}), self.now, self.zone, self.calendar)


def try_card(
    card: SharedCard, words: Mapping[str, str], vocabulary: Vocabulary, now: datetime
) -> ScoreOutput:
    """The score of a shared card for these answers; those that are not given are missing. `doesnt_know`,
    `prefers_not_to_answer` and `not_collected` are answers to any question.

    Raises CardTryError for an input that the card does not have or that is not of its type.
    """
    types = input_types(card, vocabulary)
    strange = sorted(words.keys() - types.keys())
    if strange:
        raise CardTryError(f"`{card.scorecard}` has no input `{strange[0]}`; it has {', '.join(types)}")
    reasons = {
        name: said
        for name, said in words.items()
        if said in NO_ANSWERS and not isinstance(types[name], YesNo)
    }
    values = dict.fromkeys(types, MISSING) | {
        name: _value(types[name], name, said) for name, said in words.items() if name not in reasons
    }
    office = vocabulary.calendar()
    return score_of(card, Given(values, reasons, types, now, ZoneInfo(office.zone), office))


def score_of(card: Card, given: Given) -> ScoreOutput:
    """The score of a card for these values."""
    read = CardValues(card, given, given.zone)
    answers = read.answers()
    counted = count(card, read, answers)
    return result(card, answers, counted, verdict(card, read, counted))


def _value(kind: Type, name: str, said: str) -> object:
    if isinstance(kind, Record):
        raise CardTryError(f"the input `{name}` is a record; run a process that fills it")
    session = Session()  # nothing is read with it: a scorecard's inputs are no records
    try:
        return decode(kind, encode_input(kind, said, session, name), session)
    except EncodingError as error:
        raise CardTryError(str(error)) from error
