"""Human tasks, written for a terminal."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from ops.pages.task_page import ItemFacts, TaskPage, TaskRow
from ops.pages.terminal import at, safe, say, table


def list_text(rows: Sequence[TaskRow], zone: ZoneInfo) -> None:
    """Write the open tasks; times are those of `zone`."""
    if not rows:
        say("No open tasks.")
        return
    lines = [
        (
            row.id,
            row.case or "",
            row.title,
            row.holder,
            row.status if row.priority == "routine" else f"{row.status}, {row.priority}",
            _when(row, zone),
        )
        for row in rows
    ]
    table(("Task", "Case", "What", "With", "State", "Due"), lines)
    say("Show one with its form: casewright tasks TASK")


def task_text(page: TaskPage, zone: ZoneInfo) -> None:
    """Write one task with its form."""
    row = page.task
    say(safe(f"{row.title} ({row.kind}, {row.status}, {row.priority}), with {row.holder}"))
    places = [f"case {row.case}" if row.case else "", f"due {_when(row, zone)}" if row.due_at else ""]
    say(", ".join([f"Task {row.id}", *filter(None, places)]))
    for line in filter(None, (page.description, page.reason and f"Why: {page.reason}")):
        say(safe(line))
    for refusal in page.refusals:
        say(safe(f"Not used: {refusal}"))
    for number in page.numbers:
        known = ((name, value) for name, value in number.items() if value is not None)
        say(safe("Telephone: " + ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in known)))
    if page.items:
        rows = [(each.id, each.ask, _takes(each), _answered(each)) for each in page.items]
        table(("Item", "Question", "Takes", "Answer"), rows)


def _when(row: TaskRow, zone: ZoneInfo) -> str:
    if row.due_at is None:
        return f"book by {at(row.book_by, zone)}" if row.book_by else ""
    return f"{at(row.due_at, zone)}{' OVERDUE' if row.overdue else ''}"


def _takes(item: ItemFacts) -> str:
    takes = ", ".join(_options(item)) or item.type.replace("_", "/")
    said = ("required" if item.required else "", f"if {item.only_if}" if item.only_if else "")
    marks = [mark for mark in said if mark]
    return f"{takes} ({'; '.join(marks)})" if marks else takes


def _options(item: ItemFacts) -> list[str]:
    """The codes that may be answered; the id of a record says nothing and stands behind its name."""
    if item.type[:1].isupper():
        return [f"{title} [{code}]" if title != code else code for code, title in item.options.items()]
    return list(item.options)


def _answered(item: ItemFacts) -> str:
    if item.answer is not None:
        return str(item.answer)
    return f"{item.draft} (draft)" if item.draft is not None else ""
