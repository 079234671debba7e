"""The branches of a plan: each place where one case goes another way than the next, with the ways there are.

One function per construct of the language; a construct that is new adds its own to `CONSTRUCTS`. What a run
has taken is found out by `flows.scenarios.covering`, by the same names.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from definitions.arguments import Assigned, Condition
from definitions.plan import Block, Plan, PlanStep
from definitions.tables.notation import TableSpec

HOLDS: Final = "holds"
FAILS: Final = "does not hold"
AT_ONCE: Final = "at once"
WAITED: Final = "after waiting"
DECIDED: Final = "decided at the deadline"
NEEDED: Final = "a person takes over"
SILENT: Final = "a person takes over after silence"
NOT_NEEDED: Final = "nobody has to take over"
RUNS: Final = "runs"
SKIPPED: Final = "skipped with its needs"
NONE: Final = "none"
ONE: Final = "one"
MANY: Final = "several"
OTHERWISE: Final = "otherwise"
DEFAULT: Final = "default"
LEFT: Final = "left early"
STAYED: Final = "not left early"
ASKED: Final = "asked"
NOT_ASKED: Final = "not asked"
ANSWERED: Final = "answered"
REFUSED: Final = "refused while missing"


@dataclass(frozen=True, slots=True)
class Point:
    """One place that branches: a step, the place inside it (`when`, `set.risk_level`), the ways, in order.

    `subject` is the notation of the plan that is evaluated there, by which a run is recognised; None where
    the way shows in what became of the step. `path` is where it stands below the step.
    """

    step: str
    place: str
    ways: tuple[str, ...]
    path: tuple[str | int, ...]
    subject: Condition | Assigned | None = None

    @property
    def name(self) -> str:
        """`safety_alert.when`: how a scenario and a report name it."""
        return f"{self.step}.{self.place}"


def branches(plan: Plan) -> tuple[Point, ...]:
    """All points of a plan, in the order of its steps."""
    return tuple(
        point for step in plan.all_steps for construct in CONSTRUCTS for point in construct(plan, step)
    )


def _when(_plan: Plan, step: PlanStep) -> Iterator[Point]:
    if step.when is not None:
        yield Point(step.id, "when", (HOLDS, FAILS), ("when",))


def _once(_plan: Plan, step: PlanStep) -> Iterator[Point]:
    if step.once is not None:
        late = (DECIDED,) if step.deadline is not None else ()
        yield Point(step.id, "once", (AT_ONCE, WAITED, *late), ("once",), step.once)


def _needs(plan: Plan, step: PlanStep) -> Iterator[Point]:
    written = [need.step for need in step.needs if need.written]
    if written and all(may_skip(plan, need) for need in written):
        yield Point(step.id, "needs", (RUNS, SKIPPED), ("needs",))


def _for_each(plan: Plan, step: PlanStep) -> Iterator[Point]:
    if step.for_each is None:
        return
    ways = (ONE, MANY) if _never_empty(plan, step) else (NONE, ONE, MANY)
    yield Point(step.id, "for_each", ways, ("for_each",))


def _never_empty(plan: Plan, step: PlanStep) -> bool:
    """Whether the loop goes over what another loop gave, and is skipped with it when that had no members."""
    expression = step.for_each.over.expression if step.for_each is not None else None
    names = [] if expression is None else [name.path for name in expression.names]
    if len(names) != 1 or len(names[0]) != 2 or names[0][1] != "each":
        return False
    needs = [need.step for need in step.needs if need.written]
    return needs == [names[0][0]] and plan.step(needs[0]).for_each is not None


def _otherwise(_plan: Plan, step: PlanStep) -> Iterator[Point]:
    if step.otherwise is not None:
        silent = (SILENT,) if step.otherwise.after is not None else ()
        yield Point(step.id, "otherwise", (NOT_NEEDED, NEEDED, *silent), ("otherwise",))


def _rules(_plan: Plan, step: PlanStep) -> Iterator[Point]:
    for path, found in _by_rule(step.arguments):
        ways = (*(f"rule {number}" for number in range(1, len(found.rules) + 1)), OTHERWISE)
        yield Point(step.id, ".".join(map(str, path)), ways, path, found)


def _by_rule(
    value: Any, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], Assigned]]:
    """Every value by rule inside arguments, also in keys that a step kind checks itself."""
    if isinstance(value, Assigned):
        if value.rules:
            yield path, value
    elif isinstance(value, BaseModel):
        for name, info in type(value).model_fields.items():
            yield from _by_rule(getattr(value, name), (*path, info.alias or name))
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from _by_rule(each, (*path, str(name)))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for index, each in enumerate(value):
            yield from _by_rule(each, (*path, index))


def _overrides(_plan: Plan, step: PlanStep) -> Iterator[Point]:
    card, shared = _card(step)
    for index, override in enumerate(getattr(card, "overrides", ())):
        path = shared or ("overrides", index, "when")
        yield Point(step.id, f"overrides.{index + 1}", (HOLDS, FAILS), path, override.when)


def _scored(_plan: Plan, step: PlanStep) -> Iterator[Point]:
    """The items of a scorecard that are asked only under a condition."""
    card, shared = _card(step)
    items = getattr(card, "items", None)
    for name, item in items.items() if isinstance(items, Mapping) else ():
        condition = getattr(item, "only_if", None)
        if isinstance(condition, Condition):
            path = shared or ("items", name, "only_if")
            yield Point(step.id, f"items.{name}.only_if", (HOLDS, FAILS), path, condition)


def _card(step: PlanStep) -> tuple[object, tuple[str, ...]]:
    """The scorecard of a step, and where it is named if it is a shared one."""
    card = getattr(step.arguments, "card", step.arguments)
    return card, () if card is step.arguments else ("scorecard",)


def _questions(_plan: Plan, step: PlanStep) -> Iterator[Point]:
    items = getattr(step.arguments, "items", None)
    for index, item in enumerate(items if isinstance(items, list) else ()):
        at = ("items", index)
        if getattr(item, "only_if", None) is not None:
            yield Point(step.id, f"{item.id}.only_if", (ASKED, NOT_ASKED), (*at, "only_if"))
        if getattr(item, "required", False):
            yield Point(step.id, f"{item.id}.required", (ANSWERED, REFUSED), (*at, "required"))


def _rows(_plan: Plan, step: PlanStep) -> Iterator[Point]:
    spec = getattr(step.arguments, "spec", None)
    if isinstance(spec, TableSpec):
        ways = [f"row {number}" for number in range(1, len(spec.rows) + 1)]
        path = ("rows",) if spec is step.arguments else ("table",)
        yield Point(step.id, "rows", (*ways, DEFAULT) if spec.default is not None else tuple(ways), path)


def _block(_plan: Plan, step: PlanStep) -> Iterator[Point]:
    """The branches of a block, its rounds, and the ways to leave it early."""
    block = step.block
    if block is None:
        return
    if block.kind in ("choose", "parallel", "first_of"):
        ways = tuple(branch_name(block, index) for index in block.usual)
        yield Point(step.id, "branches", ways, (block.kind,))
    if block.kind == "repeat":
        yield Point(step.id, "rounds", (ONE, MANY), ("repeat",))
    for way_out in block.exits:
        yield Point(step.id, f"exits.{way_out.kind}", (LEFT, STAYED), ())


def branch_name(block: Block, index: int) -> str:
    """What a branch is called: its own name, else its number."""
    return block.branches[index].name or f"branch {index + 1}"


def _rework(_plan: Plan, step: PlanStep) -> Iterator[Point]:
    if step.rework is not None:
        yield Point(step.id, "rework", (HOLDS, FAILS), ("rework",), step.rework.when)


Construct = Callable[[Plan, PlanStep], Iterator[Point]]

CONSTRUCTS: Final[tuple[Construct, ...]] = (
    _needs,
    _when,
    _once,
    _for_each,
    _rules,
    _overrides,
    _rows,
    _scored,
    _questions,
    _block,
    _rework,
    _otherwise,
)
"""What can branch, in the order in which a step meets it."""


def may_skip(plan: Plan, name: str) -> bool:
    """Whether a step may end as skipped, by what its definition says."""
    step = plan.step(name)
    if step.when is not None or step.for_each is not None:
        return True
    if step.kind.may_skip is not None and step.kind.may_skip(step.arguments):
        return True
    written = [need.step for need in step.needs if need.written]
    return bool(written) and all(may_skip(plan, need) for need in written)
