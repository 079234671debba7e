"""Commands about the appointment of a task: what the form of its page asks, and what became of it."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final
from zoneinfo import ZoneInfo

import typer

from ops.commands.giving import By, Json, Later, Prefect, Task, giving
from ops.pages.terminal import at

if TYPE_CHECKING:
    from flows.inbox import Lone


class How(StrEnum):
    """How two people meet; the same words as in the records, which are not imported for a `--help`."""

    HOME = "home"
    OFFICE = "office"
    PHONE = "phone"
    VIDEO = "video"
    OTHER = "other"


def book(  # noqa: PLR0913, PLR0917  (the fields of the form, by name)
    task: Task,
    moment: Annotated[str, typer.Option("--at", help="When: 2026-03-02T09:00, in the office's time zone.")],
    place: Annotated[str | None, typer.Option("--place", help="Where.")] = None,
    minutes: Annotated[int | None, typer.Option("--minutes", help="How long.")] = None,
    how: Annotated[How | None, typer.Option("--how", help="How the two meet; at the office if new.")] = None,
    interpreter: Annotated[
        str | None, typer.Option("--interpreter", help="Language of an interpreter: es; empty for none.")
    ] = None,
    along: Annotated[
        str | None, typer.Option("--along", help="Who comes along besides the client; empty for nobody.")
    ] = None,
    known_to: Annotated[str | None, typer.Option("--known-to", help="Going alone: who knows of it.")] = None,
    check_in: Annotated[
        str | None, typer.Option("--check-in", help="Going alone: by when to say that all is well, 11:30.")
    ] = None,
    despite: Annotated[
        bool, typer.Option("--despite", help="It is meant so, though the time is taken or nobody works then.")
    ] = False,
    by: By = None,
    later: Later = False,
    prefect: Prefect = True,
    as_json: Json = False,
) -> None:
    """Book the appointment of a task, or move it. One that has begun keeps its time."""
    from flows.inbox import ClashError
    from flows.inbox import book as book_appointment
    from models import AppointmentKind
    from ops.errors import OpsError
    from ops.references import read_moment

    with giving(task, by) as doing:
        zone = doing.engine.zone
        starts = read_moment(moment, zone, "--at")
        try:
            made = book_appointment(
                doing.engine.store,
                doing.task_id,
                starts,
                by=doing.by,
                now=doing.now,
                place=place,
                minutes=minutes,
                kind=None if how is None else AppointmentKind(how.value),
                interpreter=interpreter,
                along=along,
                lone=_lone(known_to, check_in, starts, zone),
                within=None if despite else doing.engine.installation.catalogue.vocabulary.calendar(None),
            )
        except ClashError as error:
            action = "take another time, or add --despite where it is meant so"
            raise OpsError(str(error), action=action) from None
        facts = {
            "task": doing.task_id,
            "appointment": made.id,
            "starts_at": made.starts_at,
            "place": made.place,
            "kind": made.kind.value,
            "interpreter": made.interpreter,
            "along": made.along,
            "known_to": made.known_to,
            "check_in_at": made.check_in_at,
        }
        words = f"Booked: {at(made.starts_at, zone)}, {made.place}."
        doing.tell("book/1", facts, words, as_json=as_json)
        doing.go_on(later=later, prefect=prefect)


def unbook(
    task: Task,
    reason: Annotated[str, typer.Option("--reason", help="Why it is cancelled.")],
    by: By = None,
    later: Later = False,
    prefect: Prefect = True,
    as_json: Json = False,
) -> None:
    """Cancel the appointment of a task. The task stays, to be booked again; who was invited hears of it."""
    from flows.inbox import cancel_booking

    with giving(task, by) as doing:
        found = cancel_booking(doing.engine.store, doing.task_id, reason, by=doing.by, now=doing.now)
        facts = {"task": doing.task_id, "appointment": found.id, "status": found.status.value}
        doing.tell("unbook/1", facts, "Cancelled; book it anew when it is agreed.", as_json=as_json)
        doing.go_on(later=later, prefect=prefect)


def attend(
    task: Task,
    missed: Annotated[
        str | None, typer.Option("--missed", metavar="WHY", help="It did not take place, and why.")
    ] = None,
    by: By = None,
    later: Later = False,
    prefect: Prefect = True,
    as_json: Json = False,
) -> None:
    """Say that the appointment of a task took place, or with --missed that it did not."""
    from flows.inbox import record_attendance

    with giving(task, by) as doing:
        found = record_attendance(
            doing.engine.store,
            doing.task_id,
            kept=missed is None,
            reason=missed,
            by=doing.by,
            now=doing.now,
        )
        facts = {"task": doing.task_id, "appointment": found.id, "status": found.status.value}
        words = "It took place." if missed is None else "It was missed; book it anew when it is agreed."
        doing.tell("attend/1", facts, words, as_json=as_json)
        doing.go_on(later=later, prefect=prefect)


def _lone(known_to: str | None, check_in: str | None, starts_at: datetime, zone: ZoneInfo) -> "Lone | None":
    from flows.inbox import Lone

    if known_to is None and check_in is None:
        return None
    return Lone(known_to, _all_well(check_in, starts_at, zone) if check_in else None)


def _all_well(text: str, starts_at: datetime, zone: ZoneInfo) -> datetime:
    """Until when somebody who goes alone says that all is well: a moment; of a time of day the first one
    after the beginning.
    """
    from ops.references import read_moment

    if ":" not in text or "T" in text or "-" in text:
        return read_moment(text, zone, "--check-in")
    day = starts_at.astimezone(zone).date()
    found = read_moment(f"{day}T{text}", zone, "--check-in")
    if found < starts_at:
        found = read_moment(f"{day + timedelta(days=1)}T{text}", zone, "--check-in")
    return found


COMMANDS: Final[Mapping[str, Callable[..., Any]]] = {"book": book, "unbook": unbook, "attend": attend}
