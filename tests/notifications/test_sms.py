"""SMS through Twilio's SDK, against a server that answers as Twilio does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from models import Channel
from notifications import (
    ConfigurationError,
    ContactFault,
    OutcomeUnknown,
    Outgoing,
    Rejected,
    TryLater,
    TwilioChannel,
    TwilioSettings,
)


@pytest.fixture
def build(twilio: Any) -> Callable[..., TwilioChannel]:
    def make(**fields: Any) -> TwilioChannel:
        given = {
            "account_sid": "AC" + "0" * 32,
            "auth_token": "token-of-the-test",
            "sender": "+15005550006",
            "base_url": twilio.url,
            "timeout": 2.0,
            **fields,
        }
        return TwilioChannel(TwilioSettings(**given))

    return make


@pytest.fixture
def sms(outgoing: Callable[..., Outgoing]) -> Callable[..., Outgoing]:
    return lambda **fields: outgoing(
        **{"channel": Channel.SMS, "address": "+12125550100", "subject": "", **fields}
    )


@pytest.mark.parametrize(
    ("number", "code", "fault"),
    [
        ("+15005550001", "21211", ContactFault.ERRONEOUS),
        ("+15005550009", "21614", ContactFault.ERRONEOUS),
        ("+15005550004", "21610", ContactFault.OPTED_OUT),
        ("+15005550002", "21612", None),
        ("12125550100", "21211", ContactFault.ERRONEOUS),
    ],
)
def test_twilios_refusals_are_for_good_and_say_what_is_wrong_with_the_number(
    build: Any, sms: Any, number: str, code: str, fault: ContactFault | None
) -> None:
    with pytest.raises(Rejected) as caught:
        build().send(sms(address=number))
    assert (caught.value.code, caught.value.fault) == (code, fault)


def test_a_wrong_password_keeps_the_message_for_later(build: Any, sms: Any, twilio: Any) -> None:
    with pytest.raises(TryLater) as caught:
        build(auth_token="wrong").send(sms())
    assert caught.value.code == "20003"
    assert twilio.carried == []


def test_too_many_requests_may_be_repeated_later(build: Any, sms: Any, twilio: Any) -> None:
    twilio.behave("429")
    with pytest.raises(TryLater) as caught:
        build().send(sms())
    assert caught.value.code == "20429"


def test_a_fault_of_the_server_leaves_open_whether_the_message_was_taken(
    build: Any, sms: Any, twilio: Any
) -> None:
    twilio.behave("500")
    with pytest.raises(OutcomeUnknown) as caught:
        build().send(sms())
    assert caught.value.code == "http_500"


def test_a_time_out_after_accepting_is_found_again(build: Any, sms: Any, twilio: Any) -> None:
    twilio.behave("silent")
    channel, message = build(timeout=0.2), sms()
    with pytest.raises(OutcomeUnknown):
        channel.send(message)
    assert twilio.posts == 1, "the SDK must not repeat a POST by itself"
    assert channel.find(message) == (twilio.carried[0].sid,)


def test_an_older_message_with_the_same_text_is_not_taken_for_this_one(
    build: Any, sms: Any, twilio: Any, clock: Any
) -> None:
    channel = build()
    twilio.clock = clock.now - timedelta(days=30)
    channel.send(sms())
    twilio.clock = clock.now
    assert channel.find(sms()) == ()
    channel.send(sms(body="Another text"))
    assert channel.find(sms()) == ()


def test_the_status_is_read_until_it_is_final(build: Any, sms: Any, twilio: Any) -> None:
    channel = build()
    sid = channel.send(sms()).provider_id
    twilio.carried[0].statuses.extend(["sent", "undelivered"])
    assert [channel.status(sid).status for _ in range(4)] == ["queued", "sent", "undelivered", "undelivered"]


def test_an_error_code_of_a_message_says_what_is_wrong_with_the_number(
    build: Any, sms: Any, twilio: Any
) -> None:
    channel = build()
    sid = channel.send(sms()).provider_id
    twilio.carried[0].error_code = 30006
    report = channel.status(sid)
    assert (report.error_code, report.fault) == ("30006", ContactFault.ERRONEOUS)


def test_a_message_the_provider_does_not_know_is_no_reason_to_ask_again(build: Any) -> None:
    with pytest.raises(Rejected):
        build().status("SM" + "f" * 32)


def test_a_provider_that_fails_while_asked_is_asked_later(build: Any, sms: Any, twilio: Any) -> None:
    channel = build()
    sid = channel.send(sms()).provider_id
    twilio.reading.extend([500, 500])
    with pytest.raises(TryLater):
        channel.status(sid)
    with pytest.raises(TryLater):
        channel.find(sms())


def test_our_id_travels_in_the_callback_address(build: Any, sms: Any, twilio: Any) -> None:
    message = sms()
    build(callback_url="https://cases.example.org/receipts").send(message)
    assert twilio.carried[0].callback == f"https://cases.example.org/receipts?message={message.message_id}"


def test_neither_the_log_nor_the_settings_show_numbers_texts_or_the_token(
    build: Any, sms: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "twilio")
    caplog.set_level("DEBUG", "notifications")
    channel = build()
    channel.send(sms())
    channel.find(sms())
    assert "2125550100" not in caplog.text
    assert "Hello" not in caplog.text
    assert "token" not in repr(TwilioSettings("AC1", "token-of-the-test", "+15005550006"))


def test_settings_from_the_environment_are_not_used(
    build: Any, sms: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_REGION", "elsewhere")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert build().send(sms()).provider_id


def test_an_account_without_a_sender_is_refused(build: Any) -> None:
    with pytest.raises(ConfigurationError, match="sender"):
        build(sender="")
