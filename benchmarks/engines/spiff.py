"""SpiffWorkflow: the sixteen steps as BPMN, its state saved with each step.

Its best: the specification is not part of the saved state; a script task runs our function without `exec`;
a step's rows and the saved state are one commit; after an answer the engine goes on with the state that the
answer's command had loaded.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

import orjson
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.serializer.config import DEFAULT_CONFIG
from SpiffWorkflow.bpmn.serializer.default.workflow import BpmnWorkflowConverter, WorkflowConverter
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.defaults import ScriptTask
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    Table,
    Text,
    bindparam,
    insert,
    select,
    update,
)

from benchmarks.bare import ANSWERS, ROUNDS, SEGMENTS, STEPS
from benchmarks.place import Deadline, Place, with_bare_tables

PROCESS: Final = "intake"
states = Table("workflow_states", MetaData(), Column("id", Integer, primary_key=True), Column("state", Text))
_NEW = insert(states)
_SAVE = update(states).where(states.c.id == bindparam("key")).values(state=bindparam("now"))
_LOAD = select(states.c.state).where(states.c.id == bindparam("key"))


class _Steps(PythonScriptEngine):
    """Runs the step that a script task names, in the transaction at hand."""

    def at(self, connection: Connection, number: int) -> None:
        """Say where the next step runs."""
        self._at = (connection, number)

    def execute(self, task: Any, script: str, external_context: Any = None) -> bool:  # noqa: ARG002
        connection, number = self._at
        STEPS[script].run(connection, (number,))
        return True


class _StateOnly(BpmnWorkflowConverter):
    """Saves what changes, and not the specification, which is the same for all and is read once."""

    spec: BpmnProcessSpec

    def to_dict(self, workflow: BpmnWorkflow) -> dict[str, Any]:
        saved: dict[str, Any] = WorkflowConverter.to_dict(self, workflow)
        return saved

    def from_dict(self, dct: dict[str, Any]) -> BpmnWorkflow:
        workflow = self.target_class(self.spec, {}, deserializing=True)
        workflow.tasks = self.mapping_from_dict(dct["tasks"], UUID, workflow=workflow)
        workflow.task_tree = workflow.tasks[UUID(dct["root"])]
        self.set_default_attributes(workflow, dct)
        return workflow


@dataclass(frozen=True, slots=True)
class Spiff:
    """One process after the other; the state lies in the database between its transactions."""

    engine: Engine
    spec: BpmnProcessSpec
    serializer: BpmnWorkflowSerializer

    def burst(self, numbers: Sequence[int], deadline: Deadline) -> None:
        """All cases, one at a time from start to end: its work is Python's, and threads make it slower."""
        for number in numbers:
            deadline.check()
            workflow = self._begin(number)
            self._steps(workflow, number)
            for name in ANSWERS:
                self._steps(self._answer(number, name), number)

    def lone(self, number: int) -> list[float]:
        """One case; its next step begins when the answer's commit returns."""
        self._steps(self._begin(number), number)
        waits = []
        for names in ROUNDS:
            for name in names:
                workflow = self._answer(number, name)
            answered = time.perf_counter()
            self._steps(workflow, number, most=1)
            waits.append(time.perf_counter() - answered)
            self._steps(workflow, number)
        return waits

    def _begin(self, number: int) -> BpmnWorkflow:
        workflow = BpmnWorkflow(self.spec, script_engine=_Steps())
        with self.engine.begin() as connection:
            connection.execute(_NEW, {"id": number, "state": self._saved(workflow)})
        return workflow

    def _steps(self, workflow: BpmnWorkflow, number: int, most: int = 99) -> None:
        """Engine steps until a person is needed, each with its state in one commit."""
        while most and (task := workflow.get_next_task(state=TaskState.READY, manual=False)) is not None:
            if not isinstance(task.task_spec, ScriptTask):  # start, end: nothing to save for
                task.run()
                continue
            with self.engine.begin() as connection:
                workflow.script_engine.at(connection, number)
                task.run()
                connection.execute(_SAVE, {"key": number, "now": self._saved(workflow)})
            most -= 1

    def _answer(self, number: int, name: str) -> BpmnWorkflow:
        """Complete the user task: load the state, note the answer, save."""
        with self.engine.begin() as connection:
            state = orjson.loads(connection.execute(_LOAD, {"key": number}).scalar_one())
            workflow: BpmnWorkflow = self.serializer.from_dict(state)
            workflow.script_engine = _Steps()
            task = workflow.get_next_task(state=TaskState.READY, manual=True)
            task.data["answered"] = name
            ANSWERS[name].write(connection, number)
            task.run()
            connection.execute(_SAVE, {"key": number, "now": self._saved(workflow)})
        return workflow

    def _saved(self, workflow: BpmnWorkflow) -> str:
        return orjson.dumps(self.serializer.to_dict(workflow)).decode()


@contextmanager
def open_spiff(place: Place, numbers: Sequence[int]) -> Iterator[Spiff]:
    """SpiffWorkflow over the bare tables and one table of states."""
    engine = with_bare_tables(place, numbers)
    states.create(engine)
    parser = BpmnParser()
    parser.add_bpmn_str(bpmn().encode())
    _StateOnly.spec = parser.get_spec(PROCESS)
    registry = BpmnWorkflowSerializer.configure({**DEFAULT_CONFIG, BpmnWorkflow: _StateOnly})
    try:
        yield Spiff(engine, _StateOnly.spec, BpmnWorkflowSerializer(registry))
    finally:
        engine.dispose()


def bpmn() -> str:
    """The intake as BPMN: a script task per step, a user task per answer, in one line."""
    nodes = []
    for names, segment in zip(((), *ROUNDS), SEGMENTS, strict=True):
        nodes += [(f"answer_{name}", f'<bpmn:userTask id="answer_{name}"/>') for name in names]
        nodes += [(step, _script_task(step)) for step in segment]
    ids = ["start", *(node for node, _ in nodes), "end"]
    flows = "".join(
        f'<bpmn:sequenceFlow id="flow_{at}" sourceRef="{source}" targetRef="{target}"/>'
        for at, (source, target) in enumerate(pairwise(ids))
    )
    return (
        '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" id="definitions">'
        f'<bpmn:process id="{PROCESS}" isExecutable="true"><bpmn:startEvent id="start"/>'
        f'{"".join(xml for _, xml in nodes)}<bpmn:endEvent id="end"/>{flows}'
        "</bpmn:process></bpmn:definitions>"
    )


def _script_task(step: str) -> str:
    return f'<bpmn:scriptTask id="{step}"><bpmn:script>{step}</bpmn:script></bpmn:scriptTask>'
