"""What is checked of a scorecard, and the type under which later steps read the score."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from definitions.catalogue import Look, Path
from definitions.checks.ids import id_problem
from definitions.expressions import FUNCTIONS
from definitions.types import (
    Choice,
    Choices,
    Condition,
    Date,
    DateTime,
    Number,
    Struct,
    Text,
    Type,
    Unknown,
    describe,
)
from tasks.scoring.card import Card, Combination, Item
from tasks.scoring.card_values import AS_OF
from tasks.scoring.combining import Rule
from tasks.scoring.dependent import Dependent, leaves
from tasks.scoring.dependent_checks import check_entries
from tasks.scoring.edition import TOTAL, Edition, TooManyEditionsError, editions
from tasks.scoring.points import every_outcome
from tasks.scoring.points_checks import band_faults, check_points, readable
from tasks.scoring.reachable import MOST_WORK, outcomes_of, reachable
from tasks.scoring.scale_checks import check_scales

Kinds = Mapping[str, Type]


def check_card(card: Card, look: Look, inputs: Kinds = MappingProxyType({})) -> Type:
    """Report every fault of a card; the type of what it gives. `inputs` are in sight too."""
    own = _own_names(card, look, inputs)
    kinds = {name: _item(card, name, item, look, own) for name, item in card.items.items()}
    whole = _complete(card, look)
    whole = check_scales(card, kinds, look) and whole
    whole = _dependents(card, look, own) and whole
    found = _editions(card, look) if whole else []
    for edition in found:
        _check_numbers(card, edition, kinds, look, most_work=MOST_WORK // len(found))
    names = _bands_of(card, found, TOTAL, look, ("bands",))
    _overruling(card, names, look, own)
    scales = Struct(tuple((name, _scale_type(card, found, name, look)) for name in card.scales))
    banded = Choice(names) if names else Unknown()
    return Struct(
        (
            ("total", Number()),
            ("band", banded),
            ("provisional", Condition()),
            ("known_band", banded),
            ("could_rise_to", banded),
            ("calculated_band", banded),
            ("items", Struct(tuple((name, Number()) for name in card.items))),
            ("scales", scales),
            ("judgement", Text()),
            ("would_change", Text()),
            ("explanation", Text()),
        )
    )


def _own_names(card: Card, look: Look, names: Kinds) -> dict[str, Type]:
    """`names`, `as_of` and the tables, with their types; a table reads those above it."""
    own: dict[str, Type] = dict(names)
    if card.as_of is not None:
        kind = look.value(card.as_of, (AS_OF,), names=own)
        if not isinstance(kind, Date | DateTime | Unknown):
            look.report("CW709", f"`as_of` is {describe(kind)}; the day that counts is a date", (AS_OF,))
        own[AS_OF] = Date()
    for name, table in card.tables.items():
        path: Path = ("tables", name)
        problem = id_problem(name, FUNCTIONS, "name")
        if problem is not None:
            look.report(problem.code, problem.message, path, advice=problem.advice)
        if isinstance(table, Dependent):
            check_entries(table, look, path, own)
        types = [look.value(leaf, (*path, *at), names=own) for at, leaf in leaves(table)]
        alike = all(each == types[0] for each in types)
        if not alike:
            look.report("CW709", f"the entries of `{name}` are of different types", path)
        own[name] = types[0] if alike else Unknown()
    return own


def _item(card: Card, name: str, item: Item, look: Look, own: Kinds) -> Type:
    """The type of what an item scores, with everything that is wrong with the item."""
    path: Path = ("items", name)
    kind = look.value(item.of, (*path, "of"), names=own)
    if item.only_if is not None:
        look.condition(item.only_if, (*path, "only_if"), own)
    if isinstance(item.points, str):
        if look.choose(item.points, tuple(card.points), (*path, "points"), "list of points"):
            _points(kind, card.points[item.points], look, ("points", item.points))
    else:
        _points(kind, item.points, look, (*path, "points"))
    return kind


def _points(kind: Type, points: object, look: Look, path: Path) -> None:
    for at, leaf in leaves(points):
        if isinstance(leaf, Mapping):
            check_points(kind, leaf, look, (*path, *at))
        else:
            look.report("CW703", "points stand here by answer, not the name of a list", (*path, *at))


def _complete(card: Card, look: Look) -> bool:
    """Whether there are items, a total and bands."""
    whole = True
    for key in ("items", "bands"):
        if not getattr(card, key):
            look.report("CW202", f"the key `{key}` is missing", ())
            whole = False
    if card.scales and card.total is None:
        advice = "write `total:` with `sum:`, `maximum:` or another way, over items and scales"
        look.report(
            "CW707", "with `scales` it has to be said what counts in the end", ("scales",), advice=advice
        )
        whole = False
    return whole


def _dependents(card: Card, look: Look, own: Kinds) -> bool:
    """Whether everything that depends on something has an entry for whatever that can be."""
    trees: list[tuple[object, Path]] = [(card.bands, ("bands",))]
    trees.extend((points, ("points", name)) for name, points in card.points.items())
    trees.extend((item.points, ("items", name, "points")) for name, item in card.items.items())
    for name, scale in card.scales.items():
        trees += [(scale.bands, ("scales", name, "bands")), (scale.points, ("scales", name, "points"))]
    if card.total is not None:
        trees.append((card.total.points, ("total", "points")))
    good = [check_entries(tree, look, path, own) for tree, path in trees if isinstance(tree, Dependent)]
    return all(good)


def _editions(card: Card, look: Look) -> list[Edition]:
    """Every edition; none where a band can't be read, which is reported."""
    bad = [*_unreadable(card.bands, ("bands",), look)]
    for name, scale in card.scales.items():
        bad += _unreadable(scale.bands, ("scales", name, "bands"), look)
        bad += _unreadable_points(card, scale, ("scales", name, "points"), look)
    if card.total is not None:
        bad += _unreadable_points(card, card.total, ("total", "points"), look)
    if bad:
        return []
    try:
        return editions(card, lambda _by, keys: keys)
    except TooManyEditionsError as error:
        look.report("CW709", str(error), ())
        return []


