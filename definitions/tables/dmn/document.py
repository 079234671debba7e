"""One decision table of a DMN file, in the words of the language. What level 2 does not have is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final, NoReturn

from definitions.tables.building import TAKEN
from definitions.tables.columns import Column
from definitions.tables.dmn.dmn_table import DmnError, DmnInput, DmnOutput, DmnRule, DmnTable, Given
from definitions.tables.dmn.holding import Holder, holder_of
from definitions.tables.dmn.kinds import NOT_HERE, TYPES, are_codes, kind_of, kind_of_values, suits
from definitions.tables.dmn.naming import as_id
from definitions.tables.dmn.sfeel import (
    Atom,
    Computed,
    FeelError,
    quoted,
    read_bounds,
    read_entry,
    read_tests,
    read_values,
)
from definitions.tables.dmn.xml_tree import Element, XmlError, read_xml
from definitions.tables.regions import Among, Ranges, Region, Stretch
from definitions.tables.table import AGGREGATED, Hit
from definitions.tables.wording import value_words, words
from definitions.types import (
    YES_NO_CODES,
    Choice,
    Condition,
    Text,
    Type,
    Unknown,
    YesNo,
    describe,
)

NAMESPACES: Final = ("omg.org/spec/DMN/",)
FEEL: Final = ("feel", "s-feel", "sfeel")
HITS: Final[Mapping[str, Hit]] = {
    "": "unique", "UNIQUE": "unique", "ANY": "any", "PRIORITY": "priority", "FIRST": "first",
    "RULE ORDER": "rule order", "OUTPUT ORDER": "output order", "COLLECT": "collect",
}  # fmt: skip
AGGREGATIONS: Final[Mapping[str, Hit]] = {
    "": "collect", "SUM": "collect sum", "MIN": "collect min", "MAX": "collect max", "COUNT": "collect count",
}  # fmt: skip


def read_table(content: bytes, name: str | None = None) -> DmnTable:
    """The decision table of a file; `name` is the id or name of the decision, or the id of its table.

    Raises:
        DmnError: the file is no DMN, has no such table, or the table is beyond level 2.
    """
    try:
        root = read_xml(content)
    except XmlError as error:
        raise DmnError(error.message) from error
    if root.name != "definitions" or not any(each in root.namespace for each in NAMESPACES):
        raise DmnError(
            f"line {root.line}: `<{root.name}>` is no DMN; the outermost element is `<definitions>` of DMN"
        )
    return _Reader(root, holder_of(root, name)).table()


@dataclass(slots=True)
class _Reader:
    """Reads one table; `givens` grows with the names that are met. `strange` are names of types that have no
    place here.
    """

    root: Element
    holder: Holder
    givens: dict[str, Given] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    strange: dict[str, DmnError] = field(default_factory=dict)

    def table(self) -> DmnTable:
        table = self.holder.table
        self.check_languages()
        self.name_everything()
        hit = self.hit(table)
        rules = table.all("rule")
        if not rules:
            self.refuse(table, "the table has no rules")
        inputs = tuple(self.input(each, index, rules) for index, each in enumerate(table.all("input")))
        if not inputs:
            self.refuse(table, "the table has no inputs, so it decides nothing; write its values as a step")
        inputs = _apart(inputs)
        outputs = self.outputs(table, hit)
        read = tuple(self.rule(each, inputs, outputs) for each in rules)
        outputs = tuple(self.typed(each, index, read) for index, each in enumerate(outputs))
        default = self.default(table, outputs)
        used = self.used(inputs, read, default)
        title = self.holder.title
        return DmnTable(title, used, inputs, outputs, read, hit, default, tuple(self.notes))

    def check_languages(self) -> None:
        """Refuse entries in other languages than FEEL."""
        for each in (self.root, *self.holder.element.walk()):
            language = each.attributes.get("expressionLanguage", "")
            last = language.rstrip("/").rpartition("/")[2].lower()
            if language and last not in FEEL and "omg.org/spec" not in language.lower():
                self.refuse(each, f"the language `{language}` is not read; only FEEL is")
        if (
            found := next((each for each in self.holder.element.walk() if each.name == "import"), None)
        ) is not None:
            self.refuse(found, "what is imported from another file is not read; put it into this one")

    def hit(self, table: Element) -> Hit:
        said = table.attributes.get("hitPolicy", "").strip().upper().replace("_", " ")
        if said not in HITS:
            self.refuse(table, f"there is no hit policy `{said}`")
        hit = HITS[said]
        more = table.attributes.get("aggregation", "").strip().upper()
        if hit != "collect":
            return hit
        if more not in AGGREGATIONS:
            self.refuse(table, f"there is no aggregation `{more}`")
        return AGGREGATIONS[more]

    # -- names

    def name_everything(self) -> None:
        """Every name of the file that an expression can mention, with an id and a type. A type that has no
        place here matters only if the table reads what is of it.
        """
        for each in self.holder.parameters:
            self.name(each, each.attributes.get("typeRef", ""))
        for each in (*self.root.all("inputData"), *self.root.all("decision")):
            variable = each.first("variable")
            if each is not self.holder.element:
                self.name(each, "" if variable is None else variable.attributes.get("typeRef", ""))

    def name(self, element: Element, type_name: str) -> None:
        name = element.attributes.get("name", "")
        if not name or name in self.givens:
            return
        try:
            kind = self.known_type(type_name, element)
        except DmnError as error:
            kind, self.strange[name] = None, error
        self.give(name, kind or Text())

    def give(self, name: str, kind: Type) -> Given:
        if name not in self.givens:
            taken = {each.id for each in self.givens.values()}
            self.givens[name] = Given(as_id(name, taken, "given", alone=False), name, kind)
        return self.givens[name]

    def names(self) -> dict[str, str]:
        return {name: given.said for name, given in self.givens.items()}

    def used(
        self, inputs: Iterable[DmnInput], rules: Iterable[DmnRule], default: Sequence[Atom | Computed] | None
    ) -> tuple[Given, ...]:
        """The givens that something reads; DmnError where one of them is of a type that has no place here."""
        entries = [*(each for rule in rules for each in rule.entries), *(default or ())]
        texts = [each.said for each in inputs] + [each.text for each in entries if isinstance(each, Computed)]
        together = " ".join(texts).replace("(", " ").replace(")", " ").replace("-inputs", " inputs").split()
        found = tuple(given for given in self.givens.values() if f"inputs.{given.id}" in together)
        for given in found:
            if given.title in self.strange:
                raise self.strange[given.title]
        return found

    # -- types

    def known_type(self, name: str, at: Element) -> Type | None:
        """The type that a name means here; None where the file says none."""
        base = name.rpartition(":")[2].strip()
        plain = base.lower()
        if not base or plain == "any":
            return None
        if plain in TYPES:
            return TYPES[plain]
        if plain in NOT_HERE:
            self.refuse(
                at, f"the type `{base}` has no place in a table here; ask for a date, a number or a text"
            )
        item = self.item(base)
        if item is None:
            self.refuse(at, f"the type `{base}` is not defined in the file")
        if item.attributes.get("isCollection") == "true" or item.all("itemComponent"):
            return None
        return self.known_type(item.text_of("typeRef"), item)

    def item(self, name: str) -> Element | None:
        found = (each for each in self.root.all("itemDefinition") if each.attributes.get("name") == name)
        return next(found, None)

    def allowed(self, type_name: str) -> str:
        """The allowed values that the definition of a type has, as they are written."""
        item = self.item(type_name.rpartition(":")[2].strip())
        values = None if item is None else item.first("allowedValues")
        return "" if values is None else values.text_of("text")

    # -- inputs

    def input(self, element: Element, index: int, rules: Sequence[Element]) -> DmnInput:
        expression = element.first("inputExpression")
        if expression is None:
            self.refuse(element, "the input has no expression")
        type_name = expression.attributes.get("typeRef", "")
        kind = self.known_type(type_name, expression)
        regions = [self.tests(rule, index) for rule in rules]
        kind = kind or self.told(expression.text_of("text")) or kind_of(regions)
        values = element.first("inputValues")
        said_values = self.allowed(type_name) if values is None else values.text_of("text")
        text = expression.text_of("text")
        title = element.attributes.get("label") or text or element.id or f"input {index + 1}"
        column = Column(as_id(text if self.is_name(text) else title, (), "input"), kind, title)
        column = self.bounded(column, said_values, values or element)
        return DmnInput(column, self.said(expression, title, column))

    def told(self, text: str) -> Type | None:
        given = self.givens.get(text)
        return None if given is None or isinstance(given.type, Text) else given.type

    def tests(self, rule: Element, index: int) -> Region | None:
        entries = rule.all("inputEntry")
        if index >= len(entries):
            self.refuse(rule, f"the rule has {len(entries)} input entries, too few for the inputs")
        try:
            return read_tests(entries[index].text_of("text"))
        except FeelError as error:
            self.refuse(entries[index], error.message, error)

    def bounded(self, column: Column, text: str, at: Element) -> Column:
        """The column with the values that its input can have."""
        try:
            found = read_bounds(text) if text.strip() else None
        except FeelError as error:
            self.refuse(at, error.message, error)
        if isinstance(found, list) and isinstance(column.type, Text):
            values = tuple(each for each in found if isinstance(each, str))
            if set(values) == set(YES_NO_CODES):
                return replace(column, type=YesNo())
            return (
                replace(column, type=Choice(values)) if are_codes(values) else replace(column, values=values)
            )
        if isinstance(found, Ranges) and len(found.stretches) == 1 and not _is_open(found.stretches[0]):
            only = found.stretches[0]
            return replace(column, at_least=only.low, at_most=only.high)
        if found is not None and not isinstance(column.type, Condition):
            self.notes.append(f"line {at.line}: what `{column.title}` can be is not said here: `{text}`")
        return column

    def is_name(self, text: str) -> bool:
        """Whether an expression is only the name of something."""
        plain = text.replace(".", "").replace("_", "").replace(" ", "").isalnum() and not text[:1].isdigit()
        return text in self.givens or plain

    def said(self, expression: Element, title: str, column: Column) -> str:
        """The value of an input as an expression of the language."""
        text = expression.text_of("text")
        if not text or self.is_name(text):
            text = text or title  # some programs leave the expression empty and mean the label
            known = self.give(text, column.type)
            self.givens[text] = replace(known, type=column.type)
            if expression.attributes.get("typeRef"):
                self.strange.pop(text, None)
            return self.givens[text].said
        try:
            found = read_entry(text, self.names())
        except FeelError as error:
            self.refuse(expression, error.message, error)
        if not isinstance(found, Computed):
            self.refuse(expression, "the input is always the same; take it out")
        return found.text

    # -- outputs and rules

    def outputs(self, table: Element, hit: Hit) -> tuple[DmnOutput, ...]:
        found: list[DmnOutput] = []
        elements = table.all("output")
        if not elements:
            self.refuse(table, "the table has no outputs")
        if hit in AGGREGATED and len(elements) > 1:
            self.refuse(table, f"`{hit}` makes one value; the table has {len(elements)} outputs")
        for element in elements:
            own = element.attributes.get("name") or element.attributes.get("label")
            name = own or (self.result_name(table) if len(elements) == 1 else element.id) or "result"
            taken = {*TAKEN, *(each.id for each in found)}
            output = self.output(element, name, alone=len(elements) == 1)
            title = element.attributes.get("label") or name
            found.append(replace(output, id=as_id(name, taken, "result", alone=False), title=title))
        return tuple(found)

    def result_name(self, table: Element) -> str:
        return table.attributes.get("outputLabel") or self.holder.element.attributes.get("name", "")

    def output(self, element: Element, name: str, *, alone: bool) -> DmnOutput:
        """The type and the values of an output, from wherever the file says them."""
        type_name = element.attributes.get("typeRef", "")
        values = element.text_of("outputValues") or _text_in(element, "outputValues")
        if not type_name and alone:
            type_name = next((each for each in self.holder.results if each), "")
        component = None if alone else self.component(name)
        if component is not None:
            type_name = type_name or component.text_of("typeRef")
            values = values or _text_in(component, "allowedValues")
        values = values or self.allowed(type_name)
        kind = self.known_type(type_name, element)
        try:
            read = read_values(values) if values.strip() else []
        except FeelError as error:
            self.refuse(element, error.message, error)
        listed = tuple(
            each for each in read if isinstance(each, str | Decimal) and not isinstance(each, bool)
        )
        return DmnOutput(name, name, kind or Unknown(), listed)

    def component(self, name: str) -> Element | None:
        """What the type of the whole result says of one output."""
        items = [self.item(each.rpartition(":")[2].strip()) for each in self.holder.results]

        parts = (part for item in items if item is not None for part in item.all("itemComponent"))
        return next((part for part in parts if part.attributes.get("name") == name), None)

    def rule(self, rule: Element, inputs: Sequence[DmnInput], outputs: Sequence[DmnOutput]) -> DmnRule:
        tests = tuple(self.words(rule, index, each.column) for index, each in enumerate(inputs))
        entries = rule.all("outputEntry")
        if len(entries) != len(outputs) or len(rule.all("inputEntry")) != len(inputs):
            self.refuse(rule, "the rule has another number of entries than the table has inputs and outputs")
        notes = [rule.text_of("description"), *(each.text_of("text") for each in rule.all("annotationEntry"))]
        because = " ".join(" ".join(note.split()) for note in notes if note.strip())
        return DmnRule(tests, tuple(self.entry(each) for each in entries), because or None)

    def words(self, rule: Element, index: int, column: Column) -> str | None:
        region = self.tests(rule, index)
        if region is None:
            return None
        at = rule.all("inputEntry")[index]
        if not suits(region, column.type):
            self.refuse(at, f"the test does not suit `{column.title}`, which is {describe(column.type)}")
        if isinstance(region, Among):
            strange = [
                each
                for each in region.values
                if isinstance(each, str) and column.codes and each not in column.codes
            ]
            if strange:
                self.refuse(at, f"`{strange[0]}` is none of the values of `{column.title}`")
            try:
                for each in region.values:
                    quoted(str(each))
            except FeelError as error:
                self.refuse(at, error.message, error)
        return words(region, column)

    def entry(self, element: Element) -> Atom | Computed:
        text = element.text_of("text")
        try:
            if not text:
                raise FeelError("the entry is empty; every rule gives every output")
            found = read_entry(text, self.names())
            if found is None:
                raise FeelError("null is no value of an output; leave such inputs to the default")
            if isinstance(found, str) and found.startswith("="):
                raise FeelError("a text of an output does not begin with `=`")
        except FeelError as error:
            self.refuse(element, error.message, error)
        return found

    def typed(self, output: DmnOutput, index: int, rules: Sequence[DmnRule]) -> DmnOutput:
        """The output with its type: that of its entries where the file says none; codes make a choice."""
        entries = [rule.entries[index] for rule in rules]
        literals = [each for each in entries if not isinstance(each, Computed)]
        kind = kind_of_values(entries) if isinstance(output.type, Unknown) else output.type
        for each in literals:
            if not isinstance(kind, type(kind_of_values([each]))):
                shown = value_words(each)
                raise DmnError(
                    f"`{shown}` is no value of the output `{output.title}`, which is {describe(kind)}"
                )
        texts = tuple(each for each in output.values if isinstance(each, str))
        if (
            isinstance(kind, Text)
            and are_codes(texts)
            and not any(isinstance(each, Computed) for each in entries)
        ):
            return replace(output, type=Choice(texts))
        return replace(output, type=kind)

    def default(self, table: Element, outputs: Sequence[DmnOutput]) -> tuple[Atom | Computed, ...] | None:
        entries = [each.first("defaultOutputEntry") for each in table.all("output")]
        known = [each for each in entries if each is not None]
        if not known:
            return None
        if len(known) < len(outputs):
            self.refuse(table, "only some of the outputs have a default; give one to each of them")
        return tuple(self.entry(each) for each in known)

    def refuse(self, at: Element, message: str, cause: Exception | None = None) -> NoReturn:
        where = f"line {at.line}" + (f", element `{at.id}`" if at.id else f", `<{at.name}>`")
        raise DmnError(f"{where}: {message}") from cause


def _text_in(element: Element, name: str) -> str:
    found = element.first(name)
    return "" if found is None else found.text_of("text")


def _apart(inputs: Sequence[DmnInput]) -> tuple[DmnInput, ...]:
    """The inputs with names of their own."""
    found: list[DmnInput] = []
    for each in inputs:
        name = as_id(each.column.name, [other.column.name for other in found], "input")
        found.append(replace(each, column=replace(each.column, name=name)))
    return tuple(found)


def _is_open(stretch: Stretch) -> bool:
    return stretch.low_open or stretch.high_open
