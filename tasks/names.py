"""What the names in a step's expressions stand for."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from zoneinfo import ZoneInfo

from sqlmodel import Session

from definitions.plan import Plan, PlanStep
from definitions.runtime_values import ABSENT, MISSING, RecordView, Singleton
from definitions.time.calendars import WorkingCalendar
from definitions.types import MaybeAbsent, Record, Struct, Type
from models import ChecklistAnswer, Instance, StepRun, StepStatus
from tasks.encoding import decode
from tasks.people.given_answers import Answers, answers_at, answers_of
from tasks.records.record_catalogue import record_types
from tasks.result import StepError

_WITHOUT = (StepStatus.SKIPPED, StepStatus.CANCELLED)
"""Ends of a step that gives nothing: it was skipped, or withdrawn because it was not needed any more."""

Runs = Mapping[tuple[str, str], StepRun]
"""The current step run of each (step, iteration); the iteration of a step without `for_each` is ''."""


class UnknownNameError(StepError, LookupError):
    """Nothing has this name. The checker refuses such names, so a bare one is an option beside a choice."""

    def __init__(self, path: tuple[str, ...]) -> None:
        super().__init__("unknown_name", f"nothing is called `{'.'.join(path)}`; correct the name")


def current_runs(runs: Iterable[StepRun]) -> dict[tuple[str, str], StepRun]:
    """The run of each (step, iteration) that counts: its highest attempt that is not superseded."""
    current: dict[tuple[str, str], StepRun] = {}
    for run in runs:
        known = current.get((run.step, run.iteration))
        if run.status is not StepStatus.SUPERSEDED and (known is None or known.attempt < run.attempt):
            current[run.step, run.iteration] = run
    return current


def steps_before(plan: Plan, step: PlanStep) -> frozenset[str]:
    """The steps that `step` can read: those that have surely ended before it, by needs and implied order."""
    return plan.before[step.id]


class Names:
    """The names that the steps of one instance can read.

    `runs` are the instance's current step runs (`current_runs`), those of the same parts of its loops under
    the iteration ''; `iteration` holds the values of the `for_each` names while an iteration runs, `paths`
    the iteration path of each step in a loop. A `for_each` step's own run (iteration '') holds `{"each":
    [...]}` in its outputs once it has ended.

    Values: an input that was not given, an output of a step that has not ended and everything read through
    something missing is MISSING. The outputs of a skipped step are ABSENT, except those that were supplied
    when it was skipped. An item of a form is read from its current answer as soon as that is given, so a
    correction counts again.
    """

    def __init__(
        self,
        session: Session,
        plan: Plan,
        instance: Instance,
        runs: Runs,
        iteration: Mapping[str, object] | None = None,
        paths: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._session = session
        self._plan = plan
        self._instance = instance
        self._runs = runs
        self._layers: tuple[Mapping[str, object], ...] = (iteration or {},)
        self._paths = paths

    def with_extra(self, extra: Mapping[str, object]) -> "Names":
        """The same names with others in front.

        A mapping that reads its values only when it is asked may be given.
        """
        if not extra:
            return self
        names = Names(self._session, self._plan, self._instance, self._runs, paths=self._paths)
        names._layers = (extra, *self._layers)
        return names

    def knows(self, name: str, steps: Collection[str]) -> bool:
        """Whether a step that can read `steps` has this name; if not, a bare word is an option."""
        return name == "inputs" or name in steps or any(name in layer for layer in self._layers)

    def lookup(self, path: tuple[str, ...]) -> object:
        """The value of a dotted name; UnknownNameError (a LookupError) when nothing is called so."""
        head, rest = path[0], path[1:]
        for layer in self._layers:
            if head in layer:
                return self._along(layer[head], rest, path)
        if head == "inputs":
            return self._input(rest, path)
        step = self._plan.by_id.get(head)
        if step is None:
            raise UnknownNameError(path)
        return self._output(step, rest, path)

    def type_of(self, path: tuple[str, ...]) -> Type | None:
        """The type of a dotted name of an input or an earlier step; None for anything else."""
        steps = {step.id: step.output for step in self._plan.by_id.values()}
        inputs = Struct(tuple((each.name, each.type) for each in self._plan.inputs))
        found: Type | None = inputs if path[0] == "inputs" else steps.get(path[0])
        for name in path[1:]:
            found = found.of if isinstance(found, MaybeAbsent) else found
            if isinstance(found, Record):
                found = record_types().get(found.name, {}).get(name)
            else:
                found = found.field(name) if isinstance(found, Struct) else None
        return found.of if isinstance(found, MaybeAbsent) else found

    def answer(self, path: tuple[str, ...]) -> ChecklistAnswer | None:
        """The current answer behind a name of the form `step.item`, if the name is one."""
        return self._answers.get((path[0], path[1])) if len(path) == 2 else None

    def _input(self, rest: tuple[str, ...], path: tuple[str, ...]) -> object:
        declared = next((one for one in self._plan.inputs if rest and one.name == rest[0]), None)
        if declared is None:
            raise UnknownNameError(path)
        given = self._instance.inputs.get(declared.name)
        return self._along(decode(declared.type, given, self._session), rest[1:], path)

    def _output(self, step: PlanStep, rest: tuple[str, ...], path: tuple[str, ...]) -> object:
        run = self._runs.get((step.id, ""))
        if isinstance(step.output, Record):
            whole = self._stored(step.id, run, "record", step.output)
            return self._along(whole, rest, path)
        fields = dict(step.output.fields) if isinstance(step.output, Struct) else {}
        if not rest:
            return {name: self._field(step, run, name, kind) for name, kind in fields.items()}
        if rest[0] not in fields:
            raise UnknownNameError(path)
        return self._along(self._field(step, run, rest[0], fields[rest[0]]), rest[1:], path)

    def _field(self, step: PlanStep, run: StepRun | None, name: str, kind: Type) -> object:
        answer = self._answers.get((step.id, name)) if run is not None and has_form(step) else None
        if answer is not None and run is not None and run.status is not StepStatus.SKIPPED:
            return decode(kind, answer.value, self._session)
        return self._stored(step.id, run, name, kind)

    def _stored(self, step: str, run: StepRun | None, name: str, kind: Type) -> object:
        if run is None:
            return ABSENT if self._plan.step(step).place is not None else MISSING
        if name in run.outputs and run.status is not StepStatus.WAITING:
            return decode(kind, run.outputs[name], self._session)
        return ABSENT if run.status in _WITHOUT else MISSING

    def _along(self, value: object, rest: tuple[str, ...], path: tuple[str, ...]) -> object:
        for name in rest:
            if isinstance(value, Singleton):
                return value
            if isinstance(value, RecordView):
                value = value.id if name == "id" else value.field(name)
            elif isinstance(value, Mapping) and name in value:
                value = value[name]
            else:
                raise UnknownNameError(path)
        return value

    @cached_property
    def _answers(self) -> Answers:
        """The current answers of this instance's forms by step and item: those of the same parts of its
        loops, and those outside of loops.
        """
        known = answers_of(self._session, self._instance.id)
        return (
            {**known, **answers_at(self._session, self._instance.id, self._paths)} if self._paths else known
        )


@dataclass(frozen=True, slots=True)
class Sight:
    """The names, the steps that may be read, the moment, the zone and the calendar of one evaluation, as
    expressions want them.
    """

    names: Names
    steps: frozenset[str]
    now: datetime
    zone: ZoneInfo
    calendar: WorkingCalendar | None = None

    def knows(self, name: str) -> bool:
        """Whether something in sight has this name; if not, a bare word is an option."""
        return self.names.knows(name, self.steps)

    def lookup(self, path: tuple[str, ...]) -> object:
        """The value of a dotted name."""
        return self.names.lookup(path)


def has_form(step: PlanStep) -> bool:
    """Whether the step asks questions, whose answers are then read from the form itself."""
    return isinstance(getattr(step.arguments, "items", None), list)
