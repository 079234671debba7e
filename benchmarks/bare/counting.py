"""Counting what an engine wrote: the proof that it did the work."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, text

PER_CASE: Final[Mapping[str, int]] = {
    "cases": 1,
    "human_tasks": 2,
    "appointments": 1,
    "checklist_answers": 7,
    "consents": 1,
    "assessments": 1,
    "scores": 1,
    "messages": 1,
    "plans": 1,
    "goals": 1,
    "referrals": 1,
    "referral_events": 1,
    "visit_schedules": 1,
    "visits": 1,
    "report_members": 1,
}
"""Rows that one intake leaves behind, for every engine; Casewright's own tables have the same names."""


def rows_of(connection: Connection) -> dict[str, int]:
    """The rows in each of the counted tables."""
    return {name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in PER_CASE}
