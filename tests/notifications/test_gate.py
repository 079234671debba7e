"""The gate: what may go to whom, and when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models import Channel, InvolvementRole, PhoneType, Safety
from notifications import Allowed, Deferred, Refused, choose, entry_of, judge

SMS = Channel.SMS


def verdict(world: Any, contact: Any, critical: bool = False, channel: Channel = SMS) -> Any:
    with world.store.read() as session:
        entry = entry_of(session, contact)
        assert entry is not None
        return judge(
            contact,
            entry.client,
            entry.involvement,
            channel,
            world.clock.now,
            critical,
            background=entry.background,
        )


def test_an_ordinary_contact_may_be_used(world: Any) -> None:
    assert verdict(world, world.phone(world.client())) == Allowed()


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"safe": Safety.NO}, "marked_unsafe"),
        ({"set_aside_at": "now"}, "set_aside"),
        ({"erroneous_at": "now"}, "erroneous"),
        ({"bounced_at": "now"}, "bounced"),
        ({"opted_out_at": "now"}, "opted_out"),
        ({"phone_type": PhoneType.VOICE}, "wrong_kind"),
        ({"phone_type": PhoneType.FAX}, "wrong_kind"),
        ({"safe_times": "whenever he is out"}, "safe_times_unreadable"),
    ],
)
def test_a_contact_that_must_not_be_used_is_refused_even_for_a_critical_message(
    world: Any, fields: dict[str, Any], code: str
) -> None:
    given = {name: world.clock.now if value == "now" else value for name, value in fields.items()}
    contact = world.phone(world.client(), **given)
    for critical in (False, True):
        assert verdict(world, contact, critical).code == code


def test_an_email_address_takes_no_text_message(world: Any) -> None:
    assert verdict(world, world.mail(world.client())).code == "wrong_kind"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "not_confirmed_safe"),
        ({"safe": Safety.UNKNOWN, "confirmed_at": timedelta()}, "not_confirmed_safe"),
        ({"safe": Safety.YES}, "not_confirmed_safe"),
        ({"safe": Safety.YES, "confirmed_at": timedelta(days=1)}, "not_confirmed_safe"),
        ({"safe": Safety.YES, "confirmed_at": timedelta(days=-200)}, "confirmation_lapsed"),
        (
            {"safe": Safety.YES, "confirmed_at": timedelta(days=-9), "expires_at": timedelta()},
            "confirmation_lapsed",
        ),
    ],
)
def test_with_domestic_violence_whatever_is_not_confirmed_safe_now_is_refused(
    world: Any, fields: dict[str, Any], code: str
) -> None:
    given = {
        name: world.clock.now + value if isinstance(value, timedelta) else value
        for name, value in fields.items()
    }
    contact = world.phone(world.client(domestic_violence=True), **given)
    assert verdict(world, contact, critical=True).code == code


def test_with_domestic_violence_a_contact_that_is_confirmed_safe_may_be_used(world: Any) -> None:
    client = world.client(domestic_violence=True)
    fresh = world.clock.now - timedelta(days=30)
    later = world.clock.now + timedelta(days=1)
    assert verdict(world, world.phone(client, safe=Safety.YES, confirmed_at=fresh)) == Allowed()
    old = fresh - timedelta(days=900)
    contact = world.phone(client, "+12125550101", safe=Safety.YES, confirmed_at=old, expires_at=later)
    assert verdict(world, contact) == Allowed()


def test_the_flag_of_a_merged_record_of_the_same_person_counts(world: Any) -> None:
    survivor = world.client()
    world.client(domestic_violence=True, merged_into_id=survivor.id)
    assert verdict(world, world.phone(survivor)).code == "not_confirmed_safe"


def test_a_contact_of_a_merged_record_is_judged_by_the_survivor(world: Any) -> None:
    survivor = world.client(domestic_violence=True)
    merged = world.client(merged_into_id=survivor.id)
    assert verdict(world, world.phone(merged)).code == "not_confirmed_safe"


def test_a_guardian_who_is_the_alleged_perpetrator_is_never_written_to(world: Any) -> None:
    client = world.client()
    guardian = world.guardian(client, alleged_perpetrator=True)
    contact = world.phone(client, involvement_id=guardian.id, safe=Safety.YES, confirmed_at=world.clock.now)
    assert verdict(world, contact, critical=True).code == "alleged_perpetrator"


@pytest.mark.parametrize(("days", "code"), [(-2, "bounced"), (-1, "bounced"), (0, None), (1, "bounced")])
def test_a_number_that_was_found_wrong_may_be_used_again_when_a_person_has_confirmed_it_since(
    world: Any, days: int, code: str | None
) -> None:
    client, yesterday = world.client(), world.clock.now - timedelta(days=1)
    world.phone(client, erroneous_at=yesterday)
    again = world.phone(client, safe=Safety.YES, confirmed_at=world.clock.now + timedelta(days=days))
    said = verdict(world, again)
    assert (said.code if isinstance(said, Refused) else None) == code


def test_a_number_that_the_alleged_perpetrator_uses_too_is_refused(world: Any) -> None:
    client = world.client()
    partner = world.guardian(client, role=InvolvementRole.RELATIVE, alleged_perpetrator=True)
    world.phone(client, involvement_id=partner.id)
    own = world.phone(client, safe=Safety.YES, confirmed_at=world.clock.now)
    assert verdict(world, own).code == "alleged_perpetrator"


def test_a_perpetrator_who_stands_a_second_time_without_the_flag_is_refused(world: Any) -> None:
    client, partner = world.client(), world.client(given_name="Luis")
    world.guardian(
        client, person_client_id=partner.id, role=InvolvementRole.RELATIVE, alleged_perpetrator=True
    )
    again = world.guardian(client, person_client_id=partner.id)
    assert verdict(world, world.phone(client, involvement_id=again.id)).code == "alleged_perpetrator"


def test_a_perpetrators_own_record_as_a_client_marks_the_shared_number(world: Any) -> None:
    client, partner = world.client(), world.client(given_name="Luis")
    world.guardian(
        client, person_client_id=partner.id, role=InvolvementRole.RELATIVE, alleged_perpetrator=True
    )
    world.phone(partner)
    assert verdict(world, world.phone(client)).code == "alleged_perpetrator"


def test_someone_who_is_no_longer_involved_is_not_written_to(world: Any) -> None:
    client = world.client()
    guardian = world.guardian(client, ended_on=world.clock.now.date())
    assert verdict(world, world.phone(client, involvement_id=guardian.id)).code == "involvement_ended"


def test_stop_counts_for_every_record_of_the_number(world: Any) -> None:
    world.phone(world.client(), opted_out_at=world.clock.now)
    assert verdict(world, world.phone(world.client())).code == "opted_out"


def test_the_stricter_of_two_records_of_one_number_wins_for_this_client_only(world: Any) -> None:
    client = world.client()
    world.mail(client, "Rosa@example.org", safe=Safety.NO)
    same = world.mail(client, "rosa@example.org", safe=Safety.YES)
    others = world.mail(world.client(), "rosa@example.org")
    assert verdict(world, same, channel=Channel.EMAIL).code == "marked_unsafe"
    assert verdict(world, others, channel=Channel.EMAIL) == Allowed()


def test_quiet_hours_are_those_of_the_recipient(world: Any) -> None:
    early = world.clock.now.replace(hour=11)  # 6:00 in New York, 12:00 in Berlin
    world.clock.now = early
    here = world.phone(world.client())
    there = world.phone(world.client(time_zone="Europe/Berlin"), "+4930123456")
    assert verdict(world, here) == Deferred(
        early.replace(hour=13), "quiet_hours", "the recipient has quiet hours"
    )
    assert verdict(world, there) == Allowed()


def test_a_critical_message_passes_quiet_hours_with_the_reason_recorded(world: Any) -> None:
    world.clock.now = world.clock.now.replace(hour=6)
    passed = verdict(world, world.phone(world.client()), critical=True)
    assert isinstance(passed, Allowed)
    assert passed.quiet_bypass is not None


def test_outside_safe_times_an_ordinary_message_waits_and_a_critical_one_is_refused(world: Any) -> None:
    contact = world.phone(world.client(), safe_times="mon-fri 12:00-14:00")
    waits = verdict(world, contact)
    assert isinstance(waits, Deferred)
    assert waits.until == world.clock.now + timedelta(hours=2)
    assert verdict(world, contact, critical=True).code == "outside_safe_times"
    world.clock.forward(hours=3)
    assert verdict(world, contact, critical=True) == Allowed()


def chosen(world: Any, client: Any, *roles: str, every: bool = False, critical: bool = False) -> Any:
    with world.store.read() as session:
        return choose(session, client.id, roles, SMS, every, world.clock.now, critical)


def test_client_or_guardian_is_the_first_safe_one(world: Any) -> None:
    client = world.client()
    world.phone(client, safe=Safety.NO)
    guardian = world.guardian(client)
    safe = world.phone(client, "+12125550101", involvement_id=guardian.id)
    choice = chosen(world, client, "client", "guardian")
    assert [(pick.role, pick.entry.contact.id) for pick in choice.picks] == [("guardian", safe.id)]
    assert [(refusal.role, refusal.code) for refusal in choice.refusals] == [("client", "marked_unsafe")]
    assert choice.missing == ()


def test_client_and_guardian_are_both_and_says_who_is_missing(world: Any) -> None:
    client = world.client()
    world.phone(client)
    choice = chosen(world, client, "client", "guardian", every=True)
    assert [pick.role for pick in choice.picks] == ["client"]
    assert choice.missing == ("guardian",)
    assert [refusal.code for refusal in choice.refusals] == ["no_contact"]


def test_the_preferred_contact_comes_first_then_the_one_confirmed_safe(world: Any) -> None:
    client = world.client()
    world.phone(client, "+12125550101")
    confirmed = world.phone(client, "+12125550102", safe=Safety.YES, confirmed_at=world.clock.now)
    assert chosen(world, client, "client").picks[0].entry.contact.id == confirmed.id
    preferred = world.phone(client, "+12125550103", preferred=True)
    assert chosen(world, client, "client").picks[0].entry.contact.id == preferred.id


def test_a_client_who_does_not_exist_has_nobody_to_write_to(world: Any) -> None:
    with world.store.read() as session:
        choice = choose(session, "0" * 26, ("client",), SMS, False, world.clock.now)
    assert choice.picks == ()
    assert choice.missing == ("client",)


def test_every_refusal_says_why_in_words(world: Any) -> None:
    refused = verdict(world, world.phone(world.client(), safe=Safety.NO))
    assert refused == Refused("marked_unsafe", "it is recorded as not safe")
