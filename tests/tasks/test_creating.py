"""`create_record`, and opening a case."""

from datetime import timedelta

import pytest
from step_bench import Bench, faults

from models import (
    AuditEvent,
    Case,
    CaseStatus,
    ChronologyEntry,
    Client,
    GroupRole,
    Involvement,
    RiskLevel,
    Staff,
)
from tasks.outputs import RecordOutput
from tasks.records.cases import next_number

OPEN = """
- id: profile
  title: Profile
  do: fetch_record
  record: Client
  match:
    id: = inputs.client.id
- id: case
  title: Open the case
  do: create_record
  record: Case
  unless:
    exists: Case
    where: client is profile.id and status in (pending, active, on_hold)
    then: use
  set:
    client: = profile.id
    status: pending
    received_at: = inputs.received_at
"""


def open_for(bench: Bench, client: Client) -> RecordOutput:
    bench.start(OPEN, client=client.id, received_at=bench.now - timedelta(hours=3))
    bench.run("profile")
    output = bench.run("case")
    assert isinstance(output, RecordOutput)
    return output


def closed_case(bench: Bench, client: Client, days: int, worker: Staff | None = None) -> Case:
    row = Case(
        number="2026-000077",
        client_id=client.id,
        status=CaseStatus.CLOSED,
        closed_at=bench.now - timedelta(days=days),
        worker_id=worker.id if worker else None,
        risk_level=RiskLevel.LOW,
        risk_provisional=False,
        team="intake_team",
        received_at=bench.now - timedelta(days=100),
        created_at=bench.now - timedelta(days=100),
    )
    bench.session.add(row)
    bench.session.flush()
    return row


def test_a_new_case_has_a_number_a_worker_and_its_first_chronology_entry(bench: Bench) -> None:
    boss = bench.staff("Boss", role=GroupRole.SUPERVISOR)
    worker = bench.staff("Wanda")
    client = bench.client()
    output = open_for(bench, client)
    case = bench.case()
    assert case.number == "2026-000001"
    assert (case.client_id, case.status, case.worker_id) == (client.id, CaseStatus.PENDING, worker.id)
    assert (case.supervisor_id, case.team) == (boss.id, "intake_team")
    assert case.received_at == bench.now - timedelta(hours=3)
    assert (bench.instance.case_id, bench.instance.client_id) == (case.id, client.id)
    assert output.shown == {"number": case.number, "how": "new", "worker": worker.id}
    entries = bench.all(ChronologyEntry)
    assert [(each.kind, each.happened_on, each.significant) for each in entries] == [
        ("case_allocated", case.allocated_on, True)
    ]
    assert ("create", "Case", case.id) in [(e.action, e.record, e.record_id) for e in bench.all(AuditEvent)]


def test_a_case_is_read_like_the_record_by_later_steps(bench: Bench) -> None:
    open_for(bench, bench.client())
    assert bench.read("case", "status") == "pending"
    assert bench.read("case", "client", "given_name") == "Ana"


def test_numbers_rise_within_a_year_and_begin_again_with_the_next(bench: Bench) -> None:
    for _ in range(2):
        open_for(bench, bench.client())
    assert sorted(case.number for case in bench.all(Case)) == ["2026-000001", "2026-000002"]
    assert next_number(bench.session, 2026) == "2026-000003"
    assert next_number(bench.session, 2027) == "2027-000001"


def test_the_year_of_a_number_is_that_of_the_office(bench: Bench) -> None:
    bench.now = bench.now.replace(year=2027, month=1, day=1, hour=3)
    open_for(bench, bench.client())
    assert bench.case().number == "2026-000001"


def test_an_open_case_is_used_again(bench: Bench) -> None:
    client = bench.client()
    first = open_for(bench, client)
    second = open_for(bench, client)
    assert second.record == first.record
    assert second.shown["how"] == "used"
    assert len(bench.all(Case)) == 1


def test_a_case_of_somebody_else_is_not_used(bench: Bench) -> None:
    first = open_for(bench, bench.client("Ana"))
    assert open_for(bench, bench.client("Eva")).record != first.record


def test_a_case_closed_within_30_days_is_reopened_for_its_last_worker(bench: Bench) -> None:
    bench.staff("Idle")
    last = bench.staff("Last")
    client = bench.client()
    old = closed_case(bench, client, days=30, worker=last)
    output = open_for(bench, client)
    assert (output.record, output.shown["how"]) == (old.id, "reopened")
    assert (old.status, old.worker_id, old.reopened_at) == (CaseStatus.PENDING, last.id, bench.now)
    assert old.closed_at is not None
    assert old.risk_provisional
    assert [entry.kind for entry in bench.all(ChronologyEntry)] == ["case_reopened"]


@pytest.mark.parametrize(("hours_earlier", "how"), [(9, "reopened"), (-9, "reopened"), (34, "new")])
def test_the_30_days_are_days_of_the_calendar_whatever_the_hour(
    bench: Bench, hours_earlier: int, how: str
) -> None:
    client = bench.client()
    old = closed_case(bench, client, days=30)
    assert old.closed_at is not None
    old.closed_at -= timedelta(hours=hours_earlier)
    bench.session.flush()
    assert open_for(bench, client).shown["how"] == how


