"""A person's command, which must not fail because the engine wrote the same rows at the same moment."""

from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from flows.steps.failure import collided

P = ParamSpec("P")
T = TypeVar("T")

TRIES: Final = 5
"""How often a command is tried. Each time it reads everything anew; the one before it has ended by then."""


def command(act: Callable[P, T]) -> Callable[P, T]:
    """A function that does everything in one writing transaction of its own; where that collides with another
    one and was certainly undone, it is done again. On SQLite nothing collides.

    A connection that is lost is no collision: whether the command was done is not known then, so the error is
    raised, and whoever gave the command looks or repeats it.
    """

    @wraps(act)
    def tried(*args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(TRIES - 1):
            try:
                return act(*args, **kwargs)
            except Exception as error:
                if not collided(error):
                    raise
        return act(*args, **kwargs)

    return tried
