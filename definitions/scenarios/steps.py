"""What a scenario says of steps: what people do with their tasks, and what is expected of them."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from definitions.branches import Point, branches
from definitions.checks.shape import Path
from definitions.expressions import Scope, infer
from definitions.plan import Plan, PlanStep
from definitions.scenarios.looking import Look
from definitions.scenarios.people import Doing
from definitions.scenarios.records import CASE, check_fields, check_value
from definitions.scenarios.shape import Expect, ExpectedMessage, ExpectedTask
from definitions.scenarios.times import check_moment
from definitions.types import NO_ANSWER, Choice, Choices, Struct, Type, YesNo, type_from_words
from definitions.types import Condition as ConditionType

ASKED_ALWAYS: Final = ("decision", "reason", "record")
"""Questions that the engine asks by itself: at a deadline, and where a person picks a record."""

STAFF_NOTICE: Final = "staff_notice"
"""The template of messages that tell the staff of their tasks."""

RECIPIENTS: Final = ("client", "guardian", "caseworker", "supervisor", "manager", "duty_manager")


def check_doing(look: Look, step: str, doing: Doing, path: Path) -> None:
    """What is done with the task of a step: people, members of a loop, questions, answers."""
    if doing.by is not None:
        look.knows_record(doing.by, (*path, "by"), ("Staff",))
    if doing.reassign is not None:
        look.knows_record(doing.reassign, (*path, "reassign"), ("Staff",))
    if doing.each and not _several(look, step):
        message = f"`{step}` is done once, not for each of several"
        look.report("CW910", message, (*path, "each"), advice="leave `each:` out", key=True)
    for member, inner in doing.each.items():
        check_doing(look, step, inner, (*path, "each", member))
    if doing.book is not None and doing.book.at is not None and doing.book.after is not None:
        look.report("CW208", "a booking has `at` or `in`, not both", (*path, "book", "in"), key=True)
    if doing.refused is not None:
        return
    questions = questions_of(look.plan, step)
    for key in ("first", "draft", "answers"):
        for item, value in (getattr(doing, key) or {}).items():
            _check_answer(look, step, questions, item, value, (*path, key, item))
    if doing.correct is not None:
        at = (*path, "correct", "item")
        _check_answer(look, step, questions, doing.correct.item, doing.correct.value, at, value_at="value")


def _several(look: Look, step: str) -> bool:
    """Whether a step is done for several members or rounds."""
    found = look.plan.step(step)
    return found.for_each is not None or (found.place is not None and found.place.depth > 0)


def _check_answer(
    look: Look,
    step: str,
    questions: Mapping[str, Type | None],
    item: str,
    value: Any,
    path: Path,
    *,
    value_at: str | None = None,
) -> None:
    name = item.rpartition(".")[2]
    if name in ASKED_ALWAYS and name not in questions:
        return
    if name not in questions:
        message = f"`{step}` does not ask `{item}`"
        look.report("CW903", message, path, allowed=questions, word=name, key=value_at is None)
        return
    kind = questions[name]
    at = path if value_at is None else (*path[:-1], value_at)
    options = value if isinstance(kind, Choices) and isinstance(value, list) else [value]
    if isinstance(kind, Choice | Choices | YesNo) and not set(map(str, options)) <= set(NO_ANSWER):
        check_value(look, kind, value, at)


def questions_of(plan: Plan, step: str) -> Mapping[str, Type | None]:
    """The questions that stand in the form of a step's task, with their types: also those of other steps on
    the same task.
    """
    host = getattr(plan.step(step).arguments, "of", None) or step
    found: dict[str, Type | None] = {}
    for each in plan.all_steps:
        if each.id in (step, host) or getattr(each.arguments, "of", None) in (step, host):
            found.update(_questions(plan, each))
    return found


def _questions(plan: Plan, step: PlanStep) -> Iterator[tuple[str, Type | None]]:
    items = getattr(step.arguments, "items", None)
    for item in items if isinstance(items, list) else ():
        options = item.options
        if isinstance(options, str):
            options = plan.vocabulary.value_sets.get(options, {})
        yield item.id, type_from_words(item.type, tuple(options or ()))


def check_expect(look: Look, expect: Expect, path: Path) -> None:
    """The names in an expectation: steps, branches, outputs, people, contacts, records, processes."""
    for step, wanted in expect.steps.items():
        at = (*path, "steps", step)
        if look.knows_step(step, at) and isinstance(wanted, dict) and not _several(look, step):
            look.report("CW910", f"`{step}` is done once, not for each of several", at, key=True)
    for section in ("because", "not_reached"):
        for step in getattr(expect, section):
            look.knows_step(step, (*path, section, step))
    scope = scope_of(look)
    for index, condition in enumerate(expect.holds):
        _, problems = infer(condition.expression, scope, ConditionType())
        look.place((*path, "holds", index), problems)
    for name in expect.outputs:
        if name not in look.plan.outputs:
            message = f"`{look.plan.process}` has no output `{name}`"
            allowed = tuple(look.plan.outputs)
            look.report("CW912", message, (*path, "outputs", name), allowed=allowed, word=name, key=True)
    _check_branches(look, expect.branches, (*path, "branches"))
    _check_rows(look, expect, path)


def _check_rows(look: Look, expect: Expect, path: Path) -> None:
    """Tasks, messages, records, other processes."""
    for index, task in enumerate(expect.tasks):
        _check_task(look, task, (*path, "tasks", index))
    for index, sent in enumerate(expect.messages):
        _check_message(look, sent, (*path, "messages", index))
    for name, fields in expect.records.items():
        at = (*path, "records", name)
        if name == CASE or look.knows_record(name, at, key=True):
            check_fields(look, look.records.get(name, "Case"), fields, at, expected=True)
    for process in expect.started:
        if process not in look.catalogue.processes:
            known = sorted(look.catalogue.processes)
            message = f"there is no process `{process}`"
            look.report("CW607", message, (*path, "started", process), allowed=known, word=process, key=True)


def scope_of(look: Look) -> Scope:
    """What a condition of an expectation can read: the inputs and every step."""
    inputs = Struct(tuple((each.name, each.type) for each in look.plan.inputs))
    names: dict[str, Type] = {step.id: step.output for step in look.plan.all_steps}
    return Scope({"inputs": inputs, **names}, look.catalogue.records)


def _check_branches(look: Look, expected: Mapping[str, str], path: Path) -> None:
    points: Mapping[str, Point] = {point.name: point for point in branches(look.plan)}
    for name, way in expected.items():
        if name not in points:
            message = f"`{look.plan.process}` does not branch at `{name}`"
            look.report("CW908", message, (*path, name), allowed=points, word=name, key=True)
        elif way not in points[name].ways:
            message = f"`{name}` has no way `{way}`"
            look.report("CW908", message, (*path, name), allowed=points[name].ways, word=way)


def _check_task(look: Look, task: ExpectedTask, path: Path) -> None:
    look.knows_step(task.step, (*path, "step"), key=False)
    if task.to is not None:
        look.knows_record(task.to, (*path, "to"), ("Staff",))
    known = look.catalogue.vocabulary.groups
    if task.group is not None and task.group not in known:
        message = f"there is no group `{task.group}`"
        look.report("CW605", message, (*path, "group"), allowed=known, word=task.group)
    if task.due is not None:
        check_moment(look, task.due, (*path, "due"))


def _check_message(look: Look, message: ExpectedMessage, path: Path) -> None:
    if message.step is not None:
        look.knows_step(message.step, (*path, "step"), key=False)
    if message.contact is not None:
        look.knows_record(message.contact, (*path, "contact"), ("ContactPoint",))
    templates = {*look.catalogue.templates, STAFF_NOTICE}
    if message.template is not None and message.template not in templates:
        text = f"there is no template `{message.template}`"
        look.report("CW603", text, (*path, "template"), allowed=sorted(templates), word=message.template)
    if message.to is not None and message.to not in RECIPIENTS:
        look.knows_record(message.to, (*path, "to"), ("Staff", *RECIPIENTS))
