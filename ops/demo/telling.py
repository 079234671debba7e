"""The demo's outcome as text for a terminal, and as data for programs."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from flows.viewing.step_lines import StepLine
from ops.demo.next_steps import NextStep
from ops.demo.playing import DATA, Play
from ops.demo.story import CaseStory, MessageLine, TaskLine
from ops.pages.terminal import at, say, table


def as_data(played: Play, steps: Sequence[NextStep], seconds: float) -> dict[str, Any]:
    """Everything that `tell` says, for `--json`. Times are UTC."""
    return {
        "home": str(played.home),
        "data": str(played.home / DATA),
        "now": played.now,
        "seconds": round(seconds, 1),
        "again": played.again,
        "started": played.started,
        "imported": dict(played.imported.made),
        "processes": [
            {"process": each.plan.process, "version": each.version.number, "hash": each.plan.hash}
            for each in played.published
        ],
        **asdict(played.story),
        "not_sent": [asdict(each) for each in not_sent(played)],
        "handed_over": [asdict(each) for each in played.story.handed_over],
        "reports": [asdict(each) for each in played.reports],
        "prefect": _prefect_data(played),
        "promises": [asdict(each) for each in played.invariants],
        "next": [asdict(each) for each in steps],
    }


def _prefect_data(played: Play) -> dict[str, Any] | None:
    runs = played.runs
    if runs is None:
        return None
    return {
        "home": str(played.home / "prefect"),
        "flows": runs.flows,
        "flow_runs": runs.flow_runs,
        "task_runs": runs.task_runs,
    }


def not_sent(played: Play) -> tuple[MessageLine | TaskLine, ...]:
    """Messages that were stopped or refused, and those that were not even written because nobody safe was
    found: the steps that people took over.
    """
    stopped = [each for each in played.story.messages if not each.was_sent and each.status != "queued"]
    unwritten = [each for each in played.story.handed_over if each.sending]
    return (*stopped, *unwritten)


def tell(played: Play, steps: Sequence[NextStep], seconds: float) -> None:
    """Write it all for a person."""
    say(_opening(played))
    for case in played.story.cases:
        _tell_case(played, case)
    _tell_messages(played)
    _tell_not_sent(played)
    _tell_tasks(played)
    _tell_dates(played)
    _tell_reports(played)
    _tell_prefect(played)
    _tell_overview(played)
    _tell_promises(played, seconds)
    say("Next")
    for step in steps:
        say(f"  {step.command}\n      {step.why}")


def _opening(played: Play) -> str:
    what = (
        "All of the demo was there already: nothing was started or sent again."
        if played.again
        else f"{played.started} intakes were started for synthetic people; what happened to each:"
    )
    return f"\n{what}\nAll files lie in {played.home}; times are those of {played.zone.key}.\n"


def _tell_case(played: Play, case: CaseStory) -> None:
    rows = [row for step in case.steps for row in _step_rows(played, step)]
    levels = [
        f"{name} {level}" for name, level in (("risk", case.risk), ("priority", case.priority)) if level
    ]
    facts = ", ".join(filter(None, (case.case_status, *levels)))
    title = f"{case.about}\nCase {case.case} of {case.name} ({case.client}): {facts}"
    table(("#", "Step", "State", "When", "What came of it, and why"), rows, title)


def _step_rows(played: Play, step: StepLine) -> list[tuple[str, ...]]:
    row = (str(step.number), step.title, step.mark, _when(played, step.at), step.words)
    return [row, *(("", f"  {part.part}", *_step_rows(played, part)[0][2:]) for part in step.parts)]


def _when(played: Play, moment: datetime | None) -> str:
    """The time alone for today, with its date otherwise."""
    if moment is None or moment.astimezone(played.zone).date() != played.now.astimezone(played.zone).date():
        return at(moment, played.zone)
    return f"{moment.astimezone(played.zone):%H:%M:%S}"


def _tell_messages(played: Play) -> None:
    """Lines, not a table: a path that is broken over lines can't be copied."""
    sent = [each for each in played.story.messages if each.was_sent]
    say("E-mails and text messages to people outside\n")
    for each in sent:
        if not each.to_staff:
            what = f"{each.template.replace('_', ' ')} by {each.channel} to the {each.to}"
            say(f"  {each.case}  {what}, in {each.language}: {each.status}\n      {each.file}")
    notices = sum(each.to_staff for each in sent)
    say(f"\n  {notices} notices to staff lie in the same folder.\n")


def _tell_not_sent(played: Play) -> None:
    rows = []
    for each in not_sent(played):
        if isinstance(each, TaskLine):
            why = "; ".join((each.why, *each.refusals))
            rows.append((str(each.case), each.title, why, f"{each.holder} ({each.status})"))
        else:
            rows.append(
                (str(each.case), f"{each.channel} {each.template} to {each.to}", each.why, each.status)
            )
    table(("Case", "What", "Why not", "Who has it, or state"), rows, "Not sent, and why")


def _tell_tasks(played: Play) -> None:
    rows = [
        (str(each.case), each.kind, each.title, each.holder, each.priority, at(each.due_at, played.zone))
        for each in played.story.tasks
        if each.is_open
    ]
    table(("Case", "Kind", "Task", "With", "Priority", "Due"), rows, "What people have to do now")


def _tell_dates(played: Play) -> None:
    booked = [
        (str(each.case), "assessment", at(each.starts_at, played.zone), each.worker, each.place)
        for each in played.story.appointments
    ]
    visits = [
        (
            str(each.case),
            "welfare visit",
            at(each.starts_at, played.zone),
            each.worker,
            f"starts {each.starts}",
        )
        for each in played.story.visits
    ]
    table(("Case", "What", "When", "With", "Where, or what it starts"), [*booked, *visits], "Booked")


def _tell_reports(played: Play) -> None:
    say("Reports\n")
    for each in played.reports:
        facts = f"{each.status}, {each.cases} cases"
        say(f"  {each.report} of {each.team}, {each.month:%Y-%m} ({facts})\n      {each.file}\n")


def _tell_prefect(played: Play) -> None:
    runs = played.runs
    if runs is None:
        return
    rows = [
        (name, state, str(count)) for name, states in runs.flows.items() for state, count in states.items()
    ]
    table(("Flow", "State", "Flow runs"), rows, "What Prefect shows")
    say(f"  {runs.task_runs} Prefect task runs, each for all cases that were ready there. A flow run ends")
    say("  in `Failed` when a step needs somebody's decision (an incident); the case keeps its place.\n")


def _tell_overview(played: Play) -> None:
    rows = [(str(case.case), case.about, _standing(case)) for case in played.story.cases]
    table(("Case", "Scenario", "Where it stands"), rows, "All cases")


def _standing(case: CaseStory) -> str:
    if case.status == "completed":
        return "done"
    waits = [f"{step.number} {step.title}" for step in case.waiting_at]
    return f"{'INCIDENT, ' if case.status == 'incident' else ''}waits at {', '.join(waits)}"


def _tell_promises(played: Play, seconds: float) -> None:
    rows = [("holds" if each.holds else "BROKEN", each.promise, each.found) for each in played.invariants]
    table(("", "Promise", "Judged by"), rows, f"What was promised, checked after {seconds:.0f} seconds")
