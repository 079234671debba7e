"""DMN files for tests, written from a few lines: the tables are our own."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from xml.sax.saxutils import escape, quoteattr
from zoneinfo import ZoneInfo

from definitions.arguments import Value
from definitions.catalogue import Catalogue
from definitions.checker import check
from definitions.diagnostics import render
from definitions.expressions import MappingEnvironment, evaluate
from definitions.plan import Plan
from definitions.runtime_values import MISSING
from definitions.source import parse
from definitions.tables.dmn import process_yaml, read_table
from definitions.tables.outcome import Outcome, decide
from tasks.deciding.deciding import Decide, table_of_step

MODEL = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def dmn(
    inputs: Sequence[tuple[str, str] | tuple[str, str, str]],
    outputs: Sequence[tuple[str, str] | tuple[str, str, str] | tuple[str, str, str, str]],
    rules: Sequence[str],
    hit: str = "UNIQUE",
    *,
    more: str = "",
    namespace: str = MODEL,
    inside: str = "",
) -> bytes:
    """A file with one table. Inputs are (expression, type[, values]), outputs (name, type[, values[,
    default]]), rules `test | test : entry | entry`; `more` are attributes of the table, `inside` elements.
    """
    lines = [f'<definitions xmlns="{namespace}" id="d" name="D" namespace="urn:d">']
    for each in inputs:
        name, kind = quoteattr(each[0]), quoteattr(each[1])
        if each[0].replace(" ", "").isalnum():
            lines.append(f"<inputData name={name}><variable name={name} typeRef={kind}/></inputData>")
    lines += [
        inside,
        '<decision id="dec" name="The Result">',
        f'<decisionTable id="t" hitPolicy="{hit}" {more}>',
    ]
    for number, given in enumerate(inputs):
        values = f"<inputValues><text>{escape(given[2])}</text></inputValues>" if len(given) > 2 else ""
        lines.append(f'<input id="i{number}"><inputExpression typeRef={quoteattr(given[1])}>'
                     f"<text>{escape(given[0])}</text></inputExpression>{values}</input>")  # fmt: skip
    for number, out in enumerate(outputs):
        values = (
            f"<outputValues><text>{escape(out[2])}</text></outputValues>" if len(out) > 2 and out[2] else ""
        )
        usual = (
            f"<defaultOutputEntry><text>{escape(out[3])}</text></defaultOutputEntry>" if len(out) > 3 else ""
        )
        kind = f" typeRef={quoteattr(out[1])}" if out[1] else ""
        lines.append(f'<output id="o{number}" name={quoteattr(out[0])}{kind}>{values}{usual}</output>')
    for number, rule in enumerate(rules):
        tests, entries = rule.split(" : ")
        lines.append(f'<rule id="r{number}">')
        lines += [f'<inputEntry id="r{number}i{n}"><text>{escape(each.strip())}</text></inputEntry>'
                  for n, each in enumerate(tests.split(" | "))]  # fmt: skip
        lines += [f'<outputEntry id="r{number}o{n}"><text>{escape(each.strip())}</text></outputEntry>'
                  for n, each in enumerate(entries.split(" | "))]  # fmt: skip
        lines.append("</rule>")
    lines += ["</decisionTable></decision></definitions>"]
    return "\n".join(lines).encode()


def brought_in(content: bytes, catalogue: Catalogue) -> Plan:
    """The plan of the process that a file becomes; it has no problem."""
    text, _notes = process_yaml(read_table(content), "intake_team")
    checked = check(parse(text.encode(), "process.yaml"), catalogue)
    assert checked.plan is not None, text + "\n".join(render(each) for each in checked.diagnostics)
    return checked.plan


def decided(plan: Plan, **inputs: object) -> Outcome:
    """What the step of such a process decides; an input that is not given is missing. True is a yes."""
    step = plan.steps[0]
    assert isinstance(step.arguments, Decide)
    given: dict[str, object] = {each.name: MISSING for each in plan.inputs}
    given |= {name: _value(value) for name, value in inputs.items()}

    def read(value: Value, names: Mapping[str, object]) -> object:
        if value.expression is None:
            return _value(value.literal) if not isinstance(value.literal, bool) else value.literal
        around = MappingEnvironment(names, datetime(2026, 3, 2, tzinfo=UTC), ZoneInfo("UTC"))
        found = evaluate(value.expression, around).value
        return MISSING if str(found) == "UNDECIDED" else found

    arguments = {
        name: read(each if isinstance(each, Value) else each.of, {"inputs": given})
        for name, each in step.arguments.inputs.items()
    }
    return decide(
        table_of_step(plan, step), arguments, lambda entry: read(entry, {"inputs": given, **arguments})
    )


def _value(value: object) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return Decimal(str(value)) if isinstance(value, int | float) else value
