"""Incidents as `casewright incidents` tells them: what stands still, why, since when, what can be done."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, col, select

from definitions import DefinitionError, Plan
from definitions.types import describe
from flows.inbox.case.deciding import failed_thing
from flows.steps.endings import ENDED
from flows.steps.part_words import part_words
from flows.steps.skipping import ended_beside, outputs_of, readers_of
from flows.viewing.step_lines import holder_of, staff_name
from models import (
    TASK_ENDED,
    AuditEvent,
    Case,
    DefinitionVersion,
    HumanTask,
    Instance,
    InstanceStatus,
    StepRun,
    TaskKind,
    TaskPriority,
)
from ops.composition import Engine
from ops.errors import NotThereError
from ops.references import find_task
from ops.traces import leave_trace
from tasks.history import Act

MOST_LINES: Final = 16
"""Lines of a definition that are shown around a step."""


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """One incident. `id` is that of its task; instance and step are None for what belongs to none. `part`
    says for which member or round of its loops the step failed, `iteration` as the journal has it.
    """

    id: str
    case: str | None
    instance: str | None
    process: str | None
    version: int | None
    step: str | None
    iteration: str | None
    part: str | None
    position: str | None
    code: str | None
    message: str
    critical: bool
    holder: str
    status: str
    since: datetime


@dataclass(frozen=True, slots=True)
class HeldRow:
    """One instance that somebody holds."""

    instance: str
    case: str | None
    process: str
    by: str
    reason: str | None
    since: datetime | None


@dataclass(frozen=True, slots=True)
class OutputFacts:
    """One output that has to be given, or may be, when the step is skipped. `read_by` are the steps that need
    it."""

    name: str
    type: str
    read_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of one line of the definition, and the key whose value it is; columns count from 1."""

    line: int
    column: int
    end_column: int
    key: str


@dataclass(frozen=True, slots=True)
class IncidentPage:
    """One incident with all that a person needs to decide. `about` is what failed: `step`, `timer`,
    `correction` or `version`. `expression` is the one that had no value, `values` what each name in it stood
    for, `marked` where its part at fault stands; `inputs` is everything that the step had read.
    """

    incident: IncidentRow
    title: str
    about: str
    source: tuple[tuple[int, str], ...]
    marked: Mark | None
    expression: str | None
    values: dict[str, Any]
    inputs: dict[str, Any]
    outputs: tuple[OutputFacts, ...]

    def plain(self) -> dict[str, Any]:
        """The page for `--json`."""
        return asdict(self)


def open_incidents(engine: Engine) -> list[IncidentRow]:
    """Every incident that waits for a person, critical ones first, then the oldest."""
    leave_trace(engine, Act.SEARCH, "HumanTask", None, ("message", "holder", "position", "part"))
    with engine.store.read() as session:
        query = select(HumanTask).where(
            HumanTask.kind == TaskKind.INCIDENT, col(HumanTask.status).not_in(TASK_ENDED)
        )
        rows = [
            _row(session, engine, task) for task in session.exec(query.order_by(col(HumanTask.created_at)))
        ]
    return sorted(rows, key=lambda row: (not row.critical, row.since, row.id))


def held_instances(engine: Engine) -> list[HeldRow]:
    """Every instance that somebody holds, with who and why."""
    with engine.store.read() as session:
        query = select(Instance).where(Instance.status == InstanceStatus.HELD).order_by(col(Instance.id))
        return [_held(session, instance) for instance in session.exec(query)]


def incident_page(engine: Engine, name: str) -> IncidentPage:
    """One incident, by the id of its task or the end of it. NotThereError for another task."""
    with engine.store.read() as session:
        task = find_task(session, name)
    if task.kind is not TaskKind.INCIDENT:
        raise NotThereError(f"task {task.id} is no incident", action=f"show it: casewright tasks {task.id}")
    leave_trace(engine, Act.READ, "HumanTask", task.id, ("message", "inputs"), case_id=task.case_id)
    with engine.store.read() as session:
        plan = _plan(session, engine, task)
        expression = task.details.get("expression", {})
        marked = _mark(plan, task)
        return IncidentPage(
            incident=_row(session, engine, task),
            title=task.title,
            about=failed_thing(task) or "version",
            source=_source(plan, task, marked),
            marked=marked,
            expression=expression.get("text"),
            values={name: task.details["inputs"].get(name) for name in expression.get("names", ())},
            inputs=dict(task.details.get("inputs", {})),
            outputs=tuple(_outputs(session, plan, task)),
        )


