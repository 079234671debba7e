"""What a step kind's function is given: the session, the clock, the step, and the values of its arguments."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlmodel import Session

from definitions.arguments import Assigned, Clock, Condition, Text, Value
from definitions.expressions import UNDECIDED, Evaluation, Expression, decide, evaluate, fill
from definitions.plan import Plan, PlanStep
from definitions.runtime_values import Singleton
from definitions.time.calendars import Due, WorkingCalendar
from definitions.time.local_time import to_moment
from models import Instance, StepRun
from tasks.names import Names, Sight, steps_before
from tasks.result import StepError


@dataclass(frozen=True, slots=True)
class Decision:
    """A value by rule: `rule` counts from 0, None is `otherwise`.

    `provisional` where the rule that gave it could not be decided; `possible` then has every value that may
    be right, this one included.
    """

    value: object
    provisional: bool = False
    rule: int | None = None
    possible: tuple[object, ...] = ()


Watch = Callable[[StepRun, Condition | Assigned, object], None]
"""Told which way a condition or a value by rule went: a truth, or a rule's number (None: `otherwise`)."""


@dataclass(slots=True)
class Call:
    """One step of one instance, inside its transaction.

    Handlers act only through `session` (files and sends go through the outbox), read the time from `now`
    (UTC), make ids with `new_id`. Every name that is evaluated is kept in `traced` and journalled as the
    step's resolved inputs. `watch` is for whoever looks on (scenarios), and changes nothing.
    """

    session: Session
    now: datetime
    plan: Plan
    step: PlanStep
    instance: Instance
    run: StepRun
    names: Names
    new_id: Callable[[], str]
    traced: dict[str, object] = field(default_factory=dict)
    watch: Watch | None = None

    @property
    def calendar(self) -> WorkingCalendar:
        """The working calendar of the process."""
        return self.plan.vocabulary.calendar(self.plan.calendar)

    @property
    def kept_calendar(self) -> object:
        """The working calendar as plain values, for rows that are read without the plan."""
        vocabulary = self.plan.vocabulary
        name = self.plan.calendar or vocabulary.default_calendar or next(iter(vocabulary.calendars))
        return vocabulary.entries["calendars", name]

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the process's calendar."""
        return ZoneInfo(self.calendar.zone)

    def evaluate(
        self, expression: Expression, extra: Mapping[str, object] | None = None, *, telling: bool = False
    ) -> Evaluation:
        """Evaluate, keep the trace, return the evaluation. `extra` adds names in front of the step's own;
        with `telling` only answers that tell something decide.
        """
        result = evaluate(expression, self._surroundings(extra), telling=telling)
        self.traced.update(result.trace)
        return result

    def value(self, value: Value, extra: Mapping[str, object] | None = None) -> object:
        """The literal, or the expression's value (MISSING where something it reads is not recorded)."""
        return value.literal if value.expression is None else self.evaluate(value.expression, extra).value

    def holds(
        self, condition: Condition, extra: Mapping[str, object] | None = None, *, telling: bool = False
    ) -> object:
        """True, False or UNDECIDED; with `telling` only answers that tell something decide."""
        truth, result = decide(condition.expression, self._surroundings(extra), telling=telling)
        self.traced.update(result.trace)
        if self.watch is not None:
            self.watch(self.run, condition, truth)
        return truth

    def decide(self, assigned: Assigned) -> Decision:
        """A value by rule: that of the first rule that holds or can't be decided, `otherwise` when none does.

        Undecided counts as holding and makes the value provisional: missing is not no, nor is an answer that
        tells nothing.
        """
        if assigned.value is not None:
            return Decision(self.value(assigned.value))
        decision = self._by_rule(assigned)
        if self.watch is not None:
            self.watch(self.run, assigned, decision.rule)
        return decision

    def _by_rule(self, assigned: Assigned) -> Decision:
        open_rules: list[tuple[int, object]] = []
        for index, rule in enumerate(assigned.rules):
            truth = self.holds(rule.when, telling=True)
            if truth is True:
                return _decision(open_rules, index, self.value(rule.use))
            if truth is UNDECIDED:
                open_rules.append((index, self.value(rule.use)))
        if assigned.otherwise is None:
            raise StepError("no_rule_holds", "no rule holds and there is no `otherwise`")
        return _decision(open_rules, None, self.value(assigned.otherwise))

    def text(self, text: Text) -> str:
        """Running text with its values put in."""
        return fill(text.running, self._surroundings(None), _in_words)

    def moment(self, clock: Clock, *, due: datetime | None = None) -> Due:
        """When a clock runs out. Its origin is the moment it names, `due`, or now."""
        origin = self._origin(clock, due)
        return self.calendar.due(clock.parsed, origin)

    def _surroundings(self, extra: Mapping[str, object] | None) -> Sight:
        names = self.names.with_extra(extra or {})
        return Sight(names, steps_before(self.plan, self.step), self.now, self.zone, self.calendar)

    def _origin(self, clock: Clock, due: datetime | None) -> datetime:
        if clock.origin is not None:
            origin = self.evaluate(clock.origin).value
            if isinstance(origin, date) and not isinstance(origin, datetime):
                return to_moment(origin, time(0), self.calendar.zone)
            if not isinstance(origin, datetime):
                raise StepError(
                    "no_origin", f"the clock starts from `{clock.origin.text}`, which is not recorded yet"
                )
            return origin
        if clock.parsed.origin.kind == "due":
            if due is None:
                raise StepError("no_due", "the clock counts from `due`, but the step has no due date")
            return due
        return self.now


def _decision(open_rules: Sequence[tuple[int, object]], rule: int | None, value: object) -> Decision:
    if not open_rules:
        return Decision(value, rule=rule)
    first, chosen = open_rules[0]
    return Decision(chosen, provisional=True, rule=first, possible=(*(each for _, each in open_rules), value))


def _in_words(value: object) -> str:
    """A value in running text, also one that nobody has given."""
    if isinstance(value, Singleton):
        return "not recorded"
    return ", ".join(map(_in_words, value)) if isinstance(value, tuple) else str(value)
