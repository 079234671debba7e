"""What every command about a case asks first, where something of the case is named besides."""

from datetime import datetime
from http import HTTPStatus
from typing import TypeVar

from models import Record
from tasks.people.answer_values import UnreadableError, read_moment
from web.access.actions import Action
from web.api.problem import ProblemError, not_there
from web.api.visiting import allowed_case
from web.visitor import Visit

R = TypeVar("R", bound=Record)


def writing(visit: Visit, case_id: str, action: Action = Action.WRITE_CASE) -> datetime:
    """Now, where the visitor may do this with the case; a problem otherwise."""
    now = visit.web.now()
    with visit.web.store.read() as session:
        allowed_case(session, visit.actor, action, case_id, now)
    return now


def writing_in(
    visit: Visit, case_id: str, table: type[R], ident: str, action: Action = Action.WRITE_CASE
) -> datetime:
    """`writing`, where the row with this id is of the case; otherwise there is no such thing."""
    now = visit.web.now()
    with visit.web.store.read() as session:
        allowed_case(session, visit.actor, action, case_id, now)
        row = session.get(table, ident)
        if row is None or getattr(row, "case_id", None) != case_id:
            raise not_there()
    return now


def moment(text: str, zone: str, item: str) -> datetime:
    """A moment as somebody typed it, by the office's clocks; a problem at `item` where it is none."""
    try:
        return read_moment(text, zone)
    except (UnreadableError, OverflowError) as error:
        errors = [{"item": item, "reason": str(error)}]
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), errors=errors) from None