def _row(session: Session, engine: Engine, task: HumanTask) -> IncidentRow:
    case = None if task.case_id is None else session.get(Case, task.case_id)
    instance = None if task.instance_id is None else session.get(Instance, task.instance_id)
    version = None if instance is None else session.get(DefinitionVersion, instance.version_id)
    run = None if task.step_run_id is None else session.get(StepRun, task.step_run_id)
    return IncidentRow(
        id=task.id,
        case=None if case is None else case.number,
        instance=task.instance_id,
        process=None if instance is None else instance.process,
        version=None if version is None else version.number,
        step=task.step or None,
        iteration=task.iteration or None,
        part=_part(session, engine, task),
        position=task.details.get("position"),
        code=task.details.get("code"),
        message=(run.error if run is not None else None) or task.description,
        critical=task.priority is TaskPriority.STAT,
        holder=holder_of(session, task),
        status=task.status.value,
        since=task.created_at,
    )


def _part(session: Session, engine: Engine, task: HumanTask) -> str | None:
    plan = _plan(session, engine, task) if task.iteration else None
    if plan is None or task.instance_id is None or not task.step:
        return task.iteration or None
    return part_words(session, plan, task.instance_id, plan.step(task.step), task.iteration)


def _held(session: Session, instance: Instance) -> HeldRow:
    query = select(AuditEvent).where(
        AuditEvent.record == "Instance",
        AuditEvent.record_id == instance.id,
        AuditEvent.action == Act.HOLD.value,
    )
    act = session.exec(query.order_by(col(AuditEvent.at).desc()).limit(1)).first()
    case = None if instance.case_id is None else session.get(Case, instance.case_id)
    return HeldRow(
        instance=instance.id,
        case=None if case is None else case.number,
        process=instance.process,
        by="" if act is None else staff_name(session, act.actor) or act.actor,
        reason=None if act is None else act.reason,
        since=None if act is None else act.at,
    )


def _plan(session: Session, engine: Engine, task: HumanTask) -> Plan | None:
    instance = None if task.instance_id is None else session.get(Instance, task.instance_id)
    if instance is None:
        return None
    try:
        return engine.plans.of(session.get_one(DefinitionVersion, instance.version_id))
    except DefinitionError:  # that the version can't run here may be what the incident is about
        return None


def _source(plan: Plan | None, task: HumanTask, marked: Mark | None) -> tuple[tuple[int, str], ...]:
    """The lines of the step in its definition, each with its number: the first ones, and up to the mark."""
    lines = _step_lines(plan, task)
    shown = MOST_LINES if marked is None else max(MOST_LINES, marked.line - lines[0][0] + 2)
    return lines[:shown]


def _step_lines(plan: Plan | None, task: HumanTask) -> tuple[tuple[int, str], ...]:
    if plan is None or not task.step:
        return ()
    first = plan.step(task.step).span.line
    lines = plan.source.splitlines()[first - 1 :]
    deep = len(lines[0]) - len(lines[0].lstrip())
    found = [lines[0]]
    for line in lines[1:]:
        if line.strip() and len(line) - len(line.lstrip()) <= min(deep, _dash(lines[0])):
            break
        found.append(line)
    return tuple((first + index, line) for index, line in enumerate(_without_blank_end(found)))


def _mark(plan: Plan | None, task: HumanTask) -> Mark | None:
    """Where the part of the expression that had no value stands; None where it is spread over lines."""
    expression = task.details.get("expression")
    if expression is None:
        return None
    start, end = expression["part"]
    for number, line in _step_lines(plan, task):
        place = line.find(expression["text"])
        if place >= 0:
            key = re.search(r"(\w+):[^:]*$", line[:place])
            return Mark(number, place + start + 1, place + end + 1, key[1] if key else "")
    return None


def _dash(line: str) -> int:
    return len(line) - len(line.lstrip()) if line.lstrip().startswith("-") else len(line)


def _without_blank_end(lines: Sequence[str]) -> Sequence[str]:
    last = max(index for index, line in enumerate(lines) if line.strip())
    return lines[: last + 1]


def _outputs(session: Session, plan: Plan | None, task: HumanTask) -> list[OutputFacts]:
    """What a skip has to give first, then what it may give."""
    if plan is None or failed_thing(task) != "step":
        return []
    step = plan.step(task.step)
    runs = select(StepRun).where(StepRun.instance_id == task.instance_id, col(StepRun.status).in_(ENDED))
    readers = readers_of(plan, step, ended_beside(plan, session.exec(runs), step, task.iteration))
    found = [
        OutputFacts(name, describe(kind), tuple(dict.fromkeys(each.id for each in readers.get(name, ()))))
        for name, kind in outputs_of(step, task.iteration).items()
    ]
    return sorted(found, key=lambda each: not each.read_by)
