"""A procedure of blocks on the engine, beside the interpreter that says what it has to do.

Three instances: two that go through the same passes, with answers of their own, and a twin of the first,
each of whose passes does one thing and is run by a program that has just started.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final

from block_model import Model
from block_runs import Key
from block_trees import ANSWERS, Node, definition, everything
from databases import in_memory
from hypothesis import reject
from invariants import violations
from sqlmodel import Session, col, select
from step_bench import MONDAY, catalogue

from definitions import Plan
from definitions.checker import check
from definitions.diagnostics import render
from definitions.source import parse
from flows.dispatch import ready_batches
from flows.inbox import complete
from flows.instances import start
from flows.limits import Limits
from flows.runner import run_pass
from flows.runtime import Runtime
from flows.timers import tick
from flows.versions import Plans, publish
from flows.waking.wakes import Changed, wake_changed
from models import (
    TASK_ENDED,
    Client,
    DateQuality,
    DefinitionVersion,
    HumanTask,
    Instance,
    InstanceStatus,
    Staff,
    StaffGroup,
    StepRun,
    StepStatus,
    Timer,
    Wake,
    new_id,
)
from tasks.registry import load_kinds

MINUTE: Final = timedelta(minutes=1)
FIRST, SECOND, TWIN = 0, 1, 2
MOST_EVENTS: Final = 300
"""No procedure of `block_trees` takes so many; one that does goes round for ever."""


@dataclass
class World:
    """The three instances, their models (the twin has that of the first), and a clock that all go by."""

    runtime: Runtime
    plan: Plan
    version: DefinitionVersion
    nodes: Mapping[str, Node]
    clients: Sequence[str]
    worker: str
    clock: list[datetime]
    ids: list[str] = field(default_factory=list)
    models: list[Model] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    # -- what happens

    def play(self, choices: Sequence[int]) -> None:
        """Let people, time and records do what the numbers say, until everything has ended. AssertionError
        where the engine stands otherwise than the interpreter, or something is left at the end.
        """
        numbers = iter(choices)
        self._compare()
        for _ in range(MOST_EVENTS):
            options = list(self._options())
            if not options:
                break
            number = next(numbers, 0)
            which, key = options[number % len(options)]
            self._happens(which, key, number // len(options))
            self._compare()
        assert all(model.completed for model in self.models), f"the interpreter is not done: {self.told}"
        left = [*self._left()]
        assert left == [], (left, self.told)
        assert self._journal(FIRST) == self._journal(TWIN), self.told

    def _options(self) -> Iterator[tuple[int, Key | None]]:
        """What may happen next: an answer to an open question, the next clock running out, the name."""
        for which, model in enumerate(self.models):
            yield from ((which, key) for key in sorted(model.asked()))
        if any(model.next_due() is not None for model in self.models):
            yield TWIN, None
        if any(model.waits_to_know for model in self.models):
            yield FIRST, None

    def _happens(self, which: int, key: Key | None, number: int) -> None:
        self.clock[0] += MINUTE
        given: list[tuple[Key, str]] = []
        known = False
        if key is not None:
            given = self._answers(which, key, number)
            self.told.append(f"{which} answers {given}")
            self._answer(which, given)
        elif which == TWIN:
            due = min(filter(None, (model.next_due() for model in self.models)))
            self.clock[0] = max(self.clock[0], due)
            self.told.append("time passes")
        else:
            known = True
            self.told.append("the name becomes known")
            self._become_known()
        self._go()
        for each, model in enumerate(self.models):
            model.go_on(self.clock[0], given if each == which else (), known=known)

    def _answers(self, which: int, key: Key, number: int) -> list[tuple[Key, str]]:
        """One answer; at times two before anybody looks."""
        model = self.models[which]
        keys = [key]
        others = sorted(model.asked().keys() - {key})
        if number % 5 == 4 and others:
            keys.append(others[number % len(others)])
        values = [ANSWERS[(number >> place) % 2] for place, _ in enumerate(keys)]
        return [
            (each, "a" if model.must_be_a(each) else value) for each, value in zip(keys, values, strict=True)
        ]

    def _answer(self, which: int, given: Sequence[tuple[Key, str]]) -> None:
        for each in (FIRST, TWIN) if which == FIRST else (which,):
            tasks = self._tasks(self.ids[each])
            for key, value in given:
                answers = {"answer": value}
                complete(self.runtime.store, tasks[key].id, answers, by=self.worker, now=self.clock[0])

    def _become_known(self) -> None:
        with self.runtime.store.write() as session:
            changed = Changed(session)
            for each in self.clients:
                session.get_one(Client, each).preferred_name = "Synthetic"
            session.flush()
            wake_changed(session, changed, self.clock[0])

    # -- the engine

    def _go(self) -> None:
        """Let all three do what they can."""
        tick(self.runtime, Plans(self.runtime))
        anew = Plans(self.runtime).of(self.version)
        while ready := {each for batch in ready_batches(self.runtime) for each in batch.instances}:
            together = [each for each in self.ids[:TWIN] if each in ready]
            if together:
                run_pass(self.runtime, self.plan, self.version.id, together)
            if self.ids[TWIN] in ready:
                self._do_one_thing(anew, self.ids[TWIN])

    def _do_one_thing(self, plan: Plan, instance: str) -> None:
        seconds = count()
        fresh = replace(
            self.runtime,
            limits=Limits(pass_time=timedelta(seconds=1), transaction_batch=1),
            stopwatch=lambda: float(next(seconds)),
            holder=new_id(),
        )
        run_pass(fresh, plan, self.version.id, [instance])

    # -- looking

    def _compare(self) -> None:
        different = [*self._differences()]
        assert different == [], (different, self.told)

    def _differences(self) -> Iterator[str]:
        for which, instance in enumerate(self.ids):
            model = self.models[which % TWIN]
            newest = {(run.step, run.iteration): run for run in self._runs(instance)}
            stands = {key: (run.status.value, run.attempt) for key, run in newest.items()}
            yield from _between(which, "stands", stands, model.stands())
            yield from _between(
                which,
                "asks",
                dict.fromkeys(self._tasks(instance), "asked"),
                dict.fromkeys(model.asked(), "asked"),
            )
            for key, run in newest.items():
                if run.status is StepStatus.COMPLETED and stands[key] == model.stands().get(key):
                    gives = gave(self.nodes[run.step], run.outputs)
                    yield from _between(which, "gives", {key: gives}, {key: model.gives(key)})

    def _tasks(self, instance: str) -> dict[Key, HumanTask]:
        with self.runtime.store.read() as session:
            rows = session.exec(select(HumanTask).where(HumanTask.instance_id == instance))
            return {(row.step or "", row.iteration): row for row in rows if row.status not in TASK_ENDED}

    def _runs(self, instance: str) -> list[StepRun]:
        with self.runtime.store.read() as session:
            query = select(StepRun).where(StepRun.instance_id == instance)
            return list(session.exec(query.order_by(col(StepRun.attempt), col(StepRun.id))))

    def _left(self) -> Iterator[str]:
        """What is left open at the end."""
        with self.runtime.store.read() as session:
            for instance in session.exec(select(Instance)):
                if instance.status is not InstanceStatus.COMPLETED:
                    yield f"{self.ids.index(instance.id)} is {instance.status.value}"
            yield from violations(session, lambda _: self.plan, self.clock[0])
            yield from _open_rows(session)

    def _journal(self, which: int) -> list[tuple[Any, ...]]:
        """What an instance wrote down, without the names of rows."""
        return sorted(
            (
                run.step,
                run.iteration,
                run.attempt,
                run.status.value,
                run.started_at,
                run.ended_at,
                run.reason or "",
            )
            for run in self._runs(self.ids[which])
        )


def _between(which: int, what: str, found: Mapping[Key, Any], wanted: Mapping[Key, Any]) -> Iterator[str]:
    for key in sorted(found.keys() | wanted.keys()):
        if found.get(key) != wanted.get(key):
            yield f"{which} {what} {'@'.join(key)}: {found.get(key)}, expected {wanted.get(key)}"


def _open_rows(session: Session) -> Iterator[str]:
    for task in session.exec(select(HumanTask)):
        if task.status not in TASK_ENDED:
            yield f"the task of {task.step}@{task.iteration} is open"
    for timer in session.exec(select(Timer)):
        if timer.fired_at is None and timer.withdrawn_at is None:
            yield f"the timer {timer.key} is open"
    for wake in session.exec(select(Wake)):
        yield f"the wake {wake.cause_key} is left"


def gave(node: Node, outputs: Mapping[str, Any]) -> Any:
    """What a completed step gave, as `Model.gives` has it."""
    how = {"ended_by": outputs["ended_by"]} if "ended_by" in outputs else {}
    match node.kind:
        case "ask":
            return _of_loop(node, outputs) if "each" in outputs else {"answer": outputs["answer"]}
        case "note":
            return {"value": outputs["value"]}
        case "choose" | "first_of":
            return {"branch": outputs["branch"], **how}
        case "parallel":
            return {"ended": outputs["ended"], **how}
        case "for_each":
            return {**_of_loop(node, outputs), **how}
        case "repeat":
            return {**_of_part(node, outputs), "count": outputs["count"], **how}
        case _:
            return how


def _of_loop(node: Node, outputs: Mapping[str, Any]) -> dict[str, Any]:
    name = node.loop or ""
    given = [
        _of_part(node, each) if node.is_block else {"answer": each["answer"]} for each in outputs["each"]
    ]
    return {"each": [one | {name: each[name]} for one, each in zip(given, outputs["each"], strict=True)]}


def _of_part(node: Node, outputs: Mapping[str, Any]) -> dict[str, Any]:
    steps = node.branches[0].steps
    return {each.id: None if outputs[each.id] is None else gave(each, outputs[each.id]) for each in steps}


@contextmanager
def world(nodes: Sequence[Node], *inputs: Mapping[str, Any]) -> Iterator[World]:
    """The three instances, begun: the first and its twin with the first inputs, the second with others."""
    with in_memory() as store:
        clock = [MONDAY]
        runtime = Runtime(
            store, load_kinds(), catalogue(), lambda: clock[0], new_id, holder="test", stopwatch=lambda: 0.0
        )
        plan = planned(runtime, nodes)
        worker = Staff(name="Worker", email="worker@office.example")
        clients = [_client(number) for number in range(3)]
        keys, person = [each.id for each in clients], worker.id
        with store.write() as session:
            session.add_all([worker, *clients, StaffGroup(staff_id=person, group="intake_team")])
        version = publish(runtime, plan, by="test")
        by_id = {node.id: node for node in everything(nodes)}
        made = World(runtime, plan, version, by_id, keys, person, clock)
        made.models = [Model(nodes, each, MONDAY) for each in inputs]
        made.ids = [
            start(runtime, plan, version, {"client": key, **inputs[number % TWIN]}).instance.id
            for number, key in enumerate(keys)
        ]
        made._go()
        yield made


def planned(runtime: Runtime, nodes: Sequence[Node]) -> Plan:
    """The plan of a procedure, whatever is told of its paths; it has no other fault."""
    text = definition(nodes)
    checked = check(parse(text.encode(), "try-it.yaml"), runtime.catalogue, published=True)
    errors = [each for each in checked.diagnostics if each.severity == "error"]
    if {each.code for each in errors} == {"CW534"}:  # conditions that exclude each other
        reject()
    assert checked.plan is not None, text + "\n".join(render(each) for each in errors)
    assert [step.id for step in checked.plan.steps] == [node.id for node in everything(nodes)]
    return checked.plan


def _client(number: int) -> Client:
    return Client(
        given_name="Synthetic",
        family_name=f"Client {number}",
        date_of_birth_quality=DateQuality.NOT_COLLECTED,
        created_at=MONDAY,
    )
