"""The folder channel: files instead of a provider."""

from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from models import Channel
from notifications import FolderChannel, OutcomeUnknown, Outgoing, Rejected


def test_files_sort_by_time_and_can_be_read(
    tmp_path: Path, outgoing: Callable[..., Outgoing], clock: Callable[[], object]
) -> None:
    channel = FolderChannel(tmp_path)
    channel.send(outgoing(body="first"))
    clock.forward(seconds=1)  # type: ignore[attr-defined]
    channel.send(outgoing(channel=Channel.SMS, address="+12125550100", subject="", body="second"))
    first, second = sorted(tmp_path.iterdir())
    mail = message_from_bytes(first.read_bytes(), policy=policy.default)
    assert (first.suffix, mail["Subject"]) == (".eml", "Your appointment")
    assert second.read_text() == "To: +12125550100\nLanguage: en\n\nsecond\n"


def test_sending_a_message_twice_leaves_one_file(tmp_path: Path, outgoing: Callable[..., Outgoing]) -> None:
    channel, message = FolderChannel(tmp_path), outgoing()
    assert channel.send(message) == channel.send(message)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_message_counts_as_delivered_at_once(tmp_path: Path, outgoing: Callable[..., Outgoing]) -> None:
    channel = FolderChannel(tmp_path)
    assert channel.status(channel.send(outgoing()).provider_id).status == "delivered"


@pytest.mark.parametrize(("code", "status"), [("undelivered", "undelivered"), ("silent", "sent")])
def test_it_can_be_told_that_messages_do_not_arrive(
    tmp_path: Path, outgoing: Callable[..., Outgoing], code: str, status: str
) -> None:
    (tmp_path / "failing.txt").write_text(f"rosa@example.org {code}\n\nnot a rule at all\n")
    channel = FolderChannel(tmp_path)
    assert channel.status(channel.send(outgoing()).provider_id).status == status


def test_a_star_stands_for_every_address(tmp_path: Path, outgoing: Callable[..., Outgoing]) -> None:
    with pytest.raises(Rejected):
        FolderChannel(tmp_path, failing={"*": "refused"}).send(outgoing())
    with pytest.raises(OutcomeUnknown):
        FolderChannel(tmp_path, failing={"*": "refused", "rosa@example.org": "lost"}).send(outgoing())


def test_a_message_that_is_gone_is_unknown(tmp_path: Path) -> None:
    with pytest.raises(Rejected):
        FolderChannel(tmp_path).status("../../*")
