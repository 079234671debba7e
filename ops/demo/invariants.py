"""What must hold at the end of the demo, whatever happened on the way."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlmodel import Session, col, select

from models import Client, ContactKind, ContactPoint, Involvement, Message, Safety, StepRun
from ops.demo.prefect_runs import PrefectRuns, leaks
from ops.demo.story import SENT, CaseStory, Story
from ops.pages.terminal import counted

ALERT: Final = "safety_alert"
ASKED: Final = "immediate_danger"


@dataclass(frozen=True, slots=True)
class Invariant:
    """A promise, whether it holds, and what it was judged by or broken by."""

    promise: str
    holds: bool
    found: str


def judge_story(
    session: Session, story: Story, runs: PrefectRuns | None, home: Path
) -> tuple[Invariant, ...]:
    """All promises of the demo. `runs` is what Prefect has recorded, None when it was not used; `home` the
    data directory.
    """
    ours = (
        _all_steps(story),
        _nothing_unsafe(session),
        _files_there(story),
        _alerts_reached_somebody(story),
    )
    if runs is None:
        return ours
    return (*ours, _each_step_once(session, story, runs), _nothing_personal(session, home / "prefect"))


def _all_steps(story: Story) -> Invariant:
    finished = [case for case in story.cases if case.status == "completed"]
    open_ends = [
        f"{case.scenario}: {step.title}" for case in finished for step in case.steps if not step.accounted
    ]
    return _invariant(
        "Every step of every finished case was run or is shown as skipped",
        open_ends,
        f"{counted(len(finished), 'finished case')}, {sum(len(case.steps) for case in finished)} steps",
        holds=bool(finished),
    )


def _each_step_once(session: Session, story: Story, runs: PrefectRuns) -> Invariant:
    """A step that began again, because something it had read was corrected, shows once for each time. Steps
    that were carried without Prefect (`--no-prefect`) are not looked for.
    """
    titles = {(case.instance, step.step): step.title for case in story.cases for step in case.steps}
    begun: Counter[tuple[str, str]] = Counter()
    carried = select(StepRun).where(StepRun.iteration == "", col(StepRun.carrier_run_id).is_not(None))
    for run in session.exec(
        carried.where(col(StepRun.instance_id).in_([case.instance for case in story.cases]))
    ):
        begun[run.instance_id, titles[run.instance_id, run.step]] += 1
    wrong = [
        f"{title} of instance {instance}: began {count} times, shown {seen}"
        for (instance, title), count in begun.items()
        if (seen := runs.by_instance.get((instance, title), 0)) != count
    ]
    found = f"{begun.total()} steps, {runs.flow_runs} flow runs, {runs.task_runs} Prefect task runs"
    return _invariant("Prefect shows each step of each case once for each time it began", wrong, found)


def _nothing_unsafe(session: Session) -> Invariant:
    """Judged from the records alone, not by the gate that let the message pass."""
    sent = session.exec(select(Message).where(col(Message.status).in_(SENT))).all()
    outside = [message for message in sent if message.staff_id is None]
    wrong = [f"message {message.id}" for message in outside if not _safe(session, message)]
    found = f"{counted(len(outside), 'message')} to people outside"
    return _invariant("Nothing was sent to a contact that is not safe", wrong, found)


def _safe(session: Session, message: Message) -> bool:
    contact = session.get(ContactPoint, message.contact_point_id or "")
    if contact is None or contact.value != message.address or contact.safe is Safety.NO:
        return False
    client = session.get(Client, contact.client_id)
    other = session.get(Involvement, contact.involvement_id) if contact.involvement_id else None
    confirmed = contact.safe is Safety.YES and contact.confirmed_at is not None
    at_risk = client is None or client.domestic_violence
    return not (
        contact.opted_out_at
        or (other is not None and other.alleged_perpetrator)
        or (at_risk and not confirmed)
    )


def _files_there(story: Story) -> Invariant:
    sent = [message for message in story.messages if message.was_sent]
    wrong = [f"{message.channel} of case {message.case}" for message in sent if message.file is None]
    return _invariant(
        "Every message that was sent lies in the messages folder", wrong, counted(len(sent), "file")
    )


def _alerts_reached_somebody(story: Story) -> Invariant:
    alerted = {message.case for message in story.messages if message.template == ALERT and message.was_sent}
    handed = {task.instance for task in story.handed_over if task.step == ALERT}
    due = [case for case in story.cases if _alert_due(case)]
    wrong = [case.scenario for case in due if case.case not in alerted and case.instance not in handed]
    found = f"{len(due)} alerts: {len(alerted)} sent, {len(handed)} with a person"
    return _invariant("Every safety alert was sent, or a person has it", wrong, found)


def _alert_due(case: CaseStory) -> bool:
    return any(
        step.step == ALERT and step.state in ("waiting", "completed", "incident") for step in case.steps
    )


def _nothing_personal(session: Session, prefect_home: Path) -> Invariant:
    secrets = personal_texts(session)
    found = leaks(prefect_home, secrets)
    promise = "No name, number or address of a client lies in Prefect's files"
    return _invariant(promise, found, f"{len(secrets)} texts looked for")


def personal_texts(session: Session) -> frozenset[str]:
    """Texts that name or reach a client or somebody around one: family names, numbers, e-mail addresses."""
    names = (client.family_name for client in session.exec(select(Client)))
    others = (each.name for each in session.exec(select(Involvement)) if each.name)
    wanted = select(ContactPoint).where(ContactPoint.kind != ContactKind.ADDRESS)
    contacts = (each.value for each in session.exec(wanted) if each.value)
    return frozenset((*names, *others, *contacts))


def _invariant(promise: str, wrong: Sequence[str], found: str, *, holds: bool = True) -> Invariant:
    return Invariant(promise, holds and not wrong, "; ".join(_few(wrong)) if wrong else found)


def _few(wrong: Sequence[str], most: int = 5) -> Iterable[str]:
    yield from wrong[:most]
    if len(wrong) > most:
        yield f"and {len(wrong) - most} more"
