"""G8: no message to a contact that is not safe, whatever the records say and whenever they change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from databases import in_memory
from hypothesis import event, given, settings
from hypothesis import strategies as st

from models import (
    Channel,
    Client,
    ContactKind,
    ContactPoint,
    Involvement,
    InvolvementRole,
    MessagePriority,
    PhoneType,
    Safety,
    Store,
    new_id,
)
from notifications import (
    Accepted,
    Addressee,
    Draft,
    Outgoing,
    Post,
    ProviderReport,
    choose,
    deliver_due,
    queue,
)

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # a Monday, 10:00 in New York
LONG_AGO, LATELY, SOON = NOW - timedelta(days=400), NOW - timedelta(days=3), NOW + timedelta(days=3)
SAFE: dict[str, Any] = {
    "value": "1",  # becomes a number of its own in each example
    "safe": Safety.YES,
    "confirmed_at": LATELY,
    "expires_at": None,
    "erroneous_at": None,
    "bounced_at": None,
    "opted_out_at": None,
    "set_aside_at": None,
    "safe_times": None,
    "phone_type": None,
    "of": "client",
}
DEVIATIONS: list[tuple[str, Any]] = [
    *(("value", number) for number in "23"),
    *(("safe", safety) for safety in (Safety.UNKNOWN, Safety.NO)),
    *(("confirmed_at", moment) for moment in (None, LONG_AGO, SOON)),
    *(("expires_at", moment) for moment in (LONG_AGO, LATELY, SOON)),
    *((name, LONG_AGO) for name in ("erroneous_at", "bounced_at")),
    *((name, LATELY) for name in ("erroneous_at", "bounced_at", "opted_out_at", "set_aside_at")),
    *(("safe_times", text) for text in ("mon-fri 09:00-17:00", "sat 10:00-12:00", "not at night")),
    *(("phone_type", kind) for kind in (PhoneType.CELL, PhoneType.VOICE)),
    *(("of", whose) for whose in ("guardian", "perpetrator")),
]
CHANGES = [each for each in DEVIATIONS if each[0] not in ("value", "of")]
"""What can happen to a contact after a message to it was queued."""

contact_states = st.lists(st.sampled_from(DEVIATIONS), max_size=3).map(lambda found: {**SAFE, **dict(found)})


class Recording:
    """A channel that remembers to whom it sent."""

    name = "recording"
    reports = True

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []

    def send(self, outgoing: Outgoing) -> Accepted:
        self.sent.append(outgoing)
        return Accepted(outgoing.message_id)

    def status(self, provider_id: str) -> ProviderReport:
        return ProviderReport("delivered")

    def find(self, outgoing: Outgoing) -> tuple[str, ...]:
        return ()


def is_safe(
    number: str, contacts: list[dict[str, Any]], domestic_violence: bool, used: dict[str, Any]
) -> bool:
    """The rule of domain.md in one sentence each, written apart from the gate."""
    alike = [each for each in contacts if each["value"] == number]
    confirmed = (
        used["safe"] is Safety.YES
        and used["confirmed_at"] is not None
        and used["confirmed_at"] <= NOW
        and (used["expires_at"] or used["confirmed_at"] + timedelta(days=180)) > NOW
    )
    return (
        not any(each["opted_out_at"] for each in alike)
        and not any(each["safe"] is Safety.NO for each in alike)
        and not any(each["of"] == "perpetrator" for each in alike)
        and not (used["bounced_at"] or used["erroneous_at"])
        and not any(_wrong_since(each, used["confirmed_at"]) for each in alike)
        and used["set_aside_at"] is None
        and used["safe_times"] in (None, "mon-fri 09:00-17:00")
        and used["phone_type"] is not PhoneType.VOICE
        and (confirmed or not domestic_violence)
    )


def _wrong_since(other: dict[str, Any], confirmed: datetime | None) -> bool:
    moments = [each for each in (other["bounced_at"], other["erroneous_at"]) if each is not None]
    return any(confirmed is None or confirmed > NOW or each >= confirmed for each in moments)


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with in_memory() as made:
        yield made


@settings(max_examples=100, deadline=None)
@given(
    before=st.lists(contact_states, min_size=1, max_size=4),
    after=st.lists(contact_states, min_size=4, max_size=4),
    changed=st.sets(st.integers(0, 3)),
    domestic_violence=st.booleans(),
    critical=st.booleans(),
    every=st.booleans(),
)
def test_g8_no_send_is_to_a_contact_that_is_not_safe_at_that_moment(
    store: Store,
    before: list[dict[str, Any]],
    after: list[dict[str, Any]],
    changed: set[int],
    domestic_violence: bool,
    critical: bool,
    every: bool,
) -> None:
    client, people, points = _records(before, domestic_violence)
    with store.write() as session:
        session.add_all([client, *people, *points])
        session.flush()
        choice = choose(session, client.id, ("client", "guardian"), Channel.SMS, every, NOW, critical)
        for pick in choice.picks:
            _queue(session, pick.entry.contact, critical)
    current = list(before)
    with store.write() as session:
        for index in changed & set(range(len(before))):
            current[index] = {**after[index], "of": before[index]["of"]}
            stored = session.get(ContactPoint, points[index].id)
            assert stored is not None
            for name, value in _fields(current[index], client).items():
                setattr(stored, name, value)
    channel = Recording()
    deliver_due(Post(store, {Channel.SMS: channel}, lambda: NOW))
    picked = {pick.entry.contact.id for pick in choice.picks}
    for outgoing in channel.sent:
        event("sent")
        used = [
            state
            for point, state in zip(points, current, strict=True)
            if point.id in picked and _number(state, client) == outgoing.address
        ]
        assert any(is_safe(each["value"], current, domestic_violence, each) for each in used)


@pytest.mark.parametrize("critical", [False, True])
@pytest.mark.parametrize("domestic_violence", [False, True])
@pytest.mark.parametrize("deviation", CHANGES, ids=lambda each: f"{each[0]}-{each[1]}")
def test_g8_a_safe_contact_that_changes_in_one_way_is_written_to_only_if_it_is_still_safe(
    store: Store, deviation: tuple[str, Any], domestic_violence: bool, critical: bool
) -> None:
    name, value = deviation
    client, people, points = _records([SAFE], domestic_violence)
    state = {**SAFE, name: value}
    with store.write() as session:
        session.add_all([client, *people, *points])
        session.flush()
        _queue(session, points[0], critical)
        setattr(points[0], name, value)
    channel = Recording()
    deliver_due(Post(store, {Channel.SMS: channel}, lambda: NOW))
    assert len(channel.sent) == is_safe("1", [state], domestic_violence, state)


def _number(state: dict[str, Any], client: Client) -> str:
    return f"+{client.id}{state['value']}"


def _fields(state: dict[str, Any], client: Client) -> dict[str, Any]:
    kept = {name: value for name, value in state.items() if name != "of"}
    return {**kept, "value": _number(state, client)}


def _records(
    states: list[dict[str, Any]], domestic_violence: bool
) -> tuple[Client, list[Involvement], list[ContactPoint]]:
    client = Client(
        given_name="Rosa",
        family_name="Vega",
        domestic_violence=domestic_violence,
        time_zone="America/New_York",
        created_at=NOW,
    )
    people = {
        name: Involvement(
            client_id=client.id,
            name=name,
            role=InvolvementRole.GUARDIAN,
            alleged_perpetrator=name == "perpetrator",
        )
        for name in ("guardian", "perpetrator")
    }
    points = [
        ContactPoint(
            client_id=client.id,
            involvement_id=people[state["of"]].id if state["of"] in people else None,
            kind=ContactKind.PHONE,
            created_at=NOW,
            **_fields(state, client),
        )
        for state in states
    ]
    return client, list(people.values()), points


def _queue(session: Any, contact: ContactPoint, critical: bool) -> None:
    draft = Draft(
        channel=Channel.SMS,
        to=Addressee("client", contact.value or "", "en", contact_point_id=contact.id),
        template="test",
        language="en",
        subject="",
        body="Please call.",
        key=new_id(),
        priority=MessagePriority.CRITICAL if critical else MessagePriority.ORDINARY,
    )
    queue(session, draft, NOW, new_id)
