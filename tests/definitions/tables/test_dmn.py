"""DMN files: what is brought in decides as the standard says, what is given out comes back the same.

Hit policies, defaults and empty results follow DMN 1.5, 8.2.8 to 8.2.11, and the level-2 cases of the public
DMN TCK (github.com/dmn-tck/tck, TestCases/compliance-level-2, 0001 to 0119); the tables are our own.
"""

from datetime import date
from decimal import Decimal

import pytest
from dmn_files import brought_in, decided, dmn
from hypothesis import given, settings
from hypothesis import strategies as st
from step_bench import catalogue

from definitions.arguments import Value
from definitions.catalogue import Catalogue
from definitions.plan import Plan
from definitions.runtime_values import MISSING, DurationValue
from definitions.tables.columns import Column
from definitions.tables.dmn import DmnError, process_yaml, read_table, step_yaml, write_table
from definitions.tables.dmn.sfeel import FeelError, read_tests
from definitions.tables.dmn.writing import _test
from definitions.tables.dmn.xml_tree import LARGEST, MOST_ELEMENTS, XmlError, read_xml
from definitions.tables.outcome import TableError
from definitions.tables.regions import Among, Ranges, Stretch, holds, ranges
from definitions.tables.table import Hit, OutputColumn, Row, Table
from definitions.tables.wording import words
from definitions.types import Choice, Condition, Date, Duration, Number, Text, Type
from tasks.deciding.deciding import table_of_step

LOAN_INPUTS = [
    ("Age", "number"),
    ("RiskCategory", "string", '"High", "Low", "Medium"'),
    ("isAffordable", "boolean"),
]
LOAN_OUTPUTS = [("Approved/Declined", "string", '"Approved", "Declined"'), ("Rate", "string")]
LOAN_RULES = [
    '>=18 | "Medium","Low" | true : "Approved" | "Basic"',
    '<18 | - | - : "Declined" | "Standard"',
    '- | "High" | - : "Approved" | "Standard"',
]
YEARS = [("Years", "number")]
FEE = [("Fee", "number")]
RISK = [("R", "string", '"High", "Low"')]
HALF = [("Fee", "number", "", "1"), ("B", "number")]
FEES = [">1 : 98.83", ">2 : 150.21", ">3 : 205.43", ">4 : 64.32"]


# -- S-FEEL


@pytest.mark.parametrize(
    ("entry", "kind", "said"),
    [
        ("5", Number(), "5"),
        ("-5.50", Number(), "-5.5"),
        ("< 5", Number(), "under 5"),
        ("<=5", Number(), "5 and under"),
        ("> 5", Number(), "over 5"),
        (">= 5", Number(), "5 and over"),
        ("[1..5]", Number(), "1 to 5"),
        ("]1..5[", Number(), "over 1 to under 5"),
        ("(1..5]", Number(), "over 1 to 5"),
        ("[1..5)", Number(), "1 to under 5"),
        ("1, 3, [10..20]", Number(), "1 or 3 or 10 to 20"),
        ("not(1, 3)", Number(), "not in (1, 3)"),
        ("not([1..5])", Number(), "under 1 or over 5"),
        ("!= 5", Number(), "not 5"),
        ('"a"', Text(), '"a"'),
        ('"a", "b"', Text(), 'in ("a", "b")'),
        ('not("a", "b")', Text(), 'not in ("a", "b")'),
        ("true", Condition(), "true"),
        ("not(true)", Condition(), "is not true"),
        ('date("2026-01-01")', Date(), "2026-01-01"),
        ('< date("2026-01-01")', Date(), "before 2026-01-01"),
        ('[date("2026-01-01")..date("2026-02-01")[', Date(), "2026-01-01 to before 2026-02-01"),
        ('> @"2026-01-01"', Date(), "after 2026-01-01"),
        ('<= duration("P3DT12H")', Duration(), "hours(84) and under"),
        ('duration("P1Y6M")', Duration(), "months(18)"),
        ('> duration("-PT90M")', Duration(), "over minutes(-90)"),
        ("null", Number(), "is not known"),
        ("not(null)", Number(), "is known"),
    ],
)
def test_unary_tests_are_said_in_words(entry: str, kind: Type, said: str) -> None:
    region = read_tests(entry)
    assert region is not None
    assert words(region, Column("it", kind)) == said


