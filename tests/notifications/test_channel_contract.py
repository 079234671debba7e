"""One contract for every channel: the folder, a real SMTP server, and a server that answers like Twilio."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from models import Channel as ChannelKind
from notifications import (
    Accepted,
    Channel,
    FolderChannel,
    OutcomeUnknown,
    Outgoing,
    Rejected,
    SmtpChannel,
    SmtpSettings,
    TryLater,
    TwilioChannel,
    TwilioSettings,
)
from notifications.channels import PROVIDER_STATUSES, ContactFault
from notifications.memory import MemoryChannel


@dataclass
class Bench:
    """A channel with the means to make its other side refuse, be busy, lose its reply, or be gone."""

    channel: Channel
    kind: ChannelKind
    address: str
    refused_address: str
    refuse: Callable[[], None]
    busy: Callable[[], None]
    lose: Callable[[], None]
    arrived: Callable[[], int]
    unreachable: Channel
    can_find: bool
    fault: ContactFault | None


def _closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _nothing() -> None:
    """The other side refuses this address anyway."""


breakable = pytest.mark.parametrize("bench", ["folder", "folder_sms", "smtp", "twilio"], indirect=True)
"""The channels whose other side can be busy or gone, or lose a reply."""


@pytest.fixture(params=["memory", "folder", "folder_sms", "smtp", "twilio"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    return _BENCHES[request.param](request, tmp_path)


def _folder(kind: ChannelKind) -> Callable[[pytest.FixtureRequest, Path], Bench]:
    def build(_request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
        folder = tmp_path / "out"
        folder.mkdir()
        own, other = (
            ("rosa@example.org", "nobody@example.org")
            if kind is ChannelKind.EMAIL
            else ("+12125550100", "+12125550101")
        )

        def tell(code: str) -> Callable[[], None]:
            return lambda: (folder / "failing.txt").write_text(f"{own} {code}\n") and None

        in_the_way = tmp_path / "file"
        in_the_way.write_text("")
        return Bench(
            FolderChannel(folder, failing={other: "invalid"}),
            kind,
            own,
            other,
            _nothing,
            tell("busy"),
            tell("lost"),
            lambda: len([*folder.glob("*.eml"), *folder.glob("*-*.txt")]),
            FolderChannel(in_the_way / "sub"),
            can_find=True,
            fault=ContactFault.ERRONEOUS,
        )

    return build


def _memory(_request: pytest.FixtureRequest, _tmp_path: Path) -> Bench:
    channel = MemoryChannel(ChannelKind.SMS, refuse=["+12125550101"])
    return Bench(
        channel,
        ChannelKind.SMS,
        "+12125550100",
        "+12125550101",
        _nothing,
        _nothing,
        _nothing,
        lambda: len(channel.sent),
        channel,
        can_find=True,
        fault=None,
    )


def _smtp(request: pytest.FixtureRequest, _tmp_path: Path) -> Bench:
    mailbox, server = request.getfixturevalue("mailbox"), request.getfixturevalue("smtp")

    def channel(port: int) -> SmtpChannel:
        return SmtpChannel(
            SmtpSettings("127.0.0.1", port, "office@example.org", security="none", timeout=2.0)
        )

    def answer(command: str, reply: str) -> Callable[[], None]:
        return lambda: mailbox.answers.setdefault(command, []).append(reply)

    port = server.port
    return Bench(
        channel(port),
        ChannelKind.EMAIL,
        "rosa@example.org",
        "nobody@example.org",
        answer("RCPT", "550 5.1.1 no such user"),
        answer("RCPT", "451 4.3.0 try again"),
        answer("DATA", "lost"),
        lambda: len(mailbox.kept),
        channel(_closed_port()),
        can_find=False,
        fault=ContactFault.BOUNCED,
    )


def _twilio(request: pytest.FixtureRequest, _tmp_path: Path) -> Bench:
    server = request.getfixturevalue("twilio")

    def channel(url: str) -> TwilioChannel:
        return TwilioChannel(
            TwilioSettings("AC" + "0" * 32, "token-of-the-test", "+15005550006", base_url=url, timeout=2.0)
        )

    return Bench(
        channel(server.url),
        ChannelKind.SMS,
        "+12125550100",
        "+15005550001",
        _nothing,
        lambda: server.behave("429"),
        lambda: server.behave("cut"),
        lambda: len(server.carried),
        channel(f"http://127.0.0.1:{_closed_port()}"),
        can_find=True,
        fault=ContactFault.ERRONEOUS,
    )


_BENCHES = {
    "memory": _memory,
    "folder": _folder(ChannelKind.EMAIL),
    "folder_sms": _folder(ChannelKind.SMS),
    "smtp": _smtp,
    "twilio": _twilio,
}


@pytest.fixture
def letter(bench: Bench, outgoing: Callable[..., Outgoing]) -> Callable[..., Outgoing]:
    def make(**fields: Any) -> Outgoing:
        subject = "Your appointment" if bench.kind is ChannelKind.EMAIL else ""
        return outgoing(**{"channel": bench.kind, "address": bench.address, "subject": subject, **fields})

    return make


def test_an_accepted_message_has_an_id_and_a_status_that_can_be_asked_for(bench: Bench, letter: Any) -> None:
    accepted = bench.channel.send(letter())
    assert isinstance(accepted, Accepted)
    assert accepted.provider_id
    assert accepted.status in PROVIDER_STATUSES
    assert bench.channel.status(accepted.provider_id).status in PROVIDER_STATUSES
    assert bench.arrived() == 1


def test_a_refused_address_is_rejected_with_what_is_wrong_with_it(bench: Bench, letter: Any) -> None:
    bench.refuse()
    with pytest.raises(Rejected) as caught:
        bench.channel.send(letter(address=bench.refused_address))
    assert caught.value.fault is bench.fault
    assert bench.arrived() == 0


@breakable
def test_a_busy_other_side_may_be_tried_later(bench: Bench, letter: Any) -> None:
    bench.busy()
    with pytest.raises(TryLater):
        bench.channel.send(letter())
    assert bench.arrived() == 0


@breakable
def test_an_other_side_that_is_gone_may_be_tried_later(bench: Bench, letter: Any) -> None:
    with pytest.raises(TryLater):
        bench.unreachable.send(letter())


@breakable
def test_a_lost_reply_is_told_from_a_refusal_and_the_message_is_found_where_it_can_be(
    bench: Bench, letter: Any
) -> None:
    bench.lose()
    message = letter()
    with pytest.raises(OutcomeUnknown):
        bench.channel.send(message)
    assert bench.arrived() == 1
    assert len(bench.channel.find(message)) == (1 if bench.can_find else 0)


def test_what_was_never_sent_is_not_found(bench: Bench, letter: Any) -> None:
    assert bench.channel.find(letter()) == ()


def test_errors_hold_no_address(bench: Bench, letter: Any) -> None:
    bench.refuse()
    with pytest.raises(Rejected) as caught:
        bench.channel.send(letter(address=bench.refused_address))
    assert bench.refused_address not in str(caught.value)
