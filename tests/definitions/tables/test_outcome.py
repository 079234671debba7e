"""What decision tables decide, for each hit policy, and while something is missing.

The semantics are those of DMN 1.5, 8.2.8 to 8.2.11, and of the level-2 cases of the public DMN TCK
(github.com/dmn-tck/tck); the tables are our own.
"""

from decimal import Decimal
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import decided, table

from definitions.arguments import Value
from definitions.runtime_values import MISSING
from definitions.tables.columns import Column
from definitions.tables.outcome import Outcome, TableError
from definitions.tables.regions import Among, Ranges, Stretch, ranges
from definitions.tables.table import SINGLE, Hit, OutputColumn, Row, Table
from definitions.types import Choice, Condition, Number, Text, YesNo

DANGER = """
outputs:
  level: {type: choice, options: {critical: Critical, high: High, low: Low}}
rows:
  - when: {danger: is not no}
    then: {level: critical}
  - when: {danger: no, age: under 18}
    then: {level: high}
  - when: {danger: no, age: 18 and over}
    then: {level: low}
"""
FEES = """
outputs:
  fee: {type: number}
rows:
  - when: {years: over 1}
    then: {fee: 90.5}
  - when: {years: over 2}
    then: {fee: 150}
  - when: {years: over 3}
    then: {fee: 60.25}
"""
LOANS = """
outputs:
  verdict: {type: text, values: [Approved, Declined]}
  rate: {type: text}
rows:
  - when: {age: 18 and over, risk: 'in ("Medium", "Low")', affordable: true}
    then: {verdict: Approved, rate: Basic}
  - when: {age: under 18}
    then: {verdict: Declined, rate: Standard}
  - when: {risk: High}
    then: {verdict: Approved, rate: Plus}
"""


def danger(hit: str = "unique", **inputs: object) -> Outcome:
    return decided(table(f"hit: {hit}\n{DANGER}", danger=YesNo(), age=Number()), **inputs)


def fee(hit: str, years: object, more: str = "") -> object:
    made = table(f"hit: {hit}\n{FEES}{more}", years=Number())
    return decided(made, years=years).values[0]


def loan(hit: str, age: int, risk: str, *, affordable: bool = True, more: str = "") -> Outcome:
    made = table(f"hit: {hit}\n{LOANS}{more}", age=Number(), risk=Text(), affordable=Condition())
    return decided(made, age=age, risk=risk, affordable=affordable)


# -- hit policies


def test_unique_gives_the_one_row_that_holds() -> None:
    assert danger(danger="no", age=17).values == ("high",)
    assert danger(danger="doesnt_know", age=40).values == ("critical",)


def test_two_rows_of_a_unique_table_that_hold_are_an_error() -> None:
    with pytest.raises(TableError, match="the rows 1 and 2 hold together"):
        fee("unique", 3)


def test_any_gives_what_all_rows_that_hold_agree_on() -> None:
    same = FEES.replace("150", "90.5").replace("60.25", "90.5")
    assert decided(table(f"hit: any\n{same}", years=Number()), years=4).values == (Decimal("90.5"),)


def test_rows_of_any_that_differ_are_an_error() -> None:
    with pytest.raises(TableError, match="the rows 1 and 2 hold together and give different values"):
        fee("any", 3)


def test_first_gives_the_first_row_in_the_file() -> None:
    assert fee("first", 4) == Decimal("90.5")


def test_priority_goes_by_the_order_of_the_values_and_then_by_the_file() -> None:
    assert loan("priority", 17, "High").values == ("Approved", "Plus")
    assert loan("priority", 17, "Low").values == ("Declined", "Standard")


def test_priority_goes_by_each_output_in_turn() -> None:
    made = table(
        """
        hit: priority
        outputs:
          a: {type: text, values: [x, y]}
          b: {type: number, values: [2, 1]}
        rows:
          - then: {a: y, b: 2}
          - then: {a: x, b: 1}
          - then: {a: x, b: 2}
        """,
        it=Number(),
    )
    assert decided(made, it=1).values == ("x", Decimal(2))


def test_rule_order_lists_the_rows_in_the_order_of_the_file() -> None:
    assert loan("rule order", 17, "High").values == (("Declined", "Approved"), ("Standard", "Plus"))


def test_output_order_lists_the_most_important_first() -> None:
    assert loan("output order", 17, "High").values == (("Approved", "Declined"), ("Plus", "Standard"))


@pytest.mark.parametrize(
    ("hit", "expected"),
    [
        ("collect", (Decimal("90.5"), Decimal(150), Decimal("60.25"))),
        ("collect sum", Decimal("300.75")),
        ("collect min", Decimal("60.25")),
        ("collect max", Decimal(150)),
        ("collect count", Decimal(3)),
    ],
)
def test_collect_takes_every_row_that_holds(hit: str, expected: object) -> None:
    assert fee(hit, 4) == expected


@pytest.mark.parametrize(
    ("hit", "expected"),
    [
        ("rule order", ()),
        ("collect", ()),
        ("collect sum", MISSING),
        ("collect min", MISSING),
        ("collect max", MISSING),
        ("collect count", Decimal(0)),
    ],
)
def test_where_no_row_holds_lists_are_empty_and_figures_missing(hit: str, expected: object) -> None:
    assert fee(hit, 1) == expected


@pytest.mark.parametrize("hit", sorted(SINGLE - {"priority"}))
def test_where_no_row_of_a_single_hit_holds_there_has_to_be_an_otherwise(hit: str) -> None:
    with pytest.raises(TableError, match="no row holds"):
        fee(hit, 1)
    assert fee(hit, 1, "default: nothing") is MISSING
    assert fee(hit, 1, "default: {fee: 7}") == Decimal(7)


