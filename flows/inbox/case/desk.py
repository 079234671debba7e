"""A case on somebody's desk: finding it for a command, and reading the words that a person wrote about it."""

from typing import Any, Final

from sqlalchemy import bindparam
from sqlmodel import Session, select

from flows.inbox.desk import InboxError, NotAllowedError
from models import Case, Staff
from tasks.people.answer_values import UnreadableError, read_text

_CASE: Final = (
    select(Case, select(Staff.active).where(Staff.id == bindparam("by")).scalar_subquery())
    .where(Case.id == bindparam("case"))
    .with_for_update(of=Case, key_share=True)
)
"""A case, locked, and whether a member of staff is active."""


class WordsError(InboxError):
    """What was written can't be kept as it is; the message names the field and repeats nothing of it."""


def case_for(session: Session, case_id: str, by: str | None, unknown: type[InboxError] = InboxError) -> Case:
    """The case, locked for this transaction, for an active member of the staff (None: the operator).
    `unknown` is raised where there is no such case.
    """
    found: Any = session.execute(_CASE, {"case": case_id, "by": by}).first()
    if found is None:
        raise unknown(f"there is no case {case_id}")
    case: Case = found[0]
    if by is not None and not found[1]:
        raise NotAllowedError(f"{by} is not an active member of the staff")
    return case


def one_line(name: str, text: str | None, longest: int = 200) -> str:
    """A text on one line, empty for none. WordsError names the field by `name`."""
    return " ".join(several_lines(name, text, longest).split())


def several_lines(name: str, text: str | None, longest: int = 20_000) -> str:
    """A text whose line breaks are kept, empty for none."""
    try:
        return "" if text is None else read_text(text, longest)
    except UnreadableError as error:
        raise WordsError(f"{name}: {error}") from None


def wanted(name: str, text: str, what: str) -> str:
    """The text, which must not be empty; `what` says what to write."""
    if not text:
        raise WordsError(f"{name} is empty; {what}")
    return text
