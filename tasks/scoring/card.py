"""A scorecard as it is written: items with points, scales over them, the total, its bands, and what overrules
it.
"""

from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from definitions.arguments import CheckedByKind, Condition, Part, StepArguments, Value
from tasks.scoring.dependent import Bands, Entry, Points

WAYS: Final = ("sum", "count", "any_of", "all_of", "maximum", "minimum", "worst", "matrix")
"""The ways in which a scale can combine its members; each scale has one."""

Members = Annotated[list[str] | None, Field(min_length=1, max_length=200)]


class Item(Part):
    """`of:` the value, `points:` what each of its answers or bands gives, or the name of such a list.

    `reversed: true` turns the points round. `only_if:` when it is asked at all: one that is not asked counts
    nothing and is not missing. `title:` is what people read.
    """

    of: Annotated[Value, CheckedByKind()]
    points: Annotated[Points, CheckedByKind()]
    reversed: bool = False
    only_if: Annotated[Condition | None, CheckedByKind()] = None
    title: str | None = None


class Matrix(Part):
    """`rows:` and `columns:` name a scale with bands or an item; `cells:` has points, or the name of a band,
    for each pair.
    """

    rows: str
    columns: str
    cells: Annotated[dict[str, dict[str, int | str]], Field(min_length=1)]


class Combination(Part):
    """Members, which are items or scales further up, combined in one way.

    `sum:` adds them up, `less:` takes others off; `count:` how many of them score, which is to have more than
    0 points; `any_of:` 1 if one scores; `all_of:` 1 if each scores; `maximum:` and `minimum:` the most and
    the fewest points; `worst:` the worst band that one of several scales is in; `matrix:` a table of two.
    `points:` then gives points for bands of what came out.
    """

    sum: Members = None
    less: Members = None
    count: Members = None
    any_of: Members = None
    all_of: Members = None
    maximum: Members = None
    minimum: Members = None
    worst: Members = None
    matrix: Matrix | None = None
    points: Annotated[Points | None, CheckedByKind()] = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = [way for way in WAYS if getattr(self, way) is not None]
        if len(ways) != 1:
            raise ValueError(
                f"combine the members in one way: write one of {', '.join(f'`{way}`' for way in WAYS)}"
            )
        if self.less is not None and self.sum is None:
            raise ValueError("`less` takes something off a `sum`")
        return self

    @property
    def way(self) -> str:
        """The one of `WAYS` that it has."""
        return next(way for way in WAYS if getattr(self, way) is not None)

    @property
    def members(self) -> tuple[str, ...]:
        """The items and scales that it is made of, those that are taken off included."""
        if self.matrix is not None:
            return (self.matrix.rows, self.matrix.columns)
        return (*(getattr(self, self.way) or ()), *(self.less or ()))


class Scale(Combination):
    """A combination with a name of its own, which other scales and the total can use.

    `bands:` are its own; `higher_is:` says whether more points are worse (as long as nothing is said) or
    better.
    """

    title: str | None = None
    bands: Annotated[Bands | None, CheckedByKind()] = None
    higher_is: Literal["worse", "better"] = "worse"


class Override(Part):
    """`when` this holds the score is in this `band` whatever the total, `because` of this."""

    when: Annotated[Condition, CheckedByKind()]
    band: str
    because: str


class Judgement(Part):
    """`band:` what a professional holds right where the points say something else, `because:` the written
    reason.

    `may:` `raise`, `lower` or `raise or lower`; `levels:` by how many bands at most.
    """

    band: Annotated[Value, CheckedByKind()]
    because: Annotated[Value, CheckedByKind()]
    may: Literal["raise", "lower", "raise or lower"] = "raise or lower"
    levels: Annotated[int | None, Field(ge=1, le=100)] = None


class Card(StepArguments):
    """The keys of a scorecard.

    `as_of:` the day that counts, which `by: = as_of` reads. `tables:` values by name that depend on
    something. `points:` lists of points by name, for several items. `items:` what is scored. `scales:`
    combinations of items and of scales further up. `total:` a combination that counts in the end; without it
    and without scales all items are added up. `bands:` of the total, `higher_is:` what more points mean.
    `overrides:` and `judgement:` overrule the points.
    """

    as_of: Annotated[Value | None, CheckedByKind()] = None
    tables: Annotated[dict[str, Entry], CheckedByKind()] = Field(default_factory=dict, max_length=50)
    points: Annotated[dict[str, Points], CheckedByKind()] = Field(default_factory=dict, max_length=50)
    items: dict[str, Item] = Field(default_factory=dict, max_length=200)
    scales: dict[str, Scale] = Field(default_factory=dict, max_length=100)
    total: Combination | None = None
    bands: Annotated[Bands | None, CheckedByKind()] = None
    higher_is: Literal["worse", "better"] = "worse"
    overrides: list[Override] = Field(default_factory=list, max_length=100)
    judgement: Judgement | None = None

    def title_of(self, name: str) -> str:
        """What people read for an item or a scale."""
        part = self.items.get(name) or self.scales.get(name)
        return (part.title if part is not None else None) or name.replace("_", " ")
