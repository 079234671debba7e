"""What a figure opens: the list of exactly the cases that it counted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Final, Self
from urllib.parse import urlencode

from sqlalchemy import false

from web.reading.board import bands, caseload, due, incidents, messages, ready, referrals, visits, waiting
from web.reading.board.narrowed import LONGEST, Condition, Mine, Narrowed

FIGURES: Final[Mapping[str, ModuleType]] = {
    each.NAME: each for each in (caseload, due, ready, waiting, referrals, visits, bands, incidents, messages)
}
"""The figures by name. Each module has `opens(key, mine)` and `words(key)`."""

LONGEST_KEY: Final = 2 * LONGEST


@dataclass(frozen=True, slots=True)
class Opened:
    """A figure of a board, and which part of it (`key`); `narrowed` is what the board was narrowed to."""

    figure: str
    key: str = ""
    narrowed: Narrowed = field(default_factory=Narrowed)

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self | None:
        """From the query of an address; None where it opens no figure that there is."""
        figure, key = query.get("figure", ""), query.get("key", "")[:LONGEST_KEY]
        made = cls(figure, key, Narrowed.read(query))
        return made if figure in FIGURES and made._says(lambda: made.words) else None

    def said(self) -> dict[str, str]:
        """The query that opens it."""
        return {"figure": self.figure, **({"key": self.key} if self.key else {}), **self.narrowed.said()}

    @property
    def address(self) -> str:
        """The list that it opens."""
        return "/cases?" + urlencode(self.said())

    @property
    def words(self) -> str:
        """What those cases are, in words."""
        said: str = FIGURES[self.figure].words(self.key)
        return said

    def cases(self, mine: Mine) -> Condition:
        """The condition on a row of `cases`. None is meant by a key that no figure gave."""
        found: list[Condition] = []
        self._says(lambda: found.append(FIGURES[self.figure].opens(self.key, mine)))
        return found[0] if found else false()

    @staticmethod
    def _says(ask: Callable[[], object]) -> bool:
        try:
            ask()
        except (KeyError, ValueError):
            return False
        return True
