"""What `If-Match` has to name, for each thing that is read with an ETag, a `revision` or a `state`.

Each locks what the command will lock first, in the same order: the task, or the case and then what is of it.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from sqlmodel import Session, col, select

from flows.inbox.case.guarding import state_of_seal
from flows.inbox.case.plan_state import state_of_plans
from flows.inbox.people.means import state_of_consent, state_of_income
from flows.inbox.people.surrounding import state_of, state_of_member
from models import (
    Account,
    Case,
    CaseNote,
    Consent,
    ContactPoint,
    Hook,
    HouseholdMember,
    HumanTask,
    Income,
    Involvement,
    Plan,
    ProcessProposal,
    Record,
    related,
)
from web.api.as_read import Stands
from web.hooks.commands import revision_of

R = TypeVar("R", bound=Record)


def _revision(table: Any, name: str) -> Stands:
    """The `revision` of the row that a part of the address names."""

    def stands(session: Session, address: Mapping[str, str]) -> str | None:
        query = select(table.revision).where(col(table.id) == address[name])
        found = session.exec(query.with_for_update(key_share=True)).first()
        return None if found is None else str(found)

    return stands


def _word(table: type[R], name: str, said: Callable[[R], str]) -> Stands:
    """What is said of the row that a part of the address names."""

    def stands(session: Session, address: Mapping[str, str]) -> str | None:
        row = session.get(table, address[name])
        return None if row is None else said(row)

    return stands


def _in_case(stands: Stands) -> Stands:
    """The same, after the case is locked, as commands about what belongs to a case do."""

    def in_case(session: Session, address: Mapping[str, str]) -> str | None:
        case = select(Case.id).where(Case.id == address["case_id"])
        session.exec(case.with_for_update(key_share=True)).first()
        return stands(session, address)

    return in_case


def _plans(session: Session, address: Mapping[str, str]) -> str | None:
    return state_of_plans(session, related(session, Plan, case_id=address["case_id"]))


def _seal(session: Session, address: Mapping[str, str]) -> str | None:
    case = session.get(Case, address["case_id"])
    return None if case is None else state_of_seal(session, case)


def _hook(session: Session, address: Mapping[str, str]) -> str | None:
    query = select(Hook).where(Hook.id == address["hook_id"], col(Hook.removed_at).is_(None))
    hook = session.exec(query.with_for_update()).first()
    return None if hook is None else revision_of(hook)


TASK: Final = _revision(HumanTask, "task_id")
NOTE: Final = _in_case(_revision(CaseNote, "note_id"))
REACH: Final = _in_case(_revision(ContactPoint, "point_id"))
PART: Final = _in_case(_word(Involvement, "part_id", state_of))
MEMBER: Final = _in_case(_word(HouseholdMember, "member_id", state_of_member))
INCOME: Final = _in_case(_word(Income, "income_id", state_of_income))
CONSENT: Final = _in_case(_word(Consent, "consent_id", state_of_consent))
PLANS: Final = _in_case(_plans)
SEAL: Final = _in_case(_seal)
PROPOSAL: Final = _revision(ProcessProposal, "proposal_id")
ACCOUNT: Final = _revision(Account, "account_id")
HOOK: Final[Stands] = _hook
