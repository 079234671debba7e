"""What the inbox was asked for: whose tasks, which of them, which page."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Self
from urllib.parse import urlencode

from models import TASK_OPEN, TaskStatus
from web.reading.said import LONGEST_SEARCH, page_of, search_of


class Whose(StrEnum):
    """Whose tasks: mine and my groups' queues, mine alone, the queues, those that others do for me, or those
    of teams that I lead. Mine are those of people whom I cover for, too, while they are away.
    """

    ALL = "all"
    MINE = "mine"
    QUEUE = "queue"
    DELEGATED = "delegated"
    TEAM = "team"


class DueIn(StrEnum):
    """When tasks are due."""

    OVERDUE = "overdue"
    SOON = "soon"
    WEEK = "week"
    NO_DATE = "none"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the inbox was asked for. What the address says otherwise than it can counts as not said."""

    whose: Whose = Whose.ALL
    due: DueIn | None = None
    status: TaskStatus | None = None
    process: str = ""
    search: str = ""
    page: int = 1

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        """From the query of an address."""
        return cls(
            whose=_word(Whose, query.get("whose")) or Whose.ALL,
            due=_word(DueIn, query.get("due")),
            status=next((each for each in TASK_OPEN if each.value == query.get("status")), None),
            process=query.get("process", "")[:LONGEST_SEARCH],
            search=search_of(query),
            page=page_of(query),
        )

    def address(self, **changed: Any) -> str:
        """The address that asks for the same with these changes; the first page of it."""
        return "/?" + replace(self, **{"page": 1, **changed}).query

    @property
    def query(self) -> str:
        """The part of an address that asks for this."""
        said = {
            "whose": "" if self.whose is Whose.ALL else self.whose.value,
            "due": self.due.value if self.due else "",
            "status": self.status.value if self.status else "",
            "process": self.process,
            "q": self.search,
            "page": str(self.page) if self.page > 1 else "",
        }
        return urlencode({name: value for name, value in said.items() if value})

    @property
    def narrowed(self) -> bool:
        """Whether anything but the page was asked for."""
        return replace(self, page=1) != Asked()


def _word(kind: type[StrEnum], word: str | None) -> Any:
    return next((each for each in kind if each.value == word), None)
