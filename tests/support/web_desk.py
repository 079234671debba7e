"""The application around one task on somebody's desk, with people who are logged in, without a browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from account_world import keys
from application_world import browser_of, log_in, web_of
from asgi_browser import Browser
from desk_world import STEPS, Desk, open_desk
from intake_world import catalogue
from sqlalchemy import update
from sqlmodel import select
from step_bench import catalogue as step_catalogue

from definitions import check, materials, parse
from flows.runtime import Runtime
from models import Account, DefinitionVersion, Role
from tasks.registry import load_kinds
from web.accounts.commands import make_account
from web.runtime import Web


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
            account = None if staff_id is None else self._account(staff_id, roles or (Role.CASEWORKER,))
            self.clients[name] = browser_of(self.web, account)
        return self.clients[name]

    def later(self, moment: datetime) -> None:
        """It is later, and whoever was logged in has logged in again."""
        self.desk.now = moment
        for account in self.desk.rows(Account):
            if account.staff_id in self.clients:
                log_in(self.web, self.clients[account.staff_id], account.id)

    def _account(self, staff_id: str, roles: tuple[Role, ...]) -> str:
        now = self.desk.now
        return make_account(
            self.desk.store, keys().passwords, staff_id, roles, by="test", now=now, password=None
        ).id

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
        yield WebDesk(web_of(runtime), desk)


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
