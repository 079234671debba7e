"""A state machine that does to the engine what a year does: people, time, crashes, new versions, two runners.

It drives the shipped intake on a real database. After each `settle`, and at the end, nothing may be lost,
doubled or stuck.
"""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from random import SystemRandom

from brittle import DECISIONS, Brittle, Decision, open_tasks, try_again, unexpected
from echoes import SIGNAL, echo, unheard
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from intake_world import MONDAY, answers, catalogue, plans
from invariants import PlanOf, violations
from ledger import forgotten
from places import Homes, Place
from scenes import LATE_REPORTS, acknowledged
from sqlmodel import Session, col, select

from definitions import Plan, check, parse
from flows import FAULT_POINTS
from flows.dispatch import ready_batches, run_until_quiet
from flows.inbox.case.holding import AlertOpenError, cancel, hold, resume
from flows.inbox.case.signalling import send_signal
from flows.inbox.desk import InboxError
from flows.inbox.task.assigning import claim as claim_task
from flows.instances import start
from flows.leases import claim, release
from flows.post import delivery
from flows.runner import Pass
from flows.runtime import Runtime
from flows.script import Script, next_command
from flows.timers import tick
from flows.versions import Plans, latest, publish
from models import Channel as ChannelKind
from models import (
    Client,
    DefinitionVersion,
    HumanTask,
    Instance,
    InstanceStatus,
    Staff,
    new_id,
)
from notifications import FAULT_POINTS as OUTBOX_POINTS
from notifications import Channel, FolderChannel, Policy
from tasks.registry import load_kinds

SCRIPTS = (
    answers("no", ("food-insecurity", "housing-instability")),
    answers("yes", appointment_email={"complete": True}),
)
OVER = (InstanceStatus.COMPLETED, InstanceStatus.CANCELLED)
MOMENTS = (
    datetime(2026, 3, 8, 6, 59, tzinfo=UTC),  # a minute before the clocks of the office go forward
    datetime(2026, 3, 31, 23, 59, tzinfo=UTC),  # the end of a month, and of a visit's day
    datetime(2026, 11, 1, 5, 59, tzinfo=UTC),  # the clocks go back
    datetime(2028, 2, 29, 12, tzinfo=UTC),
)
LENGTHS = (timedelta(seconds=61), timedelta(minutes=11), timedelta(days=1), timedelta(days=12))
POINTS = (*FAULT_POINTS, *OUTBOX_POINTS)
KINDS = tuple(sorted({step.kind.name for step in plans()["intake"].steps}))
STEPS = 25
"""What happens in a story, before it comes to its end."""

ENOUGH = 12
"""Transactions in which a pass over one instance ends, as a rule."""


class Killed(BaseException):
    """The process ends here; nothing that it still meant to do is done."""


@cache
def editions() -> tuple[Plan, ...]:
    """The intake as it is shipped, and as somebody edits it later."""
    first = plans()["intake"]
    edited = first.source.replace("title: Social work intake", "title: Social work intake, edited")
    second = check(parse(edited.encode(), first.file), catalogue()).plan
    assert second is not None
    return first, second


class Runner:
    """A process that carries passes, one transaction at a turn. It can be killed between any two, and in the
    middle of one.
    """

    def __init__(self, name: str, machine: "Explorer") -> None:
        self._name = name
        self._machine = machine
        self._work: Iterator[None] | None = None

    def turn(self) -> None:
        """Its next transaction."""
        self._work = self._work or self._passes()
        if next(self._work, "done") == "done":
            self._work = None

    def go(self, turns: int) -> None:
        """Its next transactions."""
        for _ in range(turns):
            self.turn()

    def kill(self, *, in_other_work: bool = False) -> None:
        """The process is gone; its lease is left. It counts as a crash where it had something in hand."""
        self._machine.explored.crashes += in_other_work or self._work is not None
        self._work = None

    def _passes(self) -> Iterator[None]:
        runtime, known = self._machine.runtime, self._machine.plans
        for batch in ready_batches(runtime):
            claimed = claim(runtime, batch.version.id, batch.instances, holder=self._name)
            yield
            under_way = Pass(runtime, known.of(batch.version), claimed, None)
            yield
            while (work := under_way.next()) is not None:
                under_way.do(work)
                yield
            release(runtime, claimed)
            yield


@dataclass
class Explored:
    """How many stories were told, and how many processes died in them with work in hand."""

    stories: int = 0
    crashes: int = 0


