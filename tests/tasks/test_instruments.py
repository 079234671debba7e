"""The scorecards of the documentation against scorers written here, from the rules of each instrument.

Each scorer knows complete answers only. What a card says while something is missing is compared with all
the ways in which the missing can still be answered.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any, Final

import pytest
from score_bench import ScoreBench
from step_bench import catalogue
from written_docs import EXAMPLES

from definitions import check_shared, read, render
from definitions.types import Choice, Date, Number, Text, Type, YesNo
from tasks.scoring.shared_card import input_types, shared_card

Answers = Mapping[str, Any]
VECTORS: Final = 110
REFUSALS: Final = ("doesnt_know", "prefers_not_to_answer")
HOW_OFTEN: Final = ("never", "some_days", "most_days", "every_day")


def within(total: int, *cuts: tuple[int, str]) -> str:
    """The last band that begins at or under the total."""
    return [name for start, name in cuts if total >= start][-1]


def yes(answers: Answers, *names: str) -> int:
    return sum(answers[name] == "yes" for name in names)


def asked_after(answers: Answers, gate: str) -> bool:
    return answers[gate] == "yes" or gate in answers.get(OPEN, ())


def low_mood(given: Answers) -> tuple[int, str]:
    total = sum(HOW_OFTEN.index(each) for each in given.values())
    cuts = (0, "minimal"), (5, "mild"), (10, "moderate"), (15, "moderately_severe"), (20, "severe")
    return total, within(total, *cuts)


def worry(given: Answers) -> tuple[int, str]:
    total = sum(HOW_OFTEN.index(each) for each in given.values())
    return total, within(total, (0, "minimal"), (5, "mild"), (10, "moderate"), (15, "severe"))


def drinking(given: Answers) -> tuple[int, str]:
    total = ("never", "monthly", "twice_a_month", "twice_a_week", "more").index(given["how_often"])
    if total:
        total += sum(given["how_many"] >= least for least in (3, 5, 7, 10))
        total += ("never", "rarely", "monthly", "weekly", "daily").index(given["six_or_more"])
    return total, "positive" if total >= (3 if given["sex"] == "female" else 4) else "negative"


def housing_triage(given: Answers) -> tuple[int, str]:
    body = yes(given, "illness", "avoids_care") or (given["sex"] != "male" and yes(given, "pregnant"))
    total = int(given["age"] >= 60) + yes(given, "outside", "long", "substance", "mind")
    total += int(yes(given, "ambulance", "hospital", "police") >= 2)
    total += int(yes(given, "attacked", "threatened") > 0) + int(yes(given, "debts", "no_income") > 0)
    total += int(bool(body)) + int(bool(body) and yes(given, "substance", "mind") == 2)
    return total, within(total, (0, "no_intervention"), (4, "rapid_rehousing"), (8, "supportive_housing"))


def family_risk(given: Answers) -> tuple[int, str]:
    neglect = min(2, given["earlier_neglect"]) + int(given["children"] >= 4) + int(given["youngest"] < 2)
    neglect += 2 * yes(given, "housing_unsafe") - yes(given, "supports")
    abuse = min(2, given["earlier_abuse"]) + 2 * yes(given, "injured") + yes(given, "violence", "domineering")
    level = max(sum(points >= cut for cut in (1, 3, 5)) for points in (neglect, abuse))
    overridden = yes(given, "infant_tested_positive", "death_before") > 0
    bands = ("low", "moderate", "high", "very_high")
    return level, "very_high" if overridden else bands[level]


def threat_matrix(given: Answers) -> tuple[int, str]:
    grave = yes(given, "injuries") + (asked_after(given, "injuries") and yes(given, "deaths"))
    table = ((0, 0, 1), (0, 1, 2), (1, 2, 3))
    rank = table[("rare", "possible", "likely").index(given["likelihood"])][grave]
    return rank, ("low", "medium", "high", "extreme")[rank]


def self_worth(given: Answers) -> tuple[int, str]:
    reversed_ones = {"no_good", "little_pride", "useless", "respect", "failing"}
    agreement = ("not_at_all", "hardly", "rather", "fully")
    total = sum(
        3 - agreement.index(each) if name in reversed_ones else agreement.index(each)
        for name, each in given.items()
    )
    return total, within(total, (0, "low"), (15, "usual"), (26, "high"))


def childhood_adversity(given: Answers) -> tuple[int, str]:
    total = yes(given, *given)
    return total, within(total, (0, "none"), (1, "some"), (4, "many"))


def suicide_screen(given: Answers) -> tuple[int, str]:
    gravest = 1 if yes(given, "wish", "thoughts") else 0
    if asked_after(given, "thoughts"):
        gravest = max(gravest, 2 * yes(given, "method"), 3 if yes(given, "intent", "plan") else 0)
    gravest = max(gravest, 2 * yes(given, "act"))
    if asked_after(given, "act"):
        gravest = max(gravest, 3 * yes(given, "recent"))
    return gravest, ("none", "low", "moderate", "high")[gravest]


def domestic_abuse(given: Answers) -> tuple[int, str]:
    total = sum(each == "yes" for each in given.values())
    return total, "high" if total >= 14 or given["calls_in_a_year"] >= 3 else "standard"


def daily_living(given: Answers) -> tuple[int, str]:
    total = yes(given, *given)
    return total, within(total, (0, "severe"), (3, "moderate"), (6, "independent"))


LINES: Final = {
    2024: {"contiguous": (15060, 5380), "alaska": (18810, 6730), "hawaii": (17310, 6190)},
    2025: {"contiguous": (15650, 5500), "alaska": (19550, 6880), "hawaii": (17990, 6330)},
}


def poverty_level(given: Answers) -> tuple[int, str]:
    first, further = LINES[2025 if given["day"] >= date(2025, 1, 15) else 2024][given["region"]]
    counted = given["income"] - given["rent"] - given["heating"] + min(given["rent"], given["heating"])
    percent = Fraction(counted * 100) / Fraction(first + further * (given["people"] - 1))
    points = sum(percent < cut for cut in (100, 133, 200))
    return points, ("above", "near", "poor", "deep")[points]


SCORERS: Final[Mapping[str, Callable[[Answers], tuple[int, str]]]] = {
    each.__name__.replace("_", "-"): each
    for each in (
        low_mood,
        worry,
        drinking,
        housing_triage,
        family_risk,
        threat_matrix,
        self_worth,
        childhood_adversity,
        suicide_screen,
        domestic_abuse,
        daily_living,
        poverty_level,
    )
}
NUMBERS: Final[Mapping[str, tuple[int, ...]]] = {
    "how_many": (0, 2, 3, 4, 5, 6, 7, 9, 10, 15),
    "age": (17, 59, 60, 88),
    "earlier_neglect": (0, 1, 2, 5),
    "earlier_abuse": (0, 1, 2, 5),
    "children": (1, 3, 4, 9),
    "youngest": (0, 1, 2, 17),
    "calls_in_a_year": (0, 2, 3, 9),
    "people": (1, 2, 3, 8),
    "income": (0, 9000, 15060, 20000, 28000, 40000, 90000),
    "rent": (0, 3000, 9000),
    "heating": (0, 1200, 4000),
}
"""Numbers on both sides of every cut."""

GATES: Final = ("injuries", "thoughts", "act")
"""Questions after which others are asked unless the answer is no; a refusal is no such answer."""

OPEN: Final = "refused questions that others depend on"


def bench(name: str) -> ScoreBench:
    path = EXAMPLES / "scorecards" / f"{name}.yaml"
    document = read(path)
    assert check_shared(document, catalogue()) == (), "\n".join(
        map(render, check_shared(document, catalogue()))
    )
    card = shared_card(document)
    assert card is not None
    return ScoreBench(card, input_types(card, catalogue().vocabulary))


def possible(name: str, kind: Type) -> tuple[Any, ...]:
    match kind:
        case Choice(options):
            return options
        case YesNo():
            return ("yes", "no")
        case Number():
            return NUMBERS[name]
        case Date():
            return (date(2024, 1, 17), date(2025, 1, 14), date(2025, 1, 15), date(2026, 2, 1))
        case _:
            raise AssertionError(name)


def asked(types: Mapping[str, Type]) -> dict[str, Type]:
    """The inputs that a scorer knows: not what a professional judges."""
    return {name: kind for name, kind in types.items() if name != "judged" and not isinstance(kind, Text)}


def vectors(
    types: Mapping[str, Type], random: Random
) -> Iterator[tuple[dict[str, Any], list[str], dict[str, str]]]:
    """Answers, which of them are missing, and which are refused, with the reason."""
    for _ in range(VECTORS):
        lean = random.random()
        answers = {
            name: "yes"
            if isinstance(kind, YesNo) and random.random() < lean
            else random.choice(possible(name, kind))
            for name, kind in types.items()
        }
        open_ones = random.sample(list(types), random.choice((0, 0, 1, 1, 2)))
        refused = {name: random.choice(REFUSALS) for name in open_ones if random.random() < 0.4}
        yield answers, [name for name in open_ones if name not in refused], refused


def completions(
    name: str, types: Mapping[str, Type], answers: Answers, missing: list[str], refused: Mapping[str, str]
) -> set[tuple[int, str]]:
    """Everything that the scorer says when what is open is answered in every way that is possible."""
    settled = dict(answers)
    for each, reason in refused.items():
        # a refusal may hide a yes; in the triage a refusal to answer counts as no
        no = name == "housing-triage" and reason == "prefers_not_to_answer" and isinstance(types[each], YesNo)
        settled[each] = "no" if no else None
    ways = {each: possible(each, types[each]) for each in settled if each in missing or settled[each] is None}
    return {
        SCORERS[name](_with_refusals({**settled, **dict(zip(ways, way, strict=True))}, refused))
        for way in product(*ways.values())
    }


def _with_refusals(answers: dict[str, Any], refused: Mapping[str, str]) -> dict[str, Any]:
    """With the questions whose refusal is no `no`, so that what depends on them is asked."""
    open_gates = {gate for gate in GATES if gate in refused}
    return {**answers, OPEN: open_gates} if open_gates else answers


@pytest.mark.parametrize("name", SCORERS)
def test_a_card_agrees_with_a_scorer_of_its_own(name: str) -> None:
    card = bench(name)
    types = asked(card.types)
    for answers, missing, refused in vectors(types, Random(name)):
        given = {each: value for each, value in answers.items() if each not in missing}
        for each, reason in refused.items():
            if isinstance(types[each], YesNo):
                given[each] = reason
            else:
                del given[each]
        values = {key: Decimal(each) if isinstance(each, int) else each for key, each in given.items()}
        output = card.score(refused, **values)
        expected = completions(name, types, answers, missing, refused)
        if name == "poverty-level" and (missing or refused):
            expected.add((3, "deep"))
        order = [band for band in card.card_bands() if band in {band for _, band in expected}]
        where = f"{given} without {missing}, refused {refused}: {output.explanation}"
        assert output.band == order[-1], where
        assert output.could_rise_to == order[-1], where
        if name == "poverty-level" and (missing or refused):
            assert output.provisional, where  # nobody can tell from a part of a sum
        elif len(expected) == 1:
            assert (output.total, output.provisional) == (next(iter(expected))[0], False), where
        elif len(order) > 1:
            assert output.provisional, where


def test_more_than_a_thousand_vectors_are_compared() -> None:
    assert VECTORS * len(SCORERS) > 1000


def test_every_scorecard_of_the_documentation_has_a_scorer() -> None:
    assert {path.stem for path in (EXAMPLES / "scorecards").glob("*.yaml")} == set(SCORERS)


def test_the_thoughts_of_self_harm_show_apart_from_the_band() -> None:
    card = bench("low-mood")
    never = dict.fromkeys(card.types, "never")
    assert card.score(**never).scales["thoughts"]["band"] == "none"
    output = card.score(**{**never, "self_harm": "some_days"})
    assert (output.band, output.scales["thoughts"]["band"]) == ("minimal", "present")
