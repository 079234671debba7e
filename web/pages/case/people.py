"""The people of a case: household and income, how the client is reached, who is around them, consents."""

from typing import Final

from fastapi import Request
from fastapi.responses import Response

from models import (
    ConsentCapacity,
    DateQuality,
    HouseholdRelation,
    IncomeFrequency,
    IncomeSource,
    InvolvementRole,
    LivingSituation,
)
from notifications.policy import Policy
from tasks.referrals.consents import EVERYTHING, FIELDS
from web.pages.case.frame import CasePage, Looking, case_framed
from web.pages.contact.languages import languages
from web.pages.frame import markup, page_at, styled
from web.pages.wording import plain
from web.reading.case.people import People, people_of

RELATIONS: Final = {
    each.value: plain(each.value).replace("spouse or partner", "husband, wife or partner")
    for each in HouseholdRelation
}
ROLES: Final = {each.value: plain(each.value) for each in InvolvementRole}
SOURCES: Final = {each.value: plain(each.value) for each in IncomeSource}
FREQUENCIES: Final = {
    IncomeFrequency.WEEKLY.value: "a week",
    IncomeFrequency.FORTNIGHTLY.value: "every two weeks",
    IncomeFrequency.MONTHLY.value: "a month",
    IncomeFrequency.QUARTERLY.value: "a quarter",
    IncomeFrequency.YEARLY.value: "a year",
}
CAPACITIES: Final = {each.value: plain(each.value) for each in ConsentCapacity}
QUALITIES: Final = {
    DateQuality.FULL.value: "the day is known",
    DateQuality.APPROXIMATE.value: "about then",
    DateQuality.DOESNT_KNOW.value: "they don't know it",
    DateQuality.PREFERS_NOT_TO_ANSWER.value: "they prefer not to say",
    DateQuality.NOT_COLLECTED.value: "nobody has asked yet",
}
LIVING: Final = {
    LivingSituation.PERMANENT.value: "in a home of their own, or with others for good",
    LivingSituation.TEMPORARY.value: "somewhere for a time",
    LivingSituation.INSTITUTIONAL.value: "in an institution",
    LivingSituation.HOMELESS.value: "has no home",
    LivingSituation.UNKNOWN.value: "not known",
}
DATA: Final = {EVERYTHING: "everything", **FIELDS}
"""What can be passed on, in words."""


@page_at("/cases/{case_id}/people")
async def people_page(request: Request, case_id: str) -> Response | None:
    """The people of the case."""
    return await case_framed(request, case_id, "people", _read, _show)


def _read(looking: Looking) -> People:
    zone = looking.visit.web.zone
    today = looking.now.astimezone(zone).date()
    return people_of(looking.session, looking.case, looking.now, today, Policy(zone=zone.key))


def _show(page: CasePage[People]) -> None:
    styled(page.visit, "casework.css", "contacts.css", "people.css", "casework.js", "contacts.js")
    markup(
        "case_people.html",
        relations=RELATIONS,
        roles=ROLES,
        sources=SOURCES,
        frequencies=FREQUENCIES,
        capacities=CAPACITIES,
        qualities=QUALITIES,
        living=LIVING,
        data=DATA,
        currency=page.visit.web.currency,
        languages=languages(page.visit.web.runtime.catalogue.vocabulary.languages),
        needs=page.visit.web.runtime.catalogue.vocabulary.value_sets.get("categories of referral", {}),
        **page.values,
    )
