"""The languages that somebody may speak, by their English names, for a list to choose from."""

from collections.abc import Sequence
from functools import cache

from babel import Locale


def languages(first: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Tags and names: those of `first`, in their order, then all others by name."""
    known = _names()
    named = [(tag, known[tag]) for tag in first if tag in known]
    others = sorted(
        ((tag, name) for tag, name in known.items() if tag not in first), key=lambda each: each[1]
    )
    return [*named, *others]


@cache
def _names() -> dict[str, str]:
    """Those with a code of two letters: what people speak rather than what linguists tell apart."""
    return {tag: str(name) for tag, name in Locale("en").languages.items() if len(tag) == 2}
