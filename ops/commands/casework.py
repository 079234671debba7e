"""Commands of people: their tasks, answers, plans; and the page of a case."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from ops.commands.giving import By, Json, Later, Prefect, Task, giving
from ops.pages.terminal import say_json


def tasks(
    task: Annotated[str | None, typer.Argument(metavar="[TASK]", help="One task, with its form.")] = None,
    staff: Annotated[str | None, typer.Option("--staff", help="Of this person: e-mail or id.")] = None,
    group: Annotated[str | None, typer.Option("--group", help="In the queue of this group.")] = None,
    case: Annotated[str | None, typer.Option("--case", help="Of this case.")] = None,
    as_json: Json = False,
) -> None:
    """List the open tasks, or show one with its form and what is answered so far."""
    from ops.composition import open_engine
    from ops.pages.task_page import open_tasks, task_page
    from ops.pages.task_text import list_text, task_text
    from ops.settings import load_settings

    with open_engine(load_settings()) as engine:
        if task is not None:
            page = task_page(engine, task)
            say_json("task/1", page.plain()) if as_json else task_text(page, engine.zone)
            return
        rows = open_tasks(engine, staff=staff, group=group, case=case)
        if as_json:
            say_json("tasks/1", {"tasks": [asdict(row) for row in rows]})
        else:
            list_text(rows, engine.zone)


def accept(
    task: Task,
    by: Annotated[str, typer.Option("--by", help="Who accepts: e-mail address or id of the staff.")],
    later: Later = False,
    prefect: Prefect = True,
    as_json: Json = False,
) -> None:
    """Accept a task; nobody further up is asked any more."""
    from flows.inbox import accept as accept_task

    with giving(task, by) as doing:
        done = accept_task(doing.engine.store, doing.task_id, by=str(doing.by), now=doing.now)
        doing.tell("accept/1", {"task": done.id, "status": done.status.value}, "Accepted.", as_json=as_json)
        doing.go_on(later=later, prefect=prefect)


def complete(
    task: Task,
    answers: Annotated[
        Path | None, typer.Option("--answers", help="A YAML file: one `item: answer` a line.")
    ] = None,
    by: By = None,
    later: Later = False,
    prefect: Prefect = True,
    as_json: Json = False,
) -> None:
    """Send the form of a task and complete it. The same answers a second time change nothing."""
    from flows.inbox import complete as complete_task
    from ops.pages.task_page import by_reference
    from ops.scripts import read_mapping

    given = {} if answers is None else read_mapping(answers)
    with giving(task, by) as doing:
        read = {item: doing.read(by_reference, item, value) for item, value in given.items()}
        done = complete_task(doing.engine.store, doing.task_id, read, by=doing.by, now=doing.now)
        facts = {"task": done.task_id, "completed_at": done.completed_at, "repeated": done.repeated}
        words = "Completed before, with the same answers." if done.repeated else "Completed."
        doing.tell("complete/1", facts, words, as_json=as_json)
        doing.go_on(later=later, prefect=prefect)


def answer(
    task: Task,
    item: Annotated[str, typer.Argument(help="The id of the item, or step.item.")],
    value: Annotated[str, typer.Argument(help="The answer; several choices are separated by commas.")],
    reason: Annotated[
        str | None, typer.Option("--reason", help="Correct an answer that counts already.")
    ] = None,
    by: By = None,
    later: Later = False,
    prefect: Prefect = True,
    as_json: Json = False,
) -> None:
    """Answer one item of a form, or correct it with a reason."""
    from flows.inbox import answer_item, correct
    from ops.pages.task_page import by_reference

    with giving(task, by) as doing:
        store, given = doing.engine.store, doing.read(by_reference, item, value)
        if reason is None:
            kept = answer_item(store, doing.task_id, item, given, by=doing.by, now=doing.now)
        else:
            kept = correct(store, doing.task_id, item, given, reason=reason, by=doing.by, now=doing.now)
        told = {"counts": kept.counts, "changed": kept.changed, "cancelled": kept.cancelled}
        facts = {"task": kept.task_id, "item": kept.item, **told}
        words = "It counts at once." if kept.counts else "Kept; it counts when the form is sent."
        if kept.cancelled:
            words = "It counts; its process was cancelled, so no step is done on account of it."
        doing.tell("answer/1", facts, words if kept.changed else "Nothing has changed.", as_json=as_json)
        doing.go_on(later=later, prefect=prefect)


def plan(
    case: Annotated[str, typer.Argument(metavar="CASE", help="The number of a case.")],
    goals: Annotated[Path, typer.Option("--goals", help="A YAML file with `goals:` and `agreed_by:`.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace a plan that somebody else has proposed.")
    ] = False,
    by: By = None,
    later: Later = False,
    prefect: Prefect = True,
    as_json: Json = False,
) -> None:
    """Record a case's plan.

    Each goal has `specific`, `indicator`, `target`, `need`, `due_on`, and may have `achievable`. With
    `agreed_by: [client, worker]` the plan is agreed, otherwise it is proposed. Either replaces what you
    proposed before; what somebody else proposed only with --replace.
    """
    from flows.inbox import ProposedError, record_plan
    from ops.goals import read_goals, would_replace
    from ops.references import find_case

    file = read_goals(goals)
    with giving(None, by) as doing:
        with doing.engine.store.read() as session:
            case_id = find_case(session, case).id
        try:
            made = record_plan(
                doing.engine.store,
                case_id,
                file.planned(),
                agreed_by=file.agreed_by,
                by=doing.by,
                now=doing.now,
                zone=doing.engine.zone.key,
                summary=file.summary,
                replace=replace,
            )
        except ProposedError as error:
            raise would_replace(doing.engine, error) from None
        facts = {"case": case, "plan": made.id, "status": made.status.value}
        doing.tell("plan/1", facts, f"The plan is {made.status.value}.", as_json=as_json)
        doing.go_on(later=later, prefect=prefect)


def show(
    case: Annotated[
        str, typer.Argument(metavar="CASE", help="The number of a case, or the id of an instance.")
    ],
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show what each step asked and read.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show a case: its steps, messages, tasks, visits; what was not done, and why."""
    from ops.composition import open_engine
    from ops.pages.case_page import case_page
    from ops.pages.case_text import page_text
    from ops.settings import load_settings

    with open_engine(load_settings()) as engine:
        page = case_page(engine, case)
        if as_json:
            say_json("case/1", page.plain())
        else:
            page_text(page, engine.zone, engine.settings.home, verbose=verbose)


COMMANDS: Final[Mapping[str, Callable[..., Any]]] = {
    "tasks": tasks,
    "accept": accept,
    "answer": answer,
    "complete": complete,
    "plan": plan,
    "show": show,
}
