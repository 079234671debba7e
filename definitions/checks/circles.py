"""Circles across processes: one does what begins another, and so on, until the first one begins again, with
no person in between.

Whether a process has an outgoing or incoming cause at all is seen in its bare values; only those that may
lie on a circle are read closely. A condition may still break a circle, so it is a warning.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from definitions.arguments import Value
from definitions.beginnings import Event, On
from definitions.catalogue import Catalogue
from definitions.checks.beginnings import fields_read
from definitions.checks.definition import Definition, DraftStep, read_definition
from definitions.checks.graph import Graph, build_graph
from definitions.checks.inputs import input_type
from definitions.diagnostics import Diagnostic, Span
from definitions.expressions import Name
from definitions.source import Document
from definitions.step_places import with_steps
from definitions.types import Record, Type

MOST: Final = 20
"""Circles that are told of at most."""

LONGEST: Final = 10
"""Processes of a circle. The engine stops a longer row anyway."""

PEOPLE: Final = frozenset({"assign_task", "complete_checklist"})
RECORDS: Final = frozenset({"create_record", "update_record"})
_ADVICE: Final = "let a condition hold one of them back, or a person decide; after ten in a row it is stopped"


@dataclass(frozen=True, slots=True)
class Lead:
    """A step of the process `source` that does what begins the process `target`."""

    source: str
    target: str
    where: Span
    document: Document


def circles(
    documents: Sequence[Document], checked: Collection[Document], catalogue: Catalogue
) -> Iterator[Diagnostic]:
    """A warning for each circle that a checked document lies on, at its own step. `documents` are all that
    are known; of two with the same process the first counts.
    """
    known: dict[str, Document] = {}
    rough: dict[str, _Rough] = {}
    for document in documents:
        value = document.value()
        name = value.get("process") if isinstance(value, dict) else None
        if isinstance(name, str) and name not in known:
            known[name], rough[name] = document, _Rough.of(value)
    suspects = _on_circles(
        {
            name: [other for other, those in rough.items() if own.may_begin(other, those)]
            for name, own in rough.items()
        }
    )
    if not suspects:
        return
    read = {name: _Process(known[name], catalogue) for name in suspects}
    leads: dict[tuple[str, str], Lead] = {}
    for name, process in read.items():
        for lead in process.leads(name, read):
            leads.setdefault((lead.source, lead.target), lead)
    mine = {id(document) for document in checked}
    found = [circle for circle in _circles(leads) if any(id(lead.document) in mine for lead in circle)]
    yield from (_told(circle, mine) for circle in found[:MOST])


def _told(circle: Sequence[Lead], mine: Collection[int]) -> Diagnostic:
    first = next(index for index, lead in enumerate(circle) if id(lead.document) in mine)
    turned = (*circle[first:], *circle[:first])
    begins = ", which begins ".join(f"`{lead.target}`" for lead in turned[:-1])
    start = turned[0].source
    ring = f"`{start}` begins {begins}, which begins `{start}` again"
    ring = ring if begins else f"`{start}` begins itself"
    related = tuple((lead.where, f"this begins `{lead.target}`") for lead in turned[1:])
    message, document = f"{ring}, with no person in between", turned[0].document
    told = document.diagnose(
        "CW567", message, turned[0].where, severity="warning", advice=_ADVICE, related=related
    )
    return with_steps(document, [told])[0]


# -- what may lie on a circle, from the bare values


@dataclass(frozen=True, slots=True)
class _Rough:
    """What a process may do to begin others, at most, and the phrases that begin it."""

    started: frozenset[str]
    signals: frozenset[str]
    changes: bool
    phrases: tuple[str, ...]

    @classmethod
    def of(cls, value: Any) -> "_Rough":
        """What the bare values of a document say."""
        does = list(_doing(value))
        return cls(
            frozenset(str(step.get("process")) for step in does if step["do"] == "start_process"),
            frozenset(f"on signal {step.get('signal')}" for step in does if step["do"] == "send_signal"),
            any(step["do"] in RECORDS for step in does),
            tuple(_phrases(value)),
        )

    def may_begin(self, name: str, other: "_Rough") -> bool:
        """Whether this process may begin the other one, which is called so."""
        if name in self.started or not self.signals.isdisjoint(other.phrases):
            return True
        changes = self.changes and other is not self
        return changes and any(phrase.startswith("on record ") for phrase in other.phrases)


def _doing(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every group of keys with `do`, wherever it stands."""
    if isinstance(value, dict):
        if isinstance(value.get("do"), str):
            yield value
        for each in value.values():
            yield from _doing(each)
    elif isinstance(value, list):
        for each in value:
            yield from _doing(each)


def _phrases(value: Any) -> Iterator[str]:
    starts = value.get("starts") if isinstance(value, dict) else None
    for each in starts if isinstance(starts, list) else [starts]:
        phrase = each.get("start") if isinstance(each, dict) else each
        if isinstance(phrase, str):
            yield " ".join(phrase.split())


