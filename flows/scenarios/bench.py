"""Where scenarios are played: one database in memory, brought back to its beginning before each of them.

Making a database, its tables and the statements for it takes far longer than a scenario does, so all
scenarios of a process share them; nothing of one is left when the next begins.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from definitions.catalogue import Catalogue
from definitions.plan import Plan
from definitions.scenarios import ReadScenario, Scenarios
from flows.faults import Reach, pass_by
from flows.runtime import Runtime
from flows.scenarios.covering import Watching
from flows.scenarios.outcome import Outcome
from flows.scenarios.playing import Player
from flows.scenarios.provider import ScenarioChannel
from flows.scenarios.shared import Kept, SharedBeginnings, keys_of
from flows.scenarios.world import LONG_AGO, Surroundings, always_there, starts_at
from flows.simulation import VirtualClock
from flows.versions import Plans, publish
from models import LISTENING, DefinitionVersion, Image, in_memory  # noqa: TID251  (a scenario's own database)
from models import Channel as ChannelKind
from notifications import Outgoing, Policy, Post
from tasks.registry import Handler

WHO = "scenario"


class Bench:
    """Plays scenarios of these plans, one after the other. Close it when done."""

    def __init__(
        self,
        handlers: Mapping[str, Handler[Any]],
        catalogue: Catalogue,
        plans: Mapping[str, Plan],
        shared: SharedBeginnings | None = None,
        *,
        reach: Reach = pass_by,
    ) -> None:
        """`shared` has what several of the scenarios begin with; without it each is played from the start.
        `reach` is the runtime's, for who wants to stop a scenario that goes on and on.
        """
        self._catalogue = catalogue
        self._clock = VirtualClock(LONG_AGO)
        self._store = in_memory()
        self._ids = _Ids()
        self._watching = Watching()
        self.runtime = Runtime(
            self._store,
            handlers,
            catalogue,
            self._clock,
            self._ids,
            holder=WHO,
            reach=reach,
            stopwatch=_no_time,
            draw=_no_chance,
            watch=self._watching.note,
        )
        self._channels = {kind: ScenarioChannel(kind) for kind in ChannelKind}
        zone = catalogue.vocabulary.calendar().zone
        self._post = Post(
            store=self._store,
            channels=self._channels,
            clock=self._clock,
            policy=Policy(zone=zone),
            new_id=self._ids,
        )
        versions = [publish(self.runtime, plan, by=WHO) for plan in plans.values()]
        self._versions: Mapping[str, DefinitionVersion] = {each.process: each for each in versions}
        self._plans = Plans(self.runtime)
        self._empty = self._store.image()
        self._images: dict[str, Image] = {}
        self._shared = shared or SharedBeginnings()

    def play(self, scenarios: Scenarios, scenario: ReadScenario) -> Outcome:
        """Play one scenario from its beginning."""
        began = time.perf_counter()
        beginning = starts_at(self._catalogue, scenario.starts_at)
        around = Surroundings(self._catalogue, _team(scenarios.plan.owner), beginning)
        version = self._versions[scenarios.plan.process]
        plan = self._plans.of(version)
        player = Player(
            self.runtime,
            self._plans,
            self._clock,
            self._post,
            self._channels,
            around,
            scenarios.document,
            self._watching,
            plan,
        )
        keys = keys_of(scenarios, scenario)
        done, kept = self._shared.longest(keys)
        if kept is None:
            self._begin(around)
            player.begin(version, scenario)
        else:
            self._store.return_to(kept.image)
            self._recall(kept.besides, player)
        for number, act in enumerate(scenario.acts[done:], start=done):
            self._keep(keys[number], player)
            if not player.play(act):
                break
        else:
            self._keep(keys[-1], player)
        taken = self._watching.taken(self._store, self._plans, player.refused)
        return Outcome(
            scenarios.document.file,
            plan.process,
            scenario.name,
            time.perf_counter() - began,
            tuple(player.failures),
            taken,
        )

    def _keep(self, key: str, player: Player) -> None:
        """Keep the state for other scenarios that begin like this, as long as all of it held."""
        if not player.failures and self._shared.wants(key):
            channels = {kind: (each.does, dict(each.sent)) for kind, each in self._channels.items()}
            seen = {subject: list(went) for subject, went in self._watching.seen.items()}
            besides = _Besides(
                self._clock.now, self._ids.last, channels, seen, player.instance_id, tuple(player.refused)
            )
            self._shared.keep(key, Kept(self._store.image(), besides))

    def _recall(self, besides: object, player: Player) -> None:
        if not isinstance(besides, _Besides):
            raise TypeError("another bench has kept this")
        self._clock.now, self._ids.last = besides.now, besides.last_id
        for kind, (does, sent) in besides.channels.items():
            self._channels[kind].does, self._channels[kind].sent = does, dict(sent)
        self._watching.seen = {subject: list(went) for subject, went in besides.seen.items()}
        player.instance_id, player.refused = besides.instance_id, list(besides.refused)

    def _begin(self, around: Surroundings) -> None:
        """Bring back the beginning: the database, the clock, the ids, the providers."""
        image = self._images.get(around.owner)
        if image is None:
            self._store.return_to(self._empty)
            with self._store.write() as session:
                session.info.pop(LISTENING, None)  # nothing begins on what has always been there
                session.add_all(always_there(around))
            image = self._images[around.owner] = self._store.image()
        self._store.return_to(image)
        self._clock.now = around.starts_at
        self._ids.last = 0
        self._watching.forget()
        for channel in self._channels.values():
            channel.does = "delivered"
            channel.sent.clear()

    def close(self) -> None:
        """Let go of the databases."""
        self._shared.close()
        for image in (self._empty, *self._images.values()):
            image.close()
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class _Besides:
    """What a scenario has come to besides its database."""

    now: datetime
    last_id: int
    channels: Mapping[ChannelKind, tuple[str, dict[str, Outgoing]]]
    seen: Mapping[int, list[tuple[str, object]]]
    instance_id: str
    refused: tuple[tuple[str, str, str], ...]


class _Ids:
    """Ids that rise in the order in which they are asked for, and are the same each time."""

    def __init__(self) -> None:
        self.last = 0

    def __call__(self) -> str:
        self.last += 1
        return f"{self.last:026d}"


def _team(owner: str) -> str:
    return owner.replace("-", "_")


def _no_chance(_name: str) -> float:
    return 0.0


def _no_time() -> float:
    """Work takes no time, so that passes end where they always end."""
    return 0.0
