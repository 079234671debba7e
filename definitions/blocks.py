"""Blocks: steps that hold steps. Their keys, and what makes each of them one."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from definitions.arguments import CheckedByKind, Clock, Condition, Part, StepArguments, StepOutput
from definitions.catalogue import StepKind
from definitions.time.clocks import describe

Join = Literal["all", "any"] | Annotated[int, Field(ge=1, le=1000)]
Rest = Literal["withdraw", "finish"]

MOST_ROUNDS: Final = 1000
MOST_BRANCHES: Final = 50
OTHERWISE: Final = frozenset({"otherwise"})


class BranchKeys(Part):
    """One branch of a block, besides its `steps`: `id` names it in outputs, `title` is for people."""

    id: str | None = None
    title: str | None = None


class ChosenKeys(BranchKeys):
    """A branch that runs only when a condition holds."""

    when: Condition


class ParallelKeys(BranchKeys):
    """A branch that runs beside others; with `when`, only if that holds."""

    when: Condition | None = None


class LeaveLater(Part):
    """`{after: 3 working days, then: {steps: [...]}}`: when the time has run out, what is still open in the
    block is withdrawn and the steps of `then` run instead.
    """

    after: Clock


class OnErrorKeys(Part):
    """`on_error: {steps: [...]}`: where a step of the block goes wrong for good, what is still open in it is
    withdrawn, and these steps run instead of an incident.
    """


class BlockArguments(StepArguments):
    """What every block may have besides its branches: ways to leave it early.

    `while:` leaves it as soon as the condition does not hold any more; nothing runs instead.
    """

    while_: Condition | None = Field(default=None, alias="while")
    deadline: LeaveLater | None = None
    on_error: OnErrorKeys | None = None


class Group(BlockArguments):
    """`steps:` alone: steps that belong together, and are left together."""


class Choose(BlockArguments):
    """`choose:` the branches, of which the first whose `when` holds runs; `otherwise:` the one that runs when
    none does, or `nothing`.
    """

    choose: Annotated[list[ChosenKeys], Field(min_length=1, max_length=MOST_BRANCHES)]
    otherwise: BranchKeys | Literal["nothing"]


class Parallel(BlockArguments):
    """`parallel:` the branches, which run beside each other; one with `when` only if that holds.

    `join:` says when the block ends: `all` (the usual), `any`, or a number of branches that have ended.
    `rest:` says what becomes of the others then: `withdraw` takes them back, `finish` lets them go on.
    """

    parallel: Annotated[list[ParallelKeys], Field(min_length=1, max_length=MOST_BRANCHES)]
    join: Join = "all"
    rest: Rest = "withdraw"


class FirstOf(BlockArguments):
    """`first_of:` the branches. Each begins with a step that waits for something; the branch whose first step
    ends first goes on, the others are withdrawn.
    """

    first_of: Annotated[list[BranchKeys], Field(min_length=2, max_length=MOST_BRANCHES)]


class Each(BlockArguments):
    """`for_each:` and `steps:`. The steps run for each member, all members at once; `join:` and `rest:` as in
    `parallel`, counted in members.
    """

    join: Join = "all"
    rest: Rest = "withdraw"


class RepeatKeys(Part):
    """`until:` what has to hold after a round for it to be the last; `at_most:` so many rounds."""

    until: Annotated[Condition, CheckedByKind()]
    at_most: Annotated[int, Field(ge=1, le=MOST_ROUNDS)]


class Repeat(BlockArguments):
    """`repeat:` and `steps:`. The steps run again and again, until `until` holds after a round."""

    repeat: RepeatKeys


class BlockOutput(StepOutput):
    """What a block gives follows from its steps."""


def _kind(
    name: str,
    summary: str,
    arguments: type[StepArguments],
    explain: Callable[[Any], Sequence[str]],
    keys: frozenset[str] = frozenset(),
) -> StepKind:
    def words(written: Any) -> Sequence[str]:
        return [*explain(written), *_ways_out(written)]

    return StepKind(name, 1, summary, arguments, BlockOutput, keys=keys, explain=words)


def _join(arguments: Parallel | Each, what: str) -> str:
    if arguments.join == "all":
        return f"Ends when all {what} have ended."
    number = "one of the" if arguments.join == "any" else str(arguments.join)
    rest = "are withdrawn" if arguments.rest == "withdraw" else "go on"
    return f"Ends when {number} {what} {'has' if number[0] == 'o' else 'have'} ended; the others {rest}."


def _branches(branches: Sequence[BranchKeys]) -> list[str]:
    lines = []
    for index, branch in enumerate(branches):
        condition = getattr(branch, "when", None)
        when = f", if {condition.expression.text}" if condition is not None else ""
        lines.append(f"Branch {index + 1}: {branch.title or branch.id or 'its steps'}{when}.")
    return lines


def _ways_out(arguments: BlockArguments) -> list[str]:
    lines = []
    if arguments.while_ is not None:
        lines.append(f"Is left as soon as `{arguments.while_.expression.text}` does not hold any more.")
    if arguments.deadline is not None:
        lines.append(f"Is left {describe(arguments.deadline.after.parsed)}: then other steps run.")
    if arguments.on_error is not None:
        lines.append("Is left when a step of it goes wrong for good: then other steps run.")
    return lines


def _explain_group(_arguments: Group) -> list[str]:
    return ["Runs its steps."]


def _explain_choose(arguments: Choose) -> list[str]:
    last = arguments.otherwise
    nothing = "nothing is done" if isinstance(last, str) else last.title or "the last branch runs"
    return [
        "Takes the first branch whose condition holds.",
        *_branches(arguments.choose),
        f"If none holds: {nothing}.",
    ]


def _explain_parallel(arguments: Parallel) -> list[str]:
    lines = _branches(arguments.parallel)
    return ["Runs its branches beside each other.", *lines, _join(arguments, "branches")]


def _explain_first(arguments: FirstOf) -> list[str]:
    lines = _branches(arguments.first_of)
    return ["Waits for the first step of each branch; the first that ends decides.", *lines]


def _explain_each(arguments: Each) -> list[str]:
    return ["Runs its steps for each member, all at once.", _join(arguments, "members")]


def _explain_repeat(arguments: Repeat) -> list[str]:
    keys = arguments.repeat
    return [f"Repeats its steps until {keys.until.expression.text}, {keys.at_most} times at most."]


BLOCK_KINDS: Final[Mapping[str, StepKind]] = MappingProxyType(
    {
        "group": _kind("group", "Runs steps that belong together", Group, _explain_group),
        "choose": _kind("choose", "Takes one of several branches", Choose, _explain_choose, OTHERWISE),
        "parallel": _kind("parallel", "Runs branches beside each other", Parallel, _explain_parallel),
        "first_of": _kind("first_of", "Takes the branch that comes first", FirstOf, _explain_first),
        "for_each": _kind("for_each", "Runs steps for each of several", Each, _explain_each),
        "repeat": _kind("repeat", "Repeats steps", Repeat, _explain_repeat, OTHERWISE),
    }
)
"""The blocks by name. They are no step kinds that `do:` could name: the engine itself moves them."""

HOLDING: Final = ("choose", "parallel", "first_of", "repeat")
"""The keys that make a step a block; besides them `for_each` with `steps`."""


def branch_keys(arguments: StepArguments | None) -> tuple[BranchKeys, ...]:
    """The branches of a block in their order; the body of a loop is its only one. The last branch of a
    `choose` is its `otherwise`, unless that is `nothing`.
    """
    match arguments:
        case Choose(choose=branches, otherwise=last):
            return (*branches, *(() if isinstance(last, str) else (last,)))
        case Parallel(parallel=several):
            return tuple(several)
        case FirstOf(first_of=those):
            return tuple(those)
        case Each() | Repeat() | Group():
            return (BranchKeys(),)
        case _:
            return ()


def exit_keys(arguments: StepArguments | None) -> tuple[str, ...]:
    """The ways to leave a block early that have steps of their own; these are its last branches."""
    if not isinstance(arguments, BlockArguments):
        return ()
    return tuple(name for name in ("deadline", "on_error") if getattr(arguments, name) is not None)


def may_be_left(arguments: StepArguments | None) -> bool:
    """Whether a block can end before its steps have."""
    left = exit_keys(arguments)
    return bool(left) or (isinstance(arguments, BlockArguments) and arguments.while_ is not None)
