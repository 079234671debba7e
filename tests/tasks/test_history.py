"""Chronology and audit, as steps write them."""

from datetime import date

import pytest
from step_bench import Bench

from models import AuditEvent, ChronologyEntry
from tasks.history import Act, Happening, add_entry, audit, chronicle

STEPS = """
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
"""

_STORED = """
case_allocated case_reopened case_reused status_changed risk_changed priority_changed record_created
record_changed score_calculated sum_calculated task_assigned task_escalated task_completed handed_over
appointment_booked appointment_moved appointment_cancelled checklist_completed answer_corrected
consent_given consent_refused consent_withdrawn message_sent message_failed danger_reported referral_made
referral_changed plan_agreed visits_scheduled visit_done visit_missed report_joined duplicates_set_aside
deadline_passed
"""
# names that lie in databases: add to them, never take one away


@pytest.fixture
def opened(bench: Bench) -> Bench:
    bench.start(STEPS, client=bench.client().id)
    bench.run("profile")
    bench.run("case")
    return bench


def test_no_name_that_lies_in_databases_is_ever_removed() -> None:
    assert {kind.value for kind in Happening} >= set(_STORED.split())
    acts = {
        "read",
        "search",
        "create",
        "update",
        "delete",
        "send",
        "disclose",
        "override",
        "set_aside",
        "restore",
        *("hold", "resume", "cancel", "retry", "skip"),
        *("log_in", "log_in_failed", "log_out", "export", "print", "break_glass", "review"),
        *("seal_case", "unseal_case", "conflict", "verify"),
    }
    assert {act.value for act in Act} >= acts


def test_an_entry_says_what_happened_when_and_by_whom(opened: Bench) -> None:
    opened.now = opened.now.replace(hour=3)  # 22:00 on Sunday in New York
    entry = chronicle(opened.call("case"), Happening.VISIT_MISSED, "Visit missed", "Nobody was at home")
    assert entry is not None
    assert (entry.kind, entry.happened_on, entry.happened_at) == (
        "visit_missed",
        date(2026, 3, 1),
        opened.now,
    )
    assert (entry.by, entry.source, entry.significant) == ("system:try-it", "step", True)
    assert entry.case_id == opened.case().id


def test_without_a_case_there_is_no_entry(bench: Bench) -> None:
    bench.start(STEPS, client=bench.client().id)
    assert chronicle(bench.call("profile"), Happening.VISIT_DONE, "x") is None
    assert bench.all(ChronologyEntry) == []


def test_an_entry_is_corrected_by_a_later_one(opened: Bench) -> None:
    call = opened.call("case")
    first = chronicle(call, "visit_done", "Visit done")
    assert first is not None
    second = add_entry(
        call.session,
        opened.case().id,
        Happening.VISIT_MISSED,
        "Visit missed",
        now=call.now,
        zone=call.zone,
        by=opened.staff("Wanda").id,
        corrects_id=first.id,
        happened_on=date(2026, 2, 27),
    )
    assert (second.corrects_id, second.happened_on, second.happened_at) == (first.id, date(2026, 2, 27), None)
    assert second.source == "command"


def test_the_audit_holds_names_of_fields_and_who_why_where(opened: Bench) -> None:
    event = audit(
        opened.call("case"), Act.OVERRIDE, "Referral", "R1", {"consent", "basis"}, "agreed by phone"
    )
    assert event.fields == ["basis", "consent"]
    assert (event.action, event.actor, event.reason) == ("override", "system:try-it", "agreed by phone")
    assert (event.case_id, event.instance_id) == (opened.case().id, opened.instance.id)
    assert event in opened.all(AuditEvent)


@pytest.mark.parametrize("name", ["gossip", ""])
def test_a_name_that_is_not_registered_is_refused(opened: Bench, name: str) -> None:
    with pytest.raises(ValueError, match="is not a valid"):
        chronicle(opened.call("case"), name, "x")
    with pytest.raises(ValueError, match="is not a valid"):
        audit(opened.call("case"), name, "Case", None)