def _on_circles(begins: Mapping[str, Collection[str]]) -> list[str]:
    """The processes that may begin themselves again, directly or by others."""

    def reached(name: str) -> set[str]:
        found: set[str] = set()
        ahead = list(begins[name])
        while ahead:
            other = ahead.pop()
            if other not in found:
                found.add(other)
                ahead += begins[other]
        return found

    return [name for name in begins if name in reached(name)]


def _circles(leads: Mapping[tuple[str, str], Lead]) -> Iterator[tuple[Lead, ...]]:
    """Every ring of leads, once, the shortest paths from each process first."""
    after: dict[str, list[str]] = {}
    for source, target in leads:
        after.setdefault(source, []).append(target)
    names = sorted(after)
    for place, root in enumerate(names):
        ahead: list[tuple[str, ...]] = [(root,)]
        while ahead:
            path = ahead.pop(0)
            for target in after.get(path[-1], ()):
                if target == root:
                    yield tuple(leads[pair] for pair in pairwise((*path, root)))
                elif target in names[place + 1 :] and target not in path and len(path) < LONGEST:
                    ahead.append((*path, target))


# -- what a process certainly does


class _Process:
    """One process, read closely."""

    def __init__(self, document: Document, catalogue: Catalogue) -> None:
        self.document = document
        self.catalogue = catalogue
        self.definition: Definition | None = read_definition(document, catalogue.kinds, catalogue.shared)

    def leads(self, name: str, others: Mapping[str, "_Process"]) -> Iterator[Lead]:
        """The steps that begin one of these processes without a person before them."""
        if self.definition is None:
            return
        steps = {step.id or f"#{step.index}": step for step in self.definition.steps}
        graph, _ = build_graph(steps, self.document)
        for key, step in steps.items():
            targets = [other for other, process in others.items() if self._begins(step, name, other, process)]
            if targets and not _after_people(steps, graph, key):
                where = self.document.span((*step.path, "do"))
                yield from (Lead(name, other, where, self.document) for other in targets)

    def _begins(self, step: DraftStep, name: str, other: str, process: "_Process") -> bool:
        arguments, do = step.arguments, step.frame.do
        if do == "start_process":
            return str(getattr(arguments, "process", "")) == other
        if other == name or process.definition is None:  # what it does itself is told of at its beginning
            return False
        if do == "send_signal":
            return (On.SIGNAL, getattr(arguments, "signal", None)) in {
                (each.keys.start.on, each.keys.start.name) for each in process.definition.header.starts.each
            }
        return do in RECORDS and self._changes(step, process.definition)

    def _changes(self, step: DraftStep, other: Definition) -> bool:
        """Whether a step that writes a record does what the other process begins on."""
        made = step.frame.do == "create_record"
        record = self._record(step)
        for each in other.header.starts.each:
            phrase = each.keys.start
            if phrase.on is not On.RECORD or phrase.name != record:
                continue
            if made and (phrase.event is Event.CREATED or each.keys.when is not None):
                return True
            fields = fields_read(each.keys)
            written = getattr(step.arguments, "set", {}).keys()
            if not made and phrase.event is Event.CHANGED and (fields is None or fields & written):
                return True
        return False

    def _record(self, step: DraftStep) -> str | None:
        """The kind of record that a step writes, as far as its definition says it in so many words."""
        given = getattr(step.arguments, "record", None)
        if not isinstance(given, Value):
            return None if given is None else str(given)
        if given.expression is None or not isinstance(given.expression.root, Name):
            return None
        head, *rest = given.expression.root.path
        kind, rest = self._first(head, rest)
        for part in rest:
            kind = self.catalogue.records.get(kind.name, {}).get(part) if isinstance(kind, Record) else None
        return kind.name if isinstance(kind, Record) else None

    def _first(self, head: str, rest: list[str]) -> tuple[Type | None, list[str]]:
        """The type that a name begins with, and what stands behind that."""
        if self.definition is None:
            return None, rest
        if head == "inputs" and rest:
            spec = self.definition.header.inputs.get(rest[0])
            return None if spec is None else input_type(spec, self.catalogue.vocabulary), rest[1:]
        step = next((each for each in self.definition.steps if each.id == head), None)
        made = step is not None and step.frame.do in {"create_record", "fetch_record"}
        record = getattr(step.arguments, "record", None) if step is not None and made else None
        return None if record is None else Record(str(record)), rest


def _after_people(steps: Mapping[str, DraftStep], graph: Graph, key: str) -> bool:
    """Whether somebody has surely done or answered something when the step begins."""
    if graph.answered[key]:
        return True
    return any(_waits_for_people(steps, graph, each) for each in graph.ended[key])


def _waits_for_people(steps: Mapping[str, DraftStep], graph: Graph, key: str) -> bool:
    step = steps[key]
    ends = step.frame.ends or (step.kind.ends[0] if step.kind is not None and step.kind.ends else None)
    waits = step.frame.do in PEOPLE and ends != "created"
    certain = step.frame.when is None and step.frame.for_each is None and not graph.tree.around(key)
    return waits and certain
