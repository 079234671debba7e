"""Moments and words of the journal as people read them, in the office's time."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import phonenumbers
from babel import Locale, UnknownLocaleError

Tone = Literal["", "danger", "warn", "good", "calm", "accent"]

_MOMENT: Final = re.compile(r"\b(\d{4}-\d\d-\d\d \d\d:\d\d) ([A-Z][A-Za-z_]+(?:/[A-Z][A-Za-z_]+)+)")
_ASKED: Final = re.compile(r"(?<![\w@./-])(?:[a-z][a-z0-9_]*\.)+([a-z][a-z0-9_]*)(?= is\b)")
"""What a condition asks of an answer, by the names of the language: the last of them says it."""

_DAY: Final = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_CODE: Final = re.compile(r"(?<![\w@./-])[a-z][a-z0-9]*(?:[_-][a-z0-9]+)+(?![\w@/-]|\.\w)")
"""A word that a vocabulary may have a title for. Others keep their hyphens and lose their underscores;
addresses are left alone.
"""

SOON: Final = timedelta(hours=24)
"""What is due within this time is about to be."""

STATES: Final = {
    "requested": "new",
    "accepted": "accepted",
    "in_progress": "begun",
    "on_hold": "waits for information",
    "completed": "done",
    "cancelled": "cancelled",
    "failed": "failed",
    "rejected": "declined",
}
LEVELS: Final[dict[str, Tone]] = {"low": "good", "medium": "calm", "high": "warn", "critical": "danger"}
KINDS_OF_MEETING: Final = {
    "office": "at the office",
    "home": "at home",
    "phone": "by telephone",
    "video": "by video",
    "other": "elsewhere",
}
APPOINTMENTS: Final[dict[str, tuple[str, Tone]]] = {
    "booked": ("booked", "accent"),
    "moved": ("moved", "accent"),
    "cancelled": ("cancelled", "warn"),
    "done": ("kept", "good"),
    "missed": ("missed", "danger"),
}
"""What became of an appointment, and how loud."""

VISITS: Final[dict[str, tuple[str, Tone]]] = {
    "planned": ("planned", "accent"),
    "done": ("kept", "good"),
    "missed": ("missed", "danger"),
    "rescheduled": ("moved", "calm"),
    "exempted": ("left out", ""),
    "cancelled": ("cancelled", ""),
}
"""What became of a visit, and how loud."""

SAID: Final = {
    "requested": "has not decided yet",
    "accepted": "takes the referral on",
    "in_progress": "has begun",
    "completed": "has done its part",
    "on_hold": "has put it on hold",
    "rejected": "declines",
    "failed": "can't help: it is closed, or nobody can be reached",
    "cancelled": "is told that we withdraw the referral",
}
"""What a service says of a referral, or is told, after its name."""

MESSAGES: Final[dict[str, Tone]] = {
    "delivered": "good",
    "sent": "calm",
    "queued": "calm",
    "sending": "calm",
    "undelivered": "danger",
    "failed": "danger",
    "blocked": "warn",
    "withdrawn": "",
}


@dataclass(frozen=True, slots=True)
class Due:
    """When something is due, in words, and how loud."""

    words: str
    tone: Tone
    exact: str

    @property
    def to_book(self) -> str:
        """The same of an appointment that has to be booked by then."""
        return f"{'booking' if self.words.startswith('overdue') else 'book'} {self.words}"


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one answer: the office's zone, and now."""

    zone: ZoneInfo
    now: datetime

    def at(self, moment: datetime | None) -> str:
        """`Tue 3 Mar, 14:30`, with the year when it is another one; empty for none."""
        if moment is None:
            return ""
        local = moment.astimezone(self.zone)
        return f"{self.day(local.date())}, {local:%H:%M}"

    def day(self, day: date | None) -> str:
        """`Tue 3 Mar`, with the year when it is another one; empty for none."""
        if day is None:
            return ""
        year = "" if day.year == self.today.year else f" {day.year}"
        return f"{day:%a} {day.day} {day:%b}{year}"

    def typed(self, moment: datetime | None) -> str:
        """The moment as a field for date and time holds it, by the office's clocks; empty for none."""
        return "" if moment is None else f"{moment.astimezone(self.zone):%Y-%m-%dT%H:%M}"

    def last_day(self, ends: datetime) -> date:
        """The last whole day before something ends at this moment, as an absence does."""
        return (ends - timedelta(seconds=1)).astimezone(self.zone).date()

    def stamp(self, moment: datetime) -> str:
        """The moment as a machine reads it, for `<time datetime>`."""
        return moment.astimezone(self.zone).isoformat(timespec="minutes")

    def local(self, stamp: str) -> str:
        """A moment as the journal keeps it, as a field for date and time has it; empty for none."""
        return self.typed(datetime.fromisoformat(stamp) if stamp else None)

    @property
    def today(self) -> date:
        """The day that it is at the office."""
        return self.now.astimezone(self.zone).date()

    def due(self, moment: datetime | None) -> Due | None:
        """When something is due; None when it has no due date."""
        if moment is None:
            return None
        local, exact = moment.astimezone(self.zone), self.at(moment)
        if moment < self.now:
            return Due(f"overdue by {span(self.now - moment)}", "danger", exact)
        days = (local.date() - self.today).days
        if days == 0:
            return Due(f"today, {local:%H:%M}", "warn", exact)
        if days == 1:
            return Due(f"tomorrow, {local:%H:%M}", "warn" if moment - self.now < SOON else "", exact)
        return Due(f"in {days} days" if days < 14 else self.day(local.date()), "", exact)

    def text(self, text: str, names: Mapping[str, str]) -> str:
        """A text that the engine wrote, as people say it: `names` called by their titles, days and times as
        people write them, other words of the language without underscores.
        """
        said = _MOMENT.sub(self._moment, text)
        said = _ASKED.sub(r"\1", _DAY.sub(self._of_day, said))
        return _CODE.sub(lambda found: names.get(found[0], found[0].replace("_", " ")), said)

    @staticmethod
    def title(text: str, names: Mapping[str, str]) -> str:
        """The title of a task as people say it: codes of the vocabulary in it are called as `names` has them,
        all else is as it was written.
        """
        return _CODE.sub(lambda found: names.get(found[0], found[0]), text).replace("`", "")

    def _moment(self, found: re.Match[str]) -> str:
        """A local time with the name of its zone, which is the office's or another one."""
        try:
            moment = datetime.fromisoformat(found[1]).replace(tzinfo=ZoneInfo(found[2]))
        except (ValueError, OSError):
            return found[0]
        return self.at(moment)

    def _of_day(self, found: re.Match[str]) -> str:
        try:
            return self.day(date.fromisoformat(found[0]))
        except ValueError:
            return found[0]

    @staticmethod
    def language(tag: str) -> str:
        """The name of a language (BCP 47); the tag itself where it has none."""
        try:
            return Locale.parse(tag, sep="-").english_name or tag
        except (ValueError, UnknownLocaleError):
            return tag

    @staticmethod
    def of_number(number: Mapping[str, Any]) -> str:
        """What has to be minded before this number is dialled."""
        said = [
            f"call {number['safe_times']}" if number.get("safe_times") else "",
            _minded(number.get("may_leave_message"), "you may leave a message", "leave no message"),
            _minded(
                number.get("may_identify_organisation"),
                "you may say where you call from",
                "do not say where you call from",
            ),
            f"shared with {number['who_shares_device']}" if number.get("who_shares_device") else "",
            f"code word: {number['code_word']}" if number.get("code_word") else "",
            "has asked for no more SMS" if number.get("opted_out") else "",
        ]
        return "; ".join(filter(None, said))


