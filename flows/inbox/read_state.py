"""The state of what several may change, as one word: by it somebody says which one they have read."""

from collections.abc import Iterable
from hashlib import sha256


def as_word(said: Iterable[str]) -> str:
    """One word for these texts in their order, another with every change of one of them."""
    return sha256("\n".join(said).encode()).hexdigest()[:16]
