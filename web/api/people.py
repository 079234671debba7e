"""The people of a case: household and income, how the client is reached, who is around them, consents.

Adding what stands there already gives it back, so that every request may be sent again.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Any, Final

from pydantic import Field

from flows.inbox.people import means, profile, reaching, surrounding
from flows.inbox.people.around import Doing
from models import (
    ClientInput,
    ConsentBasis,
    ConsentCapacity,
    ConsentInput,
    ContactKind,
    ContactPointInput,
    DateQuality,
    HouseholdRelation,
    IncomeFrequency,
    IncomeInput,
    IncomeSource,
    InvolvementInput,
    InvolvementRole,
    LivingSituation,
    PhoneType,
    Safety,
)
from notifications.policy import Policy
from web.access.actions import Action
from web.access.watching import case_read, watched
from web.api.as_read import as_read
from web.api.case_writing import writing
from web.api.contacts import LOOK_FIRST
from web.api.declaring import Resource, answers
from web.api.problem import ProblemError
from web.api.sent import Match, Sent, needed, revision_of, state_named
from web.api.standing import CONSENT, INCOME, MEMBER, PART, REACH
from web.api.visiting import Visiting, allowed_case
from web.forms.contact import sought_of
from web.reading.case.people import People, people_of
from web.reading.matches import matches
from web.visitor import Visit

router = Resource(prefix="/cases/{case_id}/people", tags=["people"])

READ: Final = answers(HTTPStatus.PRECONDITION_REQUIRED)
"""What a route answers besides that has to know which state was read."""

BORN: Final = "date_of_birth"
NO_DAY: Final = "Give the day of birth, or say that it is not known."

FIELDS: Final = ("profile", "household", "income", "contact_points", "involvements", "consents")
Line = Annotated[str | None, Field(max_length=200)]
Listed = Annotated[list[Annotated[str, Field(max_length=200)]], Field(min_length=1, max_length=50)]


class HowReached(Sent):
    """How a number or address may be used. `confirmed`: the client has said so now."""

    safe: Safety = Safety.UNKNOWN
    confirmed: bool = False
    phone_type: PhoneType | None = None
    may_leave_message: bool = False
    may_identify_organisation: bool = False
    safe_times: Line = None
    who_shares_device: Line = None
    code_word: Line = None
    preferred: bool = False


class NewReach(HowReached):
    """A number or address, of the client or of `involvement`, somebody around them."""

    kind: ContactKind
    value: Annotated[str | None, Field(max_length=254)] = None
    involvement: Annotated[str | None, Field(max_length=30)] = None
    address_1: Line = None
    address_2: Line = None
    city: Line = None
    state_province: Line = None
    postal_code: Line = None
    country: Annotated[str | None, Field(max_length=2)] = None


class ProfileSent(Sent):
    """What is known of the client. `hidden_name`: it is written in no list and no message. A day of birth is
    known in full where nothing else is said. `lone_visit_note` is shown to whoever visits alone.
    """

    given_name: str = Field(default="", max_length=200)
    family_name: str = Field(default="", max_length=200)
    preferred_name: Line = None
    other_names: Line = None
    hidden_name: bool = False
    date_of_birth: Annotated[str | None, Field(max_length=10)] = None
    date_of_birth_quality: DateQuality = DateQuality.NOT_COLLECTED
    language: str = Field(max_length=35)
    interpreter_needed: bool = False
    living_situation: LivingSituation = LivingSituation.UNKNOWN
    domestic_violence: bool = False
    lone_visit_note: Annotated[str | None, Field(max_length=5_000)] = None


class Why(Sent):
    """Why something does not count any more."""

    reason: str = Field(min_length=1, max_length=2_000)


class PartSent(Sent):
    """What may change of somebody's part."""

    organization: Line = None
    alleged_perpetrator: bool = False
    note: Annotated[str | None, Field(max_length=5_000)] = None


class NewPart(PartSent):
    """Somebody around the client, known by name."""

    name: str = Field(min_length=1, max_length=200)
    role: InvolvementRole
    language: Annotated[str | None, Field(max_length=35)] = None
    started_on: date | None = None


