"""What `explain` says of blocks, of the steps in them, and of work that goes back."""

from typing import Final

from definitions.plan import Block, Branch, Plan, PlanStep

LEFT: Final = {
    "deadline": "the deadline of {}",
    "on_error": "a step of {} that has gone wrong for good",
}
"""What the steps begin with that run when a block is left early."""

BEGINS: Final = {
    "choose": "the choice of {}, if it is the branch {}",
    "parallel": "the beginning of {}, in its branch {}",
    "first_of": "the beginning of {}, in its branch {}",
    "for_each": "the beginning of {}, for each member",
    "repeat": "the beginning of each round of {}",
    "group": "the beginning of {}",
}


def begins_with(plan: Plan, step: PlanStep) -> str:
    """What a step of a block begins with that needs none of its neighbours."""
    if step.place is None:
        return "nothing: it starts at once"
    around = plan.step(step.place.block)
    if around.block is None:
        raise AssertionError(around.id)
    left = _left_by(around.block, step.place.branch)
    if left is not None:
        return LEFT[left].format(around.title)
    branch = around.block.branches[step.place.branch]
    return BEGINS[around.block.kind].format(around.title, _called(branch, step.place.branch))


def runs_if(plan: Plan, step: PlanStep) -> str:
    """When a step without a condition of its own runs: always, or with its branch."""
    around = None if step.place is None else plan.step(step.place.block).block
    if around is None or step.place is None:
        return "always"
    if _left_by(around, step.place.branch) is not None:
        return "the block is left that way"
    if around.kind == "choose":
        return "its branch is taken"
    if around.kind == "parallel" and around.branches[step.place.branch].when is not None:
        return "its branch runs"
    first = around.branches[step.place.branch].steps[0] == step.id
    return "always" if around.kind != "first_of" or first else "its branch came first"


def block_ends(block: Block) -> str:
    """What ends a block."""
    some = "all" if block.join is None else str(block.join)
    match block.kind:
        case "choose":
            return "the steps of the branch that it took have ended"
        case "parallel":
            return f"{some} of the branches that began have ended"
        case "first_of":
            return "the steps of the branch that came first have ended"
        case "for_each":
            return f"the steps have ended for {some} of the members"
        case "repeat" if block.until is not None:
            return f"{block.until.expression.text}, after a round"
    return "its steps have ended"


def goes_back(plan: Plan, step: PlanStep) -> str:
    """Where a reviewer's step sends work back to."""
    if step.rework is None:
        raise AssertionError(step.id)
    when, title, most = (
        step.rework.when.expression.text,
        plan.step(step.rework.back_to).title,
        step.rework.at_most,
    )
    times = "once" if most == 1 else f"{most} times"
    then = "a person takes over" if step.otherwise is not None else "it is an incident"
    return f"If {when}, it goes back to {title}, {times} at most; after that {then}."


def _left_by(block: Block, branch: int) -> str | None:
    return next((each.kind for each in block.exits if each.branch == branch), None)


def _called(branch: Branch, number: int) -> str:
    return branch.title or branch.name or f"number {number + 1}"
