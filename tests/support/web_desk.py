"""The application around one task on somebody's desk, with people who are logged in, without a browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from account_world import keys
from asgi_browser import Browser
from desk_world import STEPS, Desk, open_desk
from intake_world import catalogue
from sqlalchemy import update
from sqlmodel import select
from step_bench import catalogue as step_catalogue

from definitions import check, materials, parse
from flows.runtime import Runtime
from flows.versions import Plans
from flows.viewing.case_view import Sources
from models import Account, DefinitionVersion, Role
from tasks.registry import load_kinds
from web.accounts import sessions
from web.accounts.commands import make_account
from web.application import create_application
from web.runtime import Web
from web.visitor import COOKIE

OURS = {"Sec-Fetch-Site": "same-origin"}
"""What a browser says of a request that a page of ours sends."""


@dataclass
class WebDesk:
    """The application, and the desk behind it."""

    web: Web
    desk: Desk
    clients: dict[str, Browser] = field(default_factory=dict)

    def client(self, staff_id: str | None, *roles: Role) -> Browser:
        """A browser in which somebody is logged in; nobody for None."""
        name = staff_id or ""
        if name not in self.clients:
            made = Browser(create_application(self.web, pages=False), OURS)
            if staff_id is not None:
                made.cookies.set(COOKIE, self._token(staff_id, roles or (Role.CASEWORKER,)))
            self.clients[name] = made
        return self.clients[name]

    def later(self, moment: datetime) -> None:
        """It is later, and whoever was logged in has logged in again."""
        self.desk.now = moment
        with self.desk.store.write() as session:
            for staff_id, client in self.clients.items():
                account = session.exec(select(Account).where(Account.staff_id == staff_id)).first()
                if account is not None:
                    client.cookies.set(COOKIE, sessions.begin(session, account.id, moment))

    def _token(self, staff_id: str, roles: tuple[Role, ...]) -> str:
        now = self.desk.now
        account = make_account(
            self.desk.store, keys().passwords, staff_id, roles, by="test", now=now, password=None
        )
        with self.desk.store.write() as session:
            return sessions.begin(session, account.id, now)

    @property
    def worker(self) -> Browser:
        """The browser of the one who has the task."""
        return self.client(self.desk.worker)

    @property
    def task(self) -> str:
        """Where the task is."""
        return f"/api/v1/tasks/{self.desk.task_id}"


@contextmanager
def open_web_desk(steps: str = STEPS, **people: str) -> Iterator[WebDesk]:
    """A desk as `desk_world` opens it, seen through the application."""
    with open_desk(steps, **people) as desk:
        runtime = Runtime(desk.store, load_kinds(), catalogue(), lambda: desk.now)
        plans = Plans(runtime)
        web = Web(
            runtime,
            plans,
            ZoneInfo("America/New_York"),
            revision="head",
            current=lambda: "head",
            sources=Sources(plans),
            keys=keys(),
        )
        yield WebDesk(web, desk)


def publish(desk: Desk) -> None:
    """Keep with the desk's version what its plan is built from, so that the case can be shown."""
    with desk.store.write() as session:
        version = session.exec(select(DefinitionVersion)).one()
        checked = check(parse(version.source.encode(), version.file_name), step_catalogue())
        assert checked.plan is not None
        kept = update(DefinitionVersion).values(materials=materials(checked.plan))
        session.execute(kept.execution_options(synchronize_session=False))


def standing(client: Browser, address: str, **body: Any) -> Any:
    """What the server says of a form, after this was typed."""
    answer = client.put(f"{address}/draft", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()
