"""The people of the department: they take new clients in and answer what is asked, each by a commit of its
own. In some of the cases somebody is in danger.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Row, func
from sqlmodel import col, select

from benchmarks.house.office import add_clients, open_office
from benchmarks.house.people import FORM, People
from flows.inbox import complete
from flows.instances import start
from models import TASK_ENDED, HumanTask, Instance, InstanceStatus, Store
from ops.composition import Engine, Published

ANSWERS: Final = 4
"""Commands of people in one case."""

IN_DANGER: Final = 20
"""In every such case somebody is in danger."""

Between = Callable[[], None]


@dataclass
class Careful(People):
    """People who find somebody in danger in some of the cases."""

    in_danger: set[str] = field(default_factory=set)

    def _findings(self, store: Store, row: Row[Any], now: datetime) -> object:
        danger = "yes" if row.instance_id in self.in_danger else "no"
        form = {**FORM, "immediate_danger": danger}
        return complete(store, row.id, form, by=row.assignee_id, now=now)


@dataclass
class Crowd:
    """What was taken in and answered so far; each entry was acknowledged by a commit."""

    engine: Engine
    people: Careful
    clients: Mapping[int, str] = field(default_factory=dict)
    intakes: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, engine: Engine) -> "Crowd":
        """A department with its staff, and nobody taken in."""
        open_office(engine.store)
        usual = People.of(engine)
        return cls(engine, Careful(usual.engine, usual.service, usual.meeting))

    @property
    def alerted(self) -> set[str]:
        """The intakes in which an answer said that somebody is in danger."""
        said = {task for task, what in self.people.done if what == "findings"}
        query = select(HumanTask.instance_id).where(col(HumanTask.id).in_(said))
        with self.engine.store.read() as session:
            return self.people.in_danger & set(session.exec(query))

    def take_in(self, intake: Published, cases: int, between: Between) -> None:
        """Start so many intakes, each by a commit of its own. After trouble with the database it may be
        called again: what was started stays so.
        """
        if not self.clients:
            self.clients = add_clients(self.engine.store, range(1, cases + 1))
        for number in range(len(self.intakes) + 1, cases + 1):
            inputs = {"client": self.clients[number], "received_at": datetime.now(UTC).isoformat()}
            started = start(self.engine.runtime, intake.plan, intake.version, inputs, key=f"intake-{number}")
            self.intakes.append(started.instance.id)
            if number % IN_DANGER == 1:
                self.people.in_danger.add(started.instance.id)
            between()

    def answer(self, between: Between) -> int:
        """Do all that is open now; returns the commands given."""
        return self.people.act(between)

    @property
    def answers(self) -> int:
        """Commands that were acknowledged."""
        return len(self.people.done)

    def finished(self) -> int:
        """Intakes that have come to their end."""
        ended = Instance.status == InstanceStatus.COMPLETED, Instance.process == "intake"
        query = select(func.count(col(Instance.id))).where(*ended)
        with self.engine.store.read() as session:
            return session.exec(query).one()

    def missing(self) -> Sequence[str]:
        """What was acknowledged and is not in the database: intakes, and answers to tasks."""
        answered = {task for task, what in self.people.done if what in ("findings", "referral")}
        with self.engine.store.read() as session:
            known = set(session.exec(select(Instance.id)))
            ended = set(session.exec(select(HumanTask.id).where(col(HumanTask.status).in_(TASK_ENDED))))
        return [
            *(f"lost: the intake {each} was acknowledged" for each in self.intakes if each not in known),
            *(f"lost: the answer to task {each} was acknowledged" for each in answered - ended),
        ]