@pytest.mark.parametrize("entry", ["-", "", "  "])
def test_what_takes_everything_is_no_test(entry: str) -> None:
    assert read_tests(entry) is None


@pytest.mark.parametrize(
    "entry",
    [
        *(
            "Age",
            "< Limit",
            "[5..1]",
            "]1..1[",
            '"a" + "b"',
            "1 + 2",
            'starts with("a")',
            "? > 5",
            "[1..",
            "1 2",
        ),
        *("not(1", "1,", '< "a"', '"open', 'date("2026-02-30")', 'time("10:00:00")', "{a: 1}", "1, null"),
        *('date("2026-01-01T10:00:00")', 'duration("P1M3D")', 'duration("P")', "if a then 1", "some x in y"),
        *("x" * 3_000, "not(not(1))"),
    ],
)
def test_what_is_beyond_level_2_is_refused(entry: str) -> None:
    with pytest.raises(FeelError):
        read_tests(entry)


sizes = st.none() | st.decimals(-20, 20, places=1)
stretches = st.builds(Stretch, sizes, sizes, st.booleans(), st.booleans())


# -- hit policies


def test_unique_as_in_0004(real_catalogue: Catalogue) -> None:
    rules = ['>=18 | "Medium","Low" | true : "Approved"', '<18 | "Medium","Low" | true : "Declined"',
             '- | "High" | true : "Declined"', '- | - | false : "Declined"']  # fmt: skip
    plan = brought_in(dmn(LOAN_INPUTS, [("Status", "string")], rules), real_catalogue)
    assert decided(plan, age=18, risk_category="Low", is_affordable=True).values == ("Approved",)
    assert decided(plan, age=17, risk_category="Medium", is_affordable=True).values == ("Declined",)
    assert decided(plan, age=18, risk_category="High", is_affordable=True).values == ("Declined",)


def test_any_as_in_0005_with_a_default(real_catalogue: Catalogue) -> None:
    rules = ['>=18 | "Low" | true : "Approved" | "Best"', '>=19 | "Low" | true : "Approved" | "Best"']
    outputs = [
        ("Status", "string", '"Approved", "Declined"', '"Declined"'),
        ("Rate", "string", "", '"Standard"'),
    ]
    plan = brought_in(dmn(LOAN_INPUTS, outputs, rules, "ANY"), real_catalogue)
    assert decided(plan, age=30, risk_category="Low", is_affordable=True).values == ("Approved", "Best")
    assert decided(plan, age=17, risk_category="Low", is_affordable=True).values == ("Declined", "Standard")


def test_rows_of_any_that_differ_are_told_and_never_decide() -> None:
    text, notes = process_yaml(read_table(dmn(YEARS, FEE, FEES, "ANY")), "intake_team")
    assert "hit: any" in text
    assert "rows 1 and 2 give different values, for example for years 2.5" in notes


@pytest.mark.parametrize("hit", ["PRIORITY", "OUTPUT ORDER", "RULE ORDER", "FIRST", "COLLECT"])
def test_several_outputs_as_in_0108_to_0119(real_catalogue: Catalogue, hit: str) -> None:
    plan = brought_in(dmn(LOAN_INPUTS, LOAN_OUTPUTS, LOAN_RULES, hit), real_catalogue)
    found = decided(plan, age=17, risk_category="High", is_affordable=True).values
    assert (
        found
        == {
            "PRIORITY": ("Approved", "Standard"),
            "OUTPUT ORDER": (("Approved", "Declined"), ("Standard", "Standard")),
            "RULE ORDER": (("Declined", "Approved"), ("Standard", "Standard")),
            "FIRST": ("Declined", "Standard"),
            "COLLECT": (("Declined", "Approved"), ("Standard", "Standard")),
        }[hit]
    )
    alone = decided(plan, age=19, risk_category="Low", is_affordable=True).values
    one = hit in ("PRIORITY", "FIRST")
    assert alone == (("Approved", "Basic") if one else (("Approved",), ("Basic",)))


