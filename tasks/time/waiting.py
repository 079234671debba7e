"""`wait`: let time pass before the next step."""

from datetime import datetime

from pydantic import Field
from sqlmodel import select

from definitions.arguments import Clock, StepArguments, StepOutput
from definitions.time.clocks import describe
from models import Timer, TimerPurpose, WaitsFor
from tasks.call import Call
from tasks.registry import step_kind
from tasks.result import Waiting


class Wait(StepArguments):
    """`for:` a clock. The step ends when it has run out, which it may have already when it counts from an
    earlier moment.
    """

    length: Clock = Field(alias="for")


class WaitOutput(StepOutput):
    """`ended_at` is when the wait was over."""

    ended_at: datetime | None


def _explain(arguments: Wait) -> list[str]:
    return [f"Waits: {describe(arguments.length.parsed)}."]


@step_kind(
    "wait",
    number=1,
    summary="Waits for a time",
    arguments=Wait,
    output=WaitOutput,
    explain=_explain,
)
def wait(call: Call, arguments: Wait) -> WaitOutput | Waiting:
    """Set the clock, unless it has run out already."""
    due = call.moment(arguments.length)
    if due.moment_utc <= call.now:
        return WaitOutput(ended_at=due.moment_utc)
    timer = Timer(
        id=call.new_id(),
        instance_id=call.instance.id,
        step_run_id=call.run.id,
        purpose=TimerPurpose.WAIT,
        key=_key(call),
        due_at=due.moment_utc,
        wall=due.wall,
        created_at=call.now,
    )
    call.session.add(timer)
    return Waiting(WaitsFor.MOMENT)


@wait.resume
def _over(call: Call, arguments: Wait) -> WaitOutput | Waiting:  # noqa: ARG001  (the signature of a step kind)
    timer = call.session.exec(select(Timer).where(Timer.key == _key(call))).one()
    if timer.fired_at is None and timer.due_at > call.now:
        return Waiting(WaitsFor.MOMENT)
    return WaitOutput(ended_at=timer.due_at)


def _key(call: Call) -> str:
    return f"{call.run.id}:wait"
