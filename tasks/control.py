"""`start_process`: begin another process, and go on at once or when it has ended."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field
from sqlalchemy import update
from sqlmodel import Session, col, select

from definitions.arguments import CheckedByKind, ProcessName, StepArguments, StepOutput, Value
from definitions.catalogue import Look, ProcessSignature
from definitions.runtime_values import ABSENT, MISSING
from definitions.types import ListOf, Struct, Text, Type
from models import (
    TASK_ENDED,
    DefinitionVersion,
    HookEvent,
    HumanTask,
    Instance,
    InstanceStatus,
    Message,
    MessagePriority,
    StepRun,
    StepStatus,
    TaskKind,
    TaskPriority,
    Timer,
    TimerPurpose,
    WaitsFor,
    WakeKind,
    record_wake,
    tell_of,
)
from tasks.call import Call
from tasks.encoding import encode, fits_type
from tasks.history import Happening, chronicle
from tasks.people.asking import withdraw
from tasks.registry import step_kind
from tasks.result import DefiniteFailure, StepError, Waiting
from tasks.timers import FAILED, decided_since
from tasks.undoing import can_be_undone

_UNDER_WAY = (InstanceStatus.RUNNING, InstanceStatus.WAITING, InstanceStatus.INCIDENT, InstanceStatus.HELD)
_OPEN = (*_UNDER_WAY, InstanceStatus.CANCELLING)
_ENDED = (StepStatus.COMPLETED, StepStatus.SKIPPED, StepStatus.CANCELLED, StepStatus.SUPERSEDED)


class StartProcess(StepArguments):
    """`process:` which one; `inputs:` its inputs by name.

    `ends: created` goes on at once; `ends: completed` waits until the other process has ended. Then later
    steps read what that one gives (its `outputs`): `food.outputs.days`. An input whose value is not recorded
    is left out, so a required one then keeps the process from starting.
    """

    process: ProcessName
    inputs: Annotated[dict[str, Value], CheckedByKind(), Field(default_factory=dict)]


class StartProcessOutput(StepOutput):
    """`instance` is the id of the instance, `outcome` what it came to, `outputs` what it has given; all only
    with `ends: completed`.
    """

    model_config = ConfigDict(extra="allow")

    instance: str | None
    outcome: str | None


def _outputs(arguments: StartProcess, look: Look) -> Type:
    signature = look.catalogue.processes.get(arguments.process)
    if signature is not None:  # an unknown process is reported as an unknown reference
        _check_inputs(arguments, signature, look)
    fields: list[tuple[str, Type]] = [("instance", Text()), ("outcome", Text())]
    if signature is not None and signature.outputs and look.ends == "completed":
        fields.append(("outputs", Struct(tuple(signature.outputs.items()))))
    return Struct(tuple(fields))


def _check_inputs(arguments: StartProcess, signature: ProcessSignature, look: Look) -> None:
    for name, value in arguments.inputs.items():
        if look.choose(name, list(signature.inputs), ("inputs", name), f"an input of `{signature.name}`"):
            look.value(value, ("inputs", name), wants=signature.inputs[name])
    missing = sorted(signature.required - arguments.inputs.keys())
    if missing:
        advice = f"add {', '.join(f'`{name}: = ...`' for name in missing)} under `inputs:`"
        needed = ", ".join(f"`{name}`" for name in missing)
        look.report("CW408", f"`{signature.name}` needs the input {needed}", ("process",), advice=advice)


def _explain(arguments: StartProcess) -> list[str]:
    given = f" with {', '.join(arguments.inputs)}" if arguments.inputs else ""
    return [f"Starts the process {arguments.process}{given}, once, however often this step is tried."]


@step_kind(
    "start_process",
    number=1,
    summary="Starts another process",
    arguments=StartProcess,
    output=StartProcessOutput,
    ends=("created", "completed"),
    keys=("otherwise",),
    outputs=_outputs,
    explain=_explain,
)
def start_process(call: Call, arguments: StartProcess) -> StartProcessOutput | Waiting:
    """Ask for the process in this transaction; it starts right after the commit."""
    values = {name: call.value(value) for name, value in arguments.inputs.items()}
    known = {name: value for name, value in values.items() if value not in (MISSING, ABSENT)}
    request_start(call.session, arguments.process, known, key=_key(call), now=call.now, parent=call.run.id)
    if call.step.ends == "completed":
        return Waiting(WaitsFor.CHILD)
    return StartProcessOutput(instance=None, outcome=None)


@start_process.resume
def _ended(call: Call, arguments: StartProcess) -> StartProcessOutput | Waiting:
    child = _child(call)
    if child is None:
        return _not_started(call)
    if child.status in _OPEN:
        return Waiting(WaitsFor.CHILD)
    if child.status is InstanceStatus.CANCELLED:
        raise DefiniteFailure(
            "child_cancelled", f"the process `{arguments.process}` that was started was cancelled"
        )
    return StartProcessOutput(instance=child.id, outcome=child.outcome, **_given(call, child))


def _given(call: Call, child: Instance) -> dict[str, Any]:
    """What the other process has given, as far as this definition knows of it. Its version may be another one
    than this definition was checked with: what it does not give, or gives as something else, is missing.
    """
    kinds = _of_one(call.step.output)
    if not isinstance(kinds, Struct):
        return {}
    return {"outputs": {name: _fitting(call, child.outputs.get(name), kind) for name, kind in kinds.fields}}


def _fitting(call: Call, value: Any, kind: Type) -> Any:
    return value if value is None or fits_type(kind, value, call.session) else None


def _of_one(kind: Type | None) -> Type | None:
    """The type of `outputs`, also of a step that is done for each of several."""
    match kind:
        case Struct(fields=(("each", ListOf(item)),)):
            return _of_one(item)
        case Struct():
            return kind.field("outputs")
        case _:
            return None


def _not_started(call: Call) -> Waiting:
    """The other process has not begun: it will, or it could not, which is an error of this step; when a
    person has that tried again it is asked for once more.
    """
    key = f"start:{_key(call)}"
    timer = call.session.exec(select(Timer).where(Timer.key == key)).first()
    if timer is None or FAILED not in timer.detail:
        return Waiting(WaitsFor.CHILD)
    if timer.handled_at is not None and not decided_since(call, timer.handled_at):
        raise StepError("not_started", f"the process could not be started: {timer.detail[FAILED]}")
    timer.detail = {name: each for name, each in timer.detail.items() if name != FAILED}
    timer.fired_at = timer.handled_at = None
    call.session.add(timer)
    return Waiting(WaitsFor.CHILD)


@start_process.withdraw
def _withdraw(call: Call, arguments: StartProcess) -> None:  # noqa: ARG001  (the signature of a withdrawal)
    child = _child(call)
    if child is None or child.status not in _OPEN:
        return
    if alert_stands(call.session, child):  # it is nobody's part any more, and goes on by itself
        chronicle(
            call,
            Happening.PROCESS_GOES_ON,
            f"Goes on: {child.process}",
            "The step that started it is not needed any more; it has a safety alert that has not ended.",
            record=("Instance", child.id),
        )
        return
    cancel_instance(call.session, child, "the step that started it is done anew", call.now)


def request_start(
    session: Session,
    process: str,
    inputs: Mapping[str, object],
    *,
    key: str,
    now: datetime,
    parent: str | None = None,
) -> None:
    """Have a process started, once per `key`, right after the caller's transaction is committed.

    `inputs` are values of the language. With `parent`, the id of a step run, the end of the process wakes
    that step run's instance; the request is withdrawn with that step run as long as it is not carried out.
    """
    timer_key = f"start:{key}"
    if session.exec(select(Timer.id).where(Timer.key == timer_key)).first() is not None:
        return
    detail = {"process": process, "inputs": encode(dict(inputs)), "key": key, "parent": parent}
    session.add(
        Timer(
            step_run_id=parent,
            purpose=TimerPurpose.START,
            key=timer_key,
            due_at=now,
            detail=detail,
            created_at=now,
        )
    )


def is_published(session: Session, process: str) -> bool:
    """Whether a version of the process was ever published, so that it can be started."""
    wanted = select(DefinitionVersion.id).where(DefinitionVersion.process == process)
    return session.exec(wanted.limit(1)).first() is not None


def cancel_instance(session: Session, instance: Instance, reason: str, now: datetime) -> None:
    """Cancel an instance that has not ended, with all it asked for and every process that it waits for. What
    it has completed and can be undone is undone then, by passes of its own; until that is done it is
    `cancelling`.

    Its fence is raised, so that a pass that moves it right now lets go of it.
    """
    if instance.status not in _UNDER_WAY:
        return
    runs = session.exec(select(StepRun).where(StepRun.instance_id == instance.id)).all()
    undoes = any(map(can_be_undone, runs))
    status = InstanceStatus.CANCELLING if undoes else InstanceStatus.CANCELLED
    ended = None if undoes else now
    session.execute(
        update(Instance)
        .where(col(Instance.id) == instance.id)
        .values(status=status, ended_at=ended, lease_id=None, fence=col(Instance.fence) + 1)
        .execution_options(synchronize_session="fetch")
    )
    if not undoes:
        tell_of(session, HookEvent.PROCESS_ENDED, instance)
    awaiting = [run.id for run in runs if run.status not in _ENDED]
    for run in runs:
        withdraw(session, run.id, reason, now)
        if run.status not in _ENDED:
            run.status, run.waits_for, run.reason, run.ended_at = StepStatus.CANCELLED, None, reason, now
            session.add(run)
    started = select(Instance).where(col(Instance.parent_step_run_id).in_(awaiting))
    for child in session.exec(started).all():
        cancel_instance(session, child, reason, now)
    if undoes:
        cause = f"undo:{instance.id}"
        record_wake(session, instance.id, cause, WakeKind.SIGNAL, {"cancelled": True}, now, critical=False)


def alert_stands(session: Session, instance: Instance) -> bool:
    """Whether the instance, or a process that it waits for, has a safety alert that was given and not ended:
    an urgent message that is still followed, or a task that cannot wait.
    """
    open_runs = select(StepRun.id).where(
        StepRun.instance_id == instance.id, col(StepRun.status).not_in(_ENDED)
    )
    awaited = list(session.exec(open_runs))
    message = select(Message.id).where(
        col(Message.step_run_id).in_(awaited),
        Message.priority == MessagePriority.CRITICAL,
        col(Message.staff_id).is_(None),
    )
    task = select(HumanTask.id).where(
        col(HumanTask.step_run_id).in_(awaited),
        HumanTask.priority == TaskPriority.STAT,
        HumanTask.kind != TaskKind.NOTICE,
        col(HumanTask.status).not_in(TASK_ENDED),
    )
    if any(session.exec(query.limit(1)).first() is not None for query in (message, task)):
        return True
    started = select(Instance).where(
        col(Instance.parent_step_run_id).in_(awaited), col(Instance.status).in_(_OPEN)
    )
    return any(alert_stands(session, child) for child in session.exec(started).all())


def _key(call: Call) -> str:
    return f"step:{call.run.id}"


def _child(call: Call) -> Instance | None:
    return call.session.exec(select(Instance).where(Instance.start_key == _key(call))).first()