@pytest.mark.parametrize(
    ("aggregation", "five", "two", "none"),
    [
        ("SUM", "518.79", "98.83", MISSING),
        ("MIN", "64.32", "98.83", MISSING),
        ("MAX", "205.43", "98.83", MISSING),
        ("COUNT", "4", "1", Decimal(0)),
    ],
)
def test_figures_as_in_0114_to_0116(
    real_catalogue: Catalogue, aggregation: str, five: str, two: str, none: object
) -> None:
    content = dmn(YEARS, [("Fee", "")], FEES, "COLLECT", more=f'aggregation="{aggregation}"')
    plan = brought_in(content, real_catalogue)
    assert decided(plan, years=5).values == (Decimal(five),)
    assert decided(plan, years=2).values == (Decimal(two),)
    assert decided(plan, years=1).values == (none,)


def test_without_a_rule_and_without_a_default_there_is_no_result(real_catalogue: Catalogue) -> None:
    content = dmn(YEARS, FEE, ["1 : 10"])
    text, notes = process_yaml(read_table(content), "intake_team")
    assert "default: nothing" in text
    assert notes[0] == "no row holds for years 0; such inputs have no result (`default: nothing`)"
    assert decided(brought_in(content, real_catalogue), years=3).values == (MISSING,)


def test_rules_of_unique_that_overlap_are_told_and_are_an_error_when_both_hold() -> None:
    content = dmn(YEARS, FEE, ["<5 : 10", ">3 : 20"])
    assert (
        "rows 1 and 2 both hold, for example for years 4"
        in process_yaml(read_table(content), "intake_team")[1]
    )


# -- expressions and types


def test_inputs_and_entries_are_computed(real_catalogue: Catalogue) -> None:
    content = dmn(
        [("Monthly Income", "number"), ("Debt - 2 * (Monthly Income + 1)", "number")],
        [("Limit", "number")],
        [">= 0 | > 0 : (Monthly Income - 1) * 12 / 2", "< 0 | - : -Monthly Income"],
        inside='<inputData name="Debt"><variable name="Debt" typeRef="number"/></inputData>',
    )
    plan = brought_in(content, real_catalogue)
    assert decided(plan, monthly_income=11, debt=50).values == (Decimal(60),)
    assert decided(plan, monthly_income=-3, debt=50).values == (Decimal(3),)


def test_dates_and_lengths_of_time(real_catalogue: Catalogue) -> None:
    content = dmn(
        [("Start", "date"), ("Notice", "dayTimeDuration")],
        [("Until", "date"), ("Wait", "dayTimeDuration")],
        ['< date("2026-01-01") | - : date("2026-02-01") | duration("P3D")',
         '>= date("2026-01-01") | < duration("P14D") : date("2027-02-01") | duration("PT36H")',
         '>= date("2026-01-01") | >= duration("P14D") : date("2028-02-01") | duration("P0D")'],
    )  # fmt: skip
    plan = brought_in(content, real_catalogue)
    later = decided(plan, start=date(2026, 5, 1), notice=DurationValue(1, "weeks"))
    assert later.values[1] == DurationValue(Decimal(36), "hours")
    assert decided(plan, start=date(2026, 5, 1), notice=DurationValue(2, "weeks")).counted == (2,)


def test_codes_become_choices_and_five_answers_a_yes_no(real_catalogue: Catalogue) -> None:
    answers = '"yes", "no", "doesnt_know", "prefers_not_to_answer", "not_collected"'
    content = dmn(
        [("Housing", "string", '"stable", "homeless"'), ("Danger", "string", answers)],
        [("Level", "string", '"high", "low"')],
        ['"homeless" | - : "high"', '"stable" | not("no") : "high"', '"stable" | "no" : "low"'],
    )
    kinds = {each.name: type(each.type).__name__ for each in brought_in(content, real_catalogue).inputs}
    assert kinds == {"housing": "Choice", "danger": "YesNo"}


def test_an_input_without_an_expression_is_named_by_its_label(real_catalogue: Catalogue) -> None:
    content = dmn([("", "integer")], FEE, ["> 38 : 1", "<= 38 : 2"])
    content = content.replace(b'<input id="i0">', b'<input id="i0" label="body temp. (degrees Celsius)">')
    plan = brought_in(content, real_catalogue)
    assert decided(plan, body_temp_degrees_celsius=39).values == (Decimal(1),)


def test_types_that_the_file_defines_are_followed(real_catalogue: Catalogue) -> None:
    inside = (
        '<itemDefinition name="tRisk"><typeRef>string</typeRef>'
        '<allowedValues><text>"High", "Low"</text></allowedValues></itemDefinition>'
    )
    plan = brought_in(
        dmn([("Risk", "tRisk")], [("R", "")], ['"High" : 1', '"Low" : 2'], inside=inside), real_catalogue
    )
    assert decided(plan, risk="Low").values == (Decimal(2),)
    with pytest.raises(TableError):
        decided(plan, risk="Medium")


