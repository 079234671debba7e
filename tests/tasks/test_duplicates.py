from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from casework_bench import contact, give_case, header
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select
from step_bench import Bench, faults

from definitions.runtime_values import RecordView
from models import (
    AuditEvent,
    ChronologyEntry,
    Client,
    ContactKind,
    ContactPoint,
    Involvement,
    InvolvementRole,
    Safety,
    TaskKind,
    TaskStatus,
    WaitsFor,
)
from tasks.duplicates.contact_matching import normal, pairs
from tasks.duplicates.removing import OPTIONS
from tasks.duplicates.set_aside import (
    SAFETY_FIELDS,
    UndoError,
    safety_of,
    set_aside,
    stricter,
    undo_set_aside,
)
from tasks.people.human_tasks import end
from tasks.result import Waiting

INPUTS = header(client="Client")
CLEAN = """
- id: clean_up
  title: Remove duplicate contact
  do: remove_duplicates
  record: ContactPoint
  of: = inputs.client
  certain: merge
  otherwise:
    assign: caseworker
"""
PHONE = "+12125550100"
HOME = {"kind": "address", "city": "Springfield", "postal_code": "12345", "country": "US"}


@pytest.fixture
def client(bench: Bench) -> Client:
    found = bench.client()
    bench.start(CLEAN, header=INPUTS, client=found.id)
    give_case(bench, found, worker_id=bench.staff("Will").id)
    return found


def set_aside_now(bench: Bench) -> set[str]:
    return {each.id for each in bench.all(ContactPoint) if each.set_aside_at is not None}


def guardian(bench: Bench, client: Client, **fields: Any) -> Involvement:
    row = Involvement(client_id=client.id, name="Gina", role=InvolvementRole.GUARDIAN, **fields)
    bench.session.add(row)
    bench.session.flush()
    return row


# -- what is certain


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("phone", PHONE, "+1 (212) 555-0100"),
        ("phone", "ask at the desk", "Ask at the desk"),
        ("email", "ana@example.org", "Ana@Example.ORG"),
    ],
)
def test_entries_that_say_the_same_become_one(
    bench: Bench, client: Client, kind: str, one: str, other: str
) -> None:
    kept, gone = contact(bench, client, one, kind), contact(bench, client, other, kind)
    bench.run("clean_up")
    assert set_aside_now(bench) == {gone.id}
    assert gone.set_aside_for == kept.id
    (read,) = bench.read("clean_up", "set_aside")  # type: ignore[misc]
    assert isinstance(read, RecordView)
    assert (read.id, bench.read("clean_up", "doubtful")) == (gone.id, 0)


def test_addresses_that_differ_in_punctuation_only_become_one(bench: Bench, client: Client) -> None:
    contact(bench, client, None, address_1="12 Main Street", **HOME)
    gone = contact(bench, client, None, address_1="12, main street ", **HOME)
    bench.run("clean_up")
    assert set_aside_now(bench) == {gone.id}


def test_the_preferred_entry_is_kept_and_of_three_two_go(bench: Bench, client: Client) -> None:
    first, second = contact(bench, client, PHONE), contact(bench, client, PHONE, preferred=True)
    third = contact(bench, client, PHONE)
    bench.run("clean_up")
    assert set_aside_now(bench) == {first.id, third.id}
    assert {first.set_aside_for, third.set_aside_for} == {second.id}


def test_the_kept_entry_takes_the_stricter_safety_values(bench: Bench, client: Client) -> None:
    stop = bench.now - timedelta(days=3)
    kept = contact(
        bench, client, PHONE, safe=Safety.YES, confirmed_at=bench.now, may_leave_message=True,
        may_identify_organisation=True, who_shares_device="sister",
    )  # fmt: skip
    contact(
        bench, client, PHONE, safe=Safety.NO, may_leave_message=False, may_identify_organisation=True,
        safe_times="09:00-12:00", who_shares_device="neighbour", opted_out_at=stop,
    )  # fmt: skip
    bench.run("clean_up")
    assert (kept.safe, kept.confirmed_at) == (Safety.NO, None)
    assert (kept.may_leave_message, kept.may_identify_organisation) == (False, True)
    assert (kept.safe_times, kept.who_shares_device) == ("09:00-12:00", "sister; neighbour")
    assert kept.opted_out_at == stop


