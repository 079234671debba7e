"""Whoever knows the client gets nothing of their cases: the engine gives the work to somebody else."""

from people_world import with_case
from step_bench import MONDAY, Bench

from models import Case, Client, Conflict, Staff

ASK = """
- id: look
  title: Look
  do: assign_task
  to: caseworker
  items:
    - {id: note, ask: Note, type: text}
"""
OPEN = """
- id: profile
  title: Profile
  do: fetch_record
  record: Client
  match:
    id: = inputs.client.id
- id: case
  title: Case
  do: create_record
  record: Case
  set:
    client: = profile.id
    team: intake_team
"""


def know(bench: Bench, staff: Staff, client: Client | str, *, ended: bool = False) -> None:
    over = {"ended_at": MONDAY, "ended_by": "test"} if ended else {}
    client_id = client if isinstance(client, str) else client.id
    bench.session.add(
        Conflict(staff_id=staff.id, client_id=client_id, reason="cousin", declared_at=MONDAY, **over)
    )
    bench.session.flush()


def test_a_task_for_the_caseworker_goes_to_their_supervisor(bench: Bench) -> None:
    case, worker, lead = with_case(bench, ASK)
    know(bench, worker, case.client_id)
    bench.run("look")
    assert bench.tasks()[0].assignee_id == lead.id


def test_after_it_has_ended_it_goes_to_the_caseworker(bench: Bench) -> None:
    case, worker, _ = with_case(bench, ASK)
    know(bench, worker, case.client_id, ended=True)
    bench.run("look")
    assert bench.tasks()[0].assignee_id == worker.id


def test_a_new_case_is_allocated_to_somebody_else(bench: Bench) -> None:
    first, second = bench.staff("Ann"), bench.staff("Bob")
    client = bench.client()
    know(bench, first, client)
    bench.start(OPEN, client=client.id)
    bench.run("profile")
    bench.run("case")
    assert bench.all(Case)[0].worker_id == second.id
