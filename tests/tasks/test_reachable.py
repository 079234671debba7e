"""Every total that can occur is found, and no other, also where scales share items."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from tasks.scoring.bands import parse_band
from tasks.scoring.combining import Outcome, Rule, combine
from tasks.scoring.edition import TOTAL, Edition
from tasks.scoring.reachable import outcomes_of, reachable

WAYS = ("sum", "count", "any_of", "all_of", "maximum", "minimum")
ITEMS = ("a", "b", "c", "d")


@st.composite
def cards(draw: st.DrawFn) -> tuple[Edition, dict[str, list[Outcome]]]:
    """Up to four items and three scales over them and over each other, then a total."""
    items = ITEMS[: draw(st.integers(1, 4))]
    outcomes = {
        item: [Outcome(points) for points in draw(st.sets(st.integers(-3, 5), min_size=1, max_size=3))]
        for item in items
    }
    rules: dict[str, Rule] = {}
    for name in (*("x", "y", "z")[: draw(st.integers(0, 3))], TOTAL):
        members = draw(st.lists(st.sampled_from((*items, *rules)), min_size=1, max_size=4, unique=True))
        way = draw(st.sampled_from(WAYS))
        less = draw(st.sets(st.sampled_from(members))) if way == "sum" else set()
        rules[name] = Rule(name, way, tuple(members), frozenset(less))
    return Edition({}, rules), outcomes


def by_trying(edition: Edition, outcomes: dict[str, list[Outcome]]) -> set[int]:
    found = set()
    for each in product(*outcomes.values()):
        known = dict(zip(outcomes, each, strict=True))
        for rule in edition.rules.values():
            known[rule.name] = combine(rule, known)
        found.add(known[TOTAL].points)
    return found


@given(cards())
def test_the_totals_are_those_that_trying_everything_gives(
    card: tuple[Edition, dict[str, list[Outcome]]],
) -> None:
    edition, outcomes = card
    assert reachable(edition, TOTAL, outcomes) == by_trying(edition, outcomes)


@given(cards())
def test_the_range_that_is_taken_when_it_is_too_much_holds_them_all(
    card: tuple[Edition, dict[str, list[Outcome]]],
) -> None:
    edition, outcomes = card
    found = reachable(edition, TOTAL, outcomes, most_work=0)
    assert isinstance(found, range)
    assert by_trying(edition, outcomes) <= set(found)


def test_scales_that_grow_beyond_all_searching_are_taken_as_a_range() -> None:
    names = [f"s{number}" for number in range(100)]
    rules = {"s0": Rule("s0", "sum", ("a", "b")), "s1": Rule("s1", "sum", ("a", "s0"))}
    for before, last, name in zip(names, names[1:], names[2:], strict=False):
        rules[name] = Rule(name, "sum", (before, last))
    rules[TOTAL] = Rule(TOTAL, "sum", ("s98", "s99"), bands={"low": parse_band("under 1")})
    outcomes = {item: [Outcome(points) for points in range(9)] for item in ("a", "b")}
    found = reachable(Edition({}, rules), TOTAL, outcomes, most_work=1_000)
    assert isinstance(found, range)
    assert outcomes_of(rules[TOTAL], found) == {Outcome(0, "low")}
