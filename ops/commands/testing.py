"""The command that plays scenarios: `casewright test`."""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ops.errors import OpsError
from ops.pages.terminal import note, say

if TYPE_CHECKING:
    from ops.scenarios.loading import Loaded
    from ops.scenarios.telling import Report
    from ops.settings import Settings

BROKEN: Final = 2
"""The exit status when a file can't be played as it is written."""

TOLD_AFTER: Final = 3.0
"""Seconds after which progress is told, and again."""


def play(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PATH...", help="Scenario files, definitions, or folders (default: all known)."
        ),
    ] = None,
    only: Annotated[
        str | None, typer.Option("--only", "-k", metavar="TEXT", help="Only scenarios with this in the name.")
    ] = None,
    repeat: Annotated[int, typer.Option("--repeat", min=1, max=100_000, help="Play each so often.")] = 1,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", min=1, max=256, help="Processes at the same time (default: one per core)."),
    ] = None,
    junit: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help="Write the results as JUnit XML too.")
    ] = None,
    record: Annotated[
        str | None,
        typer.Option("--record", metavar="CASE", help="Write a scenario from a case, its people made up."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")] = False,
) -> None:
    """Play scenarios and say what they cover. Ends with 1 when one fails, with 2 for a faulty file."""
    from ops.scenarios.loading import load
    from ops.settings import load_settings

    logging.getLogger().addHandler(logging.NullHandler())  # providers fail here because scenarios say so
    settings = load_settings()
    if record is not None:
        _record(settings, record)
        return
    loaded = load(list(paths or ()), settings)
    _refuse_broken(loaded)
    report = _played(loaded, only, repeat, jobs)
    if junit is not None:
        from ops.scenarios.telling import junit as junit_of

        junit.write_bytes(junit_of(report))
    _tell(report, only=only is not None, as_json=as_json)
    if report.failed:
        raise typer.Exit(1)


def _record(settings: "Settings", case: str) -> None:
    from ops.scenarios.recording import record_case

    text, differs = record_case(settings, case)
    say(text.rstrip())
    for line in differs:
        note(line)
    if differs:
        note("casewright: played again it does not come out the same; look at these lines before you keep it")


def _refuse_broken(loaded: "Loaded") -> None:
    from definitions import render

    for each in loaded.diagnostics:
        note(f"{render(each)}\n")
    if loaded.broken:
        note("casewright: nothing was played; correct the files above first")
        raise typer.Exit(BROKEN)


def _played(loaded: "Loaded", only: str | None, repeat: int, jobs: int | None) -> "Report":
    from ops.scenarios.running import Wanted, play_all, plays_of
    from ops.scenarios.telling import Report

    wanted = Wanted(only, repeat, jobs)
    plays = plays_of(loaded, wanted)
    if not plays:
        raise OpsError(
            f"no scenario has `{only}` in its name", action="look at the names with: casewright test"
        )
    return Report.of(loaded, play_all(loaded, plays, wanted, _progress(len(plays))))


def _progress(total: int) -> Callable[[int], None]:
    """Says every few seconds how far it is."""
    import time

    last = [time.monotonic()]

    def told(done: int) -> None:
        now = time.monotonic()
        if now - last[0] >= TOLD_AFTER and done < total:
            last[0] = now
            note(f"{done} of {total} played")

    return told


def _tell(report: "Report", *, only: bool, as_json: bool) -> None:
    import json

    from ops.scenarios.telling import failures_text, text

    if not as_json:
        for line in text(report, only=only):
            say(line)
        return
    say(json.dumps(report.plain(), ensure_ascii=False, indent=2))
    for outcome in report.outcomes:
        for line in failures_text(outcome):
            note(f"{outcome.name}: {line.strip()}")


COMMANDS: Final[Mapping[str, Callable[..., Any]]] = {"test": play}
