"""Where a DMN file has its decision tables: in decisions, and in knowledge models that decisions call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from definitions.tables.dmn.dmn_table import DmnError
from definitions.tables.dmn.xml_tree import Element


@dataclass(frozen=True, slots=True)
class Holder:
    """What holds a table. `element` has its name, `parameters` what a knowledge model is given; `results` are
    the names of types that may say what the table gives.
    """

    element: Element
    table: Element
    parameters: tuple[Element, ...] = ()
    results: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What it can be called by."""
        return (self.element.id, self.element.attributes.get("name", ""), self.table.id)

    @property
    def title(self) -> str:
        """Its name, or else its id."""
        return self.element.attributes.get("name") or self.element.id or "Decision"


def holder_of(root: Element, name: str | None) -> Holder:
    """What holds the table that is meant; without a `name` the only one of the file.

    Raises:
        DmnError: there is none, or there are several.
    """
    holders = [*_decisions(root), *_models(root)]
    meant = [each for each in holders if name is None or name in each.names]
    if len(meant) == 1:
        return meant[0]
    names = ", ".join(f"`{each.title}`" for each in holders)
    if not holders:
        raise DmnError(
            "the file has no decision table; other decisions are not brought in, write them as steps"
        )
    if name is None:
        raise DmnError(f"the file has several tables: {names}; say which with --table")
    raise DmnError(f"the file has no table `{name}`; there is {names}")


def _decisions(root: Element) -> Iterator[Holder]:
    for decision in root.all("decision"):
        table = decision.first("decisionTable")
        if table is not None:
            yield Holder(decision, table, (), (_type(table), _type(decision.first("variable"))))


def _models(root: Element) -> Iterator[Holder]:
    """The type of a model's variable is that of the function, so the logic alone says what is given."""
    for model in root.all("businessKnowledgeModel"):
        logic = model.first("encapsulatedLogic")
        table = None if logic is None else logic.first("decisionTable")
        if logic is not None and table is not None:
            yield Holder(model, table, tuple(logic.all("formalParameter")), (_type(table), _type(logic)))


def _type(element: Element | None) -> str:
    return "" if element is None else element.attributes.get("typeRef", "")
