"""Handing a leaver's work on: whole, to people who may have it, and as often as one likes."""

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from desk_world import Desk, open_desk
from step_bench import MONDAY

from flows.inbox import (
    HandedOn,
    InboxError,
    NotAllowedError,
    caseload,
    claim,
    declare_conflict,
    delegate,
    hand_back,
    hand_on_case,
    hand_on_task,
    reassign,
    seal_case,
)
from models import (
    Appointment,
    AuditEvent,
    Case,
    CaseStatus,
    ChronologyEntry,
    Client,
    HumanTask,
    Staff,
    TaskKind,
    Visit,
    VisitFrequency,
    VisitSchedule,
)

ZONE = ZoneInfo("America/New_York")


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A case of Worker's with everything in it; Ann and Bea could get it."""
    with open_desk(ann="intake_team", bea="intake_team") as opened:
        with opened.store.write() as session:
            schedule = VisitSchedule(
                case_id=opened.case_id,
                worker_id=opened.worker,
                frequency=VisitFrequency.MONTH,
                day_rule="last_day",
                time_zone="America/New_York",
                active_from=MONDAY.date(),
                dedupe_key="x",
                created_at=MONDAY,
            )
            client_id = session.get_one(Case, opened.case_id).client_id
            soon = MONDAY + timedelta(days=1)
            session.add_all(
                [
                    schedule,
                    Visit(
                        schedule_id=schedule.id,
                        case_id=opened.case_id,
                        local_date=soon.date(),
                        starts_at=soon,
                        worker_id=opened.worker,
                    ),
                    Appointment(
                        case_id=opened.case_id,
                        client_id=client_id,
                        task_id=opened.task_id,
                        worker_id=opened.worker,
                        starts_at=soon,
                        ends_at=soon + timedelta(hours=1),
                        place="Room 2",
                        uid="a@x",
                        created_at=MONDAY,
                    ),
                ]
            )
        yield opened


def hand_on(desk: Desk, *to: str, **more: bool) -> HandedOn:
    return hand_on_case(
        desk.store,
        desk.case_id,
        whose=desk.worker,
        candidates=to,
        by=desk.lead,
        reason="leaves us",
        now=desk.now,
        zone=ZONE,
        **more,
    )


def case_of(desk: Desk) -> Case:
    with desk.store.read() as session:
        return session.get_one(Case, desk.case_id)


def test_what_somebody_has_is_counted(desk: Desk) -> None:
    with desk.store.read() as session:
        load = caseload(session, desk.worker, desk.now)
    assert (load.tasks, load.held, load.own_cases, load.visits, load.appointments) == (1, 0, 1, 1, 1)
    assert load.cases == (desk.case_id,)


def test_everything_of_a_case_goes_over_and_is_told(desk: Desk) -> None:
    ann = desk.others["ann"]
    done = hand_on(desk, ann)
    assert done == HandedOn(desk.case_id, ann, tasks=1, visits=1, appointments=1, own=True)
    assert (desk.task.assignee_id, desk.task.accepted_at, case_of(desk).worker_id) == (ann, None, ann)
    for table in (Visit, Appointment, VisitSchedule):
        assert [each.worker_id for each in desk.rows(table)] == [ann]
    told = [each for each in desk.rows(ChronologyEntry) if each.kind == "handed_over"]
    assert [(each.title, each.detail) for each in told] == [("Handed over to somebody else", "leaves us")]
    (audited,) = [each for each in desk.rows(AuditEvent) if each.action == "update" and each.record == "Case"]
    assert (audited.actor, audited.case_id) == (desk.lead, desk.case_id)
    with desk.store.read() as session:
        assert caseload(session, desk.worker, desk.now).cases == ()


def test_again_it_moves_nothing_more(desk: Desk) -> None:
    hand_on(desk, desk.others["ann"])
    again = hand_on(desk, desk.others["bea"])
    assert (again.tasks, again.visits, again.appointments, again.own) == (0, 0, 0, False)
    assert case_of(desk).worker_id == desk.others["ann"]
    assert len([each for each in desk.rows(ChronologyEntry) if each.kind == "handed_over"]) == 1


def test_of_a_team_whoever_has_least_gets_it(desk: Desk) -> None:
    with desk.store.write() as session:
        client = Client(given_name="Another", family_name="Client", created_at=MONDAY)
        session.add_all(
            [
                client,
                Case(
                    number="other",
                    client_id=client.id,
                    status=CaseStatus.PENDING,
                    worker_id=desk.others["ann"],
                    received_at=MONDAY,
                    created_at=MONDAY,
                ),
            ]
        )
    assert hand_on(desk, desk.others["ann"], desk.others["bea"]).to == desk.others["bea"]


def test_nobody_gets_the_case_of_somebody_they_know(desk: Desk) -> None:
    declare_conflict(desk.store, desk.case_id, by=desk.others["ann"], reason="aunt", now=desk.now, zone=ZONE)
    assert hand_on(desk, desk.others["ann"]).stays == "conflict"
    assert case_of(desk).worker_id == desk.worker
    assert hand_on(desk, desk.others["ann"], desk.others["bea"]).to == desk.others["bea"]


def test_a_sealed_case_goes_only_to_who_is_named(desk: Desk) -> None:
    seal_case(desk.store, desk.case_id, [desk.others["bea"]], by=desk.lead, reason="press", now=desk.now)
    assert hand_on(desk, desk.others["ann"]).stays == "sealed"
    assert hand_on(desk, desk.others["ann"], desk.others["bea"]).to == desk.others["bea"]


