"""The department: its staff in their groups, and the services it refers to."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from models import GroupRole, Record, Service, Staff, StaffGroup
from ops.demo.year.chance import Chance
from ops.demo.year.names import phone

MEMBER, LEAD, SUPERVISOR, MANAGER = GroupRole.MEMBER, GroupRole.LEAD, GroupRole.SUPERVISOR, GroupRole.MANAGER

STAFF: Final = (
    ("Vera Officer", "en", None, (("intake_team", SUPERVISOR),)),
    ("Henri Officer", "en", None, (("managers", MEMBER), ("intake_team", MANAGER))),
    ("Ines Worker", "es", 0, (("intake_team", MEMBER),)),
    ("Tom Worker", "en", 0, (("intake_team", MEMBER),)),
    ("Uma Worker", "en", 0, (("intake_team", MEMBER),)),
    ("Wren Worker", "es", 0, (("intake_team", MEMBER),)),
    ("Yann Worker", "en", 0, (("intake_team", MEMBER),)),
    ("Zora Worker", "en", 0, (("intake_team", MEMBER),)),
    ("Lena Specialist", "en", 1, (("referral_team", LEAD),)),
    ("Omar Specialist", "es", 1, (("referral_team", MEMBER),)),
    ("Pia Specialist", "en", 1, (("referral_team", MEMBER),)),
    ("Dana Duty", "en", 1, (("duty_managers", MEMBER),)),
    ("Sam Duty", "es", 1, (("duty_managers", LEAD),)),
    ("Olga Processes", "en", 1, ()),
    ("Dora Privacy", "en", 1, ()),
    ("Ada Systems", "en", 1, ()),
)
"""Name, language, the place in this list of whoever supervises them, groups."""

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
    for person, (_, _, supervisor, groups) in zip(people, STAFF, strict=True):
        person.supervisor_id = None if supervisor is None else people[supervisor].id
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
