"""A small department with synthetic clients, as records of Casewright: the persons of the bare tables."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Final

from benchmarks.bare.answers import SERVICE
from benchmarks.bare.people import BORN
from models import (
    Client,
    ContactKind,
    ContactPoint,
    DateQuality,
    GroupRole,
    Household,
    HouseholdMember,
    HouseholdRelation,
    Income,
    IncomeFrequency,
    IncomeSource,
    PhoneType,
    Record,
    Safety,
    Service,
    Staff,
    StaffGroup,
    Store,
)

LONG_AGO: Final = datetime(2025, 1, 1, tzinfo=UTC)
AT_ONCE: Final = 1000
"""Clients written in one transaction."""


def open_office(store: Store) -> None:
    """The staff that the shipped vocabulary needs, and one service."""
    supervisor = Staff(name="Synthetic Supervisor", email="supervisor@example.org", phone="+12025550150")
    worker = Staff(name="Synthetic Worker", email="worker@example.org", supervisor_id=supervisor.id)
    others = {
        "referral_team": Staff(name="Synthetic Specialist", email="specialist@example.org"),
        "duty_managers": Staff(name="Synthetic Duty", email="duty@example.org", phone="+12025550152"),
        "managers": Staff(name="Synthetic Manager", email="manager@example.org"),
    }
    groups = [
        StaffGroup(staff_id=supervisor.id, group="intake_team", role=GroupRole.SUPERVISOR),
        StaffGroup(staff_id=worker.id, group="intake_team", role=GroupRole.MEMBER),
        *(StaffGroup(staff_id=each.id, group=name, role=GroupRole.MEMBER) for name, each in others.items()),
    ]
    service = Service(
        reference=SERVICE,
        name="Synthetic food",
        organization="Synthetic help",
        categories=["food-insecurity"],
        created_at=LONG_AGO,
    )
    with store.write() as session:
        session.add_all([supervisor, worker, *others.values(), *groups, service])


def add_clients(store: Store, numbers: Sequence[int]) -> dict[int, str]:
    """Clients with these numbers, and a partner for each; returns their ids."""
    ids: dict[int, str] = {}
    for some in _batches(numbers):
        with store.write() as session:
            for number in some:
                rows = list(_household(number))
                ids[number] = rows[0].id
                session.add_all(rows)
    return ids


def _batches(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    return (numbers[at : at + AT_ONCE] for at in range(0, len(numbers), AT_ONCE))


def _household(number: int) -> Iterator[Record]:
    person, partner = _person(number), _person(number)
    yield person
    yield partner
    home = Household(name=f"Household {number}", created_at=LONG_AGO)
    yield home
    for each, relation in ((person, HouseholdRelation.SELF), (partner, HouseholdRelation.SPOUSE_OR_PARTNER)):
        yield HouseholdMember(
            household_id=home.id, client_id=each.id, relation=relation, joined_on=date(2020, 1, 1)
        )
    contact = partial(ContactPoint, client_id=person.id, created_at=LONG_AGO)
    yield contact(
        kind=ContactKind.EMAIL, value=f"client{number}@example.org", safe=Safety.YES, confirmed_at=LONG_AGO
    )
    phone = partial(contact, kind=ContactKind.PHONE, phone_type=PhoneType.CELL, value=mobile(number))
    yield phone(safe=Safety.YES, confirmed_at=LONG_AGO)
    yield phone(safe=Safety.UNKNOWN)
    yield Income(
        client_id=person.id,
        source=IncomeSource.EARNED,
        amount=Decimal("250.00"),
        currency="USD",
        frequency=IncomeFrequency.WEEKLY,
        starts_on=date(2025, 1, 1),
        recorded_at=LONG_AGO,
    )


def _person(number: int) -> Client:
    return Client(
        given_name="Synthetic",
        family_name=f"Client {number}",
        date_of_birth=BORN,
        date_of_birth_quality=DateQuality.FULL,
        language="en",
        time_zone=where_it_is_noon(datetime.now(UTC)),
        created_at=LONG_AGO,
    )


def where_it_is_noon(now: datetime) -> str:
    """A time zone in which it is between twelve and one o'clock. A measurement at night is not to wait for
    the end of its clients' quiet hours.
    """
    ahead = 12 - now.astimezone(UTC).hour
    return f"Etc/GMT{-ahead:+d}"  # these names count westwards


def mobile(number: int) -> str:
    """The telephone number of a client."""
    return f"+1202555{number % 10_000:04d}"
