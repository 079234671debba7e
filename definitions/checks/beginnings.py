"""How the process begins: names of signals and records, conditions, and the inputs that are bound."""

from collections.abc import Iterator, Mapping
from typing import Final

from definitions.arguments import Value
from definitions.beginnings import UNNOTICED, BeginningKeys, Event, On
from definitions.catalogue import Path
from definitions.checks.checking import Checking
from definitions.checks.definition import DraftStep
from definitions.checks.inputs import input_type
from definitions.checks.look import StepLook
from definitions.checks.placing import place
from definitions.checks.sight import Sight, sight_at_end
from definitions.diagnostics import suggest
from definitions.expressions import Scope, infer
from definitions.problems import Problem
from definitions.types import Date, DateTime, Record, Struct, Text, Type, Unknown, YesNo
from definitions.vocabulary import Vocabulary

RECORD: Final = "record"
SIGNAL: Final = "signal"
DAY: Final = "day"
"""The names that a beginning reads: what happened, and the day of its date rule."""

_HOLD_BACK: Final = "let `when` read a field that the process does not set, or start it otherwise"


def check_beginnings(checking: Checking) -> None:
    """Report everything about `starts:` but the shape of its phrases."""
    if "starts" in checking.definition.header_broken:
        return
    starts = checking.definition.header.starts
    seen: set[str] = set()
    for index, each in enumerate(starts.each):
        path: Path = ("starts", index) if starts.listed else ("starts",)
        phrase = each.keys.start
        at = path if each.bare else (*path, "start")
        if phrase.text in seen:
            advice = "join their conditions with `or`"
            problem = Problem("CW226", f"`{phrase.text}` stands twice", 0, len(phrase.text), advice=advice)
            checking.found.append(place(checking.document, at, problem))
        seen.add(phrase.text)
        _Beginning(checking, each.keys, path, at).check()


def fields_read(keys: BeginningKeys) -> frozenset[str] | None:
    """The fields of the record that `when` reads directly; None where there are none, or no `when`."""
    if keys.start.on is not On.RECORD or keys.when is None:
        return None
    paths = [name.path for name in keys.when.expression.names]
    return frozenset(path[1] for path in paths if path[0] == RECORD and len(path) > 1) or None


def signal_type(name: str, vocabulary: Vocabulary) -> Type:
    """What a signal carries: its own values, whom it is about, when and by whom it was sent, and whether
    the process that asked alerts somebody of the staff by itself.
    """
    words = vocabulary.signals.get(name)
    if words is None:
        return Unknown()
    about = (("case", Record("Case")), ("client", Record("Client")))
    sending = (("sent_at", DateTime()), ("sent_by", Text()), ("alerted", YesNo()))
    return Struct((*words.carries.items(), *about, *sending))


