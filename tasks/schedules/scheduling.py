"""`schedule_visits`: visits that come again and again until the case is closed."""

from datetime import date, time
from typing import Annotated, Any, Literal

from pydantic import Field

from definitions.arguments import ProcessName, Recipient, StepArguments, StepOutput
from definitions.catalogue import Look
from definitions.problems import MappingError
from definitions.time.calendars import WorkingCalendar
from definitions.time.recurrence_keys import from_mapping
from definitions.types import Date, Record, Struct, Type
from models import Case, MonthEndRule, Timer, TimerPurpose, Visit, VisitSchedule, related
from tasks.call import Call
from tasks.free_calls import step_call
from tasks.history import Act, Happening, audit, chronicle
from tasks.people.assignments import check_staff, who
from tasks.people.holders import case_of, resolve
from tasks.registry import step_kind
from tasks.result import StepError
from tasks.schedules.visits import FREQUENCIES, begin_visit, plan_next
from tasks.timers import FreeCall, on_free_timer

VISIT_INPUT = "visit"
"""The input under which the started process gets the visit."""


class ScheduleVisits(StepArguments):
    """`to:` who visits; `every:` week, 2 weeks, month, 3 months or 12 months, on which `day:`, at what
    `time:` (one hour after work begins); `starts:` the process that each visit starts, with the input
    `visit`.

    `month_end_rule:` says what becomes of a day that a short month lacks: `last_day`, `skip` or `next_day`.
    The visits of a case end when it is closed. Asked again for the same case, the step gives the schedule
    that runs.
    """

    to: Recipient
    every: str
    day: int | str
    month_end_rule: Literal["last_day", "skip", "next_day"] | None = None
    time: Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] | None = None
    starts: ProcessName


class ScheduleVisitsOutput(StepOutput):
    """The schedule, its next visit and that visit's day."""

    schedule: str
    first_visit: str
    next_date: date


def _outputs(arguments: ScheduleVisits, look: Look) -> Type:
    check_staff(arguments.to, look, ("to",))
    try:
        recurrence = from_mapping(_keys(arguments))
    except MappingError as error:
        for each in error.problems:
            near = each.problem.suggestion or ", ".join(each.problem.allowed)
            advice = each.problem.advice or (f"write {near}" if near else None)
            look.report(each.problem.code, each.problem.message, each.path, advice=advice)
    else:
        if (recurrence.every, recurrence.interval) not in FREQUENCIES:
            advice = "write week, 2 weeks, month, 3 months or 12 months"
            look.report(
                "CW207", f"visits every {arguments.every} are not available yet", ("every",), advice=advice
            )
    _check_process(arguments.starts, look)
    return Struct(
        (("schedule", Record("VisitSchedule")), ("first_visit", Record("Visit")), ("next_date", Date()))
    )


def _check_process(name: ProcessName, look: Look) -> None:
    signature = look.catalogue.processes.get(name)
    if signature is None:  # reported as an unknown reference
        return
    fits = signature.inputs.get(VISIT_INPUT) == Record("Visit") and signature.required <= {VISIT_INPUT}
    if not fits:
        advice = f"give it the input `{VISIT_INPUT}: {{type: Visit, title: Visit}}` and no other required one"
        look.report("CW408", f"`{name}` can't be started for a visit", ("starts",), advice=advice)


def _keys(arguments: ScheduleVisits) -> dict[str, Any]:
    keys: dict[str, Any] = {"every": arguments.every, "day": arguments.day}
    return keys | ({"month_end_rule": arguments.month_end_rule} if arguments.month_end_rule else {})


def _explain(arguments: ScheduleVisits) -> list[str]:
    day = str(arguments.day).replace("_", " ")
    return [
        f"Plans a visit every {arguments.every} on the {day} with {who(arguments.to)}.",
        "While nobody is there for it, it waits in the team's queue.",
        f"On the day of each visit {arguments.starts} is started and the next visit is planned.",
        "When the case is closed, the visits that are still planned are cancelled with that reason.",
    ]


@step_kind(
    "schedule_visits",
    number=1,
    summary="Plans recurring visits",
    arguments=ScheduleVisits,
    output=ScheduleVisitsOutput,
    ends=("never",),
    main="schedule",
    outputs=_outputs,
    explain=_explain,
)
def schedule_visits(call: Call, arguments: ScheduleVisits) -> ScheduleVisitsOutput:
    """Keep the schedule and plan its first visit."""
    case = case_of(call)
    if case is None:
        raise StepError("no_case", "visits belong to a case, and this process has none; open one first")
    key = ":".join(filter(None, (case.id, call.plan.process, call.step.id, call.run.iteration)))
    schedules = related(call.session, VisitSchedule, case_id=case.id)
    schedule = next((each for each in schedules if each.dedupe_key == key), None)
    known = schedule is not None
    if schedule is None:
        schedule = _schedule(call, arguments, case, key)
    today = call.now.astimezone(call.zone).date()
    visit = plan_next(call, schedule, arguments.to, today)
    if not known:
        _tell(call, schedule, visit)
    return ScheduleVisitsOutput(schedule=schedule.id, first_visit=visit.id, next_date=visit.local_date)


@on_free_timer(TimerPurpose.VISIT)
def visit_due(free: FreeCall, timer: Timer) -> None:
    """The day of a visit has come: begin it and plan the next one."""
    visit = free.session.get_one(Visit, timer.detail["visit"])
    schedule = free.session.get_one(VisitSchedule, visit.schedule_id)
    if schedule.instance_id is None:
        raise StepError("no_instance", "the schedule of a visit has lost the instance that made it")
    call = step_call(free, schedule.instance_id, schedule.step)
    if isinstance(call.step.arguments, ScheduleVisits):
        begin_visit(free, call, schedule, visit, call.step.arguments.to)


def _schedule(call: Call, arguments: ScheduleVisits, case: Case, key: str) -> VisitSchedule:
    recurrence = from_mapping(_keys(arguments))
    chosen = resolve(call, arguments.to, case)
    schedule = VisitSchedule(
        id=call.new_id(),
        case_id=case.id,
        instance_id=call.instance.id,
        step=call.step.id,
        worker_id=chosen.staff_id,
        team=chosen.group or case.team,
        frequency=FREQUENCIES[recurrence.every, recurrence.interval],
        day_rule=str(recurrence.day),
        month_end_rule=MonthEndRule(recurrence.month_end_rule.value),
        starts_process=arguments.starts,
        time_of_day=_time(arguments, call.calendar),
        time_zone=call.calendar.zone,
        active_from=call.now.astimezone(call.zone).date(),
        dedupe_key=key,
        created_at=call.now,
    )
    call.session.add(schedule)
    return schedule


def _time(arguments: ScheduleVisits, calendar: WorkingCalendar) -> time:
    """The time of the visits: as written, or one hour after work usually begins, if that is still work."""
    if arguments.time is not None:
        return time.fromisoformat(arguments.time)
    first = calendar.usual_hours[0]
    minute = first.start + 60 if first.start + 60 < first.end else first.start
    return time(minute // 60, minute % 60)


def _tell(call: Call, schedule: VisitSchedule, visit: Visit) -> None:
    title = f"Visits every {schedule.frequency.value}, the first on {visit.local_date}"
    detail = "" if visit.worker_id else f"Nobody is there for it yet; it waits with {visit.team}."
    chronicle(call, Happening.VISITS_SCHEDULED, title, detail, record=("VisitSchedule", schedule.id))
    audit(call, Act.CREATE, "VisitSchedule", schedule.id, ["frequency", "day_rule", "worker"])
