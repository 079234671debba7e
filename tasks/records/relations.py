"""Fields of a record whose values lie in other tables: a client's household members, a case's current plan.

A relation is asked for a day where time matters (who lived here then, which income was in force); without a
day it says what holds now.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from sqlmodel import Session

import models
from models import (
    ContactPoint,
    HouseholdMember,
    HouseholdRelation,
    Income,
    Plan,
    PlanStatus,
    related,
)
from models import Record as Table

Load = Callable[[Session, str, date | None], Sequence[str]]
"""The ids of the related records of the record with this id, on that day, in a stable order."""


@dataclass(frozen=True, slots=True)
class Relation:
    """The field `name`, which leads to one or `many` records of the kind `item`.

    `dated` ones differ from day to day.
    """

    name: str
    item: str
    load: Load
    many: bool = True
    dated: bool = False


def children(table: type[Table], column: str) -> Load:
    """The records of `table` whose `column` holds the record's id, oldest first (ids rise with time)."""

    def load(session: Session, record_id: str, _day: date | None) -> Sequence[str]:
        return [row.id for row in related(session, table, **{column: record_id})]

    return load


def memberships(session: Session, client_id: str) -> Sequence[HouseholdMember]:
    """Everything recorded about which households a client was in, oldest first."""
    return related(session, HouseholdMember, client_id=client_id)


def present(members: Sequence[HouseholdMember], day: date | None) -> list[HouseholdMember]:
    """Those who are in their household on that day, or have not left it; the head first."""
    there = [
        member for member in members if (member.left_on is None if day is None else member.present_on(day))
    ]
    return sorted(there, key=lambda member: (member.relation is not HouseholdRelation.SELF, member.id))


def _household(session: Session, client_id: str, day: date | None) -> Sequence[str]:
    return [member.household_id for member in present(memberships(session, client_id), day)][:1]


def _members(session: Session, household_id: str, day: date | None) -> Sequence[str]:
    found = present(related(session, HouseholdMember, household_id=household_id), day)
    return list(dict.fromkeys(member.client_id for member in found))


def _household_members(session: Session, client_id: str, day: date | None) -> Sequence[str]:
    homes = (member.household_id for member in present(memberships(session, client_id), day))
    return list(dict.fromkeys(person for home in homes for person in _members(session, home, day)))


def _income(session: Session, client_id: str, day: date | None) -> Sequence[str]:
    entries = related(session, Income, client_id=client_id)
    return [entry.id for entry in entries if day is None or entry.counts_on(day)]


def _contact_points(session: Session, client_id: str, _day: date | None) -> Sequence[str]:
    return [
        each.id for each in related(session, ContactPoint, client_id=client_id) if each.set_aside_at is None
    ]


def _current_plan(session: Session, case_id: str, _day: date | None) -> Sequence[str]:
    """The agreed plan; as long as none is, the latest one that was neither replaced nor withdrawn."""
    ended = (PlanStatus.REPLACED, PlanStatus.WITHDRAWN)
    plans = [plan for plan in related(session, Plan, case_id=case_id) if plan.status not in ended][::-1]
    return [plan.id for plan in sorted(plans, key=lambda plan: plan.status is not PlanStatus.AGREED)][:1]


RELATIONS: Mapping[str, tuple[Relation, ...]] = MappingProxyType(
    {
        "Client": (
            Relation("household", "Household", _household, many=False, dated=True),
            Relation("household_members", "Client", _household_members, dated=True),
            Relation("income", "Income", _income, dated=True),
            Relation("contact_points", "ContactPoint", _contact_points),
            Relation("involvements", "Involvement", children(models.Involvement, "client_id")),
            Relation("cases", "Case", children(models.Case, "client_id")),
            Relation("consents", "Consent", children(models.Consent, "client_id")),
        ),
        "Household": (Relation("members", "Client", _members, dated=True),),
        "Case": (
            Relation("plan", "Plan", _current_plan, many=False),
            Relation("tasks", "HumanTask", children(models.HumanTask, "case_id")),
            Relation("referrals", "Referral", children(models.Referral, "case_id")),
            Relation("visits", "Visit", children(models.Visit, "case_id")),
            Relation("assessments", "Assessment", children(models.Assessment, "case_id")),
            Relation("appointments", "Appointment", children(models.Appointment, "case_id")),
            Relation("notes", "CaseNote", children(models.CaseNote, "case_id")),
        ),
        "Plan": (Relation("goals", "Goal", children(models.Goal, "plan_id")),),
        "Goal": (
            Relation("interventions", "Intervention", children(models.Intervention, "goal_id")),
            Relation("outcomes", "Outcome", children(models.Outcome, "goal_id")),
        ),
    }
)
"""The relations of each record, by its name."""


def relation_of(record: str, name: str) -> Relation | None:
    """The relation of this name, or None."""
    return next((relation for relation in RELATIONS.get(record, ()) if relation.name == name), None)
