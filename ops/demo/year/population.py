"""The people who come to the department: a client with household, contacts and incomes, as records."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from models import (
    Client,
    ContactKind,
    ContactPoint,
    DateQuality,
    Household,
    HouseholdMember,
    HouseholdRelation,
    Income,
    IncomeFrequency,
    IncomeSource,
    Involvement,
    InvolvementRole,
    LivingSituation,
    PhoneType,
    Record,
    Safety,
)
from ops.demo.year.chance import Chance
from ops.demo.year.names import FAMILY, GIVEN, STREETS, phone

REFERENCE: Final = "D-Y{:04d}"
"""References of the year's clients; those of the whole demo begin with D."""

_CHILD: Final = 0.18
_SITUATIONS: Final = {
    LivingSituation.PERMANENT: 0.66,
    LivingSituation.TEMPORARY: 0.17,
    LivingSituation.HOMELESS: 0.08,
    LivingSituation.INSTITUTIONAL: 0.04,
    LivingSituation.UNKNOWN: 0.05,
}
_INCOMES: Final = {
    (IncomeSource.EARNED, IncomeFrequency.WEEKLY): (180, 620),
    (IncomeSource.EARNED, IncomeFrequency.MONTHLY): (900, 2_600),
    (IncomeSource.CHILD_BENEFIT, IncomeFrequency.MONTHLY): (120, 420),
}


def newcomer(chance: Chance, number: int, now: datetime) -> tuple[Client, list[Record]]:
    """The client with this number, who comes now, and all records of them, the client's first."""
    child = chance.happens(_CHILD)
    client = _person(chance, now, chance.one(FAMILY), (0, 17) if child else (18, 93))
    client.reference = REFERENCE.format(number)
    client.language = chance.weighed({"en": 0.8, "es": 0.2})
    client.interpreter_needed = client.language == "es" and chance.happens(0.4)
    client.living_situation = chance.weighed(_SITUATIONS)
    client.domestic_violence = chance.happens(0.07)
    if chance.happens(0.05):
        client.lone_visit_note = "Two workers visit together; the stairs are not lit."
    records: list[Record] = [
        client,
        *_household(chance, client, now),
        *_contacts(chance, client, number, now),
    ]
    if child:
        records += _guardian(chance, client, number, now)
    return client, records + list(_incomes(chance, client, now))


def _person(chance: Chance, now: datetime, family: str, ages: tuple[int, int]) -> Client:
    born = now.date() - timedelta(days=chance.number(ages[0] * 365 + 5, ages[1] * 365 + 364))
    known = chance.happens(0.96)
    return Client(
        given_name=chance.one(GIVEN),
        family_name=family,
        date_of_birth=born if known else None,
        date_of_birth_quality=DateQuality.FULL if known else DateQuality.DOESNT_KNOW,
        created_at=now,
    )


def _household(chance: Chance, client: Client, now: datetime) -> Iterator[Record]:
    home = Household(name=f"Household {client.family_name}", created_at=now)
    yield home
    since = now.date() - timedelta(days=chance.number(60, 4_000))
    yield _member(home, client, HouseholdRelation.SELF, since)
    others = {
        HouseholdRelation.SPOUSE_OR_PARTNER: chance.number(0, 1),
        HouseholdRelation.CHILD: chance.weighed({0: 0.5, 1: 0.25, 2: 0.17, 3: 0.08}),
    }
    for relation, count in others.items():
        ages = (0, 17) if relation is HouseholdRelation.CHILD else (18, 80)
        for _ in range(count):
            other = _person(chance, now, client.family_name, ages)
            yield other
            yield _member(home, other, relation, since)


def _member(home: Household, client: Client, relation: HouseholdRelation, since: date) -> HouseholdMember:
    return HouseholdMember(household_id=home.id, client_id=client.id, relation=relation, joined_on=since)


def _contacts(chance: Chance, client: Client, number: int, now: datetime) -> Iterator[Record]:
    """Telephone, e-mail, address; some not safe, some unknown, some twice."""
    unsafe = client.domestic_violence and chance.happens(0.6)
    confirmed = None if chance.happens(0.1) else now - timedelta(days=chance.number(0, 80))
    safe = Safety.NO if unsafe else chance.weighed({Safety.YES: 0.9, Safety.UNKNOWN: 0.1})
    email = f"{client.given_name}.{client.family_name}.{number}@example.org".lower()
    yield ContactPoint(
        client_id=client.id,
        kind=ContactKind.PHONE,
        phone_type=PhoneType.CELL,
        value=phone(number),
        preferred=not unsafe,
        safe=safe,
        who_shares_device="The partner reads it" if unsafe else None,
        may_leave_message=not unsafe,
        may_identify_organisation=not unsafe and chance.happens(0.8),
        confirmed_at=confirmed,
        created_at=now,
    )
    if chance.happens(0.85):
        yield _email(client, email, safe if chance.happens(0.8) else Safety.YES, confirmed, now)
        if chance.happens(0.12):
            yield _email(client, email, Safety.UNKNOWN, None, now)
    yield ContactPoint(
        client_id=client.id,
        kind=ContactKind.ADDRESS,
        address_1=f"{chance.number(1, 180)} {chance.one(STREETS)}",
        city="Exampleton",
        state_province="NY",
        postal_code="00501",
        country="US",
        safe=Safety.NO if unsafe else Safety.YES,
        created_at=now,
    )


def _email(
    client: Client, address: str, safe: Safety, confirmed: datetime | None, now: datetime
) -> ContactPoint:
    return ContactPoint(
        client_id=client.id,
        kind=ContactKind.EMAIL,
        value=address,
        safe=safe,
        may_leave_message=safe is Safety.YES,
        confirmed_at=confirmed,
        created_at=now,
    )


def _guardian(chance: Chance, client: Client, number: int, now: datetime) -> Iterator[Record]:
    guardian = Involvement(
        client_id=client.id,
        name=f"{chance.one(GIVEN)} {client.family_name}",
        role=InvolvementRole.GUARDIAN,
        language=client.language,
    )
    yield guardian
    yield ContactPoint(
        client_id=client.id,
        involvement_id=guardian.id,
        kind=ContactKind.PHONE,
        phone_type=PhoneType.CELL,
        value=phone(number + 700),
        safe=Safety.YES,
        may_leave_message=True,
        confirmed_at=now,
        created_at=now,
    )


def _incomes(chance: Chance, client: Client, now: datetime) -> Iterator[Record]:
    for (source, frequency), (least, most) in _INCOMES.items():
        if chance.happens(0.35):
            yield Income(
                client_id=client.id,
                source=source,
                amount=None
                if chance.happens(0.08)
                else Decimal(chance.number(least * 100, most * 100)) / 100,
                currency="USD",
                frequency=frequency,
                starts_on=now.date() - timedelta(days=chance.number(30, 900)),
                recorded_at=now,
            )
