"""The steps of an instance as people read them: number, title, state, time, what came of it, and why."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, or_, select

from definitions import Plan, PlanStep
from flows.artifacts import WAITS
from flows.incidents import open_incident
from flows.steps.part_words import part_words
from models import TASK_ENDED, HumanTask, Staff, StepRun, StepStatus, WaitsFor
from tasks.outputs import MEMBERS

NOT_STARTED: Final = "not started"
MOST_FACTS: Final = 4
LONGEST_LIST: Final = 60
"""Characters of a list that is written out; of a longer one only the number of its members is told."""

_MARKS: Final = {"completed": "done", "waiting": "waits", "incident": "INCIDENT"}
"""How states are written where the word of the journal is longer than people need."""

_ID: Final = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00")
_WORKING_DATA: Final = frozenset(
    {
        "entries",
        "failure",
        "members",
        "messages",
        "shown",
        "task",
        "undeliverable",
    }
)
_TOLD_BESIDE: Final = frozenset({"as_of", "changed_on", "completed_at", "sent_at"})
"""Times that the step's own time tells already."""

_IN_THE_EXPLANATION: Final = frozenset({"would_change", "judgement"})

_IF_PROVISIONAL: Final = frozenset({"known_band", "could_rise_to"})
_NOTHING_AT_ZERO: Final = frozenset({"missing", "doubtful", "incomplete"})
_COUNTED: Final = frozenset({"known", "missing", "doubtful", "conversions"})
"""Numbers of something, which people say before its name."""

_YES: Final = "yes"
"""What holds is told by its name alone."""

