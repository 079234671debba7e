"""What the staff does of its own accord: agree on plans, hand cases over, assess again, close cases."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import col, select

from definitions.time.local_time import add_months
from flows.errors import FlowError
from flows.inbox import PlannedGoal, PlannedHelp, record_plan
from flows.inbox.case.transferring import transfer_case
from flows.instances import start
from models import Case, CaseStatus
from ops.composition import Engine, Published
from ops.demo.year.areas import team_for, worker_for
from ops.demo.year.chance import Chance
from ops.demo.year.office import INTAKE

GOALS: Final = (
    ("Eat a warm meal every day", "Days with a warm meal", "7 a week", "food-insecurity"),
    ("Keep the flat", "Months of rent paid", "3 in a row", "housing-instability"),
    ("See somebody every week", "Visits and outings", "1 a week", "social-connection"),
    ("Find work that fits school hours", "Applications", "8 in two months", "employment-status"),
)

HELP: Final = ("A call every week", "Letters written together", "The way to the office gone together")
VIEWS: Final = (
    "I want to manage this myself, and know whom to call.",
    "One thing after the other.",
    "It should be quieter at home.",
)
HANDOVERS: Final = (
    "The first help has begun and the plan is agreed. Next: see how far it is. Knows that you take over.",
    "Met twice, once at home. Letters go by e-mail, calls only as the contacts say. Likes to be asked first.",
    "What was urgent is settled. The referrals are on their way; call the services at the end of the week.",
)
UNGIVEN: Final = 0.06
"""The share of handed over cases that wait in the team's queue for somebody to take them."""

_DAYS: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wish:
    """Something that is done to a share of the cases of one status, some time after they come to it."""

    name: str
    status: CaseStatus
    share: float
    soonest: timedelta
    latest: timedelta


WISHES: Final = (
    Wish("plan", CaseStatus.PENDING, 0.88, 4 * _DAYS, 40 * _DAYS),
    Wish("hand-over", CaseStatus.ACTIVE, 0.9, 1 * _DAYS, 12 * _DAYS),
    Wish("case-assessment", CaseStatus.ACTIVE, 0.3, 20 * _DAYS, 120 * _DAYS),
    Wish("case-closure", CaseStatus.ACTIVE, 0.55, 60 * _DAYS, 220 * _DAYS),
)


@dataclass
class Wishes:
    """What is still to come, by wish and case; a moment is drawn when a case is first seen in that status."""

    engine: Engine
    published: Mapping[str, Published]
    chance: Chance
    moments: dict[tuple[str, str], datetime | None] = field(default_factory=dict)

    def fulfil(self) -> int:
        """Do what has come due; returns how much that was."""
        now = self.engine.runtime.clock()
        cases = {status: self._cases(status) for status in dict.fromkeys(wish.status for wish in WISHES)}
        return sum(self._fulfil(wish, cases[wish.status], now) for wish in WISHES)

    def _fulfil(self, wish: Wish, cases: Sequence[Case], now: datetime) -> int:
        done = 0
        for case in cases:
            key = (wish.name, case.id)
            if key not in self.moments:
                self.moments[key] = self._drawn(wish, now)
            moment = self.moments[key]
            if moment is not None and moment <= now:
                self.moments[key] = None
                done += self._do(wish, case, now)
        return done

    def _drawn(self, wish: Wish, now: datetime) -> datetime | None:
        if not self.chance.happens(wish.share):
            return None
        return now + self.chance.length(wish.soonest, wish.latest)

    def _cases(self, status: CaseStatus) -> list[Case]:
        with self.engine.store.read() as session:
            return list(session.exec(select(Case).where(Case.status == status).order_by(col(Case.id))))

    def _do(self, wish: Wish, case: Case, now: datetime) -> int:
        acts: Mapping[str, Callable[[Case, datetime], None]] = {
            "plan": self._agree,
            "hand-over": self._hand_over,
        }
        try:
            acts.get(wish.name, self._begin(wish.name))(case, now)
        except FlowError:
            return 0
        return 1

    def _agree(self, case: Case, now: datetime) -> None:
        specific, indicator, target, need = self.chance.one(GOALS)
        goal = PlannedGoal(
            specific=specific,
            indicator=indicator,
            target=target,
            need=need,
            due_on=now.date() + timedelta(days=self.chance.number(40, 120)),
            achievable="Agreed together; the first step is already taken",
            responsible="The client, with us",
            help=(PlannedHelp(self.chance.one(HELP), staff_id=case.worker_id),),
        )
        zone = str(self.engine.zone)
        agreed = ("client", "worker")
        record_plan(
            self.engine.store,
            case.id,
            [goal],
            agreed_by=agreed,
            by=case.worker_id,
            now=now,
            zone=zone,
            client_view=self.chance.one(VIEWS),
            review_on=add_months(now.astimezone(self.engine.zone).date(), 3),
        )

    def _hand_over(self, case: Case, now: datetime) -> None:
        """The intake team keeps nobody for long: the case goes to an area team or to the specialists."""
        if case.team != INTAKE or case.supervisor_id is None:
            return
        with self.engine.store.read() as session:
            team = team_for(session, case, now)
            to = None if self.chance.happens(UNGIVEN) else worker_for(session, case, team, now)
        words = self.chance.one(HANDOVERS)
        by = case.supervisor_id
        transfer_case(self.engine.runtime, case.id, by=by, now=now, handover=words, to=to, team=team)

    def _begin(self, process: str) -> Callable[[Case, datetime], None]:
        def begin(case: Case, _now: datetime) -> None:
            found = self.published[process]
            start(
                self.engine.runtime, found.plan, found.version, {"case": case.id}, key=f"{process}:{case.id}"
            )

        return begin
