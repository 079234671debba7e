from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from databases import in_memory
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlmodel import func, select

from models import (
    Case,
    CaseStatus,
    Client,
    Income,
    IncomeFrequency,
    Record,
    RecordError,
    Store,
    exact_amount,
    new_id,
)
from models.base import MoneyAmount, UtcDateTime

DIALECTS = {"sqlite": sqlite.dialect(), "postgresql": postgresql.dialect()}


def client(now: datetime) -> Client:
    return Client(given_name="Ada", family_name="Example", created_at=now)


def test_ids_are_ulids_of_26_characters_and_differ() -> None:
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert {len(one) for one in ids} == {26}


def test_a_time_comes_back_aware_in_utc_whatever_zone_it_was_given_in(store: Store) -> None:
    given = datetime(2026, 3, 29, 3, 30, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
    with store.write() as session:
        session.add(client(given))
    with store.read() as session:
        read = session.exec(select(Client.created_at)).one()
    assert read == given
    assert read.tzinfo is UTC


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(StatementError, match="without a time zone"), store.write() as session:
        session.add(client(datetime(2026, 3, 29, 3, 30)))  # noqa: DTZ001 (the point)


@settings(deadline=None)
@given(st.datetimes(timezones=st.timezones(), min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)))  # noqa: DTZ001 (Hypothesis wants naive bounds)
def test_times_survive_both_databases(moment: datetime) -> None:
    column = UtcDateTime()
    for dialect in DIALECTS.values():
        stored = column.process_bind_param(moment, dialect)
        assert column.process_result_value(stored, dialect) == moment.astimezone(UTC)


@settings(deadline=None)
@given(st.decimals(min_value=-999_999_999_999, max_value=999_999_999_999, places=2))
def test_amounts_survive_both_databases(amount: Decimal) -> None:
    column = MoneyAmount()
    for dialect in DIALECTS.values():
        assert column.process_result_value(column.process_bind_param(amount, dialect), dialect) == amount


@settings(max_examples=25, deadline=None)
@given(st.lists(st.decimals(min_value=0, max_value=100_000, places=2), min_size=1, max_size=20))
def test_the_database_sums_amounts_exactly(amounts: list[Decimal]) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with in_memory() as store:
        with store.write() as session:
            person = client(now)
            session.add(person)
            session.add_all(income(person, amount, now) for amount in amounts)
        with store.read() as session:
            total, largest = session.exec(select(func.sum(Income.amount), func.max(Income.amount))).one()
    assert total == sum(amounts)
    assert largest == max(amounts)


def income(person: Client, amount: Decimal | None, now: datetime) -> Income:
    return Income(
        client_id=person.id, amount=amount, currency="EUR", frequency=IncomeFrequency.MONTHLY, recorded_at=now
    )


def test_amounts_are_compared_in_the_database(store: Store, now: datetime) -> None:
    with store.write() as session:
        person = client(now)
        session.add_all([person, *(income(person, Decimal(n), now) for n in ("9.99", "10.00", "100.01"))])
    with store.read() as session:
        found = session.exec(select(Income.amount).where(Income.amount >= Decimal(10))).all()
    assert sorted(found) == [Decimal("10.00"), Decimal("100.01")]


@pytest.mark.parametrize("bad", [0.1, 10.0, Decimal("0.005"), Decimal("NaN"), Decimal("1e12"), True, None])
def test_an_inexact_or_unreasonable_amount_is_refused(bad: object) -> None:
    with pytest.raises(RecordError):
        exact_amount(bad)  # type: ignore[arg-type]  # the point


def test_an_unknown_amount_stays_unknown(store: Store, now: datetime) -> None:
    with store.write() as session:
        person = client(now)
        session.add_all([person, income(person, None, now)])
    with store.read() as session:
        assert session.exec(select(Income.amount)).one() is None


def test_a_value_outside_its_set_is_refused_by_the_database(store: Store, now: datetime) -> None:
    ada = client(now)
    ada.living_situation = "castle"  # type: ignore[assignment]  # the point
    with pytest.raises(IntegrityError, match="ck_clients_living_situation"), store.write() as session:
        session.add(ada)


