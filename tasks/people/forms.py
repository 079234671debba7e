"""The form of a human task: made from a definition's items when the task is made, checked when somebody
answers.

A form is kept with its task as JSON and says everything that is needed to show and to check it: titles and
options, the services that fitted, and the values from outside that its conditions read. So it stays what
people saw, whatever is edited later.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from definitions.arguments import Condition
from definitions.diagnostics import suggest
from definitions.expressions import MISSING, by_calendar, evaluate, parse
from definitions.plan import Plan, PlanStep
from definitions.time.calendar_vocabulary import from_mapping
from definitions.time.calendars import WorkingCalendar
from definitions.types import type_from_words
from tasks.call import Call
from tasks.encoding import decode
from tasks.names import steps_before
from tasks.people.answer_values import Item, UnreadableError, is_blank, read_answer, satisfies
from tasks.people.form_items import FILE, FILES, LISTABLE, FormItem
from tasks.people.kept_values import keep, kept
from tasks.people.offered import offered
from tasks.people.own_alerts import alerts, told_at_once
from tasks.result import TaskError

Form = Sequence[Item]
Place = tuple[str, str]
"""The step and the item that an answer belongs to: by name, never by position."""

_condition: Final = lru_cache(maxsize=1_000)(parse)
"""The tree of an `only_if`; a department has a few, and each answer asks them all."""


@dataclass(frozen=True, slots=True)
class ItemProblem:
    """What is wrong with one answer. Neither part repeats what was typed as an answer."""

    item: str
    reason: str


class FormError(TaskError):
    """Answers do not fit their form; `problems` lists every one, by item. Nothing was counted; drafts
    stay.
    """

    def __init__(self, problems: Sequence[ItemProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{each.item}: {each.reason}" for each in self.problems))


def build_form(call: Call, items: Sequence[FormItem]) -> list[dict[str, Any]]:
    """The form of these items for the step and iteration of `call`, as `HumanTask.form` keeps it."""
    return [_entry(call, item, items) for item in items]


def choice_item(call: Call, name: str, ask: str, options: Mapping[str, str]) -> dict[str, Any]:
    """The form's entry for a choice that a step kind asks for by itself."""
    return {**_base(call, name, ask), "type": "choice", "options": dict(options)}


def text_item(call: Call, name: str, ask: str, *, only_if: str | None = None) -> dict[str, Any]:
    """The form's entry for a text that a step kind asks for by itself."""
    return {**_base(call, name, ask), "type": "text", **_condition_of(only_if)}


def date_item(call: Call, name: str, ask: str, *, only_if: str | None = None) -> dict[str, Any]:
    """The form's entry for a day that a step kind asks for by itself; it may be left out."""
    return {**_base(call, name, ask), "type": "date", "required": False, **_condition_of(only_if)}


def moment_item(call: Call, name: str, ask: str, *, only_if: str | None = None) -> dict[str, Any]:
    """The form's entry for a date and time that a step kind asks for by itself; it may be left out."""
    return {**_base(call, name, ask), "type": "date and time", "required": False, **_condition_of(only_if)}


def _condition_of(only_if: str | None) -> dict[str, Any]:
    """A condition on the other answers of the form alone."""
    return {} if only_if is None else {"only_if": only_if, "given": {}}


def _base(call: Call, name: str, ask: str) -> dict[str, Any]:
    return {
        "step": call.step.id,
        "iteration": call.run.iteration,
        "id": name,
        "ask": ask,
        "required": True,
        "submit": "with_form",
        "zone": call.calendar.zone,
    }


def blank_form(plan: Plan, step: PlanStep) -> list[dict[str, Any]]:
    """The form of a step as its definition has it, of no case: what only a case can say is left out. Empty
    for a step that asks nothing.
    """
    items = getattr(step.arguments, "items", ())
    return [{"step": step.id, "id": item.id, **_written(plan, item)} for item in items]


