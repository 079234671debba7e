"""A command that a person gives: who, about which task, when; and what follows from it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ops.pages.terminal import note, say, say_json

if TYPE_CHECKING:
    from datetime import datetime

    from ops.composition import Engine

Json = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]
By = Annotated[str | None, typer.Option("--by", help="Who does it: e-mail address or id of the staff.")]
Later = Annotated[bool, typer.Option("--later", help="Leave what follows to the next `casewright tick`.")]
Prefect = Annotated[bool, typer.Option("--prefect/--no-prefect", help="Carry steps as Prefect flow runs.")]
Task = Annotated[str, typer.Argument(metavar="TASK", help="The id of a task, or the end of it.")]


@dataclass(frozen=True, slots=True)
class Giving:
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
def giving(task: str | None, by: str | None) -> Iterator[Giving]:
    """The command that somebody gives, about a task if one is named; its engine is open meanwhile."""
    from ops.composition import open_engine
    from ops.references import find_staff, find_task
    from ops.settings import load_settings

    with open_engine(load_settings()) as engine:
        with engine.store.read() as session:
            staff = find_staff(session, by)
            task_id = "" if task is None else find_task(session, task).id
        yield Giving(engine, task_id, None if staff is None else staff.id, engine.runtime.clock())
