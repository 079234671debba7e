"""The command that plays the demo."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

import typer

from ops.pages.terminal import say_json


def demo(
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Begin anew in a folder of its own inside the data directory.")
    ] = False,
    prefect: Annotated[
        bool, typer.Option("--prefect/--no-prefect", help="Carry steps as Prefect flow runs.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")] = False,
) -> None:
    """Run the sixteen-step intake for synthetic households, and show everything that came of it.

    Nothing leaves this computer: messages become files. All of it lies in CASEWRIGHT_HOME. Ends with 1 when
    a promise of the demo does not hold.
    """
    import time

    from flows.runtime import system_clock
    from ops.demo.logs import log_to
    from ops.demo.next_steps import next_steps
    from ops.demo.playing import demo_settings, fresh_home, play
    from ops.demo.progress import Shown
    from ops.demo.telling import as_data, tell
    from ops.settings import load_settings

    began = time.monotonic()
    settings = load_settings()
    home = fresh_home(settings.home, system_clock()) if fresh else settings.home
    with log_to(settings, home):
        played = play(demo_settings(settings, home), system_clock, Shown(), prefect=prefect)
    seconds, steps = time.monotonic() - began, next_steps(played, settings)
    if as_json:
        say_json("demo/1", as_data(played, steps, seconds))
    else:
        tell(played, steps, seconds)
    if not played.holds:
        raise typer.Exit(1)


COMMANDS: Final[Mapping[str, Callable[..., Any]]] = {"demo": demo}
