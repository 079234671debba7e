"""Which files a form takes: neither the name nor the contents are believed alone."""

import pytest

from tasks.people.answer_values import UnreadableError
from tasks.people.file_kinds import LARGEST, checked_upload, clean_name

PDF = b"%PDF-1.7 and more"


@pytest.mark.parametrize(
    ("name", "contents", "media_type"),
    [
        ("letter.pdf", PDF, "application/pdf"),
        ("PHOTO.JPG", b"\xff\xd8\xff\xe0...", "image/jpeg"),
        ("scan.png", b"\x89PNG\r\n\x1a\n...", "image/png"),
        ("phone.heic", b"\x00\x00\x00\x18ftypheic....", "image/heic"),
        ("note.txt", "Größe: 3".encode(), "text/plain"),
        (
            "form.docx",
            b"PK\x03\x04....",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
    ],
)
def test_files_of_these_kinds_are_taken(name: str, contents: bytes, media_type: str) -> None:
    assert checked_upload(name, contents).media_type == media_type


@pytest.mark.parametrize(
    ("name", "contents", "message"),
    [
        ("letter.pdf", b"<html><script>", "not what the ending of its name says"),
        ("page.html", b"<html>", "another kind is wanted"),
        ("drawing.svg", b"<svg onload='x'>", "another kind is wanted"),
        ("program.exe", b"MZ", "another kind is wanted"),
        ("pdf", PDF, "another kind is wanted"),
        ("note.txt", b"a\x00b", "not what the ending of its name says"),
        ("note.txt", b"\xff\xfe", "not what the ending of its name says"),
        ("letter.pdf", b"", "empty"),
        ("letter.pdf", PDF + b"x" * LARGEST, "at most 10 MB"),
    ],
)
def test_others_are_refused_with_words(name: str, contents: bytes, message: str) -> None:
    with pytest.raises(UnreadableError, match=message):
        checked_upload(name, contents)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("C:\\Users\\ann\\letter.pdf", "letter.pdf"),
        ("../../etc/letter.pdf", "letter.pdf"),
        ("let\u202eter\r\n.pdf", "letter.pdf"),
        ('a"b; filename=x.pdf', 'a"b; filename=x.pdf'),
        ("x" * 300 + ".pdf", "x" * 150 + ".pdf"),
    ],
)
def test_a_name_is_kept_without_a_path_and_without_what_cannot_be_seen(given: str, kept: str) -> None:
    assert clean_name(given) == kept
