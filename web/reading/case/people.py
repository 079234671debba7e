"""The people of a case as its page shows them: the household and what it lives on, how the client is reached,
who is around them, what they have consented to.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from sqlmodel import Session, col, select

from definitions.time.local_time import completed_years
from flows.inbox.people.around import members_of, membership_of
from flows.inbox.people.means import state_of_consent, state_of_income
from flows.inbox.people.surrounding import has_own_case, state_of, state_of_member, state_of_person
from models import (
    Case,
    Channel,
    Client,
    Consent,
    ContactKind,
    ContactPoint,
    FirstContact,
    Household,
    HouseholdMember,
    HouseholdRelation,
    Income,
    Involvement,
    related,
)
from notifications.background import entry_of, records_of, survivor
from notifications.gate import Allowed, Deferred, judge
from notifications.policy import Policy
from tasks.duplicates.contact_matching import written
from tasks.scoring.sums import in_a_month, to_cents
from web.reading.clients import name_of
from web.reading.names import Names


@dataclass(frozen=True, slots=True)
class Reached:
    """A number or address. `verdict` says what the gate of messages says of it now; empty where nothing can
    be sent to it.
    """

    id: str
    revision: int
    kind: str
    text: str
    safe: str
    phone_type: str | None
    may_leave_message: bool
    may_identify_organisation: bool
    safe_times: str | None
    who_shares_device: str | None
    code_word: str | None
    preferred: bool
    confirmed_at: datetime | None
    counts: bool
    sendable: bool
    verdict: str


@dataclass(frozen=True, slots=True)
class Earning:
    """An income. `monthly` is what it is in a month; None where no amount is known. `state` is another one as
    soon as somebody changes it.
    """

    id: str
    source: str
    amount: Decimal | None
    currency: str
    frequency: str
    monthly: Decimal | None
    starts_on: date | None
    confirmed_on: date | None
    state: str


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the household. `known` says that their income is known, be it nothing. `state` is another
    one as soon as their place in it changes; None where there is no household. `facts` is another one as soon
    as what is known of them changes too; None where that is not corrected here, since they have a case.
    """

    id: str | None
    client_id: str
    name: str
    relation: str
    born: date | None
    age: int | None
    joined_on: date | None
    incomes: Sequence[Earning]
    known: bool
    state: str | None
    given_name: str
    family_name: str
    quality: str
    facts: str | None


@dataclass(frozen=True, slots=True)
class Living:
    """The household and what it has in a month. `total` is None where nothing is known, or amounts are of two
    currencies; `provisional` where something is missing.
    """

    name: str | None
    members: Sequence[Member]
    total: Decimal | None
    currency: str | None
    two_currencies: bool
    provisional: bool


@dataclass(frozen=True, slots=True)
class Around:
    """Somebody with a part in the client's life. `state` is another one as soon as somebody changes it."""

    id: str
    name: str
    role: str
    organization: str | None
    alleged_perpetrator: bool
    note: str | None
    started_on: date | None
    ended_on: date | None
    ended: bool
    reached: Sequence[Reached]
    state: str


@dataclass(frozen=True, slots=True)
class Agreed:
    """A consent; `valid` says that it counts now, `expired` that it did. `state` is another one when it is
    taken back.
    """

    id: str
    purpose: str
    recipients: Sequence[str]
    data: Sequence[str]
    given_by: str
    capacity: str
    given_at: datetime
    expires_at: datetime | None
    withdrawn_at: datetime | None
    valid: bool
    expired: bool
    document: str | None
    recorded_by: str | None
    state: str


