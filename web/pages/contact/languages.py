"""The languages that somebody may speak, by their names, for a list to choose from."""

from collections.abc import Mapping, Sequence

from babel import Locale

ENGLISH: Mapping[str, str] = Locale("en").languages


def languages(first: Sequence[str] = (), called: Mapping[str, str] = ENGLISH) -> list[tuple[str, str]]:
    """Tags and names: those of `first`, in their order, then all others by name. `called` has the names by
    tag; they are English unless it is given.
    """
    known = _spoken(called)
    named = [(tag, known[tag]) for tag in first if tag in known]
    others = sorted(
        ((tag, name) for tag, name in known.items() if tag not in first), key=lambda each: each[1]
    )
    return [*named, *others]


def _spoken(called: Mapping[str, str]) -> dict[str, str]:
    """Those with a code of two letters: what people speak rather than what linguists tell apart."""
    return {tag: str(name) for tag, name in called.items() if len(tag) == 2}