def _minded(may: bool | None, yes: str, no: str) -> str:
    return yes if may else no


def span(length: timedelta) -> str:
    """A length of time in its largest unit: `5 minutes`, `3 hours`, `2 days`."""
    minutes = max(1, int(length.total_seconds() // 60))
    for size, name in ((60 * 24, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            count = minutes // size
            return f"{count} {name}{'' if count == 1 else 's'}"
    return "1 minute"


def plain(word: str | None) -> str:
    """A word of the journal without its underscores."""
    return "" if word is None else word.replace("doesnt_know", "doesn't know").replace("_", " ")


def part(word: str) -> str:
    """The name of a part of a record, for people: what it points to, without saying that it does so by an
    id.
    """
    return plain(word.removesuffix("_id"))


def dated(day: date) -> str:
    """A day with its year and without its weekday, such as somebody's birthday: `3 Mar 1990`."""
    return f"{day.day} {day:%b %Y}"


def sentence(words: str) -> str:
    """The words as a sentence."""
    return words[:1].upper() + words[1:] + ("" if words.endswith((".", "!", "?")) else ".")


def actor(name: str) -> str:
    """Who did something, where the audit names no member of staff: the command line, or a process."""
    kind, colon, rest = name.partition(":")
    known = {"operator": "the command line", "system": "the process"}.get(kind)
    return name if known is None else f"{known} ({plain(rest)})" if colon else known


def initials(name: str) -> str:
    """The first letters of the first and the last part of a name."""
    parts = name.split()
    return "".join(part[0] for part in (parts[:1] + parts[1:][-1:])).upper()


def telephone(number: str) -> str:
    """A telephone number in groups, as people write it: `+1 202-555-0143`. What is none is as it was."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
