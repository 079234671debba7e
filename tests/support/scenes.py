"""The shipped processes as crash tests run them: each from its first step to its end, with people in it.

A scene can be run again and again on the same place, as a restarted process does: what was done is not done
again, and what was acknowledged is written to the place's ledger.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from intake_world import MONDAY, IntakeWorld, answers, client, open_world, plans, services, staff
from ledger import Ledger
from places import Homes, Place
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from definitions import Plan
from flows.dispatch import Deliver, run_until_quiet
from flows.leases import renew
from flows.post import delivery
from flows.runner import PassReport, open_pass
from flows.runtime import Runtime
from flows.script import Command, Script, next_command
from flows.steps.failure import infrastructure
from models import Channel as ChannelKind
from models import Client, DefinitionVersion, Instance, InstanceStatus, Safety, Store
from notifications import Channel, FolderChannel

CLIENTS = ("ordinary", "danger")
"""Two people: one without danger and with two needs; one in danger and without a safe e-mail."""

RESTARTED = timedelta(minutes=2)
"""After a crash the clock is this much later: leases and claims of the dead process have run out."""

LATE_REPORTS = {"duty@example.org": "undelivered"}
"""An address whose messages are taken and never arrive, so that the provider is asked later."""


TRIES = 10
"""How often somebody gives a command whose answers get lost."""


Rests = Callable[[IntakeWorld, Deliver], Callable[[], object]]
"""Makes the function that brings everything to rest, once for each start of the program."""


def passes(world: IntakeWorld, deliver: Deliver) -> Callable[[], object]:
    """Passes one after the other, without dispatcher, lane and scheduler."""
    return partial(run_until_quiet, world.runtime, world.plans, carry=renewing, deliver=deliver)


@dataclass(frozen=True, slots=True)
class Scene:
    """One shipped process: when it is run, and what people do in it."""

    process: str
    moment: datetime
    scripts: Mapping[str, Script]
    """By the key of the client, or "" where an instance is about nobody."""
    rests: Rests = passes

    def drive(
        self, place: Place, later: timedelta = timedelta(0), reach: Callable[[str], None] | None = None
    ) -> None:
        """Run everything to its end in one process."""
        with place.open(reach) as store:
            self.run(self.world(store, place, later, reach), place.ledger)

    def world(
        self,
        store: Store,
        place: Place,
        later: timedelta = timedelta(0),
        reach: Callable[[str], None] | None = None,
    ) -> IntakeWorld:
        """The engine at the scene's moment."""
        channel = FolderChannel(place.folder / "messages", failing=LATE_REPORTS)
        channels: dict[ChannelKind, Channel] = dict.fromkeys(ChannelKind, channel)
        return open_world(store, channels, now=self.moment + later, reach=reach)

    def run(self, world: IntakeWorld, ledger: Ledger) -> None:
        """Run everything to its end in a world that is open already."""
        self.begin(world, ledger)
        rest = self.rests(world, delivery(world.runtime, world.channels, world.policy))
        while True:
            rest()
            if not (self._people(world.runtime, ledger) or self.time_passes(world)):
                return

    def begin(self, world: IntakeWorld, ledger: Ledger) -> None:
        """Begin what the scene is about, unless what came before has."""
        if self.process == "intake":
            _begin_intakes(world, ledger)

    def time_passes(self, world: IntakeWorld) -> bool:
        """When nothing else is left to do: whether time passes until something is due. Here it never does."""
        del world
        return False

    def plan_of(self, instance: Instance) -> Plan:
        """The plan that an instance of the scene runs."""
        return plans()[instance.process]

    def instances(self, session: Session) -> Sequence[Instance]:
        """The instances that the scene is about."""
        query = select(Instance).where(Instance.process == self.process)
        return session.exec(query.order_by(col(Instance.start_key))).all()

    def unfinished(self, session: Session) -> list[str]:
        """What is not done though it should be."""
        found = self.instances(session)
        expected = len(self.scripts)
        few = [f"lost: {len(found)} of {expected} instances"] if len(found) != expected else []
        return few + [
            f"stuck: {each.process} {each.start_key} is {each.status.value}"
            for each in found
            if each.status is not InstanceStatus.COMPLETED
        ]

    def _people(self, runtime: Runtime, ledger: Ledger) -> int:
        """What people do now; how many commands it took."""
        with runtime.store.read() as session:
            todo = {each.id: self.scripts[_key(session, each)] for each in self.instances(session)}
        done = 0
        for instance_id, script in todo.items():
            while (command := next_command(runtime, instance_id, script)) is not None:
                insist(command)
                ledger.write(*acknowledged(command))
                done += 1
        return done


