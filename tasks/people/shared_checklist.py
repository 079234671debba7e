"""Shared checklists: files of their own with the questions of a form, and the steps that use them by name."""

from collections.abc import Sequence
from typing import Self

from pydantic import Field, model_validator

from definitions.arguments import StepArguments
from definitions.catalogue import Look, Path
from definitions.checks.shape import read_shape
from definitions.sharing import Shared, SharedKind, SharedName
from definitions.source import Document
from definitions.types import Type
from tasks.people.form_items import FormItem, check_items


class SharedChecklist(StepArguments):
    """`checklist:` the name, `title:`, `purpose:` and `source:` for readers, `items:` the questions."""

    checklist: str
    title: str
    purpose: str | None = None
    source: str | None = None
    items: list[FormItem] = Field(min_length=1, max_length=200)


def shared_checklist(document: Document) -> SharedChecklist | None:
    """The checklist of a file; None where it could not be read."""
    raw = document.value()
    shape = read_shape(SharedChecklist, raw) if isinstance(raw, dict) else None
    return None if shape is None or shape.harmed else shape.value


def check_shared_checklist(checklist: SharedChecklist, look: Look) -> None:
    """Report every fault of the questions."""
    check_items(checklist.items, look)


CHECKLIST = SharedKind("checklist", SharedChecklist, check_shared_checklist)


class Asking(StepArguments):
    """The keys of a step that asks questions: its own, or those of a shared checklist."""

    checklist: str | None = None
    items: list[FormItem] = Field(default_factory=list, max_length=200)

    @model_validator(mode="after")
    def _one_list(self) -> Self:
        if self.checklist is not None and self.items:
            raise ValueError("a shared checklist has its own questions: leave out `items`, or `checklist`")
        return self

    def shares(self) -> tuple[SharedName, ...]:
        """The shared checklist, if it uses one."""
        return () if self.checklist is None else ((CHECKLIST.key, self.checklist),)

    def with_shared(self, shared: Shared) -> Self:
        """The arguments with the questions of the shared checklist that they name."""
        document = None if self.checklist is None else shared.get((CHECKLIST.key, self.checklist))
        found = None if document is None or self.items else shared_checklist(document)
        return self if found is None else self.model_copy(update={"items": found.items})


def check_asking(
    arguments: Asking, own: Sequence[tuple[str, Type]], look: Look
) -> tuple[tuple[str, Type], ...] | None:
    """What later steps read of the answers; reports every fault of the questions at its own place, and ids
    that the step has as outputs anyway (`own`). None where the shared checklist could not be read.
    """
    items, there = arguments.items, look
    if arguments.checklist is not None:
        found = look.shared(CHECKLIST, arguments.checklist, ("checklist",))
        if found is None:
            return None
        items, there = found[0].items, found[1]
    answers = check_items(items, there)
    for index, item in enumerate(items):
        if item.id in dict(own):
            advice = "give the item another id"
            message = f"the step has an output `{item.id}` already"
            there.report("CW226", message, ("items", index, "id"), advice=advice)
    return answers


def place_of_item(arguments: Asking, index: int) -> Path:
    """Where a step says the id of one of its questions; of a shared checklist where it names it."""
    return ("items", index, "id") if arguments.checklist is None else ("checklist",)
