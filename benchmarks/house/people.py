"""What the people of the department do, through Casewright's public commands: each is one commit."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import Row, String, cast, func, select
from sqlmodel import col

from benchmarks.bare.answers import FINDINGS
from definitions.time.clocks import Unit
from flows.inbox import PlannedGoal, book, complete, record_plan
from models import HumanTask, Service, Store, TaskStatus
from ops.composition import Engine

OPEN: Final = (TaskStatus.REQUESTED, TaskStatus.ACCEPTED, TaskStatus.IN_PROGRESS)
FORM: Final[Mapping[str, Any]] = {**FINDINGS, "needs": [FINDINGS["needs"]]}

COLUMNS: Final = ("id", "step", "instance_id", "case_id", "assignee_id")

Command = Callable[[], None]
"""One thing that a person does: one commit."""


@dataclass
class People:
    """They look for what there is to do and do it, once."""

    engine: Engine
    service: str
    meeting: datetime
    done: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def of(cls, engine: Engine) -> "People":
        """The people of this department; appointments are in two working days."""
        with engine.store.read() as session:
            service: str = session.execute(select(col(Service.id))).scalar_one()
        calendar = engine.installation.catalogue.vocabulary.calendar()
        day = calendar.add(datetime.now(UTC), 2, Unit.WORKING_DAYS).moment_utc.astimezone(engine.zone)
        meeting = datetime.combine(day.date(), time(10), engine.zone)
        return cls(engine, service, meeting)

    def act(self, between: Callable[[], None] = lambda: None) -> int:
        """Do all that is open now, `between` after each; returns the commands given."""
        given = 0
        for _, command in self.to_do():
            command()
            between()
            given += 1
        return given

    def to_do(self) -> Iterator[tuple[str, Command]]:
        """What is open now and was not done before: the instance, and the command."""
        for row in self._open_tasks():
            if row.step == "assessment" and not row.asks:
                yield from self._once(row, "book", self._book)
            elif row.step == "assessment":
                yield from self._once(row, "findings", self._findings)
            elif row.step == "referral_task":
                yield from self._once(row, "referral", self._referral)
                yield from self._once(row, "plan", self._plan)

    def _open_tasks(self) -> list[Row[Any]]:
        columns = [col(getattr(HumanTask, name)) for name in COLUMNS]
        asks = func.length(cast(col(HumanTask.form), String)) > len("[]")
        query = select(*columns, asks.label("asks")).where(col(HumanTask.status).in_(OPEN))
        with self.engine.store.read() as session:
            return list(session.execute(query).all())

    def _once(
        self, row: Row[Any], what: str, act: Callable[[Store, Row[Any], datetime], object]
    ) -> Iterator[tuple[str, Command]]:
        if (row.id, what) in self.done:
            return

        def command() -> None:
            act(self.engine.store, row, datetime.now(UTC))
            self.done.add((row.id, what))

        yield row.instance_id, command

    def _book(self, store: Store, row: Row[Any], now: datetime) -> object:
        return book(store, row.id, self.meeting, by=row.assignee_id, now=now, place="Office")

    def _findings(self, store: Store, row: Row[Any], now: datetime) -> object:
        return complete(store, row.id, FORM, by=row.assignee_id, now=now)

    def _referral(self, store: Store, row: Row[Any], now: datetime) -> object:
        return complete(store, row.id, {"service": self.service}, by=row.assignee_id, now=now)

    def _plan(self, store: Store, row: Row[Any], now: datetime) -> object:
        zone = self.engine.zone
        goal = PlannedGoal(
            specific="Eat three times a day",
            indicator="meals a day",
            target="three",
            need="food-insecurity",
            due_on=(now.astimezone(zone) + timedelta(days=60)).date(),
            achievable="the food bank is near",
        )
        agreed = ("client", "worker")
        return record_plan(store, row.case_id, [goal], agreed_by=agreed, by=None, now=now, zone=zone.key)
