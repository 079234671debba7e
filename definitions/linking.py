"""Linking: a definition without errors becomes a plan that holds what it uses and is named by its hash."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from definitions.checks.beginnings import fields_read
from definitions.checks.checking import Checking
from definitions.checks.definition import DraftStep
from definitions.checks.references import rota_entries
from definitions.content import content_hash
from definitions.diagnostics import Span
from definitions.link_blocks import block_of, needs_of, place_of, rework_of
from definitions.plan import ForEach, Input, Plan, PlanBeginning, PlanStep, SaveTo
from definitions.sharing import SharedName
from definitions.source import Document
from definitions.types import ListOf, Struct, Type
from definitions.vocabulary import Entry, Vocabulary

OUTPUTS: Final = "outputs"
"""The name under which a step that starts a process gives the outputs of that process."""


def link(
    checking: Checking,
    saves: Mapping[str, SaveTo | None],
) -> Plan:
    """The plan of a definition that was checked without errors."""
    header, catalogue = checking.definition.header, checking.catalogue
    steps = tuple(_step(checking, key, step, saves) for key, step in checking.steps.items())
    texts = frozenset(_texts(checking.document.value()))
    shared = _shared(checking)
    in_shared = frozenset(text for each in shared.values() for text in _texts(each.value()))
    vocabulary = catalogue.vocabulary.only(_used(checking, texts | in_shared))
    templates = {name: catalogue.templates[name] for name in sorted(checking.uses.templates)}
    kinds = {step.kind.name: step.kind.number for step in steps}
    processes = set(header.references) | (catalogue.processes.keys() & texts)
    return Plan(
        process=header.process,
        title=header.title,
        purpose=header.purpose,
        owner=header.owner,
        hash=content_hash(
            checking.document.text, vocabulary, templates, kinds, shared, _outputs_read(checking)
        ),
        steps=tuple(step for step in steps if step.undoes is None),
        undo_steps=tuple(step for step in steps if step.undoes is not None),
        source=checking.document.text,
        file=checking.document.file,
        vocabulary=vocabulary,
        scope=header.scope,
        responsible=header.responsible,
        references=tuple(str(name) for name in header.references),
        beginnings=_beginnings(checking),
        inputs=_inputs(checking),
        outcomes=tuple(header.outcomes),
        outputs=dict(header.outputs),
        calendar=header.calendar,
        review_every=header.review_every,
        templates=templates,
        processes={
            name: catalogue.processes[name] for name in sorted(processes & catalogue.processes.keys())
        },
        shared=shared,
    )


def _outputs_read(checking: Checking) -> dict[str, Type]:
    """The outputs of other processes that are read, as a group by the step that gives them."""
    read = {each.step for reads in checking.reads.values() for each in reads}
    starting = (key for key, step in checking.steps.items() if hasattr(step.arguments, "process"))
    found = {key: _given(checking.types[key]) for key in sorted(read.intersection(starting))}
    return {key: kind for key, kind in found.items() if kind is not None}


def _given(kind: Type) -> Type | None:
    """What a step passes on of a process that it has started, also one step of a loop."""
    match kind:
        case Struct(fields=(("each", ListOf(item)),)):
            return _given(item)
        case Struct():
            return kind.field(OUTPUTS)
        case _:
            return None


def _shared(checking: Checking) -> dict[SharedName, Document]:
    """The shared files that the steps use."""
    arguments = [step.arguments for step in checking.steps.values() if step.arguments is not None]
    names = sorted({name for each in arguments for name in each.shares()})
    return {name: checking.catalogue.shared[name] for name in names}


def _beginnings(checking: Checking) -> tuple[PlanBeginning, ...]:
    starts, document = checking.definition.header.starts, checking.document
    return tuple(
        PlanBeginning(
            key=each.keys.start.text,
            on=each.keys.start.on,
            name=each.keys.start.name,
            event=each.keys.start.event,
            recurrence=each.keys.start.recurrence,
            of=None if each.keys.of is None else str(each.keys.of),
            where=each.keys.where,
            when=each.keys.when,
            inputs=dict(each.keys.inputs),
            fields=fields_read(each.keys),
            at=None if each.keys.at is None else each.keys.at.wall,
            unless_open=each.keys.unless_open,
            position=_position(document.span(("starts", index) if starts.listed else ("starts",))),
        )
        for index, each in enumerate(starts.each)
    )


def _position(span: Span) -> str:
    return f"{span.file}:{span.line}:{span.column}"


def _inputs(checking: Checking) -> tuple[Input, ...]:
    specs = checking.definition.header.inputs
    kinds = dict(checking.inputs.fields) if isinstance(checking.inputs, Struct) else {}
    return tuple(Input(name, spec.title, kinds[name], spec.required) for name, spec in specs.items())


def _step(
    checking: Checking,
    key: str,
    step: DraftStep,
    saves: Mapping[str, SaveTo | None],
) -> PlanStep:
    frame = step.frame
    if step.kind is None or step.arguments is None:
        raise AssertionError(f"step {step.id} was linked with errors")
    loop = next(((name, value) for name, value in (frame.for_each or {}).items()), None)
    return PlanStep(
        id=step.id,
        title=frame.title,
        index=step.index,
        kind=step.kind,
        arguments=step.arguments,
        span=checking.document.span(step.path),
        needs=needs_of(checking, key),
        output=checking.types[key],
        when=frame.when,
        once=frame.once,
        deadline=frame.deadline,
        due=frame.due,
        remind=tuple(frame.remind),
        escalate=tuple(frame.escalate),
        not_accepted=tuple(frame.not_accepted),
        ends=checking.facts[key].ends,
        otherwise=frame.otherwise,
        retry=frame.retry,
        time_limit=frame.time_limit,
        save=saves.get(key),
        for_each=ForEach(*loop) if loop is not None and checking.loops[key] else None,
        critical=frame.priority == "critical" or _holds_critical(checking, key),
        reads=frozenset(checking.reads.get(key, ())),
        block=block_of(checking, key),
        place=place_of(checking, key),
        rework=rework_of(step),
        undo=checking.graph.tree.undoing(key),
        undoes=checking.graph.tree.undone_by(key),
    )


def _holds_critical(checking: Checking, key: str) -> bool:
    """Whether a critical step stands in a block: then the block goes first as well."""
    inside = checking.graph.tree.inside(key) if checking.steps[key].block is not None else ()
    return any(checking.steps[each].frame.priority == "critical" for each in inside)


def _used(checking: Checking, texts: Collection[str]) -> set[Entry]:
    """The vocabulary entries that count: those looked up, and value sets whose name is a text of the file."""
    vocabulary: Vocabulary = checking.catalogue.vocabulary
    used = set(checking.uses.entries)
    used |= {("value_sets", name) for name in vocabulary.value_sets if name in texts}
    if any(step.frame.priority == "critical" for step in checking.steps.values()):
        used |= rota_entries("duty_manager", vocabulary)
    return used


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
