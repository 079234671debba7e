"""Commands about what stands still: incidents, and instances that are held, resumed or cancelled."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ops.commands.giving import By, Giving, Json, Later, Prefect, Task, giving
from ops.errors import OpsError
from ops.pages.terminal import note, say, say_json

if TYPE_CHECKING:
    from flows.inbox.case.holding import Changed

Case = Annotated[str, typer.Argument(metavar="CASE", help="The number of a case, or the id of an instance.")]
Process = Annotated[str | None, typer.Option("--process", help="Only what runs of this process.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept.")]


def incidents(
    incident: Annotated[
        str | None, typer.Argument(metavar="[INCIDENT]", help="One incident, with what can be done.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List what stands still and asks a person, and what is held; or show one incident."""
    from ops.composition import open_engine
    from ops.pages.incident_page import held_instances, incident_page, open_incidents
    from ops.pages.incident_text import incident_text, list_text
    from ops.settings import load_settings

    with open_engine(load_settings()) as engine:
        if incident is not None:
            page = incident_page(engine, incident)
            say_json("incident/1", page.plain()) if as_json else incident_text(page, engine.zone)
            return
        rows, held = open_incidents(engine), held_instances(engine)
        if as_json:
            facts = {"incidents": [asdict(row) for row in rows], "held": [asdict(each) for each in held]}
            say_json("incidents/1", facts)
        else:
            list_text(rows, held, engine.zone)


def retry(
    task: Task,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="INPUT=VALUE", help="Change an input of the process first."),
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Why; needed with --set.")] = None,
    by: By = None,
    later: Later = False,
    prefect: Prefect = True,
    as_json: Json = False,
) -> None:
    """Try again what an incident is about, perhaps with other inputs."""
    from flows.inbox.case.deciding import retry as retry_step
    from ops.references import read_pairs

    given = read_pairs(changes or (), "--set")
    with giving(task, by) as command:
        new = retry_step(
            command.engine.runtime,
            command.task_id,
            by=command.by,
            now=command.now,
            reason=reason,
            inputs=_inputs(command, given),
            plan_of=command.engine.plans.of,
        )
        facts = {"task": command.task_id, "changed": sorted(given), "repeated": not new}
        words = "It is tried again." if new else "That was decided before."
        command.tell("retry/1", facts, words, as_json=as_json)
        command.go_on(later=later, prefect=prefect)


def skip(
    task: Task,
    reason: Reason,
    outputs: Annotated[
        list[str] | None,
        typer.Option("--output", metavar="NAME=VALUE", help="What the step would have given."),
    ] = None,
    by: By = None,
    later: Later = False,
    prefect: Prefect = True,
    as_json: Json = False,
) -> None:
    """Skip the step of an incident with a reason, giving what later steps read of it."""
    from flows.inbox.case.deciding import skip as skip_step
    from ops.references import read_pairs

    given = read_pairs(outputs or (), "--output")
    with giving(task, by) as command:
        what = skip_step(
            command.engine.runtime,
            command.task_id,
            reason=reason,
            outputs=_outputs(command, given),
            by=command.by,
            now=command.now,
            plan_of=command.engine.plans.of,
        )
        facts = {"task": command.task_id, "skipped": what, "outputs": sorted(given)}
        left_out = f"The {what} is left out; the step goes on from where it stood."
        words = "The step is skipped." if what == "step" else left_out
        command.tell("skip/1", facts, words, as_json=as_json)
        command.go_on(later=later, prefect=prefect)


def hold(
    case: Case,
    reason: Reason,
    process: Process = None,
    by: By = None,
    later: Later = False,
    prefect: Prefect = True,
    as_json: Json = False,
) -> None:
    """Stop what runs for a case at its next step, until it is resumed. Safety alerts still go out."""
    from flows.inbox.case.holding import hold as hold_instance

    with giving(None, by) as command:
        plan_of = command.engine.plans.of
        done = [
            hold_instance(
                command.engine.runtime, each, reason=reason, by=command.by, now=command.now, plan_of=plan_of
            )
            for each in _instances(command, case, process)
        ]
        _tell("hold/1", "Held", "It was held already", done, as_json=as_json)
        for each in done:
            if each.alerts and not as_json:
                note(
                    f"safety steps that have not ended: {', '.join(each.alerts)}; those that are ready still "
                    "run, the others wait behind what is held"
                )
        command.go_on(later=later, prefect=prefect)


