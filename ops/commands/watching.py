"""Commands of those who watch over an installation: how things stand, for people and for a monitor."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ops.pages.terminal import say, say_json

if TYPE_CHECKING:
    from threading import Event

    from ops.composition import Engine
    from ops.settings import Settings

Json = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]
MetricsPort = Annotated[
    int | None,
    typer.Option("--metrics-port", min=0, max=65535, help="Serve this process's metrics at this port."),
]
EVERY: Final = 2.0
"""Seconds between two looks of `--watch`."""


def with_metrics(settings: "Settings", port: int | None) -> "Settings":
    """The settings, with the port of the command line where one is given there."""
    return settings if port is None else replace(settings, metrics_port=port)


def status(
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Look again every 2 seconds.")] = False,
    as_json: Json = False,
) -> None:
    """Show how things stand: cases by process, what is ready, under way, late, unsent, and who works."""
    from ops.composition import open_engine
    from ops.pages.status_page import status_page
    from ops.pages.status_text import status_text
    from ops.pages.terminal import console
    from ops.settings import load_settings
    from ops.stopping import until_stopped

    with open_engine(load_settings()) as engine:
        if watch:
            with until_stopped() as stopped:
                (watch_as_json if as_json else watch_as_text)(engine, stopped)
        elif as_json:
            say_json("status/1", status_page(engine).plain())
        else:
            console().print(status_text(status_page(engine), engine))


def watch_as_text(engine: "Engine", stopped: "Event") -> None:
    """Show how things stand, again and again in the same place, until stopped."""
    from rich.live import Live

    from ops.pages.status_page import status_page
    from ops.pages.status_text import status_text
    from ops.pages.terminal import console

    with Live(console=console(), auto_refresh=False, transient=False) as live:
        while True:
            live.update(status_text(status_page(engine), engine), refresh=True)
            if stopped.wait(EVERY):
                return


def watch_as_json(engine: "Engine", stopped: "Event") -> None:
    """Write how things stand as one JSON object a line, again and again, until stopped."""
    from ops.pages.status_page import status_page

    while True:
        say_json("status/1", status_page(engine).plain(), line=True)
        sys.stdout.flush()
        if stopped.wait(EVERY):
            return


def metrics() -> None:
    """Print once what a monitor reads of how things stand, as Prometheus writes it."""
    from ops.composition import open_engine
    from ops.metrics import standing_text
    from ops.settings import load_settings

    with open_engine(load_settings()) as engine:
        say(standing_text(engine).rstrip("\n"))


COMMANDS: Final[Mapping[str, Callable[..., Any]]] = {"status": status, "metrics": metrics}
