"""Appointments as calendar entries (RFC 5545, RFC 5546): the same UID over its life, a rising SEQUENCE, a
neutral title.

A step writes the entry without its parties; the e-mail channel, which knows the sender's address, adds
them.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from icalendar import Calendar, Event, vCalAddress, vText
from icalendar.parser import Contentline

PRODUCT: Final = "-//Casewright//Casework//EN"
Method = Literal["REQUEST", "CANCEL"]

_END: Final = re.compile(r"^END:VEVENT", re.MULTILINE)
_METHOD: Final = re.compile(r"^METHOD:(\w+)", re.MULTILINE)
"""A line that is folded goes on with a space, so whatever stands in a value begins no line."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """When and where. `uid` names the appointment for ever; `sequence` rises with each change of it."""

    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    place: str
    summary: str


def invitation(meeting: Meeting, method: Method, now: datetime) -> str:
    """The calendar text that invites to a meeting, moves it, or cancels it (RFC 5546, section 3.2). Times
    are UTC.
    """
    event = Event()
    event.add("uid", meeting.uid)
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", meeting.starts_at.astimezone(UTC))
    event.add("dtend", meeting.ends_at.astimezone(UTC))
    event.add("summary", meeting.summary)
    event.add("location", meeting.place)
    event.add("class", "PRIVATE")
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(event)
    return _text(calendar)


def with_parties(calendar_text: str, organizer: str, organizer_name: str, attendee: str) -> str:
    """The calendar text with who invites and who is invited, which RFC 5546 demands of a REQUEST."""
    sender = vCalAddress(f"mailto:{organizer}")
    if organizer_name:
        sender.params["CN"] = vText(organizer_name)
    guest = vCalAddress(f"mailto:{attendee}")
    guest.params["ROLE"] = vText("REQ-PARTICIPANT")
    guest.params["PARTSTAT"] = vText("NEEDS-ACTION")
    guest.params["RSVP"] = vText("TRUE")
    parties = "".join(_line(name, value) for name, value in (("ORGANIZER", sender), ("ATTENDEE", guest)))
    return _END.sub(lambda end: parties + end[0], calendar_text)


def _line(name: str, value: vCalAddress) -> str:
    folded: str = Contentline.from_parts(name, value.params, value).to_ical().decode("utf-8")
    return f"{folded}\r\n"


def method_of(calendar_text: str) -> str:
    """The METHOD of a calendar text: `REQUEST` or `CANCEL`."""
    found = _METHOD.search(calendar_text)
    if found is None:
        raise ValueError("a calendar text without a METHOD can't be sent")
    return found[1]


def _text(calendar: Calendar) -> str:
    text: str = calendar.to_ical().decode("utf-8")
    return text
