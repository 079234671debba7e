"""`score`: points by item, a band for their total, what overrules them, and the reasons in words.

Missing is never low (docs/language.md, "Missing is not no"): while an item is missing the score is
provisional, and the band that counts is the worst that is still possible.
"""

from typing import Any, Self

from pydantic import Field, PrivateAttr

from definitions.arguments import StepOutput, Value
from definitions.catalogue import Look
from definitions.sharing import Shared, SharedName
from definitions.types import Type, Unknown
from tasks.call import Call
from tasks.encoding import encode
from tasks.registry import step_kind
from tasks.scoring.asked_checks import check_asked, filling
from tasks.scoring.card import Card
from tasks.scoring.card_checks import check_card
from tasks.scoring.card_values import CardValues, OfShared, OfStep, Source
from tasks.scoring.edition import TOTAL, editions
from tasks.scoring.explanation import explanation, plain, would_change
from tasks.scoring.in_words import card_in_words
from tasks.scoring.points import Answer, points_of
from tasks.scoring.score_record import Answered, keep_score
from tasks.scoring.shared_card import (
    SCORECARD,
    SharedCard,
    check_shared_card,
    declared,
    input_types,
    shared_card,
)
from tasks.scoring.tally import Tally, tally
from tasks.scoring.verdict import Verdict, verdict
from tasks.shared_inputs import check_filling, filled


class Score(Card):
    """A scorecard. `items:` with their points, `bands:` of the total, `overrides:`, and more: see
    [scorecards](#scorecards).

    An override that holds is the least band that counts; one that can't be decided may hold. An answer that
    tells nothing (`doesnt_know` and its like) decides no `is yes` here, nor in rules.

    Instead of all that, `scorecard:` names a shared one, and `inputs:` fill its inputs. Those that it does
    not name are taken from `from:`, the answers of a step, by their names.
    """

    scorecard: str | None = None
    inputs: dict[str, Value] = Field(default_factory=dict)
    answers: Value | None = Field(default=None, alias="from")
    _shared: SharedCard | None = PrivateAttr(default=None)

    def shares(self) -> tuple[SharedName, ...]:
        """The shared scorecard, if it uses one."""
        return () if self.scorecard is None else ((SCORECARD.key, self.scorecard),)

    def with_shared(self, shared: Shared) -> Self:
        """The arguments with the shared scorecard that they name."""
        document = None if self.scorecard is None else shared.get((SCORECARD.key, self.scorecard))
        if document is None:
            return self
        found = self.model_copy()
        found._shared = shared_card(document)
        return found

    @property
    def card(self) -> Card:
        """What is scored: the shared scorecard, or the step's own."""
        return self._shared or self

    @property
    def shared(self) -> SharedCard | None:
        """The shared scorecard, where it could be read."""
        return self._shared


class ScoreOutput(StepOutput):
    """`band` is the one that counts, `known_band` that of the points known, `calculated_band` the one without
    a judgement.

    `could_rise_to` is the worst one possible. `items` has the points of each item, None where its value is
    missing; `scales` the total of each scale, its band, and whether something is open in it. `judgement` is
    the written reason of a judgement that counts, `would_change` says what would make it another band.
    """

    total: int
    band: str
    provisional: bool
    known_band: str
    could_rise_to: str
    calculated_band: str
    items: dict[str, int | None]
    scales: dict[str, dict[str, int | str | bool | None]]
    judgement: str | None
    would_change: str
    explanation: str


def _outputs(arguments: Score, look: Look) -> Type:
    if arguments.scorecard is None:
        for key in ("inputs", "answers"):
            if getattr(arguments, key):
                word = "from" if key == "answers" else key
                look.report(
                    "CW209",
                    f"`{word}` fills a shared scorecard",
                    (word,),
                    advice="name it: `scorecard: NAME`",
                )
        check_asked(arguments, look)
        return check_card(arguments, look)
    for key in sorted(arguments.model_fields_set & Card.model_fields.keys()):
        look.report("CW208", f"a shared scorecard has `{key}` of its own", (key,), advice="leave it out")
    found = look.shared(SCORECARD, arguments.scorecard, ("scorecard",))
    if found is None:
        return Unknown()
    card, inside = found
    check_filling(arguments.inputs, arguments.answers, declared(card, look.catalogue.vocabulary), look)
    check_asked(card, look, filling(arguments.inputs, arguments.answers, card.inputs, look))
    return check_shared_card(card, inside)


