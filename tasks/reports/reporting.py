"""`generate_report`: one report per team and month, which every case joins and a process of its own ends."""

from datetime import date, timedelta
from typing import Annotated, Final, Literal

from pydantic import Field
from sqlmodel import col, select

from definitions.arguments import CheckedByKind, StepArguments, StepOutput, Value
from definitions.catalogue import Look
from definitions.types import Condition, Number, Record, Struct, Type
from models import CASE_OPEN, Case, HumanTask, Report, ReportStatus, TaskKind, Timer, TimerPurpose
from tasks.call import Call
from tasks.control import is_published
from tasks.free_calls import step_call
from tasks.history import Act, Happening, audit, chronicle
from tasks.people.holders import case_of
from tasks.people.human_tasks import note
from tasks.records.record_view import LiveRecord
from tasks.registry import step_kind
from tasks.reports.report_rows import Wanted, ensure_report, join, members_of, size_of
from tasks.reports.summary import cases_of, summarise
from tasks.result import DefiniteFailure, StepError
from tasks.timers import FreeCall, on_free_timer

REPORT_INPUT: Final = "report"
"""The input under which the process of a report gets the report."""


def _month_and_team() -> list[Literal["month", "team"]]:
    return ["month", "team"]


class GenerateReport(StepArguments):
    """`report:` the name of a process, or `= inputs.report`.

    With a name, the case joins its team's report of this month. The first case of the month asks for it; when
    the next month's work begins, the process of that name is started with the report.

    With a report, its figures are frozen: it is final and does not change any more.
    """

    report: Annotated[Value, CheckedByKind()]
    once_per: list[Literal["month", "team"]] = Field(default_factory=_month_and_team)


class GenerateReportOutput(StepOutput):
    """The report; whether the case joined it now; how many cases are in it, and how many lack something.

    `incomplete` is known once the report is final.
    """

    report: str
    joined: bool
    cases: int
    incomplete: int | None


def _outputs(arguments: GenerateReport, look: Look) -> Type:
    if set(arguments.once_per) != {"month", "team"}:
        advice = "write `once_per: [month, team]`"
        look.report(
            "CW207", "a report for another period or group is not available yet", ("once_per",), advice=advice
        )
    if arguments.report.expression is not None:
        look.value(arguments.report, ("report",), wants=Record("Report"))
    else:
        _check_process(str(arguments.report.literal), look)
    return Struct(
        (
            ("report", Record("Report")),
            ("joined", Condition()),
            ("cases", Number()),
            ("incomplete", Number()),
        )
    )


def _check_process(name: str, look: Look) -> None:
    processes = look.catalogue.processes
    if not look.choose(name, tuple(processes), ("report",), "a process"):
        return
    signature = processes[name]
    fits = signature.inputs.get(REPORT_INPUT) == Record("Report") and signature.required <= {REPORT_INPUT}
    if not fits:
        advice = (
            f"give it the input `{REPORT_INPUT}: {{type: Report, title: Report}}` and no other required one"
        )
        look.report("CW408", f"`{name}` can't be started for a report", ("report",), advice=advice)


def _explain(arguments: GenerateReport) -> list[str]:
    if arguments.report.expression is not None:
        return ["Freezes the figures of the report: caseload, changes, goals, outcomes, and what is missing."]
    return [
        f"The case joins its team's {arguments.report.literal} of this month; the first case asks for it.",
        f"When the next month's work begins, {arguments.report.literal} is started with it.",
    ]