class NewMember(Sent):
    """Somebody who lives in the household: `client`, of those who were found, or a person who is new, when
    those who were found are all in `none_of`.
    """

    given_name: Line = None
    family_name: Line = None
    date_of_birth: Annotated[str | None, Field(max_length=10)] = None
    relation: HouseholdRelation
    joined_on: date | None = None
    client: Annotated[str | None, Field(max_length=30)] = None
    none_of: list[Annotated[str, Field(max_length=30)]] = Field(default_factory=list, max_length=100)


class MemberSent(Sent):
    """Who somebody of the household is, and what they are to the client. A day of birth is known in full
    where nothing else is said.
    """

    given_name: str = Field(default="", max_length=200)
    family_name: str = Field(default="", max_length=200)
    date_of_birth: Annotated[str | None, Field(max_length=10)] = None
    date_of_birth_quality: DateQuality = DateQuality.NOT_COLLECTED
    relation: HouseholdRelation
    joined_on: date | None = None


class Day(Sent):
    """On which day something ended."""

    day: date


class NewIncome(Sent):
    """An income of somebody in the household."""

    client: str = Field(max_length=30)
    source: IncomeSource
    amount: Annotated[Decimal | None, Field(ge=0, max_digits=14, decimal_places=2)] = None
    currency: str = Field(max_length=3)
    frequency: IncomeFrequency
    starts_on: date | None = None


class NewConsent(Sent):
    """A consent; `recipients` are names of services, or `services` for all, `data` fields, needs or `all`.
    Without `expires_on` it has no end.
    """

    purpose: str = Field(min_length=1, max_length=200)
    recipients: Listed
    data: Listed
    given_by: str = Field(min_length=1, max_length=200)
    capacity: ConsentCapacity = ConsentCapacity.SELF
    basis: ConsentBasis = ConsentBasis.CONSENT
    expires_on: date | None = None
    document: Line = None


@dataclass(frozen=True, slots=True)
class Made:
    """What was added, changed or ended, by its id."""

    id: str


@dataclass(frozen=True, slots=True)
class ReachMade:
    """A number or address that was added, and whether it is safe."""

    id: str
    safe: Safety


@dataclass(frozen=True, slots=True)
class ReachChanged:
    """A number or address, whether it is safe, and its state for `If-Match`."""

    id: str
    safe: Safety
    revision: int


@dataclass(frozen=True, slots=True)
class PartChanged:
    """What is known of somebody's part, and its state for `If-Match`."""

    id: str
    state: str


