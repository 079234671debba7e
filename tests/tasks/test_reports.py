from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from casework_bench import OFFICE, added, consent, fire, give_case, header, publish, service, timers
from step_bench import Bench, faults

from models import (
    Case,
    CaseNote,
    CaseStatus,
    Client,
    Goal,
    GoalStatus,
    NoteKind,
    Outcome,
    Plan,
    PlanStatus,
    Priority,
    Referral,
    ReferralStatus,
    Report,
    ReportMember,
    ReportStatus,
    RiskLevel,
    TaskKind,
    TimerPurpose,
    Visit,
    VisitFrequency,
    VisitSchedule,
    VisitStatus,
)
from tasks.history import add_entry
from tasks.reports.summary import summarise
from tasks.reports.summary_text import as_markdown
from tasks.result import DefiniteFailure

ZONE = ZoneInfo(OFFICE)
INPUTS = header(client="Client", report="Report")
JOIN = """
- id: summary
  title: Generate monthly case summary
  do: generate_report
  report: monthly-summary
  once_per: [month, team]
"""
FREEZE = """
- id: summary
  title: Freeze the figures
  do: generate_report
  report: = inputs.report
"""


def start(bench: Bench, steps: str = JOIN, **fields: Any) -> Case:
    client = bench.client()
    bench.start(steps, header=INPUTS, client=client.id)
    return give_case(bench, client, **fields)


def the_report(bench: Bench) -> Report:
    found: list[Report] = sorted(bench.all(Report), key=lambda each: each.period_start)
    return found[0]


def test_the_first_case_of_a_month_asks_for_the_report_and_the_others_join_it(bench: Bench) -> None:
    first = start(bench)
    bench.run("summary")
    second = start(bench)
    bench.run("summary")
    (report,) = bench.all(Report)
    assert (report.report, report.team, report.status) == (
        "monthly-summary",
        "intake_team",
        ReportStatus.OPEN,
    )
    assert (report.period_start, report.period_end) == (date(2026, 3, 1), date(2026, 3, 31))
    assert [each.case_id for each in bench.all(ReportMember)] == [first.id, second.id]
    assert (bench.read("summary", "joined"), bench.read("summary", "cases")) == (True, 2)


def test_a_case_that_is_in_the_report_already_does_not_join_twice(bench: Bench) -> None:
    start(bench)
    bench.run("summary")
    bench.again("summary")
    bench.run("summary")
    assert len(bench.all(ReportMember)) == 1
    assert bench.read("summary", "joined") is False


def test_another_team_and_another_month_have_reports_of_their_own(bench: Bench) -> None:
    start(bench)
    bench.run("summary")
    start(bench, team="referral_team")
    bench.run("summary")
    bench.now = datetime(2026, 4, 1, 3, 30, tzinfo=UTC)  # still 31 March in New York
    start(bench)
    bench.run("summary")
    bench.now += timedelta(hours=1)
    start(bench)
    bench.run("summary")
    found = {(each.team, each.period_start.month) for each in bench.all(Report)}
    assert found == {("intake_team", 3), ("referral_team", 3), ("intake_team", 4)}
    assert len(bench.all(Report)) == 3


def test_when_the_next_month_s_work_begins_the_report_s_process_starts_and_the_next_is_asked_for(
    bench: Bench,
) -> None:
    start(bench)
    publish(bench, "monthly-summary")
    bench.run("summary")
    (timer,) = timers(bench, TimerPurpose.REPORT)
    assert timer.due_at.astimezone(ZONE).isoformat() == "2026-04-01T09:00:00-04:00"
    started: list[tuple[str, Mapping[str, Any], str]] = []
    fire(bench, timer, lambda *what: started.append(what))
    march, april = sorted(bench.all(Report), key=lambda each: each.period_start)
    assert started == [("monthly-summary", {"report": march.id}, f"report:{march.id}")]
    assert april.period_start == date(2026, 4, 1)
    (following,) = timers(bench, TimerPurpose.REPORT)
    assert following.due_at.astimezone(ZONE).isoformat() == "2026-05-01T09:00:00-04:00"


def test_a_first_of_the_month_without_work_waits_for_the_next_working_day(bench: Bench) -> None:
    bench.now = datetime(2026, 7, 6, 15, tzinfo=UTC)
    start(bench)
    bench.run("summary")
    (timer,) = timers(bench, TimerPurpose.REPORT)  # 1 August 2026 is a Saturday
    assert timer.due_at.astimezone(ZONE).date() == date(2026, 8, 3)


