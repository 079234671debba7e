"""Sealing a case, and "I know this person": at once, whole, and without losing work."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from desk_world import Desk, open_desk
from sqlmodel import select
from step_bench import MONDAY

from flows.inbox import (
    InboxError,
    NotAllowedError,
    declare_conflict,
    end_conflict,
    reassign,
    seal_case,
    unname,
    unseal_case,
)
from models import (
    AuditEvent,
    Case,
    CaseConfidant,
    ChronologyEntry,
    Conflict,
    HumanTask,
    Staff,
    Visit,
    VisitFrequency,
    VisitSchedule,
)

ZONE = ZoneInfo("America/New_York")


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A case of Worker's, whose supervisor is Lead; Ann is there too."""
    with open_desk(ann="intake_team") as opened:
        yield opened


def declare(desk: Desk, by: str | None = None) -> Conflict:
    return declare_conflict(
        desk.store, desk.case_id, by=by or desk.worker, reason="my cousin", now=MONDAY, zone=ZONE
    )


def case_of(desk: Desk) -> Case:
    with desk.store.read() as session:
        return session.get_one(Case, desk.case_id)


def test_the_work_goes_to_the_supervisor_at_once(desk: Desk) -> None:
    assert desk.task.assignee_id == desk.worker
    declare(desk)
    assert (desk.task.assignee_id, desk.task.accepted_at) == (desk.lead, None)
    assert case_of(desk).worker_id is None
    assert not [each for each in desk.rows(HumanTask) if desk.worker in (each.assignee_id, each.owner_id)]


def test_planned_visits_go_with_it(desk: Desk) -> None:
    with desk.store.write() as session:
        schedule = VisitSchedule(
            case_id=desk.case_id,
            frequency=VisitFrequency.MONTH,
            day_rule="last_day",
            time_zone="America/New_York",
            active_from=MONDAY.date(),
            dedupe_key="x",
            created_at=MONDAY,
        )
        visit = Visit(
            schedule_id=schedule.id,
            case_id=desk.case_id,
            local_date=MONDAY.date(),
            starts_at=MONDAY,
            worker_id=desk.worker,
        )
        session.add_all([schedule, visit])
    declare(desk)
    (moved,) = desk.rows(Visit)
    assert moved.worker_id == desk.lead


def test_the_reason_is_in_the_audit_and_not_in_the_chronology(desk: Desk) -> None:
    declare(desk)
    (event,) = [each for each in desk.rows(AuditEvent) if each.action == "conflict"]
    assert (event.actor, event.case_id, event.reason) == (desk.worker, desk.case_id, "my cousin")
    told = [each for each in desk.rows(ChronologyEntry) if each.kind == "handed_over"]
    assert [each.title for each in told] == ["Handed over to somebody else"]
    assert not any("cousin" in f"{each.title} {each.detail}" for each in told)


def test_said_twice_it_is_one(desk: Desk) -> None:
    first, again = declare(desk), declare(desk)
    assert first.id == again.id
    assert len([each for each in desk.rows(AuditEvent) if each.action == "conflict"]) == 1


def test_where_no_supervisor_is_there_the_team_gets_it(desk: Desk) -> None:
    with desk.store.write() as session:
        lead = session.get_one(Staff, desk.lead)
        lead.active = False
        session.add(lead)
    declare(desk)
    assert (desk.task.assignee_id, desk.task.candidate_group) == (None, "intake_team")


def test_a_supervisor_who_knows_the_client_gets_nothing(desk: Desk) -> None:
    declare(desk, by=desk.lead)
    assert case_of(desk).supervisor_id is None
    declare(desk)
    assert (desk.task.assignee_id, desk.task.candidate_group) == (None, "intake_team")


def test_nothing_is_given_back_to_somebody_who_knows_the_client(desk: Desk) -> None:
    declare(desk)
    with pytest.raises(NotAllowedError, match="somebody else"):
        reassign(desk.store, desk.task_id, to=desk.worker, by=desk.lead, now=MONDAY)


def test_somebody_else_ends_it(desk: Desk) -> None:
    made = declare(desk)
    with pytest.raises(NotAllowedError, match="somebody else"):
        end_conflict(desk.store, made.id, by=desk.worker, now=MONDAY)
    assert end_conflict(desk.store, made.id, by=desk.lead, now=MONDAY).ended_at == MONDAY
    reassign(desk.store, desk.task_id, to=desk.worker, by=desk.lead, now=MONDAY)
    assert desk.task.assignee_id == desk.worker
    assert declare(desk).id != made.id


def test_it_wants_a_reason_and_a_case(desk: Desk) -> None:
    with pytest.raises(InboxError, match="reason"):
        declare_conflict(desk.store, desk.case_id, by=desk.worker, reason=" ", now=MONDAY, zone=ZONE)
    with pytest.raises(InboxError, match="no case"):
        declare_conflict(desk.store, "nowhere", by=desk.worker, reason="x", now=MONDAY, zone=ZONE)


# -- sealing


def named(desk: Desk) -> set[str]:
    with desk.store.read() as session:
        return set(session.exec(select(CaseConfidant.staff_id)))


def test_a_sealed_case_names_those_who_have_it_and_whoever_sealed_it(desk: Desk) -> None:
    ann = desk.others["ann"]
    done = seal_case(desk.store, desk.case_id, [ann], by=desk.lead, reason="a colleague's family", now=MONDAY)
    assert set(done) == named(desk) == {ann, desk.lead, desk.worker}
    assert case_of(desk).sealed
    (event,) = [each for each in desk.rows(AuditEvent) if each.action == "seal_case"]
    assert (event.actor, event.reason) == (desk.lead, "a colleague's family")


def test_more_are_named_and_some_no_more_but_the_last_stays(desk: Desk) -> None:
    ann = desk.others["ann"]
    seal_case(desk.store, desk.case_id, [], by=desk.lead, reason="family", now=MONDAY)
    seal_case(desk.store, desk.case_id, [ann], by=desk.lead, reason="she takes it", now=MONDAY)
    for each in (desk.worker, desk.lead, desk.lead):
        unname(desk.store, desk.case_id, each, by=desk.lead, now=MONDAY)
    assert named(desk) == {ann}
    with pytest.raises(InboxError, match="nobody would see"):
        unname(desk.store, desk.case_id, ann, by=desk.lead, now=MONDAY)


def test_unsealed_nobody_is_named_any_more(desk: Desk) -> None:
    seal_case(desk.store, desk.case_id, [], by=desk.lead, reason="family", now=MONDAY)
    unseal_case(desk.store, desk.case_id, by=desk.lead, reason="it was a namesake", now=MONDAY)
    unseal_case(desk.store, desk.case_id, by=desk.lead, reason="again", now=MONDAY)
    assert (case_of(desk).sealed, named(desk)) == (False, set())
    assert len([each for each in desk.rows(AuditEvent) if each.action == "unseal_case"]) == 1


def test_a_stranger_cannot_be_named(desk: Desk) -> None:
    with pytest.raises(NotAllowedError):
        seal_case(desk.store, desk.case_id, ["nobody"], by=desk.lead, reason="family", now=MONDAY)
    assert (case_of(desk).sealed, named(desk)) == (False, set())