@dataclass(frozen=True, slots=True)
class MemberMade:
    """Somebody who lives in the household: the id of that, and of the client."""

    id: str
    client: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A consent that was taken back, and when."""

    id: str
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class ClientChanged:
    """The client whose facts were corrected."""

    id: str
    revision: int


@router.get("")
def listed(visit: Visiting, case_id: str) -> People:
    """All of them, as they stand today."""
    web, now = visit.web, visit.web.now()
    with watched(web.store) as session:
        case = allowed_case(session, visit.actor, Action.READ_CASE, case_id, now)
        today = now.astimezone(web.zone).date()
        found: People = people_of(session, case, now, today, Policy(zone=web.zone.key))
        case_read(session, visit.actor.staff_id, case, now, FIELDS)
    return found


# -- the client


@router.put("/client", responses=READ)
def change_client(visit: Visiting, case_id: str, sent: ProfileSent, match: Match = None) -> ClientChanged:
    """Correct what is known of the client, or add to it. `If-Match` has to name the `revision` that was
    read.
    """
    doing = _doing(visit, case_id)
    given = _client_input(sent.model_dump(), doing)
    revision = revision_of(needed(match))
    done = profile.change_profile(visit.web.store, case_id, given, doing, revision=revision)
    return ClientChanged(done.id, done.revision)


# -- how somebody is reached


@router.post("/reach", status_code=HTTPStatus.CREATED)
def add_reach(visit: Visiting, case_id: str, sent: NewReach) -> ReachMade:
    """Add a number or address."""
    doing = _doing(visit, case_id)
    values = sent.model_dump(exclude={"involvement", "confirmed"})
    given = ContactPointInput.parse(
        {**values, "client_id": case_id, "involvement_id": sent.involvement},
        today=doing.today,
        region=visit.web.country,
    )
    made = reaching.add_contact_point(visit.web.store, case_id, given, doing)
    return ReachMade(made.id, made.safe)


@router.put("/reach/{point_id}", responses=READ)
def change_reach(
    visit: Visiting, case_id: str, point_id: str, sent: HowReached, match: Match = None
) -> ReachChanged:
    """Say how a number or address may be used; what is not safe gets no message from now on. `If-Match` has
    to name the `revision` that was read.
    """
    doing = _doing(visit, case_id)
    done = reaching.change_contact_point(
        visit.web.store,
        case_id,
        point_id,
        reaching.Reach(**sent.model_dump()),
        doing,
        revision=revision_of(needed(match)),
    )
    return ReachChanged(done.id, done.safe, done.revision)


@router.post("/reach/{point_id}/end")
@as_read(REACH)
def end_reach(visit: Visiting, case_id: str, point_id: str, sent: Why) -> Made:
    """A number or address does not count any more."""
    done = reaching.end_contact_point(visit.web.store, case_id, point_id, sent.reason, _doing(visit, case_id))
    return Made(done.id)


# -- who is around the client


@router.post("/around", status_code=HTTPStatus.CREATED)
def add_part(visit: Visiting, case_id: str, sent: NewPart) -> Made:
    """Somebody has a part in the client's life."""
    doing = _doing(visit, case_id)
    given = InvolvementInput.parse({**sent.model_dump(), "client_id": case_id}, today=doing.today)
    return Made(surrounding.add_involvement(visit.web.store, case_id, given, doing).id)


@router.put("/around/{part_id}", responses=READ)
def change_part(
    visit: Visiting, case_id: str, part_id: str, sent: PartSent, match: Match = None
) -> PartChanged:
    """Change what is known of somebody's part. `If-Match` has to name the `state` that was read."""
    part = surrounding.Part(sent.organization, sent.alleged_perpetrator, sent.note)
    doing = _doing(visit, case_id)
    store, state = visit.web.store, state_named(needed(match))
    done = surrounding.change_involvement(store, case_id, part_id, part, doing, state=state)
    return PartChanged(done.id, surrounding.state_of(done))


@router.post("/around/{part_id}/end")
@as_read(PART)
def end_part(visit: Visiting, case_id: str, part_id: str, sent: Day) -> Made:
    """Somebody's part has ended."""
    doing = _doing(visit, case_id)
    return Made(surrounding.end_involvement(visit.web.store, case_id, part_id, sent.day, doing).id)


# -- the household


@router.post("/household", status_code=HTTPStatus.CREATED)
def add_member(visit: Visiting, case_id: str, sent: NewMember) -> MemberMade:
    """Somebody lives in the household. A 409 where somebody who may be the person was not looked at."""
    doing = _doing(visit, case_id)
    person = _person(visit, sent, doing)
    made = surrounding.add_member(
        visit.web.store, case_id, person, sent.relation, doing, joined_on=sent.joined_on
    )
    return MemberMade(made.id, made.client_id)


@router.put("/household/{member_id}", responses=READ)
def change_member(
    visit: Visiting, case_id: str, member_id: str, sent: MemberSent, match: Match = None
) -> MemberMade:
    """Correct who somebody of the household is, unless they have a case of their own. `If-Match` has to name
    the `facts` that were read.
    """
    doing = _doing(visit, case_id)
    given = _client_input(sent.model_dump(exclude={"relation", "joined_on"}), doing)
    done = surrounding.change_member(
        visit.web.store,
        case_id,
        member_id,
        given,
        sent.relation,
        doing,
        joined_on=sent.joined_on,
        state=state_named(needed(match)),
    )
    return MemberMade(done.id, done.client_id)