def test_a_team_without_open_cases_is_asked_for_no_further_report(bench: Bench) -> None:
    case = start(bench)
    publish(bench, "monthly-summary")
    bench.run("summary")
    case.status, case.closed_at = CaseStatus.CLOSED, bench.now
    fire(bench, timers(bench, TimerPurpose.REPORT)[0])
    assert len(bench.all(Report)) == 1


def test_a_report_whose_process_is_not_published_is_put_before_the_team(bench: Bench) -> None:
    start(bench)
    bench.run("summary")
    fire(bench, timers(bench, TimerPurpose.REPORT)[0])
    (task,) = bench.tasks()
    assert (task.kind, task.candidate_group, task.title) == (
        TaskKind.NOTICE,
        "intake_team",
        "Monthly summary of 2026-03 is due",
    )


def freeze(bench: Bench, report: Report) -> None:
    bench.start(FREEZE, header=INPUTS, report=report.id)
    bench.run("summary")


def test_a_frozen_report_is_final_and_covers_every_case_of_the_team(bench: Bench) -> None:
    joined = start(bench)
    bench.run("summary")
    older = give_case(bench, bench.client("Ben"), status=CaseStatus.ACTIVE, activated_on=date(2026, 1, 5))
    older.created_at = datetime(2026, 1, 5, 15, tzinfo=UTC)
    other_team = give_case(bench, bench.client("Cem"), team="referral_team")
    report = the_report(bench)
    bench.now = datetime(2026, 4, 1, 13, tzinfo=UTC)
    freeze(bench, report)
    assert (report.status, report.finalised_at) == (ReportStatus.FINAL, bench.now)
    assert report.body is not None
    assert report.body["cases"] == {joined.number: joined.id, older.number: older.id}
    assert other_team.number not in str(report.body)
    assert {each.case_id for each in bench.all(ReportMember)} == {joined.id, older.id}
    assert bench.read("summary", "cases") == 2


def test_a_final_report_does_not_change_any_more(bench: Bench) -> None:
    start(bench)
    bench.run("summary")
    report = the_report(bench)
    bench.now = datetime(2026, 4, 1, 13, tzinfo=UTC)
    freeze(bench, report)
    body, at = report.body, report.finalised_at
    give_case(bench, bench.client("Late"))
    bench.now += timedelta(days=1)
    freeze(bench, report)
    assert (report.body, report.finalised_at) == (body, at)


def test_a_report_is_not_frozen_before_its_month_is_over(bench: Bench) -> None:
    start(bench)
    bench.run("summary")
    with pytest.raises(DefiniteFailure, match="2026-03-31"):
        freeze(bench, the_report(bench))


def test_every_figure_names_the_cases_behind_it(bench: Bench) -> None:
    """Three cases in March: one active and at high risk, one just opened, one closed."""
    active, new, closed = _march(bench)
    body = summarise(bench.session, the_report(bench), datetime(2026, 4, 1, 13, tzinfo=UTC), ZONE)
    caseload = body["caseload"]
    assert caseload["open_at_end"] == {"count": 2, "cases": [active.number, new.number]}
    assert caseload["active_at_end"] == {"count": 1, "cases": [active.number]}
    assert caseload["opened"]["cases"] == [active.number, new.number]
    assert caseload["closed"] == {"count": 1, "cases": [closed.number]}
    assert caseload["by_risk_level"]["high"]["cases"] == [active.number]
    assert caseload["by_risk_level"]["not_assessed"]["cases"] == [new.number]
    assert body["goals"] == {
        "achieved": {"count": 1, "cases": [active.number]},
        "planned": {"count": 2, "cases": [active.number]},
    }
    assert body["outcomes"] == [
        {"case": active.number, "on": "2026-03-20", "need": "food-insecurity", "status": "achieved"}
    ]
    assert body["referrals"] == {"requested": {"count": 1, "cases": [active.number]}}
    assert body["visits"] == {
        "planned": {"count": 1, "cases": [active.number]},
        "done": {"count": 1, "cases": [active.number]},
    }
    assert [(each["case"], each["title"]) for each in body["changes"]] == [
        (active.number, "Risk level: high")
    ]


def test_what_is_missing_is_listed_case_by_case(bench: Bench) -> None:
    active, new, _closed = _march(bench)
    body = summarise(bench.session, the_report(bench), datetime(2026, 4, 1, 13, tzinfo=UTC), ZONE)
    assert body["missing"] == [
        {"case": active.number, "missing": ["priority_provisional"]},
        {
            "case": new.number,
            "missing": ["no_plan", "no_case_note", "risk_not_assessed", "priority_not_scored", "no_worker"],
        },
    ]


