"""What the staff writes down besides: notes, whether appointments were kept, what came of goals."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import col, select

from flows.errors import FlowError
from flows.inbox import Finding, Writing, record_attendance, record_outcome, write_note
from models import (
    CASE_OPEN,
    Appointment,
    Case,
    Goal,
    GoalStatus,
    HumanTask,
    NoteKind,
    Plan,
    PlanStatus,
)
from ops.composition import Engine
from ops.demo.year.chance import Chance
from tasks.people.appointments import STANDING

KEPT: Final = 0.93
"""The share of appointments to which the client came."""

NOTED: Final = timedelta(days=40)
"""How far back notes were written about open cases; what is longer ago costs more than it shows."""

UNSIGNED: Final = 0.06
LATE: Final = 0.1

NOTES: Final = (
    (NoteKind.CONTACT, "Call", "Called as agreed. All is well at home; wants help with a letter.", True),
    (
        NoteKind.CONTACT,
        "Message left",
        "Nobody answered. Tried at the time that is safe, left no message.",
        False,
    ),
    (NoteKind.VISIT, "At home", "Was expected. The flat is warm.\nThe children showed their drawings.", True),
    (
        NoteKind.CORRESPONDENCE,
        "Letter to the landlord",
        "Asked for the repairs by the end of the month.",
        False,
    ),
    (NoteKind.CONFERENCE, "Round table", "School, clinic and we. Agreed who calls first.", True),
    (
        NoteKind.SUPERVISION,
        "Supervision",
        "Talked through what comes next; nothing stands in the way.",
        False,
    ),
    (
        NoteKind.MANAGEMENT_DECISION,
        "Costs of the course",
        "Agreed for three months, then looked at again.",
        False,
    ),
)
"""Kind, title, text, and whether the client was there."""


@dataclass
class Records:
    """Writing it down. `until` is when the year ends."""

    engine: Engine
    chance: Chance
    until: datetime
    done: int = 0

    def write(self) -> int:
        """Write everything down; returns how many commands that took."""
        for case in self._open_cases():
            self._notes(case)
        for appointment in self._met():
            self._attend(appointment)
        for goal, worker in self._goals():
            self._found(goal, worker)
        return self.done

    def _notes(self, case: Case) -> None:
        moment = max(case.received_at, self.until - NOTED) + self.chance.length(
            timedelta(hours=2), timedelta(days=6)
        )
        while moment < self.until and case.worker_id is not None:
            kind, title, text, met = self.chance.one(NOTES)
            told = self.chance.happens(0.08)
            writing = Writing(
                kind=kind,
                title=title,
                text=text,
                happened_at=moment,
                with_client=met,
                significant=self.chance.happens(0.15),
                third_party=told,
                source="A neighbour" if told else None,
            )
            later = timedelta(days=3) if self.chance.happens(LATE) else timedelta(hours=1)
            write_note(
                self.engine.store,
                case.id,
                writing,
                by=case.worker_id,
                now=min(moment + later, self.until),
                zone=self.engine.zone,
                sign=not self.chance.happens(UNSIGNED),
            )
            self.done += 1
            moment += self.chance.length(timedelta(days=5), timedelta(days=16))

    def _attend(self, appointment: Appointment) -> None:
        kept = self.chance.happens(KEPT)
        try:
            record_attendance(
                self.engine.store,
                str(appointment.task_id),
                kept=kept,
                reason=None if kept else "Nobody came; called and reached nobody.",
                by=appointment.worker_id,
                now=min(appointment.ends_at + timedelta(hours=1), self.until),
            )
        except FlowError:
            return
        self.done += 1

    def _found(self, goal: Goal, worker: str | None) -> None:
        if not self.chance.happens(0.6):
            return
        day = max(goal.created_at, self.until - timedelta(days=20)).astimezone(self.engine.zone).date()
        status = self.chance.weighed(
            {GoalStatus.IN_PROGRESS: 0.7, GoalStatus.ACHIEVED: 0.2, GoalStatus.PARTLY_ACHIEVED: 0.1}
        )
        finding = Finding(
            "On the way" if status is GoalStatus.IN_PROGRESS else goal.target,
            status,
            day,
            worker_view="Steady, with few setbacks.",
            client_view="It goes better than I had thought.",
        )
        record_outcome(self.engine.store, goal.id, finding, by=worker, now=self.until, zone=self.engine.zone)
        self.done += 1

    def _open_cases(self) -> list[Case]:
        with self.engine.store.read() as session:
            query = select(Case).where(col(Case.status).in_(CASE_OPEN), col(Case.worker_id).is_not(None))
            return list(session.exec(query.order_by(col(Case.id))))

    def _met(self) -> list[Appointment]:
        with self.engine.store.read() as session:
            query = (
                select(Appointment)
                .join(HumanTask, col(HumanTask.id) == col(Appointment.task_id))
                .where(col(Appointment.status).in_(STANDING), col(Appointment.ends_at) < self.until)
            )
            return list(session.exec(query.order_by(col(Appointment.id))))

    def _goals(self) -> list[tuple[Goal, str | None]]:
        with self.engine.store.read() as session:
            query = (
                select(Goal, Plan.written_by)
                .join(Plan, col(Plan.id) == col(Goal.plan_id))
                .where(Plan.status == PlanStatus.AGREED)
            )
            return [(row[0], row[1]) for row in session.exec(query.order_by(col(Goal.id)))]
