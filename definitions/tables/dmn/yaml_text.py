"""A table of a DMN file as a step, or as a process that can be run, in YAML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeAlias

from definitions.arguments import Value
from definitions.problems import Problem
from definitions.tables.building import Judge, Path, build
from definitions.tables.dmn.dmn_table import DmnError, DmnInput, DmnOutput, DmnRule, DmnTable
from definitions.tables.dmn.naming import as_id, as_process
from definitions.tables.dmn.sfeel import Atom, Computed
from definitions.tables.notation import OutputSpec, TableSpec
from definitions.tables.table import Table
from definitions.tables.unary import TestError, parse_test
from definitions.tables.verdict import search
from definitions.tables.wording import plain_number, value_words
from definitions.types import TYPE_WORDS, Choice, Condition, Text, Type, YesNo

Plain: TypeAlias = Any
"""What YAML writes: mappings, lists, texts, numbers, true and false."""

_BARE: Final = re.compile(r"[A-Za-z(][\w ()/.,'-]*")
_MISREAD: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"})


def process_yaml(table: DmnTable, owner: str) -> tuple[str, tuple[str, ...]]:
    """A process that decides by the table, and what is to say of it: gaps, overlaps, what was left out."""
    step, notes = _step(table)
    given: dict[str, Plain] = {}
    for each in table.givens:
        column = next((one.column for one in table.inputs if one.said == each.said), None)
        kind = each.type if column is None else column.type
        word = "yes_no" if isinstance(kind, Condition) else _word(kind)
        given[each.id] = {"type": word, "title": _title(each.title), "required": False}
        if isinstance(kind, Choice):
            given[each.id]["options"] = {code: _title(code) for code in kind.options}
    outputs = {output.id: f"= {step['id']}.{output.id}" for output in table.outputs}
    process = {
        "process": as_process(table.title),
        "title": _title(table.title),
        "purpose": f"Decide by the table {_title(table.title)}.",
        "owner": owner,
        "inputs": given,
        "outputs": outputs,
        "steps": [step],
    }
    return "\n".join(_lines(process, 0)) + "\n", notes


def step_yaml(table: DmnTable) -> tuple[str, tuple[str, ...]]:
    """The step alone, and what there is to say of it. Its inputs read `inputs.NAME` of the process."""
    step, notes = _step(table)
    return "\n".join(_lines([step], 0)) + "\n", notes


def shared_yaml(table: DmnTable) -> tuple[str, tuple[str, ...]]:
    """A shared table, which any process can use by its name, and what there is to say of it.

    Raises DmnError where a value reads something that is no input of the table.
    """
    step, notes = _step(_with_own_names(table))
    inputs = {each.column.name: _declared(each) for each in table.inputs}
    head = {"table": as_process(table.title), "title": _title(table.title), "inputs": inputs}
    rest = {key: step[key] for key in ("outputs", "hit", "rows", "default") if key in step}
    return "\n".join(_lines(head | rest, 0)) + "\n", notes


def _with_own_names(table: DmnTable) -> DmnTable:
    """The table with values that read its inputs alone, instead of what the process was given."""
    own = {each.said: each.column.name for each in table.inputs}

    def entry(given: Atom | Computed) -> Atom | Computed:
        if not isinstance(given, Computed):
            return given
        text = given.text
        for said, name in sorted(own.items(), key=lambda pair: -len(pair[0])):
            text = re.sub(rf"(?<![\w.]){re.escape(said)}(?![\w.])", name, text)
        if "inputs." in text:
            raise DmnError(
                f"the value `{given.text}` reads what is no input of the table; bring in the process"
            )
        return Computed(text)

    rules = tuple(replace(each, entries=tuple(map(entry, each.entries))) for each in table.rules)
    default = None if table.default is None else tuple(map(entry, table.default))
    return replace(table, rules=rules, default=default)


def _declared(given: DmnInput) -> dict[str, Plain]:
    """An input of a shared table: its type, its title, and what it can be."""
    kind = given.column.type
    said: dict[str, Plain] = {"type": _word(kind), "title": _title(given.column.title)}
    if isinstance(kind, Choice):
        said["options"] = {code: _title(code) for code in kind.options}
    more = _input(given)
    facets = more if isinstance(more, dict) else {}
    said |= {key: facets[key] for key in ("values", "at_least", "at_most") if key in facets}
    return said | {"required": False}


def _step(table: DmnTable) -> tuple[dict[str, Plain], tuple[str, ...]]:
    raw: dict[str, Plain] = {
        "outputs": {output.id: _output(output) for output in table.outputs},
        "hit": table.hit,
        "rows": [_row(rule, table.inputs, table.outputs) for rule in table.rules],
    }
    if table.default is not None:
        raw["default"] = _entries(table.default, table.outputs)
    notes = list(table.notes)
    for found in search(_typed(raw, table)):
        if found.problem.code == "CW812":
            raw["default"] = "nothing"
            notes.append(f"{found.problem.message}; such inputs have no result (`default: nothing`)")
        else:
            notes.append(found.problem.message)
    head = {"id": as_id("decision", [output.id for output in table.outputs], "decision")}
    head |= {"title": _title(table.title), "do": "decide"}
    return {**head, "inputs": {each.column.name: _input(each) for each in table.inputs}, **raw}, tuple(notes)


def _typed(raw: Mapping[str, Plain], table: DmnTable) -> Table:
    """The table as the language reads it; what it refuses is refused with its words."""

    def report(problem: Problem, path: Path, _severity: str, _of_key: bool) -> None:
        place = f"rule {int(path[1]) + 1}" if path[0] == "rows" else ".".join(map(str, path))
        raise DmnError(f"{place}: {problem.message}")

    def value(_value: Value, _path: Path, wants: Type, _names: Mapping[str, Type]) -> Type:
        return wants

    def options(spec: OutputSpec, _path: Path) -> tuple[str, ...]:
        return tuple(spec.options or ())

    spec = TableSpec.model_validate(raw)
    columns = {each.column.name: each.column for each in table.inputs}
    found = build(spec, columns, Judge(report, value, options))
    if found is None:
        raise DmnError("the table cannot be said in the language")
    return found


def _input(given: DmnInput) -> Plain:
    column = given.column
    said: dict[str, Plain] = {"of": f"= {given.said}"}
    if _title(column.title) != column.name:
        said["title"] = _title(column.title)
    if column.values and isinstance(column.type, Text):
        said["values"] = list(column.values)
    if column.at_least is not None:
        said["at_least"] = _test(value_words(column.at_least))
    if column.at_most is not None:
        said["at_most"] = _test(value_words(column.at_most))
    return said["of"] if len(said) == 1 else said


def _output(output: DmnOutput) -> Plain:
    said: dict[str, Plain] = {"type": _word(output.type)}
    if _title(output.title) != output.id:
        said["title"] = _title(output.title)
    if isinstance(output.type, Choice):
        said["options"] = {code: _title(code) for code in output.type.options}
    elif output.values:
        said["values"] = list(output.values)
    return said


def _row(rule: DmnRule, inputs: Sequence[DmnInput], outputs: Sequence[DmnOutput]) -> Plain:
    tests = {
        each.column.name: _test(test)
        for each, test in zip(inputs, rule.tests, strict=True)
        if test is not None
    }
    row: dict[str, Plain] = {"when": tests} if tests else {}
    row["then"] = _entries(rule.entries, outputs)
    if rule.because:
        row["because"] = rule.because
    return row


def _test(words: str) -> Plain:
    """A test as YAML has it: numbers and truths as such."""
    if words in ("true", "false"):
        return words == "true"
    if re.fullmatch(r"-?\d+", words):
        return int(words)
    return Decimal(words) if re.fullmatch(r"-?\d+\.\d+", words) else words


def _entries(entries: Sequence[Atom | Computed], outputs: Sequence[DmnOutput]) -> dict[str, Plain]:
    return {output.id: _entry(entry) for output, entry in zip(outputs, entries, strict=True)}


def _entry(entry: Atom | Computed) -> Plain:
    match entry:
        case Computed(text):
            return f"= {text}"
        case bool() | str() | Decimal():
            return entry
        case date():
            return entry.isoformat()
        case _:
            return f"= {value_words(entry)}"


def _word(kind: Type) -> str:
    """The word behind `type:`."""
    match kind:
        case Choice():
            return "choice"
        case Condition():
            return "condition"
        case YesNo():
            return "yes_no"
        case _:
            return next((words for words, known in TYPE_WORDS.items() if type(known) is type(kind)), "text")


def _title(text: str) -> str:
    """A text that can be a title: no braces, no `=` in front."""
    return " ".join(text.replace("{{", "(").replace("}}", ")").lstrip("= ").split())[:200] or "Decision"


# -- YAML


def _lines(value: Plain, indent: int) -> Iterator[str]:
    """A mapping or a list in block style, one thing a line."""
    space = " " * indent
    if isinstance(value, Mapping):
        for key, each in value.items():
            if isinstance(each, Mapping | list) and each:
                yield f"{space}{_key(key)}:"
                yield from _lines(each, indent + 2)
            elif not isinstance(each, Mapping | list):
                yield f"{space}{_key(key)}: {_scalar(each)}"
        return
    for each in value:
        if not isinstance(each, Mapping):
            yield f"{space}- {_scalar(each)}"
            continue
        first, *rest = _lines(each, indent + 2)
        yield f"{space}- {first.lstrip()}"
        yield from rest


def _key(key: str) -> str:
    plain = re.fullmatch(r"[a-zA-Z_][\w-]*", key) is not None and key.lower() not in _MISREAD
    return key if plain else json.dumps(key, ensure_ascii=False)


def _scalar(value: Plain) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case Decimal():
            return plain_number(value)
        case _:
            return _text(str(value))


def _text(text: str) -> str:
    """A text as YAML writes it: bare where it cannot be misread."""
    if text.startswith("= ") and not re.search(r"[:#\"']", text):
        return text
    if "(" in text and _is_test(text) and not re.search(r": | #", text):
        return text if text[0] not in "\"'" else f"'{text}'"
    dated = re.fullmatch(r"\d{4}-\d{2}-\d{2}.*", text) and _is_test(text)
    numbered = re.fullmatch(r"-?\d[\d.]* (to|and|or) .*", text) and _is_test(text)
    if dated or numbered or (_BARE.fullmatch(text) and text.lower() not in _MISREAD and text == text.strip()):
        return text
    if text.lower() in ("yes", "no"):
        return text
    if _is_quoted(text):
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False)


def _is_quoted(text: str) -> bool:
    return '"' in text and "'" not in text and text.isprintable()


def _is_test(text: str) -> bool:
    try:
        parse_test(text)
    except TestError:
        return False
    return True