@router.post("/household/{member_id}/end")
@as_read(MEMBER)
def end_member(visit: Visiting, case_id: str, member_id: str, sent: Day) -> Made:
    """Somebody has left the household."""
    doing = _doing(visit, case_id)
    return Made(surrounding.end_member(visit.web.store, case_id, member_id, sent.day, doing).id)


@router.post("/incomes", status_code=HTTPStatus.CREATED)
def add_income(visit: Visiting, case_id: str, sent: NewIncome) -> Made:
    """Somebody of the household gets an income."""
    doing = _doing(visit, case_id)
    values = {**sent.model_dump(exclude={"client"}), "client_id": sent.client}
    given = IncomeInput.parse(values, today=doing.today)
    return Made(means.add_income(visit.web.store, case_id, given, doing).id)


@router.post("/incomes/{income_id}/end")
@as_read(INCOME)
def end_income(visit: Visiting, case_id: str, income_id: str, sent: Day) -> Made:
    """An income was received for the last time."""
    doing = _doing(visit, case_id)
    return Made(means.end_income(visit.web.store, case_id, income_id, sent.day, doing).id)


# -- consents


@router.post("/consents", status_code=HTTPStatus.CREATED)
def add_consent(visit: Visiting, case_id: str, sent: NewConsent) -> Made:
    """A consent was given now."""
    doing = _doing(visit, case_id)
    ends = sent.expires_on
    given = ConsentInput.parse(
        {
            "client_id": case_id,
            "purpose": sent.purpose,
            "recipients": tuple(sent.recipients),
            "data_categories": tuple(sent.data),
            "basis": sent.basis,
            "given_by": sent.given_by,
            "capacity": sent.capacity,
            "given_at": doing.now,
            "expires_at": None if ends is None else datetime.combine(ends, time(23, 59), visit.web.zone),
            "source_document": sent.document,
        },
        today=doing.today,
    )
    return Made(means.record_consent(visit.web.store, case_id, given, doing).id)


@router.post("/consents/{consent_id}/withdraw")
@as_read(CONSENT)
def withdraw(visit: Visiting, case_id: str, consent_id: str) -> Withdrawn:
    """A consent is taken back: nothing is passed on by it from now on."""
    done = means.withdraw_consent(visit.web.store, case_id, consent_id, _doing(visit, case_id))
    return Withdrawn(done.id, done.withdrawn_at)


def _doing(visit: Visit, case_id: str) -> Doing:
    return Doing(visit.actor.staff_id, writing(visit, case_id), visit.web.zone)


def _client_input(values: dict[str, Any], doing: Doing) -> ClientInput:
    """Who somebody is, as it was sent; a problem at the day of birth that is said to be known and lacks."""
    born, quality = values["date_of_birth"], values["date_of_birth_quality"]
    known = quality in (DateQuality.FULL, DateQuality.APPROXIMATE)
    if known and not born:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, NO_DAY, errors=[{"item": BORN, "reason": NO_DAY}])
    quality = DateQuality.FULL if born and not known else quality
    return ClientInput.parse({**values, "date_of_birth_quality": quality}, today=doing.today)


def _person(visit: Visit, sent: NewMember, doing: Doing) -> ClientInput | str:
    """Who it is: one of those who were found, or somebody new."""
    sought = sought_of(sent.model_dump(), visit.web.country)
    with visit.web.store.read() as session:
        found = matches(session, visit.actor, sought, doing.now, visit.web.zone)
    if sent.client is not None:
        if sent.client not in {each.client_id for each in found.shown}:
            raise ProblemError(HTTPStatus.CONFLICT, "That person is not among those who were found.")
        return sent.client
    if found.not_looked_at(sent.none_of):
        raise ProblemError(HTTPStatus.CONFLICT, LOOK_FIRST)
    born = sent.date_of_birth or None
    quality = DateQuality.NOT_COLLECTED if born is None else DateQuality.FULL
    values = {
        "given_name": sent.given_name,
        "family_name": sent.family_name,
        "date_of_birth": born,
        "date_of_birth_quality": quality,
    }
    return ClientInput.parse(values, today=doing.today)