@pytest.mark.parametrize("namespace", ["http://www.omg.org/spec/DMN/20151101/dmn.xsd",
                                       "http://www.omg.org/spec/DMN/20180521/MODEL/",
                                       "https://www.omg.org/spec/DMN/20230324/MODEL/"])  # fmt: skip
def test_files_of_every_version_are_read(namespace: str) -> None:
    assert read_table(dmn(YEARS, FEE, FEES, "FIRST", namespace=namespace)).hit == "first"


def test_hard_names_and_texts_survive_the_way_into_yaml(real_catalogue: Catalogue) -> None:
    content = dmn(
        [("class", "string"), ("2nd Größe m²", "number")],
        [("rows", "string"), ("Rate: {{x}} #1", "string")],
        [
            r'"a: b # c" | 1 : "true" | "- \'x\' \"y\""',
            '"no" | -1.50 : "no" | "012"',
            'not("no", "a: b # c") | - : "x, y" | "2026-01-01"',
        ],
        "FIRST",
    )
    plan = brought_in(content, real_catalogue)
    assert [each.name for each in plan.inputs] == ["the_class", "given_2nd_groe_m2"]
    found = decided(plan, the_class="a: b # c", given_2nd_groe_m2=1)
    assert found.values == ("true", "- 'x' \"y\"")
    assert decided(plan, the_class="no", given_2nd_groe_m2=Decimal("-1.5")).values == ("no", "012")


# -- refusals


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<a/>", "line 1: `<a>` is no DMN"),
        (b"nothing", "line 1: this is not XML"),
        (b"", "line 1: this is not XML"),
        (b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"/>', "no decision table"),
        (dmn(YEARS, FEE, ["> Limit : 1"]), "element `r0i0`: `Limit` is the name of something"),
        (dmn(YEARS, FEE, ["1 : max(1, 2)"]), "element `r0o0`: `max` is the name of something"),
        (dmn(YEARS, FEE, ["1 : null"]), "element `r0o0`: null is no value of an output"),
        (dmn(YEARS, FEE, ['"a" : 1']), "the test does not suit `Years`, which is a number"),
        (dmn(YEARS, FEE, ['1 : "a"']), "`a` is no value of the output `Fee`, which is a number"),
        (dmn(YEARS, FEE, ["1 : 2 ** 3"]), "`**` has no place here"),
        (dmn([("At", "dateTime")], FEE, ["- : 1"]), "the type `dateTime` has no place"),
        (dmn([("At", "tUnknown")], FEE, ["- : 1"]), "the type `tUnknown` is not defined"),
        (
            dmn(
                YEARS, [("A", "number"), ("B", "number")], ["1 : 1 | 2"], "COLLECT", more='aggregation="SUM"'
            ),
            "element `t`: `collect sum` makes one value; the table has 2 outputs",
        ),
        (dmn(YEARS, FEE, FEES, "WEIRD"), "element `t`: there is no hit policy `WEIRD`"),
        (dmn(YEARS, FEE, FEES, "COLLECT", more='aggregation="AVG"'), "no aggregation `AVG`"),
        (dmn(YEARS, FEE, ["1 | 2 : 1"]), "element `r0`: the rule has another number of entries"),
        (dmn(YEARS, FEE, []), "element `t`: the table has no rules"),
        (dmn(YEARS, FEE, FEES, more='expressionLanguage="juel"'), "the language `juel` is not read"),
        (dmn(RISK, FEE, ['"Hihg" : 1']), "element `r0i0`: `Hihg` is none of the values of `R`"),
        (dmn(YEARS, HALF, ["1 : 1 | 2"]), "only some of the outputs have a default"),
        (dmn(YEARS, FEE, FEES, "PRIORITY"), "`priority` needs an output whose values have an order"),
    ],
)
def test_what_cannot_be_brought_in_is_refused_with_its_place(content: bytes, message: str) -> None:
    with pytest.raises(DmnError) as caught:
        step_yaml(read_table(content))
    assert message in caught.value.message


