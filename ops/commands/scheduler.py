"""The command of the process that ticks."""

import json
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import typer

from ops.commands.watching import MetricsPort, with_metrics
from ops.pages.terminal import note, say

WORDS: Final[Mapping[str, str]] = {
    "fired": "{timers} timers fired",
    "done": "{duty}: {count}",
    "trouble": "{what}: {message}; tried again at the next time",
    "stopped": "stopped; another process takes over at once",
}


def scheduler(
    metrics_port: MetricsPort = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")] = False,
) -> None:
    """Tick: fire what is due, and keep house. Of several that run at once one does, the others stand by."""
    from ops.collecting import collect_seldom
    from ops.composition import open_engine
    from ops.living import living
    from ops.metrics import serve_metrics
    from ops.scheduling import scheduling
    from ops.settings import load_settings
    from ops.stopping import until_stopped
    from ops.turn import until_turn

    tell = _told_as_json if as_json else _told_in_words
    settings = with_metrics(load_settings(), metrics_port)
    until_turn()
    with open_engine(settings) as engine, until_stopped() as stopped:
        with serve_metrics(engine), living(engine, carries=False), scheduling(engine, tell):
            collect_seldom()
            stopped.wait()
        tell("stopped", {})


def _told_as_json(event: str, facts: Mapping[str, Any]) -> None:
    line = {"schema": "casewright/scheduler/1", "event": event, "at": datetime.now(UTC).isoformat(), **facts}
    say(json.dumps(line, ensure_ascii=False))
    sys.stdout.flush()


def _told_in_words(event: str, facts: Mapping[str, Any]) -> None:
    if event != "leader":
        note(WORDS[event].format(**facts))
    elif facts["mine"]:
        note(f"this process leads (term {facts['term']}, {facts['leader']})")
    elif facts["leader"] is None:
        note("nobody leads")
    else:
        note(f"{facts['leader']} leads (term {facts['term']}); this process stands by")


COMMANDS: Final[Mapping[str, Callable[..., Any]]] = {"scheduler": scheduler}
