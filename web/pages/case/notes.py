"""The notes of a case: reading them, writing one, signing and correcting them."""

from dataclasses import dataclass
from typing import Final

from fastapi import Request
from fastapi.responses import Response

from models import NoteKind
from web.access.actions import Action
from web.api.problem import not_there
from web.pages.case.frame import CasePage, Looking, case_framed
from web.pages.frame import markup, page_at, styled
from web.reading.case.notes import AskedNotes, Notes, NoteView, note_of, notes_of

KINDS: Final = {
    NoteKind.CONTACT: "Contact (telephone, message, in passing)",
    NoteKind.VISIT: "Visit",
    NoteKind.CORRESPONDENCE: "Letter or e-mail",
    NoteKind.CONFERENCE: "Conference or meeting",
    NoteKind.SUPERVISION: "Supervision",
    NoteKind.MANAGEMENT_DECISION: "Management decision",
    NoteKind.OTHER: "Other",
}
"""The kinds as people choose them."""

SHORT: Final = {each.value: title.partition(" (")[0] for each, title in KINDS.items()}
"""The kinds as they stand beside a note."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The notes of the page, and the one that somebody is about to change or to correct."""

    asked: AskedNotes
    found: Notes
    changed: NoteView | None
    corrected: NoteView | None


@page_at("/cases/{case_id}/notes")
async def notes_page(request: Request, case_id: str) -> Response | None:
    """The notes, newest first; `edit` names a draft of one's own, `correct` a signed note to be corrected;
    with `write` the form for a new one is open.
    """
    return await case_framed(request, case_id, "notes", _read, _show)


def _read(looking: Looking) -> Shown:
    session, case, query = looking.session, looking.case, looking.query
    staff_id, asked = looking.visit.actor.staff_id, AskedNotes.read(query)
    found = notes_of(session, case, asked, staff_id, looking.now)
    if found is None:
        raise not_there()
    writes = Action.WRITE_CASE in looking.may
    changed = note_of(session, case, query.get("edit", ""), staff_id) if writes else None
    corrected = note_of(session, case, query.get("correct", ""), staff_id) if writes else None
    return Shown(
        asked,
        found,
        changed if changed is not None and changed.mine else None,
        corrected if corrected is not None and corrected.signed_at is not None else None,
    )


def _show(page: CasePage[Shown]) -> None:
    styled(page.visit, "casework.css", "casework.js")
    markup(
        "case_notes.html",
        kinds={each.value: title for each, title in KINDS.items()},
        short=SHORT,
        staff_id=page.visit.actor.staff_id,
        **page.values,
    )
