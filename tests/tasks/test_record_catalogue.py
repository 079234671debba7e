"""What definitions can say about records."""

from definitions.types import Choice, Condition, Date, DateTime, ListOf, Money, Number, Record, Text
from tasks.records.record_catalogue import RECORDS, columns_of, record_types
from tasks.records.relations import RELATIONS


def test_columns_become_fields_of_their_types() -> None:
    case = record_types()["Case"]
    assert case["client"] == Record("Client")
    assert case["received_at"] == DateTime()
    assert case["activated_on"] == Date()
    assert case["risk_level"] == Choice(("low", "medium", "high", "critical"))
    assert case["sealed"] == Condition()
    assert case["number"] == Text()
    assert case["plan"] == Record("Plan")
    assert case["tasks"] == ListOf(Record("HumanTask"))
    assert record_types()["Score"]["points"] == Number()
    assert record_types()["Service"]["categories"] == ListOf(Text())


def test_an_amount_and_its_currency_are_one_field() -> None:
    income = record_types()["Income"]
    assert income["amount"] == Money()
    assert "currency" not in income


def test_the_engine_the_audit_and_the_outbox_are_no_records() -> None:
    hidden = {
        "Instance",
        "StepRun",
        "Wake",
        "Timer",
        "Lease",
        "DefinitionVersion",
        "AuditEvent",
        "Message",
        "Receipt",
    }
    assert hidden.isdisjoint(RECORDS)
    for fields in record_types().values():
        assert "revision" not in fields
        assert not any(isinstance(kind, Record) and kind.name in hidden for kind in fields.values())


def test_every_record_that_a_field_leads_to_is_in_the_catalogue() -> None:
    for fields in record_types().values():
        for kind in fields.values():
            target = kind.item if isinstance(kind, ListOf) else kind
            assert not isinstance(target, Record) or target.name in RECORDS


def test_no_relation_hides_a_column() -> None:
    for record, relations in RELATIONS.items():
        assert {relation.name for relation in relations}.isdisjoint(columns_of(record))
