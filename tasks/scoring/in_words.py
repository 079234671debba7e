"""A scorecard in words, a sentence per line, for `casewright explain`."""

from collections.abc import Iterator

from tasks.scoring.card import Card, Combination
from tasks.scoring.dependent import Dependent, leaves

_WAYS = {
    "sum": "adds up {members}",
    "count": "counts how many of {members} score",
    "any_of": "is 1 if any of {members} scores",
    "all_of": "is 1 if each of {members} scores",
    "maximum": "is the most of {members}",
    "minimum": "is the fewest of {members}",
    "worst": "is the worst band of {members}",
    "matrix": "is read from a table of {members}",
}


def card_in_words(card: Card) -> list[str]:
    """What a scorecard does."""
    titles = ", ".join(card.title_of(name) for name in card.items)
    lines = [f"Adds up points for {titles}."] if card.total is None else [f"Gives points for {titles}."]
    for name, item in card.items.items():
        if item.only_if is not None:
            lines.append(f"{card.title_of(name)} counts only if {item.only_if.expression.text}.")
    lines += [f"{card.title_of(name)} {_way(card, scale)}." for name, scale in card.scales.items()]
    if card.total is not None:
        lines.append(f"The total {_way(card, card.total)}.")
    lines += _bands(card)
    lines += [f"{each.band} whenever {each.when.expression.text}: {each.because}." for each in card.overrides]
    if card.judgement is not None:
        levels = f" by {card.judgement.levels} at most" if card.judgement.levels is not None else ""
        lines.append(f"A professional may {card.judgement.may} the band{levels}, with a written reason.")
    turn = "fall" if card.higher_is == "better" else "rise"
    return [*lines, f"While something is missing the band counts that the points could still {turn} to."]


def _way(card: Card, made: Combination) -> str:
    taken = set(made.less or ())
    words = _WAYS[made.way].format(
        members=_listed(card, [each for each in made.members if each not in taken])
    )
    return words + (f", less {_listed(card, list(made.less))}" if made.less else "")


def _bands(card: Card) -> Iterator[str]:
    if isinstance(card.bands, list):
        yield f"From the lowest band up: {', '.join(card.bands)}."
        return
    for path, bands in leaves(card.bands):
        where = _where(card.bands, path)
        named = (
            dict(bands)
            if isinstance(bands, dict)
            else {name: index for index, name in enumerate(bands or [])}
        )
        for name, words in named.items():
            yield f"{name} is a total of {words}{where}."


def _where(tree: object, path: tuple[str, ...]) -> str:
    """`, where profile.sex is female`."""
    said = []
    for key in path[1::2]:
        if not isinstance(tree, Dependent):
            break
        by = tree.by.expression.text if tree.by.expression is not None else str(tree.by.literal)
        said.append(f"{by} is {key}")
        tree = tree.entries[key]
    return f", where {' and '.join(said)}" if said else ""


def _listed(card: Card, names: list[str]) -> str:
    titles = [card.title_of(name) for name in names]
    return titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} and {titles[-1]}"
