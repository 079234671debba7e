"""Crashes of a scene: killed at one point or at two, restarted, finished, judged."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from itertools import product

from commit_faults import Loses, Lost, lose, nothing
from crash_figures import Outcome
from forks import dies, passed
from full_disks import full_disk
from intake_world import IntakeWorld
from invariants import counts, resends, unsealed, violations
from ledger import forgotten
from places import Homes, Place
from scenes import RESTARTED, Scene, prepare
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from flows import FAULT_POINTS, Limits
from flows.steps.failure import infrastructure
from models import HumanTask, Store, TaskKind
from notifications import FAULT_POINTS as OUTBOX_POINTS
from notifications.delivery import HANDFUL

POINTS = (*FAULT_POINTS, *OUTBOX_POINTS)
"""Every named point of engine and outbox."""

MESSAGE_WINDOW = frozenset({"outbox.claimed", "outbox.before_send", "outbox.after_send", "outbox.stored"})
"""Where nobody can know if the provider has a message (G4): it is looked for, and a resend is counted. It may
have been claimed with others: where the provider is slow, the first are stored while the last wait.
"""


AGAIN = timedelta(seconds=2)
"""After an error that ended a process the next one comes this much later; leases last half as long then."""


ENOUGH = 500
"""A process that was started so often should have come to its end."""


@dataclass(frozen=True, slots=True)
class Kill:
    """SIGKILL when a point is passed for the n-th time after a start."""

    point: str
    times: int = 1


@dataclass(frozen=True, slots=True)
class Stage:
    """A scene on one kind of database, with what an undisturbed run leaves behind and passes."""

    scene: Scene
    homes: Homes
    start: Place
    expected: Mapping[str, int] = field(default_factory=dict)
    passed: Mapping[str, int] = field(default_factory=dict)

    def crash(self, kills: Sequence[Kill]) -> Outcome:
        """Kill at each in turn, restarting in between; run to the end; judge."""
        place = self.homes.copy(self.start)
        try:
            crashes, broken = 0, list[str]()
            for number, kill in enumerate(kills):
                if self._dies(place, kill, number):
                    crashes += 1
                self.homes.settle(place)
                broken += self._forgotten(place)
            later = RESTARTED * len(kills)
            self.scene.drive(place, later)
            window = sum(kill.point in MESSAGE_WINDOW for kill in kills)
            with place.open() as store:
                broken += self._judged(store, place, later, window)
                return Outcome(crashes, tuple(broken), self._resends(store))
        finally:
            self.homes.drop(place)

    def lose(self, chosen: Loses, how: Lost) -> Outcome:
        """Lose the answers to these commits; whatever an error ends is started again; run to the end; judge.

        `crashes` counts the lost answers.
        """
        place = self.homes.copy(self.start)
        try:
            with place.open() as store:
                commits = lose(store, chosen, how)
                restarts = self._stubbornly(store, place, range(ENOUGH))
                lose(store, nothing, how)
                broken = self._judged(store, place, AGAIN * restarts, window=restarts)
                return Outcome(commits.lost, tuple(broken), self._resends(store))
        finally:
            self.homes.drop(place)

    def fill(self, room: int) -> Outcome:
        """Let the disk be full after a little more room, until there is some again; run to the end; judge.

        `crashes` is 1 when the run came to a stop on the full disk.
        """
        place = self.homes.copy(self.start)
        try:
            with place.open() as store:
                with full_disk(store, room):
                    stopped = self._runs(store, place, 0) is False
                restarts = self._stubbornly(store, place, range(1, ENOUGH))
                broken = self._judged(store, place, AGAIN * restarts, window=restarts)
                return Outcome(int(stopped), tuple(broken), self._resends(store))
        finally:
            self.homes.drop(place)

    def _stubbornly(self, store: Store, place: Place, starts: range) -> int:
        for number in starts:
            if self._runs(store, place, number):
                return number
        raise AssertionError(f"stuck: not done after {len(starts)} starts")

    def _runs(self, store: Store, place: Place, number: int) -> bool:
        """One start of the program; False when the database's trouble has ended it."""
        try:
            self.scene.run(_quick(self.scene.world(store, place, AGAIN * number)), place.ledger)
        except DBAPIError as error:
            if not infrastructure(error):
                raise
            return False
        return True

    def _dies(self, place: Place, kill: Kill, number: int) -> bool:
        later = RESTARTED * number
        return dies(lambda reach: self.scene.drive(place, later, reach), kill.point, kill.times)

    def _forgotten(self, place: Place) -> list[str]:
        with place.open() as store, store.read() as session:
            return list(forgotten(session, place.ledger))

    def _judged(self, store: Store, place: Place, later: timedelta, window: int) -> Iterator[str]:
        """What is broken. Up to `window` messages may have been sent again; then their providers may have
        been heard another number of times.
        """
        with store.read() as session:
            yield from violations(session, self.scene.plan_of, self.scene.moment + later)
            yield from self.scene.unfinished(session)
            yield from forgotten(session, place.ledger)
            yield from incidents(session)
            found = counts(session)
        yield from unsealed(self.scene.world(store, place, later).runtime)
        if window or self._resends(store):
            found = {**found, "receipts": self.expected["receipts"]}
        for name, rows in found.items():
            if rows != self.expected[name]:
                kind = "lost" if rows < self.expected[name] else "doubled"
                yield f"{kind}: {rows} {name} instead of {self.expected[name]}"
        if self._resends(store) > window * HANDFUL:
            yield f"doubled: {self._resends(store)} messages were sent again, outside the window"

    def _resends(self, store: Store) -> int:
        with store.read() as session:
            return resends(session)


