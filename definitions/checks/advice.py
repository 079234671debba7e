"""What to do about a problem of which its finder only knows what is wrong."""

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from definitions.diagnostics import Diagnostic
from definitions.explained import explained

MISSING: Final[Mapping[str, str]] = MappingProxyType(
    {
        "process": "write `process:` with a name in small letters and hyphens, such as `food-bank`",
        "purpose": "write `purpose:` with what it is good for, in a sentence",
        "owner": "write `owner:` with the group that answers for it",
        "id": "write `id:` with a short name of its own, such as `first_call`",
        "title": "write `title:` with what people call it",
        "do": "write `do:` with the kind of step, such as `do: assign_task`",
        "to": "say who it is for, such as `to: caseworker`",
        "otherwise": "write `otherwise:` with what counts when no rule holds",
        "at_most": "write `at_most:` with a number, so that it ends at some time",
    }
)
"""What to write for a key that is not there."""

_KEY: Final = re.compile(r"the key `(\w+)` is missing")
_QUOTED: Final = re.compile(r"\b(?:when|once|only_if|until|filter|where): +[\"']")


def advised(found: Diagnostic) -> Diagnostic:
    """A diagnostic with an advice: its own, one for what is missing, or what its code's explanation says."""
    if found.code == "CW131" and _QUOTED.search(found.source_line):
        return replace(
            found, advice="Write what is asked about first, without quotes: `x.housing is homeless`."
        )
    if found.advice or found.suggestion or found.allowed:
        return found
    if key := _KEY.fullmatch(found.message):
        return replace(found, advice=MISSING.get(key[1], f"write `{key[1]}:` with its value"))
    explanation = explained().get(found.code)
    return found if explanation is None else replace(found, advice=explanation.part("What to do."))
