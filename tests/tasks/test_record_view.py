"""Records as expressions see them."""

from datetime import date
from decimal import Decimal

import pytest
from step_bench import Bench

from definitions.runtime_values import MISSING, MoneyValue, RecordView
from models import Case, HouseholdMember, Income, IncomeFrequency, Plan, PlanStatus
from tasks.records.record_catalogue import UnknownRecordError
from tasks.records.record_view import LiveRecord, subject_of


def view(bench: Bench, record: str, row: object) -> LiveRecord:
    return LiveRecord(record, row.id, bench.session)  # type: ignore[attr-defined]


def case_of(bench: Bench, number: str = "2026-000001", **fields: object) -> Case:
    client = bench.client()
    row = Case(number=number, client_id=client.id, received_at=bench.now, created_at=bench.now, **fields)
    bench.session.add(row)
    bench.session.flush()
    return row


def test_a_view_is_a_record_of_the_language(bench: Bench) -> None:
    assert isinstance(view(bench, "Client", bench.client()), RecordView)


def test_fields_have_values_of_the_language(bench: Bench) -> None:
    income = bench.income(bench.client(), "120.50", "weekly", starts_on=date(2026, 1, 1))
    found = view(bench, "Income", income)
    assert found.field("amount") == MoneyValue(Decimal("120.50"), "USD")
    assert found.field("frequency") == "weekly"
    assert type(found.field("frequency")) is str
    assert found.field("starts_on") == date(2026, 1, 1)
    assert found.field("ends_on") is MISSING
    assert found.field("client") == LiveRecord("Client", income.client_id, bench.session)


def test_a_view_is_live(bench: Bench) -> None:
    income = bench.income(bench.client(), "120.50")
    found = view(bench, "Income", income)
    income.frequency = IncomeFrequency.YEARLY
    assert found.field("frequency") == "yearly"


def test_a_field_that_does_not_exist_is_refused(bench: Bench) -> None:
    with pytest.raises(UnknownRecordError, match="`Client` has no field `shoe_size`"):
        view(bench, "Client", bench.client()).field("shoe_size")


def test_engine_tables_are_no_records(bench: Bench) -> None:
    with pytest.raises(UnknownRecordError, match="no record `AuditEvent`"):
        LiveRecord("AuditEvent", "x", bench.session).field("actor")


def test_a_record_that_is_not_there_has_only_missing_fields(bench: Bench) -> None:
    assert LiveRecord("Client", "01JNOBODY0000000000000000X", bench.session).field("language") is MISSING


def test_a_merged_client_is_followed_to_the_survivor(bench: Bench) -> None:
    last = bench.client("Carla")
    middle = bench.client("Bea", merged_into_id=last.id)
    first = bench.client("Ana", merged_into_id=middle.id)
    found = view(bench, "Client", first)
    assert found.id == last.id
    assert found.field("given_name") == "Carla"
    assert found == view(bench, "Client", last)


def test_clients_merged_in_a_circle_do_not_hang(bench: Bench) -> None:
    one = bench.client("One")
    two = bench.client("Two", merged_into_id=one.id)
    one.merged_into_id = two.id
    bench.session.flush()
    assert view(bench, "Client", one).id in {one.id, two.id}


def test_household_members_are_those_who_have_not_left_the_head_first(bench: Bench) -> None:
    head, child, gone = bench.client("Head"), bench.client("Child"), bench.client("Gone")
    bench.household(head, child, gone)
    row = next(each for each in bench.all(HouseholdMember) if each.client_id == gone.id)
    row.left_on = date(2026, 1, 31)
    found = view(bench, "Client", child).field("household_members")
    assert isinstance(found, tuple)
    assert [each.field("given_name") for each in found] == ["Head", "Child"]


def test_the_current_plan_is_the_agreed_one_even_beside_a_newer_draft(bench: Bench) -> None:
    case = case_of(bench)
    plans = [
        Plan(id="A" * 26, case_id=case.id, status=PlanStatus.REPLACED, created_at=bench.now),
        Plan(
            id="B" * 26,
            case_id=case.id,
            status=PlanStatus.AGREED,
            agreed_on=date(2026, 3, 1),
            created_at=bench.now,
        ),
        Plan(id="C" * 26, case_id=case.id, status=PlanStatus.DRAFT, created_at=bench.now),
    ]
    bench.session.add_all(plans)
    found = view(bench, "Case", case).field("plan")
    assert isinstance(found, LiveRecord)
    assert found.field("status") == "agreed"


def test_a_case_without_a_plan_has_none(bench: Bench) -> None:
    assert view(bench, "Case", case_of(bench)).field("plan") is MISSING


def test_records_say_which_case_and_client_they_are_about(bench: Bench) -> None:
    survivor = bench.client("Carla")
    merged = bench.client("Ana", merged_into_id=survivor.id)
    case = case_of(bench)
    plan = Plan(case_id=case.id, created_at=bench.now)
    bench.session.add(plan)
    bench.session.flush()
    assert subject_of(bench.session, "Client", merged.id) == (None, survivor.id)
    assert subject_of(bench.session, "Case", case.id) == (case.id, case.client_id)
    assert subject_of(bench.session, "Plan", plan.id) == (case.id, case.client_id)
    assert subject_of(bench.session, "Case", "nobody") == (None, None)


def test_an_income_of_another_day_is_found_by_that_day(bench: Bench) -> None:
    from tasks.records.relations import relation_of

    client = bench.client()
    bench.income(client, "1", starts_on=date(2026, 1, 1), ends_on=date(2026, 1, 31))
    relation = relation_of("Client", "income")
    assert relation is not None
    found = view(bench, "Client", client)
    assert len(found.related(relation, date(2026, 1, 31))) == 1  # type: ignore[arg-type]
    assert found.related(relation, date(2026, 2, 1)) == ()
    assert [each.record for each in found.field("income")] == ["Income"]  # type: ignore[attr-defined]
    assert len(bench.all(Income)) == 1


def test_a_row_that_has_left_the_session_is_read_anew(bench: Bench) -> None:
    client = bench.client("Ana")
    found = view(bench, "Client", client)
    assert found.field("given_name") == "Ana"
    bench.session.expunge(client)
    client.given_name = "Stale"
    assert found.field("given_name") == "Ana"
