"""`update_record` and `apply_update`."""

from datetime import date, timedelta

import pytest
from step_bench import Bench, faults

from definitions.runtime_values import MISSING
from models import (
    AuditEvent,
    Case,
    CaseStatus,
    ChronologyEntry,
    Client,
    LivingSituation,
    RiskLevel,
    Visit,
    VisitFrequency,
    VisitSchedule,
    VisitStatus,
)
from tasks.records.kinds import apply_update
from tasks.records.record_view import LiveRecord
from tasks.result import DefiniteFailure, StepError

STEPS = """
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
  set:
    client: = profile.id
- id: risk
  title: Risk
  do: update_record
  record: = case
  set:
    risk_level:
      first:
        - when: profile.date_of_birth > 2020-01-01
          use: critical
        - when: profile.living_situation is homeless
          use: high
      otherwise: low
"""
REASON = '  reason: "Seen on {{ inputs.received_at }}"\n'


def begin(bench: Bench, steps: str = STEPS, **fields: object) -> Client:
    client = bench.client(**fields)  # type: ignore[arg-type]
    bench.start(steps, client=client.id, received_at=bench.now)
    bench.run("profile")
    bench.run("case")
    return client


def view(bench: Bench) -> LiveRecord:
    return LiveRecord("Case", bench.case().id, bench.session)


def entries(bench: Bench, kind: str) -> list[ChronologyEntry]:
    return [each for each in bench.all(ChronologyEntry) if each.kind == kind]


def test_the_first_rule_that_holds_decides(bench: Bench) -> None:
    begin(bench, living_situation=LivingSituation.HOMELESS)
    bench.run("risk")
    assert (bench.case().risk_level, bench.case().risk_provisional) == (RiskLevel.HIGH, False)
    assert bench.read("risk", "risk_level") == "high"
    assert bench.read("risk", "provisional") is False
    assert bench.read("risk", "changed_on") == date(2026, 3, 2)


def test_a_rule_that_cannot_be_decided_counts_and_is_provisional(bench: Bench) -> None:
    begin(bench, born=None)
    bench.run("risk")
    assert (bench.case().risk_level, bench.case().risk_provisional) == (RiskLevel.CRITICAL, True)
    assert "Provisional" in (entries(bench, "risk_changed")[0].detail or "")


def test_a_risk_that_cannot_be_decided_is_the_highest_that_may_be_right(bench: Bench) -> None:
    begin(
        bench,
        STEPS.replace("use: critical", "use: low").replace("otherwise: low", "otherwise: medium"),
        born=None,
    )
    bench.run("risk")
    assert (bench.case().risk_level, bench.case().risk_provisional) == (RiskLevel.MEDIUM, True)


def test_the_old_value_is_kept_in_the_chronology_and_only_names_in_the_audit(bench: Bench) -> None:
    begin(bench)
    bench.case().risk_level = RiskLevel.LOW
    apply_update(bench.call("risk"), view(bench), {"risk_level": "high"})
    entry = entries(bench, "risk_changed")[0]
    assert entry.title == "Risk level: high"
    assert entry.detail == "Risk level: high; before: low."
    assert entry.significant
    event = next(each for each in bench.all(AuditEvent) if each.action == "update")
    assert "risk_level" in event.fields
    assert "high" not in str(event.fields)


def test_a_risk_is_not_lowered_without_a_reason(bench: Bench) -> None:
    begin(bench)
    bench.case().risk_level = RiskLevel.HIGH
    with pytest.raises(DefiniteFailure, match="`reason:`") as failure:
        bench.run("risk")
    assert failure.value.code == "lowering_needs_reason"
    assert bench.case().risk_level is RiskLevel.HIGH


def test_a_reason_lowers_a_risk_and_is_told(bench: Bench) -> None:
    begin(bench, STEPS + REASON)
    bench.case().risk_level = RiskLevel.HIGH
    bench.run("risk")
    assert bench.case().risk_level is RiskLevel.LOW
    assert "Reason: Seen on 2026-03-02" in (entries(bench, "risk_changed")[0].detail or "")


def test_a_value_that_is_missing_overwrites_nothing(bench: Bench) -> None:
    begin(bench)
    bench.case().risk_level = RiskLevel.MEDIUM
    assert apply_update(bench.call("risk"), view(bench), {"risk_level": MISSING}) == ()
    assert (bench.case().risk_level, bench.case().risk_provisional) == (RiskLevel.MEDIUM, True)


def test_setting_what_is_so_already_leaves_no_trace(bench: Bench) -> None:
    begin(bench)
    before = len(bench.all(ChronologyEntry)), len(bench.all(AuditEvent))
    assert apply_update(bench.call("risk"), view(bench), {"status": "pending"}) == ()
    assert (len(bench.all(ChronologyEntry)), len(bench.all(AuditEvent))) == before


