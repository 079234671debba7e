"""Who has a task: claimed, accepted, released, reassigned, cancelled, one winner each time."""

from threading import Barrier, Thread

import pytest
from desk_world import Desk, open_desk, send

from flows.inbox import (
    ConflictError,
    InboxError,
    NotAllowedError,
    TaskEndedError,
    accept,
    answer_item,
    cancel_task,
    claim,
    complete,
    pick,
    reassign,
    release,
)
from models import (
    HumanTask,
    TaskEvent,
    TaskKind,
    TaskStatus,
    Timer,
    TimerPurpose,
    WakeKind,
)
from tasks.people.forms import FormError


def test_of_two_who_claim_at_once_one_wins(queue: Desk) -> None:
    start, results = Barrier(2), []

    def run(name: str) -> None:
        start.wait()
        try:
            claim(queue.store, queue.task_id, by=queue.others[name], now=queue.now)
            results.append("won")
        except ConflictError:
            results.append("lost")

    threads = [Thread(target=run, args=(name,)) for name in ("ana", "ben")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["lost", "won"]
    assert queue.actions().count("accepted") == 1


def test_claiming_again_changes_nothing(queue: Desk) -> None:
    for _ in range(2):
        claim(queue.store, queue.task_id, by=queue.others["ana"], now=queue.now)
    assert queue.actions() == ["created", "changed", "accepted"]
    assert queue.wakes() == [(WakeKind.ANSWER, None)]


def test_somebody_of_another_team_can_not_claim(queue: Desk) -> None:
    with pytest.raises(NotAllowedError):
        claim(queue.store, queue.task_id, by=queue.others["eve"], now=queue.now)


def test_somebody_who_is_not_staff_can_do_nothing(queue: Desk) -> None:
    with pytest.raises(NotAllowedError):
        claim(queue.store, queue.task_id, by="nobody", now=queue.now)


def test_accepting_ends_the_ladder(desk: Desk) -> None:
    accept(desk.store, desk.task_id, by=desk.worker, now=desk.now)
    ladder = [timer for timer in desk.rows(Timer) if timer.purpose is TimerPurpose.NOT_ACCEPTED]
    assert [timer.withdrawn_at for timer in ladder] == [desk.now]
    assert all(timer.withdrawn_at is None for timer in desk.rows(Timer) if timer not in ladder)


def test_on_the_way_up_a_ladder_everybody_who_was_asked_may_still_accept(desk: Desk) -> None:
    with desk.store.write() as session:
        task = session.get_one(HumanTask, desk.task_id)
        task.escalated_to, task.assignee_id = [desk.worker], desk.lead
    claim(desk.store, desk.task_id, by=desk.worker, now=desk.now)
    assert desk.task.assignee_id == desk.worker
    with pytest.raises(ConflictError):
        claim(desk.store, desk.task_id, by=desk.lead, now=desk.now)


def test_a_released_task_goes_back_into_its_queue(queue: Desk) -> None:
    claim(queue.store, queue.task_id, by=queue.others["ana"], now=queue.now)
    release(queue.store, queue.task_id, by=queue.others["ana"], now=queue.now, reason="Too much")
    assert (queue.task.assignee_id, queue.task.candidate_group) == (None, "referral_team")
    assert queue.task.accepted_at is None
    claim(queue.store, queue.task_id, by=queue.others["ben"], now=queue.now)
    assert queue.task.assignee_id == queue.others["ben"]


def test_only_its_holder_releases_a_task(desk: Desk) -> None:
    with pytest.raises(NotAllowedError):
        release(desk.store, desk.task_id, by=desk.lead, now=desk.now)
    release(desk.store, desk.task_id, by=desk.worker, now=desk.now)
    assert desk.task.candidate_group == "intake_team"


def test_a_supervisor_reassigns_with_old_and_new_holder_in_the_history(desk: Desk) -> None:
    accept(desk.store, desk.task_id, by=desk.worker, now=desk.now)
    reassign(desk.store, desk.task_id, to=desk.lead, by=desk.lead, now=desk.now, reason="Leave")
    assert (desk.task.assignee_id, desk.task.status, desk.task.accepted_at) == (
        desk.lead,
        TaskStatus.REQUESTED,
        None,
    )
    events = [event for event in desk.rows(TaskEvent) if event.field == "assignee_id"]
    assert [(event.old, event.new) for event in events] == [(desk.worker, desk.lead)]
    with pytest.raises(InboxError):
        reassign(desk.store, desk.task_id, by=desk.lead, now=desk.now)
    with pytest.raises(NotAllowedError):
        reassign(desk.store, desk.task_id, to="nobody", by=desk.lead, now=desk.now)


def test_four_eyes_hold_for_every_command(queue: Desk) -> None:
    ana = queue.others["ana"]
    with queue.store.write() as session:
        session.get_one(HumanTask, queue.task_id).excluded_ids = [ana]
    for refused in (
        lambda: claim(queue.store, queue.task_id, by=ana, now=queue.now),
        lambda: complete(queue.store, queue.task_id, {}, by=ana, now=queue.now),
        lambda: complete(queue.store, queue.task_id, {}, by=None, now=queue.now),
        lambda: reassign(queue.store, queue.task_id, to=ana, by=queue.lead, now=queue.now),
        lambda: answer_item(queue.store, queue.task_id, "note", "x", by=ana, now=queue.now),
    ):
        with pytest.raises(NotAllowedError, match="four eyes"):
            refused()
    assert complete(queue.store, queue.task_id, {}, by=queue.others["ben"], now=queue.now)


def test_whoever_completes_a_task_of_the_queue_has_had_it(queue: Desk) -> None:
    complete(queue.store, queue.task_id, {"note": "Done"}, by=queue.others["ben"], now=queue.now)
    assert queue.task.assignee_id == queue.others["ben"]


def test_cancelling_needs_a_reason_and_ends_once(desk: Desk) -> None:
    with pytest.raises(InboxError):
        cancel_task(desk.store, desk.task_id, " ", by=desk.lead, now=desk.now)
    cancel_task(desk.store, desk.task_id, "Moved away", by=desk.lead, now=desk.now)
    assert (desk.task.status, desk.task.reason) == (TaskStatus.CANCELLED, "Moved away")
    with pytest.raises(TaskEndedError):
        cancel_task(desk.store, desk.task_id, "Again", by=desk.lead, now=desk.now)


def test_an_incident_is_not_completed_with_answers(desk: Desk) -> None:
    with desk.store.write() as session:
        session.get_one(HumanTask, desk.task_id).kind = TaskKind.INCIDENT
    with pytest.raises(NotAllowedError, match="retry it"):
        send(desk)


PICK = """
- id: profile
  title: Find the client
  do: fetch_record
  record: Client
  match: {family_name: Ruiz}
  several: assign
  to: caseworker
"""


def test_a_person_picks_the_record_that_is_meant() -> None:
    with open_desk(PICK, twin=True) as desk:
        (item,) = desk.task.form
        chosen = list(item["options"])[1]
        with pytest.raises(FormError):
            pick(desk.store, desk.task_id, "somebody else", by=desk.worker, now=desk.now)
        picked = pick(desk.store, desk.task_id, chosen, by=desk.worker, now=desk.now)
        assert picked.answers == {"record": {"record": "Client", "id": chosen}}
