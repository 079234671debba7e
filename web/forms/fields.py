"""The fields of a form as a page shows them: what a task's form says, and what was typed or counts already.

A value here is what a browser sends and gets: the JSON that somebody typed (`tasks.people.answer_values`
reads it). What counts is kept in another shape, so `typed` turns it back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from models import ChecklistAnswer, HumanTask
from tasks.people.answer_values import NONE_SUITABLE, Item, no_answer
from tasks.people.form_items import FILED, FILES
from tasks.people.forms import Form, Place, place_of

CODES: Final[Mapping[str, str]] = {
    "yes": "Yes",
    "no": "No",
    "doesnt_know": "Doesn't know",
    "prefers_not_to_answer": "Prefers not to answer",
    "not_collected": "Not collected",
}
"""The answers to a yes/no question (HUD 1.8), in their order."""

NO_ANSWER: Final[Mapping[str, str]] = {
    code: words for code, words in CODES.items() if code not in ("yes", "no")
}
FEW: Final = 7
"""Options that are shown side by side; more become a list to choose from."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a consent is for: the purpose, who gets what, and how long it lasts at most."""

    purpose: str
    recipients: tuple[str, ...]
    data: tuple[str, ...]
    lasts: str


@dataclass(frozen=True, slots=True)
class Field:
    """One question. `row` is the id of what stands in it, for whoever types over it; `counts` says that it
    counts already. `asked` is None while its condition can't be decided. `unit` is what a number counts,
    `tells` are those whom a yes alerts at once, `record` the kind of record that is chosen.
    """

    name: str
    ask: str
    hint: str
    type: str
    record: str
    required: bool
    acts: bool
    signal: str
    options: Mapping[str, str]
    bounds: str
    unit: str
    tells: tuple[str, ...]
    terms: "Terms | None"
    value: Any
    row: str
    counts: bool
    asked: bool | None

    @property
    def html_id(self) -> str:
        """The name as part of ids in the page."""
        return "f-" + self.name.replace(".", "-")

    @property
    def few(self) -> bool:
        """Whether the options are shown side by side."""
        return len(self.options) <= FEW


def fields_of(
    task: HumanTask,
    standing: Mapping[Place, ChecklistAnswer],
    asked: Mapping[str, bool | None],
    zone: ZoneInfo,
) -> tuple[Field, ...]:
    """The fields of a task's form, in their order."""
    return fields_of_form(task.form, standing, asked, zone)


def fields_of_form(
    form: Form,
    standing: Mapping[Place, ChecklistAnswer],
    asked: Mapping[str, bool | None],
    zone: ZoneInfo,
) -> tuple[Field, ...]:
    """The fields of a form, in their order."""
    return tuple(_field(item, standing.get(place_of(item)), asked, zone) for item in form)


def name_of(item: Item) -> str:
    """The full name of an item: `step.item`."""
    return ".".join(place_of(item))


def typed(item: Item, kept: Any, zone: ZoneInfo) -> Any:
    """What counts, as somebody would type it."""
    if kept is None:
        return None
    if item.get("record") or item["type"] == "consent":
        return _typed_record(item, kept)
    if no_answer(kept) is not None:
        return {"no_answer": no_answer(kept)}
    if item["type"] in FILED:
        files = [{"file": each.get("id")} for each in (kept if isinstance(kept, list) else (kept,))]
        return files if item["type"] == FILES else files[0]
    if item["type"] == "date and time" and isinstance(kept, str):
        return datetime.fromisoformat(kept).astimezone(zone).strftime("%Y-%m-%dT%H:%M")
    return kept


def _typed_record(item: Item, kept: Any) -> Any:
    code = no_answer(kept)
    if code == NONE_SUITABLE:
        return {NONE_SUITABLE: kept.get("reason", "")}
    if code is not None:
        return {"given": code} if item["type"] == "consent" else {"no_answer": code}
    return {"given": "yes"} if item["type"] == "consent" else kept.get("id")


def _field(
    item: Item, row: ChecklistAnswer | None, asked: Mapping[str, bool | None], zone: ZoneInfo
) -> Field:
    name = name_of(item)
    return Field(
        name=name,
        ask=str(item["ask"]),
        hint=str(item.get("hint") or ""),
        type="record" if item.get("record") else str(item["type"]),
        record=str(item.get("record") or ""),
        required=bool(item["required"]),
        acts=item["submit"] == "on_answer",
        signal=str((item.get("signal") or {}).get("title", "")),
        options=CODES if item["type"] == "yes_no" else dict(item.get("options") or {}),
        bounds=_bounds(item),
        unit=str(item.get("unit") or ""),
        tells=tuple(item.get("tells") or ()),
        terms=_terms(item),
        value=None if row is None else (row.value if row.draft else typed(item, row.value, zone)),
        row="" if row is None else row.id,
        counts=row is not None and not row.draft,
        asked=asked.get(name, True),
    )


def _terms(item: Item) -> Terms | None:
    terms = item.get("consent")
    if terms is None:
        return None
    amount, unit = int(terms["amount"]), str(terms["unit"])
    return Terms(
        purpose=str(terms["purpose"]),
        recipients=tuple(terms["recipients"]),
        data=tuple(terms["data"]),
        lasts=f"{amount} {unit.removesuffix('s') if amount == 1 else unit}",
    )


def _bounds(item: Item) -> str:
    least, most = item.get("at_least"), item.get("at_most")
    if least is not None and most is not None:
        return f"from {least} to {most}"
    if least is not None:
        return f"at least {least}"
    return "" if most is None else f"at most {most}"
