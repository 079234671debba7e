"""`score`: points by item, a band for their total, what overrules them, and the reasons in words.

Missing is never low (docs/language.md, "Missing is not no"): while an item is missing the score is
provisional, and the band that counts is the worst that is still possible.
"""

from typing import Any

from definitions.arguments import StepOutput
from definitions.catalogue import Look
from definitions.types import Type
from tasks.call import Call
from tasks.encoding import encode
from tasks.registry import step_kind
from tasks.scoring.card import Card
from tasks.scoring.card_checks import check_card
from tasks.scoring.card_values import CardValues, OfStep
from tasks.scoring.edition import TOTAL, editions
from tasks.scoring.explanation import explanation, plain, would_change
from tasks.scoring.in_words import card_in_words
from tasks.scoring.points import Answer, points_of
from tasks.scoring.score_record import Answered, keep_score
from tasks.scoring.tally import Tally, tally
from tasks.scoring.verdict import Verdict, verdict


class Score(Card):
    """A scorecard. `items:` with their points, `bands:` of the total, `overrides:`, and more: see
    [scorecards](#scorecards).

    Of several overrides that hold the highest band counts. One that can't be decided never lowers the band.
    """


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
    return check_card(arguments, look)


@step_kind(
    "score",
    number=1,
    summary="Scores by points",
    arguments=Score,
    output=ScoreOutput,
    main="band",
    outputs=_outputs,
    explain=card_in_words,
)
def score(call: Call, arguments: Score) -> ScoreOutput:
    """Score, say why, and keep the score with the assessment of the case."""
    values = CardValues(arguments, OfStep(call), call.zone)
    answers = values.answers()
    counted = count(arguments, values, answers)
    decided = verdict(arguments, values, counted)
    output = result(arguments, answers, counted, decided)
    keep_score(
        call,
        output.model_dump(),
        _kept(arguments, values, answers, counted),
        _overrides(values, arguments, decided),
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