def test_what_somebody_must_not_do_goes_into_the_queue(desk: Desk) -> None:
    with desk.store.write() as session:
        task = session.get_one(HumanTask, desk.task_id)
        task.excluded_ids = [desk.others["ann"]]
        session.add(task)
    done = hand_on(desk, desk.others["ann"])
    assert (done.tasks, done.queued) == (0, 1)
    assert (desk.task.assignee_id, desk.task.candidate_group) == (None, "intake_team")


def keep_out(desk: Desk, task_id: str, *kept: str) -> None:
    with desk.store.write() as session:
        task = session.get_one(HumanTask, task_id)
        task.excluded_ids, task.details = list(kept), {**task.details, "appointment": "one"}
        session.add(task)


def keeper(desk: Desk) -> str | None:
    """Who keeps the appointment."""
    (meeting,) = desk.rows(Appointment)
    found: str | None = meeting.worker_id
    return found


def test_the_appointment_of_what_needs_four_eyes_stays_until_somebody_takes_the_task(desk: Desk) -> None:
    ann, bea = desk.others["ann"], desk.others["bea"]
    keep_out(desk, desk.task_id, ann)
    done = hand_on(desk, ann)
    assert (done.visits, done.appointments, done.own) == (1, 0, True)
    assert keeper(desk) == desk.worker
    claim(desk.store, desk.task_id, by=bea, now=desk.now)
    assert keeper(desk) == bea


def other_half(desk: Desk, holder: str) -> str:
    """The second person's task, which whoever has the first must not have; its id."""
    first = desk.task
    second = HumanTask(
        kind=TaskKind.ASSIGNMENT,
        title="Confirm",
        case_id=desk.case_id,
        instance_id=first.instance_id,
        step_run_id=first.step_run_id,
        step=first.step,
        assignee_id=holder,
        excluded_ids=[desk.worker],
        created_at=desk.now,
    )
    with desk.store.write() as session:
        session.add(second)
    return second.id


def test_nobody_gets_the_half_that_the_other_eyes_have_already(desk: Desk) -> None:
    ann = desk.others["ann"]
    other_half(desk, ann)
    with pytest.raises(NotAllowedError, match="four eyes"):
        delegate(desk.store, desk.task_id, to=ann, by=desk.worker, now=desk.now)
    with pytest.raises(NotAllowedError, match="four eyes"):
        reassign(desk.store, desk.task_id, by=desk.lead, now=desk.now, to=ann)
    done = hand_on(desk, ann)
    assert (done.tasks, done.queued, done.appointments) == (0, 1, 0)
    assert (desk.task.assignee_id, keeper(desk)) == (None, desk.worker)


def test_a_delegated_task_is_not_handed_back_to_somebody_who_must_not_have_it(desk: Desk) -> None:
    ann, bea = desk.others["ann"], desk.others["bea"]
    delegate(desk.store, desk.task_id, to=ann, by=desk.worker, now=desk.now)
    keep_out(desk, desk.task_id, bea)
    hand_on(desk, bea)
    hand_back(desk.store, desk.task_id, by=ann, now=desk.now)
    assert desk.task.assignee_id == ann  # it is theirs now


def test_where_the_case_is_anothers_the_tasks_go_over_with_their_appointments(desk: Desk) -> None:
    done = hand_on(desk, desk.others["ann"], whole=False)
    assert (desk.task.assignee_id, case_of(desk).worker_id) == (desk.others["ann"], desk.worker)
    assert (done.appointments, keeper(desk)) == (1, desk.others["ann"])


def test_what_a_colleague_does_for_the_leaver_they_do_for_the_next_one(desk: Desk) -> None:
    ann, bea = desk.others["ann"], desk.others["bea"]
    delegate(desk.store, desk.task_id, to=ann, by=desk.worker, now=desk.now)
    assert hand_on(desk, bea).tasks == 0
    assert desk.task.assignee_id == ann
    hand_back(desk.store, desk.task_id, by=ann, now=desk.now)
    assert desk.task.assignee_id == bea


def test_nothing_goes_to_somebody_who_is_away_or_without_a_reason(desk: Desk) -> None:
    with desk.store.write() as session:
        ann = session.get_one(Staff, desk.others["ann"])
        ann.absent_from = MONDAY - timedelta(days=1)
        session.add(ann)
    with pytest.raises(NotAllowedError, match="here now"):
        hand_on(desk, desk.others["ann"])
    with pytest.raises(InboxError, match="reason"):
        hand_on_case(
            desk.store,
            desk.case_id,
            whose=desk.worker,
            candidates=[desk.others["bea"]],
            by=desk.lead,
            reason=" ",
            now=desk.now,
            zone=ZONE,
        )


def test_tasks_of_no_case_go_over_too(desk: Desk) -> None:
    with desk.store.write() as session:
        loose = HumanTask(kind=TaskKind.NOTICE, title="Look", assignee_id=desk.worker, created_at=MONDAY)
        session.add(loose)
    ann = desk.others["ann"]

    def once() -> str | None:
        return hand_on_task(
            desk.store,
            loose.id,
            whose=desk.worker,
            candidates=[ann],
            by=desk.lead,
            reason="leaves us",
            now=desk.now,
        )

    assert [once(), once()] == [ann, None]
