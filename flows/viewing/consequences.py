"""What something has changed in a case: two looks at it, before and after, compared in words.

It serves the rehearsal of a correction. Titles and values are the case's own, so what comes of it is shown to
people who may see the case and goes nowhere else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from definitions import Plan, PlanStep
from flows.steps.alerts import is_alert
from flows.viewing.step_lines import facts_of
from models import (
    TASK_ENDED,
    Case,
    HumanTask,
    Message,
    MessageStatus,
    Referral,
    Score,
    Service,
    Signal,
    StepRun,
    StepStatus,
    TaskKind,
)

MOST_FACTS: Final = 3
NOTHING: Final = "nothing"
_OF_THE_CASE: Final = (
    ("status", "Status of the case", None),
    ("risk_level", "Risk", "risk_provisional"),
    ("priority", "Priority", "priority_provisional"),
)


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is another: what it is, what it was and what it would be, in words."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Consequences:
    """What would come of something. `again` are the steps that would be done once more with the same result,
    `asked` the work that people would get, `withdrawn` what would be taken back from them, `sent` the
    messages and signals that would go out, `stays` what has been done and would not be undone.
    """

    differences: tuple[Difference, ...] = ()
    again: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    sent: tuple[str, ...] = ()
    stays: tuple[str, ...] = ()

    @property
    def none(self) -> bool:
        """Whether nothing would come of it."""
        return not (self.differences or self.again or self.asked or self.withdrawn or self.sent)


@dataclass(frozen=True, slots=True)
class Scene:
    """A case and one instance as they stand, by what they are compared by."""

    case: Mapping[str, str]
    scores: Mapping[str, tuple[str, str]]
    runs: Mapping[str, StepRun]
    tasks: Mapping[str, HumanTask]
    messages: Mapping[str, Message]
    referrals: Mapping[str, tuple[str, str]]
    signals: Mapping[str, str]


def scene_of(session: Session, case_id: str | None, instance_id: str | None) -> Scene:
    """How everything stands now."""
    by_case = {"case_id": case_id}
    return Scene(
        case=_of_case(None if case_id is None else session.get(Case, case_id)),
        scores=dict(_scores(session, case_id)),
        runs=_rows(session, StepRun, instance_id=instance_id),
        tasks=_rows(session, HumanTask, **by_case) | _rows(session, HumanTask, instance_id=instance_id),
        messages=_rows(session, Message, **by_case) | _rows(session, Message, instance_id=instance_id),
        referrals=dict(_referrals(session, case_id)),
        signals={key: row.name for key, row in _rows(session, Signal, **by_case).items()},
    )


def consequences(plan: Plan, before: Scene, after: Scene, zone: ZoneInfo) -> Consequences:
    """What is another after than before, in words."""
    fresh = [task for key, task in after.tasks.items() if key not in before.tasks]
    gone = [
        task
        for key, task in after.tasks.items()
        if task.status in TASK_ENDED and key in before.tasks and before.tasks[key].status not in TASK_ENDED
    ]
    scores = {title for title, _ in after.scores.values()}  # told by themselves, in fewer words
    steps = {title: each for title, each in _steps(plan, before, after, zone) if title not in scores}
    return Consequences(
        differences=(
            *_changed(dict(_titled_case(before.case)), dict(_titled_case(after.case))),
            *_changed(dict(before.scores.values()), dict(after.scores.values())),
            *(each for each in steps.values() if each is not None),
        ),
        again=tuple(title for title, each in steps.items() if each is None),
        asked=tuple(dict.fromkeys(_asked(task) for task in fresh)),
        withdrawn=(
            *dict.fromkeys(task.title for task in gone),
            *(f"{_message(each)}, not sent yet" for each in _unsent(before, after)),
        ),
        sent=(
            *(_message(each) for key, each in after.messages.items() if key not in before.messages),
            *(
                f"“{_signal(plan, name)}”, to every process that begins or goes on by it"
                for key, name in after.signals.items()
                if key not in before.signals
            ),
        ),
        stays=tuple(dict.fromkeys(_stays(plan, before, after))),
    )


# -- looking


def _rows(session: Session, table: Any, **where: str | None) -> dict[str, Any]:
    if None in where.values():
        return {}
    return {row.id: row for row in session.exec(select(table).filter_by(**where).order_by(col(table.id)))}


def _of_case(case: Case | None) -> dict[str, str]:
    if case is None:
        return {}
    return {name: _of_field(case, name, unsure) for name, _, unsure in _OF_THE_CASE}


def _of_field(case: Case, name: str, unsure: str | None) -> str:
    value = getattr(case, name)
    if value is None:
        return NOTHING
    provisional = unsure is not None and getattr(case, unsure)
    return _plain(value.value) + (" (provisional)" if provisional else "")


def _scores(session: Session, case_id: str | None) -> Iterator[tuple[str, tuple[str, str]]]:
    query = select(Score).where(Score.case_id == case_id, col(Score.superseded_at).is_(None))
    for score in session.exec(query.order_by(col(Score.id))):
        unsure = ", provisional" if score.provisional else ""
        yield score.name, (score.title, f"{score.points} points, {_plain(score.band)}{unsure}")


def _referrals(session: Session, case_id: str | None) -> Iterator[tuple[str, tuple[str, str]]]:
    query = select(Referral, Service.name).join(Service, col(Service.id) == col(Referral.service_id))
    for referral, service in session.exec(query.where(Referral.case_id == case_id)):
        yield referral.id, (str(service), referral.step_run_id or "")


# -- comparing


def _titled_case(case: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    return ((title, case[name]) for name, title, _ in _OF_THE_CASE if name in case)


def _changed(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Difference]:
    for what in dict.fromkeys((*before, *after)):
        old, new = before.get(what, NOTHING), after.get(what, NOTHING)
        if old != new:
            yield Difference(what, old, new)


def _steps(
    plan: Plan, before: Scene, after: Scene, zone: ZoneInfo
) -> Iterator[tuple[str, Difference | None]]:
    """By title the steps whose runs are others now: how they differ, None where the result is the same."""
    old, new = _live(before), _live(after)
    for step in plan.steps:
        for place in dict.fromkeys(key for key in (*old, *new) if key[0] == step.id):
            was, now = old.get(place), new.get(place)
            if was is not None and now is not None and (was.id, was.status) == (now.id, now.status):
                continue
            words = _stand(step, was, zone), _stand(step, now, zone)
            title = step.title + (f" ({place[1]})" if place[1] else "")
            yield title, None if words[0] == words[1] else Difference(title, *words)


def _live(scene: Scene) -> dict[tuple[str, str], StepRun]:
    return {
        (run.step, run.iteration): run
        for run in scene.runs.values()
        if run.status is not StepStatus.SUPERSEDED
    }


def _stand(step: PlanStep, run: StepRun | None, zone: ZoneInfo) -> str:
    if run is None:
        return "not begun"
    if run.status is StepStatus.COMPLETED:
        facts = ", ".join(facts_of(run.outputs, zone)[:MOST_FACTS])
        return f"done: {facts}" if facts else "done"
    return {
        StepStatus.SKIPPED: "left out",
        StepStatus.WAITING: "under way" if step.block is not None else "waits",
        StepStatus.INCIDENT: "stands still until somebody decides",
    }.get(run.status, "ended")


def _asked(task: HumanTask) -> str:
    title = f"A decision is needed: {task.title}" if task.kind is TaskKind.INCIDENT else task.title
    return f"{title} (notice)" if task.kind is TaskKind.NOTICE else title


def _unsent(before: Scene, after: Scene) -> Iterator[Message]:
    for key, message in after.messages.items():
        was = before.messages.get(key)
        if was is not None and was.status is not message.status is MessageStatus.WITHDRAWN:
            yield message


def _stays(plan: Plan, before: Scene, after: Scene) -> Iterator[str]:
    """What the steps that are done again have done in the world already, and alerts that were given."""
    redone = {
        run.id
        for key, run in after.runs.items()
        if run.status in (StepStatus.SUPERSEDED, StepStatus.CANCELLED)
        and key in before.runs
        and before.runs[key].status is not run.status
    }
    for message in before.messages.values():
        if message.step_run_id in redone and message.sent_at is not None:
            yield f"{_message(message)}, was sent"
    for service, run_id in before.referrals.values():
        if run_id in redone:
            yield f"Referral to {service}, was made"
    for task in before.tasks.values():
        if task.step_run_id in redone and task.completed_at is not None:
            yield f"{task.title}, was done"
    for step in filter(is_alert, plan.steps):
        if any(run.step == step.id and run.status in _GIVEN for run in before.runs.values()):
            yield f"{step.title}: the alert was given, and no correction takes it back"


_GIVEN: Final = (StepStatus.COMPLETED, StepStatus.WAITING, StepStatus.INCIDENT)


def _signal(plan: Plan, name: str) -> str:
    known = plan.vocabulary.signals.get(name)
    return _plain(name) if known is None else known.title


def _message(message: Message) -> str:
    how = {"sms": "SMS", "email": "E-mail"}[message.channel.value]
    about = message.subject or _plain(message.template.replace("-", "_"))
    return f"{how} to {_plain(message.recipient_role)}: {about}"


def _plain(word: str) -> str:
    return word.replace("_", " ")