@pytest.mark.parametrize(
    ("own", "others", "left"),
    [
        ("mon-fri 09:00-17:00", "fri 16:00-20:00", (Safety.YES, "fri 16:00-17:00")),
        ("mon 09:00-12:00", "mon 12:00-18:00", (Safety.UNKNOWN, "mon 09:00-12:00")),
    ],
)
def test_of_two_entries_that_a_person_joins_the_times_count_that_both_say(
    bench: Bench, client: Client, own: str, others: str, left: tuple[Safety, str]
) -> None:
    kept = contact(bench, client, PHONE, safe=Safety.YES, safe_times=own)
    set_aside(kept, [contact(bench, client, PHONE, safe=Safety.YES, safe_times=others)], bench.now)
    assert (kept.safe, kept.safe_times) == left


def test_an_address_that_bounced_is_wrong_and_so_is_its_double(bench: Bench, client: Client) -> None:
    good = contact(bench, client, "ana@example.org", "email")
    bounced = contact(bench, client, "ana@example.org", "email", bounced_at=bench.now - timedelta(hours=1))
    bench.run("clean_up")
    assert bounced.erroneous_at == bench.now
    assert good.erroneous_at == bench.now
    assert set_aside_now(bench) == {bounced.id}


def test_an_address_that_was_confirmed_after_it_bounced_is_right(bench: Bench, client: Client) -> None:
    good = contact(bench, client, "ana@example.org", "email", confirmed_at=bench.now)
    contact(bench, client, "ana@example.org", "email", erroneous_at=bench.now - timedelta(days=9))
    bench.run("clean_up")
    assert good.erroneous_at is None


def test_contacts_of_different_people_stay_apart_whatever_they_say(bench: Bench, client: Client) -> None:
    client.domestic_violence = True
    contact(bench, client, PHONE, safe=Safety.YES, confirmed_at=bench.now)
    contact(bench, client, PHONE, involvement_id=guardian(bench, client).id)
    contact(bench, client, PHONE, involvement_id=guardian(bench, client, alleged_perpetrator=True).id)
    contact(bench, bench.client("Ben"), PHONE)
    bench.run("clean_up")
    assert (set_aside_now(bench), bench.tasks()) == (set(), [])


def test_the_chronology_and_the_audit_tell_it_without_the_values(bench: Bench, client: Client) -> None:
    contact(bench, client, PHONE)
    gone = contact(bench, client, PHONE)
    bench.run("clean_up")
    (entry,) = bench.all(ChronologyEntry)
    assert (entry.title, entry.kind) == ("1 duplicate contact set aside", "duplicates_set_aside")
    assert PHONE not in f"{entry.title} {entry.detail}"
    event = bench.session.exec(select(AuditEvent).where(AuditEvent.action == "set_aside")).one()
    assert event.record_id == gone.id


def test_a_second_run_finds_nothing_more(bench: Bench, client: Client) -> None:
    contact(bench, client, PHONE)
    contact(bench, client, PHONE)
    bench.run("clean_up")
    bench.again("clean_up")
    bench.run("clean_up")
    assert bench.read("clean_up", "set_aside") == ()
    assert len(set_aside_now(bench)) == 1


# -- undoing it


def test_undoing_a_merge_gives_both_entries_back_as_they_were(bench: Bench, client: Client) -> None:
    kept = contact(bench, client, PHONE, safe=Safety.YES, confirmed_at=bench.now, code_word="apple")
    gone = contact(bench, client, PHONE, safe=Safety.NO, opted_out_at=bench.now)
    before = (safety_of(kept), safety_of(gone))
    bench.run("clean_up")
    undo_set_aside(bench.session, gone.id, by="staff1", now=bench.now)
    assert (safety_of(kept), safety_of(gone)) == before
    assert (gone.set_aside_at, gone.set_aside_for) == (None, None)
    event = bench.session.exec(select(AuditEvent).where(AuditEvent.action == "restore")).one()
    assert (event.actor, event.record_id) == ("staff1", gone.id)


