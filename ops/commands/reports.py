"""The command that shows reports."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Annotated, Any, Final

import typer

from ops.pages.terminal import say, say_json


def report(
    team: Annotated[str | None, typer.Option("--team", help="The group whose report it is.")] = None,
    month: Annotated[str | None, typer.Option("--month", help="The month, as 2026-03.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")] = False,
) -> None:
    """Show the reports of teams by month: the figures, each with the cases behind it."""
    from ops.composition import open_engine
    from ops.pages.report_page import read_month, report_pages
    from ops.settings import load_settings

    day = None if month is None else read_month(month)
    with open_engine(load_settings()) as engine:
        pages = report_pages(engine, team, day)
    if as_json:
        say_json("report/1", {"reports": [asdict(page) for page in pages]})
    else:
        for page in pages:
            say(page.text)


COMMANDS: Final[Mapping[str, Callable[..., Any]]] = {"report": report}
