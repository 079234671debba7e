"""What is checked of scales: their members, their matrices, and that everything counts somewhere."""

from collections.abc import Collection, Iterator, Mapping

from definitions.catalogue import Look, Path
from definitions.checks.ids import name_problem
from definitions.types import Type
from tasks.scoring.card import Card, Combination, Matrix, Scale
from tasks.scoring.dependent import Bands, leaves
from tasks.scoring.edition import TOTAL
from tasks.scoring.points import NOT_ASKED


def check_scales(card: Card, kinds: Mapping[str, Type], look: Look) -> bool:
    """Whether scales and total are made of what there is; faults are reported."""
    good = True
    above: list[str] = list(card.items)
    for name, scale in card.scales.items():
        good = _name(name, card, look) and good
        good = _combination(card, scale, scale.bands, above, look, ("scales", name)) and good
        above.append(name)
    if card.total is not None:
        good = _combination(card, card.total, card.bands, above, look, ("total",)) and good
        _counts_nowhere(card, look)
    return good and len(kinds) == len(card.items)


def _name(name: str, card: Card, look: Look) -> bool:
    problem = name_problem(name)
    path: Path = ("scales", name)
    if problem is not None:
        look.report(problem.code, problem.message, path, advice=problem.advice)
    elif name == TOTAL:
        advice = "give it another name; the total has a key of its own"
        look.report("CW705", "a scale can't be called `total`", path, advice=advice)
    elif name in card.items:
        look.report("CW226", f"`{name}` is an item already", path, advice="give it another name")
    else:
        return True
    return False


def _combination(
    card: Card, made: Combination, bands: Bands | None, above: list[str], look: Look, path: Path
) -> bool:
    members = list(_members(made, path))
    unknown = [each for each, at in members if not _member(each, above, look, at)]
    if unknown or _twice(members, look):
        return False
    if made.worst is not None:
        unfit = [each for each, at in members if not _banded(card, each, bands, look, at)]
        return _ranked(bands, look, path) and not unfit
    return made.matrix is None or _matrix(card, made.matrix, bands, look, path)


def _twice(members: list[tuple[str, Path]], look: Look) -> bool:
    """Whether a member stands twice, which is reported at the second place."""
    seen: set[str] = set()
    for name, at in members:
        if name in seen:
            look.report("CW705", f"`{name}` stands twice", at, advice="name each member once")
        seen.add(name)
    return len(seen) < len(members)


def _members(made: Combination, path: Path) -> Iterator[tuple[str, Path]]:
    if made.matrix is not None:
        yield made.matrix.rows, (*path, "matrix", "rows")
        yield made.matrix.columns, (*path, "matrix", "columns")
        return
    for index, each in enumerate(getattr(made, made.way)):
        yield each, (*path, made.way, index)
    for index, each in enumerate(made.less or ()):
        yield each, (*path, "less", index)


def _member(name: str, above: Collection[str], look: Look, path: Path) -> bool:
    return look.choose(name, tuple(above), path, "item, or scale further up,")


def _banded(card: Card, name: str, bands: Bands | None, look: Look, path: Path) -> bool:
    """Whether a member of `worst` is a scale whose bands are among those of the whole."""
    scale = card.scales.get(name)
    allowed = {each for _, leaf in leaves(bands) for each in (leaf or ())}
    own = {each for _, leaf in leaves(scale.bands) for each in (leaf or ())} if scale is not None else set()
    if own and own <= allowed:
        return True
    advice = f"name scales whose bands are among {', '.join(sorted(allowed))}"
    look.report("CW705", f"`{name}` has no bands that are bands of the whole", path, advice=advice)
    return False


def _ranked(bands: Bands | None, look: Look, path: Path) -> bool:
    if all(isinstance(leaf, list) for _, leaf in leaves(bands)):
        return True
    advice = "write the bands as a list of names, the lowest first: `bands: [low, medium, high]`"
    look.report("CW708", "what gives a band, and no points, has no numbers in its bands", path, advice=advice)
    return False


def _matrix(card: Card, matrix: Matrix, bands: Bands | None, look: Look, path: Path) -> bool:
    """Whether a matrix has a cell for each pair of what its two sides can say."""
    here = (*path, "matrix")
    rows = _levels(card, matrix.rows, look, (*here, "rows"))
    columns = _levels(card, matrix.columns, look, (*here, "columns"))
    if not rows or not columns:
        return False
    good = _keys(matrix.cells, rows, "row", look, (*here, "cells"))
    for row, cells in matrix.cells.items():
        good = _keys(cells, columns, "column", look, (*here, "cells", row)) and good
    named = [
        (row, column, cell)
        for row, cells in matrix.cells.items()
        for column, cell in cells.items()
        if isinstance(cell, str)
    ]
    if not named:
        return good
    allowed = tuple(dict.fromkeys(each for _, leaf in leaves(bands) for each in (leaf or ())))
    for row, column, cell in named:
        good = look.choose(cell, allowed, (*here, "cells", row, column), "band") and good
    return _ranked(bands, look, path) and good


def _keys(cells: Mapping[str, object], wanted: list[str], what: str, look: Look, path: Path) -> bool:
    unknown = [key for key in cells if not look.choose(key, wanted, (*path, key), what)]
    without = [each for each in wanted if each not in cells]
    if without:
        look.report("CW708", f"no {what} for {', '.join(without)}", path, advice="add a cell for each pair")
    return not unknown and not without


def _levels(card: Card, name: str, look: Look, path: Path) -> list[str]:
    """What one side of a matrix can say: the bands of a scale, or the answers of an item."""
    found: dict[str, None] = {}
    if name in card.scales:
        for _, leaf in leaves(card.scales[name].bands):
            found.update(dict.fromkeys(leaf or ()))
    else:
        item = card.items[name]
        points = card.points.get(item.points, {}) if isinstance(item.points, str) else item.points
        for _, leaf in leaves(points):
            found.update(dict.fromkeys(leaf))
        if item.only_if is not None:
            found[NOT_ASKED.key or ""] = None
    if not found:
        advice = "name an item, or a scale with `bands:`"
        look.report("CW708", f"`{name}` has no bands", path, advice=advice)
    return list(found)


def _counts_nowhere(card: Card, look: Look) -> None:
    """Report items and scales that neither the total nor a scale with bands rests on."""
    scales: dict[str, Scale] = card.scales
    left = [*(card.total.members if card.total is not None else ())]
    left += [name for name, scale in scales.items() if scale.bands is not None]
    used: set[str] = set()
    while left:
        name = left.pop()
        if name not in used:
            used.add(name)
            left.extend(scales[name].members if name in scales else ())
    for section, names in (("items", card.items), ("scales", scales)):
        for name in names:
            if name not in used:
                advice = "name it under `total:` or in a scale, or leave it out"
                look.report("CW706", f"`{name}` counts nowhere", (section, name), advice=advice)