def test_undoing_one_of_two_merges_keeps_what_the_other_asks(bench: Bench, client: Client) -> None:
    kept = contact(bench, client, PHONE, safe=Safety.YES, confirmed_at=bench.now, may_leave_message=True)
    unsafe = contact(bench, client, PHONE, safe=Safety.NO, may_leave_message=True)
    quiet = contact(bench, client, PHONE, safe=Safety.YES, confirmed_at=bench.now)
    bench.run("clean_up")
    undo_set_aside(bench.session, unsafe.id, by="staff1", now=bench.now)
    assert (kept.safe, kept.may_leave_message) == (Safety.YES, False)
    undo_set_aside(bench.session, quiet.id, by="staff1", now=bench.now)
    assert kept.may_leave_message is True


def test_undoing_leaves_what_somebody_has_changed_since(bench: Bench, client: Client) -> None:
    kept = contact(bench, client, PHONE, safe=Safety.YES, may_leave_message=True)
    gone = contact(bench, client, PHONE, safe=Safety.UNKNOWN)
    bench.run("clean_up")
    kept.safe = Safety.NO
    undo_set_aside(bench.session, gone.id, by="staff1", now=bench.now)
    assert (kept.safe, kept.may_leave_message) == (Safety.NO, True)


def test_what_is_not_set_aside_can_t_be_undone(bench: Bench, client: Client) -> None:
    kept = contact(bench, client, PHONE)
    with pytest.raises(UndoError, match="nothing to undo"):
        undo_set_aside(bench.session, kept.id, by="staff1", now=bench.now)


# -- what a person decides


def test_doubtful_pairs_wait_for_a_person_who_is_told_why(bench: Bench, client: Client) -> None:
    contact(bench, client, None, address_1="12 Main Street", **HOME)
    contact(bench, client, None, address_1="12 Main St.", **HOME)
    assert bench.run("clean_up") == Waiting(WaitsFor.PEOPLE)
    (task,) = bench.tasks()
    assert task.kind is TaskKind.REVIEW
    assert task.assignee_id == bench.case().worker_id
    assert task.details["pairs"][0]["why"] == "only abbreviations differ"
    (item,) = task.form
    assert item["options"] == OPTIONS
    assert set_aside_now(bench) == set()


@pytest.mark.parametrize("answer", ["same", "different"])
def test_the_step_does_what_the_person_decided(bench: Bench, client: Client, answer: str) -> None:
    contact(bench, client, "ana.ruiz@example.org", "email")
    gone = contact(bench, client, "ana.ruis@example.org", "email")
    bench.run("clean_up")
    decide(bench, answer)
    assert not isinstance(bench.resume("clean_up"), Waiting)
    assert set_aside_now(bench) == ({gone.id} if answer == "same" else set())
    assert bench.read("clean_up", "doubtful") == 1
    assert bench.read("clean_up", "review", "status") == "completed"
    if answer == "same":
        undo_set_aside(bench.session, gone.id, by="staff1", now=bench.now)
        assert set_aside_now(bench) == set()


def decide(bench: Bench, answer: str) -> None:
    (task,) = bench.tasks()
    task.outcome = {"answers": {item["id"]: answer for item in task.form}}
    end(bench.session, task, TaskStatus.COMPLETED, bench.now, by=task.assignee_id)
    bench.session.flush()


def test_of_three_that_are_one_a_single_entry_stays(bench: Bench, client: Client) -> None:
    for line in ("12 Main Street", "12 Main St", "12 N Main Street"):
        contact(bench, client, None, address_1=line, **HOME)
    bench.run("clean_up")
    decide(bench, "same")
    bench.resume("clean_up")
    assert len(set_aside_now(bench)) == 2


def test_a_wrong_spelling_that_bounced_does_not_spoil_the_right_one(bench: Bench, client: Client) -> None:
    bad = contact(bench, client, "ana.ruis@example.org", "email", bounced_at=bench.now)
    right = contact(bench, client, "ana.ruiz@example.org", "email", safe=Safety.YES, confirmed_at=bench.now)
    bench.run("clean_up")
    decide(bench, "same")
    bench.resume("clean_up")
    assert set_aside_now(bench) == {bad.id}
    assert (right.erroneous_at, right.bounced_at, right.confirmed_at) == (None, None, bench.now)


