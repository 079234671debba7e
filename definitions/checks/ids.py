"""Which ids a definition may give: lower_snake_case, ASCII, and no word that means something else already."""

import keyword
import re
import unicodedata
from collections.abc import Collection
from typing import Final

from definitions.arguments import ROLES
from definitions.problems import Problem
from definitions.yaml_text.characters import confusable

LONGEST: Final = 60
WORDS: Final = frozenset({"inputs", "due", "known", "yes", "no", "absent", "missing", "each", "group"})
"""Words that mean something in expressions, clocks and recipients besides Python's keywords."""

ID_PATTERN: Final = r"[a-z][a-z0-9]*(_[a-z0-9]+)*"
PROCESS_PATTERN: Final = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"

_ID: Final = re.compile(ID_PATTERN)
_PROCESS: Final = re.compile(PROCESS_PATTERN)


def id_problem(text: str, functions: Collection[str], what: str = "id") -> Problem | None:
    """What keeps `text` from being an id, or None. `functions` are the names of functions."""
    return _misspelt(text, what) or _taken(text, functions)


def name_problem(text: str) -> Problem | None:
    """What keeps `text` from being a name that is only read behind another one: `inputs.client`."""
    if keyword.iskeyword(text):
        return Problem("CW222", f"`{text}` is a word of the language", 0, len(text), advice=_instead(text))
    return _misspelt(text, "name")


def _misspelt(text: str, what: str) -> Problem | None:
    end = len(text)
    if strange := confusable(text):
        message = f"the {what} has a letter that is not plain a-z: {strange}"
        return Problem("CW225", message, 0, end, advice="type it again in plain letters")
    if re.fullmatch(r"[a-z0-9_]+(-[a-z0-9_]+)+", text):
        better = text.replace("-", "_")
        message = f"`{text}` would be a subtraction in an expression"
        return Problem("CW221", message, 0, end, suggestion=better, advice=f"write `{better}`")
    if len(text) > LONGEST or not _ID.fullmatch(text):
        advice = "small letters a-z, digits and single underscores, a letter first; 60 characters at most"
        message = f"`{text[:LONGEST]}` is not a lower_snake_case {what}"
        return Problem("CW220", message, 0, end, suggestion=_snake(text), advice=advice)
    return None


def _taken(text: str, functions: Collection[str]) -> Problem | None:
    end = len(text)
    if keyword.iskeyword(text) or text in WORDS:
        return Problem("CW222", f"`{text}` is a word of the language", 0, end, advice=_instead(text))
    if text in functions:
        return Problem("CW223", f"`{text}` is the name of a function", 0, end, advice=_instead(text))
    if text in ROLES:
        advice = f"{_instead(text)}: in `to: {text}` it means whoever that is at the time"
        return Problem("CW224", f"`{text}` is a role of the case", 0, end, advice=advice)
    return None


def process_problem(text: str) -> Problem | None:
    """What keeps `text` from being the name of a process, or None. Files and flows are named like it."""
    if _PROCESS.fullmatch(text) and len(text) <= LONGEST:
        return None
    snake = _snake(text)
    advice = "small letters a-z, digits and single hyphens, a letter first; 60 characters at most"
    message = f"`{text[:LONGEST]}` is not the name of a process"
    return Problem(
        "CW227", message, 0, len(text), suggestion=snake and snake.replace("_", "-"), advice=advice
    )


def _snake(text: str) -> str | None:
    """The id that was probably meant: `Safety Alert` and `safetyAlert` give `safety_alert`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", plain)
    snake = re.sub(r"[^a-z0-9]+", "_", split.lower()).strip("_")[:LONGEST]
    return snake if _ID.fullmatch(snake) and snake != text else None


def _instead(text: str) -> str:
    return f"take another one, such as `the_{text}`"
