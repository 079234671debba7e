"""Referrals that earlier attempts of a step had made: kept where the answer is still the same, else
cancelled.

A corrected answer supersedes the step run; what it had asked a service for must not go on by itself.
"""

from sqlmodel import col, select

from models import Referral, ReferralStatus, StepRun, StepStatus, related
from tasks.call import Call
from tasks.history import system_actor
from tasks.outputs import MEMBERS
from tasks.referrals.referral_status import change_state, end_chase


def earlier_referrals(call: Call) -> list[tuple[Referral, str]]:
    """The referrals of superseded attempts of this step that are still requested, each with its iteration."""
    open_ones = [
        each
        for each in related(call.session, Referral, instance_id=call.instance.id)
        if each.status is ReferralStatus.REQUESTED and each.step_run_id != call.run.id
    ]
    if not open_ones:
        return []
    wanted = (
        select(Referral, StepRun.iteration)
        .join(StepRun, col(StepRun.id) == col(Referral.step_run_id))
        .where(
            col(StepRun.instance_id) == call.instance.id,
            col(StepRun.step) == call.step.id,
            col(StepRun.status) == StepStatus.SUPERSEDED,
            col(Referral.id).in_([each.id for each in open_ones]),
        )
        .order_by(col(Referral.id))
    )
    return list(call.session.exec(wanted))


def settle_earlier(call: Call, service_id: str | None) -> Referral | None:
    """The earlier referral of this iteration to the same service, which now belongs to this attempt.

    One to another service is cancelled, and so is one for a need that is no longer among the iterations.
    """
    kept: Referral | None = None
    earlier = earlier_referrals(call)
    asked_for = _iterations(call) if earlier else None
    for referral, iteration in earlier:
        mine = iteration == call.run.iteration
        if mine and kept is None and referral.service_id == service_id:
            kept = referral
            end_chase(call.session, kept, "the same service is still asked", call.now)
            kept.step_run_id = call.run.id
            call.session.add(kept)
        elif mine:
            _cancel(call, referral, "another answer was given: this service is no longer asked")
        elif asked_for is not None and iteration not in asked_for:
            _cancel(call, referral, "the need was corrected: it is no longer asked for")
    return kept


def _cancel(call: Call, referral: Referral, reason: str) -> None:
    change_state(
        call.session,
        referral,
        ReferralStatus.CANCELLED,
        now=call.now,
        by=system_actor(call.plan.process),
        zone=call.zone,
        reason=reason,
    )


def _iterations(call: Call) -> set[str] | None:
    """The iterations that the step has now; None when it has none or they are not known."""
    wanted = select(StepRun).where(
        col(StepRun.instance_id) == call.instance.id,
        col(StepRun.step) == call.step.id,
        col(StepRun.iteration) == "",
        col(StepRun.status) != StepStatus.SUPERSEDED,
    )
    parent = call.session.exec(wanted).first()
    members = None if parent is None else parent.outputs.get(MEMBERS)
    return set(members) if members is not None else None