@step_kind(
    "generate_report",
    number=1,
    summary="Joins or ends a report",
    arguments=GenerateReport,
    output=GenerateReportOutput,
    keys=("otherwise",),
    main="report",
    outputs=_outputs,
    explain=_explain,
)
def generate_report(call: Call, arguments: GenerateReport) -> GenerateReportOutput:
    """Join the report of the month, or freeze the one given."""
    if arguments.report.expression is not None:
        return _freeze(call, arguments)
    case = case_of(call)
    if case is None:
        raise StepError("no_case", "a case joins the report, and this process has none; open one first")
    wanted = Wanted(
        report=str(arguments.report.literal),
        team=case.team or call.plan.owner,
        day=call.now.astimezone(call.zone).date(),
        instance_id=call.instance.id,
        step=call.step.id,
    )
    report = ensure_report(call.session, wanted, call.calendar, call.now, call.new_id)
    joined = join(call.session, report, case.id, call.now)
    if joined:
        title = f"Joined the {wanted.report.replace('-', ' ')} of {report.period_start:%Y-%m}"
        chronicle(call, Happening.REPORT_JOINED, title, significant=False, record=("Report", report.id))
    count = size_of(call.session, report)
    return GenerateReportOutput(report=report.id, joined=joined, cases=count, incomplete=None)


def _freeze(call: Call, arguments: GenerateReport) -> GenerateReportOutput:
    value = call.value(arguments.report)
    report = value.row if isinstance(value, LiveRecord) else None
    if not isinstance(report, Report):
        raise StepError("no_record", "the report that should be frozen does not exist")
    if report.status is not ReportStatus.FINAL:
        if call.now.astimezone(call.zone).date() <= report.period_end:
            raise DefiniteFailure("period_not_over", f"the report's period ends on {report.period_end}")
        _finalise(call, report)
    body = report.body or {}
    return GenerateReportOutput(
        report=report.id, joined=False, cases=len(cases_of(body)), incomplete=len(body["missing"])
    )


def _finalise(call: Call, report: Report) -> None:
    body = summarise(call.session, report, call.now, call.zone)
    for case_id in cases_of(body).values():
        join(call.session, report, case_id, call.now)
    lacking = {cases_of(body)[each["case"]]: each["missing"] for each in body["missing"]}
    for member in members_of(call.session, report):
        member.missing = lacking.get(member.case_id, [])
        call.session.add(member)
    report.body, report.status, report.finalised_at = body, ReportStatus.FINAL, call.now
    call.session.add(report)
    audit(call, Act.READ, "Case", None, ["status", "risk_level", "priority", "plan", "referrals", "visits"])
    audit(call, Act.UPDATE, "Report", report.id, ["body", "status"])


@on_free_timer(TimerPurpose.REPORT)
def report_due(free: FreeCall, timer: Timer) -> None:
    """The month of a report is over: start its process, and ask for the next report while there is work."""
    report = free.session.get_one(Report, timer.detail["report"])
    process = str(timer.detail["process"])
    call = step_call(free, timer.detail["instance"], timer.detail["step"])
    if report.status is ReportStatus.OPEN:
        if is_published(free.session, process):
            free.start(process, {REPORT_INPUT: report.id}, f"report:{report.id}")
        else:
            _ask_by_hand(free, report, process)
    open_cases = select(Case.id).where(Case.team == report.team, col(Case.status).in_(CASE_OPEN))
    if free.session.exec(open_cases.limit(1)).first() is not None:
        following = Wanted(process, report.team, _month_after(report), call.instance.id, call.step.id)
        ensure_report(free.session, following, call.calendar, free.now, free.new_id)


def _month_after(report: Report) -> date:
    return report.period_end + timedelta(days=1)


def _ask_by_hand(free: FreeCall, report: Report, process: str) -> None:
    """The report must not be forgotten because its process is not published: the team is told."""
    task = HumanTask(
        id=free.new_id(),
        kind=TaskKind.NOTICE,
        title=f"{process.replace('-', ' ').capitalize()} of {report.period_start:%Y-%m} is due",
        description=f"The process `{process}` is not published; publish it and run it with this report.",
        candidate_group=report.team,
        created_at=free.now,
        details={"report": report.id},
    )
    free.session.add(task)
    free.session.flush()
    note(free.session, task, "created", free.now)
