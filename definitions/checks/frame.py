"""The keys that every step may have, checked for one step: conditions, clocks, people, ends, loops."""

from collections.abc import Iterator

from definitions.arguments import Clock, Recipient, Text
from definitions.catalogue import Path
from definitions.checks.checking import Checking
from definitions.checks.definition import DraftStep
from definitions.checks.ids import id_problem
from definitions.checks.look import StepLook
from definitions.checks.placing import place, place_all
from definitions.checks.trying import check_trying
from definitions.diagnostics import suggest
from definitions.problems import PlacedProblem, Problem
from definitions.types import Choice, Choices, ListOf, Type, Unknown, describe

KIND_KEYS = ("due", "remind", "escalate", "not_accepted", "otherwise", "priority")
"""Keys that a step kind honours or not (`StepKind.keys`)."""


def loop_names(look: StepLook, step: DraftStep) -> dict[str, Type]:
    """The name that `for_each` gives to each member, with its type."""
    loop = step.frame.for_each
    if loop is None:
        return {}
    document = look.checking.document
    if len(loop) != 1:
        message = "`for_each` has one name and what it goes over: `for_each: {member: = household.members}`"
        where = document.span((*step.path, "for_each"), of="key")
        look.checking.found.append(document.diagnose("CW208", message, where))
    names: dict[str, Type] = {}
    for name, value in loop.items():
        path: Path = ("for_each", name)
        functions = look.sight.scope.functions
        problem = id_problem(name, functions, "name")
        if problem is None and name in look.checking.steps:
            problem = Problem("CW226", f"`{name}` is the id of a step already", 0, len(name))
        if problem is not None:
            _at_key(look.checking, step, path, problem)
        names[name] = _member(look.loop(value, path), look, path)
    return names


def check_frame(look: StepLook, step: DraftStep) -> None:
    """Everything about the frame of a step but its needs and its loop."""
    frame = step.frame
    _check_keys(look.checking, step)
    if frame.when is not None:
        look.early_condition(frame.when, ("when",))
    if frame.once is not None:
        look.condition(frame.once, ("once",))
    for path, clock in _clocks(step):
        look.clock(clock, path, has_due="due" in step.raw and path != ("due",))
    for path, recipient in _recipients(step):
        look.recipient(recipient, path, staff=True)
    for path, text in _texts(step):
        look.text(text, path)
    check_trying(look.checking, step)
    for path, clock in _lengths(step):
        if clock.parsed.origin.kind != "step_start":
            message = "only a length belongs here; it counts from the moment that the key names"
            at = clock.parsed.origin.offset
            end = at + len(clock.parsed.origin.text)
            look.checking.found.append(
                place(look.checking.document, step.at(path), Problem("CW539", message, at, end))
            )


def _member(several: Type, look: StepLook, path: Path) -> Type:
    """The type of one of several."""
    match several:
        case ListOf(item):
            return item
        case Choices(options):
            return Choice(options)
        case Unknown():
            return Unknown()
        case _:
            advice = "go over a list, or over an answer with several choices"
            look.report(
                "CW404",
                f"`for_each` goes over {describe(several)}, which is not several",
                path,
                advice=advice,
            )
            return Unknown()


def _check_keys(checking: Checking, step: DraftStep) -> None:
    frame = step.frame
    if step.kind is not None:
        for key in KIND_KEYS:
            if key in step.raw and key not in step.kind.keys:
                message = f"`{step.kind.name}` has no `{key}`"
                allowed = tuple(each for each in KIND_KEYS if each in step.kind.keys)
                meant = key == "otherwise" and "default" in step.kind.arguments.model_fields
                advice = "write `default:` for what counts where no row does" if meant else None
                _at_key(checking, step, (key,), Problem("CW230", message, 0, 0, allowed, advice=advice))
        _check_ends(checking, step)
    if frame.when is not None and frame.once is not None:
        advice = (
            "`when` skips the step, `once` makes it wait: put the `when` on a step before, or in the `once`"
        )
        _at_key(
            checking,
            step,
            ("once",),
            Problem("CW208", "a step has `when` or `once`, not both", 0, 0, advice=advice),
        )
    for key, other in (("deadline", "once"), ("escalate", "due")):
        belongs = step.block is not None and key == "deadline" and frame.deadline is None
        if key in step.raw and other not in step.raw and not belongs:
            message = f"`{key}` means nothing without `{other}`"
            _at_key(checking, step, (key,), Problem("CW209", message, 0, 0, advice=f"add `{other}:`"))


def _check_ends(checking: Checking, step: DraftStep) -> None:
    kind, ends = step.kind, step.frame.ends
    if kind is None or ends is None or ends in kind.ends:
        return
    if not kind.ends:
        message = f"`{kind.name}` has no `ends`: it ends when its work is done"
        _at_key(checking, step, ("ends",), Problem("CW231", message, 0, 0, advice="leave it out"))
        return
    message = f"`{kind.name}` does not end with `{ends}`"
    problem = Problem("CW231", message, 0, len(ends), kind.ends, suggest(ends, kind.ends))
    checking.found.append(place(checking.document, step.at(("ends",)), problem))


def _clocks(step: DraftStep) -> Iterator[tuple[Path, Clock]]:
    frame = step.frame
    if frame.due is not None:
        yield ("due",), frame.due
    for index, clock in enumerate(frame.remind):
        yield ("remind", index), clock
    if frame.deadline is not None:
        yield ("deadline", "after"), frame.deadline.after
    if frame.otherwise is not None and frame.otherwise.after is not None:
        yield ("otherwise", "after"), frame.otherwise.after


def _lengths(step: DraftStep) -> Iterator[tuple[Path, Clock]]:
    """Clocks whose origin is said by their key."""
    frame = step.frame
    for index, escalation in enumerate(frame.escalate):
        yield ("escalate", index, "overdue"), escalation.overdue
    for index, rung in enumerate(frame.not_accepted):
        yield ("not_accepted", index, "after"), rung.after
    if frame.retry is not None:
        yield ("retry", "wait"), frame.retry.wait
        if frame.retry.longest is not None:
            yield ("retry", "longest"), frame.retry.longest
    if frame.time_limit is not None:
        yield ("time_limit",), frame.time_limit


def _recipients(step: DraftStep) -> Iterator[tuple[Path, Recipient]]:
    frame = step.frame
    for index, escalation in enumerate(frame.escalate):
        yield ("escalate", index, "to"), escalation.to
    for index, rung in enumerate(frame.not_accepted):
        yield ("not_accepted", index, "to"), rung.to
    if frame.otherwise is not None:
        yield ("otherwise", "assign"), frame.otherwise.assign
    if frame.deadline is not None:
        yield ("deadline", "then", "assign"), frame.deadline.then.assign


def _texts(step: DraftStep) -> Iterator[tuple[Path, Text]]:
    frame = step.frame
    if frame.otherwise is not None and frame.otherwise.title is not None:
        yield ("otherwise", "title"), frame.otherwise.title
    if frame.deadline is not None and frame.deadline.then.title is not None:
        yield ("deadline", "then", "title"), frame.deadline.then.title


def _at_key(checking: Checking, step: DraftStep, path: Path, problem: Problem) -> None:
    placed = PlacedProblem(step.at(path), problem, "key")
    checking.found.extend(place_all(checking.document, (placed,)))