class Explorer(RuleBasedStateMachine):
    """See the module. `homes`, `template` and `explored` are set on a subclass by `explore`."""

    explored: Explored
    homes: Homes
    template: Place

    def __init__(self) -> None:
        super().__init__()
        self.now = MONDAY
        self.deadly: str | None = None
        self.brittle = Brittle()
        self.scripts: dict[str, Script] = {}
        self.rhythm: list[int] = []
        self._stack = ExitStack()
        self._place = self.homes.copy(self.template)
        self._restart()
        self.runners = [Runner("one", self), Runner("two", self)]

    def _restart(self) -> None:
        self._stack.close()
        store = self._stack.enter_context(self._place.open(self._reach))
        self.runtime = Runtime(
            store,
            self.brittle.of(load_kinds()),
            catalogue(),
            lambda: self.now,
            new_id,
            reach=self._reach,
            stopwatch=lambda: 0.0,
        )
        self.plans = Plans(self.runtime)
        channel = FolderChannel(self._place.folder / "messages", failing=LATE_REPORTS)
        channels: dict[ChannelKind, Channel] = dict.fromkeys(ChannelKind, channel)
        zone = catalogue().vocabulary.calendar().zone
        policy = Policy(zone=zone, first_poll=timedelta(0))
        self.deliver = delivery(self.runtime, channels, policy)

    def _reach(self, point: str) -> None:
        if point == self.deadly:
            self.deadly = None
            raise Killed(point)

    # -- people and programs

    @initialize(under_way=st.booleans(), rhythm=st.lists(st.integers(1, ENOUGH), min_size=5, max_size=5))
    def published(self, under_way: bool, rhythm: list[int]) -> None:
        """Stories begin at the very beginning, or when people have been asked. The rhythm says how they end:
        how far passes come until people answer again.
        """
        self.rhythm = rhythm
        publish(self.runtime, editions()[0], by="test")
        publish(self.runtime, echo(), by="test")
        if under_way:
            self.begin(0)
            self.begin(1)
            self.settle()

    @rule()
    def publish_an_edited_version(self) -> None:
        publish(self.runtime, editions()[1], by="test")

    @rule(who=st.integers(0, 1))
    def begin(self, who: int) -> None:
        with self.runtime.store.read() as session:
            person = session.exec(select(Client).order_by(col(Client.family_name)).offset(who)).first()
            version = latest(session, "intake")
        assert person is not None
        key = f"intake-{who}"
        inputs = {"client": person.id, "received_at": self.now.isoformat()}
        started = start(self.runtime, self.plans.of(version), version, inputs, key=key)
        self._place.ledger.write("start", key)
        self.scripts[started.instance.id] = SCRIPTS[who]

    @precondition(lambda self: self.scripts)
    @rule(pick=st.integers(0, 7))
    def somebody_answers(self, pick: int) -> None:
        self._answer(self._pick(pick))

    @precondition(lambda self: self.scripts)
    @rule(pick=st.integers(0, 7), who=st.integers(0, 7))
    def somebody_claims_a_task(self, pick: int, who: int) -> None:
        with self.runtime.store.read() as session:
            among = col(HumanTask.instance_id) == self._pick(pick)
            tasks = session.exec(select(HumanTask.id).where(among).order_by(col(HumanTask.id))).all()
            people = session.exec(select(Staff.id).order_by(col(Staff.email))).all()
        for task in tasks[pick % 2 :: 2]:
            try:
                claim_task(self.runtime.store, task, by=people[who % len(people)], now=self.now)
            except InboxError:  # it has ended, was not offered to them, or somebody else has it
                continue
            self._place.ledger.write("accept", task)

    @precondition(lambda self: self.scripts)
    @rule(pick=st.integers(0, 7), key=st.integers(0, 3))
    def danger_is_reported(self, pick: int, key: int) -> None:
        with self.runtime.store.read() as session:
            case = session.get_one(Instance, self._pick(pick)).case_id
        if case is not None:
            words = catalogue().vocabulary
            send_signal(self.runtime.store, words, SIGNAL, case, by=None, now=self.now, key=str(key))
            self._place.ledger.write("signal", case, str(key))

    @precondition(lambda self: self.scripts)
    @rule(pick=st.integers(0, 7))
    def hold(self, pick: int) -> None:
        instance = self._pick(pick)
        if self._status(instance) not in OVER:
            hold(self.runtime, instance, reason="asked to wait", by=None, now=self.now)

    @precondition(lambda self: self.scripts)
    @rule(pick=st.integers(0, 7))
    def resume(self, pick: int) -> None:
        instance = self._pick(pick)
        if self._status(instance) not in OVER:
            resume(self.runtime, instance, by=None, now=self.now)

    @precondition(lambda self: self.scripts)
    @rule(pick=st.integers(0, 7), alerts_too=st.booleans())
    def cancel(self, pick: int, alerts_too: bool) -> None:
        instance = self._pick(pick)
        if pick > 1 or self._status(instance) is InstanceStatus.COMPLETED:  # seldom, or nothing else happens
            return
        try:
            cancel(self.runtime, instance, reason="moved away", by=None, now=self.now, alerts_too=alerts_too)
        except AlertOpenError:
            return
        self._place.ledger.write("cancel", instance)

    @rule(kind=st.sampled_from(KINDS))
    def a_kind_of_step_breaks(self, kind: str) -> None:
        self.brittle.broken.add(kind)

    @rule()
    def what_is_broken_is_mended(self) -> None:
        self.brittle.broken.clear()

    @precondition(lambda self: self.brittle.used)
    @rule(pick=st.integers(0, 7), decide=st.sampled_from(DECISIONS))
    def somebody_decides_about_an_incident(self, pick: int, decide: Decision) -> None:
        tasks = open_tasks(self.runtime)
        if tasks:
            task = tasks[pick % len(tasks)]
            decide(self.runtime, task, self.now)
            self._place.ledger.write("complete", task)

    # -- machines and time

    @rule(which=st.integers(0, 1), turns=st.integers(1, 6))
    def a_runner_goes_on(self, which: int, turns: int) -> None:
        self.runners[which].go(turns)

    @precondition(lambda self: self.scripts)
    @rule(pick=st.integers(0, 7), turns=st.integers(1, ENOUGH), overtaken=st.booleans())
    def an_answer_comes_in_the_middle_of_a_pass(self, pick: int, turns: int, overtaken: bool) -> None:
        """The pass must leave the wake of that answer to the next one. When it is overtaken besides, its
        lease runs out, another takes over, and it wakes up again.
        """
        self._meet(self._pick(pick), turns, overtaken=overtaken)

    def _meet(self, instance: str, turns: int, *, overtaken: bool) -> bool:
        """Whether anybody had something to answer."""
        slow, fast = self.runners
        answered = self._answer(instance)
        slow.go(turns)
        if overtaken:
            self.now += timedelta(seconds=61)
            fast.go(turns)
        answered |= self._answer(instance)
        slow.go(ENOUGH)
        self.settle()  # at once, since any later wake would make up for a lost one
        return answered

    @rule(which=st.integers(0, 1))
    def a_runner_is_killed(self, which: int) -> None:
        self.runners[which].kill()

    @rule(which=st.integers(0, 1), point=st.sampled_from(POINTS))
    def a_runner_is_killed_at_a_point(self, which: int, point: str) -> None:
        self.deadly = point
        try:
            tick(self.runtime, self.plans)
            self.runners[which].go(8)
            self.deliver()
        except Killed:
            self.runners[which].kill(in_other_work=True)
        self.deadly = None

    @rule()
    def everything_is_restarted(self) -> None:
        for runner in self.runners:
            runner.kill()
        self._restart()

    @rule()
    def what_is_due_fires(self) -> None:
        tick(self.runtime, self.plans)

    @rule()
    def the_post_is_carried(self) -> None:
        self.deliver()

    @rule(by=st.sampled_from(LENGTHS))
    def time_passes(self, by: timedelta) -> None:
        self.now += by

    @rule(moment=st.sampled_from(MOMENTS))
    def the_calendar_turns(self, moment: datetime) -> None:
        self.now = max(self.now, min(moment, self.now + timedelta(days=40)))

    # -- what must be true

    @rule()
    def settle(self) -> None:
        """All that can move by itself moves; then every promise holds."""
        for runner in self.runners:
            runner.kill()
        self.now += timedelta(minutes=2)
        while run_until_quiet(self.runtime, self.plans, deliver=self.deliver):
            self.now += timedelta(seconds=1)
        with self.runtime.store.read() as session:
            found = [
                *violations(session, self._plan_of(session), self.now),
                *forgotten(session, self._place.ledger),
                *unexpected(session),
                *unheard(session),
            ]
        assert not found, found

    def teardown(self) -> None:
        """People let everything go on, and it comes to its end."""
        self.brittle.broken.clear()
        self.explored.stories += 1
        try:
            for instance in self.scripts:
                if self._status(instance) is InstanceStatus.HELD:
                    resume(self.runtime, instance, by=None, now=self.now)
            for who in range(len(SCRIPTS)):
                self.begin(who)
            self.settle()
            for number in range(40):
                incidents = open_tasks(self.runtime)
                for task in incidents:
                    try_again(self.runtime, task, self.now)
                turns = self.rhythm[number % len(self.rhythm)]
                met = [self._meet(each, turns, overtaken=turns % 4 == 0) for each in self.scripts]
                if not incidents and not any(met):
                    break
        finally:
            self._stack.close()
            self.homes.drop(self._place)

    def _answer(self, instance: str) -> bool:
        command = next_command(self.runtime, instance, self.scripts[instance])
        if command is None:
            return False
        try:
            command()
        except InboxError:
            return False
        self._place.ledger.write(*acknowledged(command))
        return True

    def _pick(self, number: int) -> str:
        known = sorted(self.scripts)
        return known[number % len(known)]

    def _status(self, instance: str) -> InstanceStatus:
        with self.runtime.store.read() as session:
            return session.get_one(Instance, instance).status

    def _plan_of(self, session: Session) -> PlanOf:
        return lambda instance: self.plans.of(session.get_one(DefinitionVersion, instance.version_id))


def explore(homes: Homes, template: Place, examples: int, chosen: int | None = None) -> Explored:
    """Try so many stories. The seed of a failed one is printed; give it as `chosen` to see it again."""
    number = SystemRandom().randrange(2**32) if chosen is None else chosen
    sys.stdout.write(f"explore(..., chosen={number})\n")

    @seed(number)
    class Chosen(Explorer):
        pass

    Chosen.homes, Chosen.template, Chosen.explored = homes, template, Explored()
    run_state_machine_as_test(
        Chosen,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    return Chosen.explored
