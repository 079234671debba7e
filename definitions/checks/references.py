"""Names that lead into the catalogue: records, templates, processes, groups, roles, calendars.

What is named is used, and what is used is part of the version's hash.
"""

import re
from collections.abc import Iterator

from definitions.arguments import ROLES, Recipient, Reference
from definitions.checks.checking import Checking
from definitions.diagnostics import suggest
from definitions.problems import Problem
from definitions.schema import NotAccepted
from definitions.vocabulary import Vocabulary

CASE_ROLES = frozenset({"client", "guardian", "caseworker", "supervisor"})
"""Roles that a case fills; the others are filled by a rota of the vocabulary."""


class CatalogueNames:
    """Looks names up for one check and keeps what is used."""

    def __init__(self, checking: Checking) -> None:
        self.catalogue = checking.catalogue
        self.uses = checking.uses
        self.process = checking.definition.header.process

    def reference(self, name: Reference) -> Iterator[Problem]:
        """What is wrong with the name of a record, template or process."""
        match name.of:
            case "record":
                yield from _known(name, tuple(self.catalogue.records), "CW601", "record")
            case "process":
                known = {*self.catalogue.processes, self.process}
                yield from _known(name, tuple(sorted(known)), "CW607", "process")
            case "template":
                yield from _known(name, tuple(self.catalogue.templates), "CW603", "message template")
                if name in self.catalogue.templates:
                    self.uses.templates.add(str(name))
                    self.uses.entries.add(("templates", str(name)))
                    yield from self._template(str(name))

    def recipient(self, recipient: Recipient, written: str) -> Iterator[Problem]:
        """Unknown roles and groups. `written` is the recipient's text, for the places."""
        for role in recipient.roles:
            at = max(written.find(role), 0)
            yield from (problem.shifted(at) for problem in self.role(role))
        if recipient.group is not None:
            yield from (problem.shifted(recipient.offset) for problem in self.group(recipient.group))

    def role(self, role: str) -> Iterator[Problem]:
        """What is wrong with a role."""
        if role not in ROLES:
            advice = None
            if role in self.catalogue.vocabulary.groups:
                advice = f"to give it to the group write `group {role}`"
            yield from _known(role, ROLES, "CW606", "role", advice)
        elif role not in CASE_ROLES:
            rotas = self.catalogue.vocabulary.rotas
            if role not in rotas:
                message = f"nobody is `{role}`: the vocabulary has no rota for it"
                yield Problem("CW606", message, 0, len(role), tuple(rotas), advice="add it under `rotas:`")
            self.uses.entries |= rota_entries(role, self.catalogue.vocabulary)

    def group(self, group: str) -> Iterator[Problem]:
        """What is wrong with a group."""
        self.uses.entries.add(("groups", group))
        yield from _known(group, tuple(self.catalogue.vocabulary.groups), "CW605", "group")

    def calendar(self, name: str | None) -> Iterator[Problem]:
        """What is wrong with a calendar; the default one is used where none is named."""
        vocabulary = self.catalogue.vocabulary
        wanted = name or vocabulary.default_calendar or next(iter(vocabulary.calendars), None)
        if wanted is not None:
            self.uses.entries.add(("calendars", wanted))
        if name is not None:
            yield from _known(name, tuple(vocabulary.calendars), "CW608", "working calendar")

    def value_set(self, name: str) -> Iterator[Problem]:
        """What is wrong with the name of a value set."""
        self.uses.entries.add(("value_sets", name))
        yield from _known(name, tuple(self.catalogue.vocabulary.value_sets), "CW609", "value set")

    def signal(self, name: str) -> Iterator[Problem]:
        """What is wrong with the name of a signal."""
        self.uses.entries.add(("signals", name))
        known = tuple(self.catalogue.vocabulary.signals)
        advice = None if known else "the vocabulary has none; add it under `signals:`"
        yield from _known(name, known, "CW617", "signal", advice)

    def _template(self, name: str) -> Iterator[Problem]:
        """What keeps a template from being sent: languages, variables, words, length."""
        template, vocabulary = self.catalogue.templates[name], self.catalogue.vocabulary
        end = len(name)
        for language in vocabulary.languages:
            if language not in template.languages:
                message = f"the template `{name}` is missing in the language `{language}`"
                yield Problem(
                    "CW604", message, 0, end, advice="write it, or take the language out of the vocabulary"
                )
        words = vocabulary.templates.get(name)
        if words is None:
            return
        if words.channel != template.channel:
            message = (
                f"`{name}` is for {words.channel} in the vocabulary, its texts are for {template.channel}"
            )
            yield Problem("CW613", message, 0, end)
        for variable in sorted(template.variables - words.variables.keys()):
            message = f"the template `{name}` uses `{variable}`, which nobody fills"
            near = suggest(variable, words.variables)
            yield Problem("CW610", message, 0, end, tuple(words.variables), near)
        for (part, language), text in sorted(template.texts.items()):
            outside = template.channel == "sms" or not part.endswith("body")
            found = [word for word in words.never if outside and _stands_in(word, text)]
            for word in found:
                message = f"the template `{name}` ({part}, {language}) must not hold `{word}`"
                yield Problem("CW611", message, 0, end, advice="say when and where, never why")
        for language, parts in sorted(template.parts.items()):
            if words.parts is not None and parts > words.parts:
                message = (
                    f"the template `{name}` ({language}) takes {parts} SMS; at most {words.parts} are allowed"
                )
                yield Problem(
                    "CW612", message, 0, end, advice="shorten it; an accent or a long dash halves the room"
                )


def rota_entries(role: str, vocabulary: Vocabulary) -> set[tuple[str, str]]:
    """A rota with everything that it leads to: its group, and the rungs of its ladder."""
    found: set[tuple[str, str]] = set()
    left = [role]
    while left:
        name = left.pop()
        rota = vocabulary.rotas.get(name)
        if rota is None or ("rotas", name) in found:
            continue
        found |= {("rotas", name), ("groups", rota.group)} | ladder_groups(rota.not_accepted)
        left.extend(role for rung in rota.not_accepted for role in rung.to.roles)
    return found


def ladder_groups(rungs: tuple[NotAccepted, ...]) -> set[tuple[str, str]]:
    """The groups that a ladder names."""
    return {("groups", rung.to.group) for rung in rungs if rung.to.group is not None}


def _stands_in(word: str, text: str) -> bool:
    """Whether a word, or one that begins with it, stands in a text: `risk` in `risky`, not in `brisk`."""
    return re.search(rf"\b{re.escape(word)}", text, re.IGNORECASE) is not None


def _known(
    name: str, allowed: tuple[str, ...], code: str, what: str, advice: str | None = None
) -> Iterator[Problem]:
    if name not in allowed:
        message = f"there is no {what} `{name}`"
        yield Problem(code, message, 0, len(name), tuple(allowed), suggest(name, allowed), advice)
