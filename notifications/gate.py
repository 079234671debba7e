"""The gate: whether a message may go to a contact point now (G8). Nothing leaves the outbox without it.

The rules are those of domain.md, "People and contacts" and "Messages". A critical message passes quiet
hours, with the reason recorded; nothing passes safety.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlmodel import Session

from models import Channel, Client, ContactKind, ContactPoint, Involvement, PhoneType, Safety, Staff
from notifications.background import Background, Entry, entries_of_role, survivor
from notifications.hours import HoursError, next_opening, quiet_until, within_windows
from notifications.policy import Policy

REFUSALS = MappingProxyType(
    {
        "no_contact": "no such contact is recorded",
        "wrong_kind": "it can't receive this kind of message",
        "address_changed": "the address was changed after the message was written",
        "set_aside": "it was set aside as a duplicate",
        "erroneous": "it is recorded as wrong",
        "bounced": "an earlier message came back from it",
        "opted_out": "the person said STOP",
        "marked_unsafe": "it is recorded as not safe",
        "alleged_perpetrator": "an alleged perpetrator uses it",
        "involvement_ended": "this person is no longer involved",
        "not_confirmed_safe": "it is not confirmed as safe, which domestic violence requires",
        "confirmation_lapsed": "its confirmation as safe has run out, and domestic violence requires one",
        "outside_safe_times": "it is outside the times at which this contact is safe",
        "safe_times_unreadable": "its safe times can't be read, so a person has to decide",
        "inactive": "this member of staff is not active",
    }
)
"""Why a message may not go, by code. Codes are stored with messages and never removed."""

_SMS_CAPABLE = (None, PhoneType.CELL, PhoneType.TEXT)


@dataclass(frozen=True, slots=True)
class Allowed:
    """It may go now. `quiet_bypass` says why it may although the recipient has quiet hours."""

    quiet_bypass: str | None = None


@dataclass(frozen=True, slots=True)
class Deferred:
    """It may go, but not before `until` (UTC), when it is judged again."""

    until: datetime
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """It must not go. `code` is a key of `REFUSALS`, `reason` its sentence."""

    code: str
    reason: str


Verdict = Allowed | Deferred | Refused


@dataclass(frozen=True, slots=True)
class Pick:
    """A contact that the gate lets pass, now or later."""

    role: str
    entry: Entry
    verdict: Allowed | Deferred


@dataclass(frozen=True, slots=True)
class Refusal:
    """A contact that the gate refused; `contact` is None where a role has no contact at all."""

    role: str
    contact: ContactPoint | None
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Whom a message may go to. `missing` are the roles that were meant and have no contact that the gate
    lets pass.
    """

    picks: tuple[Pick, ...]
    refusals: tuple[Refusal, ...]
    missing: tuple[str, ...]


def judge(
    contact: ContactPoint,
    client: Client,
    involvement: Involvement | None,
    channel: Channel,
    now: datetime,
    critical: bool = False,
    *,
    background: Background = Background(),  # noqa: B008 (frozen)
    policy: Policy = Policy(),  # noqa: B008 (frozen)
) -> Verdict:
    """Whether a message may go to this contact now.

    `client` is the survivor of merges; `involvement` the person whose contact it is, if it is not the
    client's own.
    """
    at_risk = client.domestic_violence or background.domestic_violence
    code = (
        _unusable(contact, channel, background, now)
        or _unsafe_person(contact, involvement, background, now.date())
        or (_unconfirmed(contact, now, policy) if at_risk else None)
    )
    if code is not None:
        return _refused(code)
    zone = _zone(background.time_zone or client.time_zone, policy.zone)
    return _timely(contact, channel, now, zone, critical, policy)


def judge_staff(staff: Staff | None, address: str, channel: Channel) -> Verdict:
    """Whether a message may go to a member of staff: active, and still at this address. Work has no quiet
    hours.
    """
    if staff is None or not staff.active:
        return _refused("inactive")
    known = staff.email if channel is Channel.EMAIL else staff.phone
    return Allowed() if known == address else _refused("address_changed")