def _in_words(arguments: Score) -> list[str]:
    named = [] if arguments.scorecard is None else [f"Uses the scorecard `{arguments.scorecard}`."]
    return [*named, *card_in_words(arguments.card)]


def _source(call: Call, arguments: Score) -> Source:
    if arguments.shared is None:
        return OfStep(call)
    given = filled(arguments.inputs, arguments.answers, arguments.shared.inputs, call.names.type_of)
    return OfShared(call, input_types(arguments.shared, call.plan.vocabulary), given)


@step_kind(
    "score",
    number=1,
    summary="Scores by points",
    arguments=Score,
    output=ScoreOutput,
    main="band",
    outputs=_outputs,
    explain=_in_words,
    shares=SCORECARD,
)
def score(call: Call, arguments: Score) -> ScoreOutput:
    """Score, say why, and keep the score with the assessment of the case."""
    card = arguments.card
    values = CardValues(card, _source(call, arguments), call.zone)
    answers = values.answers()
    counted = count(card, values, answers)
    decided = verdict(card, values, counted)
    output = result(card, answers, counted, decided)
    keep_score(
        call,
        output.model_dump(),
        _kept(card, values, answers, counted),
        _overrides(values, card, decided),
    )
    return output


def count(card: Card, values: CardValues, answers: dict[str, Answer]) -> Tally:
    """What the answers come to, in every edition of the card that may be right."""
    return tally(
        [
            (edition, {name: points_of(answer, edition.items[name]) for name, answer in answers.items()})
            for edition in editions(card, values.choose)
        ]
    )


def result(card: Card, answers: dict[str, Answer], counted: Tally, decided: Verdict) -> ScoreOutput:
    """The score with its reasons, as later steps read it."""
    order = counted.rule.order
    several = [name for name, answer in answers.items() if isinstance(answer.value, tuple)]
    change = would_change(card, counted, decided, several)
    judged = decided.judged
    return ScoreOutput(
        total=counted.total.points,
        band=decided.band,
        provisional=decided.provisional,
        known_band=counted.total.known or order[0],
        could_rise_to=max(counted.total.worst.key or order[0], decided.band, key=order.index),
        calculated_band=decided.calculated,
        items=dict(plain(counted)),
        scales=_scales(counted),
        judgement=judged.because or None if judged is not None and judged.refused is None else None,
        would_change=change,
        explanation=f"{explanation(card, counted, decided)} {change}",
    )


def _scales(counted: Tally) -> dict[str, dict[str, int | str | bool | None]]:
    """What later steps read of each scale: of an open one the worst band that is possible."""
    return {
        name: {"total": each.points, "band": each.worst.key, "provisional": each.open}
        for name, each in counted.standings.items()
        if name != TOTAL
    }


def _overrides(values: CardValues, card: Card, decided: Verdict) -> list[dict[str, Any]]:
    """What overruled the points, as the score keeps it."""
    kept: list[dict[str, Any]] = [{"band": decided.calculated, "because": each} for each in decided.because]
    judged = decided.judged
    if judged is None or card.judgement is None:
        return kept
    said: dict[str, Any] = {
        "band": judged.band,
        "because": judged.because,
        "judged": True,
        "instead_of": decided.calculated,
    }
    if judged.refused is not None:
        said["refused"] = judged.refused
    answer = values.answered(card.judgement.band)
    if answer is not None:
        said |= {"answered_by": answer.answered_by, "answered_at": answer.answered_at.isoformat()}
    return [*kept, said]


def _kept(
    card: Card, values: CardValues, answers: dict[str, Answer], counted: Tally
) -> list[tuple[dict[str, Any], Answered | None]]:
    """Each item as the score keeps it, with who answered where the value is one answer of a checklist."""
    kept = []
    for name, item in card.items.items():
        points = counted.items[name]
        facts = {
            "item": name,
            "title": card.title_of(name),
            "value": encode(answers[name].value),
            "points": None if points.given is None else points.given.points,
            "why": points.why,
            "could_add": points.could_add,
        }
        answer = values.answered(item.of)
        kept.append(
            (
                facts,
                None if answer is None else Answered(answer.task_id, answer.answered_by, answer.answered_at),
            )
        )
    return kept
