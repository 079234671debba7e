"""Handing a case over: all of the one before goes along at once, and nobody gets what they must not."""

from collections.abc import Iterator
from typing import Any

import pytest
from case_world import case_of, open_case
from step_bench import MONDAY
from web_desk import WebDesk

from flows.inbox import declare_conflict, delegate, delegation_of
from flows.inbox.case.transferring import TransferError, Transferred, transfer_case
from models import (
    AuditEvent,
    Case,
    CaseConfidant,
    CaseNote,
    CaseStatus,
    ChronologyEntry,
    HumanTask,
    Staff,
    TaskKind,
    TaskStatus,
    Visit,
    VisitFrequency,
    VisitSchedule,
)


@pytest.fixture
def office() -> Iterator[WebDesk]:
    with open_case() as opened:
        yield opened


def transfer(office: WebDesk, **more: Any) -> Transferred:
    told = {"by": office.desk.lead, "now": office.desk.now, "handover": "Call in the morning.", **more}
    return transfer_case(office.web.runtime, office.desk.case_id, **told)


def task(office: WebDesk, **fields: Any) -> str:
    with office.desk.store.write() as session:
        row = HumanTask(
            kind=TaskKind.CHECKLIST,
            title="Look",
            case_id=office.desk.case_id,
            created_at=MONDAY,
            **{"assignee_id": office.desk.worker, **fields},
        )
        session.add(row)
        return row.id


def read(office: WebDesk, task_id: str) -> HumanTask:
    with office.desk.store.read() as session:
        return session.get_one(HumanTask, task_id)


def test_the_case_goes_with_its_tasks_and_a_signed_note(office: WebDesk) -> None:
    ana = office.desk.others["ana"]
    done = transfer(office, to=ana)
    assert (done.worker_id, done.team, done.tasks, done.changed) == (ana, "intake_team", 1, True)
    assert (case_of(office).worker_id, office.desk.task.assignee_id) == (ana, ana)
    (note,) = office.desk.rows(CaseNote)
    assert (note.text, note.signed_by, note.title) == (
        "Call in the morning.",
        office.desk.lead,
        "Handover to Ana",
    )
    told = [each for each in office.desk.rows(ChronologyEntry) if each.kind == "handed_over"]
    assert [each.title for each in told] == ["Handed over to Ana"]
    acts = [each for each in office.desk.rows(AuditEvent) if each.action == "update"]
    assert [each.fields for each in acts] == [["supervisor", "team", "worker"]]
    assert office.desk.actions()[-1] == "reassigned"


def test_a_second_time_changes_nothing(office: WebDesk) -> None:
    ana = office.desk.others["ana"]
    assert [transfer(office, to=ana).changed for _ in range(2)] == [True, False]
    assert len(office.desk.rows(CaseNote)) == 1


def test_what_rests_goes_along_and_keeps_its_reason(office: WebDesk) -> None:
    resting = task(office, status=TaskStatus.ON_HOLD, reason="waits for papers")
    others = task(office, assignee_id=office.desk.lead)
    ended = task(office, status=TaskStatus.COMPLETED)
    ana = office.desk.others["ana"]
    assert transfer(office, to=ana).tasks == 2
    moved = read(office, resting)
    assert (moved.assignee_id, moved.status, moved.reason) == (ana, TaskStatus.ON_HOLD, "waits for papers")
    assert read(office, others).assignee_id == office.desk.lead
    assert read(office, ended).assignee_id == office.desk.worker


def test_what_the_one_before_did_for_a_colleague_is_the_next_ones_own(office: WebDesk) -> None:
    lead, ana = office.desk.lead, office.desk.others["ana"]
    shared = task(office, assignee_id=lead)
    delegate(office.desk.store, shared, to=office.desk.worker, by=lead, now=MONDAY)
    transfer(office, to=ana)
    with office.desk.store.read() as session:
        assert delegation_of(session, shared) is None
    delegate(office.desk.store, shared, to=office.desk.worker, by=ana, now=MONDAY)
    assert read(office, shared).assignee_id == office.desk.worker


