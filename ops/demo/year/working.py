"""What the department's people do with their tasks: when each is done, and by whom."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Final

from sqlmodel import Session, col, select

from definitions.time.clocks import Unit
from flows.errors import FlowError
from flows.inbox import book, claim, complete, earliest
from flows.inbox.task.deeds import calendar_of
from models import Appointment, HumanTask, StaffGroup, TaskKind, related
from ops.composition import Engine
from ops.demo.year.answering import answers_to
from ops.demo.year.chance import Chance
from tasks.people.appointments import STANDING
from tasks.result import TaskError

OPEN: Final = ("requested", "accepted", "in_progress")
LEFT: Final = 0.02
"""The share of tasks that nobody does until somebody asks where they are."""

LATE: Final = 0.11
"""The share of tasks that are done after they were due."""

_A_DAY: Final = timedelta(days=1)


@dataclass
class Workers:
    """The staff at work. `moments` has when each task will be done, drawn once per stage; None is never."""

    engine: Engine
    chance: Chance
    moments: dict[str, datetime | None] = field(default_factory=dict)
    done: int = 0
    refused: int = 0

    def work(self) -> int:
        """Do everything whose moment has come; returns how many commands were given."""
        now = self.engine.runtime.clock()
        before = self.done
        for task, by in self._due(now):
            try:
                self._do(task, by, now)
            except (FlowError, TaskError):
                self.refused += 1  # as in life: another way, another day
                self.moments[_stage(task)] = now + 2 * _A_DAY
            else:
                self.done += 1
        return self.done - before

    def _due(self, now: datetime) -> list[tuple[HumanTask, str | None]]:
        with self.engine.store.read() as session:
            query = select(HumanTask).where(col(HumanTask.status).in_(OPEN)).order_by(col(HumanTask.id))
            found = []
            open_ones = session.exec(query).all()
            session.gather(open_ones)  # what is asked of one is read for them all
            for task in open_ones:
                moment = self._moment(session, task, now)
                if moment is not None and moment <= now:
                    found.append((task, self._who(session, task)))
            return found

    def _moment(self, session: Session, task: HumanTask, now: datetime) -> datetime | None:
        """When this task is done; what waits for a meeting is drawn anew once it has taken place."""
        stage = _stage(task)
        if stage not in self.moments:
            self.moments[stage] = self._drawn(session, task, now)
        return self.moments[stage]

    def _drawn(self, session: Session, task: HumanTask, now: datetime) -> datetime | None:
        if task.kind is TaskKind.INCIDENT:
            return None
        if self.chance.happens(LEFT):
            return max(now, task.due_at or now) + self.chance.length(12 * _A_DAY, 40 * _A_DAY)
        if task.book_by is not None and not task.form:
            return now + self.chance.length(timedelta(0), _A_DAY)
        meeting = _meeting(session, task)
        if meeting is not None:
            return meeting + self.chance.length(timedelta(hours=1), timedelta(hours=30))
        due = task.due_at or now + 4 * _A_DAY
        if self.chance.happens(LATE):
            return max(now, due) + self.chance.length(timedelta(hours=4), 6 * _A_DAY)
        return now + self.chance.length(timedelta(0), max(due - now, timedelta(hours=1))) * 0.9

    def _who(self, session: Session, task: HumanTask) -> str | None:
        if task.assignee_id is not None:
            return task.assignee_id
        if task.candidate_group is None:
            return None
        places = related(session, StaffGroup, group=task.candidate_group)
        here = [place.staff_id for place in places if place.staff_id not in task.excluded_ids]
        return self.chance.one(sorted(here)) if here else None

    def _do(self, task: HumanTask, by: str | None, now: datetime) -> None:
        store = self.engine.store
        if by is not None and task.assignee_id is None:
            claim(store, task.id, by=by, now=now)
        if task.book_by is not None and not task.form:
            starts_at = self._slot(task, now)
            place = self.chance.one(("Office, room 1", "Office, room 2", "At home", "Day centre"))
            book(store, task.id, starts_at, by=by, now=now, place=place)
            return
        complete(store, task.id, answers_to(self.chance, task.form, now), by=by, now=now)

    def _slot(self, task: HumanTask, now: datetime) -> datetime:
        """The beginning of a meeting: on one of the next working days, on the half hour."""
        calendar = calendar_of(self.engine.runtime)
        first = max(earliest(task, now), now)
        day = calendar.add(first, self.chance.number(1, 6), Unit.WORKING_DAYS).moment_utc
        at = time(self.chance.number(9, 15), self.chance.one((0, 30)))
        return datetime.combine(day.astimezone(self.engine.zone).date(), at, self.engine.zone)


def _stage(task: HumanTask) -> str:
    """What is to be done with a task now: a form that comes to it later is another thing to do."""
    return f"{task.id}:{len(task.form)}"


def _meeting(session: Session, task: HumanTask) -> datetime | None:
    """When the task's standing appointment ends."""
    return next(
        (each.ends_at for each in related(session, Appointment, task_id=task.id) if each.status in STANDING),
        None,
    )
