"""Accounts of the demo's staff, of each role and each team, with a passphrase that everybody knows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import col, select

from models import Role, Staff, Store
from web.accounts.commands import make_account
from web.accounts.passwords import Passwords

PASSPHRASE: Final = "seven synthetic clients knit"  # noqa: S105 (nobody real is in there)
"""The passphrase of them all; it is shown when the demo is up."""

ROLES: Final[Mapping[str, tuple[Role, ...]]] = {
    "ines.office@example.net": (Role.CASEWORKER,),
    "tom.office@example.net": (Role.CASEWORKER,),
    "yann.office@example.net": (Role.CASEWORKER,),
    "rosa.office@example.net": (Role.CASEWORKER,),
    "bea.office@example.net": (Role.SPECIALIST,),
    "lena.office@example.net": (Role.SPECIALIST,),
    "dana.office@example.net": (Role.CASEWORKER,),
    "vera.office@example.net": (Role.SUPERVISOR,),
    "nora.office@example.net": (Role.SUPERVISOR,),
    "sven.office@example.net": (Role.SUPERVISOR,),
    "faye.office@example.net": (Role.SUPERVISOR,),
    "henri.office@example.net": (Role.MANAGER,),
    "olga.office@example.net": (Role.OPERATIONS,),
    "dora.office@example.net": (Role.DATA_PROTECTION,),
    "ada.office@example.net": (Role.ADMINISTRATOR,),
}
"""Who can log in, and as what."""


@dataclass(frozen=True, slots=True)
class Login:
    """One of them, for a page or the terminal."""

    login: str
    name: str
    role: str


QUICK: Final = Passwords(time_cost=1, memory_cost=8, parallelism=1)
"""Everybody knows the passphrase: its hash protects nobody, and a first login makes it what others are."""


def make_accounts(store: Store, now: datetime) -> None:
    """Make the accounts of `ROLES` for the staff that is there."""
    with store.read() as session:
        staff = {
            each.email: each.id for each in session.exec(select(Staff).where(col(Staff.email).in_(ROLES)))
        }
    for email, staff_id in staff.items():
        make_account(store, QUICK, staff_id, ROLES[email], by="system:demo", now=now, password=PASSPHRASE)


def logins(store: Store) -> list[Login]:
    """Who can log in here with `PASSPHRASE`, in the order of `ROLES`."""
    return [
        Login(each.email, each.name, ", ".join(role.value.replace("_", " ") for role in ROLES[each.email]))
        for each in _staff(store)
    ]


def _staff(store: Store) -> list[Staff]:
    with store.read() as session:
        found = list(session.exec(select(Staff).where(col(Staff.email).in_(ROLES))))
    return sorted(found, key=lambda each: list(ROLES).index(each.email))
