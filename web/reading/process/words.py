"""What the journal says of a process, in the words that people know: titles and questions in the place of
ids, and group names as the department calls them.
"""

import re
from collections.abc import Mapping
from typing import Final

from definitions.plan import Plan, PlanStep

_NAME: Final = re.compile(r"\b[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*\b")
"""A name of the language, alone or in a chain, as texts of the engine have it; ids of records never match."""

_PLACE: Final = re.compile(r"\s*\([^()\s]+\.ya?ml:\d+:\d+\)")
"""Where something stands in the YAML."""

_TICKED: Final = re.compile(r"`([^`]*)`")
"""What the engine quotes: a step, or an expression."""


class ProcessWords:
    """Says texts of one process in plain words; `groups` are the titles of the department's groups."""

    def __init__(self, plan: Plan, groups: Mapping[str, str]) -> None:
        self._steps = {step.id: step.title for step in plan.all_steps}
        self._names = dict(_labels(plan))
        self._groups = groups

    def said(self, text: str) -> str:
        """The text in plain words, without the place in the YAML."""
        return _NAME.sub(self._word, _TICKED.sub(self._quoted, _PLACE.sub("", text)))

    def read(self, fact: str) -> str:
        """A value that was looked at, `name value` with the name in words already."""
        for name in sorted(self._names, key=len, reverse=True):
            written = name.replace("_", " ") + " "
            if fact.startswith(written):
                return f"{self._names[name]}: {fact.removeprefix(written)}"
        return self.said(fact)

    def _quoted(self, match: re.Match[str]) -> str:
        title = self._steps.get(match[1])
        return match[1] if title is None else f"“{title}”"

    def _word(self, match: re.Match[str]) -> str:
        name = match[0]
        if name in self._groups and "_" in name:
            return self._groups[name]
        label = self._label(name)
        return name.replace("_", " ") if label is None else label

    def _label(self, name: str) -> str | None:
        """What a chain of names is called: the longest beginning that is known, and the rest as it is."""
        if "." not in name:
            return None
        parts = name.split(".")
        for length in range(len(parts), 0, -1):
            known = self._names.get(".".join(parts[:length]))
            if known is None and length == 1:
                title = self._steps.get(parts[0])
                known = None if title is None else f"“{title}”"
            if known is not None:
                rest = " ".join(parts[length:]).replace("_", " ")
                return f"{known} ({rest})" if rest else known
        return None


def _labels(plan: Plan) -> Mapping[str, str]:
    found = {f"inputs.{each.name}": f"“{each.title}”" for each in plan.inputs}
    for step in plan.all_steps:
        found |= {f"{step.id}.{item}": f"“{ask}”" for item, ask in _questions(step).items()}
    return found


def _questions(step: PlanStep) -> Mapping[str, str]:
    """The questions of a step's own form, by item."""
    items = getattr(step.arguments, "items", None)
    if not isinstance(items, list | tuple):
        return {}
    return {
        each.id: each.ask
        for each in items
        if isinstance(getattr(each, "ask", None), str) and hasattr(each, "id")
    }
