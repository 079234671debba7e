"""The scope that the tests of expressions share: an intake with its usual names."""

from __future__ import annotations

import pytest

from definitions.expressions import Scope
from definitions.types import (
    Choice,
    Choices,
    Condition,
    Date,
    DateTime,
    ListOf,
    MaybeAbsent,
    Money,
    Number,
    Record,
    Struct,
    Text,
    YesNo,
)

HOUSING = Choice(("stable", "at_risk", "homeless"))
NEEDS = ("food-insecurity", "housing-instability", "homelessness")


@pytest.fixture(scope="session")
def scope() -> Scope:
    findings = Struct(
        (
            ("immediate_danger", YesNo()),
            ("housing", HOUSING),
            ("health", Choice(("good", "condition", "severe"))),
            ("needs", Choices(NEEDS)),
            ("consent", Record("Consent")),
        )
    )
    referral = Struct((("id", Text()), ("number", Number()), ("housing", HOUSING)))
    household = Struct((("members", ListOf(Record("HouseholdMember"))), ("sizes", ListOf(Number()))))
    return Scope(
        {
            "findings": findings,
            "referral": MaybeAbsent(referral, "referral"),
            "household": household,
            "profile": Record("Client"),
            "client": Record("Client"),
            "case": Record("Case"),
            "need": Choice(NEEDS),
            "category": Choice((*NEEDS, "income")),
            "stable": Text(),
            "sealed": Condition(),
            "number": Number(),
            "income": Money(),
            "name": Text(),
            "birthday": Date(),
            "moment": DateTime(),
        },
        {
            "Client": {"date_of_birth": Date(), "language": Text()},
            "Case": {"plan": Record("Plan"), "client": Record("Client")},
            "Plan": {"status": Choice(("draft", "agreed"))},
        },
    )