@dataclass(frozen=True, slots=True)
class Told:
    """The contact that the case began with, or that came since."""

    id: str
    at: datetime
    referred_by: str | None
    need: str | None


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of the client."""

    given_name: str
    family_name: str
    preferred_name: str | None
    other_names: str | None
    hidden_name: bool
    date_of_birth: date | None
    date_of_birth_quality: str
    language: str
    interpreter_needed: bool
    living_situation: str
    domestic_violence: bool
    lone_visit_note: str | None
    revision: int


@dataclass(frozen=True, slots=True)
class People:
    """All of them. `at_risk` is the flag of domestic violence."""

    client_id: str
    name: str
    at_risk: bool
    profile: Profile
    reached: Sequence[Reached]
    living: Living
    around: Sequence[Around]
    consents: Sequence[Agreed]
    told: Sequence[Told]


def people_of(session: Session, case: Case, now: datetime, today: date, policy: Policy) -> People:
    """The people of a case today."""
    client = survivor(session, case.client_id)
    assert client is not None  # noqa: S101 (a case has a client, by its foreign key)
    ids = [each.id for each in records_of(session, client)]
    points = [each for ident in ids for each in related(session, ContactPoint, client_id=ident)]
    reached = {each.id: _reached(session, each, now, policy) for each in points if each.set_aside_at is None}
    own = [reached[each.id] for each in points if each.id in reached and each.involvement_id is None]
    parts = [each for ident in ids for each in related(session, Involvement, client_id=ident)]
    theirs: dict[str, list[Reached]] = {}
    for each in points:
        if each.involvement_id is not None and each.id in reached:
            theirs.setdefault(each.involvement_id, []).append(reached[each.id])
    consents = [each for ident in ids for each in related(session, Consent, client_id=ident)]
    return People(
        client_id=client.id,
        name=name_of(client),
        at_risk=client.domestic_violence,
        profile=Profile(**{each.name: getattr(client, each.name) for each in fields(Profile)}),
        reached=sorted(own, key=_best_first),
        living=living_of(session, client, today),
        around=_around(session, parts, theirs, today),
        consents=_consents(session, consents, now),
        told=_told(session, case),
    )


def living_of(session: Session, client: Client, today: date) -> Living:
    """The client's household and its income in a month, by the rules of `aggregate`."""
    mine = membership_of(session, client.id, today)
    rows = [] if mine is None else members_of(session, mine.household_id, today)
    members = [_member(session, row, client, today) for row in rows] or [_alone(session, client, today)]
    earned = [each for member in members for each in member.incomes if each.monthly is not None]
    currencies = sorted({each.currency for each in earned})
    exact = sum(
        (in_a_month(each.amount, each.frequency) for each in earned if each.amount is not None), Fraction()
    )
    one = len(currencies) == 1
    return Living(
        name=None if mine is None else _household_name(session, mine.household_id),
        members=members,
        total=to_cents(exact) if one else None,
        currency=currencies[0] if one else None,
        two_currencies=len(currencies) > 1,
        provisional=not all(each.known for each in members),
    )


def _household_name(session: Session, ident: str) -> str | None:
    found = session.get(Household, ident)
    return None if found is None else found.name


def _member(session: Session, row: HouseholdMember, client: Client, today: date) -> Member:
    person = survivor(session, row.client_id) or client
    return _as_member(session, person, row, today)


def _alone(session: Session, client: Client, today: date) -> Member:
    return _as_member(session, client, None, today)


def _as_member(session: Session, person: Client, row: HouseholdMember | None, today: date) -> Member:
    incomes = [_earning(each) for each in _incomes(session, person, today)]
    return Member(
        id=None if row is None else row.id,
        client_id=person.id,
        name=name_of(person),
        relation="self" if row is None else row.relation.value,
        born=person.date_of_birth,
        age=None if person.date_of_birth is None else completed_years(person.date_of_birth, today),
        joined_on=None if row is None else row.joined_on,
        incomes=incomes,
        known=bool(incomes) and all(each.amount is not None for each in incomes),
        state=None if row is None else state_of_member(row),
        given_name="" if person.hidden_name else person.given_name,
        family_name="" if person.hidden_name else person.family_name,
        quality=person.date_of_birth_quality.value,
        facts=_facts(session, person, row),
    )


def _facts(session: Session, person: Client, row: HouseholdMember | None) -> str | None:
    if row is None or row.relation is HouseholdRelation.SELF or person.hidden_name:
        return None
    return None if has_own_case(session, person) else state_of_person(row, person)


