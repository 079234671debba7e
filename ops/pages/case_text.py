"""The page of a case, written for a terminal."""

from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from flows.viewing.case_view import CaseFacts, CaseView, DatedFacts, InstanceFacts, MessageFacts
from flows.viewing.flow_runs import FlowRun
from flows.viewing.step_lines import StepLine
from ops.pages.terminal import at, safe, say, table


def page_text(page: CaseView, zone: ZoneInfo, home: Path, *, verbose: bool = False) -> None:
    """Write the page; times are those of `zone`, paths those below `home`. `verbose` adds what each step
    read.
    """
    if page.case is not None:
        say(_case_line(page.case, zone))
    for instance in page.instances:
        _instance(instance, zone, verbose=verbose)
    _messages(page.messages, zone, home)
    _tasks(page, zone)
    for title, facts in (
        ("Appointments", page.appointments),
        ("Visits", page.visits),
        ("Referrals", page.referrals),
    ):
        _dated(title, facts, zone)
    if page.reports:
        say(f"Reports: {', '.join(page.reports)}")


def _case_line(case: CaseFacts, zone: ZoneInfo) -> str:
    risk = _level("risk", case.risk, provisional=case.risk_provisional)
    priority = _level("priority", case.priority, provisional=case.priority_provisional)
    worker = case.worker or "no caseworker yet"
    return (
        f"Case {case.number}: {case.status}, {risk}, {priority}, {worker}, since {at(case.received_at, zone)}"
    )


def _level(name: str, level: str | None, *, provisional: bool) -> str:
    if level is None:
        return f"no {name} yet"
    return f"{name} {level}{' (provisional)' if provisional else ''}"


def _instance(instance: InstanceFacts, zone: ZoneInfo, *, verbose: bool) -> None:
    ended = f", ended {at(instance.ended_at, zone)}" if instance.ended_at else ""
    times = f"started {at(instance.started_at, zone)}{ended}"
    title = f"{instance.title} v{instance.version}: {instance.status}, {times}"
    rows = []
    for step in instance.steps:
        rows.append(_step(step, zone))
        if verbose:
            rows += [("", "", "", "", f"  {line}") for line in instance.branches.get(step.step, ())]
        rows += [_step(part, zone) for part in step.parts]
    table(("#", "Step", "State", "When", "What came of it, and why"), rows, title)
    say(f"Instance {instance.id}")
    if instance.why:
        say(safe(f"{instance.status.capitalize()}: {instance.why}"))
    if verbose and instance.flow_runs:
        _flow_runs(instance.flow_runs, zone)


def _flow_runs(runs: Sequence[FlowRun], zone: ZoneInfo) -> None:
    rows = [(at(run.began_at, zone), ", ".join(map(str, run.steps)), run.link or run.id) for run in runs]
    table(("Since", "Steps that began", "Prefect flow run"), rows)


def _step(step: StepLine, zone: ZoneInfo) -> tuple[str, str, str, str, str]:
    number, title = (str(step.number), step.title) if not step.part else ("", f"  {step.named or step.part}")
    return number, title, step.mark, at(step.at, zone), step.words


def _messages(messages: Sequence[MessageFacts], zone: ZoneInfo, home: Path) -> None:
    if not messages:
        return
    rows = [
        (
            f"{each.channel} {each.template}",
            each.to.replace("_", " "),
            each.language,
            each.status,
            at(each.sent_at or each.created_at, zone),
            each.why_not or _place(each, home),
        )
        for each in messages
    ]
    table(("Message", "To", "In", "State", "When", "Where it lies, or why it was not sent"), rows, "Messages")
    say(f"Files lie in {home}")


def _place(message: MessageFacts, home: Path) -> str:
    if message.file is None:
        return message.provider or ""
    file = Path(message.file)
    return str(file.relative_to(home)) if file.is_relative_to(home) else str(file)


def _tasks(page: CaseView, zone: ZoneInfo) -> None:
    if not page.tasks:
        return
    rows = []
    for each in page.tasks:
        rows.append((each.id, each.title, each.holder, each.status, at(each.due_at, zone), each.reason or ""))
        rows += [("", "", "", "", "", f"  not used: {refusal}") for refusal in each.refusals]
    table(("Task", "What", "With", "State", "Due", "Why"), rows, "Tasks")


def _dated(title: str, facts: Sequence[DatedFacts], zone: ZoneInfo) -> None:
    if facts:
        rows = [(at(each.at, zone), each.what, each.who, each.status, each.reason or "") for each in facts]
        table(("When", "What", "With", "State", "Why"), rows, title)
