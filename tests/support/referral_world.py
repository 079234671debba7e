"""A client who is referred to a service."""

from typing import Any
from zoneinfo import ZoneInfo

from casework_bench import OFFICE, give_case, header
from step_bench import Bench

from models import (
    Case,
    Client,
    Referral,
    ReferralStatus,
)
from tasks.referrals.referral_status import change_state

INPUTS = header(
    service="Service",
    service_reason="text",
    consent="Consent",
    why="text",
    boss="Staff",
)
REFER = """
- id: referral
  title: Create referral record
  do: create_referral
  service: = inputs.service
  category: food-insecurity
  consent: = inputs.consent
  respond_by: 5 working days
  otherwise:
    assign: group referral_team
"""


def start(bench: Bench, client: Client, steps: str = REFER, **inputs: Any) -> Case:
    """A case in which the step of a referral is next."""
    given = {name: getattr(value, "id", value) for name, value in inputs.items()}
    bench.start(steps, header=INPUTS, **given)
    return give_case(bench, client)


def referral(bench: Bench) -> Referral:
    """The only referral there is."""
    found: list[Referral] = bench.all(Referral)
    assert len(found) == 1
    return found[0]


def answer(bench: Bench, status: ReferralStatus, reason: str | None = None) -> bool:
    """The service's answer."""
    changed = change_state(
        bench.session,
        referral(bench),
        status,
        now=bench.now,
        by="staff1",
        zone=ZoneInfo(OFFICE),
        reason=reason,
    )
    bench.session.flush()
    return changed
