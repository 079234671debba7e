"""The parts of a case that its tabs show, each by itself: what runs and why, the chronology, the messages."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import Query

from web.access.actions import Action
from web.access.watching import case_read, watched
from web.api.declaring import Resource
from web.api.paging import no_place
from web.api.sent import Ident
from web.api.visiting import Visiting, allowed_case
from web.reading.case.chronology import Entry, Wanted, entries_after
from web.reading.case.messages import MessageLine, case_messages
from web.reading.case.process import case_processes
from web.reading.process.drawing import ProcessMap

router = Resource(prefix="/cases/{case_id}", tags=["cases"])


@dataclass(frozen=True, slots=True)
class ProcessList:
    """What runs for a case as diagrams; `earlier` is how many that have ended are left out."""

    processes: tuple[ProcessMap, ...]
    earlier: int


@dataclass(frozen=True, slots=True)
class EntryList:
    """A page of the chronology. `next` is what `after` has to be for more, None on the last page."""

    entries: tuple[Entry, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class MessageList:
    """What was written for a case."""

    messages: tuple[MessageLine, ...]


@router.get("/process")
def process(visit: Visiting, case_id: str, everything: bool = False) -> ProcessList:
    """What runs for the case as diagrams: every step, how it stands and why, which branch was taken. Of what
    has ended the newest ten, unless `everything` is asked for; `earlier` is how many more there are.
    """
    web, now = visit.web, visit.web.now()
    with watched(web.store) as session:
        case = allowed_case(session, visit.actor, Action.READ_CASE, case_id, now)
        found = case_processes(
            session, web.sources, visit.actor, case, web.groups, now, everything=everything
        )
        case_read(session, visit.actor.staff_id, case, now, ("steps",))
    return ProcessList(found.maps, found.earlier)


@router.get("/chronology")
def told(  # noqa: PLR0913, PLR0917  (the filters, by name)
    visit: Visiting,
    case_id: str,
    kind: Annotated[str, Query(max_length=20)] = "",
    who: Annotated[str, Query(max_length=60)] = "",
    since: date | None = None,
    until: date | None = None,
    everything: bool = False,
    first: bool = False,
    after: Annotated[Ident | None, Query()] = None,
) -> EntryList:
    """The chronology, 100 entries at a time. The significant ones unless `everything` is asked for, the
    latest first unless `first`; `next` is what `after` has to be for more. `kind` is `risk, meetings, tasks,
    referrals, plan, messages` or `rest`, `who` a staff id.
    """
    asked = {"kind": kind, "who": who}
    wanted = Wanted.read(asked | {"all": "1" if everything else "", "order": "first" if first else ""})
    now = visit.web.now()
    with watched(visit.web.store) as session:
        case = allowed_case(session, visit.actor, Action.READ_CASE, case_id, now)
        found = entries_after(session, case, wanted.between(since, until), after)
        if found is None:
            raise no_place()
        case_read(session, visit.actor.staff_id, case, now, ("chronology",))
    return EntryList(*found)


@router.get("/messages")
def messages(visit: Visiting, case_id: str) -> MessageList:
    """What was written for the case, the newest first, with what was not sent and why."""
    now = visit.web.now()
    with watched(visit.web.store) as session:
        case = allowed_case(session, visit.actor, Action.READ_CASE, case_id, now)
        found = case_messages(session, case)
        case_read(session, visit.actor.staff_id, case, now, ("messages",))
    return MessageList(found)
