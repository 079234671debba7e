"""Why a score is what it is and what would change it, in sentences that can be read out to the client."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from definitions.types import NO_ANSWER
from tasks.scoring.card import Card
from tasks.scoring.combining import Outcome, Rule
from tasks.scoring.edition import TOTAL, Edition
from tasks.scoring.points import NOT_ASKED, Points
from tasks.scoring.tally import Tally, evaluate
from tasks.scoring.verdict import Verdict


def explanation(card: Card, tally: Tally, verdict: Verdict) -> str:
    """Each part of the total, what is missing, and what decided."""
    total, rule = tally.total, tally.rule
    lines = [f"{_said(card, tally)}. That is {total.known}."]
    if tally.missing:
        turn = "fall" if rule.better else "rise"
        missing = ", ".join(_missing(card, tally)) or tally.editions[0].where
        could = f"It could {turn} to {_number(card, total.worst.points)}{total.worst.key}."
        lines.append(f"Missing: {missing}. {could}" if missing else could)
    elif open_ones := [card.title_of(name) for name, each in tally.items.items() if each.given is None]:
        lines.append(f"Not answered, which changes nothing: {', '.join(open_ones)}.")
    if verdict.because:
        lines.append(f"Counts as {verdict.calculated} whatever the points: {'; '.join(verdict.because)}.")
    elif tally.missing:
        lines.append(f"Counts as {verdict.calculated} until that is known: missing is not low.")
    lines.extend(_judged(verdict))
    if verdict.provisional:
        lines.append("Provisional.")
    return " ".join(lines)


def would_change(card: Card, tally: Tally, verdict: Verdict, several: Sequence[str] = ()) -> str:
    """What would make it another band: the smallest change of one answer for the worse, and for the better.

    `several` are the items of which any number of answers can be chosen.
    """
    if tally.missing:
        open_ones = [card.title_of(name) for name, each in tally.items.items() if each.given is None]
        about = (
            f": {_listed(open_ones)} {'is' if len(open_ones) == 1 else 'are'} not answered"
            if open_ones
            else ""
        )
        turn = "fall" if tally.rule.better else "rise"
        return f"It could still {turn} to {tally.total.worst.key}{about}."
    if verdict.because or verdict.band != verdict.calculated:
        return f"By the points alone it would be {tally.total.known}."
    return " ".join(_changes(card, tally, several)) or "No single answer would make it another band."


@dataclass(frozen=True, slots=True)
class _Change:
    """One other answer, by how many points it differs, and what the total would come to."""

    item: str
    key: str
    by: int
    total: Outcome


def _changes(card: Card, tally: Tally, several: Sequence[str]) -> Iterator[str]:
    order, now = tally.rule.order, tally.total.known
    if now not in order:
        return
    found = list(_alternatives(tally, several))
    places = {each: order.index(each.total.key) for each in found if each.total.key in order}
    for worse in (True, False):
        other = [
            each
            for each, place in places.items()
            if (place > order.index(now)) == worse and each.total.key != now
        ]
        if other:
            yield _change_in_words(
                card, min(other, key=lambda each: (abs(each.by), abs(places[each] - order.index(now))))
            )


def _change_in_words(card: Card, change: _Change) -> str:
    more = "more" if change.by > 0 else "less"
    amount = "one point" if abs(change.by) == 1 else f"{abs(change.by)} points"
    answer = f"{card.title_of(change.item)}: {change.key}"
    if change.by == 0:
        return f"Another answer ({answer}) would make it {change.total.key}."
    return f"{amount[0].upper()}{amount[1:]} {more} ({answer}) would make it {change.total.key}."


def _alternatives(tally: Tally, several: Sequence[str]) -> Iterator[_Change]:
    """Every total that one other answer would give."""
    edition = tally.editions[0]
    given = {name: each.given or each.least for name, each in tally.items.items()}
    for name, now in given.items():
        if now == NOT_ASKED or tally.items[name].given is None:
            continue
        for other in _other_answers(edition, name, now, several=name in several):
            total = evaluate(edition, {**given, name: other}, tally.items)[TOTAL]
            yield _Change(name, other.key or "", other.points - now.points, total)


def _other_answers(edition: Edition, name: str, now: Outcome, *, several: bool) -> Iterator[Outcome]:
    chosen = (now.key or "").split(" and ") if several else []
    for key, points in edition.items[name].items():
        if key in NO_ANSWER or key == now.key:
            continue
        if not several:
            yield Outcome(points, key)
        elif key in chosen:
            yield Outcome(now.points - points, f"without {key}")
        else:
            yield Outcome(now.points + points, key)


def _said(card: Card, tally: Tally) -> str:
    """The points of the total and of each of its parts."""
    parts = [text for name in dict.fromkeys(tally.rule.members) if (text := _part(card, tally, name))]
    listed = ", ".join(parts) or "nothing is known"
    if _ranked(card):
        return listed[0].upper() + listed[1:]
    number = tally.total.points
    return f"{number} {'point' if abs(number) == 1 else 'points'}: {listed}"


def _part(card: Card, tally: Tally, name: str) -> str | None:
    """One member of the total; None for an item that is open, which is told apart."""
    if name in card.items:
        points = tally.items[name]
        return None if points.given is None else f"{card.title_of(name)} {points.given.points} ({points.why})"
    standing, rule = tally.standings[name], tally.editions[0].rules[name]
    inside = _scoring(card, tally, rule)
    said = [*([standing.known] if standing.known else []), *inside]
    return f"{card.title_of(name)} {standing.points}" + (f" ({'; '.join(said)})" if said else "")


def _scoring(card: Card, tally: Tally, rule: Rule) -> list[str]:
    """The members of a scale that have points."""
    found = []
    for name in dict.fromkeys(rule.members):
        if name in card.items:
            given = tally.items[name].given
            if given is not None and given.points:
                found.append(f"{card.title_of(name)}: {given.key}")
        elif tally.standings[name].points:
            found.append(card.title_of(name))
    return found


def _missing(card: Card, tally: Tally) -> list[str]:
    better = tally.rule.better
    return [
        f"{card.title_of(name)} ({_open(each, better=better)})"
        for name, each in tally.items.items()
        if each.given is None
    ]


def _open(points: Points, *, better: bool) -> str:
    if better:
        return f"as little as {min(each.points for each in points.may_be)}"
    return f"up to {points.could_add}"


def _judged(verdict: Verdict) -> Iterator[str]:
    judged = verdict.judged
    if judged is None:
        return
    if judged.refused is not None:
        yield f"Judged to be {judged.band}, which does not count: {judged.refused}."
    elif judged.provisional:
        yield f"Judged to be {judged.band}; the reason is still to be written."
    elif verdict.band != verdict.calculated:
        yield f"Judged to be {judged.band} instead of {verdict.calculated}: {judged.because.rstrip('.')}."
    else:
        yield f"Judged to be {judged.band} too."


def _ranked(card: Card) -> bool:
    """Whether the total is the place of a band, which is no number of points."""
    return card.total is not None and (card.total.worst is not None or isinstance(card.bands, list))


def _number(card: Card, points: int) -> str:
    return "" if _ranked(card) else f"{points} {'point' if abs(points) == 1 else 'points'}, "


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def plain(tally: Tally) -> Mapping[str, int | None]:
    """The points of each item, None while it is open."""
    return {name: None if each.given is None else each.given.points for name, each in tally.items.items()}