def test_becoming_active_is_dated_in_the_office(bench: Bench) -> None:
    begin(bench)
    bench.now = bench.now.replace(hour=2)  # still Sunday evening in New York
    change = apply_update(bench.call("risk"), view(bench), {"status": "active"})[0]
    assert (change.old, change.new) == ("pending", "active")
    assert bench.case().activated_on == date(2026, 3, 1)
    assert entries(bench, "status_changed")[0].title == "Status: active"


def test_a_pause_keeps_the_first_day_of_being_active(bench: Bench) -> None:
    begin(bench)
    for status in ("active", "on_hold", "active"):
        apply_update(bench.call("risk"), view(bench), {"status": status})
        bench.now += timedelta(days=7)
    assert bench.case().activated_on == date(2026, 3, 2)


def test_a_case_is_closed_with_a_reason_and_reopened_with_a_date(bench: Bench) -> None:
    begin(bench)
    with pytest.raises(DefiniteFailure, match="closed"):
        apply_update(bench.call("risk"), view(bench), {"status": "closed"})
    apply_update(bench.call("risk"), view(bench), {"status": "closed"}, "moved away")
    case = bench.case()
    assert (case.closed_at, case.closed_reason) == (bench.now, "moved away")
    bench.now += timedelta(days=1)
    apply_update(bench.call("risk"), view(bench), {"status": "active"})
    assert (case.reopened_at, case.activated_on) == (bench.now, date(2026, 3, 3))


def test_closing_ends_the_recurring_visits_with_the_reason(bench: Bench) -> None:
    begin(bench)
    schedule = VisitSchedule(
        case_id=bench.case().id,
        frequency=VisitFrequency.MONTH,
        day_rule="last_day",
        time_zone="America/New_York",
        active_from=date(2026, 3, 2),
        dedupe_key="one",
        created_at=bench.now,
    )
    visit = Visit(
        schedule_id=schedule.id, case_id=schedule.case_id, local_date=date(2026, 3, 31), starts_at=bench.now
    )
    bench.session.add_all([schedule, visit])
    apply_update(bench.call("risk"), view(bench), {"status": "closed"}, "moved away")
    assert (visit.status, visit.reason) == (VisitStatus.CANCELLED, "moved away")
    assert visit.approved_by == "system:try-it"
    assert schedule.ended_at == bench.now


def test_saving_a_provisional_value_marks_it(bench: Bench) -> None:
    begin(bench)
    apply_update(bench.call("risk"), view(bench), {"priority": "high"}, provisional=["priority"])
    assert (bench.case().priority, bench.case().priority_provisional) == ("high", True)
    apply_update(bench.call("risk"), view(bench), {"priority": "high"})
    assert not bench.case().priority_provisional


def test_other_records_change_too(bench: Bench) -> None:
    client = begin(bench)
    client_view = LiveRecord("Client", client.id, bench.session)
    worker = bench.staff("Wanda")
    apply_update(bench.call("risk"), client_view, {"language": "es", "interpreter_needed": True})
    assert (client.language, client.interpreter_needed) == ("es", True)
    assert entries(bench, "record_changed")[0].title == "Client: language, interpreter needed changed"
    apply_update(bench.call("risk"), view(bench), {"worker": worker.id})
    assert bench.case().worker_id == worker.id


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"worker": "nobody"}, "no_record"),
        ({"colour": "red"}, "no_field"),
        ({"id": "x"}, "no_field"),
        ({"status": "open"}, "other_type"),
        ({"received_at": None}, "value_missing"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(
    bench: Bench, values: dict[str, object], code: str
) -> None:
    begin(bench)
    with pytest.raises((StepError, DefiniteFailure)) as error:
        apply_update(bench.call("risk"), view(bench), values)
    assert error.value.code == code
    assert bench.case().status is CaseStatus.PENDING


def test_a_link_to_another_kind_of_record_is_refused(bench: Bench) -> None:
    client = begin(bench)
    with pytest.raises(StepError, match="leads to a Staff record"):
        apply_update(
            bench.call("risk"), view(bench), {"worker": LiveRecord("Client", client.id, bench.session)}
        )


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("record: = case", "record: = case.number"), "`record` is a text"),
        (("risk_level:", "risk:"), "Case has no field `risk`"),
        (("otherwise: low", "otherwise: tiny"), "not one of the options"),
        (("date_of_birth > 2020-01-01", "date_of_birth > 5"), "CW333"),
    ],
)
def test_faults_are_found_when_the_definition_is_checked(change: tuple[str, str], problem: str) -> None:
    assert problem in "\n".join(faults(STEPS.replace(*change)))


def test_two_cases_do_not_share_a_step(bench: Bench) -> None:
    begin(bench)
    first = bench.case()
    begin(bench)
    bench.run("risk")
    assert first.risk_level is None
    assert len(bench.all(Case)) == 2