def _quick(world: IntakeWorld) -> IntakeWorld:
    """Leases and claims of a process that an error ended have run out when the next one starts."""
    runtime = replace(world.runtime, limits=Limits(lease=AGAIN / 2))
    return replace(world, runtime=runtime, policy=replace(world.policy, claim_timeout=AGAIN / 2))


def incidents(session: Session) -> Iterator[str]:
    """Incidents; a crash, a lost connection or a full disk makes none (engine.md R2.6)."""
    query = select(HumanTask).where(HumanTask.kind == TaskKind.INCIDENT)
    for task in session.exec(query):
        yield f"incident: {task.title} ({task.description})"


def stages(homes: Homes, scenes: Mapping[str, Scene]) -> Mapping[str, Stage]:
    """Every scene with its undisturbed run."""
    starts = prepare(homes)
    return {name: undisturbed(scene, homes, starts[scene.process]) for name, scene in scenes.items()}


def undisturbed(scene: Scene, homes: Homes, start: Place) -> Stage:
    """The stage of a scene that begins at a place: it is played once without a crash, and judged, so that
    the statements of the judge too are made before the forks that share them.
    """
    place = homes.copy(start)
    seen = passed(lambda reach: scene.drive(place, reach=reach))
    scene.drive(place, later=RESTARTED)
    with place.open() as store:
        with store.read() as session:
            expected = counts(session)
        stage = Stage(scene, homes, start, expected, seen)
        broken = list(stage._judged(store, place, RESTARTED, window=0))
    homes.drop(place)
    if broken:
        raise AssertionError(f"broken without a crash: {broken}")
    return stage


def singles(seen: Mapping[str, int]) -> Iterator[Kill]:
    """Each point the first, the middle and the last time that it is passed."""
    for point, times in seen.items():
        for number in dict.fromkeys((1, (times + 1) // 2, times)):
            yield Kill(point, number)


def pairs(seen: Mapping[str, int], salt: str = "") -> Iterator[tuple[Kill, Kill]]:
    """Each pair of named points. How often each is passed before it kills is chosen by a hash: the same every
    time, another for every `salt`. The first kill comes early enough that the second can still come.
    """
    for first, second in product(sorted(seen), repeat=2):
        chance = int.from_bytes(sha256(f"{salt}|{first}|{second}".encode()).digest()[:4])
        early = 1 + chance % max(1, seen[first] // 2)
        yield Kill(first, early), Kill(second, 1 + (chance >> 8) % max(1, seen[second] // 3))


def spread(chosen: Sequence[tuple[Kill, Kill]], count: int) -> list[tuple[Kill, Kill]]:
    """So many of these pairs, by a hash: the same every time, and every point in some of them."""

    def rank(pair: tuple[Kill, Kill]) -> bytes:
        return sha256(f"{pair[0].point}>{pair[1].point}".encode()).digest()

    taken: list[tuple[Kill, Kill]] = []
    missing = {kill.point for pair in chosen for kill in pair}
    for pair in sorted(chosen, key=rank):
        points = {kill.point for kill in pair}
        if points & missing or len(taken) < count - len(missing):
            taken.append(pair)
            missing -= points
    return taken[:count]
