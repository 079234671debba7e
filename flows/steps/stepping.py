"""One step of one instance, inside a transaction: skip it, let it wait, run its kind, journal what came of
it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from sqlmodel import Session

from definitions.arguments import StepOutput
from definitions.expressions import UNDECIDED
from definitions.plan import Plan, PlanStep
from definitions.runtime_values import ABSENT, MISSING, RecordView
from definitions.time.clocks import length
from flows.errors import FlowError
from flows.runtime import Runtime
from flows.steps.blocks import advance, begun, end, enter, leave
from flows.steps.endings import ENDED, mark_of
from flows.steps.failure import blame
from flows.steps.going_on import forget, renew
from flows.steps.iterations import collected, keyed, parent_of
from flows.steps.retrying import TIME_LIMIT, restore
from flows.steps.returning import send_back
from flows.steps.scopes import lies_at, open_scopes, under, under_way, within
from flows.steps.seeing import names_of
from flows.steps.skipping import apply_skip
from flows.steps.state import State, due_again, open_members, skipped_with_needs, startable_at
from flows.steps.undoing import noted
from flows.steps.watching import OF_THE_WAIT, stop_waiting, watch_deadline, watch_time
from models import (
    HumanTask,
    StepRun,
    StepStatus,
    TaskStatus,
    Timer,
    TimerPurpose,
    WaitsFor,
)
from tasks.call import Call
from tasks.encoding import encode, output_values
from tasks.outputs import MEMBERS
from tasks.people.asking import SENT_BACK, hand_over, watch_silence, withdraw
from tasks.people.due_work import GO_ON, decided
from tasks.records.changes import apply_update
from tasks.registry import Handler
from tasks.result import DefiniteFailure, StepError, Waiting, undecided
from tasks.timers import handle_timer

LATE = ("silence", TIME_LIMIT)
"""Failures after which what the step waits for may still come."""

HANDOVER = "#handover"
"""The key under which a waiting step run keeps the human task that took over from it."""


@dataclass(frozen=True, slots=True)
class Stepper:
    """Moves instances of one plan, each call inside the session's open transaction."""

    runtime: Runtime
    plan: Plan
    session: Session
    lease_id: str
    carrier_run_id: str | None = None
    alone: bool = False

    def begin(self, state: State, step: PlanStep) -> None:
        """Begin a step whose needs are met, in every part of its block where it can: skip it, let it wait for
        its condition, or run it. One that had begun before an incident goes on from there.
        """
        restored = restore(self.session, state)
        for path in [each for each in open_scopes(state, step) if startable_at(state, step, each)] or (
            [""] if restored and step.place is None else []
        ):
            self._begin_at(state, step, path, restored=restored)

    def _begin_at(self, state: State, step: PlanStep, path: str, *, restored: bool) -> None:
        known = state.run(step.id, path)
        if known is not None and due_again(state, step, known):
            renew(self, state, step, known)
        run = state.run(step.id, path) or self.new_run(state, step, path)
        if run.status in ENDED or apply_skip(self, state, step, run):
            return
        if restored and run.waits_for not in {None, WaitsFor.CONDITION, WaitsFor.TIMER}:
            watch_time(state, self.call(state, step, run))
        if restored and run.waits_for not in {None, WaitsFor.TIMER, WaitsFor.ITERATIONS}:
            self._resume_run(state, step, run)
            return
        if run.waits_for is WaitsFor.ITERATIONS:
            if step.block is None:
                self._begin_iterations(state, step, run)
            if restored:
                self._resume_at(state, step, run)
            return
        if skipped_with_needs(state, step, path):
            self._skip(run, "every step it needs was skipped")
            self._forget_inside(state, step, run)
            return
        call = self.call(state, step, run)
        with blame(call, alone=self.alone):
            if self._stopped_by_when(call):
                self._forget_inside(state, step, run)
                return
            if self._held_by_once(call):
                return
            self._enter(state, call)

    def resume(self, state: State, step: PlanStep) -> None:
        """Ask a waiting step whether what it waits for has come, in every part of its block."""
        for run in state.runs_of(step.id):
            own = within(run.iteration, step.depth) == run.iteration
            if own and run.status is StepStatus.WAITING and (step.id, run.iteration) not in state.failed:
                self._resume_at(state, step, run)

    def _resume_at(self, state: State, step: PlanStep, run: StepRun) -> None:
        if step.block is not None and under_way(run):
            advance(self, state, step, run)
            return
        if run.waits_for is not WaitsFor.ITERATIONS:
            self._resume_run(state, step, run)
            return
        for child in state.iterations(step.id, run.iteration):
            if child.status is StepStatus.WAITING and (step.id, child.iteration) not in state.failed:
                self._resume_run(state, step, child)
        self._join(state, step, run)

    def fire(self, state: State, timer: Timer) -> None:
        """Do what a fired timer is for, unless its step run has ended meanwhile."""
        run = next((each for each in state.runs.values() if each.id == timer.step_run_id), None)
        timer.handled_at = self.runtime.clock()
        self.session.add(timer)
        if run is None or run.status in {StepStatus.SUPERSEDED, StepStatus.CANCELLED}:
            return
        if timer.purpose in OF_THE_WAIT and run.status is not StepStatus.WAITING:
            return
        step = self.plan.step(run.step)
        call = self.call(state, step, run)
        with blame(call, alone=self.alone, resuming=True, timer=timer.id):
            if timer.purpose is TimerPurpose.SILENCE:
                self.take_over(call, DefiniteFailure("silence", "nothing came back in the time given"))
            elif timer.purpose is TimerPurpose.TIME_LIMIT:
                self._too_late(call)
            elif timer.purpose is TimerPurpose.DEADLINE and step.block is not None and under_way(run):
                leave(self, state, step, run, "deadline")
            else:
                handle_timer(call, timer)

    # -- the parts of beginning a step

    def new_run(self, state: State, step: PlanStep, iteration: str = "") -> StepRun:
        """A new attempt of a step or iteration, in the session."""
        run = StepRun(
            id=self.runtime.new_id(),
            instance_id=state.id,
            step=step.id,
            iteration=iteration,
            attempt=state.attempt(step.id, iteration),
            status=StepStatus.WAITING,
            started_at=self.runtime.clock(),
            position=step.position,
            lease_id=self.lease_id,
            carrier_run_id=self.carrier_run_id,
        )
        last = state.runs.get((step.id, iteration))
        if last is not None and SENT_BACK in last.outputs:
            run.inputs = {SENT_BACK: last.outputs[SENT_BACK]}
        state.runs[step.id, iteration] = run
        self.session.add(run)
        return run

    def call(self, state: State, step: PlanStep, run: StepRun, path: str | None = None) -> Call:
        """What the functions of the step's kind are given; with `path` it reads a part of its own loop."""
        names = names_of(self.session, self.plan, state, step, run, path)
        now = self.runtime.clock()
        return Call(
            self.session,
            now,
            self.plan,
            step,
            state.instance,
            run,
            names,
            self.runtime.new_id,
            watch=self.runtime.watch,
        )

    def _stopped_by_when(self, call: Call) -> bool:
        condition = call.step.when
        if condition is None:
            return False
        truth = call.holds(condition)
        if truth is UNDECIDED and not call.step.critical:
            raise undecided("when", condition.expression.text)
        if truth is False:
            self._skip(call.run, f"`{condition.expression.text}` does not hold", call.traced)
        return truth is False

    def _held_by_once(self, call: Call) -> bool:
        condition = call.step.once
        if condition is None or call.holds(condition) is True:
            return False
        self.wait(call, WaitsFor.CONDITION)
        call.run.reason = f"waits until `{condition.expression.text}`"
        watch_deadline(call)
        return True

    def _enter(self, state: State, call: Call) -> None:
        if call.step.block is not None and call.step.block.kind != "for_each":
            enter(self, state, call, call.step.block)
        elif call.step.for_each is None:
            self._settle_result(state, call, self._started(call))
        else:
            self._expand(state, call)

    def _started(self, call: Call) -> StepOutput | Waiting:
        """Start the step by its kind, which knows nothing of the engine's own mark."""
        mark = mark_of(call.run)
        result = self.handler(call.step).start(call, call.step.arguments)
        if mark:
            call.run.outputs = {**call.run.outputs, **mark}
        return result

    def _forget_inside(self, state: State, step: PlanStep, run: StepRun) -> None:
        """A block that was done again is skipped now: what went on in it meanwhile is taken back."""
        if step.block is not None and step.critical:
            forget(self, state, self.plan.inside(step.id), lambda path: lies_at(path, run.iteration))

    def _expand(self, state: State, call: Call) -> None:
        """Begin one iteration for each member; without members the step is skipped."""
        loop = call.step.for_each
        if loop is None:
            raise FlowError(f"`{call.step.id}` has no for_each")
        members = call.value(loop.over)
        if members is MISSING or members is ABSENT or not isinstance(members, tuple) or not members:
            # known to be none is an empty list; who they are is unknown elsewhere, and so is the list
            call.run.outputs = {"each": [] if isinstance(members, tuple) else None}
            self._skip(call.run, "there is nothing to do it for", call.traced)
            self._forget_inside(state, call.step, call.run)
            return
        call.run.outputs = {MEMBERS: {key: encode(member) for key, member in keyed(members).items()}}
        if call.step.block is not None:
            begun(self, state, call, call.step.block)
        else:
            self.wait(call, WaitsFor.ITERATIONS)
            watch_time(state, call)

    def _begin_iterations(self, state: State, step: PlanStep, parent: StepRun) -> None:
        for key in open_members(state, parent):
            path = under(parent.iteration, key)
            run = state.run(step.id, path) or self.new_run(state, step, path)
            if apply_skip(self, state, step, run):
                continue
            call = self.call(state, step, run)
            with blame(call, alone=self.alone):
                self._settle_result(state, call, self.handler(step).start(call, step.arguments))
        self._join(state, step, parent)

    # -- what comes of it

    def _settle_result(self, state: State, call: Call, result: StepOutput | Waiting) -> None:
        if isinstance(result, Waiting):
            self.wait(call, result.on)
            watch_silence(call)
            watch_time(state, call)
            return
        self._complete(state, call, output_values(result))

    def _resume_run(self, state: State, step: PlanStep, run: StepRun) -> None:
        call = self.call(state, step, run)
        with blame(call, alone=self.alone, resuming=True):
            if run.waits_for is WaitsFor.CONDITION:
                if step.once is None or call.holds(step.once) is True or decided(call) == GO_ON:
                    run.reason = None
                    withdraw(self.session, run.id, "the condition holds", call.now)
                    stop_waiting(self.session, run, self.runtime.clock())
                    self._enter(state, call)
                return
            if HANDOVER in run.outputs and self._taken_over(state, call):
                return
            resumes = self.handler(step).resumes
            if resumes is not None and run.outputs.get("failure") is None:
                self._settle_resumed(state, call, resumes(call, step.arguments))

    def _settle_resumed(self, state: State, call: Call, result: StepOutput | Waiting) -> None:
        if isinstance(result, Waiting):
            call.run.waits_for = result.on
            self._journal(call)
            return
        if HANDOVER in call.run.outputs:
            withdraw(self.session, call.run.id, "it came after all", call.now)
        self._complete(state, call, output_values(result))

    def _taken_over(self, state: State, call: Call) -> bool:
        """A person took over from this step: it ends when that person is done."""
        task = self.session.get(HumanTask, call.run.outputs[HANDOVER])
        if task is None or task.status is not TaskStatus.COMPLETED:
            return False
        call.run.reason = "a person did it another way"
        if call.step.block is not None:  # what its parts gave so far stays
            end(self, state, call.step, call.step.block, call.run)
        else:
            self._complete(state, call, dict.fromkeys(call.step.kind.output.model_fields))
        return True

    def _complete(self, state: State, call: Call, outputs: dict[str, Any]) -> None:
        run = call.run
        run.status, run.waits_for, run.ended_at = StepStatus.COMPLETED, None, call.now
        run.error = run.error_code = None
        self._journal(call)
        stop_waiting(self.session, run, self.runtime.clock())
        handed = {HANDOVER: run.outputs[HANDOVER]} if HANDOVER in run.outputs else {}
        given = {name: encode(value) for name, value in outputs.items()}
        run.outputs = {**given, **handed, **noted(state, call.step), **mark_of(run)}
        self.save(call, outputs)
        if call.step.rework is not None:
            send_back(self, state, call, call.step.rework)
        parent = parent_of(state, call.step, run)
        if parent is not None and parent.waits_for is WaitsFor.ITERATIONS:
            self._join(state, call.step, parent)

    def _too_late(self, call: Call) -> None:
        limit, step = call.step.time_limit, call.step
        if limit is None or HANDOVER in call.run.outputs:
            return
        words = f"`{step.id}` has not ended {length(limit.parsed)} after it began"
        if step.otherwise is not None:
            self.take_over(call, DefiniteFailure(TIME_LIMIT, words))
            return
        last = f"; its last error: {call.run.error}" if call.run.error else ""
        raise StepError(TIME_LIMIT, f"{words}{last}")

    def save(self, call: Call, outputs: Mapping[str, Any]) -> None:
        """Put the output that `save` names into its record, if the step gave it."""
        target = call.step.save
        if target is None or outputs.get(target.output) is None:
            return
        owner = cast(RecordView, call.names.lookup(target.owner))  # the checker saw to it
        unsure = [target.field] if outputs.get("provisional") is True else []
        apply_update(call, owner, {target.field: outputs[target.output]}, provisional=unsure)

    def _join(self, state: State, step: PlanStep, parent: StepRun) -> None:
        """End the step when all its iterations have ended."""
        members = parent.outputs[MEMBERS]
        ended = {run.iteration for run in state.iterations(step.id, parent.iteration) if run.status in ENDED}
        if ended != {under(parent.iteration, key) for key in members}:
            return
        if step.time_limit is not None:
            stop_waiting(self.session, parent, self.runtime.clock())
        given = {MEMBERS: members, "each": collected(state, step, parent)}
        parent.outputs = {**given, **mark_of(parent)}
        parent.status, parent.waits_for, parent.ended_at = StepStatus.COMPLETED, None, self.runtime.clock()
        self.session.add(parent)

    def end_block(self, run: StepRun, outputs: Mapping[str, Any]) -> None:
        """End a block with what it gives, as JSON."""
        stop_waiting(self.session, run, self.runtime.clock())
        run.outputs = dict(outputs)
        run.status, run.waits_for, run.ended_at = StepStatus.COMPLETED, None, self.runtime.clock()
        self.session.add(run)

    def _skip(self, run: StepRun, reason: str, traced: dict[str, object] | None = None) -> None:
        run.status, run.waits_for, run.reason = StepStatus.SKIPPED, None, reason
        run.ended_at = self.runtime.clock()
        run.inputs = {name: encode(value) for name, value in (traced or {}).items()}
        self.session.add(run)

    def wait(self, call: Call, on: WaitsFor) -> None:
        """Journal that the step waits."""
        call.run.status, call.run.waits_for = StepStatus.WAITING, on
        self._journal(call)

    def _journal(self, call: Call) -> None:
        call.run.inputs = {**call.run.inputs, **{name: encode(value) for name, value in call.traced.items()}}
        self.session.add(call.run)

    def take_over(self, call: Call, failure: DefiniteFailure) -> None:
        """`otherwise`: a person takes over. The step then waits for that person."""
        if call.step.otherwise is None or HANDOVER in call.run.outputs:
            return
        task = hand_over(call, call.step.otherwise, str(failure), details=failure.details)
        self.wait(call, WaitsFor.PEOPLE)
        silent = {} if failure.code in LATE else {"failure": failure.code}
        call.run.outputs = {**call.run.outputs, HANDOVER: task.id, **silent}
        call.run.reason = str(failure)

    def handler(self, step: PlanStep) -> Handler[Any]:
        """The functions of the step's kind. A block has none: the engine itself moves it."""
        if step.block is not None:
            return Handler(step.kind, _never)
        return self.runtime.handlers[step.kind.name]


def _never(call: Call, arguments: Any) -> StepOutput:
    raise FlowError(f"`{call.step.id}` is a block; nothing starts it ({arguments!r})")
