"""Who gets a task: the holder of the moment, whoever stands in, or a queue."""

from datetime import timedelta

import pytest
from step_bench import MONDAY, Bench

from definitions.arguments import Recipient
from models import Case, CaseStatus, GroupRole
from tasks.call import Call
from tasks.people.holders import Chosen, resolve
from tasks.result import StepError

STEP = """
- id: visit
  title: Visit the client
  do: assign_task
  to: caseworker
  due: 2 working days
  escalate:
    - overdue: 0 hours
      to: duty_manager
"""
AWAY = {"absent_from": MONDAY - timedelta(days=1), "absent_until": MONDAY + timedelta(days=3)}


def call_in(bench: Bench, **people: str | None) -> Call:
    client = bench.client()
    bench.start(STEP, client=client.id, received_at=MONDAY)
    case = Case(
        number="2026-000001",
        client_id=client.id,
        status=CaseStatus.PENDING,
        received_at=MONDAY,
        created_at=MONDAY,
        team="intake_team",
        **people,
    )
    bench.session.add(case)
    bench.session.flush()
    bench.instance.case_id = case.id
    return bench.call("visit")


def who(call: Call, words: str, *excluded: str) -> Chosen:
    return resolve(call, Recipient.read(words), excluded=excluded)


def test_a_role_is_whoever_holds_it_at_that_moment(bench: Bench) -> None:
    ana, ben = bench.staff("Ana"), bench.staff("Ben")
    call = call_in(bench, worker_id=ana.id)
    assert who(call, "caseworker") == Chosen(ana.id, None, "caseworker")
    case = bench.case()
    case.worker_id = ben.id
    assert who(call, "caseworker").staff_id == ben.id


def test_somebody_who_is_away_is_replaced_by_the_cover_of_the_cover(bench: Bench) -> None:
    here = bench.staff("Here")
    second = bench.staff("Second", cover_id=here.id, **AWAY)
    first = bench.staff("First", cover_id=second.id, **AWAY)
    chosen = who(call_in(bench, worker_id=first.id), "caseworker")
    assert (chosen.staff_id, chosen.note) == (here.id, "the caseworker is away or excluded; their cover")


def test_without_a_cover_the_supervisor_gets_it(bench: Bench) -> None:
    lead = bench.staff("Lead")
    worker = bench.staff("Worker", supervisor_id=lead.id, **AWAY)
    assert who(call_in(bench, worker_id=worker.id), "caseworker").staff_id == lead.id


def test_covers_that_stand_in_for_each_other_end_with_the_team(bench: Bench) -> None:
    one = bench.staff("One", **AWAY)
    two = bench.staff("Two", cover_id=one.id, **AWAY)
    one.cover_id = two.id
    chosen = who(call_in(bench, worker_id=one.id), "caseworker")
    assert (chosen.staff_id, chosen.group) == (None, "intake_team")


def test_a_case_without_a_worker_puts_it_into_the_queue_of_the_team(bench: Bench) -> None:
    chosen = who(call_in(bench), "caseworker")
    assert (chosen.group, chosen.note) == (
        "intake_team",
        "the caseworker has no holder yet; the queue of intake_team",
    )


def test_somebody_who_has_left_gets_nothing(bench: Bench) -> None:
    gone = bench.staff("Gone", active=False)
    assert who(call_in(bench, worker_id=gone.id), "caseworker").staff_id is None


def test_an_absence_that_is_over_does_not_count(bench: Bench) -> None:
    back = bench.staff("Back", absent_from=MONDAY - timedelta(days=9), absent_until=MONDAY)
    assert who(call_in(bench, worker_id=back.id), "caseworker").staff_id == back.id


def test_the_supervisor_is_the_cases_own_or_the_workers(bench: Bench) -> None:
    of_case, of_worker = bench.staff("Cases"), bench.staff("Workers")
    worker = bench.staff("Worker", supervisor_id=of_worker.id)
    call = call_in(bench, worker_id=worker.id, supervisor_id=of_case.id)
    assert who(call, "supervisor").staff_id == of_case.id
    bench.case().supervisor_id = None
    assert who(call, "supervisor").staff_id == of_worker.id


def test_a_rota_is_the_queue_of_its_group(bench: Bench) -> None:
    bench.staff("Duty", "duty_managers", GroupRole.MANAGER)
    assert who(call_in(bench), "duty_manager") == Chosen(None, "duty_managers", "duty_manager")


def test_a_group_with_nobody_here_says_so(bench: Bench) -> None:
    assert who(call_in(bench), "group referral_team").note == "nobody of referral_team is here now"


def test_of_several_roles_the_first_who_is_here_gets_it(bench: Bench) -> None:
    lead = bench.staff("Lead")
    worker = bench.staff("Worker", **AWAY)
    call = call_in(bench, worker_id=worker.id, supervisor_id=lead.id)
    assert who(call, "caseworker or supervisor") == Chosen(lead.id, None, "supervisor")


def test_four_eyes_pass_over_whoever_is_excluded(bench: Bench) -> None:
    lead, worker = bench.staff("Lead"), bench.staff("Worker")
    call = call_in(bench, worker_id=worker.id, supervisor_id=lead.id)
    assert who(call, "caseworker", worker.id).staff_id == lead.id


def test_a_client_can_not_be_given_a_task(bench: Bench) -> None:
    call = call_in(bench)
    with pytest.raises(StepError) as refused:
        who(call, "client")
    assert refused.value.code == "not_staff"
    with pytest.raises(StepError):
        who(call, "= inputs.client")
