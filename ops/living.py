"""What every process that lives on does besides its own work, in threads of its own: it runs what is critical
at once (engine.md R3.3), it delivers, and it tells hooks.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Final

from flows.critical import CriticalLane
from flows.runtime import Runtime
from flows.steps.failure import infrastructure
from flows.waking.bells import Bell
from flows.waking.courtesy import Courtesy
from flows.waking.hints import Hint
from models import Topic
from ops.composition import Engine

log = logging.getLogger(__name__)

POSTS: Final = 2
"""Threads that send critical messages, so that a provider that hangs does not hold up the next."""

HEAD_START: Final = 0.5
"""Seconds by which a process that runs no passes looks later for what is critical. Mostly, whoever runs
passes has seen it by then; else what has come meanwhile is looked at together. On SQLite there is one writer
besides, and passes give way to the lane of their own process only.
"""

GATHERING: Final = 0.05
"""Seconds for which a process that runs passes lets what comes gather before it looks."""

BETWEEN_LOOKS: Final = 0.1
"""Seconds between two looks of the lane. In a burst hints come faster than that, and each look costs as much
as a step.
"""

LETTERS: Final = 1.0
"""Seconds between two looks for ordinary messages."""

HOOK_THREADS: Final = 2
"""Threads that tell hooks, so that a receiver that hangs does not hold up the next."""

HOOKS: Final = 2.0
"""Seconds between two looks for what there is to tell hooks."""

PAUSE: Final = 1.0
"""Seconds until a turn that failed is tried again."""


@dataclass(frozen=True, slots=True)
class Life:
    """What a live process gives its own work: a runtime whose passes give way to critical ones, and a bell
    that rings when something may have become ready.
    """

    runtime: Runtime
    changed: Bell


@contextmanager
def living(engine: Engine, *, carries: bool = True) -> Iterator[Life]:
    """Run the critical lane and deliver until the block ends; what is under way then is finished. `carries`
    says that this process runs ordinary passes too.
    """
    patience = GATHERING if carries else HEAD_START
    courtesy, over = Courtesy(one_writer=engine.store.dialect == "sqlite"), threading.Event()
    runtime = replace(engine.runtime, turn=courtesy.turn)
    changed, heard, *posts = (Bell() for _ in range(2 + POSTS))

    def sent() -> None:
        for post in posts:
            post.ring()

    def stir() -> None:
        heard.ring()
        changed.ring()

    def ringing(hint: Hint, ring: Callable[[], None]) -> Callable[[], None]:
        def turn() -> None:
            if hint.wait(sweep):
                ring()

        return turn

    lane = CriticalLane(runtime, engine.plans, courtesy, sent=sent, judged=changed.ring, done=stir)
    sweep = runtime.limits.sweep.total_seconds()

    def critical() -> None:
        heard.wait(sweep)
        over.wait(patience)
        lane.turn()
        changed.ring()  # also for what another process's lane has judged since `wakes` rang
        over.wait(BETWEEN_LOOKS)

    def deliver(post: Bell) -> Callable[[], None]:
        def turn() -> None:
            post.wait(sweep)
            engine.deliver_critical(courtesy.first)

        return turn

    def letters() -> None:
        over.wait(LETTERS)
        courtesy.give_way()
        engine.deliver()

    with ExitStack() as stack:
        wakes = stack.enter_context(Hint(engine.store, [Topic.WAKE]))
        outbox = stack.enter_context(Hint(engine.store, [Topic.OUTBOX]))
        turns = {
            "wakes": ringing(wakes, stir),
            "outbox": ringing(outbox, sent),
            "critical": critical,
            **{f"critical-post-{number}": deliver(post) for number, post in enumerate(posts)},
            "post": letters,
            **_hooks(engine, courtesy, over),
        }
        threads = [
            threading.Thread(target=_again, args=(name, turn, over), name=name, daemon=True)
            for name, turn in turns.items()
        ]
        for thread in threads:
            thread.start()
        stir()
        try:
            yield Life(runtime, changed)
        finally:
            over.set()
            wakes.stop()
            outbox.stop()
            stir()
            sent()
            lane.finish()
            for thread in threads:
                thread.join(sweep)


def _hooks(engine: Engine, courtesy: Courtesy, over: threading.Event) -> Mapping[str, Callable[[], None]]:
    """The turns of the threads that tell hooks."""

    def turn() -> None:
        over.wait(HOOKS)
        courtesy.give_way()
        engine.tell_hooks()

    return {f"hooks-{number}": turn for number in range(HOOK_THREADS)}


def _again(name: str, turn: Callable[[], object], over: threading.Event) -> None:
    """Do this again and again; an error of one turn does not end the others."""
    while not over.is_set():
        try:
            turn()
        except Exception as error:  # the database may be back at the next turn
            known = infrastructure(error)
            log.log(logging.WARNING if known else logging.ERROR, "%s: %s", name, type(error).__name__)
            over.wait(PAUSE)
