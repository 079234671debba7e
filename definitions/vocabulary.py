"""A department's words: groups, rotas, calendars, value sets, template variables and languages.

The checker is handed a `Vocabulary`, so that definitions name nothing that does not exist.
`definitions.vocabulary_file` reads one from YAML. An entry is also kept as plain values, because a definition
version is the hash of what it uses.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from definitions.diagnostics import MessageError
from definitions.schema import NotAccepted
from definitions.time.calendars import WorkingCalendar
from definitions.types import Type

Entry = tuple[str, str]
"""One entry by section and name, such as `("groups", "intake_team")`."""

T = TypeVar("T")
SECTIONS: Final = ("groups", "rotas", "calendars", "value_sets", "templates", "signals")


class VocabularyError(MessageError):
    """The vocabulary lacks something that the code relies on. The message names it."""


@dataclass(frozen=True, slots=True)
class Rota:
    """Who answers as a role that no case names (`duty_manager`, `manager`): whoever of `group` is on duty.

    While nobody of the group accepts, the rungs of `not_accepted` are asked one after the other.
    """

    title: str
    group: str
    not_accepted: tuple[NotAccepted, ...] = ()


@dataclass(frozen=True, slots=True)
class TemplateWords:
    """What a message template may say: its channel, its variables with their types, words that must not stand
    in it, and for an SMS the greatest number of parts that it may be sent in."""

    channel: str
    variables: Mapping[str, Type]
    never: tuple[str, ...] = ()
    parts: int | None = None


@dataclass(frozen=True, slots=True)
class SignalWords:
    """A signal: what people call it, and the values that it carries, each with its type."""

    title: str
    carries: Mapping[str, Type] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Everything a department names once. `entries` holds each entry as plain JSON values.

    `value_sets` maps a name such as `categories of referral` to its codes and their titles. `languages` are
    those in which every message must exist; `fallback` is for a recipient whose language is none of them.
    """

    groups: Mapping[str, str] = field(default_factory=dict)
    rotas: Mapping[str, Rota] = field(default_factory=dict)
    calendars: Mapping[str, WorkingCalendar] = field(default_factory=dict)
    default_calendar: str | None = None
    value_sets: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    templates: Mapping[str, TemplateWords] = field(default_factory=dict)
    signals: Mapping[str, SignalWords] = field(default_factory=dict)
    languages: tuple[str, ...] = ("en",)
    fallback: str = "en"
    entries: Mapping[Entry, Any] = field(default_factory=dict)

    def calendar(self, name: str | None = None) -> WorkingCalendar:
        """The working calendar of this name, or the default one. Raises VocabularyError if there is none."""
        wanted = name or self.default_calendar or next(iter(self.calendars), None)
        if wanted is None or wanted not in self.calendars:
            which = f"calendar `{wanted}`" if wanted else "calendar"
            raise VocabularyError(f"the vocabulary has no {which}; add it under `calendars:`")
        return self.calendars[wanted]

    def options(self, value_set: str) -> tuple[str, ...] | None:
        """The codes of a value set in their order, or None if there is no such set."""
        titles = self.value_sets.get(value_set)
        return None if titles is None else tuple(titles)

    def only(self, used: Iterable[Entry]) -> "Vocabulary":
        """The same vocabulary with the entries in `used` alone; its languages count only for templates."""
        keep = frozenset(used)

        def part(section: str, whole: Mapping[str, T]) -> Mapping[str, T]:
            return {name: whole[name] for name in sorted(whole) if (section, name) in keep}

        calendars = part("calendars", self.calendars)
        speaks = any(section == "templates" for section, _ in keep)
        return Vocabulary(
            groups=part("groups", self.groups),
            rotas=part("rotas", self.rotas),
            calendars=calendars,
            default_calendar=self.default_calendar if self.default_calendar in calendars else None,
            value_sets=part("value_sets", self.value_sets),
            templates=part("templates", self.templates),
            signals=part("signals", self.signals),
            languages=self.languages if speaks else ("en",),
            fallback=self.fallback if speaks else "en",
            entries={entry: plain for entry, plain in sorted(self.entries.items()) if entry in keep},
        )