class _Beginning:
    """The check of one beginning. `path` is where it stands, `at` where its phrase does."""

    def __init__(self, checking: Checking, keys: BeginningKeys, path: Path, at: Path) -> None:
        self.checking = checking
        self.keys = keys
        self.path = path
        self.at = at
        scope = Scope(self._names(), checking.catalogue.records)
        self.look = StepLook(checking, Sight(checking, "", scope, scope), "")

    def check(self) -> None:
        """Report everything about it."""
        phrase, keys = self.keys.start, self.keys
        for problem in self._named():
            self._add(self.at, problem)
        if phrase.on is not On.DATE:
            self._of_dates()
        if keys.when is not None and phrase.on not in (On.SIGNAL, On.RECORD):
            advice = "write `where:` beside `for:`" if phrase.on is On.DATE else "leave it out"
            self._misplaced("when", "it is asked of a signal or a record", advice)
        elif keys.when is not None:
            self.look.condition(keys.when, (*self.path, "when"))
        if keys.of is not None:
            self.look.record(str(keys.of), (*self.path, "for"))
        self._where()
        self._unless_open()
        self._bound()
        if phrase.on is On.RECORD or phrase.on is On.SIGNAL:
            self._circle()

    def _names(self) -> Mapping[str, Type]:
        phrase = self.keys.start
        match phrase.on:
            case On.SIGNAL:
                return {SIGNAL: signal_type(phrase.name, self.checking.catalogue.vocabulary)}
            case On.RECORD:
                return {RECORD: self._record(phrase.name)}
            case On.DATE:
                of = {} if self.keys.of is None else {RECORD: self._record(str(self.keys.of))}
                return {DAY: Date(), **of}
            case _:
                return {}

    def _record(self, name: str) -> Type:
        return Record(name) if name in self.checking.catalogue.records else Unknown()

    def _named(self) -> Iterator[Problem]:
        """What is wrong with the signal or the record of the phrase."""
        phrase, catalogue = self.keys.start, self.checking.catalogue
        if phrase.on is On.SIGNAL:
            problems = self.look.names.signal(phrase.name)
            yield from (problem.shifted(phrase.at) for problem in problems)
        elif phrase.on is On.RECORD and phrase.name not in catalogue.records:
            allowed = tuple(each for each in catalogue.records if each not in UNNOTICED)
            near, end = suggest(phrase.name, allowed), phrase.at + len(phrase.name)
            yield Problem("CW601", f"there is no record `{phrase.name}`", phrase.at, end, allowed, near)
        elif phrase.on is On.RECORD and phrase.name in UNNOTICED:
            message = f"nothing starts on a {phrase.name}: it tells of the work itself"
            advice = "name the record that the work is about, such as Case or Visit"
            yield Problem("CW619", message, phrase.at, phrase.at + len(phrase.name), advice=advice)

    def _of_dates(self) -> None:
        """The keys of a date rule beside another phrase."""
        keys, why = self.keys, "a date rule goes over records"
        given = (("for", keys.of, why), ("where", keys.where, why), ("at", keys.at, "it begins at once"))
        for key, value, because in given:
            if value is not None:
                self._misplaced(key, because)

    def _unless_open(self) -> None:
        """The step of this process that must have ended: one that ends in every instance, and once."""
        name, steps = self.keys.unless_open, self.checking.steps
        if name is None:
            return
        path = (*self.path, "unless_open")
        if self.keys.start.on is On.HAND:
            self._misplaced("unless_open", "who starts it by hand sees what is under way")
        elif name not in steps:
            near = suggest(name, steps)
            self._add(path, Problem("CW204", f"there is no step `{name}`", 0, len(name), tuple(steps), near))
        elif (block := self.checking.graph.tree.spots[name][0]) is not None:
            message = f"`{name}` stands in a block, so it may never begin, or end more than once"
            advice = f"name a step outside of blocks, or the block: `{self.checking.steps[block].id}`"
            self._add(path, Problem("CW209", message, 0, len(name), advice=advice))

    def _where(self) -> None:
        where, of = self.keys.where, self.keys.of
        if where is None or self.keys.start.on is not On.DATE:
            return
        if of is None:
            self._misplaced("where", "it chooses among records", "say which with `for:`")
        elif str(of) in self.checking.catalogue.records:
            self.look.condition(where, (*self.path, "where"), self.checking.catalogue.records[str(of)])

    def _bound(self) -> None:
        """The inputs: known ones, of the right type, and all that are required."""
        header, keys = self.checking.definition.header, self.keys
        if keys.start.on is On.HAND:
            if keys.inputs:
                self._misplaced("with", "who starts it by hand gives the inputs")
            return
        if "inputs" in self.checking.definition.header_broken:
            return
        for name, value in keys.inputs.items():
            self._input(name, value, (*self.path, "with", name))
        missing = [f"`{name}`" for name, spec in header.inputs.items() if spec.required]
        missing = [name for name in missing if name.strip("`") not in keys.inputs]
        if missing:
            open_ones = f"the input {missing[0]}" if len(missing) == 1 else f"the inputs {', '.join(missing)}"
            message = f"`{keys.start.text}` leaves {open_ones} open"
            problem = Problem("CW618", message, 0, len(keys.start.text), advice=self._advice(missing[0]))
            self._add(self.at, problem)

    def _input(self, name: str, value: Value, path: Path) -> None:
        inputs = self.checking.definition.header.inputs
        process = self.checking.definition.header.process
        if name not in inputs:
            problem = Problem(
                "CW204",
                f"`{process}` has no input `{name}`",
                0,
                len(name),
                tuple(inputs),
                suggest(name, inputs),
            )
            self.checking.found.append(
                self.checking.document.diagnose(
                    problem.code,
                    problem.message,
                    self.checking.document.span(path, of="key"),
                    allowed=problem.allowed,
                    suggestion=problem.suggestion,
                )
            )
            return
        wants = input_type(inputs[name], self.checking.catalogue.vocabulary)
        self.look.value(value, path, wants)

    def _advice(self, missing: str) -> str:
        phrase, name = self.keys.start, missing.strip("`")
        if phrase.on is On.DATE and self.keys.of is None:
            return "say for which records with `for:`, and bind the inputs to them under `with:`"
        value = "signal.case" if phrase.on is On.SIGNAL else RECORD
        begin = f"write `start: {phrase.text}` and " if self.at == self.path else ""
        return f"{begin}add `with:` with `{name}: = {value}`, or a part of it"

    # -- circles

    def _circle(self) -> None:
        """Warn of a step that does what begins the process."""
        for step in self.checking.steps.values():
            if self._does_it(step):
                message = f"step `{step.id}` does what starts this process: `{self.keys.start.text}`"
                where = self.checking.document.span(self.at)
                advice = f"{_HOLD_BACK}; after ten rounds it is stopped"
                related = ((self.checking.document.span((*step.path, "do")), "the step"),)
                self.checking.found.append(
                    self.checking.document.diagnose(
                        "CW620", message, where, severity="warning", advice=advice, related=related
                    )
                )

    def _does_it(self, step: DraftStep) -> bool:
        phrase, arguments = self.keys.start, step.arguments
        if arguments is None:
            return False
        if phrase.on is On.SIGNAL:
            return getattr(arguments, "signal", None) == phrase.name and step.frame.do == "send_signal"
        if step.frame.do == "create_record":
            return phrase.event is Event.CREATED and getattr(arguments, "record", None) == phrase.name
        changed = getattr(arguments, "record", None)
        if step.frame.do != "update_record" or phrase.event is not Event.CHANGED:
            return False
        if not isinstance(changed, Value) or changed.expression is None:
            return False
        fields = fields_read(self.keys)
        same = infer(changed.expression, sight_at_end(self.checking).scope)[0] == Record(phrase.name)
        return same and (fields is None or bool(fields & getattr(arguments, "set", {}).keys()))

    # -- reporting

    def _misplaced(self, key: str, why: str, advice: str = "leave it out") -> None:
        message = f"`{key}` means nothing beside `{self.keys.start.text}`: {why}"
        where = self.checking.document.span((*self.path, key), of="key")
        self.checking.found.append(self.checking.document.diagnose("CW209", message, where, advice=advice))

    def _add(self, path: Path, problem: Problem) -> None:
        self.checking.found.append(place(self.checking.document, path, problem))
