"""The figures of a monthly summary: caseload, changes, goals, outcomes, referrals, visits, and what is
missing.

Every figure names the cases behind it by number, so it can be opened; nothing in a summary names a person.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from models import (
    Case,
    CaseNote,
    CaseStatus,
    ChronologyEntry,
    Goal,
    Outcome,
    Plan,
    PlanStatus,
    Referral,
    ReferralStatus,
    Report,
    ReportMember,
    RiskLevel,
    Visit,
    VisitStatus,
)
from tasks.history import Happening

_CHANGES = (
    Happening.STATUS_CHANGED,
    Happening.CASE_REOPENED,
    Happening.RISK_CHANGED,
    Happening.PRIORITY_CHANGED,
    Happening.PLAN_AGREED,
)
NOT_ASSESSED = "not_assessed"

Figure = dict[str, Any]
"""`{"count": 3, "cases": ["2026-000001", ...]}`; one case may count several times."""


def summarise(session: Session, report: Report, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """The figures of a report as JSON, as the records say at `now`; days are those of `zone`.

    It covers the cases of the team that were open on any day of the period, and those that joined. For a
    month that is not over, the end is today. Nothing is written.
    """
    span = _Span(report.period_start, min(report.period_end, now.astimezone(zone).date()), zone)
    cases = _cases(session, report, span)
    rows = _Rows(session, cases, span)
    open_now = [case for case in cases if span.open_at_end(case)]
    return {
        "report": report.report,
        "team": report.team,
        "period": {"from": report.period_start.isoformat(), "to": report.period_end.isoformat()},
        "as_of": now.astimezone(zone).isoformat(timespec="minutes"),
        "cases": {case.number: case.id for case in cases},
        "caseload": _caseload(cases, open_now, span),
        "changes": rows.changes(),
        "goals": rows.goals(),
        "outcomes": rows.outcomes(),
        "referrals": rows.referrals(),
        "unmet_needs": rows.unmet_needs(),
        "visits": rows.visits(),
        "missing": [
            {"case": case.number, "missing": found} for case in open_now if (found := rows.missing(case))
        ],
    }


@dataclass(frozen=True, slots=True)
class _Span:
    """The days of a summary, both included."""

    start: date
    end: date
    zone: ZoneInfo

    def holds(self, day: date | datetime | None) -> bool:
        return day is not None and self.start <= self.local(day) <= self.end

    def local(self, day: date | datetime) -> date:
        return day.astimezone(self.zone).date() if isinstance(day, datetime) else day

    def open_at_end(self, case: Case) -> bool:
        return self._open_on(case, self.end)

    def touches(self, case: Case) -> bool:
        """Whether the case was open on any of the days."""
        return self._open_on(case, self.end) or self.holds(case.closed_at) or self.holds(case.reopened_at)

    def _open_on(self, case: Case, day: date) -> bool:
        if self.local(case.created_at) > day:
            return False
        if case.closed_at is None or self.local(case.closed_at) > day:
            return True
        back = case.reopened_at
        return back is not None and back >= case.closed_at and self.local(back) <= day


def _cases(session: Session, report: Report, span: _Span) -> list[Case]:
    joined = select(ReportMember.case_id).where(ReportMember.report_id == report.id)
    wanted = select(Case).where((col(Case.team) == report.team) | col(Case.id).in_(joined))
    members = set(session.exec(joined))
    found = session.exec(wanted.order_by(col(Case.number))).all()
    return [case for case in found if case.id in members or span.touches(case)]


def _caseload(cases: Sequence[Case], open_now: Sequence[Case], span: _Span) -> dict[str, Any]:
    on_hold = [case for case in open_now if case.status is CaseStatus.ON_HOLD]
    active = [
        case
        for case in open_now
        if case.activated_on is not None and case.activated_on <= span.end and case not in on_hold
    ]
    levels = [*reversed(RiskLevel), None]
    return {
        "open_at_end": _figure(open_now),
        "active_at_end": _figure(active),
        "on_hold_at_end": _figure(on_hold),
        "opened": _figure(case for case in cases if span.holds(case.created_at)),
        "reopened": _figure(case for case in cases if span.holds(case.reopened_at)),
        "closed": _figure(case for case in cases if span.holds(case.closed_at)),
        "by_risk_level": {
            NOT_ASSESSED if level is None else level.value: _figure(
                case for case in open_now if case.risk_level is level
            )
            for level in levels
        },
    }


class _Rows:
    """What happened to the cases within the span, read with one query per kind of record."""

    def __init__(self, session: Session, cases: Sequence[Case], span: _Span) -> None:
        self._session = session
        self._span = span
        self._numbers = {case.id: case.number for case in cases}
        self._plans = self._of(Plan)
        self._goals = self._goals_of([plan.id for plan in self._plans])
        self._noted = {note.case_id for note in self._of(CaseNote) if span.holds(note.happened_at)}
        self._entries = [
            entry
            for entry in sorted(self._of(ChronologyEntry), key=lambda each: (each.happened_on, each.id))
            if span.holds(entry.happened_on)
        ]

    def changes(self) -> list[dict[str, Any]]:
        """Changes of status, risk and priority, and agreed plans, in the order of their days."""
        return [
            {
                "case": self._numbers[entry.case_id],
                "on": entry.happened_on.isoformat(),
                "kind": entry.kind,
                "title": entry.title,
            }
            for entry in self._entries
            if entry.kind in _CHANGES
        ]

    def goals(self) -> dict[str, Any]:
        """The goals of the plans that stand, by status."""
        stand = {
            plan.id: plan.case_id
            for plan in self._plans
            if plan.status in (PlanStatus.AGREED, PlanStatus.COMPLETED)
        }
        return self._by(
            (goal.status.value, stand[goal.plan_id]) for goal in self._goals if goal.plan_id in stand
        )

    def outcomes(self) -> list[dict[str, Any]]:
        """What was measured for goals within the span."""
        goals = {goal.id: goal for goal in self._goals}
        case_of = {plan.id: plan.case_id for plan in self._plans}
        wanted = select(Outcome).where(col(Outcome.goal_id).in_(goals))
        found = self._session.exec(wanted.order_by(col(Outcome.measured_on), col(Outcome.id))).all()
        return [
            {
                "case": self._numbers[case_of[goals[each.goal_id].plan_id]],
                "on": each.measured_on.isoformat(),
                "need": goals[each.goal_id].need,
                "status": each.status.value,
            }
            for each in found
            if self._span.holds(each.measured_on)
        ]

    def referrals(self) -> dict[str, Any]:
        """Referrals requested within the span, or before and not ended before it, by status."""
        counted = [
            each
            for each in self._of(Referral)
            if self._span.local(each.requested_at) <= self._span.end
            and (each.ended_at is None or self._span.local(each.ended_at) >= self._span.start)
        ]
        order = {status.value: index for index, status in enumerate(ReferralStatus)}
        by_status = self._by((each.status.value, each.case_id) for each in counted)
        return dict(sorted(by_status.items(), key=lambda pair: order[pair[0]]))

    def unmet_needs(self) -> Figure:
        """Needs for which nobody found a service."""
        return self._figure(e.case_id for e in self._entries if e.kind == Happening.NEED_UNMET)

    def visits(self) -> dict[str, Any]:
        """The visits of the span by what became of them."""
        found = [visit for visit in self._of(Visit) if self._span.holds(visit.local_date)]
        order = {status.value: index for index, status in enumerate(VisitStatus)}
        by_status = self._by((visit.status.value, visit.case_id) for visit in found)
        return dict(sorted(by_status.items(), key=lambda pair: order[pair[0]]))

    def missing(self, case: Case) -> list[str]:
        """What should be on record for an open case and is not, as keys of
        `tasks.reports.summary_text.MISSING`.
        """
        agreed = {
            plan.id for plan in self._plans if plan.case_id == case.id and plan.status is PlanStatus.AGREED
        }
        checks = (
            ("no_plan", not agreed),
            ("no_goals", bool(agreed) and not any(goal.plan_id in agreed for goal in self._goals)),
            ("no_case_note", case.id not in self._noted),
            ("risk_not_assessed", case.risk_level is None),
            ("risk_provisional", case.risk_level is not None and case.risk_provisional),
            ("priority_not_scored", case.priority is None),
            ("priority_provisional", case.priority is not None and case.priority_provisional),
            ("no_worker", case.worker_id is None),
        )
        return [code for code, holds in checks if holds]

    def _of(self, table: Any) -> list[Any]:
        wanted = select(table).where(table.case_id.in_(self._numbers)).order_by(table.id)
        return list(self._session.exec(wanted))

    def _goals_of(self, plans: Sequence[str]) -> list[Goal]:
        wanted = select(Goal).where(col(Goal.plan_id).in_(plans)).order_by(col(Goal.id))
        return list(self._session.exec(wanted))

    def _by(self, pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
        groups: dict[str, list[str]] = {}
        for status, case_id in pairs:
            groups.setdefault(status, []).append(case_id)
        return {status: self._figure(cases) for status, cases in sorted(groups.items())}

    def _figure(self, case_ids: Iterable[str]) -> Figure:
        return _counted([self._numbers[case_id] for case_id in case_ids])


def _figure(cases: Iterable[Case]) -> Figure:
    return _counted([case.number for case in cases])


def _counted(numbers: Sequence[str]) -> Figure:
    return {"count": len(numbers), "cases": sorted(set(numbers))}


def cases_of(body: Mapping[str, Any]) -> Mapping[str, str]:
    """The cases behind a summary: id by number."""
    return dict(body["cases"])
