"""A department at its front door: the intake is published, people log in, the engine moves when told to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from account_world import keys
from application_world import browser_of, web_of
from asgi_browser import Browser
from databases import in_memory
from intake_world import MONDAY, open_world, staff
from sqlmodel import col, select

from flows.dispatch import run_until_quiet
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
from web.accounts.commands import make_account
from web.runtime import Web

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
            self._browsers[name or ""] = browser_of(
                self.web, None if name is None else self.account(name, role)
            )
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
        yield Door(web_of(open_world(store, {}).runtime, **more))
