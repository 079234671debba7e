"""`hold_instances`, `resume_instances`, `cancel_instances`: what a process orders of the others of its case.

The step writes the order down; it is carried out right after its transaction, in one of its own, since no
step changes the instance of another one (engine.md R2.1). The step ends when that is done.
"""

from typing import Annotated, Any

from pydantic import Field
from sqlmodel import select

from definitions.arguments import ProcessName, StepArguments, StepOutput, Text
from definitions.catalogue import Look
from definitions.types import Number, Struct, Type
from models import Timer, TimerPurpose, WaitsFor
from tasks.call import Call
from tasks.history import system_actor
from tasks.registry import step_kind
from tasks.result import DefiniteFailure, StepError, Waiting
from tasks.timers import FAILED, decided_since

DONE = "done"
"""The key under which a timer keeps what became of the order."""


class HoldInstances(StepArguments):
    """`processes:` which of the case's other processes, by name; without it, all of them. `reason:` why, as
    everybody reads it in the chronology.

    What is held begins nothing, and its messages wait, until it is resumed. Safety alerts go on. Processes
    that wait for this one, and this one itself, are left alone, as are others of the same name unless it is
    among `processes`. The step ends when the others are held.
    """

    processes: Annotated[list[ProcessName] | None, Field(min_length=1, max_length=50)] = None
    reason: Text


class ResumeInstances(StepArguments):
    """`processes:` which of the case's other processes, by name; without it, all that a process has held.
    `reason:` why.

    What a person has held stays held. What was answered meanwhile counts, and what came due is done once.
    """

    processes: Annotated[list[ProcessName] | None, Field(min_length=1, max_length=50)] = None
    reason: Text


class CancelInstances(StepArguments):
    """`processes:` which of the case's other processes, by name; without it, all of them. `reason:` why.

    Their open tasks, due dates, unsent messages and the processes that they wait for are withdrawn; what was
    done and sent stays, unless their definition says with `undo` what is done about it. One with a safety
    alert that has not ended is left alone, which is a definite failure of the step: let the alert end, and
    have it tried again.
    """

    processes: Annotated[list[ProcessName] | None, Field(min_length=1, max_length=50)] = None
    reason: Text


class OrderOutput(StepOutput):
    """How many instances it came to."""

    count: int


def _outputs(arguments: StepArguments, look: Look) -> Type:
    del arguments, look
    return Struct((("count", Number()),))


def _explain(verb: str) -> Any:
    def explain(arguments: HoldInstances | ResumeInstances | CancelInstances) -> list[str]:
        which = ", ".join(arguments.processes or ()) or "all other processes"
        return [f"{verb} {which} of the case: {arguments.reason.running.text}."]

    return explain


@step_kind(
    "hold_instances",
    number=1,
    summary="Holds other processes of the case",
    arguments=HoldInstances,
    output=OrderOutput,
    keys=("priority",),
    outputs=_outputs,
    explain=_explain("Holds"),
)
def hold_instances(call: Call, arguments: HoldInstances) -> Waiting:
    """Order that the others are held."""
    return _order(call, "hold", arguments.processes, arguments.reason)


@step_kind(
    "resume_instances",
    number=1,
    summary="Lets held processes of the case go on",
    arguments=ResumeInstances,
    output=OrderOutput,
    keys=("priority",),
    outputs=_outputs,
    explain=_explain("Lets go on"),
)
def resume_instances(call: Call, arguments: ResumeInstances) -> Waiting:
    """Order that the others go on."""
    return _order(call, "resume", arguments.processes, arguments.reason)


@step_kind(
    "cancel_instances",
    number=1,
    summary="Cancels other processes of the case",
    arguments=CancelInstances,
    output=OrderOutput,
    keys=("otherwise",),
    outputs=_outputs,
    explain=_explain("Cancels"),
)
def cancel_instances(call: Call, arguments: CancelInstances) -> Waiting:
    """Order that the others are cancelled."""
    return _order(call, "cancel", arguments.processes, arguments.reason)


def _order(call: Call, what: str, processes: list[ProcessName] | None, reason: Text) -> Waiting:
    if call.instance.case_id is None:
        raise StepError("no_case", "it is about the other processes of a case, and this one has none")
    detail = {
        "order": what,
        "case": call.instance.case_id,
        "own": call.instance.id,
        "processes": None if processes is None else [str(each) for each in processes],
        "reason": call.text(reason),
        "by": system_actor(call.plan.process),
    }
    return _write_down(call, detail)


def _write_down(call: Call, detail: dict[str, Any]) -> Waiting:
    ident = call.new_id()
    call.session.add(
        Timer(
            id=ident,
            step_run_id=call.run.id,
            purpose=TimerPurpose.ORDER,
            key=f"order:{call.run.id}:{ident}",
            due_at=call.now,
            detail=detail,
            created_at=call.now,
        )
    )
    return Waiting(WaitsFor.CHILD)


def _carried_out(call: Call, arguments: StepArguments) -> OrderOutput | Waiting:
    del arguments
    order = call.session.exec(
        select(Timer).where(Timer.step_run_id == call.run.id, Timer.purpose == TimerPurpose.ORDER)
    ).all()
    newest = max(order, key=lambda timer: (timer.created_at, timer.id), default=None)
    if newest is None or newest.handled_at is None:
        return Waiting(WaitsFor.CHILD)
    done = newest.detail.get(DONE)
    if done is not None and not done["left"]:
        return OrderOutput(count=done["count"])
    if decided_since(call, newest.handled_at):
        known = {FAILED, DONE}
        return _write_down(call, {name: each for name, each in newest.detail.items() if name not in known})
    if done is not None:
        words = f"{done['left']} of the case's processes have a safety alert that has not ended; let it end"
        raise DefiniteFailure("alert_open", words)
    raise StepError("not_done", f"it could not be done: {newest.detail.get(FAILED, 'nobody knows why')}")


hold_instances.resume(_carried_out)
resume_instances.resume(_carried_out)
cancel_instances.resume(_carried_out)
