"""People with accounts, for the tests of logins and access. Hashing is made cheap."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from databases import in_memory
from sqlmodel import col, select

from models import Account, AuditEvent, GroupRole, Role, Staff, StaffGroup, Store
from web.accounts.commands import LoggedIn, Refused, log_in, make_account
from web.accounts.entering import Keys
from web.accounts.passwords import Passwords
from web.accounts.secret import Secret

MORNING = datetime(2026, 3, 2, 8, tzinfo=UTC)
GOOD = "seven lamps under a green river"
"""A passphrase that nobody has in a list."""

OTHER = "four umbrellas beside quiet thunder"
HOME, ELSEWHERE = "192.0.2.10", "198.51.100.7"


@cache
def keys() -> Keys:
    """Keys of an installation whose hashing costs next to nothing."""
    return Keys(
        Passwords(time_cost=1, memory_cost=8, parallelism=1), Secret("a secret for tests, thirty-two long")
    )


@dataclass
class People:
    """A store with members of staff, and a clock that is moved by hand."""

    store: Store
    now: datetime = MORNING
    staff: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, *teams: str, lead: str | None = None, supervisor: str | None = None) -> str:
        """A member of staff in these groups, who leads the group `lead`; the id."""
        row = Staff(
            name=name.capitalize(),
            email=f"{name}@office.example",
            supervisor_id=None if supervisor is None else self.staff[supervisor],
        )
        places = [StaffGroup(staff_id=row.id, group=each) for each in teams]
        if lead is not None:
            places.append(StaffGroup(staff_id=row.id, group=lead, role=GroupRole.SUPERVISOR))
        with self.store.write() as session:
            session.add_all([row, *places])
        self.staff[name] = row.id
        return row.id

    def account(
        self, name: str, *roles: Role, password: str | None = GOOD, login: str | None = None
    ) -> Account:
        """An account of somebody, whom it adds when they are not there yet."""
        staff_id = self.staff.get(name) or self.add(name)
        wanted: Collection[Role] = roles or (Role.CASEWORKER,)
        return make_account(
            self.store,
            keys().passwords,
            staff_id,
            wanted,
            by="test",
            now=self.now,
            password=password,
            login=login,
        )

    def enter(
        self,
        login: str,
        password: str = GOOD,
        code: str | None = None,
        address: str = HOME,
        half: str | None = None,
    ) -> LoggedIn | Refused:
        """Somebody tries to log in."""
        return log_in(self.store, keys(), login, password, code, address, self.now, half)

    def token(self, login: str, password: str = GOOD, **more: str) -> str:
        """Somebody logs in; the token."""
        found = self.enter(login, password, **more)
        assert isinstance(found, LoggedIn), found
        return found.token

    def later(self, **much: float) -> None:
        """Time passes."""
        self.now += timedelta(**much)

    def audit(self, action: str) -> list[AuditEvent]:
        """The audit's rows of an action, oldest first."""
        query = select(AuditEvent).where(AuditEvent.action == action)
        with self.store.read() as session:
            return list(session.exec(query.order_by(col(AuditEvent.at), col(AuditEvent.id))))


@contextmanager
def open_people() -> Iterator[People]:
    """People on a fresh database."""
    with in_memory() as store:
        yield People(store)
