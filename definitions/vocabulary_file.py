"""`vocabulary.yaml`: read with positions, checked in itself, turned into a `Vocabulary`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import Field

from definitions.arguments import ROLES, Part
from definitions.checks.ids import name_problem
from definitions.checks.placing import place_all
from definitions.checks.shape import read_shape
from definitions.diagnostics import DefinitionError, Diagnostic
from definitions.problems import MappingError, PlacedProblem, Problem
from definitions.schema import NotAccepted
from definitions.source import Document, read
from definitions.time.calendar_vocabulary import from_mapping
from definitions.time.calendars import WorkingCalendar
from definitions.types import TYPE_WORDS, meant, type_from_words
from definitions.vocabulary import SECTIONS, Entry, Rota, SignalWords, TemplateWords, Vocabulary

SHIPPED: Final = Path(__file__).parent / "vocabulary.yaml"
"""The vocabulary that comes with Casewright."""


SIGNAL_NAMES: Final = ("case", "client", "sent_at", "sent_by", "alerted")
"""What every signal has besides the values that it carries."""


class LanguagesSpec(Part):
    """The languages in which each message exists, and the one for everybody else."""

    declared: list[str] = Field(min_length=1)
    fallback: str


class RotaSpec(Part):
    """A role that a group fills, and who is asked while nobody of it accepts."""

    title: str
    group: str
    not_accepted: list[NotAccepted] = Field(default_factory=list)


class TemplateSpec(Part):
    """A message template: channel, typed variables, most parts of an SMS, and words that it must not hold."""

    channel: str
    variables: dict[str, str] = Field(default_factory=dict)
    parts: int | None = Field(default=None, ge=1, le=10)
    never: list[str] = Field(default_factory=list)


class SignalSpec(Part):
    """What tells the processes of a case that something has happened: its title, and typed values."""

    title: str
    carries: dict[str, str] = Field(default_factory=dict)


class VocabularySpec(Part):
    """The whole file."""

    languages: LanguagesSpec
    calendar: str
    calendars: dict[str, Any] = Field(min_length=1)
    groups: dict[str, str] = Field(min_length=1)
    rotas: dict[str, RotaSpec] = Field(default_factory=dict)
    value_sets: dict[str, dict[str, str]] = Field(default_factory=dict)
    templates: dict[str, TemplateSpec] = Field(default_factory=dict)
    signals: dict[str, SignalSpec] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VocabularyRead:
    """What a file gave. `vocabulary` is None where `diagnostics` has an error."""

    vocabulary: Vocabulary | None
    diagnostics: tuple[Diagnostic, ...]


def read_vocabulary(path: Path) -> VocabularyRead:
    """Read the vocabulary at `path`; every problem of the file is among the diagnostics."""
    return vocabulary_of(read(path))


def vocabulary_of(document: Document) -> VocabularyRead:
    """The vocabulary that a document holds."""
    if document.diagnostics or document.root is None:
        return VocabularyRead(None, document.diagnostics)
    vocabulary, problems = from_plain(document.value())
    return VocabularyRead(vocabulary, place_all(document, problems))


def load_vocabulary(path: Path = SHIPPED) -> Vocabulary:
    """The vocabulary at `path`. Raises DefinitionError with every problem of the file."""
    result = read_vocabulary(path)
    if result.vocabulary is None:
        raise DefinitionError(result.diagnostics)
    return result.vocabulary


def from_plain(plain: object) -> tuple[Vocabulary | None, tuple[PlacedProblem, ...]]:
    """The vocabulary that plain values describe, and what is wrong with them."""
    if not isinstance(plain, Mapping):
        return None, (PlacedProblem((), Problem("CW203", "a group of keys belongs here", 0, 0)),)
    shape = read_shape(VocabularySpec, plain)
    if shape.value is None:
        return None, shape.problems
    calendars, problems = _calendars(shape.value.calendars)
    problems = [*shape.problems, *problems, *_dangling(shape.value)]
    if problems:
        return None, tuple(problems)
    return _vocabulary(shape.value, calendars, plain), ()


def _vocabulary(
    spec: VocabularySpec, calendars: Mapping[str, WorkingCalendar], plain: Mapping[str, Any]
) -> Vocabulary:
    return Vocabulary(
        groups=spec.groups,
        rotas={
            name: Rota(each.title, each.group, tuple(each.not_accepted)) for name, each in spec.rotas.items()
        },
        calendars=calendars,
        default_calendar=spec.calendar,
        value_sets=spec.value_sets,
        templates={name: _template(each) for name, each in spec.templates.items()},
        signals={name: _signal(each) for name, each in spec.signals.items()},
        languages=tuple(spec.languages.declared),
        fallback=spec.languages.fallback,
        entries=dict(_entries(plain)),
    )


def _template(spec: TemplateSpec) -> TemplateWords:
    variables = {name: type_from_words(words) for name, words in spec.variables.items()}
    known = {name: kind for name, kind in variables.items() if kind is not None}
    return TemplateWords(spec.channel, known, tuple(spec.never), spec.parts)


def _signal(spec: SignalSpec) -> SignalWords:
    carries = {name: type_from_words(words) for name, words in spec.carries.items()}
    return SignalWords(spec.title, {name: kind for name, kind in carries.items() if kind is not None})


def _entries(plain: Mapping[str, Any]) -> Iterator[tuple[Entry, Any]]:
    for section in SECTIONS:
        for name, value in plain.get(section, {}).items():
            yield (section, name), value


def _calendars(raw: Mapping[str, Any]) -> tuple[dict[str, WorkingCalendar], list[PlacedProblem]]:
    calendars: dict[str, WorkingCalendar] = {}
    problems: list[PlacedProblem] = []
    for name, mapping in raw.items():
        try:
            calendars[name] = from_mapping(mapping)
        except MappingError as error:
            path = ("calendars", name)
            problems.extend(
                PlacedProblem((*path, *each.path), each.problem, each.of) for each in error.problems
            )
    return calendars, problems


def _dangling(spec: VocabularySpec) -> Iterator[PlacedProblem]:
    """Names in the file that lead nowhere."""
    yield from _one_of(spec.calendar, spec.calendars, ("calendar",), "CW608", "calendar")
    yield from _one_of(
        spec.languages.fallback, spec.languages.declared, ("languages", "fallback"), "CW614", "language"
    )
    for name, rota in spec.rotas.items():
        yield from _one_of(rota.group, spec.groups, ("rotas", name, "group"), "CW605", "group")
        yield from _rungs(name, rota, spec)
    for name, template in spec.templates.items():
        yield from _one_of(
            template.channel, ("email", "sms"), ("templates", name, "channel"), "CW204", "channel"
        )
        for variable, words in template.variables.items():
            if type_from_words(words) is None:
                yield from _one_of(
                    words, TYPE_WORDS, ("templates", name, "variables", variable), "CW401", "type"
                )

    for name, signal in spec.signals.items():
        yield from _signal_faults(name, signal)


def _signal_faults(name: str, signal: SignalSpec) -> Iterator[PlacedProblem]:
    if (problem := name_problem(name)) is not None:
        yield PlacedProblem(("signals", name), problem, "key")
    for value, words in signal.carries.items():
        path = ("signals", name, "carries", value)
        fault = name_problem(value)
        if value in SIGNAL_NAMES:
            message = f"every signal has `{value}` already"
            fault = Problem("CW226", message, 0, len(value), advice="give the value another name")
        if fault is not None:
            yield PlacedProblem(path, fault, "key")
        if type_from_words(words) is None:
            yield from _one_of(words, TYPE_WORDS, path, "CW401", "type")


def _rungs(name: str, rota: RotaSpec, spec: VocabularySpec) -> Iterator[PlacedProblem]:
    for index, rung in enumerate(rota.not_accepted):
        path = ("rotas", name, "not_accepted", index, "to")
        if rung.to.group is not None:
            yield from _one_of(rung.to.group, spec.groups, path, "CW605", "group")
        for role in rung.to.roles:
            yield from _one_of(role, ROLES, path, "CW606", "role")


def _one_of(
    word: str,
    allowed: Mapping[str, object] | list[str] | tuple[str, ...],
    path: tuple[str | int, ...],
    code: str,
    what: str,
) -> Iterator[PlacedProblem]:
    if word not in allowed:
        options = tuple(allowed)
        message = f"there is no {what} `{word}`"
        yield PlacedProblem(path, Problem(code, message, 0, len(word), options, meant(word, options)))
