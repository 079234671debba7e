"""The decision-table cases of the public DMN TCK, level 2: each table as people write it here and as DMN.

Which cases pass, and which have no place, stands in docs/decisions/0033; the test of that table is here too.
"""

import re

import pytest
from dmn_files import MODEL, decided, dmn
from tck_cases import CASES, Case
from written_docs import DOCS

from definitions.catalogue import Catalogue
from definitions.tables.dmn import DmnError, process_yaml, read_table


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_table_of_the_tck_decides_as_it_says(case: Case, real_catalogue: Catalogue) -> None:
    written, imported = case.written(real_catalogue), case.imported(real_catalogue)
    for given, expected in case.vectors:
        assert decided(written, **given).values == expected
        assert decided(imported, **given).values == expected


def test_every_case_that_is_said_to_pass_is_tested() -> None:
    (page,) = DOCS.glob("decisions/0033-*.md")
    rows = re.findall(r"^\| (\d{4}[^|]*) \| passes \|", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert {case.name for case in CASES} <= {name for row in rows for name in row.split(", ")}


# -- what files of the TCK look like

RISKS = '"DECLINE", "HIGH", "MEDIUM", "LOW", "VERY LOW"'

KNOWLEDGE = f"""<definitions xmlns="{MODEL}" xmlns:feel="urn:feel" name="D">
<itemDefinition name="tRisk"><typeRef>feel:string</typeRef>
  <allowedValues><text>{RISKS.replace('"', "&quot;")}</text></allowedValues></itemDefinition>
<itemDefinition name="tFactor"><functionItem outputTypeRef="feel:number">
  <parameters name="Risk" typeRef="tRisk"/></functionItem></itemDefinition>
<inputData name="At"><variable name="At" typeRef="feel:time"/></inputData>
<decision name="Affordability"><variable name="Affordability" typeRef="feel:boolean"/>
  <literalExpression><text>true</text></literalExpression></decision>
<businessKnowledgeModel id="b" name="Factor Table"><variable name="Factor Table" typeRef="tFactor"/>
<encapsulatedLogic><formalParameter name="Risk" typeRef="tRisk"/>
<decisionTable hitPolicy="UNIQUE" outputLabel="Factor Table">
<input id="i" label="Risk"><inputExpression typeRef="tRisk"><text>Risk</text></inputExpression></input>
<output id="o"/>
<rule><inputEntry><text>"HIGH","DECLINE"</text></inputEntry>
<outputEntry><text>0.6</text></outputEntry></rule>
<rule><inputEntry><text>"MEDIUM"</text></inputEntry><outputEntry><text>0.7</text></outputEntry></rule>
<rule><inputEntry><text>"LOW", "VERY LOW"</text></inputEntry>
<outputEntry><text>0.8</text></outputEntry></rule>
</decisionTable></encapsulatedLogic></businessKnowledgeModel>
</definitions>"""


def test_a_table_of_a_knowledge_model_is_read_as_in_0004_lending() -> None:
    table = read_table(KNOWLEDGE.encode(), "Factor Table")
    assert [(each.id, each.title) for each in table.givens] == [("risk", "Risk")]
    assert [str(rule.entries[0]) for rule in table.rules] == ["0.6", "0.7", "0.8"]
    assert process_yaml(table, "intake_team")[1] == ()


def test_an_input_of_a_type_without_a_place_matters_only_where_it_is_read() -> None:
    inside = '<inputData name="At"><variable name="At" typeRef="time"/></inputData>'
    assert read_table(dmn([("Years", "number")], [("Fee", "number")], ["1 : 10"], inside=inside)).rules
    with pytest.raises(DmnError, match="the type `time` has no place"):
        read_table(dmn([("At + 1", "number")], [("Fee", "number")], ["1 : 10"], inside=inside))


def test_ends_that_are_names_are_refused_as_in_0017_tabletests() -> None:
    with pytest.raises(DmnError, match="`numB` is the name of something"):
        read_table(dmn([("price", "number")], [("In range", "string")], ['[numB..numC] : "yes"']))
