"""Decision-table cases of the public DMN TCK, written anew: the facts of each table and its vectors are
theirs (github.com/dmn-tck/tck, TestCases/<level>/<case>), the tables and the DMN files are our own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from dmn_files import brought_in, dmn

from definitions.catalogue import Catalogue
from definitions.checker import check
from definitions.diagnostics import render
from definitions.plan import Plan
from definitions.source import parse

Column = tuple[str, str] | tuple[str, str, str]
Output = tuple[str, str] | tuple[str, str, str] | tuple[str, str, str, str]

LOAN: Final[Sequence[Column]] = (
    ("Age", "number"),
    ("RiskCategory", "string", '"High", "Low", "Medium"'),
    ("isAffordable", "boolean"),
)
YEARS: Final[Sequence[Column]] = (("NumOfYears", "number"),)

LOAN_INPUTS: Final = """
  age: {type: number, title: Age, required: false}
  risk_category: {type: text, title: Risk category, required: false}
  is_affordable: {type: yes_no, title: Affordable, required: false}
"""
LOAN_READS: Final = """
      age: = inputs.age
      risk:
        of: = inputs.risk_category
        values: [High, Low, Medium]
      affordable: = inputs.is_affordable is yes
"""
YEARS_INPUTS: Final = "\n  num_of_years: {type: number, title: Years, required: false}\n"
YEARS_READS: Final = "\n      years: = inputs.num_of_years\n"


@dataclass(frozen=True, slots=True)
class Case:
    """One case: its table in our language (what stands under `do: decide`) and as DMN, and its vectors: what
    is given, and the value of each output.
    """

    name: str
    table: str
    columns: Sequence[Column]
    outputs: Sequence[Output]
    rules: Sequence[str]
    hit: str
    vectors: Sequence[tuple[Mapping[str, Any], tuple[Any, ...]]]
    more: str = ""

    def written(self, catalogue: Catalogue) -> Plan:
        """The plan of the table in our language."""
        years = self.columns is YEARS
        text = _PROCESS.format(
            given=YEARS_INPUTS if years else LOAN_INPUTS,
            read=YEARS_READS if years else LOAN_READS,
            table=self.table.strip("\n"),
        )
        checked = check(parse(text.encode(), "try-it.yaml"), catalogue)
        assert checked.plan is not None, text + "\n".join(render(each) for each in checked.diagnostics)
        return checked.plan

    def imported(self, catalogue: Catalogue) -> Plan:
        """The plan of the table as DMN."""
        return brought_in(dmn(self.columns, self.outputs, self.rules, self.hit, more=self.more), catalogue)


_PROCESS: Final = """\
process: try-it
title: A table of the TCK
purpose: Decide as the TCK says
owner: intake_team
inputs:{given}
steps:
  - id: result
    title: The result
    do: decide
    inputs:{read}
{table}
"""

APPROVED: Final = '"Approved", "Declined"'
STATUS: Final[Sequence[Output]] = (("Status", "string", APPROVED),)
STATUS_AND_RATE: Final[Sequence[Output]] = (
    ("Status", "string", APPROVED, '"Declined"'),
    ("Rate", "string", '"Best", "Standard"', '"Standard"'),
)
APPROVED_AND_RATE: Final[Sequence[Output]] = (("Approved/Declined", "string", APPROVED), ("Rate", "string"))

STATUS_KEYS: Final = """
    outputs:
      status: {type: text, values: [Approved, Declined]}
"""
BOTH_KEYS: Final = """
    outputs:
      status: {type: text, values: [Approved, Declined]}
      rate: {type: text, values: [Best, Standard, Basic]}
"""
THREE_ROWS: Final = """
    rows:
      - when: {age: 18 and over, risk: "in (Medium, Low)", affordable: true}
        then: {status: Approved, rate: Basic}
      - when: {age: under 18}
        then: {status: Declined, rate: Standard}
      - when: {risk: High}
        then: {status: Approved, rate: Standard}
