"""Looking through all clients for those who may be the person whom somebody asks about.

Nobody's rights are asked here: whoever shows what is found decides what of it may be shown
(`web.reading.matches`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func
from sqlmodel import Session, col, or_, select

from models import Client, ContactKind, ContactPoint
from tasks.duplicates.contact_matching import normal_text
from tasks.duplicates.person_matching import (
    LIKELY,
    Known,
    Likeness,
    Sought,
    birth_dates_like,
    folded,
    initials_like,
    likeness,
)

MOST_COMPARED: Final = 5_000
"""Clients of the same initials that are compared at most; of a hundred thousand some hundreds have them."""

MOST_FOUND: Final = 20
_WORTH_A_LOOK: Final = 10
"""Points without contacts from which on a client's contacts are compared too."""


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody who may be the person: the record that counts, and why. `records` are it and those that were
    merged into it and are alike.
    """

    client_id: str
    likeness: Likeness
    records: tuple[str, ...]


def find_people(session: Session, sought: Sought, most: int = MOST_FOUND) -> list[Found]:
    """Those who may be the person, the likeliest first."""
    if sought.empty:
        return []
    reached = _by_contact(session, sought)
    rows = _candidates(session, sought, reached)
    known = {row.id: _known(row) for row in rows}
    worth = [
        each
        for each, one in known.items()
        if each in reached or likeness(sought, one).points >= _WORTH_A_LOOK
    ]
    contacts = _contacts(session, worth) if sought.phone or sought.email else {}
    merged = {row.id: row.merged_into_id for row in rows}
    best: dict[str, list[tuple[Likeness, str]]] = {}
    for each in worth:
        how = likeness(sought, known[each], contacts.get(each, ()))
        if how.points >= LIKELY:
            best.setdefault(_survivor(session, each, merged), []).append((how, each))
    found = [
        Found(client, max(all_, key=lambda one: one[0].points)[0], tuple(each for _, each in all_))
        for client, all_ in best.items()
    ]
    return sorted(found, key=lambda each: (-each.likeness.points, each.client_id))[:most]


def _by_contact(session: Session, sought: Sought) -> set[str]:
    """The clients who have this number or address, themselves or somebody around them."""
    values = set()
    if sought.phone:
        values.add(sought.phone)
    if sought.email:
        values |= {sought.email, sought.email.lower(), normal_text(ContactKind.EMAIL, sought.email)}
    if not values:
        return set()
    wanted = select(ContactPoint.client_id).where(
        col(ContactPoint.value).in_(values), col(ContactPoint.set_aside_at).is_(None)
    )
    return set(session.exec(wanted.limit(MOST_COMPARED)))


def _candidates(session: Session, sought: Sought, reached: Iterable[str]) -> list[Any]:
    """The clients who are worth being compared: by contact, birth date, or the initials of the name."""
    found: dict[str, Any] = {}
    for condition in _conditions(sought, reached):
        rows = session.execute(select(*_COLUMNS).where(condition).limit(MOST_COMPARED)).all()
        found.update((row.id, row) for row in rows)
    return list(found.values())


def _conditions(sought: Sought, reached: Iterable[str]) -> list[Any]:
    conditions: list[Any] = []
    if reached := list(reached):
        conditions.append(col(Client.id).in_(reached))
    if sought.date_of_birth is not None:
        conditions.append(col(Client.date_of_birth).in_(birth_dates_like(sought.date_of_birth)))
    if folded(sought.given_name) and folded(sought.family_name):
        given, family = initials_like(sought.given_name), initials_like(sought.family_name)
        first, last = _initial(Client.given_name), _initial(Client.family_name)
        also = _initial(Client.preferred_name)
        other = col(Client.other_names).is_not(None)
        conditions.append(
            or_(
                last.in_(family) & or_(first.in_(given), also.in_(given), other),
                last.in_(given) & first.in_(family),
            )
        )
    return conditions


def _initial(column: Any) -> Any:
    return func.substr(col(column), 1, 1)


_COLUMNS: Final[Any] = (
    Client.id,
    Client.given_name,
    Client.family_name,
    Client.preferred_name,
    Client.other_names,
    Client.date_of_birth,
    Client.date_of_birth_quality,
    Client.merged_into_id,
)


def _known(row: Any) -> Known:
    return Known(
        given_name=row.given_name,
        family_name=row.family_name,
        preferred_name=row.preferred_name,
        other_names=row.other_names,
        date_of_birth=row.date_of_birth,
        quality=row.date_of_birth_quality,
    )


def _contacts(session: Session, clients: list[str]) -> Mapping[str, list[ContactPoint]]:
    found: dict[str, list[ContactPoint]] = {}
    for start in range(0, len(clients), 500):
        part = clients[start : start + 500]
        query = select(ContactPoint).where(
            col(ContactPoint.client_id).in_(part), col(ContactPoint.set_aside_at).is_(None)
        )
        for each in session.exec(query):
            found.setdefault(each.client_id, []).append(each)
    return found


def _survivor(session: Session, client_id: str, merged: Mapping[str, str | None]) -> str:
    """The record that counts for this one, along the merges."""
    seen = set()
    while client_id not in seen:
        seen.add(client_id)
        into = merged[client_id] if client_id in merged else _merged_into(session, client_id)
        if into is None:
            break
        client_id = into
    return client_id


def _merged_into(session: Session, client_id: str) -> str | None:
    return session.exec(select(Client.merged_into_id).where(Client.id == client_id)).first()
