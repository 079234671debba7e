"""The department: its staff in their teams, and the services it refers to.

The intake team takes everybody in; what stays is handed over to one of two area teams, or to the specialists
for children and families.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from models import GroupRole, Record, Service, Staff, StaffGroup
from ops.demo.year.chance import Chance
from ops.demo.year.names import phone

MEMBER, LEAD, SUPERVISOR, MANAGER = GroupRole.MEMBER, GroupRole.LEAD, GroupRole.SUPERVISOR, GroupRole.MANAGER

INTAKE: Final = "intake_team"
NORTH: Final = "north_team"
SOUTH: Final = "south_team"
FAMILIES: Final = "family_team"

TEAMS: Final = {
    NORTH: "North area team",
    SOUTH: "South area team",
    FAMILIES: "Children and families team",
}
"""The teams that this department has beside those of the shipped vocabulary, and what they are called."""

STAFF: Final = (
    ("Vera Officer", "en", "Henri", ((INTAKE, SUPERVISOR),)),
    ("Nora Officer", "en", "Henri", ((NORTH, SUPERVISOR),)),
    ("Sven Officer", "en", "Henri", ((SOUTH, SUPERVISOR),)),
    ("Faye Officer", "en", "Henri", ((FAMILIES, SUPERVISOR),)),
    (
        "Henri Officer",
        "en",
        None,
        (("managers", MEMBER), *((each, MANAGER) for each in (INTAKE, NORTH, SOUTH, FAMILIES))),
    ),
    ("Ines Worker", "es", "Vera", ((INTAKE, MEMBER),)),
    ("Tom Worker", "en", "Vera", ((INTAKE, MEMBER),)),
    ("Uma Worker", "en", "Vera", ((INTAKE, MEMBER),)),
    ("Wren Worker", "es", "Vera", ((INTAKE, MEMBER),)),
    ("Emil Worker", "en", "Vera", ((INTAKE, MEMBER),)),
    ("Noa Worker", "en", "Vera", ((INTAKE, MEMBER),)),
    ("Yann Worker", "en", "Nora", ((NORTH, MEMBER),)),
    ("Zora Worker", "en", "Nora", ((NORTH, MEMBER),)),
    ("Mila Worker", "es", "Nora", ((NORTH, MEMBER),)),
    ("Kofi Worker", "en", "Sven", ((SOUTH, MEMBER),)),
    ("Rosa Worker", "es", "Sven", ((SOUTH, MEMBER),)),
    ("Ivo Worker", "en", "Sven", ((SOUTH, MEMBER),)),
    ("Bea Specialist", "en", "Faye", ((FAMILIES, MEMBER),)),
    ("Cleo Specialist", "es", "Faye", ((FAMILIES, MEMBER),)),
    ("Dov Specialist", "en", "Faye", ((FAMILIES, MEMBER),)),
    ("Lena Specialist", "en", "Henri", (("referral_team", LEAD),)),
    ("Omar Specialist", "es", "Henri", (("referral_team", MEMBER),)),
    ("Pia Specialist", "en", "Henri", (("referral_team", MEMBER),)),
    ("Dana Duty", "en", "Henri", (("duty_managers", MEMBER),)),
    ("Sam Duty", "es", "Henri", (("duty_managers", LEAD),)),
    ("Olga Processes", "en", "Henri", ()),
    ("Dora Privacy", "en", "Henri", ()),
    ("Ada Systems", "en", "Henri", ()),
)
"""Name, language, the given name of whoever supervises them, groups."""

SERVICES: Final = (
    ("Weekly food box", "Example Pantry", ("food-insecurity",)),
    ("Warm meals", "Example Pantry", ("food-insecurity", "homelessness")),
    ("Rent arrears advice", "Sample Housing Advice", ("housing-instability", "financial-insecurity")),
    ("Beds tonight", "Mock Night Shelter", ("homelessness",)),
    ("Repairs and damp", "Sample Housing Advice", ("inadequate-housing",)),
    ("Power and heat fund", "Specimen Energy Fund", ("utility-insecurity", "financial-insecurity")),
    ("Job coaching", "Placeholder Works", ("employment-status", "educational-attainment")),
    ("Company at home", "Example Neighbours", ("social-connection", "stress")),
    ("Advocacy", "Sample Refuge", ("intimate-partner-violence", "legal-aid")),
    ("Rides to the clinic", "Mock Wheels", ("transportation-insecurity",)),
)


def open_office(chance: Chance, now: datetime) -> Iterator[Record]:
    """The staff, their groups and the services, as they are on the first day."""
    people = [_staff(place, name, language) for place, (name, language, _, _) in enumerate(STAFF)]
    ids = {person.name.split(maxsplit=1)[0]: person.id for person in people}
    for person, (_, _, supervisor, groups) in zip(people, STAFF, strict=True):
        person.supervisor_id = None if supervisor is None else ids[supervisor]
        yield person
        for group, role in groups:
            yield StaffGroup(staff_id=person.id, group=group, role=role)
    for place, (name, organization, categories) in enumerate(SERVICES):
        yield Service(
            reference=f"S-Y{place:02d}",
            organization=organization,
            name=name,
            categories=list(categories),
            languages=["en", "es"] if chance.happens(0.5) else ["en"],
            schedule="mon-fri 10:00-16:00",
            phone=phone(1_400 + place),
            email=f"service{place}@example.org",
            assured_date=now.date() - timedelta(days=chance.number(10, 300)),
            created_at=now,
        )


def _staff(place: int, name: str, language: str) -> Staff:
    login = name.split(maxsplit=1)[0].lower()
    return Staff(
        name=name, email=f"{login}.office@example.net", phone=phone(1_300 + place), language=language
    )
