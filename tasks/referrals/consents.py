"""Whether a consent allows to pass something on: to whom, about what, and today."""

from collections.abc import Collection
from datetime import datetime
from types import MappingProxyType
from typing import Final

from sqlmodel import Session

from definitions.runtime_values import RecordView
from models import Consent, Service
from tasks.records.record_view import LiveRecord

ANY_SERVICE: Final = "services"
"""The recipient of a consent that names no service: every service of the directory."""
EVERYTHING: Final = "all"
"""The data category of a consent that leaves nothing out."""

FIELDS = MappingProxyType(
    {
        "name": "the name",
        "need": "what is needed",
        "contact": "how to reach the client safely",
        "date_of_birth": "the date of birth",
        "language": "the language and whether an interpreter is needed",
        "address": "the address",
        "living_situation": "the living situation",
        "household": "who lives in the household",
        "income": "the household's income",
        "health": "health",
        "reason": "why the client came",
    }
)
"""What can be passed on, by the word that consents and referrals use for it."""

REFUSALS = MappingProxyType(
    {
        "not_given": "no consent is recorded",
        "other_person": "the consent was given for another person",
        "not_yet": "the consent begins later",
        "expired": "the consent has expired",
        "withdrawn": "the consent was withdrawn",
        "other_recipient": "the consent does not name this service",
        "other_category": "the consent does not cover this need",
        "other_data": "the consent does not cover everything that would be passed on",
    }
)
"""Why a consent does not allow it, by code. Codes are stored with handovers and never removed."""


def consent_of(value: object) -> Consent | None:
    """The row of a consent that a step reads; None when none was given."""
    if not isinstance(value, RecordView):
        return None
    row = value.row if isinstance(value, LiveRecord) else None
    return row if isinstance(row, Consent) else None


def refusal_of(
    session: Session,
    consent: Consent | None,
    *,
    client_id: str,
    service: Service,
    category: str,
    data: Collection[str],
    now: datetime,
) -> str | None:
    """Why this consent does not allow to pass `data` on to the service for that need, as a key of
    `REFUSALS`; None when it does.

    A consent names its recipients by id, reference, name, organization or category, or all `services`; its
    data by field (a key of `FIELDS`), by need (`food-insecurity`), or `all`. One that names needs covers no
    other need.
    """
    if consent is None:
        return "not_given"
    given_for = LiveRecord("Client", consent.client_id, session).id
    data_allowed = {_plain(each) for each in consent.data_categories}
    named = {_plain(each) for each in consent.recipients}
    needs = data_allowed - {*FIELDS, EVERYTHING}
    checks = (
        ("other_person", given_for != client_id),
        ("not_yet", consent.given_at > now),
        ("expired", consent.expires_at is not None and consent.expires_at <= now),
        ("withdrawn", consent.withdrawn_at is not None and consent.withdrawn_at <= now),
        ("other_recipient", not named & _names(service, category)),
        ("other_category", bool(needs) and _plain(category) not in needs),
        ("other_data", EVERYTHING not in data_allowed and not set(data) <= data_allowed),
    )
    return next((code for code, holds in checks if holds), None)


def covered(consent: Consent | None, fields: Collection[str]) -> tuple[str, ...]:
    """Those of the fields that the consent allows to pass on, in their order."""
    allowed = {_plain(each) for each in consent.data_categories} if consent is not None else set()
    return tuple(each for each in fields if EVERYTHING in allowed or each in allowed)


def _names(service: Service, category: str) -> set[str]:
    names = (ANY_SERVICE, service.id, service.reference, service.name, service.organization, category)
    return {_plain(name) for name in names if name}


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
