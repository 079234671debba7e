"""Ready to hand over: each point from the dates of the records, for one case, a list and the counts."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from account_world import MORNING
from databases import in_memory
from sqlmodel import Session, col, select

from models import (
    Case,
    CaseNote,
    Client,
    Consent,
    ContactKind,
    ContactPoint,
    NoteKind,
    Plan,
    PlanStatus,
    Report,
    ReportMember,
    Staff,
)
from web.reading.case.handover import Readiness, ReadyCount, readiness, ready_by_worker

ZONE = ZoneInfo("America/New_York")
LONG = timedelta(days=100)
Change = Callable[[Session, Case], None]


@pytest.fixture
def session() -> Iterator[Session]:
    with in_memory() as store, store.write() as opened:
        yield opened


def case(session: Session, number: str = "2026-000001", worker: str | None = None) -> Case:
    client = Client(given_name="Synthetic", family_name="Client", created_at=MORNING)
    made = Case(number=number, client_id=client.id, worker_id=worker, received_at=MORNING, created_at=MORNING)
    session.add_all([client, made])
    session.flush()
    return made


def worker(session: Session) -> str:
    row = Staff(name="Worker", email="worker@office.example")
    session.add(row)
    session.flush()
    return row.id


def ready(session: Session, made: Case, by: str, at: datetime = MORNING) -> None:
    """Everything that a handover wants."""
    report = Report(
        report="monthly", team=made.number, period_start=at.date(), period_end=at.date(), created_at=at
    )
    session.add_all(
        [
            CaseNote(
                case_id=made.id,
                kind=NoteKind.CONTACT,
                title="Call",
                text="Well.",
                happened_at=at,
                written_at=at,
                written_by=by,
            ),
            report,
            ReportMember(report_id=report.id, case_id=made.id, joined_at=at),
            Plan(case_id=made.id, status=PlanStatus.AGREED, agreed_on=at.date(), created_at=at),
            ContactPoint(
                client_id=made.client_id,
                kind=ContactKind.PHONE,
                value="+12025550100",
                confirmed_at=at,
                created_at=at,
            ),
            Consent(
                client_id=made.client_id,
                purpose="referral",
                given_by="client",
                given_at=at,
                expires_at=at + LONG,
            ),
        ]
    )
    session.flush()


def unmet(session: Session, made: Case, now: datetime) -> list[str]:
    found: Readiness = readiness(session, [made.id], now, ZONE)[made.id]
    assert found.ready == (not [each for each in found.points if not each.met])
    return [each.name for each in found.points if not each.met]


def test_a_case_of_which_nothing_is_known_lacks_all_five(session: Session) -> None:
    made = case(session)
    assert unmet(session, made, MORNING) == ["note", "summary", "plan", "contacts", "consent"]


def test_each_point_lasts_as_long_as_it_says(session: Session) -> None:
    made = case(session)
    ready(session, made, worker(session))
    hour = timedelta(hours=1)
    assert unmet(session, made, MORNING + timedelta(days=7) - hour) == []
    assert unmet(session, made, MORNING + timedelta(days=7) + hour) == ["note"]
    assert unmet(session, made, datetime(2026, 6, 2, 7, tzinfo=MORNING.tzinfo)) == ["note"]
    assert unmet(session, made, datetime(2026, 6, 3, 9, tzinfo=MORNING.tzinfo)) == ["note", "summary"]
    assert unmet(session, made, MORNING + LONG + hour) == ["note", "summary", "consent"]


def overdue(session: Session, made: Case) -> None:
    plan = session.exec(select(Plan).where(col(Plan.case_id) == made.id)).one()
    plan.review_on = date(2026, 3, 1)


def lapsed(session: Session, made: Case) -> None:
    point = session.exec(select(ContactPoint).where(col(ContactPoint.client_id) == made.client_id)).one()
    point.expires_at = MORNING


def another(session: Session, made: Case) -> None:
    session.add(
        ContactPoint(
            client_id=made.client_id, kind=ContactKind.EMAIL, value="a@example.org", created_at=MORNING
        )
    )


def withdrawn(session: Session, made: Case) -> None:
    consent = session.exec(select(Consent).where(col(Consent.client_id) == made.client_id)).one()
    consent.withdrawn_at = MORNING


@pytest.mark.parametrize(
    ("change", "point", "words"),
    [
        (overdue, "plan", "overdue"),
        (lapsed, "contacts", "1 of 1"),
        (another, "contacts", "1 of 2"),
        (withdrawn, "consent", "withdrawn"),
    ],
)
def test_what_is_not_so_any_more_is_told(session: Session, change: Change, point: str, words: str) -> None:
    made = case(session)
    ready(session, made, worker(session))
    change(session, made)
    session.flush()
    assert unmet(session, made, MORNING) == [point]
    (missing,) = [
        each.missing for each in readiness(session, [made.id], MORNING, ZONE)[made.id].points if not each.met
    ]
    assert words in missing


def test_what_is_wrong_or_set_aside_needs_no_confirmation(session: Session) -> None:
    made = case(session)
    ready(session, made, worker(session))
    another(session, made)
    point = session.exec(select(ContactPoint).where(col(ContactPoint.value) == "a@example.org")).one()
    point.erroneous_at = MORNING
    session.flush()
    assert unmet(session, made, MORNING) == []


def test_the_counts_say_the_same_as_the_cases_one_by_one(session: Session) -> None:
    by = worker(session)
    several = [case(session, f"2026-00000{each}", by if each < 4 else None) for each in range(1, 6)]
    for each in several[1:4]:
        ready(session, each, by)
    counts = {each.worker_id: (each.ready, each.cases) for each in _counted(session)}
    one_by_one = readiness(session, [each.id for each in several], MORNING, ZONE)
    assert counts == {by: (2, 3), None: (1, 2)}
    assert sum(each.ready for each in one_by_one.values()) == 3


def _counted(session: Session) -> list[ReadyCount]:
    return list(ready_by_worker(session, col(Case.id).is_not(None), MORNING, ZONE))
