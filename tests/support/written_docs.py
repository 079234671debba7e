"""The parts of the documentation that are made from the code, so that the two can't part company.

A part stands in a page between `<!-- generated: NAME -->` and `<!-- end -->`. `pytest --rewrite-golden`
writes the parts anew.
"""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import nameable
import tutorial
from pydantic import BaseModel

from definitions import Plan, check, process_files, read, shared_files
from definitions.arguments import (
    Assigned,
    Clock,
    Condition,
    Part,
    ProcessName,
    Recipient,
    RecordName,
    StepName,
    TemplateName,
    Text,
    Value,
)
from definitions.catalogue import StepKind
from definitions.codes import CODES
from definitions.expressions import FUNCTIONS
from definitions.plan import PlanStep
from definitions.step_errors import STEP_ERRORS
from definitions.tables.unary import UnaryTest
from definitions.types import Record, Struct, describe
from ops.catalogue import Installation, load_installation
from ops.metrics import KEPT, REACHABLE, READ
from ops.metrics import PREFIX as METRIC
from ops.settings import PREFIX, VARIABLES, Settings
from tasks.people.form_items import FormItem
from tasks.scoring.dependent import BandsBy, Dependent, PointsBy, Table

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"
EXAMPLES: Final = DOCS / "examples"

KINDS: Final = (
    "fetch_record",
    "create_record",
    "update_record",
    "fetch_related",
    "aggregate",
    "calculate",
    "score",
    "decide",
    "assign_task",
    "complete_checklist",
    "send_email",
    "send_sms",
    "create_referral",
    "schedule_visits",
    "generate_report",
    "remove_duplicates",
    "start_process",
    "send_signal",
    "wait_for_signal",
    "hold_instances",
    "resume_instances",
    "cancel_instances",
    "wait",
)
"""The step kinds in the order in which the documentation shows them."""

TAKES: Final[Mapping[Any, str]] = {
    Value: "a value",
    Assigned: "a value, or a value by rule",
    Condition: "a condition",
    Text: "running text",
    Clock: "a clock",
    Recipient: "people",
    RecordName: "a kind of record",
    TemplateName: "a template",
    ProcessName: "a process",
    StepName: "the id of a step",
    FormItem: "a question",
    UnaryTest: "a test",
    BandsBy: "`by` with `use`",
    PointsBy: "`by` with `use`",
    Table: "`by` with `use`",
    str: "text",
    int: "a whole number",
    bool: "true or false",
}
_PART: Final = re.compile(r"(<!-- generated: (?P<name>[a-z-]+) -->\n)(?P<text>.*?)(<!-- end -->)", re.DOTALL)


def rewritten(page: str) -> str:
    """A page with its generated parts made anew. KeyError for a part that nobody makes."""
    return _PART.sub(lambda found: f"{found[1]}\n{PARTS[found['name']]()}\n{found[4]}", page)


@cache
def installation() -> Installation:
    """What definitions may name here: the shipped things and the processes of the examples."""
    found = load_installation(Settings(home=Path("unused"), database_url="sqlite:///unused"))
    files = [*process_files(EXAMPLES), *shared_files(EXAMPLES)]
    return found.with_documents([read(path) for path in files])


@cache
def example(name: str) -> Plan:
    """The plan of an example, which has no problem at all."""
    path = EXAMPLES / f"{name}.yaml"
    checked = check(read(path), installation().catalogue)
    assert not checked.diagnostics, [each.message for each in checked.diagnostics]
    assert checked.plan is not None
    return checked.plan


def kinds() -> str:
    """Every step kind: what it is for, an example, its keys, how it ends, what later steps read."""
    known = installation().catalogue.kinds
    return "\n".join(_kind(known[name]) for name in KINDS)


def questions() -> str:
    """The keys of a question of a form."""
    return f"{_prose(FormItem)}\n\n{_table(FormItem)}\n"


def errors() -> str:
    """The errors of steps that `retry` can name."""
    rows = [f"| `{code}` | {meaning} |" for code, meaning in STEP_ERRORS.items()]
    return "\n".join(["| Error | What has gone wrong |", "|---|---|", *rows]) + "\n"


def functions() -> str:
    """The functions of expressions."""
    rows = [f"| `{each.signature}` | {each.summary} |" for each in FUNCTIONS.values()]
    return "\n".join(["| Function | Gives |", "|---|---|", *rows]) + "\n"


def codes() -> str:
    """The codes of diagnostics."""
    return (
        "\n".join(
            ["| Code | Means |", "|---|---|", *(f"| {code} | {what} |" for code, what in CODES.items())]
        )
        + "\n"
    )


def diagnostics() -> str:
    """What every code of a diagnostic means, with its examples."""
    from explained_examples import page

    return page()


def settings() -> str:
    """The variables of the environment."""
    rows = [f"| `{PREFIX}{name}` | {what} |" for name, what in VARIABLES.items()]
    return "\n".join(["| Variable | Meaning |", "|---|---|", *rows]) + "\n"