"""
THREE_RULES: Final = (
    '>=18 | "Medium","Low" | true : "Approved" | "Basic"',
    '<18 | - | - : "Declined" | "Standard"',
    '- | "High" | - : "Approved" | "Standard"',
)
AGES_ROWS: Final = """
    rows:
      - when: {age: 18 and over, risk: Medium, affordable: true}
        then: {status: Approved, rate: Best}
      - when: {age: 12 and over, risk: Medium, affordable: true}
        then: {status: Approved, rate: Standard}
      - when: {age: under 12, risk: Low, affordable: true}
        then: {status: Declined, rate: Standard}
"""
AGES_RULES: Final = (
    '>=18 | "Medium" | true : "Approved" | "Best"',
    '>=12 | "Medium" | true : "Approved" | "Standard"',
    '<12 | "Low" | true : "Declined" | "Standard"',
)
FIVE_ROWS: Final = """
    rows:
      - when: {age: 18 and over, risk: Low, affordable: true}
        then: {status: Approved, rate: Best}
      - when: {age: 18 and over, risk: Medium, affordable: true}
        then: {status: Approved, rate: Standard}
      - when: {age: under 18, risk: "in (Medium, Low)", affordable: true}
        then: {status: Declined, rate: Standard}
      - when: {risk: High, affordable: true}
        then: {status: Declined, rate: Standard}
      - when: {affordable: false}
        then: {status: Declined, rate: Standard}
"""
FIVE_RULES: Final = (
    '>=18 | "Low" | true : "Approved" | "Best"',
    '>=18 | "Medium" | true : "Approved" | "Standard"',
    '<18 | "Medium","Low" | true : "Declined" | "Standard"',
    '- | "High" | true : "Declined" | "Standard"',
    '- | - | false : "Declined" | "Standard"',
)
DECLINED: Final = "    default: {status: Declined, rate: Standard}\n"


def loan(age: int, risk: str, affordable: bool = True) -> dict[str, Any]:
    """What the loan tables are given."""
    return {"age": age, "risk_category": risk, "is_affordable": affordable}


def _years(*pairs: tuple[int, object]) -> list[tuple[dict[str, Any], tuple[Any, ...]]]:
    return [({"num_of_years": years}, (value,)) for years, value in pairs]


def _figures(*pairs: tuple[int, str]) -> list[tuple[dict[str, Any], tuple[Any, ...]]]:
    return _years(*((years, Decimal(figure)) for years, figure in pairs))


SIMPLE: Final = (
    (loan(18, "Medium"), ("Approved",)),
    (loan(17, "Medium"), ("Declined",)),
    (loan(18, "High"), ("Declined",)),
)
FIRST_OF_AGES: Final = (
    (loan(19, "Medium"), ("Approved", "Best")),
    (loan(13, "Medium"), ("Approved", "Standard")),
    (loan(10, "Low"), ("Declined", "Standard")),
)
DECLINING_ROWS: Final = """
      - when: {age: under 18}
        then: {status: Declined}
      - when: {risk: High}
        then: {status: Declined}
      - when: {affordable: false}
        then: {status: Declined}
"""
APPROVING_ROW: Final = """
    rows:
      - when: {age: 18 and over, risk: "in (Medium, Low)", affordable: true}
        then: {status: Approved}
"""
DECLINING_RULES: Final = (
    '>=18 | "Medium","Low" | true : "Approved"',
    '<18 | - | - : "Declined"',
    '- | "High" | - : "Declined"',
    '- | - | false : "Declined"',
)

CASES: Final[tuple[Case, ...]] = (
    Case(
        "0004-simpletable-U",
        STATUS_KEYS
        + APPROVING_ROW
        + """
      - when: {age: under 18, risk: "in (Medium, Low)", affordable: true}
        then: {status: Declined}
      - when: {risk: High, affordable: true}
        then: {status: Declined}
      - when: {affordable: false}
        then: {status: Declined}
