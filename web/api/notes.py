"""The notes of a case: reading them, writing one, changing and signing a draft."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Query, Response
from pydantic import Field

from flows import inbox as commands
from models import CaseNote, NoteKind
from web.access.actions import Action
from web.access.watching import case_read, watched
from web.api.as_read import as_read
from web.api.case_writing import moment, writing, writing_in
from web.api.declaring import Resource
from web.api.paging import no_place
from web.api.problem import not_there
from web.api.sent import Ident, Key, Match, Sent, revision_of
from web.api.standing import NOTE
from web.api.visiting import Visiting, allowed_case
from web.reading.case.notes import AskedNotes, Contact, NoteView, note_of, notes_of

router = Resource(prefix="/cases/{case_id}/notes", tags=["notes"])

FIELDS: Final = ("notes",)


class NoteSent(Sent):
    """A note as somebody writes it; `happened_at` by the office's clocks, or with an offset. With `sign` it
    is signed at once; `amends` is the id of a signed note that it corrects.
    """

    kind: NoteKind
    title: str = Field(max_length=200)
    text: str = Field(max_length=20_000)
    happened_at: str = Field(max_length=40)
    with_client: bool = False
    significant: bool = False
    third_party: bool = False
    source: str | None = Field(default=None, max_length=200)
    amends: Ident | None = None
    sign: bool = False

    def words(self, zone: str) -> commands.Writing:
        """What the command takes."""
        return commands.Writing(
            kind=self.kind,
            title=self.title,
            text=self.text,
            happened_at=moment(self.happened_at, zone, "happened_at"),
            with_client=self.with_client,
            significant=self.significant,
            third_party=self.third_party,
            source=self.source,
            amends=self.amends,
        )


@dataclass(frozen=True, slots=True)
class NoteList:
    """A page of notes. `next` is what `after` has to be for more, None on the last page."""

    notes: tuple[NoteView, ...]
    next: str | None
    contact: Contact


@dataclass(frozen=True, slots=True)
class NoteStands:
    """How a note stands; `revision` is its state for `If-Match`."""

    id: str
    signed_at: datetime | None
    revision: int


@router.get("")
def listed(
    visit: Visiting,
    case_id: str,
    kind: NoteKind | None = None,
    after: Annotated[Ident | None, Query()] = None,
) -> NoteList:
    """The notes of a case, the newest first. `next` is what `after` has to be for more; `contact` says how
    long the last note and the last contact with the client lie back.
    """
    web, now = visit.web, visit.web.now()
    with watched(web.store) as session:
        case = allowed_case(session, visit.actor, Action.READ_CASE, case_id, now)
        found = notes_of(session, case, AskedNotes(kind, after), visit.actor.staff_id, now)
        if found is None:
            raise no_place()
        case_read(session, visit.actor.staff_id, case, now, FIELDS)
    return NoteList(found.notes, found.more, found.contact)


@router.get("/{note_id}")
def one(visit: Visiting, case_id: str, note_id: str, response: Response) -> NoteView:
    """One note; the ETag names its state."""
    with watched(visit.web.store) as session:
        now = visit.web.now()
        case = allowed_case(session, visit.actor, Action.READ_CASE, case_id, now)
        found = note_of(session, case, note_id, visit.actor.staff_id)
        if found is None:
            raise not_there()
        case_read(session, visit.actor.staff_id, case, now, FIELDS)
    response.headers["ETag"] = f'"{found.revision}"'
    return found


@router.post("", status_code=HTTPStatus.CREATED)
def write(visit: Visiting, case_id: str, sent: NoteSent, key: Key = None) -> NoteStands:
    """Write a note; the same key again gives the first one."""
    now, zone = writing(visit, case_id), visit.web.zone
    made = commands.write_note(
        visit.web.store,
        case_id,
        sent.words(zone.key),
        by=visit.actor.staff_id,
        now=now,
        zone=zone,
        sign=sent.sign,
        key=key,
    )
    return _said(made)


@router.put("/{note_id}")
def change(visit: Visiting, case_id: str, note_id: str, sent: NoteSent, match: Match = None) -> NoteStands:
    """Change a draft of one's own; with `If-Match` only where nobody has changed it since."""
    now, zone = writing_in(visit, case_id, CaseNote, note_id), visit.web.zone
    changed = commands.change_note(
        visit.web.store,
        note_id,
        sent.words(zone.key),
        by=visit.actor.staff_id,
        now=now,
        zone=zone,
        sign=sent.sign,
        revision=revision_of(match),
    )
    return _said(changed)


@router.post("/{note_id}/sign")
@as_read(NOTE)
def sign(visit: Visiting, case_id: str, note_id: str) -> NoteStands:
    """Sign a draft of one's own; from then on it is locked."""
    now = writing_in(visit, case_id, CaseNote, note_id)
    return _said(
        commands.sign_note(visit.web.store, note_id, by=visit.actor.staff_id, now=now, zone=visit.web.zone)
    )


@router.delete("/{note_id}", status_code=HTTPStatus.NO_CONTENT)
@as_read(NOTE)
def discard(visit: Visiting, case_id: str, note_id: str) -> Response:
    """Throw away a draft of one's own."""
    now = writing_in(visit, case_id, CaseNote, note_id)
    commands.discard_note(visit.web.store, note_id, by=visit.actor.staff_id, now=now)
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _said(note: CaseNote) -> NoteStands:
    return NoteStands(note.id, note.signed_at, note.revision)
