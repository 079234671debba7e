"""Every number that a scale can come to, given what each item may still give.

Exact, also where scales share items: the items are gone through one after the other, and what all unfinished
scales have so far is kept together. Where that would be too much, the range between the least and the most is
taken instead, which holds every number that can occur.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Final, TypeAlias

from tasks.result import StepError
from tasks.scoring.combining import Open, Outcome, Rule
from tasks.scoring.edition import Edition

MOST_WORK: Final = 150_000
"""How often a member is fed to a scale before the range is taken, for all that is searched at a time."""

Numbers: TypeAlias = frozenset[int] | range
State: TypeAlias = tuple[Open, ...]


def reachable(
    edition: Edition, name: str, outcomes: Mapping[str, Collection[Outcome]], *, most_work: int = MOST_WORK
) -> Numbers:
    """The numbers that the scale `name` can come to, before its `points`, when each item gives one of
    `outcomes`.
    """
    try:
        return _Search(edition, name, outcomes, most_work).numbers()
    except _TooMuchError:
        low, high = _range(edition, name, outcomes)
        return range(low, high + 1)


def outcomes_of(rule: Rule, numbers: Numbers) -> frozenset[Outcome]:
    """The points and bands of these numbers; those that nothing holds are left out.

    Of a range its ends and those of the bands inside it are enough: nothing lies further out.
    """
    some = numbers if isinstance(numbers, frozenset) else _edges(rule, numbers)
    return frozenset(found for number in some if (found := _outcome(rule, number)) is not None)


def _edges(rule: Rule, numbers: range) -> set[int]:
    bands = (*rule.points_bands.values(), *(rule.bands or {}).values())
    inside = {end for band in bands for end in (band.low, band.high) if end is not None and end in numbers}
    return {numbers[0], numbers[-1], *inside} if numbers else set()


class _TooMuchError(Exception):
    pass


class _Search:
    """The search for one scale: the rules that it rests on, and which are finished after which item."""

    def __init__(
        self, edition: Edition, name: str, outcomes: Mapping[str, Collection[Outcome]], most_work: int
    ) -> None:
        below = _below(edition, name)
        self.rules = [rule for rule in edition.rules.values() if rule.name in below]
        self.place = {rule.name: index for index, rule in enumerate(self.rules)}
        self.keyed = {
            member for rule in self.rules if rule.way in {"matrix", "worst"} for member in rule.members
        }
        self.outcomes = outcomes
        self.left = [set(rule.members) for rule in self.rules]
        self.order = list(dict.fromkeys(_items(edition, name, set())))
        self.work_left = most_work

    def numbers(self) -> frozenset[int]:
        states: set[State] = {tuple(rule.begin() for rule in self.rules)}
        for item in self.order:
            given = {each if item in self.keyed else Outcome(each.points) for each in self.outcomes[item]}
            finished = list(self._finished(item))
            states = {
                after
                for state in states
                for outcome in given
                if (after := self._after(state, item, outcome, finished)) is not None
            }
        last = self.rules[-1]
        return frozenset(found for state in states if (found := last.number(state[-1])) is not None)

    def _finished(self, item: str) -> Iterator[int]:
        """The rules but the last that have all their members once `item` and what it finishes are known."""
        known = [item]
        while known:
            member = known.pop()
            for index, left in enumerate(self.left):
                if member in left:
                    left.discard(member)
                    if not left and index < len(self.left) - 1:
                        known.append(self.rules[index].name)
                        yield index

    def _after(self, state: State, item: str, outcome: Outcome, finished: list[int]) -> State | None:
        made = list(state)
        self._give(made, item, outcome)
        for index in finished:
            rule = self.rules[index]
            number = rule.number(made[index])
            found = None if number is None else _outcome(rule, number)
            if found is None:
                return None  # a gap, which is told of the scale itself
            made[index] = None
            self._give(made, rule.name, found)
        return tuple(made)

    def _give(self, made: list[Open], member: str, outcome: Outcome) -> None:
        for index, rule in enumerate(self.rules):
            if member in rule.members:
                made[index] = rule.feed(made[index], member, outcome)
        self.work_left -= 1
        if self.work_left < 0:
            raise _TooMuchError


def _outcome(rule: Rule, number: int) -> Outcome | None:
    try:
        return rule.outcome(number)
    except StepError:
        return None


def _below(edition: Edition, name: str) -> set[str]:
    found, left = {name}, [name]
    while left:
        for member in edition.rules[left.pop()].members:
            if member in edition.rules and member not in found:
                found.add(member)
                left.append(member)
    return found


def _items(edition: Edition, name: str, seen: set[str]) -> Iterator[str]:
    """The items below a scale, those of one scale together, so that few scales are unfinished at a time."""
    for member in edition.rules[name].members:
        if member not in edition.rules:
            yield member
        elif member not in seen:
            seen.add(member)
            yield from _items(edition, member, seen)


def _range(edition: Edition, name: str, outcomes: Mapping[str, Collection[Outcome]]) -> tuple[int, int]:
    """The least and the most that a scale can come to, before its `points`."""
    spans = {item: _span([each.points for each in found]) for item, found in outcomes.items()}
    below = _below(edition, name)
    for rule in edition.rules.values():
        if rule.name == name:
            break
        if rule.name in below:
            own = _bounds(rule, spans)
            spans[rule.name] = own if not rule.points else _span(list(rule.points.values()))
    return _bounds(edition.rules[name], spans)


def _bounds(rule: Rule, spans: Mapping[str, tuple[int, int]]) -> tuple[int, int]:  # noqa: PLR0911  (one return per way)
    """The same for one scale, from what its members can come to."""
    lows = [-spans[each][1] if each in rule.less else spans[each][0] for each in rule.members]
    highs = [-spans[each][0] if each in rule.less else spans[each][1] for each in rule.members]
    match rule.way:
        case "sum":
            return sum(lows), sum(highs)
        case "count":
            return 0, len(rule.members)
        case "any_of" | "all_of":
            return 0, 1
        case "maximum":
            return max(lows), max(highs)
        case "minimum":
            return min(lows), min(highs)
        case "worst":
            return 0, max(rule.ranks.values(), default=0)
        case _:
            return _span(list(rule.cells.values()))


def _span(numbers: list[int]) -> tuple[int, int]:
    return min(numbers, default=0), max(numbers, default=0)
