"""Setting a duplicate contact point aside, and taking that back.

The entry that is kept takes the stricter value of each safety field. What it said before is noted with the
merge, so that undoing it gives both entries back as they were, unless somebody has changed them since.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlmodel import Session, col, select

from models import AuditEvent, ContactPoint, Safety, StepRun
from tasks.duplicates.contact_matching import normal
from tasks.duplicates.safe_when import safe_when
from tasks.history import Act, write_audit
from tasks.result import TaskError

SAFETY_FIELDS: Final = (
    *("safe", "may_leave_message", "may_identify_organisation", "safe_times", "who_shares_device"),
    *("code_word", "confirmed_at", "expires_at", "opted_out_at", "erroneous_at", "bounced_at", "preferred"),
)
"""The fields of the kept entry that a merge may change."""

Values = dict[str, Any]


class UndoError(TaskError):
    """A merge can't be undone. The message says why."""


def keeper(contacts: Sequence[ContactPoint]) -> ContactPoint:
    """The one that is kept: one that is not known to be wrong, a preferred one, else the oldest."""
    return min(
        contacts,
        key=lambda each: (
            bool(each.erroneous_at or each.bounced_at),
            not each.preferred,
            each.created_at,
            each.id,
        ),
    )


def set_aside(kept: ContactPoint, others: Iterable[ContactPoint], now: datetime) -> list[dict[str, Any]]:
    """Set the others aside for the kept one, which takes the stricter safety values.

    Returns one note per entry, as JSON: `contact`, `kept`, and `original`, what the kept one said before.
    """
    original = safety_of(kept)
    put_away = [each for each in others if each.id != kept.id and each.set_aside_at is None]
    _apply(kept, stricter(original, [_said(original, kept, each) for each in put_away]))
    for each in put_away:
        each.set_aside_at, each.set_aside_for = now, kept.id
    noted = _json(original)
    return [{"contact": each.id, "kept": kept.id, "original": noted} for each in put_away]


def undo_set_aside(session: Session, contact_id: str, *, by: str, now: datetime) -> ContactPoint:
    """Give a duplicate that was set aside back; returns it. The kept entry is as strict as it was before and
    as the entries still set aside for it ask.

    `by` is a staff id. A safety field that somebody has changed since stays. Raises UndoError for an entry
    that is not set aside, or whose kept entry was set aside later: that is undone first.
    """
    contact = session.get(ContactPoint, contact_id)
    if contact is None or contact.set_aside_at is None or contact.set_aside_for is None:
        raise UndoError("this contact is not set aside; there is nothing to undo")
    kept = session.get_one(ContactPoint, contact.set_aside_for)
    if kept.set_aside_at is not None:
        raise UndoError("the entry that was kept was set aside later; undo that first")
    case_id, original = _noted(session, contact_id)
    merged = _merged_into(session, kept)
    before = stricter(original, [_said(original, kept, each) for each in merged])
    after = stricter(original, [_said(original, kept, each) for each in merged if each.id != contact_id])
    current = safety_of(kept)
    _apply(kept, {name: after[name] for name in SAFETY_FIELDS if current[name] == before[name]})
    contact.set_aside_at = contact.set_aside_for = None
    session.add_all([contact, kept])
    for entry, action in ((contact, Act.RESTORE), (kept, Act.UPDATE)):
        _audit(session, entry, action, by, now, case_id)
    return contact


def stricter(own: Values, others: Iterable[Values]) -> Values:
    """The safety values that hold for all of these entries: no before unknown before yes, at times that all
    of them say; may only if all may; STOP stays. An address that is known to be wrong stays so, unless an
    entry was confirmed later.
    """
    every = [own, *others]
    opted_out = [each["opted_out_at"] for each in every if each["opted_out_at"] is not None]
    safe, safe_times = safe_when([(each["safe"], each["safe_times"]) for each in every])
    return {
        "safe": safe,
        "may_leave_message": all(each["may_leave_message"] for each in every),
        "may_identify_organisation": all(each["may_identify_organisation"] for each in every),
        "safe_times": safe_times,
        "who_shares_device": _joined(every),
        "code_word": _first(every, "code_word"),
        "confirmed_at": _confirmed(every),
        "expires_at": _earliest(every, "expires_at"),
        "opted_out_at": min(opted_out, default=None),
        "erroneous_at": _still_wrong(every, "erroneous_at"),
        "bounced_at": _still_wrong(every, "bounced_at"),
        "preferred": any(each["preferred"] for each in every),
    }