def read_answers(text: str) -> list[tuple[str, Any]]:
    """The answers in a JSON object, in their order; an item that stands twice stays twice, so that it is
    refused.
    """

    def pairs(found: list[tuple[str, Any]]) -> Any:
        return dict(found) if len(dict(found)) == len(found) else tuple(found)

    try:
        read = json.loads(text, object_pairs_hook=pairs)
    except (ValueError, RecursionError) as error:
        raise FormError([ItemProblem("answers", 'this is not JSON; write {"item": answer}')]) from error
    if not isinstance(read, dict | tuple):
        raise FormError([ItemProblem("answers", 'an object is wanted: {"item": answer}')])
    return list(read.items()) if isinstance(read, dict) else list(read)


def validate_answers(
    form: Form,
    answers: Mapping[str, object] | Iterable[tuple[str, object]],
    existing: Mapping[Place, Any],
    *,
    now: datetime,
    partial: bool = False,
) -> dict[Place, Any]:
    """The given answers as JSON by step and item; `existing` are those that count already.

    An item is named by its id, or as `step.item` where two steps share a form. With `partial` nothing is
    missing yet. Raises FormError with every unknown, doubled, foreign, unreadable, unasked and missing
    answer.
    """
    given, problems = _placed(form, answers.items() if isinstance(answers, Mapping) else answers)
    read: dict[Place, Any] = {}
    for item in form:
        raw = given.get(place_of(item))
        if not is_blank(raw):
            try:
                read[place_of(item)] = read_answer(item, raw)
            except UnreadableError as error:
                problems.append(ItemProblem(item["id"], str(error)))
    if not partial:
        known = {**existing, **read}
        unreadable = {problem.item for problem in problems}
        for item in form:
            problem = None if item["id"] in unreadable else _judge(form, item, known, given, now)
            if problem is not None:
                problems.append(problem)
    if problems:
        raise FormError(problems)
    return read


def place_of(item: Item) -> Place:
    """The step and item that an entry of a form belongs to."""
    return str(item["step"]), str(item["id"])


def entry_of(form: Form, name: str) -> Item:
    """The entry that `name` (`item` or `step.item`) means; FormError for an unknown or ambiguous one."""
    found = [item for item in form if name in (item["id"], ".".join(place_of(item)))]
    if len(found) == 1:
        return found[0]
    if found:
        steps = " or ".join(".".join(place_of(item)) for item in found)
        raise FormError([ItemProblem(name, f"two steps have this item; write {steps}")])
    ids = [str(item["id"]) for item in form]
    meant = suggest(name, ids)
    hint = f"did you mean `{meant}`?" if meant else f"it has {', '.join(ids) or 'no items'}"
    raise FormError([ItemProblem(name[:60], f"the form has no such item; {hint}")])


def is_asked(form: Form, item: Item, known: Mapping[Place, Any], now: datetime) -> bool | None:
    """Whether the item is asked, given the answers so far; None while its condition can't be decided: then it
    may be answered and need not be.
    """
    text = item.get("only_if")
    if text is None:
        return True
    near = {
        str(each["id"]): _value(each, known.get(place_of(each)))
        for each in form
        if each["step"] == item["step"] and each["id"] != item["id"]
    }
    truth = evaluate(
        _condition(str(text)),
        _Surroundings(near, item["given"], now, ZoneInfo(str(item["zone"])), _calendar(item)),
    ).value
    return truth if isinstance(truth, bool) else None


