"""Made-up people in place of real ones: what a recorded scenario keeps of a record, and under which name.

Only what is one of a fixed set of words, a truth, a number or a time is kept. Names, telephone numbers,
addresses, references and every free text are replaced or left out; a date of birth keeps the age.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlmodel import Session

from definitions.catalogue import Catalogue
from flows.scenarios.world import CATEGORIES, keepers
from models import (
    Client,
    ContactKind,
    ContactPoint,
    Household,
    HouseholdMember,
    Income,
    Involvement,
    Service,
    Staff,
    StaffGroup,
    related,
)
from models import Record as Row
from notifications.hours import HoursError, within_windows

TEXT: Final = "Recorded text"
"""What stands in place of everything that somebody wrote."""

KEPT: Final[Mapping[str, tuple[str, ...]]] = {
    "Client": (
        "date_of_birth_quality",
        "language",
        "interpreter_needed",
        "living_situation",
        "domestic_violence",
        "hidden_name",
    ),
    "ContactPoint": (
        "kind",
        "phone_type",
        "preferred",
        "safe",
        "may_leave_message",
        "may_identify_organisation",
        "confirmed_at",
        "expires_at",
    ),
    "Involvement": ("role", "alleged_perpetrator", "started_on", "ended_on"),
    "HouseholdMember": ("relation", "joined_on", "left_on"),
    "Income": ("source", "frequency", "starts_on", "ends_on"),
    "Service": ("active",),
    "Staff": ("absent_from", "absent_until", "active"),
    "Household": (),
}
"""By kind the fields whose values are no text of a person's."""

HAPPENED: Final = ("erroneous_at", "bounced_at", "opted_out_at")
"""What may have happened to a contact before the case began."""


