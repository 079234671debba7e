"""The plan of a case: what was agreed and came of it, its versions, writing a new one, printing it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from fastapi import Request
from fastapi.responses import Response
from sqlmodel import Session, col, select

from definitions.time.local_time import add_months
from models import Case, GoalStatus, InterventionStatus, Plan, Service, Staff
from tasks.history import Act, write_audit
from web.access.actions import Action
from web.api.problem import not_there
from web.pages.case.frame import CasePage, Looking, Tab, case_framed
from web.pages.frame import markup, page_at, styled
from web.reading.case.plan import NEEDS, Plans, PlanView, plans_of

FIELDS: Final = ("plan", "goals", "interventions", "outcomes")
WRITING: Final = Tab("plan", "Plan", "/plan", FIELDS, Action.WRITE_CASE)
PRINTING: Final = Tab("plan", "Plan", "/plan", FIELDS, Action.PRINT_CASE)

REVIEW_AFTER: Final = 3
"""Months after which a plan is looked at again, unless somebody says otherwise (domain.md, Case)."""

GOAL_TONES: Final = {
    "planned": "",
    "in_progress": "accent",
    "achieved": "good",
    "partly_achieved": "calm",
    "not_achieved": "warn",
    "withdrawn": "",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """The plans, and the version that is shown: None where there is none yet."""

    plans: Plans
    plan: PlanView | None


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen in the form of a plan."""

    needs: Mapping[str, str]
    staff: Mapping[str, str]
    services: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Draft:
    """The form of a new plan: the plan that it begins from, whether that is a proposal of somebody else, the
    state it was in, and what can be chosen.
    """

    plan: PlanView | None
    theirs: bool
    state: str
    codes: Mapping[str, str]
    choices: Choices
    review_on: date


@page_at("/cases/{case_id}/plan")
async def plan_page(request: Request, case_id: str) -> Response | None:
    """The plan that is agreed, else the one that is proposed; `version` names another one."""
    return await case_framed(request, case_id, "plan", _read, _show)


@page_at("/cases/{case_id}/plan/new")
async def new_plan_page(request: Request, case_id: str) -> Response | None:
    """The form of a plan, filled with the one that stands."""
    return await case_framed(request, case_id, WRITING, _read_draft, _show_form)


@page_at("/cases/{case_id}/plan/print")
async def print_page(request: Request, case_id: str) -> Response | None:
    """The plan on paper, with room for signatures. Who prints it is written down."""
    return await case_framed(request, case_id, PRINTING, _read_to_print, _show_print)


def _read(looking: Looking) -> Shown:
    plans = _plans(looking)
    version = looking.query.get("version")
    if not version:
        return Shown(plans, plans.current or plans.proposed)
    found = plans.of(version)
    if found is None:
        raise not_there()
    return Shown(plans, found)


def _read_to_print(looking: Looking) -> Shown:
    shown = _read(looking)
    if shown.plan is None:
        raise not_there()
    write_audit(
        looking.session,
        looking.visit.actor.staff_id,
        Act.PRINT,
        "Plan",
        shown.plan.id,
        looking.now,
        fields=FIELDS,
        case_id=looking.case.id,
    )
    return shown


def _read_draft(looking: Looking) -> Draft:
    plans, choices = _plans(looking), _choices(looking.session, looking.case, _needs(looking))
    today = looking.now.astimezone(looking.visit.web.zone).date()
    proposal = None if plans.proposed is None else looking.session.get_one(Plan, plans.proposed.id)
    return Draft(
        plan=plans.proposed or plans.current,
        theirs=proposal is not None and proposal.written_by != looking.visit.actor.staff_id,
        state=plans.state,
        codes={title: code for code, title in choices.needs.items()},
        choices=choices,
        review_on=add_months(today, REVIEW_AFTER),
    )


def _plans(looking: Looking) -> Plans:
    return plans_of(looking.session, looking.case, _needs(looking), looking.now, looking.visit.web.zone)


def _needs(looking: Looking) -> Mapping[str, str]:
    return looking.visit.web.runtime.catalogue.vocabulary.value_sets.get(NEEDS, {})


def _choices(session: Session, case: Case, needs: Mapping[str, str]) -> Choices:
    """Who can help: the staff, those of the case first, and the services of the directory."""
    staff = session.execute(
        select(Staff.id, Staff.name).where(col(Staff.active)).order_by(col(Staff.name))
    ).all()
    own = (case.worker_id, case.supervisor_id)
    services = session.execute(
        select(Service.id, Service.name, Service.organization)
        .where(col(Service.active))
        .order_by(col(Service.name))
        .limit(300)
    ).all()
    return Choices(
        needs=needs,
        staff={row[0]: row[1] for row in sorted(staff, key=lambda row: row[0] not in own)},
        services={row[0]: f"{row[1]}, {row[2]}" for row in services},
    )


def _show(page: CasePage[Shown]) -> None:
    styled(page.visit, "casework.css", "casework.js")
    markup("case_plan.html", **_words(page))


def _show_print(page: CasePage[Shown]) -> None:
    styled(page.visit, "casework.css", "casework.js")
    markup("case_plan_print.html", **_words(page))


def _show_form(page: CasePage[Draft]) -> None:
    styled(page.visit, "casework.css", "casework.js")
    tomorrow = page.words.today + timedelta(days=1)
    markup("case_plan_form.html", tomorrow=tomorrow, staff_id=page.visit.actor.staff_id, **page.values)


def _words(page: CasePage[Any]) -> dict[str, Any]:
    return {
        **page.values,
        "tones": GOAL_TONES,
        "goal_states": [each.value for each in GoalStatus],
        "help_states": [each.value for each in InterventionStatus],
        "next_review": add_months(page.words.today, REVIEW_AFTER),
    }