_HOW: Final = {"new": "newly made", "used": "was there already", "reopened": "reopened"}
"""How a record came to be the step's (`tasks.records.cases.HowOpened`)."""


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step of an instance. `state` is a StepStatus or `not started`; `at` is when it ended, or began.

    `why` says why it was skipped, what it waits for, or what went wrong. `parts` are the iterations of a
    `for_each`; `earlier` counts the attempts that a correction replaced. `part` is the path of an
    iteration, `named` the same in words where it has several parts or ids.
    """

    number: int
    step: str
    title: str
    state: str
    at: datetime | None = None
    result: str = ""
    why: str = ""
    part: str = ""
    named: str = ""
    earlier: int = 0
    parts: tuple["StepLine", ...] = ()

    @property
    def mark(self) -> str:
        """The state, as briefly as a table can have it."""
        return _MARKS.get(self.state, self.state)

    @property
    def words(self) -> str:
        """What came of it and why, in one line."""
        again = f"done again {self.earlier} times after a correction" if self.earlier > 1 else ""
        again = "done again after a correction" if self.earlier == 1 else again
        return "; ".join(filter(None, (self.result, self.why, again)))

    @property
    def accounted(self) -> bool:
        """Whether the step has ended: run, or shown as skipped or cancelled."""
        return self.state in (StepStatus.COMPLETED, StepStatus.SKIPPED, StepStatus.CANCELLED)


def step_lines(session: Session, plan: Plan, instance_id: str) -> tuple[StepLine, ...]:
    """All steps of the plan in document order, those that have not begun included; what undoes a step only
    once it has begun.
    """
    query = select(StepRun).where(StepRun.instance_id == instance_id).order_by(col(StepRun.attempt))
    runs: dict[str, list[StepRun]] = {}
    for run in session.exec(query):
        runs.setdefault(run.step, []).append(run)
    zone = ZoneInfo(plan.vocabulary.calendar(plan.calendar).zone)
    shown = [step for step in plan.all_steps if step.undoes is None or step.id in runs]
    return tuple(_line(session, plan, step, runs.get(step.id, []), zone) for step in shown)


def _line(session: Session, plan: Plan, step: PlanStep, runs: list[StepRun], zone: tzinfo) -> StepLine:
    standing = [run for run in runs if run.status is not StepStatus.SUPERSEDED]
    own = next((run for run in reversed(standing) if not run.iteration), None)
    earlier = sum(1 for run in runs if run.status is StepStatus.SUPERSEDED and not run.iteration)
    parts = [run for run in standing if run.iteration]
    if own is None and parts and step.depth:
        return _of_parts(session, plan, step, parts, zone)
    if own is None:
        return StepLine(step.index + 1, step.id, step.title, NOT_STARTED, earlier=earlier)
    return StepLine(
        number=step.index + 1,
        step=step.id,
        title=step.title,
        state=own.status.value,
        at=own.ended_at or own.started_at,
        result=_result(own, zone) if step.for_each is None else _joined(own, parts),
        why=_why(session, own),
        earlier=earlier,
        parts=_parts(session, plan, step, parts, zone),
    )


def _of_parts(session: Session, plan: Plan, step: PlanStep, runs: list[StepRun], zone: tzinfo) -> StepLine:
    """A step in a loop: how it stands in all parts of the loop together, and in each."""
    standing = [run.status for run in runs]
    ended = [status for status in standing if status in (StepStatus.COMPLETED, StepStatus.SKIPPED)]
    open_ones = (StepStatus.INCIDENT, StepStatus.WAITING)
    state = next((status for status in open_ones if status in standing), max(ended, default=standing[-1]))
    return StepLine(
        number=step.index + 1,
        step=step.id,
        title=step.title,
        state=StepStatus.COMPLETED.value if StepStatus.COMPLETED in ended and state in ended else state.value,
        at=max(run.ended_at or run.started_at for run in runs),
        result=f"{len(ended)} of {len(runs)} done",
        parts=_parts(session, plan, step, runs, zone),
    )


def _parts(
    session: Session, plan: Plan, step: PlanStep, runs: list[StepRun], zone: tzinfo
) -> tuple[StepLine, ...]:
    in_order = sorted(runs, key=lambda run: run.iteration)
    return tuple(_part(session, plan, step, run, zone) for run in in_order)


def _part(session: Session, plan: Plan, step: PlanStep, run: StepRun, zone: tzinfo) -> StepLine:
    return StepLine(
        number=step.index + 1,
        step=step.id,
        title=step.title,
        state=run.status.value,
        at=run.ended_at or run.started_at,
        result=_result(run, zone),
        why=_why(session, run),
        part=run.iteration,
        named=_named(session, plan, step, run),
    )


def _named(session: Session, plan: Plan, step: PlanStep, run: StepRun) -> str:
    plain = "/" not in run.iteration and not _ID.fullmatch(run.iteration)
    return "" if plain else part_words(session, plan, run.instance_id, step, run.iteration)


def _result(run: StepRun, zone: tzinfo) -> str:
    return ", ".join(facts_of(run.outputs, zone)[:MOST_FACTS]) if run.status is StepStatus.COMPLETED else ""


def _joined(run: StepRun, parts: Iterable[StepRun]) -> str:
    done = sum(1 for part in parts if part.status is StepStatus.COMPLETED)
    return f"{done} of {len(run.outputs[MEMBERS])} done" if MEMBERS in run.outputs else ""


def facts_of(outputs: Mapping[str, Any], zone: tzinfo = UTC) -> list[str]:
    """The outputs of a step that people understand, as `name value`, times in `zone`.

    Ids and working data are left out, and what says nothing: no, nothing, the bounds of a score that is sure.
    """
    shown = outputs.get("shown")
    plain = {**(shown if isinstance(shown, dict) else {}), **outputs}
    hidden = _WORKING_DATA | _TOLD_BESIDE | (frozenset() if plain.get("provisional") else _IF_PROVISIONAL)
    hidden |= _IN_THE_EXPLANATION if "explanation" in plain else frozenset()
    hidden |= {"calculated_band"} if plain.get("calculated_band") == plain.get("band") else frozenset()
    hidden |= {"missing_members"} if "missing" in plain else frozenset()
    hidden |= {name for name in _NOTHING_AT_ZERO if plain.get(name) == 0}
    found = ((name, _words(value, zone)) for name, value in plain.items() if _is_told(name, hidden))
    return [_fact(name, words) for name, words in found if words]


def _fact(name: str, words: str) -> str:
    if name == "how":
        return _HOW.get(words, words)
    said = name.replace("_", " ")
    if words == _YES:
        return said
    return f"{words.strip('()')} {said}" if name in _COUNTED or words.startswith("(") else f"{said} {words}"


def _is_told(name: str, hidden: frozenset[str]) -> bool:
    """Marks of the engine begin with `#` and mean nothing to people."""
    return name not in hidden and not name.startswith("#")


def _words(value: Any, zone: tzinfo) -> str:  # noqa: PLR0911  (one return per kind of value)
    """A value of the journal in words; empty for what says nothing by itself: nothing, no, ids, groups."""
    match value:
        case None | False | "":
            return ""
        case True:
            return _YES
        case str():
            return _text(value, zone)
        case int():
            return str(value)
        case {"amount": amount, "currency": currency}:
            return f"{amount} {currency}"
        case {"no_answer": reason, **more}:
            return _text(str(more.get("reason") or reason), zone)
        case list():
            words = [_words(each, zone) for each in value]
            written = ", ".join(words)
            whole = all(words) and len(written) <= LONGEST_LIST
            return written if whole else f"({len(value)})"
        case _:
            return ""


def _text(text: str, zone: tzinfo) -> str:
    if _ID.fullmatch(text):
        return ""
    if _MOMENT.fullmatch(text):
        return f"{datetime.fromisoformat(text).astimezone(zone):%Y-%m-%d %H:%M}"
    return text.replace("doesnt_know", "doesn't know").replace("_", " ")


def _why(session: Session, run: StepRun) -> str:
    if run.status is StepStatus.INCIDENT:
        return f"{run.error or run.error_code}{_in_expression(session, run)} ({run.position})"
    if run.status is not StepStatus.WAITING or run.waits_for is None:
        return run.reason or ""
    if run.waits_for is WaitsFor.PEOPLE:
        who = waits_with(session, run)
        return "; ".join(filter(None, (f"waits for {who}" if who else "waits for people", run.reason)))
    return run.reason or WAITS[run.waits_for]


def _in_expression(session: Session, run: StepRun) -> str:
    """The expression that had no value, where that is what the run's incident is about."""
    task = open_incident(session, run.id)
    expression = task.details.get("expression") if task is not None else None
    return f", in `{expression['text']}`" if expression else ""


def waits_with(session: Session, run: StepRun) -> str:
    """Who has the open task that a step run waits for, its own or the one whose form it fills in: a name, or
    the queue of a group.
    """
    own = or_(HumanTask.step_run_id == run.id, HumanTask.id == str(run.outputs.get("task")))
    query = select(HumanTask).where(own, col(HumanTask.status).not_in(TASK_ENDED))
    task = session.exec(query.order_by(col(HumanTask.created_at).desc())).first()
    return "" if task is None else holder_of(session, task)


def staff_name(session: Session, staff_id: str | None) -> str:
    """The name of a member of staff, where there is one."""
    staff = None if staff_id is None else session.get(Staff, staff_id)
    return "nobody yet" if staff is None else staff.name


def holder_of(session: Session, task: HumanTask) -> str:
    """Who has a task now: the name of a member of staff, or the group in whose queue it lies."""
    staff = None if task.assignee_id is None else session.get(Staff, task.assignee_id)
    return staff.name if staff is not None else f"the queue of {task.candidate_group or 'nobody'}"
