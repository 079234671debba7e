"""What somebody may do and where, as one word, by which an administrator says which state they have read."""

from sqlmodel import Session, col, select

from flows.inbox import ChangedError
from flows.inbox.read_state import as_word
from models import Account, AccountRole, Staff, StaffGroup


def state_of_standing(session: Session, staff: Staff) -> str:
    """The roles of somebody's account, their teams and who answers for them, as one word that is another with
    every change.
    """
    account = select(Account.id).where(Account.staff_id == staff.id).scalar_subquery()
    roles = session.exec(select(AccountRole.role).where(col(AccountRole.account_id) == account)).all()
    groups = session.exec(
        select(StaffGroup.group, StaffGroup.role).where(StaffGroup.staff_id == staff.id)
    ).all()
    places = sorted(f"{group}: {role}" for group, role in groups)
    return as_word((*sorted(roles), *places, staff.supervisor_id or ""))


def refuse_changed(session: Session, staff: Staff, state: str | None) -> None:
    """ChangedError when somebody's roles, teams or supervisor are not as they were at `state` any more; None
    is any.
    """
    if state is not None and state != state_of_standing(session, staff):
        raise ChangedError(
            "somebody else has changed this person's roles or teams since you read them; open the page again"
        )
