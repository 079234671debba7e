"""Our log: lines for people or JSON for programs, with ids and never with personal data.

The engine's events are written as they are; what else our packages say is a message. Of an error the log
has the type and the places it went through, not its text, which may hold what a step had read.
"""

import json
import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from traceback import extract_tb
from typing import Any, Final

from definitions.diagnostics import printable
from flows.events import (
    Event,
    HookTried,
    IncidentRaised,
    LeasesTakenOver,
    MessageLeft,
    PassBegan,
    PassEnded,
    Retried,
    StepDone,
    TransactionRepeated,
)
from flows.runtime import Runtime
from ops.settings import Settings

OURS: Final = ("definitions", "flows", "migrations", "models", "notifications", "ops", "tasks", "web")
OTHERS: Final = ("apscheduler",)
"""Libraries whose errors stand in our log. Prefect has a log of its own (`ops.prefect_home`)."""

PLACES: Final = 12
"""Places of an error that are written at most, the innermost ones."""

_EVENT: Final = "casewright_event"
_ids: ContextVar[Mapping[str, Any]] = ContextVar("ids of the pass under way", default={})  # noqa: B039  (never changed in place)

log = logging.getLogger(__name__)


class EventLog:
    """Writes the engine's events into the log. `observe` is the observer."""

    def observe(self, event: Event) -> None:
        """Write an event, and say to which pass the lines until its end belong."""
        if isinstance(event, PassBegan):
            run = {} if event.carrier_run_id is None else {"carrier_run": event.carrier_run_id}
            _ids.set({"pass": event.pass_id, "process": event.process, **run})
        level = level_of(event)
        if log.isEnabledFor(level):
            log.log(level, name_of(event), extra={_EVENT: asdict(event)})
        if isinstance(event, PassEnded):
            _ids.set({})


def level_of(event: Event) -> int:
    """How loud an event is: what needs somebody, or is not as it should be, is a warning."""
    match event:
        case Retried() | IncidentRaised() | LeasesTakenOver() | TransactionRepeated():
            return logging.WARNING
        case PassBegan() | StepDone():
            return logging.DEBUG
        case PassEnded(broke=broke):
            return logging.WARNING if broke else logging.INFO
        case MessageLeft(outcome=outcome):
            return logging.INFO if outcome == "sent" else logging.WARNING
        case HookTried(outcome=outcome):
            return logging.INFO if outcome == "told" else logging.WARNING
        case _:
            return logging.INFO


def name_of(event: Event) -> str:
    """`pass ended` for `PassEnded`."""
    name = type(event).__name__
    return "".join(f" {each.lower()}" if each.isupper() else each for each in name).strip()


class JsonLines(logging.Formatter):
    """One JSON object a line: `time`, `level`, `logger`, `event` (of the engine; `message` for all others)
    and what belongs to it.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line."""
        line: dict[str, Any] = {
            "time": _moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            **facts_of(record),
        }
        return json.dumps(line, ensure_ascii=False, separators=(",", ":"), default=str)


class PlainLines(logging.Formatter):
    """A line for people: time, level, where from, what, and the ids behind it."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line."""
        facts = facts_of(record)
        event = facts.pop("event")
        said = facts.pop("message", event.replace("_", " "))
        behind = " ".join(
            f"{name}={_short(value)}" for name, value in facts.items() if value not in (None, "")
        )
        line = f"{_moment(record)} {record.levelname} {record.name}: {said}"
        return printable(f"{line} ({behind})" if behind else line)


def facts_of(record: logging.LogRecord) -> dict[str, Any]:
    """What a record says: the event and its fields, or the message; the pass it belongs to; the error."""
    event = getattr(record, _EVENT, None)
    error = _error(record)
    if event is not None:
        named = {"pass" if name == "pass_id" else name: value for name, value in event.items()}
        return {"event": record.getMessage().replace(" ", "_"), **_ids.get(), **named}
    return {"event": "message", "message": record.getMessage(), **_ids.get(), **error}


def _error(record: logging.LogRecord) -> dict[str, Any]:
    if record.exc_info is None or record.exc_info[1] is None:
        return {}
    error = record.exc_info[1]
    places = extract_tb(error.__traceback__)[-PLACES:]
    return {
        "error": type(error).__name__,
        "at": [f"{Path(each.filename).name}:{each.lineno} {each.name}" for each in places],
    }


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _short(value: Any) -> str:
    if isinstance(value, list):
        return " < ".join(reversed([str(each) for each in value]))
    return f"{value:.3f}" if isinstance(value, float) else str(value)


@contextmanager
def logged(settings: Settings, runtime: Runtime) -> Iterator[None]:
    """Log what happens in this engine while the block lasts: on the standard error, unless it goes somewhere
    else already.
    """
    runtime.observe.add(EventLog().observe)
    if _ours(logging.getLogger(OURS[0])):
        yield
        return
    with logging_to(logging.StreamHandler(sys.stderr), settings):
        yield


@contextmanager
def logging_to(handler: logging.Handler, settings: Settings) -> Iterator[None]:
    """Give this handler what our packages log, in the form and from the level of the settings; afterwards all
    is as before.
    """
    handler.setFormatter(JsonLines() if settings.log == "json" else PlainLines())
    setattr(handler, _EVENT, True)
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    loggers = [logging.getLogger(name) for name in (*OURS, *OTHERS)]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(level if logger.name in OURS else logging.ERROR)
    try:
        yield
    finally:
        for logger, known in zip(loggers, before, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(known)
        handler.close()


def _ours(logger: logging.Logger) -> bool:
    return any(hasattr(handler, _EVENT) for handler in logger.handlers)
