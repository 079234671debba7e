"""Shared checklists: files of their own with the questions of a form."""

from pydantic import Field

from definitions.arguments import StepArguments
from definitions.catalogue import Look
from definitions.checks.shape import read_shape
from definitions.sharing import SharedKind
from definitions.source import Document
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
