"""Statements are compiled once for a whole test process, not again for each of its hundreds of stores.

SQLAlchemy keeps what it has compiled by engine and by dialect object, so a program that opens one store
compiles each of its statements once. Tests open one each, and their forks again: half of the processor time
went into compiling the same statements. Here the stores of a process have one memory, and forks inherit it.
"""

from functools import cache
from typing import Any

from sqlalchemy import URL, Engine, util

import models.store

ENOUGH = 5_000
"""More statements than the tests of a process have."""

_compiled: Any = util.LRUCache(ENOUGH)


def share() -> None:
    """From now on every store of this process uses what was compiled for another one of its kind."""
    made = models.store._engine

    def engine_of(url: URL) -> Engine:
        engine = made(url)
        engine.dialect.__class__ = _alike(type(engine.dialect))
        engine._compiled_cache = _compiled
        return engine

    models.store._engine = engine_of


@cache
def _alike(kind: type) -> type:
    """The same dialect, but one that equals all of its kind: it is part of the keys of the memory. All stores
    make theirs with the same arguments.
    """

    def equals(self: object, other: object) -> bool:
        return type(self) is type(other)

    def number(self: object) -> int:
        return hash(type(self))

    names = {"__eq__": equals, "__hash__": number, "supports_statement_cache": True}
    return type(kind.__name__, (kind,), names)
