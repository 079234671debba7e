"""What the services do with the referrals that they get, as the caseworkers hear it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import col, select

from flows.errors import FlowError
from flows.inbox import ServiceAnswer, record_answer
from models import REFERRAL_ENDED, Case, Referral, ReferralResult, ReferralStatus
from ops.composition import Engine
from ops.demo.year.answering import by_day
from ops.demo.year.chance import Chance

SILENT: Final = 0.2
"""The share of referrals to which the service says nothing by itself: somebody has to ask."""

_DAYS: Final = timedelta(days=1)

ASKED, TAKEN, BEGUN = ReferralStatus.REQUESTED, ReferralStatus.ACCEPTED, ReferralStatus.IN_PROGRESS
LASTS: Final = {
    ASKED: (timedelta(hours=4), 4 * _DAYS),
    TAKEN: (2 * _DAYS, 14 * _DAYS),
    BEGUN: (14 * _DAYS, 90 * _DAYS),
}
"""How long a referral stays in a state, at least and at most; what is on hold stays so."""

NEXT: Final = {
    ASKED: {TAKEN: 0.86, ReferralStatus.REJECTED: 0.14},
    TAKEN: {BEGUN: 0.9, ReferralStatus.ON_HOLD: 0.06, ReferralStatus.FAILED: 0.04},
    BEGUN: {ReferralStatus.COMPLETED: 1.0},
}
"""What a service makes of a referral, from each state."""

REASONS: Final = {
    ReferralStatus.REJECTED: "No places before next month.",
    ReferralStatus.ON_HOLD: "Waits for the papers from the landlord.",
    ReferralStatus.FAILED: "Closed for the season.",
}
RESULTS: Final = {ReferralResult.ENROLLED: 0.8, ReferralResult.NOT_ENROLLED: 0.2}


@dataclass
class Services:
    """When each referral goes on, by id and state; None is never by itself."""

    engine: Engine
    chance: Chance
    moments: dict[tuple[str, ReferralStatus], datetime | None] = field(default_factory=dict)

    def answer(self) -> int:
        """Record what has been heard by now; returns how many commands that took."""
        now = self.engine.runtime.clock()
        return sum(
            self._answer(referral, worker, now)
            for referral, worker in self._open()
            if self._due(referral, now)
        )

    def _open(self) -> list[tuple[Referral, str | None]]:
        with self.engine.store.read() as session:
            query = select(Referral, Case.worker_id).join(Case, col(Case.id) == col(Referral.case_id))
            wanted = query.where(col(Referral.status).not_in(REFERRAL_ENDED)).order_by(col(Referral.id))
            return [(row[0], row[1]) for row in session.exec(wanted)]

    def _due(self, referral: Referral, now: datetime) -> bool:
        key = (referral.id, referral.status)
        if key not in self.moments:
            self.moments[key] = self._drawn(referral.status, now)
        moment = self.moments[key]
        return moment is not None and moment <= now

    def _drawn(self, status: ReferralStatus, now: datetime) -> datetime | None:
        if status not in LASTS or (status is ASKED and self.chance.happens(SILENT)):
            return None
        return now + self.chance.length(*LASTS[status])

    def _answer(self, referral: Referral, worker: str | None, now: datetime) -> int:
        status = self.chance.weighed(NEXT[referral.status])
        done, zone = status is ReferralStatus.COMPLETED, self.engine.zone
        said = ServiceAnswer(
            status,
            reason=REASONS.get(status),
            appointment_at=by_day(self.chance, now, 10, zone) if status is TAKEN else None,
            result=self.chance.weighed(RESULTS) if done else None,
        )
        try:
            record_answer(self.engine.store, referral.id, said, by=worker, now=now, zone=zone)
        except FlowError:
            self.moments[referral.id, referral.status] = None
            return 0
        return 1