def test_a_value_comes_back_as_a_member_of_its_set(store: Store, now: datetime) -> None:
    with store.write() as session:
        ada = client(now)
        session.add_all([ada, Case(number="2026-0001", client_id=ada.id, received_at=now, created_at=now)])
    with store.read() as session:
        assert session.exec(select(Case.status)).one() is CaseStatus.PENDING


def test_a_reference_that_leads_nowhere_is_refused_at_commit(store: Store, now: datetime) -> None:
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"), store.write() as session:
        session.add(Case(number="2026-0001", client_id=new_id(), received_at=now, created_at=now))


def test_the_order_in_which_records_are_added_does_not_matter(store: Store, now: datetime) -> None:
    ada = client(now)
    with store.write() as session:
        session.add(Case(number="2026-0001", client_id=ada.id, received_at=now, created_at=now))
        session.flush()
        session.add(ada)
    with store.read() as session:
        assert session.exec(select(Case.client_id)).one() == ada.id


def test_a_misspelt_field_is_refused(now: datetime) -> None:
    with pytest.raises(RecordError, match=r"Client has no field given_nam\."):
        Client(given_nam="Ada", family_name="Example", created_at=now)  # type: ignore[call-arg]  # the point


def test_a_record_does_not_show_its_contents_when_printed(now: datetime) -> None:
    ada = client(now)
    assert f"{ada!r} {ada}" == f"<Client {ada.id}> <Client {ada.id}>"


def test_the_revision_rises_with_each_change(store: Store, now: datetime) -> None:
    ada = client(now)
    with store.write() as session:
        session.add(ada)
    with store.write() as session:
        session.add(ada)
        ada.language = "de"
    assert ada.revision == 2


def test_of_two_people_who_edit_the_same_revision_one_wins(store: Store, now: datetime) -> None:
    ada = client(now)
    with store.write() as session:
        session.add(ada)
    with store.read() as session:
        stale = session.get_one(Client, ada.id)
    with store.write() as session:
        session.add(ada)
        ada.language = "de"
    stale.language = "fr"
    with pytest.raises(StaleDataError), store.write() as session:
        session.add(stale)
    with store.read() as session:
        assert session.exec(select(Client.language)).one() == "de"


def test_json_keeps_the_order_of_its_keys_and_none_is_null(store: Store, now: datetime) -> None:
    from models import DefinitionVersion

    materials = {"b": [1, {"z": None, "a": "ü"}], "a": True}
    version = DefinitionVersion(
        process="p",
        number=1,
        content_hash="a" * 64,
        title="P",
        source="",
        file_name="p.yaml",
        materials=materials,
        published_at=now,
        published_by="x",
    )
    with store.write() as session:
        session.add(version)
    with store.read() as session:
        read = session.exec(select(DefinitionVersion.materials)).one()
    assert list(read) == ["b", "a"]
    assert read == materials


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS.keys())
def test_every_table_can_be_written_for_both_databases(dialect: object) -> None:
    for table in Record.metadata.sorted_tables:
        statement = str(CreateTable(table).compile(dialect=dialect))  # type: ignore[arg-type]  # an alias in the stubs
        assert table.name in statement
        for index in table.indexes:
            assert index.name is not None
            assert len(index.name) <= 63
            assert index.name in str(CreateIndex(index).compile(dialect=dialect))  # type: ignore[arg-type]  # as above


def test_every_constraint_has_a_name_that_fits_postgresql() -> None:
    for table in Record.metadata.sorted_tables:
        for constraint in table.constraints:
            assert constraint.name, f"{table.name}: {constraint}"
            assert len(str(constraint.name)) <= 63, constraint.name


def test_amounts_are_decimals_on_postgresql() -> None:
    statement = str(CreateTable(Record.metadata.tables["incomes"]).compile(dialect=DIALECTS["postgresql"]))
    assert "amount NUMERIC(14, 2)" in statement


def test_a_plain_date_is_kept(store: Store, now: datetime) -> None:
    ada = client(now)
    ada.date_of_birth, ada.date_of_birth_quality = date(2024, 2, 29), "full"  # type: ignore[assignment]  # as from a form
    with store.write() as session:
        session.add(ada)
    with store.read() as session:
        assert session.exec(select(Client.date_of_birth)).one() == date(2024, 2, 29)