def choose(
    session: Session,
    client_id: str,
    roles: Sequence[str],
    channel: Channel,
    every: bool,
    now: datetime,
    critical: bool = False,
    policy: Policy = Policy(),  # noqa: B008 (frozen)
) -> Choice:
    """The first safe contact over the roles in their order, or with `every` the first safe one of each
    role.
    """
    client = survivor(session, client_id)
    if client is None:
        return Choice((), tuple(Refusal(role, None, *_pair("no_contact")) for role in roles), tuple(roles))

    def weigh(entry: Entry) -> Verdict:
        return judge(
            entry.contact,
            entry.client,
            entry.involvement,
            channel,
            now,
            critical,
            background=entry.background,
            policy=policy,
        )

    picks: list[Pick] = []
    refusals: list[Refusal] = []
    missing: list[str] = []
    for role in roles:
        entries = [
            each
            for each in entries_of_role(session, client, role, now.date())
            if _kind_fits(each.contact, channel)
        ]
        pick = _first(role, entries, weigh, refusals)
        if pick is None:
            missing.append(role)
            continue
        picks.append(pick)
        if not every:
            return Choice(tuple(picks), tuple(refusals), ())
    return Choice(tuple(picks), tuple(refusals), tuple(missing))


def _first(
    role: str, entries: Iterable[Entry], weigh: Callable[[Entry], Verdict], refusals: list[Refusal]
) -> Pick | None:
    known = False
    for entry in entries:
        known = True
        verdict = weigh(entry)
        if not isinstance(verdict, Refused):
            return Pick(role, entry, verdict)
        refusals.append(Refusal(role, entry.contact, verdict.code, verdict.reason))
    if not known:
        refusals.append(Refusal(role, None, *_pair("no_contact")))
    return None


def _kind_fits(contact: ContactPoint, channel: Channel) -> bool:
    return contact.kind is (ContactKind.EMAIL if channel is Channel.EMAIL else ContactKind.PHONE)


def _unusable(contact: ContactPoint, channel: Channel, background: Background, now: datetime) -> str | None:
    texts = channel is Channel.EMAIL or contact.phone_type in _SMS_CAPABLE
    checks = (
        ("wrong_kind", not contact.value or not _kind_fits(contact, channel) or not texts),
        ("set_aside", contact.set_aside_at is not None),
        ("erroneous", contact.erroneous_at is not None),
        ("bounced", contact.bounced_at is not None or _wrong_elsewhere(contact, background, now)),
        ("opted_out", contact.opted_out_at is not None or background.opted_out),
    )
    return next((code for code, holds in checks if holds), None)


def _wrong_elsewhere(contact: ContactPoint, background: Background, now: datetime) -> bool:
    """Whether the same address was found wrong in another record, and nobody has confirmed this one since."""
    if background.wrong_at is None:
        return False
    return contact.confirmed_at is None or not background.wrong_at < contact.confirmed_at <= now


def _unsafe_person(
    contact: ContactPoint, involvement: Involvement | None, background: Background, today: date
) -> str | None:
    foreign = contact.involvement_id is not None
    ended = involvement is not None and involvement.ended_on is not None and involvement.ended_on <= today
    checks = (
        ("no_contact", foreign and involvement is None),
        (
            "alleged_perpetrator",
            background.of_perpetrator or (involvement is not None and involvement.alleged_perpetrator),
        ),
        ("marked_unsafe", contact.safe is Safety.NO or background.marked_unsafe),
        ("involvement_ended", ended),
    )
    return next((code for code, holds in checks if holds), None)


def _unconfirmed(contact: ContactPoint, now: datetime, policy: Policy) -> str | None:
    if contact.safe is not Safety.YES or contact.confirmed_at is None or contact.confirmed_at > now:
        return "not_confirmed_safe"
    ends = contact.expires_at or contact.confirmed_at + policy.reconfirm_after
    return "confirmation_lapsed" if ends <= now else None


def _timely(
    contact: ContactPoint, channel: Channel, now: datetime, zone: str, critical: bool, policy: Policy
) -> Verdict:
    if contact.safe_times:
        outside = _outside_safe_times(contact.safe_times, now, zone, critical)
        if outside is not None:
            return outside
    quiet = None
    if channel in policy.quiet_channels:
        quiet = quiet_until(now, zone, policy.quiet_start, policy.quiet_end)
    if quiet is None:
        return Allowed()
    if critical:
        return Allowed(quiet_bypass="critical: it concerns somebody's safety")
    return Deferred(quiet, "quiet_hours", "the recipient has quiet hours")


def _outside_safe_times(windows: str, now: datetime, zone: str, critical: bool) -> Verdict | None:
    try:
        if within_windows(now, zone, windows):
            return None
        opening = next_opening(now, zone, windows)
    except HoursError:
        return _refused("safe_times_unreadable")
    if critical:
        return _refused("outside_safe_times")
    return Deferred(opening, *_pair("outside_safe_times"))


def _zone(name: str | None, default: str) -> str:
    if name is None:
        return default
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError):
        return default  # a time zone that nobody knows must not stop a message; the office's is the next best


def _refused(code: str) -> Refused:
    return Refused(*_pair(code))


def _pair(code: str) -> tuple[str, str]:
    return code, REFUSALS[code]
