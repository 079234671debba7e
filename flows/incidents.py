"""Incidents: a step that can't go on asks a person. Its instance keeps its place."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sqlmodel import Session, col, select

from definitions import DefinitionError
from definitions.expressions import EvaluationError
from definitions.plan import Plan
from flows.errors import FlowError
from flows.runtime import Runtime
from flows.steps.part_words import part_words
from flows.steps.state import State
from models import (
    TASK_ENDED,
    Case,
    DefinitionVersion,
    HumanTask,
    Instance,
    StepRun,
    StepStatus,
    TaskKind,
    TaskPriority,
    TaskStatus,
)
from tasks.result import TaskError

CRASHED = "unexpected"
"""The error code of an error that no rule foresaw; its message names its type only, since its text could
hold personal data.
"""

OWNERS = "managers"
"""The group that is asked about what belongs to no step."""

_OURS = (TaskError, EvaluationError, FlowError)
"""Errors whose messages carry no personal data."""


def code_of(cause: Exception) -> str:
    """The registered code of a step's error. Other libraries have codes of their own, which mean nothing
    here.
    """
    code = getattr(cause, "code", None) if isinstance(cause, _OURS) else None
    return code if isinstance(code, str) else CRASHED


def words_of(cause: Exception) -> str:
    """What may be shown of an error everywhere: its own message where that is free of personal data, else
    its type.
    """
    return str(cause) if isinstance(cause, _OURS) else f"unexpected {type(cause).__name__}"


def raise_incident(
    session: Session,
    runtime: Runtime,
    plan: Plan,
    state: State,
    run: StepRun,
    cause: Exception,
    inputs: dict[str, object],
    again: Mapping[str, Any] = MappingProxyType({}),
) -> HumanTask:
    """Mark the step run and ask the case's worker, or the definition's owners, with message, YAML line and
    inputs. `again` is what is needed to go on from where the step stood.
    """
    now, step = runtime.clock(), plan.step(run.step)
    run.status, run.waits_for = StepStatus.INCIDENT, None
    run.error_code, run.error = code_of(cause), words_of(cause)
    run.inputs = inputs
    session.add(run)
    case = session.get(Case, state.instance.case_id) if state.instance.case_id else None
    part = part_words(session, plan, state.id, step, run.iteration)
    task = HumanTask(
        id=runtime.new_id(),
        kind=TaskKind.INCIDENT,
        status=TaskStatus.REQUESTED,
        title=f"Step `{step.title}`{f' ({part})' if part else ''} needs a decision",
        description=f"{words_of(cause)}{_in_expression(cause)} ({step.position})",
        case_id=state.instance.case_id,
        instance_id=state.instance.id,
        step_run_id=run.id,
        step=run.step,
        iteration=run.iteration,
        assignee_id=case.worker_id if case is not None else None,
        candidate_group=plan.owner.replace("-", "_"),
        priority=TaskPriority.STAT if step.critical else TaskPriority.URGENT,
        created_at=now,
        details={
            "position": step.position,
            "code": run.error_code,
            "inputs": inputs,
            "again": dict(again),
            **expression_of(cause),
        },
    )
    session.add(task)
    return task


def expression_of(cause: Exception) -> dict[str, Any]:
    """Which expression had no value, for the details of an incident: its text, the part of it at fault, and
    the names in it, whose values stand among the inputs. Nothing for another error.
    """
    if not isinstance(cause, EvaluationError) or not cause.text:
        return {}
    part = [cause.start or 0, cause.end or len(cause.text)]
    return {"expression": {"text": cause.text, "part": part, "names": list(cause.values)}}


def _in_expression(cause: Exception) -> str:
    found = expression_of(cause)
    return f", in `{found['expression']['text']}`" if found else ""


def ask_about_version(
    runtime: Runtime, version: DefinitionVersion, ids: Sequence[str], cause: DefinitionError
) -> None:
    """Ask a person, once per instance, about instances whose version can't run with the installed program.

    They keep their wakes, so they go on by themselves with a program that can run them.
    """
    groups = runtime.catalogue.vocabulary.groups
    with runtime.store.write() as session:
        open_already = {task.instance_id for task, _ in open_incidents(session) if "version" in task.details}
        for instance_id in [each for each in ids if each not in open_already]:
            instance = session.get_one(Instance, instance_id)
            case = session.get(Case, instance.case_id) if instance.case_id else None
            task = HumanTask(
                id=runtime.new_id(),
                kind=TaskKind.INCIDENT,
                title=f"`{version.title}` can't go on",
                description="; ".join(each.message for each in cause.diagnostics),
                case_id=instance.case_id,
                instance_id=instance_id,
                assignee_id=case.worker_id if case is not None else None,
                candidate_group=OWNERS if OWNERS in groups else next(iter(groups), None),
                priority=TaskPriority.URGENT,
                created_at=runtime.clock(),
                details={"version": version.id},
            )
            session.add(task)


def open_incident(session: Session, step_run_id: str) -> HumanTask | None:
    """The incident of a step run that still waits for a person."""
    query = select(HumanTask).where(
        HumanTask.kind == TaskKind.INCIDENT,
        HumanTask.step_run_id == step_run_id,
        col(HumanTask.status).not_in(TASK_ENDED),
    )
    return session.exec(query).first()


def open_incidents(session: Session) -> list[tuple[HumanTask, Instance]]:
    """Every incident that still waits for a person, oldest first."""
    query = (
        select(HumanTask, Instance)
        .join(Instance, col(Instance.id) == HumanTask.instance_id)
        .where(HumanTask.kind == TaskKind.INCIDENT, col(HumanTask.status).not_in(TASK_ENDED))
        .order_by(col(HumanTask.created_at))
    )
    return [(task, instance) for task, instance in session.exec(query)]
