"""`aggregate`."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from step_bench import Bench, faults, open_bench

from definitions.runtime_values import MISSING, MoneyValue
from tasks.result import DefiniteFailure
from tasks.scoring.sums import SumOutput

STEPS = """
- id: profile
  title: Profile
  do: fetch_record
  record: Client
  match:
    id: = inputs.client.id
- id: household
  title: Household
  do: fetch_related
  from: = profile
  related: household_members
  including: the client
- id: income
  title: Income
  do: aggregate
  over: = household.members
  sum: income.amount
  per: month
  as_of: = inputs.received_at
"""


def total(bench: Bench, client: Any, steps: str = STEPS) -> SumOutput:
    bench.start(steps, client=client.id, received_at=bench.now)
    bench.run("profile")
    bench.run("household")
    output = bench.run("income")
    assert isinstance(output, SumOutput)
    return output


def dollars(amount: str) -> MoneyValue:
    return MoneyValue(Decimal(amount), "USD")


@pytest.mark.parametrize(
    ("amount", "frequency", "a_month"),
    [
        ("100.00", "weekly", "433.33"),  # x 52 / 12
        ("100.00", "fortnightly", "216.67"),  # x 26 / 12
        ("100.00", "monthly", "100.00"),
        ("100.00", "quarterly", "33.33"),
        ("100.00", "yearly", "8.33"),
    ],
)
def test_an_income_is_brought_to_a_month(bench: Bench, amount: str, frequency: str, a_month: str) -> None:
    client = bench.client()
    bench.income(client, amount, frequency)
    assert total(bench, client).total == dollars(a_month)


def test_members_are_added_up_and_rounded_once_at_the_end(bench: Bench) -> None:
    one, other = bench.client("One"), bench.client("Other")
    bench.household(one, other)
    bench.income(one, "10.00", "yearly")  # 0.8333...
    bench.income(other, "10.00", "yearly")
    output = total(bench, one)
    assert output.total == dollars("1.67")  # not 0.83 + 0.83
    assert (output.known, output.missing, output.provisional) == (2, 0, False)


def test_half_a_cent_goes_to_the_even_one(bench: Bench) -> None:
    client = bench.client()
    bench.income(client, "0.06", "yearly")  # 0.005 a month
    assert total(bench, client).total == dollars("0.00")


def test_each_conversion_is_shown_with_its_source_and_date(bench: Bench) -> None:
    client = bench.client()
    bench.income(client, "100.00", "weekly", starts_on=date(2026, 1, 5), confirmed_on=date(2026, 2, 1))
    assert total(bench, client).conversions == (
        "100.00 USD weekly x 52 / 12 = 433.33 USD a month (earned, since 2026-01-05, confirmed 2026-02-01)",
    )


def test_only_what_is_in_force_on_the_day_counts(bench: Bench) -> None:
    client = bench.client()
    bench.income(client, "500.00", ends_on=date(2026, 3, 1))
    bench.income(client, "300.00", ends_on=date(2026, 3, 2))
    bench.income(client, "200.00", starts_on=date(2026, 3, 3))
    assert total(bench, client).total == dollars("300.00")


def test_a_member_without_a_record_is_missing_and_never_0(bench: Bench) -> None:
    one, other = bench.client("One"), bench.client("Other")
    bench.household(one, other)
    bench.income(one, "900.00")
    output = total(bench, one)
    assert output.total == dollars("900.00")
    assert (output.known, output.missing, output.provisional) == (1, 1, True)
    assert [member.id for member in output.missing_members] == [other.id]


def test_an_income_of_0_is_known(bench: Bench) -> None:
    client = bench.client()
    bench.income(client, "0.00")
    output = total(bench, client)
    assert (output.total, output.missing, output.provisional) == (dollars("0.00"), 0, False)


def test_an_income_whose_amount_is_not_known_is_missing(bench: Bench) -> None:
    client = bench.client()
    bench.income(client, "700.00")
    bench.income(client, None)
    output = total(bench, client)
    assert (output.total, output.known, output.missing) == (dollars("700.00"), 0, 1)


def test_without_any_record_there_is_no_total(bench: Bench) -> None:
    output = total(bench, bench.client())
    assert (output.total, output.provisional) == (None, True)
    assert bench.read("income", "total") is MISSING


def test_two_currencies_are_refused(bench: Bench) -> None:
    client = bench.client()
    bench.income(client, "1.00")
    bench.income(client, "1.00", currency="EUR")
    with pytest.raises(DefiniteFailure, match="EUR and USD") as failure:
        total(bench, client)
    assert failure.value.code == "two_currencies"


def test_missing_can_stop_the_step(bench: Bench) -> None:
    with pytest.raises(DefiniteFailure, match=r"1 of 1 have no income\.amount"):
        total(bench, bench.client(), STEPS + "  missing: stop\n")


@pytest.mark.parametrize(
    ("way", "result"), [("average", "150.00"), ("smallest", "100.00"), ("largest", "200.00")]
)
def test_other_ways_to_take_them_together(bench: Bench, way: str, result: str) -> None:
    client = bench.client()
    bench.income(client, "100.00")
    bench.income(client, "200.00")
    assert total(bench, client, STEPS.replace("sum:", f"{way}:")).total == dollars(result)


def test_later_steps_read_the_total_as_money(bench: Bench) -> None:
    client = bench.client()
    bench.income(client, "12.34")
    total(bench, client)
    assert bench.read("income", "total") == dollars("12.34")
    assert bench.read("income", "provisional") is False


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.integers(0, 10**7),
            st.sampled_from(["weekly", "fortnightly", "monthly", "quarterly", "yearly"]),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_the_total_is_the_exact_sum_to_the_cent(entries: list[tuple[int, str]]) -> None:
    a_year = {"weekly": 52, "fortnightly": 26, "monthly": 12, "quarterly": 4, "yearly": 1}
    with open_bench() as bench:
        client = bench.client()
        for cents, frequency in entries:
            bench.income(client, str(Decimal(cents) / 100), frequency)
        exact = sum(Fraction(cents * a_year[frequency], 1200) for cents, frequency in entries)
        found = total(bench, client).total
        assert abs(Fraction(found.amount) - exact) <= Fraction(1, 200)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("over: = household.members", "over: = profile"), "a list of records belongs here"),
        (("sum: income.amount", "sum: income.frequency"), "can't be added up"),
        (("sum: income.amount", "sum: income.amont"), "Income has no field `amont`"),
        (("sum: income.amount", "sum: incomes.amount"), "Client has no field `incomes`"),
        (("sum: income.amount", "sum: income"), "can't be added up"),
        (("sum: income.amount", "{}"), "exactly one of"),
        (("per: month", "per: day"), "per"),
        (("as_of: = inputs.received_at", "as_of: = profile.language"), "`as_of` is a text"),
    ],
)
def test_faults_are_found_when_the_definition_is_checked(change: tuple[str, str], problem: str) -> None:
    old, new = change
    steps = STEPS.replace(f"  {old}\n", "") if new == "{}" else STEPS.replace(old, new)
    assert problem in "\n".join(faults(steps))
