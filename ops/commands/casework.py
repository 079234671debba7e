"""Commands of people: their tasks, appointments, answers, plans; and the page of a case."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ops.pages.terminal import at, note, say, say_json

if TYPE_CHECKING:
    from datetime import datetime

    from ops.composition import Engine

Json = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]
By = Annotated[str | None, typer.Option("--by", help="Who does it: e-mail address or id of the staff.")]
Later = Annotated[bool, typer.Option("--later", help="Leave what follows to the next `casewright tick`.")]
Prefect = Annotated[bool, typer.Option("--prefect/--no-prefect", help="Carry steps as Prefect flow runs.")]
Task = Annotated[str, typer.Argument(metavar="TASK", help="The id of a task, or the end of it.")]


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

    with _doing(task, by) as doing:
        done = accept_task(doing.engine.store, doing.task_id, by=str(doing.by), now=doing.now)
        doing.tell("accept/1", {"task": done.id, "status": done.status.value}, "Accepted.", as_json=as_json)
        doing.go_on(later=later, prefect=prefect)


def book(
    task: Task,
    moment: Annotated[str, typer.Option("--at", help="When: 2026-03-02T09:00, in the office's time zone.")],
    place: Annotated[str | None, typer.Option("--place", help="Where.")] = None,
    minutes: Annotated[int | None, typer.Option("--minutes", help="How long.")] = None,
    by: By = None,
    later: Later = False,
    prefect: Prefect = True,
    as_json: Json = False,
) -> None:
    """Book the appointment of a task, or move it."""
    from flows.inbox import book as book_appointment
    from ops.references import read_moment

    with _doing(task, by) as doing:
        starts = read_moment(moment, doing.engine.zone, "--at")
        made = book_appointment(
            doing.engine.store,
            doing.task_id,
            starts,
            by=doing.by,
            now=doing.now,
            place=place,
            minutes=minutes,
        )
        facts = {
            "task": doing.task_id,
            "appointment": made.id,
            "starts_at": made.starts_at,
            "place": made.place,
        }
        words = f"Booked: {at(made.starts_at, doing.engine.zone)}, {made.place}."
        doing.tell("book/1", facts, words, as_json=as_json)
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
    with _doing(task, by) as doing:
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

    with _doing(task, by) as doing:
        store, given = doing.engine.store, doing.read(by_reference, item, value)
        if reason is None:
            kept = answer_item(store, doing.task_id, item, given, by=doing.by, now=doing.now)
        else:
            kept = correct(store, doing.task_id, item, given, reason=reason, by=doing.by, now=doing.now)
        facts = {"task": kept.task_id, "item": kept.item, "counts": kept.counts, "changed": kept.changed}
        words = "It counts at once." if kept.counts else "Kept; it counts when the form is sent."
        doing.tell("answer/1", facts, words if kept.changed else "Nothing has changed.", as_json=as_json)
        doing.go_on(later=later, prefect=prefect)


def plan(
    case: Annotated[str, typer.Argument(metavar="CASE", help="The number of a case.")],
    goals: Annotated[Path, typer.Option("--goals", help="A YAML file with `goals:` and `agreed_by:`.")],
    by: By = None,
    later: Later = False,
    prefect: Prefect = True,
    as_json: Json = False,
) -> None:
    """Record a case's plan.

    Each goal has `specific`, `indicator`, `target`, `need`, `due_on`, and may have `achievable`. With
    `agreed_by: [client, worker]` the plan is agreed, otherwise it is proposed.
    """
    from flows.inbox import record_plan
    from ops.goals import read_goals
    from ops.references import find_case

    file = read_goals(goals)
    with _doing(None, by) as doing:
        with doing.engine.store.read() as session:
            case_id = find_case(session, case).id
        made = record_plan(
            doing.engine.store,
            case_id,
            file.planned(),
            agreed_by=file.agreed_by,
            by=doing.by,
            now=doing.now,
            zone=doing.engine.zone.key,
            summary=file.summary,
        )
        facts = {"case": case, "plan": made.id, "status": made.status.value}
        doing.tell("plan/1", facts, f"The plan is {made.status.value}.", as_json=as_json)
        doing.go_on(later=later, prefect=prefect)


def retry(
    task: Task, by: By = None, later: Later = False, prefect: Prefect = True, as_json: Json = False
) -> None:
    """Try the step of an incident again."""
    from flows.deciding import retry as retry_step

    with _doing(task, by) as doing:
        retry_step(doing.engine.runtime, doing.task_id, by=doing.by, now=doing.now)
        doing.tell("retry/1", {"task": doing.task_id}, "It is tried again.", as_json=as_json)
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


@dataclass(frozen=True, slots=True)
class _Doing:
    """A command of a person: who gives it, about which task, when."""

    engine: "Engine"
    task_id: str
    by: str | None
    now: "datetime"

    def read(self, reader: Callable[..., Any], item: str, value: Any) -> Any:
        """An answer as the task's form takes it."""
        from models import HumanTask

        with self.engine.store.read() as session:
            return reader(session, session.get_one(HumanTask, self.task_id), item, value)

    def tell(self, schema: str, facts: Mapping[str, Any], words: str, *, as_json: bool) -> None:
        """Say that the command is done, before what follows from it is run."""
        say_json(schema, facts) if as_json else say(words)

    def go_on(self, *, later: bool, prefect: bool) -> None:
        """Run what follows. The command counts already; a failure from here on does not take it back."""
        from ops.composition import carrying
        from ops.pages.progress import shown

        if later:
            note("what follows is done by the next: casewright tick")
            return
        with (
            shown() as progress,
            carrying(self.engine.settings, prefect=prefect, on_start=progress.prefect) as carry,
        ):
            self.engine.run(carry, progress.passed)


@contextmanager
def _doing(task: str | None, by: str | None) -> Iterator[_Doing]:
    from ops.composition import open_engine
    from ops.references import find_staff, find_task
    from ops.settings import load_settings

    with open_engine(load_settings()) as engine:
        with engine.store.read() as session:
            staff = find_staff(session, by)
            task_id = "" if task is None else find_task(session, task).id
        yield _Doing(engine, task_id, None if staff is None else staff.id, engine.runtime.clock())


COMMANDS: Final[Mapping[str, Callable[..., Any]]] = {
    "tasks": tasks,
    "accept": accept,
    "book": book,
    "answer": answer,
    "complete": complete,
    "plan": plan,
    "retry": retry,
    "show": show,
}