def _incomes(session: Session, person: Client, today: date) -> Iterable[Income]:
    for each in records_of(session, person):
        for income in related(session, Income, client_id=each.id):
            if income.counts_on(today):
                yield income


def _earning(income: Income) -> Earning:
    monthly = None if income.amount is None else in_a_month(income.amount, income.frequency.value)
    return Earning(
        id=income.id,
        source=income.source.value,
        amount=income.amount,
        currency=income.currency,
        frequency=income.frequency.value,
        monthly=None if monthly is None else to_cents(monthly),
        starts_on=income.starts_on,
        confirmed_on=income.confirmed_on,
        state=state_of_income(income),
    )


def _reached(session: Session, point: ContactPoint, now: datetime, policy: Policy) -> Reached:
    sendable = point.kind is not ContactKind.ADDRESS
    return Reached(
        id=point.id,
        revision=point.revision,
        kind=point.kind.value,
        text=written(point),
        safe=point.safe.value,
        phone_type=None if point.phone_type is None else point.phone_type.value,
        may_leave_message=point.may_leave_message,
        may_identify_organisation=point.may_identify_organisation,
        safe_times=point.safe_times,
        who_shares_device=point.who_shares_device,
        code_word=point.code_word,
        preferred=point.preferred,
        confirmed_at=point.confirmed_at,
        counts=point.erroneous_at is None,
        sendable=sendable,
        verdict=_verdict(session, point, now, policy) if sendable else "",
    )


def _verdict(session: Session, point: ContactPoint, now: datetime, policy: Policy) -> str:
    """Why no message goes to it now; empty when one does."""
    entry = entry_of(session, point)
    if entry is None:
        return "it belongs to nobody"
    channel = Channel.EMAIL if point.kind is ContactKind.EMAIL else Channel.SMS
    found = judge(
        entry.contact,
        entry.client,
        entry.involvement,
        channel,
        now,
        background=entry.background,
        policy=policy,
    )
    if isinstance(found, Allowed):
        return ""
    return f"it waits, because {found.reason}" if isinstance(found, Deferred) else found.reason


def _around(
    session: Session, parts: Sequence[Involvement], reached: dict[str, list[Reached]], today: date
) -> list[Around]:
    found = []
    for each in parts:
        person = None if each.person_client_id is None else session.get(Client, each.person_client_id)
        found.append(
            Around(
                id=each.id,
                name=each.name or (name_of(person) if person is not None else ""),
                role=each.role.value,
                organization=each.organization,
                alleged_perpetrator=each.alleged_perpetrator,
                note=each.note,
                started_on=each.started_on,
                ended_on=each.ended_on,
                ended=each.ended_on is not None and each.ended_on <= today,
                reached=reached.get(each.id, ()),
                state=state_of(each),
            )
        )
    return sorted(found, key=lambda each: (each.ended, not each.alleged_perpetrator, each.name))


def _consents(session: Session, rows: Sequence[Consent], now: datetime) -> list[Agreed]:
    names = Names(session)
    found = [
        Agreed(
            id=each.id,
            purpose=each.purpose,
            recipients=each.recipients,
            data=each.data_categories,
            given_by=each.given_by,
            capacity=each.capacity.value,
            given_at=each.given_at,
            expires_at=each.expires_at,
            withdrawn_at=each.withdrawn_at,
            valid=each.is_valid(now),
            expired=each.expires_at is not None and each.expires_at <= now,
            document=each.source_document,
            recorded_by=names.of(each.recorded_by),
            state=state_of_consent(each),
        )
        for each in rows
    ]
    return sorted(found, key=lambda each: (not each.valid, -each.given_at.timestamp(), each.id))


def _told(session: Session, case: Case) -> list[Told]:
    query = select(FirstContact).where(FirstContact.case_id == case.id)
    rows = session.exec(query.order_by(col(FirstContact.received_at).desc(), col(FirstContact.id)))
    return [Told(each.id, each.received_at, each.referred_by, each.need) for each in rows]


def _best_first(each: Reached) -> tuple[bool, int, bool, str]:
    kinds = [kind.value for kind in ContactKind]
    return not each.counts, kinds.index(each.kind), not each.preferred, each.id
