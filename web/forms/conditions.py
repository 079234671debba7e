"""The condition of a question in words, for a form on paper, where nothing comes and goes by itself."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from tasks.people.answer_values import Item

_WORD: Final = re.compile(r"[a-z_][a-z0-9_]*")
_SPOKEN: Final[Mapping[str, str]] = {
    "yes": "yes",
    "no": "no",
    "doesnt_know": "doesn't know",
    "prefers_not_to_answer": "prefers not to answer",
    "not_collected": "not collected",
    "count": "how many of",
}

_COMPARED: Final[Mapping[str, str]] = {
    ">=": "is at least",
    "<=": "is at most",
    ">": "is more than",
    "<": "is less than",
    "==": "is",
    "!=": "is not",
}


def condition_in_words(form: Sequence[Item], item: Item) -> str:
    """When the item is asked, with the other questions and their options as people know them; empty for
    always.
    """
    text = item.get("only_if")
    if text is None:
        return ""
    others = [each for each in form if each["step"] == item["step"] and each["id"] != item["id"]]
    words: dict[str, str] = dict(_SPOKEN)
    for each in others:
        words |= {str(code): str(title) for code, title in _options(each).items()}
    words |= {str(each["id"]): f"“{each['ask']}”" for each in others}
    spoken = _WORD.sub(lambda found: words.get(found[0], found[0].replace("_", " ")), str(text))
    for written, said in _COMPARED.items():
        spoken = spoken.replace(f" {written} ", f" {said} ")
    return " ".join(spoken.replace("(", " ").replace(")", " ").split())


def _options(item: Item) -> Mapping[str, Any]:
    options: Mapping[str, Any] = item.get("options") or {}
    return options
