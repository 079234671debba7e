"""What to type after the demo: commands that work on its home as they stand."""

import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from definitions import load_vocabulary
from definitions.time.clocks import Unit
from ops.demo.playing import Play
from ops.settings import Settings

UI_PORT = 4299
"""Not 4200, where a Prefect server of the user's own would be."""

NOTICE = 3
"""Working days until the appointment that is suggested; the intake asks for one at least."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """A command and what it is for."""

    command: str
    why: str


def next_steps(played: Play, settings: Settings) -> tuple[NextStep, ...]:
    """The commands for this home. `settings` are those of the user's environment."""
    program = f"{_environment(played, settings)}{_program('casewright')}"
    steps = tuple(NextStep(f"{program} {each.command}", each.why) for each in _commands(played))
    if played.runs is None:
        return steps
    why = f"Prefect's pages, at http://127.0.0.1:{UI_PORT} (Ctrl-C ends it)"
    return (*steps, NextStep(_prefect_ui(played.home), why))


def _commands(played: Play) -> Iterator[NextStep]:
    for case in played.story.cases:
        if case.status == "completed":
            yield NextStep(f"show {case.case}", "one case with everything that belongs to it")
            break
    yield NextStep("tasks", "what people have to do now")
    for task in played.story.tasks:
        if task.is_open and task.waits_for_booking:
            yield NextStep(
                f"book {task.id} --at {_morning(played)} --place Office", "book an assessment that waits"
            )
            break
    yield NextStep("tick", "do what is due now")
    yield NextStep("explain intake", "the process in words")
    yield NextStep("up --demo", "the pages, with a year of other synthetic cases")


def _morning(played: Play) -> str:
    calendar = load_vocabulary().calendar()
    day = calendar.add(played.now, NOTICE, Unit.WORKING_DAYS).moment_utc.astimezone(played.zone).date()
    return f"{day:%Y-%m-%d}T10:00"


def _environment(played: Play, settings: Settings) -> str:
    """The variables to set in front of a command, where the environment leads somewhere else."""
    moved = settings.home != played.home
    elsewhere = settings.database_file != settings.home / "casewright.db"
    home = f"CASEWRIGHT_HOME={shlex.quote(str(played.home))} " if moved else ""
    return home + ("CASEWRIGHT_DATABASE_URL= " if elsewhere else "")


def _program(name: str) -> str:
    """How the program is called from here: by its name if that finds it, else by its path."""
    beside = Path(sys.executable).with_name(name)
    if shutil.which(name) is not None or not beside.exists():
        return name
    return shlex.quote(os.path.relpath(beside))


def _prefect_ui(home: Path) -> str:
    return (
        f"PREFECT_HOME={shlex.quote(str(home / 'prefect'))} PREFECT_SERVER_ANALYTICS_ENABLED=false"
        f" PREFECT_SERVER_UI_API_URL=http://127.0.0.1:{UI_PORT}/api"
        f" {_program('prefect')} server start --port {UI_PORT}"
    )
