"""`score`: points by item, a band for their total, overrides, and the reasons in words.

Missing is never low (docs/language.md, "Missing is not no"): while an item is missing the score is
provisional, and the band that counts is the one that the total could still rise to.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from definitions.arguments import CheckedByKind, Condition, Part, StepArguments, StepOutput, Value
from definitions.catalogue import Look
from definitions.expressions import UNDECIDED, Name
from definitions.types import Choice, Choices, Number, Struct, Text, Type
from definitions.types import Condition as ConditionType
from tasks.call import Call
from tasks.encoding import encode
from tasks.registry import step_kind
from tasks.result import StepError
from tasks.scoring.bands import holding, in_order, parse_band
from tasks.scoring.points import Points, check_bands, check_points, highest, points_of
from tasks.scoring.score_record import Answered, keep_score

POINTS = Annotated[int, Field(ge=-1_000, le=1_000)]


class Item(Part):
    """`of:` the value, `points:` what each of its options or bands gives. `title:` is what people read."""

    of: Annotated[Value, CheckedByKind()]
    points: Annotated[dict[str, POINTS], Field(min_length=1)]
    title: str | None = None


class Override(Part):
    """`when` this holds the score is in this `band` whatever the total, `because` of this."""

    when: Condition
    band: str
    because: str


class Score(StepArguments):
    """`items:` with their points, `bands:` of the total, `overrides:`.

    Of several overrides that hold the highest band counts. One that can't be decided never lowers the band.
    """

    items: Annotated[dict[str, Item], Field(min_length=1)]
    bands: Annotated[dict[str, str], Field(min_length=1)]
    overrides: list[Override] = Field(default_factory=list)


class ScoreOutput(StepOutput):
    """`band` is the one that counts, `known_band` that of the points known.

    `could_rise_to` is the worst one possible. `items` has the points of each item, None where its value
    is missing.
    """

    total: int
    band: str
    provisional: bool
    known_band: str
    could_rise_to: str
    items: dict[str, int | None]
    explanation: str


@dataclass(frozen=True, slots=True)
class _Banded:
    """A band, why an override chose it, and whether something about it is still open."""

    band: str
    because: tuple[str, ...]
    provisional: bool


def _outputs(arguments: Score, look: Look) -> Type:
    low = high = 0
    for name, item in arguments.items.items():
        kind = look.value(item.of, ("items", name, "of"))
        check_points(kind, item.points, look, ("items", name, "points"))
        low -= highest({key: -each for key, each in item.points.items()}, several=isinstance(kind, Choices))
        high += highest(item.points, several=isinstance(kind, Choices))
    bands = check_bands(arguments.bands, low, high, look, ("bands",))
    names = tuple(in_order(bands)) if len(bands) == len(arguments.bands) else tuple(arguments.bands)
    for index, override in enumerate(arguments.overrides):
        look.choose(override.band, names, ("overrides", index, "band"), "band")
    banded = Choice(names)
    return Struct(
        (
            ("total", Number()),
            ("band", banded),
            ("provisional", ConditionType()),
            ("known_band", banded),
            ("could_rise_to", banded),
            ("items", Struct(tuple((name, Number()) for name in arguments.items))),
            ("explanation", Text()),
        )
    )


def _explain(arguments: Score) -> list[str]:
    lines = [f"Adds up points for {', '.join(_title(name, item) for name, item in arguments.items.items())}."]
    lines += [f"{name} is a total of {words}." for name, words in arguments.bands.items()]
    lines += [
        f"{each.band} whenever {each.when.expression.text}: {each.because}." for each in arguments.overrides
    ]
    return [*lines, "While something is missing the band counts that the points could still rise to."]


@step_kind(
    "score",
    number=1,
    summary="Scores by points",
    arguments=Score,
    output=ScoreOutput,
    main="band",
    outputs=_outputs,
    explain=_explain,
)
def score(call: Call, arguments: Score) -> ScoreOutput:
    """Score, say why, and keep the score with the assessment of the case."""
    values = {name: _day(call, call.value(item.of)) for name, item in arguments.items.items()}
    points = {
        name: points_of(values[name], item.points, several=_several(call, item))
        for name, item in arguments.items.items()
    }
    total = sum(each.given or 0 for each in points.values())
    most = total + sum(each.could_add for each in points.values())
    missing = any(each.given is None for each in points.values())
    known, worst = _band(arguments, total), _band(arguments, most)
    banded = _overridden(call, arguments, known, worst, provisional=missing)
    output = ScoreOutput(
        total=total,
        band=banded.band,
        provisional=banded.provisional,
        known_band=known,
        could_rise_to=max(worst, banded.band, key=_order(arguments).index),
        items={name: each.given for name, each in points.items()},
        explanation=_explanation(arguments, points, total, most, known, worst, banded),
    )
    overrides = [{"band": banded.band, "because": reason} for reason in banded.because]
    keep_score(call, output.model_dump(), _kept(call, arguments, values, points), overrides)
    return output


def _several(call: Call, item: Item) -> bool:
    root = item.of.expression.root if item.of.expression else None
    return isinstance(root, Name) and isinstance(call.names.type_of(root.path), Choices)


def _day(call: Call, value: object) -> object:
    """Of a moment its day counts, in the zone of the process's calendar."""
    return value.astimezone(call.zone).date() if isinstance(value, datetime) else value