def _unreadable(bands: object, path: Path, look: Look) -> Iterator[str]:
    for at, leaf in leaves(bands):
        if isinstance(leaf, Mapping):
            named = {name: str(words) for name, words in leaf.items()}
            yield from readable(named, look, (*path, *at), whole=True)
        elif isinstance(leaf, list) and len(set(leaf)) < len(leaf):
            look.report("CW701", "a band stands twice", (*path, *at))
            yield "twice"


def _unreadable_points(card: Card, made: Combination, path: Path, look: Look) -> Iterator[str]:
    points: object = made.points
    if isinstance(made.points, str):
        if not look.choose(made.points, tuple(card.points), path, "list of points"):
            yield made.points
            return
        points, path = card.points[made.points], ("points", made.points)
    for at, leaf in leaves(points):
        if isinstance(leaf, Mapping):
            yield from readable({words: words for words in leaf}, look, (*path, *at), whole=True)


def _check_numbers(card: Card, edition: Edition, kinds: Kinds, look: Look, *, most_work: int) -> None:
    """Report gaps and overlaps of bands over the numbers that can occur in an edition."""
    outcomes = {
        name: every_outcome(
            points, several=isinstance(kinds[name], Choices), skippable=item.only_if is not None
        )
        for (name, item), points in zip(card.items.items(), edition.items.values(), strict=True)
    }
    if not all(outcomes.values()):
        return
    where = f", where {edition.where}" if edition.where else ""
    rules = [rule for rule in edition.rules.values() if rule.points is not None or rule.bands is not None]
    for rule in rules:
        path: Path = () if rule.name == TOTAL else ("scales", rule.name)
        numbers = reachable(edition, rule.name, outcomes, most_work=most_work // len(rules))
        if rule.points is not None:
            at = ("total", "points") if rule.name == TOTAL else (*path, "points")
            _report_faults(look, band_faults(rule.points_bands, numbers), at, where)
            numbers = frozenset(each.points for each in outcomes_of(_unbanded(rule), numbers))
        if rule.bands is not None:
            _report_faults(look, band_faults(rule.bands, numbers), (*path, "bands"), where)


def _report_faults(look: Look, faults: Iterator[str], path: Path, where: str) -> None:
    for fault in faults:
        look.report("CW701", f"{fault}{where}", path, advice="let each band begin where the one before ends")


def _unbanded(rule: Rule) -> Rule:
    return Rule(rule.name, rule.way, rule.members, points=rule.points, points_bands=rule.points_bands)


def _bands_of(card: Card, found: list[Edition], name: str, look: Look, path: Path) -> tuple[str, ...]:
    """The names of the bands, the lowest first; reports editions that have others."""
    if not found:
        tree = card.bands if name == TOTAL else card.scales[name].bands
        first = next((leaf for _, leaf in leaves(tree)), None)
        return tuple(first) if isinstance(first, Mapping | list) else ()
    orders = [tuple(sorted(edition.rules[name].order)) for edition in found]
    places = [edition.rules[name].order for edition in found]
    if any(each != orders[0] for each in orders) or any(each != places[0] for each in places):
        advice = "give all of them the same bands, in the same order"
        look.report(
            "CW710", "the bands have other names, or another order, in some entries", path, advice=advice
        )
    order = places[0]
    return tuple(order[::-1] if found[0].rules[name].better else order)


def _scale_type(card: Card, found: list[Edition], name: str, look: Look) -> Type:
    fields: list[tuple[str, Type]] = [("total", Number()), ("provisional", Condition())]
    if card.scales[name].bands is not None:
        names = _bands_of(card, found, name, look, ("scales", name, "bands"))
        fields.append(("band", Choice(names) if names else Unknown()))
    return Struct(tuple(fields))


def _overruling(card: Card, names: tuple[str, ...], look: Look, own: Kinds) -> None:
    for index, override in enumerate(card.overrides):
        look.condition(override.when, ("overrides", index, "when"), own)
        if names:
            look.choose(override.band, names, ("overrides", index, "band"), "band")
    if card.judgement is not None:
        wants = Choice(names) if names else None
        look.value(card.judgement.band, ("judgement", "band"), wants, own)
        look.value(card.judgement.because, ("judgement", "because"), Text(), own)