""",
        LOAN,
        STATUS,
        (
            '>=18 | "Medium","Low" | true : "Approved"',
            '<18 | "Medium","Low" | true : "Declined"',
            '- | "High" | true : "Declined"',
            '- | - | false : "Declined"',
        ),
        "UNIQUE",
        SIMPLE,
    ),
    Case(
        "0005-simpletable-A",
        STATUS_KEYS + "    hit: any\n" + APPROVING_ROW + DECLINING_ROWS,
        LOAN,
        STATUS,
        DECLINING_RULES,
        "ANY",
        SIMPLE,
    ),
    Case(
        "0006-simpletable-P1",
        STATUS_KEYS + "    hit: priority\n" + APPROVING_ROW + DECLINING_ROWS,
        LOAN,
        STATUS,
        DECLINING_RULES,
        "PRIORITY",
        SIMPLE,
    ),
    Case(
        "0007-simpletable-P2",
        STATUS_KEYS + "    hit: priority\n" + APPROVING_ROW + "      - then: {status: Declined}\n",
        LOAN,
        STATUS,
        (DECLINING_RULES[0], '- | - | - : "Declined"'),
        "PRIORITY",
        SIMPLE,
    ),
    Case(
        "0010-multi-output-U",
        BOTH_KEYS + FIVE_ROWS + DECLINED,
        LOAN,
        STATUS_AND_RATE,
        FIVE_RULES,
        "UNIQUE",
        (
            (loan(18, "Medium"), ("Approved", "Standard")),
            (loan(17, "Medium"), ("Declined", "Standard")),
            (loan(18, "High"), ("Declined", "Standard")),
        ),
    ),
    Case(
        "0108-first-hitpolicy",
        BOTH_KEYS + "    hit: first\n" + AGES_ROWS + DECLINED,
        LOAN,
        STATUS_AND_RATE,
        AGES_RULES,
        "FIRST",
        FIRST_OF_AGES,
    ),
    Case(
        "0109-ruleOrder-hitpolicy",
        BOTH_KEYS + "    hit: rule order\n" + AGES_ROWS,
        LOAN,
        (("Status", "string"), ("Rate", "string")),
        AGES_RULES,
        "RULE ORDER",
        (
            (loan(19, "Medium"), (("Approved", "Approved"), ("Best", "Standard"))),
            (loan(13, "Medium"), (("Approved",), ("Standard",))),
            (loan(10, "Low"), (("Declined",), ("Standard",))),
        ),
    ),
    Case(
        "0110-outputOrder-hitpolicy",
        BOTH_KEYS.replace(", values: [Best, Standard, Basic]", "") + "    hit: output order\n" + THREE_ROWS,
        LOAN,
        APPROVED_AND_RATE,
        THREE_RULES,
        "OUTPUT ORDER",
        (
            (loan(17, "High"), (("Approved", "Declined"), ("Standard", "Standard"))),
            (loan(19, "Low"), (("Approved",), ("Basic",))),
            (loan(10, "Low"), (("Declined",), ("Standard",))),
        ),
    ),
    Case(
        "0111-first-hitpolicy-singleoutputcol",
        """
    outputs:
      shown: {type: text}
    hit: first
    rows:
      - when: {years: over 18}
        then: {shown: Cars}
      - when: {years: over 12}
        then: {shown: Videogames}
      - when: {years: over 0}
        then: {shown: Toys}
    default: nothing
""",
        YEARS,
        (("Advertisement", "string"),),
        ('>18 : "Cars"', '>12 : "Videogames"', '>0 : "Toys"'),
        "FIRST",
        _years((19, "Cars"), (13, "Videogames"), (5, "Toys")),
    ),
    Case(
        "0112-ruleOrder-hitpolicy-singleinoutcol",
        """
    outputs:
      rate: {type: text}
    hit: rule order
    rows:
      - when: {years: 18 and over}
        then: {rate: Best}
      - when: {years: 12 and over}
        then: {rate: Standard}
      - when: {years: under 12}
        then: {rate: Standard}