def test_a_review_that_was_cancelled_leaves_everything(bench: Bench, client: Client) -> None:
    contact(bench, client, "+12125550100")
    contact(bench, client, "+13125550100")
    bench.run("clean_up")
    end(bench.session, bench.tasks()[0], TaskStatus.CANCELLED, bench.now, reason="Not now")
    assert not isinstance(bench.resume("clean_up"), Waiting)
    assert set_aside_now(bench) == set()


def test_equal_entries_with_two_code_words_are_not_merged_by_themselves(bench: Bench, client: Client) -> None:
    contact(bench, client, PHONE, code_word="apple")
    contact(bench, client, PHONE)
    contact(bench, client, PHONE, code_word="pear")
    assert bench.run("clean_up") == Waiting(WaitsFor.PEOPLE)
    assert set_aside_now(bench) == set()
    whys = {each["why"] for each in bench.tasks()[0].details["pairs"]}
    assert whys == {"both say the same", "both say the same, but their code words differ"}


def test_with_review_a_person_decides_about_equal_ones_too(bench: Bench) -> None:
    client = bench.client()
    bench.start(CLEAN.replace("merge", "review"), header=INPUTS, client=client.id)
    give_case(bench, client)
    contact(bench, client, PHONE)
    contact(bench, client, PHONE)
    assert bench.run("clean_up") == Waiting(WaitsFor.PEOPLE)
    assert set_aside_now(bench) == set()


# -- what is alike


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("address", "12 Main Street", "14 Main Street"),
        ("address", "12 Main Street", "12 Oak Avenue"),
        ("email", "ana@example.org", "ben@example.org"),
        ("email", "ana.ruiz@example.org", "ana.ruiz@work.test"),
        ("phone", "+12125550100", "+12125550101"),
    ],
)
def test_neighbours_and_relatives_are_not_duplicates(kind: str, one: str, other: str) -> None:
    assert pairs([_entry(kind, one, "01"), _entry(kind, other, "02")]) == ()


def _entry(kind: str, said: str, key: str) -> ContactPoint:
    field = "address_1" if kind == "address" else "value"
    now = datetime(2026, 3, 2, tzinfo=UTC)
    return ContactPoint(id=key, client_id="1", kind=ContactKind(kind), created_at=now, **{field: said})


def test_an_entry_without_anything_in_it_is_like_no_other() -> None:
    empty = [_entry("address", "", key) for key in ("01", "02")]
    assert normal(empty[0]) == ""
    assert pairs(empty) == ()


moments = st.none() | st.sampled_from([datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3)])
entries = st.fixed_dictionaries(
    {
        **dict.fromkeys(SAFETY_FIELDS, st.none()),
        "safe": st.sampled_from(list(Safety)),
        **{name: st.booleans() for name in ("may_leave_message", "may_identify_organisation", "preferred")},
        **{name: moments for name in SAFETY_FIELDS if name.endswith("_at")},
    }
)


@given(entries, st.lists(entries, max_size=3))
def test_no_merge_makes_an_entry_safer_than_any_of_them_was(
    own: dict[str, Any], others: list[dict[str, Any]]
) -> None:
    merged, every = stricter(own, others), [own, *others]
    order = [Safety.NO, Safety.UNKNOWN, Safety.YES]
    assert order.index(merged["safe"]) == min(order.index(each["safe"]) for each in every)
    for name in ("may_leave_message", "may_identify_organisation"):
        assert merged[name] <= min(each[name] for each in every)
    assert (merged["opted_out_at"] is None) == all(each["opted_out_at"] is None for each in every)
    assert merged["confirmed_at"] is None or all(
        each["confirmed_at"] and merged["confirmed_at"] <= each["confirmed_at"] for each in every
    )
    ends = [each["expires_at"] for each in every if each["expires_at"]]
    assert merged["expires_at"] == (min(ends) if ends else None)


def test_duplicates_of_other_records_are_not_available_yet() -> None:
    found = faults(CLEAN.replace("record: ContactPoint", "record: Client"), INPUTS)
    assert any("not available yet" in each for each in found)