def _calendar(item: Item) -> WorkingCalendar | None:
    """The calendar that was kept with an item whose condition asks it."""
    return from_mapping(item["calendar"]) if "calendar" in item else None


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What `only_if` reads: the other answers by their ids, and what was kept from outside the form by dotted
    name.
    """

    near: Mapping[str, object]
    outside: Mapping[str, dict[str, Any]]
    now: datetime
    zone: ZoneInfo
    calendar: WorkingCalendar | None

    def knows(self, name: str) -> bool:
        return name in self.near or any(dotted.split(".")[0] == name for dotted in self.outside)

    def lookup(self, path: tuple[str, ...]) -> object:
        return self.near[path[0]] if path[0] in self.near else kept(self.outside[".".join(path)])


def _placed(
    form: Form, answers: Iterable[tuple[str, object]]
) -> tuple[dict[Place, object], list[ItemProblem]]:
    given: dict[Place, object] = {}
    problems: list[ItemProblem] = []
    for name, raw in answers:
        try:
            place = place_of(entry_of(form, str(name)))
        except FormError as error:
            problems.extend(error.problems)
            continue
        if place in given:
            problems.append(ItemProblem(place[1], "it is answered twice; send one answer"))
        given[place] = raw
    return given, problems


def _judge(
    form: Form, item: Item, known: Mapping[Place, Any], given: Mapping[Place, object], now: datetime
) -> ItemProblem | None:
    place = place_of(item)
    asked = is_asked(form, item, known, now)
    if asked is False:
        if is_blank(given.get(place)):
            return None
        return ItemProblem(
            place[1], f"it is asked only if `{item['only_if']}`; leave it out or correct the other answers"
        )
    if asked and item["required"] and not satisfies(known.get(place)):
        return ItemProblem(
            place[1], "an answer is required; doesnt_know and prefers_not_to_answer are answers"
        )
    return None


def _value(item: Item, answer: Any) -> object:
    if item["type"] == FILES:
        return tuple(each["id"] for each in answer) if isinstance(answer, list) else MISSING
    if item["type"] in ("consent", FILE) or item.get("record"):
        return MISSING if answer is None or "no_answer" in answer else "yes"
    kind = type_from_words(str(item["type"]), tuple(item.get("options") or ()))
    if kind is None:
        raise FormError([ItemProblem(str(item["id"]), f"its type `{item['type']}` is not known here")])
    return decode(kind, answer, None)  # type: ignore[arg-type]  # records are read above; nothing else needs a session


# -- making a form


def _entry(call: Call, item: FormItem, items: Sequence[FormItem]) -> dict[str, Any]:
    entry: dict[str, Any] = {**_base(call, item.id, item.ask), **_written(call.plan, item)}
    if item.only_if is not None:
        entry["given"] = _outside(call, item.only_if, items)
        if by_calendar(item.only_if.expression):
            entry["calendar"] = call.kept_calendar
    if item.type in LISTABLE:
        entry["options"] = offered(call, item)
    if item.submit == "on_answer" and item.type == "yes_no":
        entry["tells"] = told_at_once(call.plan, call.step.id, item.id, call.now, call.zone)
    if item.signal is not None:
        entry["signal"] = {
            "name": item.signal,
            "title": call.plan.vocabulary.signals[item.signal].title,
            "alerted": alerts(call.plan, call.step.id, item.id, call.now, call.zone),
        }
    return entry


def _written(plan: Plan, item: FormItem) -> dict[str, Any]:
    """What the definition says of an item."""
    entry: dict[str, Any] = {
        "ask": item.ask,
        "hint": item.hint,
        "type": item.type,
        "required": item.required,
        "submit": item.submit,
    }
    if item.options is not None:
        sets = plan.vocabulary.value_sets
        entry["options"] = dict(sets[item.options] if isinstance(item.options, str) else item.options)
    if item.only_if is not None:
        entry["only_if"] = item.only_if.expression.text
    if item.type in LISTABLE:
        entry["record"] = item.type
    entry |= {key: str(bound) for key in ("at_least", "at_most") if (bound := getattr(item, key)) is not None}
    if item.unit is not None:
        entry["unit"] = item.unit
    if item.type == "consent":
        entry["consent"] = _consent(item)
    return entry


def _outside(call: Call, condition: Condition, items: Sequence[FormItem]) -> dict[str, Any]:
    """What `only_if` reads besides the form itself, by dotted name, as it is now."""
    own = {each.id for each in items}
    steps = steps_before(call.plan, call.step)
    return {
        ".".join(name.path): keep(call.names.lookup(name.path))
        for name in condition.expression.names
        if name.path[0] not in own and call.names.knows(name.path[0], steps)
    }


def _consent(item: FormItem) -> dict[str, Any]:
    lasts = item.valid_for.parsed if item.valid_for is not None else None
    return {
        "purpose": item.purpose or item.ask,
        "recipients": item.recipients or ["services"],
        "data": item.data or ["name", "contact", "need"],
        "basis": item.basis,
        "amount": lasts.amount if lasts else 12,
        "unit": lasts.unit.value if lasts else "months",
    }