def resume(
    case: Case,
    process: Process = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Why; it is kept.")] = None,
    by: By = None,
    later: Later = False,
    prefect: Prefect = True,
    as_json: Json = False,
) -> None:
    """Let what was held go on: what was answered meanwhile counts, what came due is done once."""
    from flows.inbox.case.holding import resume as resume_instance

    with giving(None, by) as command:
        done = [
            resume_instance(command.engine.runtime, each, reason=reason, by=command.by, now=command.now)
            for each in _instances(command, case, process)
        ]
        _tell("resume/1", "It goes on", "It was not held", done, as_json=as_json)
        command.go_on(later=later, prefect=prefect)


def cancel(
    case: Case,
    reason: Reason,
    process: Process = None,
    alerts: Annotated[
        bool, typer.Option("--with-alerts", help="Take back safety alerts that have not ended, too.")
    ] = False,
    by: By = None,
    later: Later = False,
    prefect: Prefect = True,
    as_json: Json = False,
) -> None:
    """End a process for good; its open tasks, due dates and unsent messages are withdrawn."""
    from flows.inbox.case.holding import cancel as cancel_instance

    with giving(None, by) as command:
        ids = _instances(command, case, process)
        if len(ids) > 1 and process is None:
            raise OpsError(
                f"several processes run for case {case}",
                action="name one with --process, or an instance by its id; `casewright show` lists them",
            )
        done = [
            cancel_instance(
                command.engine.runtime,
                each,
                reason=reason,
                by=command.by,
                now=command.now,
                alerts_too=alerts,
                plan_of=command.engine.plans.of,
            )
            for each in ids
        ]
        _tell("cancel/1", "Cancelled", "It was cancelled already", done, as_json=as_json)
        command.go_on(later=later, prefect=prefect)


def _instances(command: Giving, case: str, process: str | None) -> list[str]:
    from ops.references import find_instances

    with command.engine.store.read() as session:
        return [each.id for each in find_instances(session, case, process)]


def _tell(schema: str, words: str, already: str, done: list["Changed"], *, as_json: bool) -> None:
    if as_json:
        say_json(schema, {"instances": [asdict(each) for each in done]})
        return
    for each in done:
        undone = "; what was done is undone now, the last first" if each.undoing else ""
        say(f"{words if each.changed else already}: instance {each.instance_id}{undone}.")


def _inputs(command: Giving, given: Mapping[str, str]) -> dict[str, Any]:
    from ops.references import resolve_inputs

    engine = command.engine
    if not given:
        return {}
    with engine.store.read() as session:
        plan = _plan(command, session)
        if plan is None:
            return dict(given)
        return resolve_inputs(session, plan, given, engine.zone, command.now)


def _outputs(command: Giving, given: Mapping[str, str]) -> dict[str, Any]:
    from flows.steps.skipping import outputs_of
    from models import HumanTask
    from ops.references import resolve_outputs

    if not given:
        return {}
    with command.engine.store.read() as session:
        task, plan = session.get_one(HumanTask, command.task_id), _plan(command, session)
        if plan is None or not task.step:
            return dict(given)
        kinds = outputs_of(plan.step(task.step), task.iteration)
        return resolve_outputs(session, kinds, given, command.engine.zone, command.now)


def _plan(command: Giving, session: Any) -> Any:
    """The plan of the task's instance; None for a task that belongs to none."""
    from models import DefinitionVersion, HumanTask, Instance

    task = session.get_one(HumanTask, command.task_id)
    if task.instance_id is None:
        return None
    instance = session.get_one(Instance, task.instance_id)
    return command.engine.plans.of(session.get_one(DefinitionVersion, instance.version_id))


COMMANDS: Final[Mapping[str, Callable[..., Any]]] = {
    "incidents": incidents,
    "retry": retry,
    "skip": skip,
    "hold": hold,
    "resume": resume,
    "cancel": cancel,
}
