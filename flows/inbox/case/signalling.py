"""A person's command to tell the processes of a case that something has happened."""

from collections.abc import Mapping
from datetime import datetime

from definitions.diagnostics import suggest
from definitions.vocabulary import Vocabulary
from flows.inbox.commands import command
from flows.inbox.desk import OPERATOR, InboxError, active_staff
from models import Case, Signal, Store, new_id
from tasks.encoding import EncodingError, encode_input
from tasks.signals.sending import Sent, send


class SignalError(InboxError):
    """There is no such signal or case, or its values do not fit. The message says which."""


@command
def send_signal(
    store: Store,
    vocabulary: Vocabulary,
    name: str,
    case_id: str,
    values: Mapping[str, object] | None = None,
    *,
    by: str | None,
    now: datetime,
    key: str | None = None,
) -> Signal:
    """Send a signal about a case, once per `key` in that case; without one each call sends another. Values
    are given as inputs are. Raises SignalError, and NotAllowedError for somebody who is not of the staff.
    """
    words = vocabulary.signals.get(name)
    if words is None:
        near = suggest(name, vocabulary.signals)
        meant = f"did you mean {near}?" if near else f"there are {', '.join(vocabulary.signals) or 'none'}"
        raise SignalError(f"there is no signal `{name[:60]}`; {meant}")
    given = values or {}
    unknown = sorted(given.keys() - words.carries.keys())
    if unknown:
        known = ", ".join(words.carries) or "nothing"
        raise SignalError(f"`{name}` carries {known}, and no {', '.join(unknown)}")
    with store.write("wake") as session:
        if session.get(Case, case_id) is None:
            raise SignalError(f"there is no case {case_id}")
        if by is not None:
            active_staff(session, by)
        try:
            carried = {
                each: encode_input(words.carries[each], value, session, each, what="value")
                for each, value in given.items()
            }
        except EncodingError as error:
            raise SignalError(str(error)) from error
        ident = new_id()
        sent = Sent(
            name=name,
            title=words.title,
            case_id=case_id,
            key=f"person:{case_id}:{name}:{key}" if key else f"person:{ident}",
            by=by or OPERATOR,
            zone=vocabulary.calendar().zone,
            carried=carried,
        )
        return send(session, sent, now, ident)
