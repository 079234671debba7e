"""A department at its front door: the intake is published, people log in, the engine moves when told to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from account_world import keys
from asgi_browser import Browser
from databases import in_memory
from intake_world import MONDAY, catalogue, open_world, staff
from sqlmodel import col, select
from web_desk import OURS

from flows.dispatch import run_until_quiet
from flows.runtime import Runtime
from flows.versions import Plans
from flows.viewing.case_view import Sources
from models import (
    Case,
    CaseStatus,
    Client,
    ContactKind,
    ContactPoint,
    DateQuality,
    Record,
    Role,
    Staff,
    StaffGroup,
    Store,
)
from web.access.actor import Actor, load_actor
from web.accounts import sessions
from web.accounts.commands import make_account
from web.application import create_application
from web.runtime import Web
from web.visitor import COOKIE

ANA = {
    "given_name": "Ana",
    "family_name": "Testwell",
    "date_of_birth": "1991-04-12",
    "phone": "(202) 555-0160",
    "phone_safe": "yes",
    "phone_type": "cell",
    "need": "Nothing to eat since Friday",
    "referred_by": "a school",
}
"""What Ana tells."""


@dataclass
class Door:
    """The application and the engine of one department."""

    web: Web
    now: datetime = MONDAY
    _browsers: dict[str, Browser] = field(default_factory=dict)
    _accounts: dict[str, str] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        """The database."""
        return self.web.store

    def staff_id(self, name: str) -> str:
        """The id of somebody: `worker`, `specialist`, ..., by the address."""
        with self.store.read() as session:
            return session.exec(select(Staff.id).where(Staff.email == f"{name}@example.org")).one()

    def account(self, name: str, role: Role = Role.CASEWORKER) -> str:
        """The id of somebody's account."""
        if name not in self._accounts:
            made = make_account(
                self.store,
                keys().passwords,
                self.staff_id(name),
                (role,),
                by="test",
                now=self.now,
                password=None,
            )
            self._accounts[name] = made.id
        return self._accounts[name]

    def actor(self, name: str, role: Role = Role.CASEWORKER) -> Actor:
        """Somebody who acts."""
        account = self.account(name, role)
        with self.store.read() as session:
            found = load_actor(session, account)
        assert found is not None
        return found

    def browser(self, name: str | None = "worker", role: Role = Role.CASEWORKER) -> Browser:
        """A browser in which somebody is logged in; nobody for None."""
        if (name or "") not in self._browsers:
            made = Browser(create_application(self.web, pages=False), OURS)
            if name is not None:
                account = self.account(name, role)
                with self.store.write() as session:
                    made.cookies.set(COOKIE, sessions.begin(session, account, self.now))
            self._browsers[name or ""] = made
        return self._browsers[name or ""]

    def move(self) -> None:
        """Let the engine run as far as it comes."""
        run_until_quiet(self.web.runtime, self.web.plans)

    def rows(self, table: type[Record], **where: Any) -> list[Any]:
        """The rows of a table with these fields."""
        with self.store.read() as session:
            return list(session.exec(select(table).filter_by(**where).order_by(col(table.id))))

    def client(self, phone: str | None = None, **fields: Any) -> Client:
        """Somebody whom the department knows."""
        if "date_of_birth" in fields:
            fields.setdefault("date_of_birth_quality", DateQuality.FULL)
        given = {"given_name": "Ana", "family_name": "Testwell", **fields}
        client = Client(**given, created_at=MONDAY)
        point = partial(ContactPoint, client_id=client.id, kind=ContactKind.PHONE, created_at=MONDAY)
        with self.store.write() as session:
            session.add(client)
            if phone is not None:
                session.add(point(value=phone))
        return client

    def case(self, client: Client, team: str = "intake_team", **fields: Any) -> Case:
        """A case of a client's."""
        given: dict[str, Any] = {"status": CaseStatus.PENDING, **fields}
        number = f"2025-{len(self.rows(Case)) + 1:06}"
        case = Case(
            number=number, client_id=client.id, team=team, received_at=MONDAY, created_at=MONDAY, **given
        )
        with self.store.write() as session:
            session.add(case)
        return case

    def member(self, name: str, group: str) -> None:
        """Somebody works in one more group."""
        with self.store.write() as session:
            session.add(StaffGroup(staff_id=self.staff_id(name), group=group))


@contextmanager
def open_door(**more: Any) -> Iterator[Door]:
    """The department on a database of its own; `more` are fields of `Web`."""
    with in_memory() as store:
        with store.write() as session:
            session.add_all(staff())
        world = open_world(store, {})
        yield Door(web_of(world.runtime, world.plans, **more))


def web_of(runtime: Runtime, plans: Plans, **more: Any) -> Web:
    """The surroundings of the application."""
    made = Web(
        runtime,
        plans,
        ZoneInfo("America/New_York"),
        revision="head",
        current=lambda: "head",
        sources=Sources(plans),
        keys=keys(),
        groups=catalogue().vocabulary.groups,
    )
    return replace(made, **more)