def test_what_came_after_the_month_is_not_in_its_report(bench: Bench) -> None:
    active, _new, _closed = _march(bench)
    later = give_case(bench, bench.client("Dan"))
    later.created_at = datetime(2026, 4, 2, 15, tzinfo=UTC)
    active.status, active.closed_at = CaseStatus.CLOSED, datetime(2026, 4, 1, 15, tzinfo=UTC)
    bench.session.flush()
    body = summarise(bench.session, the_report(bench), datetime(2026, 4, 3, 13, tzinfo=UTC), ZONE)
    assert later.number not in body["cases"]
    assert active.number in body["caseload"]["open_at_end"]["cases"]
    assert active.number not in body["caseload"]["closed"]["cases"]


def test_the_text_of_a_summary_has_its_figures_and_names_no_client(bench: Bench) -> None:
    active, new, _closed = _march(bench)
    text = as_markdown(
        summarise(bench.session, the_report(bench), datetime(2026, 4, 1, 13, tzinfo=UTC), ZONE)
    )
    assert text.startswith("# Monthly summary: intake team, 2026-03-01 to 2026-03-31\n")
    assert f"- Open at the end: 2 ({active.number}, {new.number})\n" in text
    assert f"- High: 1 ({active.number})\n" in text
    assert f"- {active.number}: the priority is provisional\n" in text
    assert "## Needs without a suitable service\n\nNone.\n" in text
    assert not any(name in text for name in ("Ana", "Ruiz", "Ben", "Cem"))


def _march(bench: Bench) -> tuple[Case, Case, Case]:
    worker = bench.staff("Will")
    active = start(
        bench,
        status=CaseStatus.ACTIVE,
        activated_on=date(2026, 3, 5),
        risk_level=RiskLevel.HIGH,
        risk_provisional=False,
        priority=Priority.LOW,
        worker_id=worker.id,
    )
    bench.run("summary")
    _work_on(bench, active, worker.id)
    new = give_case(bench, bench.client("Ben"))
    closed = give_case(
        bench,
        bench.client("Cem"),
        status=CaseStatus.CLOSED,
        closed_at=datetime(2026, 3, 9, 15, tzinfo=UTC),
        closed_reason="Moved",
    )
    closed.created_at = datetime(2026, 2, 2, 15, tzinfo=UTC)
    bench.session.flush()
    return active, new, closed


def _work_on(bench: Bench, case: Case, worker: str) -> None:
    now = bench.now
    plan = added(bench, Plan(case_id=case.id, status=PlanStatus.AGREED, agreed_on=now.date(), created_at=now))
    for status in (GoalStatus.ACHIEVED, GoalStatus.PLANNED, GoalStatus.PLANNED):
        goal = Goal(
            plan_id=plan.id,
            specific="Eat",
            indicator="meals",
            target="2",
            due_on=now.date(),
            need="food-insecurity",
            status=status,
            created_at=now,
        )
        added(bench, goal)
        if status is GoalStatus.ACHIEVED:
            outcome = Outcome(
                goal_id=goal.id, measured_on=date(2026, 3, 20), value="2", status=status, recorded_at=now
            )
            added(bench, outcome)
    add_entry(bench.session, case.id, "risk_changed", "Risk level: high", now=now, zone=ZONE, by=worker)
    note = {"kind": NoteKind.CONTACT, "title": "Call", "text": "Spoke", "written_by": worker}
    added(bench, CaseNote(case_id=case.id, happened_at=now, written_at=now, **note))
    client = bench.session.get_one(Client, case.client_id)
    referral = Referral(
        case_id=case.id,
        client_id=client.id,
        service_id=service(bench).id,
        category="food-insecurity",
        status=ReferralStatus.REQUESTED,
        consent_id=consent(bench, client).id,
        requested_at=now,
    )
    added(bench, referral)
    schedule = VisitSchedule(
        case_id=case.id,
        frequency=VisitFrequency.WEEK,
        day_rule="friday",
        time_zone=OFFICE,
        active_from=now.date(),
        dedupe_key="visits",
        created_at=now,
    )
    added(bench, schedule)
    for day, status in ((date(2026, 3, 6), VisitStatus.DONE), (date(2026, 3, 13), VisitStatus.PLANNED)):
        added(
            bench,
            Visit(schedule_id=schedule.id, case_id=case.id, local_date=day, starts_at=now, status=status),
        )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("report: monthly-summary", "report: monthly-sumary", "monthly-summary"),
        ("report: monthly-summary", "report: welfare-check", "can't be started for a report"),
        ("report: monthly-summary", "report: = inputs.client", "Report"),
        ("once_per: [month, team]", "once_per: [month]", "not available yet"),
    ],
)
def test_what_a_report_can_t_be_is_said_when_it_is_checked(old: str, new: str, said: str) -> None:
    (fault,) = faults(JOIN.replace(old, new), INPUTS)
    assert said in fault
