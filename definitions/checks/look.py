"""What a step kind is offered while one of its steps is checked: types, records, people, reporting."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from definitions.arguments import Assigned, Clock, Condition, Recipient, Text, Value
from definitions.catalogue import Catalogue, Look, Names, Path, StepFacts
from definitions.checks.checking import Checking
from definitions.checks.inputs import input_faults, input_type
from definitions.checks.literals import literal_problem, literal_type
from definitions.checks.placing import place_all
from definitions.checks.references import CatalogueNames
from definitions.checks.sharing import file_checking, file_sight, read_shared
from definitions.checks.sight import Sight
from definitions.diagnostics import Severity, suggest
from definitions.expressions import Expression, Node, Scope, infer, infer_running_text
from definitions.plan import Read
from definitions.problems import PlacedProblem, Problem
from definitions.schema import InputSpec
from definitions.sharing import SharedKind
from definitions.types import (
    PREVIOUS_ROUND,
    Choice,
    Date,
    DateTime,
    MaybeAbsent,
    Record,
    Type,
    Unknown,
    describe,
    meant,
)
from definitions.types import (
    Condition as ConditionType,
)

PERSONS = frozenset({"Staff", "Client", "Involvement"})
STAFF = frozenset({"Staff"})


class StepLook:
    """The checker's `Look` at one step (`definitions.catalogue.Look`). `base` is where the step stands."""

    def __init__(self, checking: Checking, sight: Sight, key: str) -> None:
        self.checking = checking
        self.sight = sight
        self.key = key
        self.names = CatalogueNames(checking)

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue of this check."""
        return self.checking.catalogue

    def value(
        self, value: Value | Assigned, path: Path, wants: Type | None = None, names: Names | None = None
    ) -> Type:
        """The type of a value, or of a value by rule; reports it where it does not fit `wants`."""
        if isinstance(value, Value):
            return self._value(value, path, wants, self._scope(names))
        if value.value is not None:
            return self._value(value.value, path, wants, self._scope(names))
        kinds, literals = list[Type](), list[Value]()
        for index, rule in enumerate(value.rules):
            at = (*path, "first", index)
            self.condition(rule.when, (*at, "when"), names)
            scope = self._scope(names).assuming(rule.when.expression)
            kinds.append(self._value(rule.use, (*at, "use"), wants, scope))
            literals.append(rule.use)
        if value.otherwise is not None:
            kinds.append(self._value(value.otherwise, (*path, "otherwise"), wants, self._scope(names)))
            literals.append(value.otherwise)
        if wants is not None and not isinstance(wants, Unknown):
            return wants
        return _together(kinds, literals)

    def condition(self, condition: Condition, path: Path, names: Names | None = None) -> None:
        """Report everything that keeps this from being a condition."""
        self._infer(condition.expression, condition.offset, path, self._scope(names), ConditionType())

    def early_condition(self, condition: Condition, path: Path) -> None:
        """The same for a step's own `when`, which is read before anything is known to hold."""
        self._infer(condition.expression, condition.offset, path, self.sight.early, ConditionType())

    def text(self, text: Text, path: Path, names: Names | None = None) -> None:
        """Report unknown names in running text."""
        for insert in text.running.inserts:
            self._note_reads(insert.expression, self.sight.scope)
        for problem in infer_running_text(text.running, self._scope(names)):
            inserts = text.running.inserts
            inside = next((each for each in reversed(inserts) if each.offset <= problem.start), None)
            if inside is None:
                self._report(path, problem)
                continue
            own = self.sight.explained(problem.shifted(-inside.offset), inside.expression)
            self._report(path, own.shifted(inside.offset))

    def clock(self, clock: Clock, path: Path, *, has_due: bool) -> None:
        """Report a clock whose origin is no date, or that counts from a due date that is not there."""
        if clock.parsed.origin.kind == "due" and not has_due:
            start = clock.parsed.origin.offset
            advice = "give the step a `due:`, or count from another moment"
            self._report(path, Problem("CW538", "this step has no due date", start, start + 3, advice=advice))
        if clock.origin is None:
            return
        kind = self._infer(clock.origin, clock.offset, path, self._scope(None), None)
        if not isinstance(kind, Date | DateTime | Unknown):
            start, end = clock.offset, clock.offset + len(clock.origin.text)
            message = f"`{clock.origin.text}` is {describe(kind)}; a clock counts from a date"
            advice = "name a date, or a date and time, such as `inputs.received_at`"
            self._report(path, Problem("CW537", message, start, end, advice=advice))

    def recipient(self, recipient: Recipient, path: Path, *, staff: bool = False) -> None:
        """Report unknown roles and groups, and values that are no person; with `staff`, clients too."""
        if recipient.expression is not None:
            self._person(recipient.expression, recipient.offset, path, staff)
        node = self.checking.document.node(self._at(path))
        written = getattr(node, "text", "")
        for problem in self.names.recipient(recipient, written):
            self._report(path, problem)
        for role in recipient.roles if staff else ():
            if role in {"client", "guardian"}:
                start = max(written.find(role), 0)
                message = f"`{role}` is nobody of the staff"
                advice = "write a role such as `caseworker`, or `group NAME`"
                self._report(path, Problem("CW405", message, start, start + len(role), advice=advice))

    def _person(self, expression: Expression, offset: int, path: Path, staff: bool) -> None:
        kind = self._infer(expression, offset, path, self._scope(None), None)
        known = kind.name if isinstance(kind, Record) else ""
        if isinstance(kind, Unknown) or known in STAFF or (known in PERSONS and not staff):
            return
        what, advice = "not a person", "a person is a Staff, Client or Involvement record"
        if known in PERSONS:
            what, advice = "nobody of the staff", "write a role such as `caseworker`, or a Staff record"
        message = f"`{expression.text}` is {describe(kind)}, {what}"
        end = offset + len(expression.text)
        self._report(path, Problem("CW405", message, offset, end, advice=advice))

    def record(self, name: str, path: Path) -> Mapping[str, Type]:
        """The fields of a record; reports an unknown record and then returns an empty mapping."""
        records = self.catalogue.records
        self._one_of(name, tuple(records), path, "CW601", f"there is no record `{name}`")
        return records.get(name, {})

    def field_type(self, record: str, name: str, path: Path) -> Type:
        """The type of a record's field; reports an unknown one with what is allowed."""
        fields = self.catalogue.records.get(record)
        if fields is None or name in fields:
            return Unknown() if fields is None else fields[name]
        message = f"{record} has no field `{name}`"
        problem = Problem("CW602", message, 0, len(name), tuple(fields), suggest(name, fields))
        of_key = len(path) > 0 and path[-1] == name
        self._add(PlacedProblem(path, problem, "key" if of_key else "value"))
        return Unknown()

    def signal(self, name: str, path: Path) -> Mapping[str, Type]:
        """What a signal carries; reports an unknown signal and then returns an empty mapping."""
        for problem in self.names.signal(name):
            self._report(path, problem)
        words = self.catalogue.vocabulary.signals.get(name)
        return {} if words is None else words.carries

    def choose(self, word: str, allowed: Sequence[str], path: Path, what: str) -> bool:
        """Whether `word` is one of `allowed`; reports that there is no such `what` if not."""
        return self._one_of(word, tuple(allowed), path, "CW204", f"there is no {what} `{word}`")

    def stands(self, path: Path) -> bool:
        """Whether something stands there, also something that could not be read and was told already."""
        return self.checking.document.node(self._at(path)) is not None

    def step_type(self, step: str, path: Path) -> StepFacts | None:
        """What is known of another step of this definition; reports an unknown one."""
        others = tuple(key for key in self.checking.steps if key != self.key and "#" not in key)
        if not self._one_of(step, others, path, "CW530", f"there is no other step `{step}`"):
            return None
        return self.checking.facts.get(step)

    def known_of(self, step: str) -> StepFacts | None:
        """What is known of another step that has been looked at; nothing is reported."""
        return None if step == self.key else self.checking.facts.get(step)

    @property
    def stated(self) -> frozenset[Node]:
        """The conditions that surely hold when the step runs."""
        return self.checking.presence.facts.get(self.key, frozenset())

    def input_type(self, spec: InputSpec, path: Path) -> Type:
        """The type of a declared input; reports an unknown one, and options that do not belong."""
        for placed in input_faults(self.checking.catalogue, self.names, spec, path):
            self._add(placed)
        return input_type(spec, self.catalogue.vocabulary)

    def shared(self, kind: SharedKind, name: str, path: Path) -> tuple[Any, Look] | None:
        """The content of a shared file, and a look at it; problems of the file are found here too."""
        names = tuple(sorted(each for key, each in self.catalogue.shared if key == kind.key))
        message = f"there is no {kind.key} `{name}`"
        if not self._one_of(name, names, path, "CW712", message):
            return None
        inner = file_checking(self.catalogue.shared[kind.key, name], self.catalogue)
        inner.found, inner.uses = self.checking.found, self.checking.uses
        content = read_shared(inner, kind)
        return None if content is None else (content, StepLook(inner, file_sight(inner, {}), ""))

    def report(
        self, code: str, message: str, path: Path, *, advice: str | None = None, key: bool = False
    ) -> None:
        """Report a problem of the kind's own: of the value at a path, or of its `key`."""
        problem = Problem(code, message, 0, 0, advice=advice)
        self._add(PlacedProblem(path, problem, "key" if key else "value"))

    @property
    def ends(self) -> str | None:
        """What ends the step that is checked."""
        step = self.checking.steps.get(self.key)
        return None if step is None else step.ends

    @property
    def problems(self) -> int:
        """How many problems were found so far."""
        return len(self.checking.found)

    def problem(
        self, problem: Problem, path: Path, *, severity: Severity = "error", of_key: bool = False
    ) -> None:
        """Report a problem with its place in the text at `path`, or at the key there."""
        placed = PlacedProblem(self._at(path), problem, "key" if of_key else "value")
        found = place_all(self.checking.document, (placed,))
        self.checking.found.extend(replace(each, severity=severity) for each in found)

    def expression_type(self, expression: Expression, path: Path) -> Type:
        """The type of an expression that is not behind a `=`; Unknown where something is wrong with it."""
        return self._infer(expression, 0, path, self.sight.scope, None)

    def loop(self, value: Value, path: Path) -> Type:
        """The type of what `for_each` goes over; Unknown where that could not be found."""
        return self._value(value, path, None, self.sight.scope)

    def _value(self, value: Value, path: Path, wants: Type | None, scope: Scope) -> Type:
        if value.expression is not None:
            return self._infer(value.expression, value.offset, path, scope, wants)
        if wants is not None:
            if (problem := literal_problem(value.literal, wants)) is not None:
                self._report(path, problem)
            return wants
        return literal_type((value.literal,))

    def _infer(
        self, expression: Expression, offset: int, path: Path, scope: Scope, wants: Type | None
    ) -> Type:
        if self.checking.full:
            return Unknown()
        self._note_reads(expression, scope)
        kind, problems = infer(expression, scope, wants)
        for problem in problems:
            self._report(path, self.sight.explained(problem, expression).shifted(offset))
        return Unknown() if problems else kind

    def _note_reads(self, expression: Expression, scope: Scope) -> None:
        reads = self.checking.reads.setdefault(self.key, set())
        for name in expression.names:
            step, *rest = name.path
            if step == PREVIOUS_ROUND and rest and step not in self.checking.steps:
                reads.add(Read(rest[0], rest[1] if len(rest) > 1 else None, guarded=True, previous=True))
            if step in self.checking.steps and step in self.sight.scope.names:
                guarded = isinstance(scope.names.get(step), MaybeAbsent)
                reads.add(Read(step, rest[0] if rest else None, guarded))

    def _scope(self, names: Names | None) -> Scope:
        return self.sight.scope.with_names(names) if names else self.sight.scope

    def _one_of(self, word: str, allowed: tuple[str, ...], path: Path, code: str, message: str) -> bool:
        if word not in allowed:
            problem = Problem(code, message, 0, len(word), allowed, meant(word, allowed))
            self._report(path, problem)
        return word in allowed

    def _at(self, path: Path) -> Path:
        step = self.checking.steps.get(self.key)
        return path if step is None else step.at(path)

    def _report(self, path: Path, problem: Problem) -> None:
        self._add(PlacedProblem(path, problem))

    def _add(self, placed: PlacedProblem) -> None:
        moved = PlacedProblem(self._at(placed.path), placed.problem, placed.of)
        self.checking.found.extend(place_all(self.checking.document, (moved,)))


def _together(kinds: Sequence[Type], values: Sequence[Value]) -> Type:
    """The type of a value of which one of several is taken."""
    if all(value.expression is None for value in values):
        return literal_type([value.literal for value in values])
    known = [kind for kind in kinds if not isinstance(kind, Unknown)]
    choices = [kind for kind in known if isinstance(kind, Choice)]
    if known and len(choices) == len(known):
        return Choice(tuple(dict.fromkeys(option for kind in choices for option in kind.options)))
    return known[0] if known and all(kind == known[0] for kind in known) else Unknown()
