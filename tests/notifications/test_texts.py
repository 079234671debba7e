"""Templates, their languages, the shipped texts, and what must not stand in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from notifications import (
    BUILT_IN,
    TemplateError,
    TemplateFile,
    count_segments,
    load_templates,
    render,
    sensitive_words,
)

NEW_YORK = ZoneInfo("America/New_York")
NINE = datetime(2026, 3, 9, 13, 0, tzinfo=UTC)
VALUES = {
    "given_name": "Rosa",
    "worker": "Dana Reyes",
    "organisation": "Intake team",
    "phone": "+1 212 555 0199",
    "place": "Room 2",
    "starts_at": NINE,
    "ends_at": NINE.replace(hour=14),
    "minutes": 60,
}


@dataclass(frozen=True)
class Words:
    """A template made of one body."""

    texts: Mapping[tuple[str, str], str]
    name: str = "test"


def rendered(body: str, language: str = "en", **values: Any) -> str:
    return render(Words({("body", language): body}), language, language, values, NEW_YORK).body


@pytest.fixture(scope="module")
def shipped() -> dict[str, TemplateFile]:
    return load_templates()


def test_the_shipped_templates_exist_in_both_languages(shipped: dict[str, TemplateFile]) -> None:
    assert set(shipped) == {"appointment", "call_out", "safety_alert"}
    for template in shipped.values():
        parts = {part for part, _ in template.texts}
        assert set(template.texts) == {(part, language) for part in parts for language in ("en", "es")}


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("variant", ["", "moved", "cancelled"])
def test_the_shipped_mails_say_when_and_where_and_never_why(
    shipped: dict[str, TemplateFile], language: str, variant: str
) -> None:
    mail = render(shipped["appointment"], language, "en", VALUES, NEW_YORK, variant)
    assert "Dana Reyes" in mail.body
    assert "9:00" in mail.subject
    assert sensitive_words(mail.subject + mail.body) == ()
    assert mail.summary in ("Appointment", "Cita")


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_shipped_alert_fits_one_part_and_is_neutral(
    shipped: dict[str, TemplateFile], language: str
) -> None:
    alert = render(shipped["safety_alert"], language, "en", VALUES, NEW_YORK)
    segments = count_segments(alert.body)
    assert (segments.encoding, segments.segments) == ("GSM-7", 1)
    assert sensitive_words(alert.body) == ()


@pytest.mark.parametrize(
    ("language", "written"),
    [("en", "Monday, March 9, 2026, 9:00 AM"), ("es", "lunes, 9 de marzo de 2026, 9:00")],
)
def test_a_time_is_written_in_the_recipients_language_and_the_offices_zone(
    language: str, written: str
) -> None:
    assert rendered("{{ at }}", language, at=NINE) == written


def test_other_values_are_written_as_the_language_does() -> None:
    assert rendered("{{ day }}", day=date(2026, 3, 9)) == "Monday, March 9, 2026"
    assert rendered("{{ sum }}", "es", sum=Decimal("12345.5")) == "12.345,5"
    assert rendered("{{ count }}", count=3) == "3"


@pytest.mark.parametrize(("wanted", "got"), [("es", "es"), ("es-MX", "es"), ("fr", "en"), ("", "en")])
def test_the_language_is_the_recipients_then_the_fallback(
    shipped: dict[str, TemplateFile], wanted: str, got: str
) -> None:
    assert render(shipped["safety_alert"], wanted, "en", VALUES, NEW_YORK).language == got


def test_a_missing_fallback_is_an_error_and_never_silence() -> None:
    with pytest.raises(TemplateError, match=r"has no text in `en`; add test\.en\.body\.j2"):
        render(Words({("body", "es"): "Hola"}), "fr", "en", {}, NEW_YORK)


def test_a_variable_without_a_value_is_an_error() -> None:
    with pytest.raises(TemplateError, match="'phone' is undefined"):
        rendered("Call {{ phone }}")


def test_an_empty_name_leaves_no_gap() -> None:
    assert rendered("Hello {{ given_name }}, please call.", given_name="") == "Hello, please call."


def test_a_value_cannot_change_the_text_around_it() -> None:
    assert (
        rendered("At {{ place }}.", place="x\nBcc: y\u202e\u2028{{ phone }}\x00")
        == "At x Bcc: y {{ phone }}."
    )


@pytest.mark.parametrize(
    "text",
    [
        "{% for x in y %}{% endfor %}",
        "{{ name.__class__ }}",
        "{{ name|upper }}",
        "{{ 9**9 }}",
        "{{ f() }}",
        "{{ 'text' }}",
        "{% include 'x' %}",
        "{% set x = 1 %}",
        "{{ name",
    ],
)
def test_a_template_holds_nothing_but_text_and_placeholders(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.en.body.j2").write_text(text)
    with pytest.raises(TemplateError, match=r"bad\.en\.body\.j2"):
        load_templates([tmp_path])


@pytest.mark.parametrize("name", ["bad.j2", "bad.en.footer.j2", "Bad.en.body.j2", "bad.english.body.j2"])
def test_a_file_that_is_not_named_like_a_template_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("text")
    with pytest.raises(TemplateError, match=r"NAME\.LANGUAGE\.PART\.j2"):
        load_templates([tmp_path])


def test_a_language_without_a_body_is_refused(tmp_path: Path) -> None:
    (tmp_path / "note.en.body.j2").write_text("Hello")
    (tmp_path / "note.es.subject.j2").write_text("Hola")
    with pytest.raises(TemplateError, match="`note` has no body in `es`"):
        load_templates([tmp_path])


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "note.en.body.j2").write_bytes(b"\xff\xfe")
    with pytest.raises(TemplateError, match="save it as UTF-8"):
        load_templates([tmp_path])


def test_a_department_replaces_single_files(tmp_path: Path, shipped: dict[str, TemplateFile]) -> None:
    (tmp_path / "safety_alert.en.body.j2").write_text("Please ring {{ phone }}.\n")
    ours = load_templates([BUILT_IN, tmp_path])["safety_alert"]
    assert ours.texts["body", "en"] == "Please ring {{ phone }}."
    assert ours.texts["body", "es"] == shipped["safety_alert"].texts["body", "es"]
    assert ours.channel == "sms"


@pytest.mark.parametrize(
    ("text", "encoding", "segments"),
    [
        ("a" * 160, "GSM-7", 1),
        ("a" * 161, "GSM-7", 2),
        ("a" * 306, "GSM-7", 2),
        ("a" * 307, "GSM-7", 3),
        ("€" * 80, "GSM-7", 1),
        ("€" * 81, "GSM-7", 2),
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 3),
        ("é ñ ü ¿", "GSM-7", 1),
        ("á" + "a" * 69, "UCS-2", 1),
        ("á" + "a" * 70, "UCS-2", 2),
        ("it’s", "UCS-2", 1),
        ("yes – no", "UCS-2", 1),
        ("😀" * 35, "UCS-2", 1),
        ("😀" * 36, "UCS-2", 2),
        ("", "GSM-7", 1),
    ],
)
def test_the_parts_of_a_text_message_are_counted_as_networks_do(
    text: str, encoding: str, segments: int
) -> None:
    counted = count_segments(text)
    assert (counted.encoding, counted.segments) == (encoding, segments)


def test_the_characters_that_make_a_message_dearer_are_named() -> None:
    assert count_segments("Está aquí – á").forced_by == ("á", "í", "–")


def test_sensitive_words_are_whole_words_in_any_case() -> None:
    assert sensitive_words("Your RISK review; asterisk; harmony") == ("risk",)
    assert sensitive_words("Riesgo y Violencia") == ("riesgo", "violencia")
    assert sensitive_words("The Unit will call", never=["unit"]) == ("unit",)
    assert sensitive_words("Please call 555 0199") == ()
