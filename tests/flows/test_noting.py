"""Notes: drafts of those who write them, locked once signed, corrected by later ones, told in the history."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from desk_world import Desk, open_desk
from step_bench import MONDAY

from flows.inbox import (
    ConflictError,
    InboxError,
    NotAllowedError,
    SignedError,
    WordsError,
    Writing,
    change_note,
    discard_note,
    sign_note,
    write_note,
)
from models import AuditEvent, Case, CaseNote, ChronologyEntry, NoteKind, new_id

ZONE = ZoneInfo("America/New_York")
CALL = Writing(
    NoteKind.CONTACT, "Call about the flat", "Spoke with her.\nShe is well.", MONDAY - timedelta(hours=1)
)


@pytest.fixture
def desk() -> Iterator[Desk]:
    with open_desk() as made:
        yield made


def write(desk: Desk, writing: Writing = CALL, **more: object) -> CaseNote:
    given = {"by": desk.worker, "now": desk.now, "zone": ZONE, **more}
    return write_note(desk.store, desk.case_id, writing, **given)


def entries(desk: Desk) -> list[ChronologyEntry]:
    return [each for each in desk.rows(ChronologyEntry) if each.record == "CaseNote"]


def test_a_draft_says_nothing_to_the_chronology_until_it_is_signed(desk: Desk) -> None:
    draft = write(desk)
    assert (draft.signed_at, entries(desk)) == (None, [])
    sign_note(desk.store, draft.id, by=desk.worker, now=desk.now + timedelta(days=1), zone=ZONE)
    (told,) = entries(desk)
    assert (told.kind, told.title, told.significant) == (
        "note_signed",
        "Contact: Call about the flat",
        False,
    )
    assert str(told.happened_on) == "2026-03-02"


def test_a_signed_note_is_not_changed_and_not_thrown_away(desk: Desk) -> None:
    signed = write(desk, sign=True)
    with pytest.raises(SignedError):
        change_note(desk.store, signed.id, CALL, by=desk.worker, now=desk.now, zone=ZONE)
    with pytest.raises(SignedError):
        discard_note(desk.store, signed.id, by=desk.worker, now=desk.now)
    again = sign_note(desk.store, signed.id, by=desk.worker, now=desk.now, zone=ZONE)
    assert (again.id, len(entries(desk))) == (signed.id, 1)


def test_a_correction_is_another_note_and_both_stay(desk: Desk) -> None:
    first = write(desk, sign=True)
    fixed = write(desk, replace(CALL, text="She is ill.", amends=first.id), sign=True)
    before, after = sorted(entries(desk), key=lambda each: each.kind, reverse=True)
    assert (after.kind, after.corrects_id) == ("note_corrected", before.id)
    texts = {row.id: row.text for row in desk.rows(CaseNote)}
    assert texts == {first.id: "Spoke with her.\nShe is well.", fixed.id: "She is ill."}


def test_only_signed_notes_of_the_case_are_corrected(desk: Desk) -> None:
    draft = write(desk)
    for amends in (draft.id, "nowhere"):
        with pytest.raises(InboxError):
            write(desk, replace(CALL, amends=amends), key="c")
    assert len(desk.rows(CaseNote)) == 1


def test_a_draft_is_changed_signed_and_thrown_away_by_whoever_wrote_it(desk: Desk) -> None:
    draft = write(desk)
    for act in (change_note, sign_note, discard_note):
        arguments = (CALL,) if act is change_note else ()
        zone = {} if act is discard_note else {"zone": ZONE}
        with pytest.raises(NotAllowedError):
            act(desk.store, draft.id, *arguments, by=desk.lead, now=desk.now, **zone)  # type: ignore[operator]
    discard_note(desk.store, draft.id, by=desk.worker, now=desk.now)
    discard_note(desk.store, draft.id, by=desk.worker, now=desk.now)
    assert desk.rows(CaseNote) == []
    acts = [each.action for each in desk.rows(AuditEvent) if each.record == "CaseNote"]
    assert acts == ["create", "delete"]


def test_a_draft_is_not_written_over_what_was_changed_since(desk: Desk) -> None:
    draft = write(desk)
    given = {"by": desk.worker, "now": desk.now, "zone": ZONE}
    change_note(desk.store, draft.id, replace(CALL, title="One"), revision=1, **given)
    with pytest.raises(ConflictError, match="changed since"):
        change_note(desk.store, draft.id, replace(CALL, title="Two"), revision=1, **given)
    assert [row.title for row in desk.rows(CaseNote)] == ["One"]


def test_a_note_that_is_sent_twice_is_one_note(desk: Desk) -> None:
    assert write(desk, sign=True, key="k").id == write(desk, sign=True, key="k").id
    assert len(entries(desk)) == 1
    assert write(desk, by=desk.lead, key="k").written_by == desk.lead


def test_the_same_key_in_another_case_is_another_note(desk: Desk) -> None:
    first = write(desk, key="k")
    with desk.store.write() as session:
        case = session.get_one(Case, desk.case_id)
        other = Case(**{**case.model_dump(), "id": new_id(), "number": "2026-77"})
        session.add(other)
        number = other.id
    again = write_note(desk.store, number, CALL, by=desk.worker, now=desk.now, zone=ZONE, key="k")
    assert (again.case_id, again.id != first.id) == (number, True)
    with desk.store.write() as session:  # as keys were kept before
        note = session.get_one(CaseNote, first.id)
        note.idempotency_key = f"{desk.worker}:k"
        session.add(note)
    assert write(desk, key="k").id == first.id


def test_what_was_told_in_confidence_names_who_told_it_and_stays_in_the_note(desk: Desk) -> None:
    told = replace(CALL, title="Neighbour saw him", third_party=True)
    with pytest.raises(WordsError, match="who told it"):
        write(desk, told)
    write(desk, replace(told, source="A neighbour"), sign=True)
    (entry,) = entries(desk)
    assert "Neighbour" not in entry.title


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"title": " "}, "the title is empty"),
        ({"text": "\n"}, "the text is empty"),
        ({"text": "a\x00b"}, "cannot be seen"),
        ({"happened_at": MONDAY + timedelta(hours=1)}, "future"),
        ({"happened_at": MONDAY.replace(tzinfo=None)}, "offset"),
    ],
)
def test_what_can_not_be_kept_is_refused(desk: Desk, change: dict[str, object], message: str) -> None:
    with pytest.raises(WordsError, match=message):
        write(desk, replace(CALL, **change))  # type: ignore[arg-type]
    assert desk.rows(CaseNote) == []
