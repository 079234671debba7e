"""The client of a case, as the head of its pages has them."""

from dataclasses import dataclass
from datetime import date

from definitions.time.local_time import completed_years
from models import Client
from web.reading.clients import name_of


@dataclass(frozen=True, slots=True)
class Person:
    """The client, as the head of the page has them. `age` is None where the day of birth is not known."""

    name: str
    reference: str | None
    born: date | None
    age: int | None
    language: str
    interpreter: bool
    alone_note: str


def person_of(client: Client, today: date) -> Person:
    """The client as they are today."""
    born = client.date_of_birth
    return Person(
        name=name_of(client),
        reference=client.reference,
        born=born,
        age=None if born is None else completed_years(born, today),
        language=client.language,
        interpreter=client.interpreter_needed,
        alone_note=client.lone_visit_note or "",
    )
