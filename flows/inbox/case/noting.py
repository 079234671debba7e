"""Commands about case notes: write one, change a draft, sign it, throw a draft away. Each is one transaction.

A note is a draft of whoever wrote it until they sign it. A signed note is never changed: a correction is
another note that amends it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from flows.inbox.case.desk import WordsError, case_for, one_line, several_lines, wanted
from flows.inbox.commands import command
from flows.inbox.desk import ChangedError, ConflictError, InboxError, NotAllowedError
from flows.waking.wakes import wake_watchers
from models import CaseNote, ChronologyEntry, NoteKind, Store
from tasks.history import Act, Happening, add_entry, write_audit

TOLERANCE: Final = timedelta(minutes=5)
"""How far ahead of ours the clock of whoever writes may be."""

EARLIEST: Final = timedelta(days=130 * 366)
"""How far back something may have happened: a life."""

KINDS: Final = {
    NoteKind.CONTACT: "Contact",
    NoteKind.VISIT: "Visit",
    NoteKind.SUPERVISION: "Supervision",
    NoteKind.CONFERENCE: "Conference",
    NoteKind.CORRESPONDENCE: "Correspondence",
    NoteKind.MANAGEMENT_DECISION: "Management decision",
    NoteKind.OTHER: "Note",
}
"""What an entry of the chronology calls a note of each kind."""


class SignedError(ConflictError):
    """The note is signed and locked; another note corrects it."""


@dataclass(frozen=True, slots=True)
class Writing:
    """What somebody writes: `happened_at` is when it happened, aware. `with_client`: the client was seen or
    spoken to. `third_party`: it holds what `source` has told in confidence. `amends` is the id of a signed
    note that this one corrects.
    """

    kind: NoteKind
    title: str
    text: str
    happened_at: datetime
    with_client: bool = False
    significant: bool = False
    third_party: bool = False
    source: str | None = None
    amends: str | None = None


@command
def write_note(
    store: Store,
    case_id: str,
    writing: Writing,
    *,
    by: str,
    now: datetime,
    zone: ZoneInfo,
    sign: bool = False,
    key: str | None = None,
) -> CaseNote:
    """Write a note; with `sign` it is signed at once. The same `key` of the same person in the same case
    gives the first one. WordsError for what can't be kept, InboxError for a correction of what is no signed
    note of the case.
    """
    with store.write("wake") as session:
        case_for(session, case_id, by)
        mark = None if key is None else f"{by}:{case_id}:{key}"
        known = None if mark is None else _with_key(session, case_id, mark, f"{by}:{key}")
        if known is not None:
            return known
        fields = _fields(writing, now)
        if writing.amends is not None:
            _check_amended(session, case_id, writing.amends)
        note = CaseNote(case_id=case_id, written_at=now, written_by=by, idempotency_key=mark, **fields)
        if sign:
            note.signed_at, note.signed_by = now, by
        session.add(note)
        _audit(session, Act.CREATE, note, by, now, sorted(fields))
        _told(session, note, now, zone)
        return note


@command
def change_note(
    store: Store,
    note_id: str,
    writing: Writing,
    *,
    by: str,
    now: datetime,
    zone: ZoneInfo,
    sign: bool = False,
    revision: int | None = None,
) -> CaseNote:
    """Change a draft of one's own, and sign it with `sign`. ChangedError when it is not as it was at
    `revision` any more; SignedError when it is signed.
    """
    with store.write("wake") as session:
        note = _draft(session, note_id, by)
        if revision is not None and revision != note.revision:
            raise ChangedError("the note has changed since you read it; look at it again")
        fields = _fields(writing, now)
        if writing.amends is not None:
            _check_amended(session, note.case_id, writing.amends)
        for name, value in fields.items():
            setattr(note, name, value)
        if sign:
            note.signed_at, note.signed_by = now, by
        session.add(note)
        _audit(session, Act.SIGN if sign else Act.UPDATE, note, by, now, sorted(fields))
        _told(session, note, now, zone)
        return note


@command
def sign_note(store: Store, note_id: str, *, by: str, now: datetime, zone: ZoneInfo) -> CaseNote:
    """Sign a draft of one's own: it is locked from now on. Again changes nothing."""
    with store.write("wake") as session:
        note = _note(session, note_id, by)
        if note.signed_by == by:
            return note
        _check_draft(note, by)
        note.signed_at, note.signed_by = now, by
        session.add(note)
        _audit(session, Act.SIGN, note, by, now, ["signed_at"])
        _told(session, note, now, zone)
        return note