def safety_of(contact: ContactPoint) -> Values:
    """The safety fields of an entry."""
    return {name: getattr(contact, name) for name in SAFETY_FIELDS}


def _said(original: Values, kept: ContactPoint, other: ContactPoint) -> Values:
    """The safety fields of an entry as they concern the kept one. What is known of another spelling (that it
    is wrong, when it was confirmed) says nothing of this one.
    """
    values = safety_of(other)
    if normal(kept) == normal(other):
        return values
    own = {"confirmed_at": original["confirmed_at"], "expires_at": original["expires_at"]}
    return {**values, **own, "erroneous_at": None, "bounced_at": None}


def _apply(contact: ContactPoint, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if getattr(contact, name) != value:
            setattr(contact, name, value)


def _first(every: Iterable[Values], name: str) -> Any:
    return next((each[name] for each in every if each[name]), None)


def _joined(every: Iterable[Values]) -> str | None:
    said = dict.fromkeys(each["who_shares_device"].strip() for each in every if each["who_shares_device"])
    return "; ".join(said) or None


def _earliest(every: Iterable[Values], name: str) -> datetime | None:
    return min((each[name] for each in every if each[name] is not None), default=None)


def _confirmed(every: Iterable[Values]) -> datetime | None:
    """The oldest confirmation; none where one of the entries was never confirmed."""
    moments = [each["confirmed_at"] for each in every]
    return None if None in moments else min(moments)


def _still_wrong(every: Iterable[Values], name: str) -> datetime | None:
    every = list(every)
    wrong = _earliest(every, name)
    if wrong is None:
        return None
    confirmed = [
        each["confirmed_at"] for each in every if each["confirmed_at"] is not None and each[name] is None
    ]
    return None if any(moment > wrong for moment in confirmed) else wrong


def _merged_into(session: Session, kept: ContactPoint) -> list[ContactPoint]:
    wanted = select(ContactPoint).where(ContactPoint.set_aside_for == kept.id)
    return list(session.exec(wanted.order_by(col(ContactPoint.set_aside_at), col(ContactPoint.id))))


def _noted(session: Session, contact_id: str) -> tuple[str | None, Values]:
    """The case, and what the kept entry said before, from the outputs of the step that merged them."""
    wanted = (
        select(AuditEvent)
        .where(
            AuditEvent.record == "ContactPoint",
            AuditEvent.record_id == contact_id,
            AuditEvent.action == Act.SET_ASIDE.value,
        )
        .order_by(col(AuditEvent.at).desc(), col(AuditEvent.id).desc())
    )
    event = session.exec(wanted).first()
    runs = select(StepRun).where(StepRun.instance_id == (event.instance_id if event is not None else ""))
    for run in session.exec(runs.order_by(col(StepRun.started_at).desc())):
        for merge in run.outputs.get("merges") or ():
            if merge["contact"] == contact_id:
                return (None if event is None else event.case_id), _values(merge["original"])
    raise UndoError("how this contact was set aside is not on record; enter it anew instead")


def _json(values: Values) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()
    }


def _values(noted: Mapping[str, Any]) -> Values:
    values = dict(noted)
    for name, value in noted.items():
        if name.endswith("_at") and value is not None:
            values[name] = datetime.fromisoformat(value).astimezone(UTC)
    values["safe"] = Safety(values["safe"])
    return values


def _audit(
    session: Session, contact: ContactPoint, action: Act, by: str, now: datetime, case_id: str | None
) -> None:
    fields = ["set_aside_at", "set_aside_for"] if action is Act.RESTORE else list(SAFETY_FIELDS)
    write_audit(session, by, action, "ContactPoint", contact.id, now, fields=fields, case_id=case_id)