def test_a_reopened_case_whose_worker_has_left_is_allocated_anew(bench: Bench) -> None:
    gone = bench.staff("Gone", active=False)
    new = bench.staff("New")
    client = bench.client()
    old = closed_case(bench, client, days=3, worker=gone)
    open_for(bench, client)
    assert old.worker_id == new.id


def test_a_case_closed_longer_ago_stays_closed(bench: Bench) -> None:
    client = bench.client()
    old = closed_case(bench, client, days=31)
    assert open_for(bench, client).record != old.id
    assert old.status is CaseStatus.CLOSED


class TestAllocation:
    def test_the_worker_with_the_fewest_open_cases_gets_it(self, bench: Bench) -> None:
        busy = bench.staff("Busy", id="A" * 26)
        free = bench.staff("Free", id="B" * 26)
        for client in (bench.client("Ana"), bench.client("Eva")):
            open_for(bench, client)
        assert {case.worker_id for case in bench.all(Case)} == {busy.id, free.id}

    def test_a_closed_case_is_no_load(self, bench: Bench) -> None:
        first = bench.staff("First", id="A" * 26)
        bench.staff("Second", id="B" * 26)
        closed_case(bench, bench.client("Old"), days=3, worker=first)
        open_for(bench, bench.client())
        assert bench.case().worker_id == first.id

    def test_somebody_who_speaks_the_language_comes_first(self, bench: Bench) -> None:
        bench.staff("Idle", id="A" * 26)
        speaker = bench.staff("Speaker", id="B" * 26, language="es")
        for name in ("Ana", "Eva"):
            open_for(bench, bench.client(name, language="es-MX"))
        assert {case.worker_id for case in bench.all(Case)} == {speaker.id}

    def test_who_is_absent_gets_nothing(self, bench: Bench) -> None:
        bench.staff("Away", id="A" * 26, absent_from=bench.now - timedelta(days=1))
        here = bench.staff("Here", id="B" * 26)
        open_for(bench, bench.client())
        assert bench.case().worker_id == here.id

    def test_a_lead_gets_it_when_no_member_is_there(self, bench: Bench) -> None:
        bench.staff("Away", active=False)
        lead = bench.staff("Lead", role=GroupRole.LEAD)
        open_for(bench, bench.client())
        assert bench.case().worker_id == lead.id

    def test_without_anybody_it_waits_in_the_queue_of_the_team(self, bench: Bench) -> None:
        bench.staff("Other", group="referral_team")
        open_for(bench, bench.client())
        case = bench.case()
        assert (case.worker_id, case.team, case.allocated_on) == (None, "intake_team", None)
        assert "queue" in bench.all(ChronologyEntry)[0].title

    def test_the_workers_own_supervisor_goes_before_that_of_the_team(self, bench: Bench) -> None:
        bench.staff("Team", role=GroupRole.SUPERVISOR)
        own = bench.staff("Own", group=None)
        bench.staff("Wanda", supervisor_id=own.id)
        open_for(bench, bench.client())
        assert bench.case().supervisor_id == own.id


INVOLVE = """
- id: profile
  title: Profile
  do: fetch_record
  record: Client
  match:
    id: = inputs.client.id
- id: doctor
  title: Record the doctor
  do: create_record
  record: Involvement
  set:
    role: doctor
    name: Dr Sato
    started_on: 2026-02-01
    alleged_perpetrator: false
"""


def test_any_record_can_be_made_and_the_client_is_that_of_the_process(bench: Bench) -> None:
    client = bench.client()
    bench.start(INVOLVE, client=client.id)
    bench.run("profile")
    bench.run("doctor")
    row = bench.all(Involvement)[0]
    assert (row.client_id, row.name, row.role.value, row.started_on.isoformat()) == (
        client.id,
        "Dr Sato",
        "doctor",
        "2026-02-01",
    )
    assert bench.read("doctor", "name") == "Dr Sato"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("status: pending", "status: open"), "not one of the options"),
        (("status: pending", "tasks: pending"), "`tasks` of a Case can't be set"),
        (("status: pending", "colour: red"), "Case has no field `colour`"),
        (("status: pending", "sealed: profile.id"), "is not a condition"),
        (("exists: Case", "exists: Client"), "can't be used in place of a new Case"),
        (("client is profile.id and ", ""), "the condition fits any Case"),
        (("client is profile.id", "client is status"), "CW333"),
    ],
)
def test_faults_are_found_when_the_definition_is_checked(change: tuple[str, str], problem: str) -> None:
    found = faults(OPEN.replace(*change))
    assert problem in "\n".join(found)


def test_a_field_that_a_record_needs_is_missed_when_the_definition_is_checked() -> None:
    found = faults(INVOLVE.replace("    role: doctor\n", ""))
    assert ["a Involvement also needs `role`" in each for each in found] == [True]
