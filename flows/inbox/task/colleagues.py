"""Colleagues who may be brought into a human task: whoever may see its case anyway, is here, and is not kept
from it.
"""

from datetime import datetime

from sqlalchemy import union_all
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from flows.inbox.desk import NotAllowedError
from models import Case, CaseConfidant, HumanTask, Staff, StaffGroup
from tasks.people.holders import knowing


def colleagues(session: Session, task: HumanTask, now: datetime) -> list[Staff]:
    """Those who may be given this task, or asked about it, by name: the team of the case and whoever works in
    it; of a sealed case those who are named. Who is away, excluded (four eyes), or knows the client is not
    among them.
    """
    case = None if task.case_id is None else session.get(Case, task.case_id)
    kept = {*task.excluded_ids, *(knowing(session, case.client_id) if case is not None else ())}
    query = select(Staff).where(col(Staff.active), col(Staff.id).in_(_tied(task, case)))
    found = session.exec(query.order_by(col(Staff.name), col(Staff.id)))
    return [each for each in found if each.id not in kept and each.is_available(now)]


def colleague(session: Session, task: HumanTask, staff_id: str, now: datetime) -> Staff:
    """One of them. NotAllowedError for anybody else, in words that say nothing about why."""
    found = next((each for each in colleagues(session, task, now) if each.id == staff_id), None)
    if found is None:
        raise NotAllowedError(
            "this person can't be brought into the task: choose one of those who are offered"
        )
    return found


def _tied(task: HumanTask, case: Case | None) -> SelectOfScalar[str]:
    if case is not None and case.sealed:
        return select(CaseConfidant.staff_id).where(CaseConfidant.case_id == case.id)
    groups = [each for each in (task.candidate_group, case.team if case else None) if each]
    people = [task.owner_id, *((case.worker_id, case.supervisor_id) if case else ())]
    ways = [
        select(StaffGroup.staff_id).where(col(StaffGroup.group).in_(groups)),
        select(Staff.id).where(col(Staff.id).in_([each for each in people if each])),
    ]
    if case is not None:
        ways.append(select(HumanTask.assignee_id).where(HumanTask.case_id == case.id))  # type: ignore[arg-type]  # a null matches nobody
    elif task.assignee_id is not None:
        mine = select(StaffGroup.group).where(StaffGroup.staff_id == task.assignee_id)
        ways.append(select(StaffGroup.staff_id).where(col(StaffGroup.group).in_(mine)))
    return select(union_all(*ways).subquery().c[0])
