"""The frame of every page: the bar with the navigation, who one is, the theme; and where the content goes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from nicegui import ui

from models import Role
from web.access.actor import CASEWORK, LEADING, Actor
from web.pages.rendering import render
from web.visitor import Visit

HEAD: Final = """
<link rel="icon" href="/assets/mark.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/casewright.css?v={version}">
<script src="/assets/theme.js?v={version}"></script>
<script type="module" src="/assets/casewright.js?v={version}"></script>
"""
"""What every page loads of our own."""

PATIENCE: Final = 60.0
"""Seconds that a page may take to be built. NiceGUI answers with an error after three unless told otherwise,
which a busy machine reaches; somebody would rather wait.
"""

page_at: Final = partial(ui.page, response_timeout=PATIENCE)
"""Makes a function the page of an address. Every page is registered by this, so that all wait alike."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place of the navigation, and the roles that see it; none for everybody."""

    name: str
    title: str
    address: str
    roles: frozenset[Role] = frozenset()

    def shown_to(self, actor: Actor) -> bool:
        """Whether somebody has anything to do there."""
        return not self.roles or not self.roles.isdisjoint(actor.roles)


PLACES: Final = (
    Place("inbox", "Inbox", "/", CASEWORK),
    Place("week", "My week", "/week", CASEWORK),
    Place("cases", "Cases", "/cases", CASEWORK | {Role.DATA_PROTECTION}),
    Place("contacts", "Contacts", "/contacts/new", CASEWORK),
    Place("board", "Board", "/board", LEADING),
    Place("processes", "Processes", "/processes", frozenset({Role.OPERATIONS})),
    Place("audit", "Audit", "/audit", frozenset({Role.DATA_PROTECTION})),
    Place("accounts", "Accounts", "/accounts", frozenset({Role.ADMINISTRATOR})),
    Place("hooks", "Webhooks", "/hooks", frozenset({Role.ADMINISTRATOR})),
    Place("machinery", "How it runs", "/machinery", frozenset({Role.ADMINISTRATOR})),
    Place("team", "Team", "/team", LEADING),
)

MENU: Final = (
    Place("account", "My account", "/account"),
    Place("away", "When I am away", "/away", CASEWORK),
    Place("duty", "Duty rota", "/duty", CASEWORK),
    Place("notices", "Notices of new work", "/notices", CASEWORK),
    Place("open", "Open a case that is not yours", "/open-case", CASEWORK | {Role.DATA_PROTECTION}),
    Place("reviews", "Opened cases to review", "/reviews", LEADING | {Role.DATA_PROTECTION}),
    Place("processes", "Processes", "/processes", frozenset({Role.MANAGER, Role.ADMINISTRATOR})),
)
"""What stands in the menu behind one's name: what is needed now and then."""


def first_place(actor: Actor) -> Place:
    """Where somebody begins: the first place of theirs that is not the list of cases, else their account."""
    mine = (each for each in (*PLACES, *MENU) if each.name != "cases" and each.shown_to(actor))
    return next(mine)


@contextmanager
def framed(visit: Visit, title: str, place: str) -> Iterator[None]:
    """Build the page around what is put into this block."""
    ui.page_title(f"{title} · Casewright")
    places = [each for each in PLACES if each.shown_to(visit.actor)]
    known = {each.name for each in places}
    with ui.header(fixed=True, wrap=False).classes("cw-bar"):
        menu = [each for each in MENU if each.shown_to(visit.actor) and each.name not in known]
        finds = "cases" in known and title != "Cases"  # whose own list has one
        markup("bar.html", places=places, menu=menu, current=place, actor=visit.actor, finds=finds)
    with ui.element("div").classes("cw"):
        ui.html('<span id="content" tabindex="-1"></span>', sanitize=False)
        yield


def styled(visit: Visit, *names: str) -> None:
    """Load more of our own on this page: `week.css`, `week.js`."""
    for name in names:
        address = f"/assets/{name}?v={visit.web.version}"
        if name.endswith(".css"):
            ui.add_head_html(f'<link rel="stylesheet" href="{address}">')
        else:
            ui.add_head_html(f'<script type="module" src="{address}"></script>')


def markup(template: str, **values: Any) -> ui.html:
    """An element with the HTML of one of our templates, in which everything from people is escaped."""
    return ui.html(render(template, values), sanitize=False)