def metrics() -> str:
    """The metrics that a monitor reads: how things stand, and what happens in a process."""
    reachable = "1 while the database answers; at 0 the others of the database are left out"
    rows = [(REACHABLE, (), "database", reachable)]
    rows += [(each.name, each.label, "database", each.meaning) for each in READ]
    rows += [(each.shown, each.labels, "process", each.meaning) for each in KEPT]
    lines = [f"| `{METRIC}{name}` | {', '.join(by)} | {of} | {what} |" for name, by, of, what in rows]
    return "\n".join(["| Metric | By | Of | Meaning |", "|---|---|---|---|", *lines]) + "\n"


def routes() -> str:
    """Every route of the JSON API, by what it is about."""
    import api_page  # the web application takes a while to import

    return api_page.page()


PARTS: Final[Mapping[str, Callable[[], str]]] = {
    "kinds": kinds,
    "questions": questions,
    "errors": errors,
    "functions": functions,
    "codes": codes,
    "diagnostics": diagnostics,
    "settings": settings,
    "metrics": metrics,
    "routes": routes,
    "records": nameable.records,
    "words": nameable.words,
    **tutorial.parts(EXAMPLES, lambda: installation().catalogue),
}


def _kind(kind: StepKind) -> str:
    plan = example("every-kind")
    step = next(each for each in plan.steps if each.kind.name == kind.name)
    lines = [f"### `{kind.name}`", "", f"{kind.summary}.", "", "```yaml", _snippet(plan, step), "```", ""]
    lines += [_prose(kind.arguments), "", _table(kind.arguments), ""]
    if kind.ends:
        lines += [_ends(*kind.ends), ""]
    if kind.keys:
        lines += [f"Of the keys for people and messages it takes {_listed(sorted(kind.keys))}.", ""]
    return "\n".join([*lines, _outputs(step), ""])


def _ends(usual: str, *others: str) -> str:
    if not others:
        return f"`ends:` can only be `{usual}`, and may be left out."
    return f"`ends:` is `{usual}` unless you write {_listed(list(others), 'or')}."


def _snippet(plan: Plan, step: PlanStep) -> str:
    lines = plan.source.splitlines()
    starts = [each.span.line - 1 for each in plan.steps]
    start = starts[step.index]
    end = starts[step.index + 1] if step.index + 1 < len(starts) else len(lines)
    return "\n".join(line[2:] for line in lines[start:end]).rstrip()


def _outputs(step: PlanStep) -> str:
    match step.output:
        case Record(name):
            return f"Later steps read the {name} record itself: `{step.id}.id` and its other fields."
        case Struct(fields):
            words = [f"`{step.id}.{name}` ({describe(kind)})" for name, kind in fields]
            return f"Later steps read: {', '.join(words)}."
        case _:
            raise AssertionError(step.id)


def _prose(model: type[BaseModel]) -> str:
    return inspect.cleandoc(model.__doc__ or "")


def _table(model: type[BaseModel]) -> str:
    rows = [f"| `{name}` | {takes} | {needed} |" for name, takes, needed in _rows(model, "")]
    return "\n".join(["| Key | Takes | |", "|---|---|---|", *rows])


def _rows(model: type[BaseModel], inside: str) -> Iterator[tuple[str, str, str]]:
    """Each key with what it takes; the keys of a group stand behind the group's own."""
    own = model.__annotations__  # before those that it has in common with others
    fields = sorted(model.model_fields.items(), key=lambda each: each[0] not in own)
    for field, info in fields:
        name = f"{inside}{info.alias or field}"
        yield name, _takes(info.annotation), "needed" if info.is_required() else ""
        group, by = _group(info.annotation)
        if group is not None and group is not FormItem and not issubclass(group, Dependent):
            yield from _rows(group, f"{name}{by}.")


def _group(kind: Any) -> tuple[type[BaseModel] | None, str]:
    """The nested group of keys in a type, and how its place is written."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _group(inner[0])
    if origin in (Union, UnionType):
        return next((found for each in inner if (found := _group(each))[0]), (None, ""))
    if origin is list:
        return _group(inner[0])[0], "[]"
    if origin is dict:
        return _group(inner[1])[0], ".NAME"
    return (kind, "") if isinstance(kind, type) and issubclass(kind, Part) else (None, "")


def _takes(kind: Any) -> str:
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _takes(inner[0])
    if origin in (Union, UnionType):
        return ", or ".join(dict.fromkeys(_takes(each) for each in inner if each is not NoneType))
    if origin is Literal:
        return _listed([str(each) for each in inner], "or")
    if origin is list:
        return f"a list: {_takes(inner[0])} each"
    if origin is dict:
        return f"names, each with {_takes(inner[1])}"
    if kind not in TAKES and isinstance(kind, type) and issubclass(kind, Part):
        return "keys of its own"
    return TAKES.get(kind, "a number")


def _listed(words: list[str], joint: str = "and") -> str:
    quoted = [f"`{word}`" for word in words]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} {joint} {quoted[-1]}"
