"""`send_signal` and `wait_for_signal`: what processes of one case tell each other."""

from typing import Annotated

from pydantic import Field
from sqlmodel import col, select

from definitions.arguments import CheckedByKind, StepArguments, StepOutput, Value
from definitions.catalogue import Look
from definitions.runtime_values import ABSENT, MISSING, RecordView
from definitions.types import DateTime, Record, Struct, Text, Type
from models import Signal, SignalReceipt, StepRun, WaitsFor, lock_alone
from tasks.call import Call
from tasks.encoding import decode, encode
from tasks.history import system_actor
from tasks.outputs import NamedOutput
from tasks.people.asking import REDONE
from tasks.registry import step_kind
from tasks.result import StepError, Waiting
from tasks.signals.sending import Sent, place_of, send


class SendSignal(StepArguments):
    """`signal:` which one; `values:` what it carries, by name; `case:` whom it is about, if not the case of
    this process.

    Every open process of that case that waits for it takes it in, once, and those that begin on it begin. It
    is kept: a process that comes to wait for it later takes it in then.
    """

    signal: str
    values: Annotated[dict[str, Value], CheckedByKind(), Field(default_factory=dict)]
    case: Annotated[Value | None, CheckedByKind()] = None


class SendSignalOutput(StepOutput):
    """The id of the signal."""

    signal: str


class WaitForSignal(StepArguments):
    """`signal:` which one. It waits for one about the case of this process.

    One that came since this process has begun counts too, and each counts once: when work is sent back to
    before this step, it waits for another one. `otherwise` with `after:` says what happens when none comes.
    """

    signal: str


def _sends(arguments: SendSignal, look: Look) -> Type:
    carries = look.signal(arguments.signal, ("signal",))
    known = arguments.signal in look.catalogue.vocabulary.signals
    for name, value in arguments.values.items() if known else ():
        what = f"a value of the signal `{arguments.signal}`"
        if look.choose(name, list(carries), ("values", name), what):
            look.value(value, ("values", name), wants=carries[name])
    if arguments.case is not None:
        look.value(arguments.case, ("case",), wants=Record("Case"))
    return Struct((("signal", Text()),))


def _waits(arguments: WaitForSignal, look: Look) -> Type:
    carries = look.signal(arguments.signal, ("signal",))
    return Struct((*carries.items(), ("sent_at", DateTime()), ("sent_by", Text())))


def _explain_sending(arguments: SendSignal) -> list[str]:
    carried = f" with {', '.join(arguments.values)}" if arguments.values else ""
    whom = "another case" if arguments.case is not None else "the case"
    return [f"Tells the processes of {whom}: {arguments.signal}{carried}."]


def _explain_waiting(arguments: WaitForSignal) -> list[str]:
    return [f"Waits for the signal {arguments.signal} about the case; one that came before counts too."]


@step_kind(
    "send_signal",
    number=1,
    summary="Tells the processes of a case that something has happened",
    arguments=SendSignal,
    output=SendSignalOutput,
    keys=("priority",),
    outputs=_sends,
    explain=_explain_sending,
)
def send_signal(call: Call, arguments: SendSignal) -> SendSignalOutput:
    """Send the signal, once per step run."""
    case_id = call.instance.case_id
    if arguments.case is not None:
        view = call.value(arguments.case)
        case_id = view.id if isinstance(view, RecordView) else None
    if case_id is None:
        raise StepError("no_case", "a signal is about a case, and there is none; open one first")
    words = call.plan.vocabulary.signals[arguments.signal]
    values = {name: call.value(value) for name, value in arguments.values.items()}
    sent = Sent(
        name=arguments.signal,
        title=words.title,
        case_id=case_id,
        key=f"step:{call.run.id}",
        by=system_actor(call.plan.process),
        zone=call.calendar.zone,
        carried={name: encode(value) for name, value in values.items() if value not in (MISSING, ABSENT)},
        instance=call.instance,
    )
    return SendSignalOutput(signal=send(call.session, sent, call.now, call.new_id()).id)


@step_kind(
    "wait_for_signal",
    number=1,
    summary="Waits until something has happened",
    arguments=WaitForSignal,
    output=NamedOutput,
    keys=("otherwise", "priority"),
    outputs=_waits,
    explain=_explain_waiting,
)
def wait_for_signal(call: Call, arguments: WaitForSignal) -> NamedOutput | Waiting:
    """Take in a signal that has come, or wait for one."""
    case_id = call.instance.case_id
    if case_id is None:
        raise StepError("no_case", "a signal is about a case, and this process has none; open one first")
    lock_alone(call.session, [place_of(case_id)])
    signal = _taken_before(call) or _next(call, arguments.signal, case_id)
    if signal is None:
        return Waiting(WaitsFor.SIGNAL)
    carries = call.plan.vocabulary.signals[arguments.signal].carries
    values = {name: decode(kind, signal.carried.get(name), call.session) for name, kind in carries.items()}
    return NamedOutput(**values, sent_at=signal.sent_at, sent_by=signal.sent_by)


wait_for_signal.resume(wait_for_signal.start)


def _next(call: Call, name: str, case_id: str) -> Signal | None:
    """The oldest signal since this process has begun that it has not taken in, and takes in now."""
    taken = select(SignalReceipt.signal_id).where(SignalReceipt.instance_id == call.instance.id)
    found = call.session.exec(
        select(Signal)
        .where(
            Signal.case_id == case_id,
            Signal.name == name,
            col(Signal.sent_at) >= call.instance.started_at,
            col(Signal.id).not_in(taken),
        )
        .order_by(col(Signal.sent_at), col(Signal.id))
    ).first()
    if found is not None:
        call.session.add(
            SignalReceipt(
                id=call.new_id(),
                signal_id=found.id,
                instance_id=call.instance.id,
                step_run_id=call.run.id,
                taken_at=call.now,
            )
        )
        call.session.flush()
    return found


def _taken_before(call: Call) -> Signal | None:
    """The signal that an earlier attempt of this step had taken in: a correction does not ask for it a second
    time. When the work was sent back another one has to come.
    """
    attempts = select(StepRun).where(
        StepRun.instance_id == call.instance.id,
        StepRun.step == call.step.id,
        StepRun.iteration == call.run.iteration,
    )
    for run in call.session.exec(attempts.order_by(col(StepRun.attempt).desc())):
        if REDONE in run.outputs:
            return None
        taken = select(Signal).join(SignalReceipt, col(SignalReceipt.signal_id) == Signal.id)
        found = call.session.exec(taken.where(SignalReceipt.step_run_id == run.id)).first()
        if found is not None:
            return found
    return None