@pytest.mark.parametrize(
    ("hit", "expected"),
    [("collect", (Decimal(7),)), ("collect sum", Decimal(7)), ("collect count", Decimal(7))],
)
def test_otherwise_counts_in_lists_and_figures_too(hit: str, expected: object) -> None:
    assert fee(hit, 1, "default: {fee: 7}") == expected


def test_what_an_input_cannot_be_is_an_error() -> None:
    made = table(f"hit: first\n{LOANS}\ndefault: nothing", {"risk": {"values": ["High", "Medium", "Low"]}},
                 age=Number(), risk=Text(), affordable=Condition())  # fmt: skip
    with pytest.raises(TableError, match="`risk`"):
        decided(made, age=20, risk="Higher", affordable=True)


# -- missing is not no


def test_a_decision_does_not_wait_for_what_makes_no_difference() -> None:
    found = danger(danger="yes", age=MISSING)
    assert (found.values, found.provisional, found.open) == (("critical",), False, ())


def test_rows_that_agree_decide_though_nobody_knows_which_of_them_holds() -> None:
    made = DANGER.replace("level: low", "level: high")
    found = decided(table(f"hit: unique\n{made}", danger=YesNo(), age=Number()), danger="no", age=MISSING)
    assert (found.values, found.provisional, found.open) == (("high",), False, (1, 2))


def test_a_unique_table_does_not_guess() -> None:
    found = danger(danger="no", age=MISSING)
    assert found.values == (MISSING,)
    assert found.possible == (("high", "low"),)
    assert found.provisional


def test_first_takes_the_first_row_that_may_hold() -> None:
    found = danger("first", danger=MISSING, age=40)
    assert (found.values, found.possible) == (("critical",), (("critical", "low"),))
    assert found.provisional


def test_rows_behind_the_one_that_counts_are_not_open() -> None:
    found = danger("first", danger="yes", age=MISSING)
    assert (found.counted, found.open, found.provisional) == ((0,), (), False)


def test_priority_takes_the_most_important_that_may_be_right() -> None:
    found = danger("priority", danger="no", age=MISSING)
    assert (found.values, found.provisional) == (("high",), True)


def test_lists_have_every_row_that_may_hold() -> None:
    found = danger("rule order", danger=MISSING, age=40)
    assert (found.values, found.provisional) == ((("critical", "low"),), True)


def test_a_list_that_comes_out_the_same_is_not_doubled() -> None:
    made = DANGER.replace("level: low", "level: high")
    found = decided(table(f"hit: collect\n{made}", danger=YesNo(), age=Number()), danger="no", age=MISSING)
    assert (found.values, found.provisional) == ((("high",),), False)


def test_a_sum_is_the_largest_that_it_may_be() -> None:
    assert fee("collect sum", MISSING) == Decimal("300.75")
    assert fee("collect max", MISSING) == Decimal(150)
    assert fee("collect min", MISSING) == Decimal("60.25")
    assert fee("collect count", MISSING) == Decimal(3)


def test_a_table_that_asks_whether_an_input_is_known_decides_on_a_missing_one() -> None:
    made = table(
        """
        outputs:
          level: {type: text}
        rows:
          - when: {age: is not known}
            then: {level: high}
          - when: {age: under 6}
            then: {level: low}
        default: nothing
        """,
        age=Number(),
    )
    found = decided(made, age=MISSING)
    assert (found.values, found.provisional, found.open) == (("high",), False, ())


small = st.integers(0, 2).map(Decimal)
tests = st.none() | st.builds(lambda a, b: ranges([Stretch(min(a, b), max(a, b))]), small, small)
answers = st.none() | st.builds(
    Among, st.frozensets(st.sampled_from(["yes", "no"]), min_size=1), st.booleans()
)
COLUMNS = (
    Column("n", Number(), at_least=Decimal(0), at_most=Decimal(2), whole=True),
    Column("m", Number(), at_least=Decimal(0), at_most=Decimal(2), whole=True),
    Column("y", Choice(("yes", "no", "maybe"))),
)
HITS: tuple[Hit, ...] = ("any", "first", "priority", "rule order", "collect", "collect sum", "collect max")


@given(
    st.lists(st.tuples(st.tuples(tests, tests, answers), st.integers(1, 3)), min_size=1, max_size=5),
    st.sampled_from(HITS),
    st.tuples(small, small, st.sampled_from(["yes", "no", "maybe"])),
)
def test_what_is_possible_is_what_the_missing_inputs_could_come_to(
    written: list[tuple[tuple[Ranges | Among | None, ...], int]], hit: Hit, way: tuple[object, ...]
) -> None:
    output = OutputColumn("o", Number(), "", (Decimal(3), Decimal(1), Decimal(2)))
    rows = tuple(Row(when, (Value(given_),)) for when, given_ in written)
    made = Table(COLUMNS, (output,), rows, hit, (Value(9),) if hit in SINGLE else None)
    names, every = (
        [each.name for each in COLUMNS],
        [[Decimal(n) for n in range(3)]] * 2 + [["yes", "no", "maybe"]],
    )
    for missing in combinations(range(3), 2):
        results, failed = [], 0
        for filled in product(*(every[i] if i in missing else [way[i]] for i in range(3))):
            try:
                results.append(decided(made, **dict(zip(names, filled, strict=True))).values[0])
            except TableError:
                failed += 1
        known = {name: MISSING if i in missing else way[i] for i, name in enumerate(names)}
        if not results:
            with pytest.raises(TableError):
                decided(made, **known)
            continue
        found = decided(made, **known)
        assert set(found.possible[0]) == set(results)
        assert found.provisional == (len(set(results)) > 1)
        if len(set(results)) == 1:
            assert found.values[0] == results[0]
        elif hit in ("first", "priority", "collect sum", "collect max"):
            assert found.values[0] in results
