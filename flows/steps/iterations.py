"""Iterations of a `for_each`: what names one, and what type its member has."""

from collections.abc import Mapping, Sequence
from typing import Any

from definitions.plan import PlanStep
from definitions.runtime_values import RecordView
from definitions.types import ListOf, Struct, Type, Unknown
from flows.steps.scopes import under, within
from flows.steps.state import State
from models import StepRun
from tasks.outputs import MEMBERS
from tasks.result import StepError


def keyed(members: Sequence[object]) -> dict[str, object]:
    """The members by a name of their own, never by position: an option's code, a record's id, or the field
    of a group that tells its members apart. StepError when two members have the same name."""
    names = [_name(member, members) for member in members]
    if len(set(names)) != len(names):
        raise StepError(
            "same_member", "two members of the list can't be told apart, so their answers could be mixed up"
        )
    return dict(zip(names, members, strict=True))


def _name(member: object, members: Sequence[object]) -> str:
    if isinstance(member, Mapping):
        return _plain(member[_telling_field(members)])
    return _plain(member)


def _plain(member: object) -> str:
    return member.id if isinstance(member, RecordView) else str(member)


def _telling_field(members: Sequence[object]) -> str:
    """The last field whose values all differ; the loop's own name stands last in a group."""
    groups = [member for member in members if isinstance(member, Mapping)]
    for name in reversed(list(groups[0])):
        values = [_plain(group[name]) for group in groups]
        if all(isinstance(group[name], str | RecordView) for group in groups) and len(set(values)) == len(
            values
        ):
            return str(name)
    raise StepError("same_member", "the members of the list have no field that tells them apart")


def loop_type(step: PlanStep) -> Type:
    """The type of one member of a step's `for_each`."""
    each = dict(step.output.fields).get("each") if isinstance(step.output, Struct) else None
    if isinstance(each, ListOf) and isinstance(each.item, Struct) and step.for_each is not None:
        return dict(each.item.fields)[step.for_each.name]
    return Unknown()


def parent_of(state: State, step: PlanStep, run: StepRun) -> StepRun | None:
    """The run of a step with `for_each` of which this one is an iteration; None where it is none."""
    if step.for_each is None or step.block is not None:
        return None
    path = within(run.iteration, step.depth)
    return None if path == run.iteration else state.run(step.id, path)


def collected(state: State, step: PlanStep, parent: StepRun) -> list[dict[str, Any]]:
    """What the iterations of a step gave, in the order of its members, each with its member under the
    loop's name.
    """
    name = step.for_each.name if step.for_each is not None else ""
    members = parent.outputs[MEMBERS]
    given = {run.iteration: run.outputs for run in state.iterations(step.id, parent.iteration)}
    return [{**given[under(parent.iteration, key)], name: member} for key, member in members.items()]
