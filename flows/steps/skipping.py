"""A step that a person skips with a reason: what they have to give, and what becomes of the step run
(engine.md R1.3).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlmodel import Session

from definitions.plan import Plan, PlanStep
from definitions.types import ListOf, MaybeAbsent, Record, Struct, Type
from flows.errors import InputError
from flows.steps.blocks import give_up
from flows.steps.corrections import shared_path
from flows.steps.endings import ENDED, SKIPPED_BY, has_ended, mark_of
from flows.steps.failure import blame
from flows.steps.iterations import collected
from flows.steps.scopes import under, within
from flows.steps.state import State
from models import StepRun, StepStatus, WaitsFor, WakeKind
from tasks.encoding import EncodingError, decode, encode_input
from tasks.outputs import MEMBERS
from tasks.people.asking import withdraw

if TYPE_CHECKING:
    from flows.steps.stepping import Stepper

WHOLE_RECORD = "record"
"""The name of the output of a step that gives a record as a whole."""


@dataclass(frozen=True, slots=True)
class Skip:
    """What a person decided: the incident, their reason, the outputs as JSON, and whether the step waited."""

    task_id: str
    reason: str
    outputs: Mapping[str, Any]
    waited: bool

    def plain(self) -> dict[str, Any]:
        """As a wake carries it."""
        return {
            "task": self.task_id,
            "reason": self.reason,
            "outputs": dict(self.outputs),
            "waited": self.waited,
        }


def outputs_of(step: PlanStep, iteration: str) -> Mapping[str, Type]:
    """What a step gives, or one iteration of it, by name. A loop as a whole gives what its iterations
    gave.
    """
    if step.for_each is None:
        return _fields(step.output)
    each = _fields(step.output).get("each")
    whole = step.block is not None or within(iteration, step.depth) == iteration
    if whole or not isinstance(each, ListOf):
        return {}
    return {name: kind for name, kind in _fields(each.item).items() if name != step.for_each.name}


def _fields(kind: Type) -> dict[str, Type]:
    if isinstance(kind, Record):
        return {WHOLE_RECORD: kind}
    return dict(kind.fields) if isinstance(kind, Struct) else {}


def readers_of(plan: Plan, step: PlanStep, ended: Collection[str]) -> dict[str, list[PlanStep]]:
    """By output of a step: the steps that read it without saying what happens when it is absent, and have not
    ended. A loop has none: what an iteration did not give is a value that nobody knows.
    """
    found: dict[str, list[PlanStep]] = {}
    if step.for_each is not None:
        return found
    names = list(outputs_of(step, ""))
    for reader in plan.all_steps:
        if reader.id in ended:
            continue
        for read in sorted(reader.reads, key=str):
            if read.step == step.id and not read.guarded:
                for name in names if read.output not in names else [read.output]:
                    found.setdefault(name, []).append(reader)
    return found


def ended_beside(plan: Plan, runs: Iterable[StepRun], step: PlanStep, iteration: str) -> frozenset[str]:
    """The steps that have ended where they would read this step: in the same parts of their loops."""
    ended = {(run.step, run.iteration) for run in runs if has_ended(run)}
    path, beside = within(iteration, step.depth), set[str]()
    for each in plan.steps:
        shared = shared_path(plan, step, path, each)
        whole = len(shared.split("/")) == each.depth if shared else each.depth == 0
        if whole and (each.id, shared) in ended:
            beside.add(each.id)
    return frozenset(beside)


def checked_outputs(
    session: Session,
    plan: Plan,
    step: PlanStep,
    iteration: str,
    given: Mapping[str, object],
    ended: Collection[str],
) -> dict[str, Any]:
    """The outputs as JSON. InputError for a name that the step does not give, a value that does not fit, and
    for one that is missing though a later step reads it.
    """
    kinds = outputs_of(step, iteration)
    unknown = sorted(set(given) - set(kinds))
    if unknown:
        has = f"it gives {', '.join(kinds)}" if kinds else "it gives nothing"
        raise InputError(f"`{step.id}` has no output {', '.join(unknown)}; {has}")
    try:
        encoded = {
            name: encode_input(_present(kinds[name]), value, session, name, what="output")
            for name, value in given.items()
        }
    except EncodingError as error:
        raise InputError(str(error)) from error
    for name, readers in readers_of(plan, step, ended).items():
        if encoded.get(name) is None and not isinstance(
            kinds.get(name), Struct
        ):  # nobody could write a group
            who = ", ".join(dict.fromkeys(f"`{each.id}` ({each.position})" for each in readers))
            raise InputError(f"{who} reads the output `{name}` of `{step.id}`; give it: --output {name}=...")
    return encoded


def _present(kind: Type) -> Type:
    return kind.of if isinstance(kind, MaybeAbsent) else kind


def skip_of(state: State, run: StepRun) -> Skip | None:
    """What a person has decided about this step run, if a wake says so."""
    if run.status is not StepStatus.INCIDENT:
        return None
    for wake in state.wakes:
        if wake.kind is WakeKind.RETRY and wake.detail.get("step_run") == run.id and "skip" in wake.detail:
            skip = wake.detail["skip"]
            return Skip(skip["task"], skip["reason"], skip["outputs"], bool(skip["waited"]))
    return None


def apply_skip(stepper: "Stepper", state: State, step: PlanStep, run: StepRun) -> bool:
    """End the step run as a person decided, with what they gave; False when nobody has. What it had asked for
    and not got is withdrawn; what it had done stays.
    """
    skip = skip_of(state, run)
    if skip is None:
        return False
    call = stepper.call(state, step, run)
    with blame(call, alone=stepper.alone, resuming=skip.waited):
        withdraw(stepper.session, run.id, skip.reason, call.now)
        withdraws = stepper.handler(step).withdraws
        whole = within(run.iteration, step.depth) == run.iteration
        loop = step.for_each is not None and step.block is None and whole
        if withdraws is not None and skip.waited and not loop:
            withdraws(call, step.arguments)
        kinds = outputs_of(step, run.iteration)
        stepper.save(
            call, {name: decode(kinds[name], each, stepper.session) for name, each in skip.outputs.items()}
        )
        outputs = dict(skip.outputs)
        if loop:
            outputs = _end_iterations(stepper, state, step, run, skip)
        elif step.block is not None:
            outputs = {**give_up(stepper, state, step, step.block, run, skip.reason), **outputs}
        _end(stepper, run, skip, outputs)
    return True


def _end(stepper: "Stepper", run: StepRun, skip: Skip, outputs: Mapping[str, Any]) -> None:
    run.status, run.waits_for, run.ended_at = StepStatus.SKIPPED, None, stepper.runtime.clock()
    run.reason = f"skipped by a person: {skip.reason}"
    run.error = run.error_code = None
    run.outputs = {**outputs, SKIPPED_BY: skip.task_id, **mark_of(run)}
    stepper.session.add(run)


def _end_iterations(
    stepper: "Stepper", state: State, step: PlanStep, parent: StepRun, skip: Skip
) -> dict[str, Any]:
    """End what is left of a loop that is skipped as a whole; what the ended iterations gave stays."""
    members = dict(parent.outputs.get(MEMBERS, {}))
    for run in state.iterations(step.id, parent.iteration):
        if run.status not in ENDED:
            withdraw(stepper.session, run.id, skip.reason, stepper.runtime.clock())
            _end(stepper, run, skip, {})
    begun = {run.iteration for run in state.iterations(step.id, parent.iteration)}
    kept = {key: each for key, each in members.items() if under(parent.iteration, key) in begun}
    parent.outputs = {MEMBERS: kept, **mark_of(parent)}
    return {**parent.outputs, "each": collected(state, step, parent)}


def was_waiting(kept: Mapping[str, Any]) -> bool:
    """Whether the step run waited before its incident (`flows.steps.retrying.standing`)."""
    return kept.get("was") == StepStatus.WAITING.value and kept.get("waits_for") != WaitsFor.TIMER.value