def test_what_rests_is_accepted_anew_by_whoever_gets_it(office: WebDesk) -> None:
    resting = task(office, status=TaskStatus.ON_HOLD, reason="waits for papers", accepted_at=MONDAY)
    transfer(office, to=office.desk.others["ana"])
    assert (read(office, resting).status, read(office, resting).accepted_at) == (TaskStatus.ON_HOLD, None)


def test_four_eyes_put_a_task_into_the_queue(office: WebDesk) -> None:
    ana = office.desk.others["ana"]
    kept = task(office, excluded_ids=[ana])
    transfer(office, to=ana)
    assert (read(office, kept).assignee_id, read(office, kept).candidate_group) == (None, "intake_team")


def test_another_team_gets_what_lay_in_the_queue_of_the_one_before(office: WebDesk) -> None:
    queued = task(office, assignee_id=None, candidate_group="intake_team")
    elsewhere = task(office, assignee_id=None, candidate_group="duty_managers")
    done = transfer(office, team="referral_team")
    assert (done.worker_id, done.team) == (None, "referral_team")
    assert read(office, queued).candidate_group == "referral_team"
    assert read(office, elsewhere).candidate_group == "duty_managers"
    assert (office.desk.task.assignee_id, office.desk.task.candidate_group) == (None, "referral_team")


def test_planned_visits_and_what_plans_them_go_along(office: WebDesk) -> None:
    with office.desk.store.write() as session:
        schedule = VisitSchedule(
            case_id=office.desk.case_id,
            worker_id=office.desk.worker,
            frequency=VisitFrequency.MONTH,
            day_rule="last_day",
            time_zone="America/New_York",
            active_from=MONDAY.date(),
            dedupe_key="one",
            created_at=MONDAY,
        )
        session.add(schedule)
        session.flush()
        session.add(
            Visit(
                schedule_id=schedule.id,
                case_id=office.desk.case_id,
                local_date=MONDAY.date(),
                starts_at=MONDAY,
                worker_id=office.desk.worker,
            )
        )
    sam = office.desk.others["sam"]
    assert transfer(office, to=sam).visits == 1
    assert {each.worker_id for each in (*office.desk.rows(Visit), *office.desk.rows(VisitSchedule))} == {sam}
    assert case_of(office).team == "referral_team"


def test_nobody_gets_a_client_whom_they_know_or_a_team_that_is_not_theirs(office: WebDesk) -> None:
    ana = office.desk.others["ana"]
    declare_conflict(
        office.desk.store, office.desk.case_id, by=ana, reason="a cousin", now=MONDAY, zone=office.web.zone
    )
    for wrong, why in (
        ({"to": ana}, "not for Ana"),
        ({"to": office.desk.others["sam"], "team": "intake_team"}, "does not work in that team"),
        ({"team": "no_team"}, "no team"),
        ({"to": "nobody"}, "does not work here"),
        ({}, "name the caseworker"),
        ({"to": office.desk.others["sam"], "handover": "  "}, "kept as a note"),
        ({"to": office.desk.others["sam"], "handover": "a\x00b"}, "handover note"),
    ):
        with pytest.raises(TransferError, match=why):
            transfer(office, **wrong)
    assert case_of(office).worker_id == office.desk.worker


def test_a_closed_case_is_not_handed_over(office: WebDesk) -> None:
    with office.desk.store.write() as session:
        case = session.get_one(Case, office.desk.case_id)
        case.status, case.closed_at = CaseStatus.CLOSED, MONDAY
    with pytest.raises(TransferError, match="closed"):
        transfer(office, to=office.desk.others["ana"])


def test_whoever_gets_a_sealed_case_is_named_for_it(office: WebDesk) -> None:
    boss = "0" * 26
    with office.desk.store.write() as session:
        session.add(Staff(id=boss, name="Boss", email="boss@office.example"))
        session.get_one(Staff, office.desk.others["ana"]).supervisor_id = boss
        session.get_one(Case, office.desk.case_id).sealed = True
    transfer(office, to=office.desk.others["ana"])
    named = {each.staff_id for each in office.desk.rows(CaseConfidant)}
    assert named == {office.desk.others["ana"], boss}
    assert case_of(office).supervisor_id == boss
