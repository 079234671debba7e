"""Leading: what one process does at a time, and another takes over from it (engine.md R4).

A leader renews its row. Another process takes over when the row says that its time is over, or when the row
has not been renewed for as long by the watch of the one who looks: a clock that was set back must not keep a
dead leader in office, one that was set forward only brings an early change. A change of leader loses and
doubles nothing, since whatever a leader does is done once by its key. The time is that of leases.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from flows.leases import lease_now
from flows.runtime import Runtime
from models import Leadership

SCHEDULER: Final = "scheduler"
"""The office of the process that ticks timers and keeps house."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Who leads, as one process sees it: None for nobody. `mine` says whether it is the one who looks."""

    leader: str | None
    term: int
    since: datetime | None
    mine: bool


NOBODY: Final = Standing(None, 0, None, mine=False)


class Candidate:
    """One process that would lead. `holder` names it, so no two processes may have the same.

    `stand` is to be called every `limits.leadership_renewal`; what only the leader does asks `leads` first.
    """

    def __init__(self, runtime: Runtime, holder: str, office: str = SCHEDULER) -> None:
        self._runtime = runtime
        self._holder = holder
        self._office = office
        self._term: int | None = None
        self._renewed = 0.0
        self._seen: tuple[int, datetime] | None = None
        self._seen_at = 0.0

    @property
    def holder(self) -> str:
        """The name of this process."""
        return self._holder

    @property
    def leads(self) -> bool:
        """Whether this process leads and has said so lately; one that was stopped for long asks again."""
        limit = self._runtime.limits.leadership.total_seconds()
        return self._term is not None and self._runtime.stopwatch() - self._renewed < limit

    def stand(self) -> Standing:
        """Renew one's leadership, or take it where nobody leads any more; says who leads now."""
        asked = self._runtime.stopwatch()
        if self._term is not None and self._renew():
            self._renewed = asked
        elif self._free():
            self._term = self._take()
            self._renewed = asked
            self._runtime.reach("lead.after_commit")
        return self.standing()

    def standing(self) -> Standing:
        """Who leads now, without standing oneself."""
        with self._runtime.store.read() as session:
            row = session.get(Leadership, self._office)
            if row is None or row.holder is None:
                return NOBODY
            return Standing(row.holder, row.term, row.acquired_at, mine=row.term == self._term)

    def resign(self) -> None:
        """Give the leadership up at once; the next who asks takes it. Nothing happens where one has none."""
        if self._term is None:
            return
        with self._runtime.store.write() as session:
            session.exec(self._mine().values(holder=None, expires_at=lease_now(self._runtime, session)))
        self._term = None

    def _renew(self) -> bool:
        with self._runtime.store.write() as session:
            now = lease_now(self._runtime, session)
            until = now + self._runtime.limits.leadership
            done = session.exec(self._mine().values(renewed_at=now, expires_at=until))
            kept = bool(done.rowcount == 1)
        if not kept:  # another one took over while this process slept
            self._term = None
        return kept

    def _mine(self) -> Any:
        return (
            update(Leadership)
            .where(col(Leadership.id) == self._office, col(Leadership.term) == self._term)
            .execution_options(synchronize_session=False)
        )

    def _free(self) -> bool:
        """Whether nobody leads: asked without the write lock, since most who ask find a leader."""
        with self._runtime.store.read() as session:
            now = lease_now(self._runtime, session)
            return self._vacant(session.get(Leadership, self._office), now)

    def _vacant(self, row: Leadership | None, now: datetime) -> bool:
        if row is None or row.holder is None or row.expires_at <= now:
            return True
        seen = (row.term, row.renewed_at)
        if seen != self._seen:
            self._seen, self._seen_at = seen, self._runtime.stopwatch()
        return self._runtime.stopwatch() - self._seen_at >= self._runtime.limits.leadership.total_seconds()

    def _take(self) -> int | None:
        """One's term where nobody leads, looked at with the row locked; None where another was faster."""
        with self._runtime.store.write() as session:
            _make_row(session, self._office, lease_now(self._runtime, session))
            row = session.get_one(Leadership, self._office, with_for_update=True)
            now = lease_now(self._runtime, session)  # read anew: the lock may have been waited for
            if not self._vacant(row, now):
                return None
            row.term, row.holder = row.term + 1, self._holder
            row.acquired_at = row.renewed_at = now
            row.expires_at = now + self._runtime.limits.leadership
            session.add(row)
            self._runtime.reach("lead.before_commit")
            return row.term


def _make_row(session: Session, office: str, now: datetime) -> None:
    """The row of an office, vacant, unless there is one; two who make it at once make one."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    vacant = {"id": office, "term": 0, "acquired_at": now, "renewed_at": now, "expires_at": now}
    session.execute(insert(Leadership).values(**vacant).on_conflict_do_nothing(index_elements=["id"]))