""",
        YEARS,
        (("Approval", ""),),
        ('>=18 : "Best"', '>=12 : "Standard"', '<12 : "Standard"'),
        "RULE ORDER",
        _years((19, ("Best", "Standard")), (13, ("Standard",)), (10, ("Standard",))),
    ),
    Case(
        "0113-outputOrder-hitpolicy-singleinoutcol",
        """
    outputs:
      status: {type: text, values: [Approved, Declined]}
    hit: output order
    rows:
      - when: {years: 18 and over}
        then: {status: Approved}
      - when: {years: under 18}
        then: {status: Declined}
      - when: {years: 0 and over}
        then: {status: Approved}
""",
        YEARS,
        STATUS,
        ('>=18 : "Approved"', '<18 : "Declined"', '>=0 : "Approved"'),
        "OUTPUT ORDER",
        _years(
            (17, ("Approved", "Declined")), (19, ("Approved", "Approved")), (10, ("Approved", "Declined"))
        ),
    ),
    Case(
        "0114-min-collect-hitpolicy",
        """
    outputs:
      fee: {type: number}
    hit: collect min
    rows:
      - when: {years: over 1}
        then: {fee: 98.83}
      - when: {years: over 2}
        then: {fee: 150.21}
      - when: {years: over 3}
        then: {fee: 205.43}
      - when: {years: over 4}
        then: {fee: 64.32}
""",
        YEARS,
        (("CarInsurance", ""),),
        (">1 : 98.83", ">2 : 150.21", ">3 : 205.43", ">4 : 64.32"),
        "COLLECT",
        _figures((5, "64.32"), (3, "98.83"), (4, "98.83")),
        'aggregation="MIN"',
    ),
    *(
        Case(
            name,
            f"""
    outputs:
      salary: {{type: number}}
    hit: collect {aggregation.lower()}
    rows:
      - when: {{years: over 1}}
        then: {{salary: 100}}
      - when: {{years: over 2}}
        then: {{salary: 200}}
      - when: {{years: over 3}}
        then: {{salary: 300}}
      - when: {{years: over 5}}
        then: {{salary: 500}}
""",
            YEARS,
            (("Salary", ""),),
            (">1 : 100", ">2 : 200", ">3 : 300", ">5 : 500"),
            "COLLECT",
            vectors,
            f'aggregation="{aggregation}"',
        )
        for name, aggregation, vectors in (
            ("0115-sum-collect-hitpolicy", "SUM", _figures((6, "1100"), (3, "300"), (2, "100"))),
            ("0116-count-collect-hitpolicy", "COUNT", _figures((6, "4"), (2, "1"), (3, "2"))),
        )
    ),
    Case(
        "0117-multi-any-hitpolicy",
        BOTH_KEYS
        + "    hit: any\n"
        + FIVE_ROWS
        + """
      - when: {age: 19 and over, risk: Low, affordable: true}
        then: {status: Approved, rate: Best}
"""
        + DECLINED,
        LOAN,
        STATUS_AND_RATE,
        (*FIVE_RULES, '>=19 | "Low" | true : "Approved" | "Best"'),
        "ANY",
        (
            (loan(19, "Low"), ("Approved", "Best")),
            (loan(17, "High"), ("Declined", "Standard")),
            (loan(19, "Medium"), ("Approved", "Standard")),
        ),
    ),
    Case(
        "0118-multi-priority-hitpolicy",
        BOTH_KEYS.replace(", values: [Best, Standard, Basic]", "")
        + "    hit: priority\n"
        + THREE_ROWS
        + "    default: nothing\n",
        LOAN,
        APPROVED_AND_RATE,
        THREE_RULES,
        "PRIORITY",
        (
            (loan(17, "High"), ("Approved", "Standard")),
            (loan(19, "Low"), ("Approved", "Basic")),
            (loan(10, "Low"), ("Declined", "Standard")),
        ),
    ),
    Case(
        "0119-multi-collect-hitpolicy",
        BOTH_KEYS + "    hit: collect\n" + THREE_ROWS,
        LOAN,
        APPROVED_AND_RATE,
        THREE_RULES,
        "COLLECT",
        (
            (loan(17, "High"), (("Declined", "Approved"), ("Standard", "Standard"))),
            (loan(19, "Low"), (("Approved",), ("Basic",))),
            (loan(10, "Low"), (("Declined",), ("Standard",))),
        ),
    ),
)
