"""The notes of a case, as its page and the API show them, and how long the last contact lies back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func
from sqlmodel import Session, col, select

from models import Case, CaseNote, CaseStatus, NoteKind
from web.reading.cursor import older
from web.reading.names import Names

PAGE: Final = 40
"""Notes on one page."""

LATE: Final = timedelta(hours=24)
"""What was written down later than this after it happened is marked as late."""

WEEKLY: Final = timedelta(days=7)
"""How often there is to be a note, and contact, while a case is active (domain.md, Case)."""


@dataclass(frozen=True, slots=True)
class AskedNotes:
    """Which notes: of one kind, or all; after the note with this id in the list."""

    kind: NoteKind | None = None
    after: str | None = None

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "AskedNotes":
        """From the query of an address; what it says otherwise than it can counts as not said."""
        kind = next((each for each in NoteKind if each.value == query.get("kind")), None)
        after = query.get("after", "")[:40]
        return cls(kind, after if after.isascii() and after.isalnum() else None)


@dataclass(frozen=True, slots=True)
class NoteView:
    """One note. `late_by` is how long after it happened it was written down, where that was late. `corrects`
    and `corrected_by` are the ids of the notes before and after it; `mine` says that it is a draft of whoever
    looks.
    """

    id: str
    kind: str
    title: str
    text: str
    happened_at: datetime
    written_at: datetime
    written_by: str
    signed_at: datetime | None
    signed_by: str | None
    with_client: bool
    significant: bool
    third_party: bool
    source: str | None
    late_by: timedelta | None
    corrects: str | None
    corrected_by: tuple[str, ...]
    mine: bool
    revision: int


@dataclass(frozen=True, slots=True)
class Contact:
    """When there was last a note, and contact with the client; `late` says that an active case had none for a
    week. Drafts do not count.
    """

    noted_at: datetime | None
    met_at: datetime | None
    note_late: bool
    contact_late: bool
    drafts: int


@dataclass(frozen=True, slots=True)
class Notes:
    """One page of them, the newest first; `more` is the id after which the next page begins."""

    notes: tuple[NoteView, ...]
    more: str | None
    contact: Contact


def notes_of(session: Session, case: Case, asked: AskedNotes, staff_id: str, now: datetime) -> Notes | None:
    """The notes of a case that somebody may read; None where `after` is no note of it."""
    query = select(CaseNote).where(CaseNote.case_id == case.id)
    if asked.kind is not None:
        query = query.where(CaseNote.kind == asked.kind)
    if asked.after is not None:
        place = session.get(CaseNote, asked.after)
        if place is None or place.case_id != case.id:
            return None
        query = query.where(older(CaseNote.happened_at, CaseNote.id, (place.happened_at, place.id)))
    newest = (col(CaseNote.happened_at).desc(), col(CaseNote.id).desc())
    rows = session.exec(query.order_by(*newest).limit(PAGE + 1)).all()
    shown = views(session, rows[:PAGE], staff_id)
    return Notes(shown, rows[PAGE - 1].id if len(rows) > PAGE else None, contact_of(session, case, now))


def note_of(session: Session, case: Case, note_id: str, staff_id: str) -> NoteView | None:
    """One note of a case; None where there is none."""
    row = session.get(CaseNote, note_id)
    if row is None or row.case_id != case.id:
        return None
    return views(session, [row], staff_id)[0]


def contact_of(session: Session, case: Case, now: datetime) -> Contact:
    """How long the last note and the last contact lie back."""
    signed = col(CaseNote.signed_at).is_not(None)
    query: Any = select(
        func.max(CaseNote.happened_at).filter(signed),
        func.max(CaseNote.happened_at).filter(signed, col(CaseNote.with_client)),
        func.count().filter(~signed),
    ).where(CaseNote.case_id == case.id)
    row: Any = session.execute(query).one()
    noted, met, drafts = row
    active = case.status is CaseStatus.ACTIVE
    return Contact(
        noted,
        met,
        note_late=active and (noted is None or now - noted > WEEKLY),
        contact_late=active and (met is None or now - met > WEEKLY),
        drafts=drafts,
    )


def views(session: Session, rows: Sequence[CaseNote], staff_id: str) -> tuple[NoteView, ...]:
    """The rows as they are shown."""
    names, later = Names(session), _corrections(session, [row.id for row in rows])
    return tuple(_view(row, names, later.get(row.id, ()), staff_id) for row in rows)


def _corrections(session: Session, ids: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """By note, the signed ones that correct it."""
    query = select(CaseNote.amends_id, CaseNote.id).where(
        col(CaseNote.amends_id).in_(list(ids)), col(CaseNote.signed_at).is_not(None)
    )
    found: dict[str, tuple[str, ...]] = {}
    for amended, ident in session.exec(query.order_by(col(CaseNote.signed_at))):
        if amended is not None:
            found[amended] = (*found.get(amended, ()), ident)
    return found


def _view(row: CaseNote, names: Names, corrected_by: tuple[str, ...], staff_id: str) -> NoteView:
    late = row.written_at - row.happened_at
    return NoteView(
        id=row.id,
        kind=row.kind.value,
        title=row.title,
        text=row.text,
        happened_at=row.happened_at,
        written_at=row.written_at,
        written_by=names.of(row.written_by) or "",
        signed_at=row.signed_at,
        signed_by=names.of(row.signed_by),
        with_client=row.with_client,
        significant=row.significant,
        third_party=row.third_party,
        source=row.source,
        late_by=late if late > LATE else None,
        corrects=row.amends_id,
        corrected_by=corrected_by,
        mine=row.signed_at is None and row.written_by == staff_id,
        revision=row.revision,
    )