def _overridden(call: Call, arguments: Score, known: str, worst: str, *, provisional: bool) -> _Banded:
    truths = [(override, call.holds(override.when)) for override in arguments.overrides]
    holding_now = [override for override, truth in truths if truth is True]
    open_ones = [override for override, truth in truths if truth is UNDECIDED]
    order = _order(arguments).index
    band = max((each.band for each in holding_now), key=order, default=max(known, worst, key=order))
    reasons = [each.because for each in holding_now if each.band == band]
    raised = max((each.band for each in open_ones), key=order, default=band)
    if order(raised) > order(band):
        band = raised
        reasons = [f"{each.because} (not ruled out)" for each in open_ones if each.band == raised]
    return _Banded(band, tuple(reasons), provisional or bool(open_ones))


def _band(arguments: Score, total: int) -> str:
    found = holding({name: parse_band(words) for name, words in arguments.bands.items()}, total)
    if found is None:
        raise StepError("no_band", f"no band holds {total} points; add one under `bands:`")
    return found


def _order(arguments: Score) -> list[str]:
    return in_order({name: parse_band(words) for name, words in arguments.bands.items()})


def _explanation(
    arguments: Score,
    points: Mapping[str, Points],
    total: int,
    most: int,
    known: str,
    worst: str,
    banded: _Banded,
) -> str:
    """Why, in sentences that can be read out to the client: each item, what is missing, what decided."""
    titles = {name: _title(name, item) for name, item in arguments.items.items()}
    parts = [
        f"{titles[name]} {each.given} ({each.why})" for name, each in points.items() if each.given is not None
    ]
    lines = [f"{total} points: {', '.join(parts) or 'nothing is known'}. That is {known}."]
    missing = [
        f"{titles[name]} (up to {each.could_add})" for name, each in points.items() if each.given is None
    ]
    if missing:
        lines.append(f"Missing: {', '.join(missing)}. It could rise to {most} points, {worst}.")
    if banded.because:
        lines.append(f"Counts as {banded.band} whatever the points: {'; '.join(banded.because)}.")
    elif missing:
        lines.append(f"Counts as {banded.band} until that is known: missing is not low.")
    if banded.provisional:
        lines.append("Provisional.")
    return " ".join(lines)


def _title(name: str, item: Item) -> str:
    return item.title or name.replace("_", " ")


def _kept(
    call: Call, arguments: Score, values: Mapping[str, object], points: Mapping[str, Points]
) -> list[tuple[dict[str, Any], Answered | None]]:
    """Each item as the score keeps it, with who answered where the value is one answer of a checklist."""
    kept = []
    for name, item in arguments.items.items():
        facts = {
            "item": name,
            "title": _title(name, item),
            "value": encode(values[name]),
            "points": points[name].given,
            "why": points[name].why,
            "could_add": points[name].could_add,
        }
        root = item.of.expression.root if item.of.expression else None
        answer = call.names.answer(root.path) if isinstance(root, Name) else None
        kept.append(
            (
                facts,
                None if answer is None else Answered(answer.task_id, answer.answered_by, answer.answered_at),
            )
        )
    return kept
