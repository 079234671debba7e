"""The invariants of the records, each held by the database or by SQLAlchemy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from models import (
    Appointment,
    AuditEvent,
    Case,
    CaseNote,
    Channel,
    ChecklistAnswer,
    ChronologyEntry,
    Client,
    Consent,
    ContactKind,
    ContactPoint,
    HouseholdMember,
    HumanTask,
    Income,
    IncomeFrequency,
    Involvement,
    InvolvementRole,
    Message,
    MonthEndRule,
    NoteKind,
    Plan,
    Receipt,
    Record,
    RecordError,
    Referral,
    Report,
    ReportMember,
    Score,
    Service,
    Staff,
    Store,
    TaskKind,
    Visit,
    VisitFrequency,
    VisitSchedule,
)

DAY = date(2026, 3, 1)


class Office:
    """A client with a case, a worker, a task and a service, to hang other records on."""

    def __init__(self, store: Store, now: datetime) -> None:
        self.store, self.now = store, now
        self.client = Client(given_name="Ada", family_name="Example", created_at=now)
        self.worker = Staff(name="Wim Worker", email="wim@example.org")
        self.case = Case(number="2026-0001", client_id=self.client.id, received_at=now, created_at=now)
        self.task = HumanTask(kind=TaskKind.CHECKLIST, title="Intake", case_id=self.case.id, created_at=now)
        self.service = Service(
            organization="Food bank", name="Parcels", categories=["food-insecurity"], created_at=now
        )
        self.consent = Consent(
            client_id=self.client.id, purpose="referral", given_by="Ada Example", given_at=now
        )
        self.schedule = VisitSchedule(
            case_id=self.case.id,
            frequency=VisitFrequency.MONTH,
            day_rule="last_day",
            time_zone="Europe/Berlin",
            month_end_rule=MonthEndRule.LAST_DAY,
            active_from=DAY,
            dedupe_key="k",
            created_at=now,
        )
        self.add(self.client, self.worker, self.case, self.task, self.service, self.consent, self.schedule)

    def add(self, *records: Record) -> None:
        with self.store.write() as session:
            session.add_all(records)

    def appointment(self, **changed: Any) -> Appointment:
        values = {
            "case_id": self.case.id,
            "client_id": self.client.id,
            "place": "Office",
            "uid": "1",
            "starts_at": self.now,
            "ends_at": self.now + timedelta(hours=1),
            "created_at": self.now,
        }
        return Appointment(**{**values, **changed})

    def answer(self, **changed: Any) -> ChecklistAnswer:
        values = {
            "task_id": self.task.id,
            "step": "findings",
            "item": "housing",
            "value": "stable",
            "answered_at": self.now,
        }
        return ChecklistAnswer(**{**values, **changed})

    def referral(self, **changed: Any) -> Referral:
        values = {
            "case_id": self.case.id,
            "client_id": self.client.id,
            "service_id": self.service.id,
            "category": "food-insecurity",
            "requested_at": self.now,
            "consent_id": self.consent.id,
        }
        return Referral(**{**values, **changed})

    def visit(self, **changed: Any) -> Visit:
        values = {
            "schedule_id": self.schedule.id,
            "case_id": self.case.id,
            "local_date": DAY,
            "starts_at": self.now,
        }
        return Visit(**{**values, **changed})

    def message(self, **changed: Any) -> Message:
        values = {
            "channel": Channel.SMS,
            "address": "+15550100",
            "recipient_role": "client",
            "language": "en",
            "template": "safety_alert",
            "body": "Please call.",
            "dedupe_key": "1",
            "created_at": self.now,
        }
        return Message(**{**values, **changed})

    def score(self, **changed: Any) -> Score:
        values = {
            "case_id": self.case.id,
            "client_id": self.client.id,
            "name": "vulnerability",
            "title": "V",
            "points": 3,
            "band": "medium",
            "provisional": False,
            "calculated_at": self.now,
        }
        return Score(**{**values, **changed})

    def entry(self) -> ChronologyEntry:
        return ChronologyEntry(
            case_id=self.case.id,
            happened_on=DAY,
            recorded_at=self.now,
            kind="allocated",
            title="Allocated",
            source="case.allocated",
            by="system:intake",
        )


@pytest.fixture
def office(store: Store, now: datetime) -> Office:
    return Office(store, now)


BROKEN: dict[str, Callable[[Office], Record]] = {
    "ck_clients_birth_known": lambda o: Client(
        given_name="A", family_name="B", created_at=o.now, date_of_birth_quality="full"
    ),
    "ck_household_members_days": lambda o: HouseholdMember(
        household_id="x", client_id=o.client.id, joined_on=DAY, left_on=DAY - timedelta(days=1)
    ),
    "ck_involvements_person_named": lambda o: Involvement(
        client_id=o.client.id, role=InvolvementRole.GUARDIAN
    ),
    "ck_contact_points_value_given": lambda o: ContactPoint(
        client_id=o.client.id, kind=ContactKind.PHONE, created_at=o.now
    ),
    "ck_staff_absence": lambda o: Staff(
        name="S", email="s@example.org", absent_from=o.now, absent_until=o.now
    ),
    "ck_incomes_days": lambda o: Income(
        client_id=o.client.id,
        currency="EUR",
        frequency=IncomeFrequency.WEEKLY,
        recorded_at=o.now,
        starts_on=DAY,
        ends_on=DAY - timedelta(days=1),
    ),
    "ck_incomes_not_negative": lambda o: Income(
        client_id=o.client.id,
        currency="EUR",
        frequency=IncomeFrequency.WEEKLY,
        recorded_at=o.now,
        amount="-1.00",
    ),
    "ck_cases_active_dated": lambda o: Case(
        number="2", client_id=o.client.id, received_at=o.now, created_at=o.now, status="active"
    ),
    "ck_cases_closed_dated": lambda o: Case(
        number="2", client_id=o.client.id, received_at=o.now, created_at=o.now, status="closed"
    ),
    "ck_human_tasks_reason_given": lambda o: HumanTask(
        kind=TaskKind.REVIEW, title="R", created_at=o.now, status="on_hold"
    ),
    "ck_appointments_order": lambda o: o.appointment(ends_at=o.now),
    "ck_appointments_dated": lambda o: o.appointment(status="cancelled"),
    "ck_plans_agreed_dated": lambda o: Plan(case_id=o.case.id, status="agreed", created_at=o.now),
    "ck_referrals_consent_or_override": lambda o: o.referral(consent_id=None, override_reason="at once"),
    "ck_referrals_reason_given": lambda o: o.referral(status="rejected", status_reason=""),
    "ck_consents_expiry": lambda o: Consent(
        client_id=o.client.id, purpose="p", given_by="A", given_at=o.now, expires_at=o.now
    ),
    "ck_visits_approved": lambda o: o.visit(status="cancelled", reason="moved away"),
    "ck_visits_rescheduled_to": lambda o: o.visit(status="rescheduled"),
    "ck_visit_schedules_key": lambda o: VisitSchedule(
        case_id=o.case.id, frequency="month", day_rule="1", time_zone="UTC", active_from=DAY, created_at=o.now
    ),
    "ck_case_notes_signed_by_someone": lambda o: CaseNote(
        case_id=o.case.id,
        kind=NoteKind.CONTACT,
        title="T",
        text="",
        happened_at=o.now,
        written_at=o.now,
        written_by=o.worker.id,
        signed_at=o.now,
    ),
    "ck_reports_final_complete": lambda o: Report(
        report="monthly", team="north", period_start=DAY, period_end=DAY, status="final", created_at=o.now
    ),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_the_database_refuses_a_record_that_breaks(office: Office, rule: str) -> None:
    with pytest.raises(IntegrityError, match=rule):
        office.add(BROKEN[rule](office))


DOUBLED: dict[str, Callable[[Office], Record]] = {
    "one current answer per item": lambda o: o.answer(),
    "one draft per item": lambda o: o.answer(draft=True),
    "one current score per case and name": lambda o: o.score(),
    "one visit per schedule and local date": lambda o: o.visit(),
    "one message per step run, channel and recipient": lambda o: o.message(),
    "one receipt per status": lambda o: Receipt(
        provider="twilio", provider_id="SM1", status="sent", received_at=o.now
    ),
    "one agreed plan per case": lambda o: Plan(
        case_id=o.case.id, status="agreed", agreed_on=DAY, created_at=o.now
    ),
    "one report per team and period": lambda o: Report(
        report="monthly", team="north", period_start=DAY, period_end=DAY, created_at=o.now
    ),
    "one appointment per uid": lambda o: o.appointment(),
}


@pytest.mark.parametrize("rule", DOUBLED)
def test_there_is(office: Office, rule: str) -> None:
    office.add(DOUBLED[rule](office))
    with pytest.raises(IntegrityError, match=r"(?i)unique"):
        office.add(DOUBLED[rule](office))


def test_a_case_joins_a_report_once(office: Office) -> None:
    report = Report(report="monthly", team="north", period_start=DAY, period_end=DAY, created_at=office.now)
    office.add(report, ReportMember(report_id=report.id, case_id=office.case.id, joined_at=office.now))
    with pytest.raises(IntegrityError, match=r"(?i)unique"):
        office.add(ReportMember(report_id=report.id, case_id=office.case.id, joined_at=office.now))


def test_a_correction_stands_beside_the_answer_it_supersedes(office: Office) -> None:
    first = office.answer(superseded_at=office.now)
    office.add(first, office.answer(value="homeless", supersedes_id=first.id), office.answer(draft=True))
    with office.store.read() as session:
        assert len(session.exec(select(ChecklistAnswer)).all()) == 3


def test_one_submission_may_answer_several_items_but_each_once(office: Office) -> None:
    office.add(office.answer(idempotency_key="s1"), office.answer(item="health", idempotency_key="s1"))
    with pytest.raises(IntegrityError, match=r"(?i)unique"):
        office.add(office.answer(idempotency_key="s1", draft=True))


@pytest.mark.parametrize(
    "value", [None, "stable", ["a", "b"], 3, True, {"amount": "1.00", "currency": "EUR"}]
)
def test_an_answer_keeps_its_kind_of_value(office: Office, value: object) -> None:
    office.add(office.answer(value=value))
    with office.store.read() as session:
        assert session.exec(select(ChecklistAnswer.value)).one() == value


def test_a_message_without_a_provider_yet_clashes_with_no_other(office: Office) -> None:
    office.add(office.message(dedupe_key="1"), office.message(dedupe_key="2"))


def test_a_signed_note_is_locked(office: Office) -> None:
    note = CaseNote(
        case_id=office.case.id,
        kind=NoteKind.CONTACT,
        title="Call",
        text="Spoke.",
        happened_at=office.now,
        written_at=office.now,
        written_by=office.worker.id,
    )
    office.add(note)
    note.text, note.signed_at, note.signed_by = "Spoke on the phone.", office.now, office.worker.id
    office.add(note)
    note.text = "Did not speak."
    with pytest.raises(RecordError, match="signed and locked"):
        office.add(note)


def test_a_signature_cannot_be_taken_back(office: Office) -> None:
    note = CaseNote(
        case_id=office.case.id,
        kind=NoteKind.CONTACT,
        title="Call",
        text="Spoke.",
        happened_at=office.now,
        written_at=office.now,
        written_by=office.worker.id,
        signed_at=office.now,
        signed_by=office.worker.id,
    )
    office.add(note)
    note.signed_at = note.signed_by = None
    with pytest.raises(RecordError, match="signed and locked"):
        office.add(note)


@pytest.mark.parametrize("record", ["chronology", "audit"])
def test_what_is_written_once_is_neither_changed_nor_deleted(office: Office, record: str) -> None:
    audit = AuditEvent(at=office.now, actor="wim", action="read", record="Client", record_id=office.client.id)
    entry = office.entry()
    office.add(entry, audit)
    table, key = (ChronologyEntry, entry.id) if record == "chronology" else (AuditEvent, audit.id)
    with pytest.raises(RecordError, match="never changed"), office.store.write() as session:
        session.delete(session.get_one(table, key))
    with office.store.read() as reading:
        kept = reading.get_one(table, key)
    setattr(kept, "title" if record == "chronology" else "reason", "other")
    with pytest.raises(RecordError, match="never changed"):
        office.add(kept)


def test_an_inactive_service_serves_nobody(office: Office) -> None:
    assert office.service.serves("food-insecurity")
    assert not office.service.serves("homelessness")
    office.service.active = False
    assert not office.service.serves("food-insecurity")
