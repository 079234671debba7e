"""How many of each worker's open cases are ready to be handed over."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import and_, not_
from sqlmodel import Session, col, select

from models import Case, Staff
from web.reading.board.narrowed import Condition, Mine
from web.reading.case.handover import conditions, ready_by_worker

NAME: Final = "ready"
NOBODY: Final = "-"
"""Stands in a key for cases that nobody has yet."""

WORDS: Final = {"yes": "are ready to be handed over", "no": "are not ready to be handed over"}


@dataclass(frozen=True, slots=True)
class Ready:
    """One worker's cases: how many are ready, of how many; `worker` is None for those that nobody has."""

    worker: str | None
    name: str
    ready: int
    cases: int

    @property
    def missing(self) -> int:
        """How many are not."""
        return self.cases - self.ready


def read(session: Session, mine: Mine) -> tuple[Ready, ...]:
    """The workers, the one with most cases that are not ready first."""
    found = ready_by_worker(session, mine.cases(mine.is_open()), mine.now, mine.zone)
    ids = [each.worker_id for each in found if each.worker_id is not None]
    names = {each.id: each.name for each in session.exec(select(Staff).where(col(Staff.id).in_(ids)))}
    rows = [
        Ready(each.worker_id, names.get(each.worker_id or "", "nobody yet"), each.ready, each.cases)
        for each in found
    ]
    return tuple(sorted(rows, key=lambda each: (-each.missing, each.name)))


def opens(key: str, mine: Mine) -> Condition:
    """The cases that are ready or are not; `key` is one of WORDS, with `/` and a worker or NOBODY."""
    which, _, worker = key.partition("/")
    ready = and_(*conditions(mine.now, mine.zone).values())
    among = [mine.is_open(), {"yes": ready, "no": not_(ready)}[which]]
    if worker:
        among.append(col(Case.worker_id).is_(None) if worker == NOBODY else col(Case.worker_id) == worker)
    return mine.cases(*among)


def words(key: str) -> str:
    """What those cases are."""
    which, _, worker = key.partition("/")
    whose = {"": "", NOBODY: " that nobody has"}.get(worker, " of one worker")
    return f"open cases{whose} that {WORDS[which]}"
