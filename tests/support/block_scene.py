"""A procedure made of blocks as crash tests run it: branches beside each other, members, rounds, what comes
first, with people and time in them.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Final

from crashes import Stage, undisturbed
from intake_world import MONDAY, IntakeWorld, catalogue, staff
from ledger import Ledger
from places import Homes, Place
from scenes import Scene, insist
from sqlmodel import col, select

from definitions import Plan, check, parse
from flows.instances import start
from flows.script import Script
from flows.versions import publish
from models import Instance, Store, Timer

TEXT: Final = """\
process: blocks
title: Blocks
purpose: To be crashed
owner: intake_team
inputs:
  members:
    type: choices
    title: Members
    options: {ana: Ana, ben: Ben}
steps:
  - id: checks
    title: Checks beside each other
    parallel:
      - id: call
        steps:
          - {id: police, title: Police, do: assign_task, to: group intake_team, ends: completed}
          - {id: noted, title: Note it, do: calculate, value: noted}
      - id: later
        steps:
          - {id: an_hour, title: An hour, do: wait, for: 1 hour}
          - {id: look, title: Look again, do: assign_task, to: group intake_team, ends: completed}
      - id: never
        steps:
          - {id: letter, title: A letter, do: wait, for: 9 weeks}
    join: 2
  - id: help
    title: Help each of them
    for_each: {member: = inputs.members}
    steps:
      - id: rounds
        title: Until it is done
        repeat: {until: ask.done is yes, at_most: 3}
        steps:
          - id: ask
            title: Is it done?
            do: assign_task
            to: group intake_team
            ends: completed
            items: [{id: done, ask: Done?, type: yes_no, required: true}]
  - id: reply
    title: An answer, or a day of silence
    first_of:
      - id: answered
        steps:
          - {id: answer, title: An answer, do: assign_task, to: group intake_team, ends: completed}
      - id: silent
        steps:
          - {id: a_day, title: A day, do: wait, for: 24 hours}
          - {id: visit, title: Visit, do: calculate, value: visited}
  - id: night
    title: A place for the night
    steps:
      - {id: search, title: Search, do: assign_task, to: group intake_team, ends: completed}
    deadline:
      after: 3 hours
      then:
        steps:
          - {id: hotel, title: A hotel, do: assign_task, to: group intake_team, ends: completed}
  - id: report
    title: Right?
    do: assign_task
    to: group intake_team
    ends: completed
    items: [{id: right, ask: Right?, type: yes_no, required: true}]
"""

SCRIPT: Final = Script.read(
    {
        **{name: {"complete": True} for name in ("police", "look", "hotel")},
        "ask": {
            "each": {
                "ana/1": {"answers": {"done": "no"}},
                "ana/2": {"answers": {"done": "yes"}},
                "ben/1": {"answers": {"done": "yes"}},
            }
        },
        "report": {"answers": {"right": "yes"}},
    }
)
"""Nobody answers `answer` and `search`: time decides there, and withdraws them."""


@cache
def plan() -> Plan:
    """The procedure, checked."""
    found = check(parse(TEXT.encode(), "blocks.yaml"), catalogue()).plan
    assert found is not None
    return found


class Clock:
    """A clock that a restarted process finds as it was left. It is put on when nobody has anything to do."""

    def __init__(self, place: Place, later: timedelta) -> None:
        self._file = place.folder / "clock"
        self._later = later

    def __call__(self) -> datetime:
        text = self._file.read_text() if self._file.exists() else MONDAY.isoformat()
        return datetime.fromisoformat(text) + self._later

    def put_on(self, moment: datetime) -> None:
        """It is this late now."""
        fresh = self._file.with_suffix(".new")
        fresh.write_text((moment - self._later).isoformat())
        fresh.replace(self._file)


class BlockScene(Scene):
    """The procedure, from its beginning to its end."""

    def world(
        self,
        store: Store,
        place: Place,
        later: timedelta = timedelta(0),
        reach: Callable[[str], None] | None = None,
    ) -> IntakeWorld:
        """The engine, with the clock of the place."""
        made = super().world(store, place, later, reach)
        return replace(made, runtime=replace(made.runtime, clock=Clock(place, later)))

    def begin(self, world: IntakeWorld, ledger: Ledger) -> None:
        """Publish it and start it, once."""
        version = publish(world.runtime, plan(), by="test")
        inputs = {"members": ["ana", "ben"]}
        insist(partial(start, world.runtime, plan(), version, inputs, key="blocks"))
        ledger.write("start", "blocks")

    def time_passes(self, world: IntakeWorld) -> bool:
        """The clock is put on to the next moment that the procedure waits for."""
        clock = world.runtime.clock
        assert isinstance(clock, Clock)
        with world.runtime.store.read() as session:
            query = select(Timer.due_at).join(Instance, col(Instance.id) == col(Timer.instance_id))
            waiting = col(Timer.fired_at).is_(None), col(Timer.withdrawn_at).is_(None)
            due = session.exec(query.where(*waiting, Instance.process == self.process)).all()
        if due:
            clock.put_on(max(clock(), min(due)))
        return bool(due)

    def plan_of(self, instance: Instance) -> Plan:
        """The plan that an instance of the scene runs."""
        return plan() if instance.process == self.process else super().plan_of(instance)


BLOCKS: Final = BlockScene("blocks", MONDAY, {"": SCRIPT})


def block_stage(homes: Homes) -> Stage:
    """The procedure with its undisturbed run, in an office where nothing else has happened."""
    place = homes.empty()
    with place.open() as store, store.write() as session:
        session.add_all(staff())
    return undisturbed(BLOCKS, homes, place)
