"""E-mail: what arrives at a real SMTP server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from icalendar import Calendar

from notifications import (
    ConfigurationError,
    Meeting,
    Outgoing,
    Rejected,
    SmtpChannel,
    SmtpSettings,
    TryLater,
    invitation,
)
from notifications.invitation import method_of, with_parties

STARTS = datetime(2026, 3, 9, 14, 0, tzinfo=UTC)


def calendar_text(method: Any = "REQUEST", sequence: int = 0) -> str:
    meeting = Meeting(
        "abc@casewright", sequence, STARTS, STARTS.replace(hour=15), "Room 2; first floor", "Appointment"
    )
    return invitation(meeting, method, STARTS.replace(day=2))


@pytest.fixture
def settings(smtp: Any) -> SmtpSettings:
    return SmtpSettings(
        "127.0.0.1", smtp.port, "office@example.org", "County Social Services", security="none", timeout=2.0
    )


@pytest.fixture
def channel(settings: SmtpSettings) -> SmtpChannel:
    return SmtpChannel(settings)


def parsed(mailbox: Any) -> EmailMessage:
    (content,) = mailbox.kept
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_a_mail_has_one_recipient_and_stable_headers(
    channel: SmtpChannel, mailbox: Any, outgoing: Callable[..., Outgoing]
) -> None:
    message = outgoing(body="Grüße, Año nuevo, 你好", subject="Su cita: miércoles", language="es")
    channel.send(message)
    mail = parsed(mailbox)
    assert mail["To"] == "rosa@example.org"
    assert mail["Message-ID"] == f"<{message.message_id.lower()}@example.org>"
    assert (mail["Subject"], mail["Content-Language"]) == ("Su cita: miércoles", "es")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_body().get_content().strip() == "Grüße, Año nuevo, 你好"  # type: ignore[union-attr]
    assert "Bcc" not in mail


@pytest.mark.parametrize("subject", ["A", "Su cita: miércoles " * 12, "Your appointment on Monday, " * 9])
@pytest.mark.parametrize(
    "body",
    [
        "a = b\n\n.\n..\nends with a space \n\ttab\t",
        "x" * 300 + "ü" * 300,
        "--=_mixed_\n--\nFrom me\nTo: you",
    ],
)
def test_what_was_written_arrives_as_it_was_written(
    channel: SmtpChannel, mailbox: Any, outgoing: Callable[..., Outgoing], body: str, subject: str
) -> None:
    channel.send(outgoing(body=body, subject=subject.strip(), calendar_text=calendar_text()))
    mail, (content,) = parsed(mailbox), mailbox.kept
    assert [part.defects for part in mail.walk()] == [[]] * 5
    assert mail["Subject"] == subject.strip()
    text = mail.get_body(("plain",))
    assert text is not None
    assert text.get_content().replace("\r\n", "\n") == f"{body}\n"
    assert max(map(len, content.split(b"\r\n"))) <= 78
    assert b"\n" not in content.replace(b"\r\n", b"")


def test_who_invites_and_who_is_invited_stand_in_the_entry_whatever_else_does() -> None:
    meeting = Meeting(
        "a@casewright", 0, STARTS, STARTS.replace(hour=15), "Room 2\nEND:VEVENT\nMETHOD:X", "A" * 90
    )
    text = with_parties(
        invitation(meeting, "REQUEST", STARTS), "office@example.org", "Bürö, (one)", "a@b.org"
    )
    assert method_of(text) == "REQUEST"
    (event,) = Calendar.from_ical(text).walk("VEVENT")
    assert (str(event["ORGANIZER"]), str(event["ATTENDEE"])) == (
        "mailto:office@example.org",
        "mailto:a@b.org",
    )
    assert event["ORGANIZER"].params["CN"] == "Bürö, (one)"
    assert event["ATTENDEE"].params["RSVP"] == "TRUE"
    assert str(event["LOCATION"]) == meeting.place
    with pytest.raises(ValueError, match="METHOD"):
        method_of("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")


def test_a_discreet_mail_does_not_name_the_organisation(
    channel: SmtpChannel, mailbox: Any, outgoing: Callable[..., Outgoing]
) -> None:
    channel.send(outgoing(discreet=True, calendar_text=calendar_text()))
    assert b"County" not in mailbox.kept[0]
    channel.send(outgoing(discreet=False))
    assert b"County Social Services" in mailbox.kept[1]


def test_an_invitation_stands_inline_and_attached(
    channel: SmtpChannel, mailbox: Any, outgoing: Callable[..., Outgoing]
) -> None:
    channel.send(outgoing(calendar_text=calendar_text()))
    mail = parsed(mailbox)
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/calendar",
        "application/ics",
    ]
    inline = next(part for part in mail.walk() if part.get_content_type() == "text/calendar")
    assert inline.get_param("method") == "REQUEST"
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == "invitation.ics"
    event = Calendar.from_ical(inline.get_content()).walk("VEVENT")[0]
    assert (str(event["UID"]), event["SEQUENCE"], str(event["SUMMARY"])) == (
        "abc@casewright",
        0,
        "Appointment",
    )
    assert event["DTSTART"].dt == STARTS
    assert str(event["ORGANIZER"]) == "mailto:office@example.org"
    assert str(event["ATTENDEE"]) == "mailto:rosa@example.org"


def test_a_cancellation_has_the_same_uid_and_a_higher_sequence(
    channel: SmtpChannel, mailbox: Any, outgoing: Callable[..., Outgoing]
) -> None:
    channel.send(outgoing(calendar_text=calendar_text("CANCEL", 2)))
    inline = next(part for part in parsed(mailbox).walk() if part.get_content_type() == "text/calendar")
    assert inline.get_param("method") == "CANCEL"
    cancelled = Calendar.from_ical(inline.get_content())
    event = cancelled.walk("VEVENT")[0]
    assert cancelled["METHOD"] == "CANCEL"
    assert (str(event["UID"]), event["SEQUENCE"], event["STATUS"]) == ("abc@casewright", 2, "CANCELLED")


@pytest.mark.parametrize(
    "fields",
    [
        {"subject": "a\r\nBcc: x@example.org"},
        {"subject": "=?utf-8?q?a=0d=0aBcc:_x@example.org?="},
        {"address": "rosa@example.org\nBcc: x@example.org"},
        {"address": "rosa@example.org, x@example.org"},
        {"address": "nobody"},
    ],
)
def test_what_could_add_a_header_or_a_recipient_is_refused(
    channel: SmtpChannel, mailbox: Any, outgoing: Callable[..., Outgoing], fields: dict[str, str]
) -> None:
    with pytest.raises(Rejected):
        channel.send(outgoing(**fields))
    assert mailbox.kept == []


@pytest.mark.parametrize(
    ("command", "reply", "expected"),
    [
        ("RCPT", "421 4.7.0 too many", TryLater),
        ("RCPT", "554 5.7.1 not you", Rejected),
        ("DATA", "452 4.3.1 full", TryLater),
        ("DATA", "554 5.6.0 not this", Rejected),
    ],
)
def test_replies_from_400_on_may_be_repeated_and_those_from_500_on_not(
    channel: SmtpChannel,
    mailbox: Any,
    outgoing: Callable[..., Outgoing],
    command: str,
    reply: str,
    expected: type[Exception],
) -> None:
    mailbox.answers[command] = [reply]
    with pytest.raises(expected) as caught:
        channel.send(outgoing())
    assert str(caught.value) == f"the mail server answered {reply[:9]}"
    assert getattr(caught.value, "fault", None) is None


def test_starttls_that_the_server_does_not_have_keeps_the_message_for_later(
    smtp: Any, outgoing: Callable[..., Outgoing]
) -> None:
    channel = SmtpChannel(SmtpSettings("127.0.0.1", smtp.port, "office@example.org", timeout=2.0))
    with pytest.raises(TryLater):
        channel.send(outgoing())


@pytest.mark.parametrize(
    "fields",
    [
        {"sender": "office"},
        {"sender_name": "Office\nBcc: x@example.org"},
        {"username": "office", "password": "secret"},
    ],
)
def test_settings_that_are_wrong_or_unsafe_are_refused(
    settings: SmtpSettings, fields: dict[str, str]
) -> None:
    given = {name: getattr(settings, name) for name in SmtpSettings.__slots__}
    with pytest.raises(ConfigurationError):
        SmtpChannel(SmtpSettings(**{**given, **fields}))