@dataclass(slots=True)
class Disguise:
    """The records of one case under other names. `given` is what a scenario gives."""

    session: Session
    catalogue: Catalogue
    began: datetime
    owner: str
    names: dict[str, str] = field(default_factory=dict)
    given: dict[str, dict[str, Any]] = field(default_factory=dict)
    _values: dict[tuple[ContactKind, str], str] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        """The office's zone, in which times are written."""
        return ZoneInfo(self.catalogue.vocabulary.calendar().zone)

    def local(self, moment: datetime) -> str:
        """A moment as scenarios write it."""
        return f"{moment.astimezone(self.zone):%Y-%m-%dT%H:%M:%S}"

    # -- who is who

    def client(self, client: Client, name: str = "client") -> str:
        """A client with contacts, people around them and incomes."""
        if client.id in self.names:
            return self.names[client.id]
        self.names[client.id] = name
        facts = self._facts("Client", client)
        facts["date_of_birth"] = self._birth(client)
        self._give("Client", name, facts)
        self._around(client, name)
        return name

    def _around(self, client: Client, name: str) -> None:
        for other in related(self.session, Involvement, client_id=client.id):
            usual = "guardian" if other.role.value == "guardian" else "other"
            self._named(other, usual, {"client": name})
        for contact in related(self.session, ContactPoint, client_id=client.id):
            self._contact(contact, name)
        for income in related(self.session, Income, client_id=client.id):
            currency = income.currency
            amount = "not recorded" if income.amount is None else f"{income.amount} {currency}"
            self._named(income, "wage" if name == "client" else "income", {"client": name, "amount": amount})
        if name == "client":
            self._nothing_else()

    def household_of(self, client: Client) -> None:
        """Those whom the client lives with."""
        for member in related(self.session, HouseholdMember, client_id=client.id):
            household = self.session.get(Household, member.household_id)
            if household is None or household.id in self.names:
                continue
            home = self._named(household, "household", {})
            for each in related(self.session, HouseholdMember, household_id=household.id):
                person = self.session.get(Client, each.client_id)
                if person is not None:
                    who = self.client(person, self._free("Client", "person"))
                    self._named(each, "member", {"household": home, "client": who})

    def staff(self, staff_id: str | None) -> str | None:
        """A member of the staff; those whom nobody has named are called like what they do."""
        if staff_id is None or staff_id in self.names:
            return None if staff_id is None else self.names[staff_id]
        row = self.session.get(Staff, staff_id)
        if row is None:
            return None
        groups = {
            each.group: each.role.value
            for each in related(self.session, StaffGroup, staff_id=staff_id)
            if each.group in self.catalogue.vocabulary.groups
        }
        name = next((each for each in self._places(groups) if each not in self.names.values()), None)
        if name is None:
            return self._named(row, "colleague", {"groups": groups} if groups else {})
        self.names[staff_id] = name
        return name

    def _places(self, groups: Mapping[str, str]) -> Iterator[str]:
        """What somebody of these groups could be called: the team's own people first."""
        if self.owner in groups:
            yield "supervisor" if groups[self.owner] == "supervisor" else "worker"
        for name, group in keepers(self.catalogue).items():
            if group in groups and group != self.owner:
                yield name

    def service(self, service_id: str) -> str:
        """A service: the prepared one of its category, or one with the same categories."""
        if service_id in self.names:
            return self.names[service_id]
        row = self.session.get(Service, service_id)
        known = self.catalogue.vocabulary.value_sets.get(CATEGORIES, {})
        categories = [] if row is None else [each for each in row.categories if each in known]
        free = [each for each in categories if each not in self.names.values()]
        if row is None or free:
            self.names[service_id] = free[0] if free else "food-insecurity"
            if len(categories) > 1:
                self._give("Service", free[0], {"categories": categories})
            return self.names[service_id]
        return self._named(row, "service", {"categories": categories})

    # -- facts

    def _named(self, row: Row, usual: str, facts: Mapping[str, Any]) -> str:
        kind = type(row).__name__
        name = self._free(kind, usual)
        self.names[row.id] = name
        self._give(kind, name, {**self._facts(kind, row), **facts})
        return name

    def _free(self, kind: str, usual: str) -> str:
        taken = {*self.given.get(kind, {}), *self.names.values()}
        numbered = (usual if number == 1 else f"{usual}_{number}" for number in range(1, 10_000))
        return next(name for name in numbered if name not in taken)

    def _give(self, kind: str, name: str, facts: Mapping[str, Any]) -> None:
        self.given.setdefault(kind, {})[name] = {
            key: value for key, value in facts.items() if value is not None
        }

    def _facts(self, kind: str, row: Row, fields: Iterable[str] = ()) -> dict[str, Any]:
        return {name: self.plain(getattr(row, name)) for name in (*KEPT[kind], *fields)}

    def plain(self, value: Any) -> Any:
        """A value as scenarios write it."""
        if isinstance(value, Enum):
            return value.value
        if isinstance(value, datetime):
            return self.local(value)
        return value.isoformat() if isinstance(value, date) else value

    def _birth(self, client: Client) -> str:
        """Another day of birth at which the age is the same on the day the case began."""
        if client.date_of_birth is None:
            return "not recorded"
        today = self.began.astimezone(self.zone).date()
        born = client.date_of_birth
        age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
        return (_years_before(today, age) - timedelta(days=100)).isoformat()

    def _contact(self, contact: ContactPoint, client: str) -> None:
        usual = "email" if contact.kind is ContactKind.EMAIL else "phone"
        if contact.kind is ContactKind.ADDRESS:
            usual = "address"
        facts = self._facts("ContactPoint", contact)
        facts["client"] = client
        if contact.involvement_id in self.names:
            facts["involvement"] = self.names[contact.involvement_id]
        if contact.kind is not ContactKind.ADDRESS:
            facts["value"] = self._value(contact)
        facts["safe_times"] = self._windows(contact.safe_times)
        for name in HAPPENED:
            when = getattr(contact, name)
            if when is not None and when <= self.began:
                facts[name] = self.local(when)
        name = self._free("ContactPoint", usual)
        self.names[contact.id] = name
        self._give("ContactPoint", name, facts)

    def _value(self, contact: ContactPoint) -> str:
        """A made-up number or address; what is recorded twice stays the same twice."""
        key = (contact.kind, contact.value or "")
        if key not in self._values:
            number = len(self._values) + 1
            email = contact.kind is ContactKind.EMAIL
            self._values[key] = f"person{number}@example.org" if email else f"+1202555{300 + number:04d}"
        return self._values[key]

    def _windows(self, text: str | None) -> str | None:
        """Times at which a contact is safe, where they are nothing but days and times."""
        try:
            if text is not None:
                within_windows(self.began, self.zone.key, text)
        except HoursError:
            return None
        return text

    def _nothing_else(self) -> None:
        """Take away what every scenario is given and this client does not have."""
        for kind, names in (("ContactPoint", ("email", "phone")), ("Income", ("wage",))):
            for name in names:
                self.given.setdefault(kind, {}).setdefault(name, "none")


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)
