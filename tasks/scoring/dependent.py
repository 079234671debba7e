"""What depends on something else: points, bands and figures that differ by day, place, sex, size or policy.

`by:` says on what, `use:` has one entry for each answer or band of it, `otherwise` the rest. Entries may
depend on something again.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, TypeAlias

from pydantic import Discriminator, Field, Tag

from definitions.arguments import Part, Value

OTHERWISE: Final = "otherwise"

PointsOfAnswer: TypeAlias = Annotated[int, Field(ge=-1_000, le=1_000)]
PlainPoints: TypeAlias = dict[str, PointsOfAnswer]
PlainBands: TypeAlias = dict[str, str | int]


def _shape(raw: object) -> str:
    """Which of the notations a plain value or a value that was read already is written in."""
    if isinstance(raw, Dependent) or (isinstance(raw, Mapping) and _depends(raw)):
        return _DEPENDENT
    if isinstance(raw, Mapping):
        return _GROUP
    return _LIST if isinstance(raw, list) else _WORD


def _depends(raw: Mapping[str, Any]) -> bool:
    by = raw.get("by")
    return by is not None and ("use" in raw or (isinstance(by, str) and by.startswith("=")))


# They hold a space, so that none of them is ever a key of the file.
_DEPENDENT: Final = "something dependent"
_GROUP: Final = "a group"
_LIST: Final = "a list"
_WORD: Final = "a word"


class Dependent(Part):
    """`by:` a value, `use:` what counts for each answer or band of it, `otherwise` among them the rest."""

    by: Value

    @property
    def entries(self) -> Mapping[str, Any]:
        """What counts for each key of `use`."""
        found: Mapping[str, Any] = getattr(self, "use")  # noqa: B009  (each kind of entry has a type of its own)
        return found


class PointsBy(Dependent):
    """Points that depend on something."""

    use: Annotated[dict[str, "Points"], Field(min_length=1)]


class BandsBy(Dependent):
    """Bands that depend on something."""

    use: Annotated[dict[str, "Bands"], Field(min_length=1)]


class Table(Dependent):
    """A value that depends on something, under a name that expressions of the scorecard read."""

    use: Annotated[dict[str, "Entry"], Field(min_length=1)]


Points: TypeAlias = Annotated[
    Annotated[PointsBy, Tag(_DEPENDENT)]
    | Annotated[PlainPoints, Field(min_length=1), Tag(_GROUP)]
    | Annotated[str, Tag(_WORD)],
    Discriminator(_shape),
]
"""Points by answer or band; or the name of such a list; or points that depend on something."""

Bands: TypeAlias = Annotated[
    Annotated[BandsBy, Tag(_DEPENDENT)]
    | Annotated[PlainBands, Field(min_length=1), Tag(_GROUP)]
    | Annotated[list[str], Field(min_length=1), Tag(_LIST)],
    Discriminator(_shape),
]
"""Bands by name; or a list of names, the lowest first, for 0, 1, 2 ...; or bands that depend on something."""

Entry: TypeAlias = Annotated[
    Annotated[Table, Tag(_DEPENDENT)] | Annotated[Value, Tag(_WORD)], Discriminator(_shape)
]
"""A value, or one that depends on something again."""

for _model in (PointsBy, BandsBy, Table):
    _model.model_rebuild()


def leaves(tree: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """What a tree of dependent entries holds at its ends, each with its path."""
    if isinstance(tree, Dependent):
        for key, each in tree.entries.items():
            yield from leaves(each, (*path, "use", key))
    else:
        yield path, tree