def renewing(runtime: Runtime, plan: Plan, version: DefinitionVersion, ids: Sequence[str]) -> PassReport:
    """A pass that renews its lease once after each work, as one does that takes long."""
    with open_pass(runtime, plan, version.id, ids) as under_way:
        while (work := under_way.next()) is not None:
            under_way.do(work)
            renew(runtime, under_way._claim)
    return under_way.report


def prepare(homes: Homes) -> Mapping[str, Place]:
    """For each scene a place where it can begin: the scenes before it are done there."""
    place = homes.empty()
    with place.open() as store, store.write() as session:
        session.add_all([*staff(), *services(), *client(1), *client(2, email_safe=Safety.NO)])
    places = {}
    for name, scene in SCENES.items():
        places[name] = homes.copy(place)
        scene.drive(place)
    homes.drop(place)
    return places


def _begin_intakes(world: IntakeWorld, ledger: Ledger) -> None:
    with world.runtime.store.read() as session:
        people = session.exec(select(Client).order_by(col(Client.family_name))).all()
    for person, key in zip(people, CLIENTS, strict=True):
        insist(partial(world.begin, person.id, key))
        ledger.write("start", key)


def insist(command: Callable[[], object]) -> None:
    """Give a command again, as it is, when its answer was lost: people and programs do, for a while."""
    for _ in range(TRIES):
        try:
            command()
        except DBAPIError as error:
            if not infrastructure(error):
                raise
            trouble = error
        else:
            return
    raise trouble


def acknowledged(command: Command) -> tuple[str, str, str]:
    """What the ledger keeps of a command."""
    what, (_, subject, *rest) = command.command.__name__, command.arguments
    return what, subject, rest[0] if what in ("answer_item", "correct") else ""


def _key(session: Session, instance: Instance) -> str:
    if instance.process == "intake":
        return instance.start_key
    if instance.client_id is None:
        return ""
    query = select(Instance.start_key).where(
        Instance.process == "intake", Instance.client_id == instance.client_id
    )
    return session.exec(query).one()


def _visit(seen: str, danger: str) -> Script:
    """What is found on a visit; when all is not well a supervisor decides."""
    more = {"well": "yes"} if seen == "yes" else {"reason": "not_at_home"}
    found: dict[str, Any] = {"seen": seen, **more}
    return Script.read(
        {
            "check": {"first": {"immediate_danger": danger}, "answers": found},
            "follow_up": {"answers": {"decision": "visit_again", "why": "Nobody opened"}},
        }
    )


SCENES: Mapping[str, Scene] = {
    scene.process: scene
    for scene in (
        Scene(
            "intake",
            MONDAY,
            {
                "ordinary": answers("no", ("food-insecurity", "housing-instability")),
                "danger": answers("yes", appointment_email={"complete": True}),
            },
        ),
        Scene(
            "welfare-check",
            datetime(2026, 3, 31, 15, tzinfo=UTC),
            {"ordinary": _visit("yes", "no"), "danger": _visit("no", "yes")},
        ),
        Scene(
            "monthly-summary",
            datetime(2026, 4, 1, 15, tzinfo=UTC),
            {"": Script.read({"review": {"answers": {"in_order": "yes", "measures": "None"}}})},
        ),
    )
}
"""The shipped processes in the order in which a case meets them."""

__all__ = ["CLIENTS", "RESTARTED", "SCENES", "Scene", "insist", "prepare", "renewing"]
