"""An office whose board is looked at: cases with what figures count, written straight into the tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from account_world import MORNING
from databases import in_memory

from models import (
    Case,
    CaseStatus,
    Channel,
    Client,
    DefinitionVersion,
    HumanTask,
    Instance,
    Message,
    MessageStatus,
    Record,
    Referral,
    ReferralStatus,
    Role,
    Score,
    Service,
    Staff,
    StepRun,
    StepStatus,
    Store,
    TaskKind,
    Visit,
    VisitFrequency,
    VisitSchedule,
    VisitStatus,
    WaitsFor,
    new_id,
)
from web.access.actor import Actor
from web.reading.board.narrowed import Mine, Narrowed
from web.reading.board.opening import Opened
from web.reading.cases import Asked, cases

ZONE = ZoneInfo("America/New_York")
NOW = MORNING


@dataclass
class Office:
    """People, and cases by a name that a test gives them."""

    store: Store
    staff: dict[str, str] = field(default_factory=dict)
    cases: dict[str, str] = field(default_factory=dict)

    def add(self, *rows: Record) -> None:
        """Write these rows."""
        with self.store.write() as session:
            session.add_all(rows)

    def person(self, name: str) -> str:
        """A member of staff; the id."""
        if name not in self.staff:
            row = Staff(name=name.capitalize(), email=f"{name}@office.example")
            self.add(row)
            self.staff[name] = row.id
        return self.staff[name]

    def leader(self, *teams: str, name: str = "lea", role: Role = Role.SUPERVISOR) -> Actor:
        """Somebody who leads these teams."""
        ident = self.person(name)
        return Actor(
            new_id(), ident, name.capitalize(), frozenset({role}), frozenset(teams), frozenset(teams)
        )

    def case(self, name: str, worker: str | None = "ana", team: str = "intake", **fields: Any) -> str:
        """A case, active unless something else is said; its client has that name."""
        client = Client(given_name=name.capitalize(), family_name="Synthetic", created_at=NOW)
        values: dict[str, Any] = {"status": CaseStatus.ACTIVE, "activated_on": NOW.date(), **fields}
        row = Case(
            number=f"2026-{len(self.cases):06}",
            client_id=client.id,
            worker_id=None if worker is None else self.person(worker),
            team=team,
            received_at=NOW - timedelta(days=30),
            created_at=NOW,
            **values,
        )
        self.add(client, row)
        self.cases[name] = row.id
        return row.id

    def client_of(self, name: str) -> str:
        """The id of a case's client."""
        with self.store.read() as session:
            return session.get_one(Case, self.cases[name]).client_id

    def run(self, name: str, version: DefinitionVersion, step: str = "findings", **fields: Any) -> StepRun:
        """A process of the case that waits at a step for people, since some `hours`."""
        hours = fields.pop("hours", 1)
        instance = Instance(
            process=version.process,
            version_id=version.id,
            case_id=self.cases[name],
            started_at=NOW,
            start_key=new_id(),
        )
        values: dict[str, Any] = {"status": StepStatus.WAITING, "waits_for": WaitsFor.PEOPLE, **fields}
        run = StepRun(instance_id=instance.id, step=step, started_at=NOW - timedelta(hours=hours), **values)
        self.add(instance, run)
        return run

    def task(self, name: str, hours: float, who: str | None = "ana", **fields: Any) -> HumanTask:
        """An open task of the case that is due in so many hours."""
        row = HumanTask(
            **{
                "kind": TaskKind.CHECKLIST,
                "title": "Look",
                "case_id": self.cases[name],
                "assignee_id": None if who is None else self.person(who),
                "candidate_group": "intake",
                "due_at": NOW + timedelta(hours=hours),
                "created_at": NOW,
                **fields,
            }
        )
        self.add(row)
        return row

    def referral(self, name: str, status: ReferralStatus, **fields: Any) -> None:
        """A referral of the case."""
        service = Service(
            reference=new_id(), name="Synthetic", organization="Synthetic", categories=[], created_at=NOW
        )
        row = Referral(
            case_id=self.cases[name],
            client_id=self.client_of(name),
            service_id=service.id,
            category="food-insecurity",
            status=status,
            status_reason="synthetic",
            override_reason="synthetic",
            override_by=self.person("lea"),
            requested_at=NOW - timedelta(days=9),
            **fields,
        )
        self.add(service, row)

    def visit(self, name: str, status: VisitStatus, days_ago: int) -> None:
        """A visit that was to be so many days ago."""
        at = NOW - timedelta(days=days_ago)
        schedule = VisitSchedule(
            case_id=self.cases[name],
            frequency=VisitFrequency.MONTH,
            day_rule="15",
            time_zone="America/New_York",
            active_from=at.date(),
            dedupe_key=new_id(),
            created_at=at,
        )
        row = Visit(
            schedule_id=schedule.id,
            case_id=self.cases[name],
            local_date=at.astimezone(ZONE).date(),
            starts_at=at,
            status=status,
        )
        self.add(schedule, row)

    def score(self, name: str, band: str, points: int, at: datetime = NOW, **fields: Any) -> None:
        """A score that was calculated then."""
        self.add(
            Score(
                **{
                    "case_id": self.cases[name],
                    "client_id": self.client_of(name),
                    "name": "vulnerability",
                    "title": "Vulnerability",
                    "points": points,
                    "band": band,
                    "provisional": False,
                    "calculated_at": at,
                    **fields,
                }
            )
        )

    def message(self, name: str, status: MessageStatus, channel: Channel = Channel.SMS) -> None:
        """A message of the case."""
        self.add(
            Message(
                channel=channel,
                case_id=self.cases[name],
                address="+12025550123",
                recipient_role="client",
                language="en",
                template="appointment",
                body="Synthetic",
                status=status,
                dedupe_key=new_id(),
                created_at=NOW - timedelta(days=2),
            )
        )

    def mine(self, actor: Actor, **narrowed: Any) -> Mine:
        """The board of somebody."""
        return Mine(actor, NOW, ZONE, Narrowed(**narrowed))

    def opened(self, actor: Actor, figure: str, key: str = "", **narrowed: Any) -> list[str]:
        """The cases that a figure opens, by their names here."""
        names = {ident: name for name, ident in self.cases.items()}
        asked = Asked(opened=Opened(figure, key, Narrowed(**narrowed)))
        with self.store.read() as session:
            rows, _ = cases(session, actor, asked, NOW, zone=ZONE)
        return sorted(names[row.id] for row in rows)


def version(process: str = "intake", title: str = "Intake") -> DefinitionVersion:
    """A version that says nothing."""
    return DefinitionVersion(
        process=process,
        number=1,
        content_hash=process.ljust(64, "0")[:64],
        title=title,
        source="",
        file_name=f"{process}.yaml",
        published_at=NOW,
        published_by="test",
    )


@contextmanager
def open_office() -> Iterator[Office]:
    """An office without cases."""
    with in_memory() as store:
        yield Office(store)
