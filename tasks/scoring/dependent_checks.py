"""What is checked of entries that depend on something: that each answer or period has exactly one."""

from collections.abc import Mapping

from definitions.catalogue import Look, Path
from definitions.types import (
    NO_ANSWER,
    Choice,
    Condition,
    Date,
    DateTime,
    MaybeAbsent,
    Number,
    Text,
    Type,
    Unknown,
    YesNo,
    describe,
)
from tasks.scoring.bands import faults, parse_bands
from tasks.scoring.dependent import OTHERWISE, Dependent
from tasks.scoring.points_checks import readable


def check_entries(tree: Dependent, look: Look, path: Path, own: Mapping[str, Type]) -> bool:
    """Whether each thing that the tree depends on has an entry for all it can be; reports faults."""
    kind = look.value(tree.by, (*path, "by"), names=own)
    keys = [key for key in tree.entries if key != OTHERWISE]
    good = _check(kind, keys, look, (*path, "use"), otherwise=OTHERWISE in tree.entries)
    for key, each in tree.entries.items():
        if isinstance(each, Dependent):
            good = check_entries(each, look, (*path, "use", key), own) and good
    return good


def _check(kind: Type, keys: list[str], look: Look, path: Path, *, otherwise: bool) -> bool:
    match kind:
        case Unknown() | MaybeAbsent():
            return not isinstance(kind, Unknown)
        case Choice(options):
            return _options(keys, options, look, path, otherwise=otherwise)
        case YesNo() | Condition():
            return _options(keys, ("yes", "no"), look, path, otherwise=otherwise)
        case Text():
            if not otherwise:
                advice = "add `otherwise:` for every other text"
                look.report("CW709", "a text can be anything", path, advice=advice)
            return otherwise
        case Number() | Date() | DateTime():
            return _periods(keys, look, path, dates=not isinstance(kind, Number), otherwise=otherwise)
        case _:
            advice = "a choice, a yes/no answer, a text, a number or a date decides"
            look.report("CW709", f"nothing can depend on {describe(kind)}", path, advice=advice)
            return False


def _options(keys: list[str], options: tuple[str, ...], look: Look, path: Path, *, otherwise: bool) -> bool:
    allowed = tuple(dict.fromkeys((*options, *NO_ANSWER)))
    unknown = [key for key in keys if not look.choose(key, allowed, (*path, key), "answer")]
    without = [] if otherwise else [each for each in options if each not in keys]
    if without:
        look.report("CW709", f"no entry for {', '.join(without)}", path, advice="add it, or `otherwise:`")
    return not unknown and not without


def _periods(keys: list[str], look: Look, path: Path, *, dates: bool, otherwise: bool) -> bool:
    """Whether nothing is left out between two bands or periods."""
    if not keys or readable({key: key for key in keys}, look, path, dates=dates):
        return False
    bands = parse_bands(keys)
    first = min((each.low for each in bands if each.low is not None), default=None)
    last = max((each.high for each in bands if each.high is not None), default=None)
    found = list(faults(bands, first, last))
    if otherwise:
        found = [each for each in found if "overlap" in each]
    for fault in found:
        what = fault.replace("no band holds", "no entry holds")
        look.report(
            "CW709", what, path, advice="let each begin where the one before ends, or add `otherwise:`"
        )
    return not found
