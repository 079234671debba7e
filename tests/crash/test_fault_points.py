"""SIGKILL at every fault point of engine and outbox, then run again: nothing lost, doubled or stuck.

Each crash is a process of its own (a fork), killed by the kernel at the point, on a real database file.
"""

import os
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from intake_world import MONDAY, answers, client, open_world, plans, services, staff
from invariants import counts, violations
from sqlmodel import select

import migrations
from flows import FAULT_POINTS
from models import Channel, Client, Instance, InstanceStatus, Message, Safety, open_store
from notifications import FAULT_POINTS as OUTBOX_POINTS
from notifications import FolderChannel

KEYS = ("ordinary", "danger")
"""Two intakes: one without danger and with two referrals; one with danger and without a safe e-mail."""

MONTH = timedelta(days=40)
"""By then visits have begun, the report is frozen, and everything that was due has been called."""

MESSAGE_WINDOW = {"outbox.claimed", "outbox.before_send", "outbox.after_send"}
"""Where nobody can know if the provider has the message (G4): it is looked for, and a resend is counted."""


@dataclass(frozen=True)
class Place:
    """A home of one run: its database and its folder of messages."""

    folder: Path

    @property
    def database(self) -> Path:
        return self.folder / "casewright.db"

    def drive(self, later: timedelta = timedelta(0), reach: Callable[[str], None] | None = None) -> None:
        """Start both intakes (once), run everything to the end, and again after the month has ended."""
        folder = FolderChannel(self.folder / "messages")
        with open_store(f"sqlite:///{self.database}") as store:
            for moment in (MONDAY + later, MONDAY + MONTH + later):
                world = open_world(store, dict.fromkeys(Channel, folder), now=moment, reach=reach)
                with store.read() as session:
                    people = session.exec(select(Client).order_by(Client.family_name)).all()
                ids = [world.begin(person.id, key) for person, key in zip(people, KEYS, strict=True)]
                told = answers("yes", appointment_email={"complete": True})
                world.drive({ids[0]: answers("no", ("food-insecurity", "housing-instability")), ids[1]: told})


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A database with people and nothing done yet."""
    place = Place(tmp_path_factory.mktemp("template"))
    with open_store(f"sqlite:///{place.database}") as store:
        migrations.upgrade(store.engine)
        with store.write() as session:
            session.add_all([*staff(), *services(), *client(1), *client(2, email_safe=Safety.NO)])
    return place


@pytest.fixture(scope="module")
def reference(
    template: Place, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, int], Counter[str]]:
    """What an undisturbed run leaves behind, and how often it passes each point."""
    place = _copy(template, tmp_path_factory.mktemp("reference"))
    passed: Counter[str] = Counter()
    place.drive(reach=lambda point: passed.update([point]))
    return _sound(place), passed


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where the system has one: a kill takes nothing from a file, wherever it lies."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else tmp_path) as made:
        yield Path(made)


@pytest.mark.parametrize("which", ["first", "middle", "last"])
@pytest.mark.parametrize("point", [*FAULT_POINTS, *OUTBOX_POINTS])
def test_a_kill_loses_nothing_and_doubles_nothing(
    point: str,
    which: str,
    template: Place,
    reference: tuple[dict[str, int], Counter[str]],
    home: Path,
) -> None:
    expected, passed = reference
    times = {"first": 1, "middle": (passed[point] + 1) // 2, "last": passed[point]}[which]
    assert passed[point], f"the intake never passes {point}: the point is dead"
    place = _copy(template, home)
    assert _killed_at(place, point, times), f"the process survived {point}"
    place.drive(later=timedelta(minutes=5))
    found = _sound(place)
    if point in OUTBOX_POINTS:  # how often a provider was heard differs when it is asked instead of told
        found = {**found, "receipts": expected["receipts"]}
    assert {name: (n, expected[name]) for name, n in found.items() if n != expected[name]} == {}
    assert _resends(place) <= (1 if point in MESSAGE_WINDOW else 0)


def _copy(template: Place, to: Path) -> Place:
    to.mkdir(exist_ok=True)
    shutil.copy(template.database, to / template.database.name)
    return Place(to)


def _killed_at(place: Place, point: str, times: int) -> bool:
    """Run in a fork that kills itself when it comes to the point for the n-th time."""
    pid = os.fork()
    if pid == 0:
        left = [times]

        def reach(here: str) -> None:
            left[0] -= here == point
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            place.drive(reach=reach)
        finally:
            os._exit(3)
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def _sound(place: Place) -> dict[str, int]:
    """The counts of a place in which every promise holds and both intakes are done."""
    with open_store(f"sqlite:///{place.database}") as store, store.read() as session:
        assert list(violations(session, plans()["intake"])) == []
        ended = session.exec(select(Instance).where(Instance.process == "intake")).all()
        assert [each.status for each in ended] == [InstanceStatus.COMPLETED] * len(KEYS)
        return counts(session)


def _resends(place: Place) -> int:
    with open_store(f"sqlite:///{place.database}") as store, store.read() as session:
        return sum(message.resends for message in session.exec(select(Message)))
