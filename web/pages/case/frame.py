"""The frame of every page of a case: its head, its tabs, and where the content of a tab goes.

A tab is a module with an address of its own. It says with what it reads (`Looking`) and how it shows what it
has read (`CasePage`). Whether the case may be seen at all, and the trace in the audit, are settled here.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from fastapi import Request
from fastapi.responses import Response
from sqlmodel import Session

from models import CASE_OPEN, Case
from web.access.actions import Action
from web.access.opening import opened_until
from web.access.policy import allowed_with
from web.access.watching import case_printed, case_read, watched
from web.api.problem import ProblemError, not_there
from web.api.visiting import allowed_case
from web.pages.frame import framed, markup, styled
from web.pages.missing import missing
from web.pages.wording import Wording
from web.reading.case.head import CaseHead, case_head
from web.visitor import Visit, visit_of

T = TypeVar("T")

HEAD_FIELDS: Final = ("number", "client", "status", "risk_level", "priority", "worker", "next")
"""What the head shows, for the audit."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One page of a case: its address is the case's own with `path` after it. `fields` is what it shows, for
    the audit; `shown_to` is the action that somebody may do who sees it. What is `printed` leaves the house;
    `while_open` is there only while somebody works on the case.
    """

    name: str
    title: str
    path: str
    fields: tuple[str, ...]
    shown_to: Action = Action.READ_CASE
    printed: bool = False
    while_open: bool = False


TABS: Final = (
    Tab("overview", "Overview", "", ("tasks", "scores", "appointments", "visits", "referrals", "reports")),
    Tab(
        "people",
        "People",
        "/people",
        ("profile", "household", "income", "contact_points", "involvements", "consents"),
    ),
    Tab("process", "Process", "/process", ("steps",)),
    Tab("plan", "Plan", "/plan", ("plan", "goals", "interventions", "outcomes")),
    Tab("notes", "Notes", "/notes", ("notes",)),
    Tab("visits", "Visits", "/visits", ("visits", "appointments")),
    Tab("history", "History", "/history", ("chronology",)),
    Tab("messages", "Messages", "/messages", ("messages",)),
    Tab("access", "Who may see it", "/access", ("confidants",)),
    Tab("readers", "Who saw this", "/readers", ("readers",), Action.SEE_READERS),
)
"""The tabs in the order in which they stand."""

DEEDS: Final = (
    Tab("start", "Start a process", "/start", ("processes",), Action.START_PROCESS),
    Tab("hold", "Hold or resume", "/hold", ("processes",), Action.HOLD_PROCESS),
    Tab(
        "transfer", "Hand over to somebody else", "/transfer", ("tasks",), Action.MANAGE_CASE, while_open=True
    ),
    Tab("close", "Close the case", "/close", ("processes",), Action.START_PROCESS, while_open=True),
)
"""What people do with a case as a whole, each on a page of its own that says what will happen."""


@dataclass(frozen=True, slots=True)
class Looking:
    """What a tab reads with: the transaction, who looks at which case, and what the address asks for. `may`
    are the actions that this person may do with this case now.
    """

    session: Session
    visit: Visit
    case: Case
    may: frozenset[Action]
    query: Mapping[str, str]
    now: datetime


@dataclass(frozen=True, slots=True)
class CasePage(Generic[T]):
    """What a tab shows with: the head, and `content`, which it has read. `opened` is until when the case is
    open to this person for a reason that they gave.
    """

    visit: Visit
    head: CaseHead
    tab: Tab
    may: frozenset[Action]
    query: Mapping[str, str]
    content: T
    words: Wording
    opened: datetime | None = None

    @property
    def paths(self) -> frozenset[str]:
        """Where the tabs are that this person may open, for links from one to another."""
        return frozenset(each.path for each in TABS if each.shown_to in self.may)

    @property
    def values(self) -> dict[str, Any]:
        """What the template of every tab has: `head`, `content`, `may`, `words`, `groups`, `query`, the
        `names` for `words.text`, and the `paths` of the tabs that one may open.
        """
        return {
            "head": self.head,
            "opened": self.opened,
            "content": self.content,
            "may": {each.value for each in self.may},
            "words": self.words,
            "groups": self.visit.web.groups,
            "query": self.query,
            "names": self.visit.web.names,
            "paths": self.paths,
        }


async def case_framed(
    request: Request,
    case_id: str,
    tab: str | Tab,
    read: Callable[[Looking], T],
    show: Callable[[CasePage[T]], object],
) -> Response | None:
    """A page of a case: the one of TABS or DEEDS with this name, or one that neither leads to.

    `read` runs in a thread, inside the transaction that writes the look down; `show` builds the content. A
    case that may not be seen, a tab that is not for this person, and what `read` does not find (ProblemError)
    are not there.
    """
    visit = visit_of(request)
    shown = tab if isinstance(tab, Tab) else next(each for each in (*TABS, *DEEDS) if each.name == tab)
    try:
        page = await asyncio.to_thread(_read, visit, case_id, shown, read, dict(request.query_params))
    except ProblemError:
        return missing(request)
    styled(visit, "case.css")
    with framed(visit, f"{shown.title} · {page.head.number}", "cases"):
        tabs, deeds = (
            [
                each
                for each in several
                if each.shown_to in page.may and (page.head.open or not each.while_open)
            ]
            for several in (TABS, DEEDS)
        )
        markup("case_head.html", tabs=tabs, deeds=deeds, current=shown.name, **page.values)
        show(page)
    return None


def _read(
    visit: Visit, case_id: str, tab: Tab, read: Callable[[Looking], T], query: Mapping[str, str]
) -> CasePage[T]:
    web, now = visit.web, visit.web.now()
    with watched(web.store) as session:
        case = allowed_case(session, visit.actor, tab.shown_to, case_id, now)
        if tab.while_open and case.status not in CASE_OPEN:
            raise not_there()
        may = allowed_with(session, visit.actor, case, now)
        page = CasePage(
            visit=visit,
            head=case_head(session, case, now, web.zone),
            tab=tab,
            may=may,
            query=query,
            content=read(Looking(session, visit, case, may, query, now)),
            words=Wording(web.zone, now),
            opened=opened_until(session, visit.actor, case, now),
        )
        # last, because on SQLite nobody else can write from here on
        traced = case_printed if tab.printed else case_read
        traced(session, visit.actor.staff_id, case, now, (*HEAD_FIELDS, *tab.fields))
    return page