def test_of_several_tables_one_has_to_be_named() -> None:
    one = dmn(YEARS, FEE, FEES, "FIRST").decode()
    start, end = one.index("<decision "), one.index("</definitions>")
    both = (
        one[:end]
        + one[start:end].replace('id="dec" name="The Result"', 'id="other" name="Other"')
        + one[end:]
    )
    with pytest.raises(DmnError, match="several tables: `The Result`, `Other`; say which with --table"):
        read_table(both.encode())
    assert read_table(both.encode(), "other").title == "Other"
    with pytest.raises(DmnError, match="no table `third`; there is `The Result`, `Other`"):
        read_table(both.encode(), "third")


LAUGHS = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><x>&a;</x>'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (LAUGHS.encode(), "document type"),
        (OUTSIDE.encode(), "document type"),
        (LAUGHS.encode("utf-16"), "document type"),
        (b'<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd"><x/>', "document type"),
        (b"<x>" * 100 + b"</x>" * 100, "too many levels"),
        (b"<x>" + b"<y/>" * MOST_ELEMENTS + b"</x>", "too many elements"),
        (b"<x>&undefined;</x>", "not XML"),
        (b"<x a='1' a='2'/>", "not XML"),
        (b"\xff\xfe\x00", "not XML"),
        (b'<?xml version="1.0" encoding="nonsense"?><x/>', "XML"),
        (b" " * (LARGEST + 1), "more than 4 MiB"),
    ],
)
def test_hostile_xml_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(XmlError, match=message):
        read_xml(content)


# -- there and back


outputs = (
    OutputColumn("level", Choice(("high", "low"))),
    OutputColumn("hours", Number()),
    OutputColumn("day", Date()),
)
columns = (
    Column("age", Number(), "Age", at_least=Decimal(0), at_most=Decimal(120)),
    Column("housing", Choice(("stable", "at_risk", "homeless"))),
    Column("region", Text(), "The Region"),
    Column("urgent", Condition()),
    Column("since", Date()),
    Column("wait", Duration("days")),
)
numbers = st.builds(lambda each: ranges([each]), stretches).filter(
    lambda each: bool(each.stretches) and each.stretches != (Stretch(),)
)
days = st.dates(date(2026, 1, 1), date(2026, 12, 31)).map(
    lambda day: ranges([Stretch(None, day, high_open=True)])
)
waits = st.integers(0, 5000).map(lambda n: ranges([Stretch(DurationValue(Decimal(n), "minutes"), None)]))


def among(*values: str | bool) -> st.SearchStrategy[Among]:
    return st.builds(Among, st.frozensets(st.sampled_from(values), min_size=1), st.booleans())


whens = st.tuples(
    st.none() | numbers, st.none() | among("stable", "at_risk", "homeless"),
    st.none() | among("North West", "it's: a # text", "yes"), st.none() | among(True, False),
    st.none() | days, st.none() | waits,
)  # fmt: skip
thens = st.tuples(
    st.sampled_from(["high", "low"]).map(Value), st.integers(-5, 5).map(Value), st.just(Value("2026-03-02"))
)
rows = st.builds(Row, whens, thens, st.none() | st.just("Because: of # this"))


HITS: list[Hit] = ["first", "rule order", "priority", "collect"]


@settings(max_examples=25)
@given(st.lists(rows, min_size=1, max_size=4), st.sampled_from(HITS))
def test_what_is_given_out_comes_back_the_same(made: list[Row], hit: Hit) -> None:
    table = Table(columns, outputs, tuple(made), hit, (Value("low"), Value(1), Value("2026-01-01")))
    first = write_table(table, "route", "Route", {})
    back = _table(brought_in(first.encode(), catalogue()))
    again = write_table(back, "route", "Route", {})
    assert read_table(again.encode()) == read_table(first.encode())
    assert (back.hit, len(back.rows)) == (hit, len(made))
    for old, new in zip(made, back.rows, strict=True):
        assert (old.then, old.because) == (new.then, new.because)
        assert _feel(old) == _feel(new)


def _table(plan: Plan) -> Table:
    return table_of_step(plan, plan.steps[0])


def _feel(row: Row) -> list[str]:
    return [_test(each, column, 1) for each, column in zip(row.when, columns, strict=True)]


@given(numbers, st.decimals(-21, 21, places=1))
def test_a_region_holds_the_same_after_it_was_written_as_feel(region: Ranges, value: Decimal) -> None:
    assert holds(read_tests(_test(region, columns[0], 1)), value) == holds(region, value)