@command
def discard_note(store: Store, note_id: str, *, by: str, now: datetime) -> None:
    """Throw away a draft of one's own; the audit keeps that there was one. Again changes nothing."""
    with store.write() as session:
        if session.get(CaseNote, note_id) is None:
            return
        note = _draft(session, note_id, by)
        _audit(session, Act.DELETE, note, by, now, ["text"])
        session.delete(note)


def _fields(writing: Writing, now: datetime) -> dict[str, Any]:
    """The columns of what was written. WordsError for what can't be kept."""
    if writing.happened_at.utcoffset() is None:
        raise WordsError("the time of what happened needs its offset, such as 2026-03-02T09:00+01:00")
    if writing.happened_at < now - EARLIEST:
        raise WordsError("the time of what happened lies too far back; look at the year")
    if writing.happened_at > now + TOLERANCE:
        raise WordsError("the time of what happened lies in the future; a note tells what has happened")
    source = one_line("who told it", writing.source)
    if writing.third_party:
        wanted("who told it", source, "say from whom the information is")
    return {
        "kind": writing.kind,
        "title": wanted("the title", one_line("the title", writing.title), "say in a few words what it is"),
        "text": wanted("the text", several_lines("the text", writing.text), "write what happened"),
        "happened_at": writing.happened_at,
        "with_client": writing.with_client,
        "significant": writing.significant,
        "third_party": writing.third_party,
        "source": source or None,
        "amends_id": writing.amends,
    }


def _with_key(session: Session, case_id: str, *marks: str) -> CaseNote | None:
    """The note of the case that was written with a key; the last mark is how keys were kept before."""
    query = select(CaseNote).where(CaseNote.case_id == case_id, col(CaseNote.idempotency_key).in_(marks))
    return session.exec(query).first()


def _note(session: Session, note_id: str, by: str) -> CaseNote:
    """A note, locked with its case."""
    note: CaseNote | None = session.get(CaseNote, note_id)
    if note is None:
        raise InboxError("there is no such note; it was thrown away")
    case_for(session, note.case_id, by)
    session.refresh(note, with_for_update=True)
    return note


def _draft(session: Session, note_id: str, by: str) -> CaseNote:
    """A draft of this person, locked."""
    note = _note(session, note_id, by)
    _check_draft(note, by)
    return note


def _check_draft(note: CaseNote, by: str) -> None:
    if note.signed_at is not None:
        raise SignedError("the note is signed and locked; write another one that corrects it")
    if note.written_by != by:
        raise NotAllowedError("a draft is changed and signed by whoever wrote it")


def _check_amended(session: Session, case_id: str, amended: str) -> None:
    note = session.get(CaseNote, amended)
    if note is None or note.case_id != case_id:
        raise InboxError("there is no such note in this case to be corrected")
    if note.signed_at is None:
        raise InboxError("a draft is not corrected by another note; whoever wrote it changes it")


def _told(session: Session, note: CaseNote, now: datetime, zone: ZoneInfo) -> None:
    """A signed note is told to the chronology, and to what waits for a note of the case."""
    if note.signed_at is None:
        return
    name = KINDS[note.kind]
    # what somebody told in confidence stays in the note
    title = f"{name}: information from somebody else" if note.third_party else f"{name}: {note.title}"
    amended = None if note.amends_id is None else _entry_of(session, note)
    add_entry(
        session,
        note.case_id,
        Happening.NOTE_CORRECTED if note.amends_id is not None else Happening.NOTE_SIGNED,
        f"Correction. {title}" if note.amends_id is not None else title,
        now=now,
        zone=zone,
        by=note.written_by,
        significant=note.significant,
        record=("CaseNote", note.id),
        happened_on=note.happened_at.astimezone(zone).date(),
        corrects_id=amended,
    )
    wake_watchers(session, note.case_id, f"note:{note.id}", now)


def _entry_of(session: Session, note: CaseNote) -> str | None:
    """The entry of the note that this one corrects."""
    query = select(ChronologyEntry.id).where(
        ChronologyEntry.case_id == note.case_id,
        ChronologyEntry.record == "CaseNote",
        ChronologyEntry.record_id == note.amends_id,
    )
    return session.exec(query.order_by(col(ChronologyEntry.recorded_at)).limit(1)).first()


def _audit(session: Session, act: Act, note: CaseNote, by: str, now: datetime, fields: list[str]) -> None:
    write_audit(session, by, act, "CaseNote", note.id, now, fields=fields, case_id=note.case_id)
