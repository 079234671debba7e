"""A run: set up, take people in, answer, strike in the middle, heal, drain, judge."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from benchmarks.prefect_server import free_port
from benchmarks.scale_out.crowd import ANSWERS, Crowd
from benchmarks.scale_out.errors import ScaleOutError
from benchmarks.scale_out.hosts import Host, Process, api_at, host, prefect_server, until
from benchmarks.scale_out.judging import Verdict, judge, quiet
from benchmarks.scale_out.killing import Blow, Held, strike
from benchmarks.scale_out.postgres import postgresql
from flows.steps.failure import infrastructure
from ops.composition import Engine, Published, open_engine, publish_known
from ops.settings import load_settings

T = TypeVar("T")

OFTEN: Final = 0.2
"""Seconds between two looks at how things stand."""

READY: Final = {"worker": "started!", "scheduler": "leads"}
"""What the log of a process says when it is at work."""

Tell = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is to be run. `lease` is how many seconds a claim lasts, `patience` how long nothing may move."""

    cases: int = 2000
    lease: int = 60
    restart: bool = False
    patience: float = 240.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to: seconds from the first intake until the last case had ended, who was killed, and
    the verdict.
    """

    cases: int
    finished: int
    seconds: float
    blow: Blow
    held: Held
    verdict: Verdict

    @property
    def holds(self) -> bool:
        """Whether every promise held, and every case ended, and another leads."""
        took_over = self.blow.taken_over_after is not None
        return not self.verdict.broken and self.finished == self.cases and took_over and not self.held.left


@dataclass
class Department:
    """The hosts' processes, and the engine of the people's commands."""

    engine: Engine
    intake: Published
    hosts: tuple[Host, ...]
    workers: list[Process]
    schedulers: list[Process]
    stack: ExitStack

    def restart(self) -> None:
        """Start a worker and a scheduler again on the first host, as its operator would."""
        first = self.hosts[0]
        self.workers.append(self.stack.enter_context(_start(first, "worker")))
        self.schedulers.append(self.stack.enter_context(_start(first, "scheduler")))


@contextmanager
def open_department(folder: Path, wishes: Wishes, tell: Tell) -> Iterator[Department]:
    """PostgreSQL, Prefect's server, and on each of two hosts a worker and a scheduler; a third host is where
    people work.
    """
    tell("starting PostgreSQL and Prefect's server, migrating", 0, 3)
    renewal = max(1, wishes.lease // 4)
    more = {"CASEWRIGHT_LEASE_SECONDS": str(wishes.lease), "CASEWRIGHT_RENEWAL_SECONDS": str(renewal)}
    port = free_port()
    with ExitStack() as stack:
        server = stack.enter_context(postgresql(folder / "postgresql"))
        prefect_answers = stack.enter_context(prefect_server(folder / "prefect", server, port))
        hosts = tuple(host(f"host-{number}", folder, server, api_at(port), more) for number in (1, 2, 3))
        hosts[2].run("db", "upgrade")
        prefect_answers()
        tell("publishing and deploying", 1, 3)
        hosts[2].run("deploy")
        tell("starting two workers and two schedulers", 2, 3)
        schedulers = [stack.enter_context(_start(each, "scheduler")) for each in hosts[:2]]
        _at_work(*schedulers)  # before the workers, which may lead too
        workers = [stack.enter_context(_start(each, "worker")) for each in hosts[:2]]
        _at_work(*workers)
        quietly = {**hosts[2].variables, "CASEWRIGHT_LOG_LEVEL": "error"}
        engine = stack.enter_context(open_engine(load_settings(quietly), holder="people"))
        intake = publish_known(engine)[0]["intake"]
        yield Department(engine, intake, hosts, workers, schedulers, stack)


def _start(on: Host, kind: str) -> AbstractContextManager[Process]:
    return on.process(kind, *(["worker", "--name", on.name] if kind == "worker" else [kind]))


def _at_work(*processes: Process) -> None:
    for process in processes:
        ready = READY[process.name.split()[0]]
        until(partial(process.said, ready), process)


@dataclass
class Run:
    """A run under way. `_glance` is called between any two commands of people."""

    department: Department
    crowd: Crowd
    wishes: Wishes
    tell: Tell
    blow: Blow | None = None
    _next: float = 0.0
    _moved: float = field(default_factory=time.monotonic)
    _seen: tuple[int, int] = (0, 0)
    _again: bool = False

    def play(self) -> Outcome:
        """Everything, until all cases have ended and nothing moves."""
        engine, cases = self.department.engine, self.wishes.cases
        began = time.monotonic()
        taking = partial(self._glance, "taking people in")
        self._patiently(lambda: self.crowd.take_in(self.department.intake, cases, taking))
        while not self._patiently(lambda: self.crowd.finished() == cases):
            if not self._patiently(lambda: self.crowd.answer(partial(self._glance, "people answer"))):
                time.sleep(OFTEN / 4)  # other processes work; nothing tells us when they have
                self._patiently(partial(self._glance, "people answer"))
        seconds = time.monotonic() - began
        self._until(lambda: self._struck().healed, "healing")
        self._until(lambda: quiet(engine), "draining")
        blow = self._struck()
        self.tell("asking the invariants", 0, 1)
        return Outcome(cases, self.crowd.finished(), seconds, blow, blow.held, judge(engine, self.crowd))

    def _patiently(self, do: Callable[[], T]) -> T:
        """Do it again where the database was in trouble, as people would; all of it may be done again."""
        while True:
            try:
                return do()
            except Exception as error:
                if not infrastructure(error):
                    raise
                self.tell(f"again after {type(error).__name__} of the database", 0, self.wishes.cases)
                time.sleep(1.0)

    def _until(self, true: Callable[[], bool], doing: str) -> None:
        self._moved = time.monotonic()
        while not self._patiently(true):
            self._patiently(partial(self._glance, doing, counts=False))
            time.sleep(OFTEN)

    def _struck(self) -> Blow:
        if self.blow is None:
            raise ScaleOutError("no worker had a pass under way in the second half; take more cases")
        return self.blow

    def _glance(self, doing: str, *, counts: bool = True) -> None:
        """Every now and then: strike when it is time, see what has healed, say how far it is."""
        if time.monotonic() < self._next:
            return
        engine = self.department.engine
        finished = self.crowd.finished()
        if self.blow is not None:
            self.blow.look(engine)
            self._restart()
        elif self.crowd.answers >= self.wishes.cases * ANSWERS / 4:
            self.blow = strike(engine, self.department.workers, self.department.schedulers)
            if self.blow is not None:
                self.tell(f"killed: {self.blow.worker}, {self.blow.scheduler}", finished, self.wishes.cases)
        self._watch(finished, counts=counts)
        self.tell(doing, finished, self.wishes.cases)
        self._next = time.monotonic() + OFTEN

    def _restart(self) -> None:
        if self.wishes.restart and not self._again and self._struck().healed:
            self._again = True
            self.department.restart()

    def _watch(self, finished: int, *, counts: bool) -> None:
        """ScaleOutError when nothing has moved for long: somebody has to look, not wait."""
        seen = (finished + len(self.crowd.intakes), self.crowd.answers)
        if counts and seen != self._seen:
            self._seen, self._moved = seen, time.monotonic()
        if time.monotonic() - self._moved > self.wishes.patience:
            raise ScaleOutError(
                f"nothing has moved for {self.wishes.patience:.0f} s: {finished} of {self.wishes.cases} "
                "cases have ended; run it again with --keep and read the logs"
            )


def run(folder: Path, wishes: Wishes, tell: Tell) -> Outcome:
    """A whole run below `folder`; all that it has started is ended with it."""
    with open_department(folder, wishes, tell) as department:
        return Run(department, Crowd.of(department.engine), wishes, tell).play()
