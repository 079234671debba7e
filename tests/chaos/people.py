"""People under load: new intakes begin, and whoever is asked answers, while processes die around them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import TypeVar

from intake_world import answers, client, services, staff
from ledger import Ledger
from scenes import acknowledged
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from benchmarks.house.office import where_it_is_noon
from flows.inbox.desk import InboxError
from flows.instances import start
from flows.script import Script, next_command
from flows.steps.failure import infrastructure
from models import Instance, Staff
from ops.composition import Engine, Published, publish_known

T = TypeVar("T")

SCRIPTS = (
    answers("no", ("food-insecurity", "housing-instability")),
    answers("yes", appointment_email={"complete": True}),
    answers("no"),
)
"""What people answer; which of them, the intake's number says."""


@dataclass
class People:
    """Clients who come in and staff who answer. All that they are told is done goes into the ledger."""

    engine: Engine
    ledger: Ledger
    chance: Random
    intake: Published
    open: dict[str, Script] = field(default_factory=dict)
    begun: int = 0
    refused: int = 0

    def begin(self) -> None:
        """One more client, and their intake."""
        self.begun += 1
        number, key = self.begun, f"chaos-{self.begun}"
        rows = client(number)
        rows[0].time_zone = where_it_is_noon(datetime.now(UTC))  # at night their e-mails would wait
        self._insist(lambda: self._add(rows))
        inputs = {"client": rows[0].id, "received_at": datetime.now(UTC).isoformat()}
        plan, version = self.intake.plan, self.intake.version
        began = self._insist(lambda: start(self.engine.runtime, plan, version, inputs, key=key))
        self.ledger.write("start", key)
        self.open[began.instance.id] = SCRIPTS[number % len(SCRIPTS)]

    def answer(self) -> bool:
        """One thing that somebody does for some intake; False when nobody has anything to do there."""
        if not self.open:
            return False
        instance_id = self.chance.choice(sorted(self.open))
        return self._act(instance_id)

    def answer_all(self) -> int:
        """Everybody does everything that can be done now; how much it was."""
        done = 0
        for instance_id in sorted(self.open):
            while self._act(instance_id):
                done += 1
        return done

    def _act(self, instance_id: str) -> bool:
        script = self.open[instance_id]
        command = self._insist(lambda: next_command(self.engine.runtime, instance_id, script))
        if command is None:
            return False
        try:
            self._insist(command)
        except InboxError:  # somebody was first, or the task has gone meanwhile
            self.refused += 1
            return True
        self.ledger.write(*acknowledged(command))
        return True

    def _add(self, rows: list[object]) -> None:
        with self.engine.store.write() as session:
            for row in rows:
                if session.get(type(row), row.id) is None:  # type: ignore[attr-defined]
                    session.merge(row)

    def _insist(self, act: Callable[[], T]) -> T:
        while True:
            try:
                return act()
            except DBAPIError as error:
                if not infrastructure(error):
                    raise


def people(engine: Engine, ledger: Ledger, chance: Random) -> People:
    """A department that is staffed, and its processes published."""
    known, _ = publish_known(engine)
    with engine.store.write() as session:
        if session.exec(select(Staff)).first() is None:
            session.add_all([*staff(), *services()])
    return People(engine, ledger, chance, known["intake"])


def intakes(session: Session) -> list[Instance]:
    """The instances that people began."""
    query = select(Instance).where(Instance.process == "intake").order_by(col(Instance.start_key))
    return list(session.exec(query))
