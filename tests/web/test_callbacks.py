"""Twilio says by itself what became of a message: only what it has signed counts, settled as polls are."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from asgi_browser import Browser
from sqlmodel import select
from twilio.request_validator import RequestValidator
from web_desk import WebDesk, open_web_desk

from models import Case, Channel, ContactKind, ContactPoint, Message, MessageStatus, Receipt, new_id
from notifications import Policy
from notifications.callbacks import StatusCallbacks
from notifications.channels import Accepted
from notifications.settling import accept, early_receipts
from notifications.sms import STATUS_PATH
from web.application import create_application

ADDRESS = f"https://cases.example.org{STATUS_PATH}"
TOKEN = "synthetic token"


@pytest.fixture
def desk() -> Iterator[WebDesk]:
    with open_web_desk() as found:
        yield found


def sent(
    desk: WebDesk,
    sid: str | None = "SM1",
    status: MessageStatus = MessageStatus.SENT,
    contact: str | None = None,
) -> str:
    """A message that the provider has taken; its id."""
    message = Message(
        channel=Channel.SMS,
        address="+12025550123",
        contact_point_id=contact,
        recipient_role="client",
        language="en",
        template="appointment",
        body="Synthetic",
        status=status,
        provider=None if sid is None else "twilio",
        provider_id=sid,
        dedupe_key=new_id(),
        created_at=desk.desk.now,
    )
    with desk.desk.store.write() as session:
        session.add(message)
    return message.id


def called(desk: WebDesk, ours: str, word: str, token: str = TOKEN, **more: str) -> int:
    """Twilio calls, or somebody who signs with another token; the status of the answer."""
    web = replace(desk.web, callbacks=StatusCallbacks(ADDRESS, TOKEN))
    fields = {"MessageSid": "SM1", "MessageStatus": word, "AccountSid": "AC1", "ErrorCode": "", **more}
    signature = RequestValidator(token).compute_signature(f"{ADDRESS}?message={ours}", fields)
    stranger = Browser(create_application(web, pages=False), {"X-Twilio-Signature": signature})
    return stranger.post(f"{STATUS_PATH}?message={ours}", data=fields).status_code


def kept(desk: WebDesk, ident: str) -> tuple[Any, list[str]]:
    """The status of a message, and what receipts there are at all."""
    with desk.desk.store.read() as session:
        receipts = session.exec(select(Receipt).order_by(Receipt.status)).all()
        return session.get_one(Message, ident).status, [each.status for each in receipts]


def test_what_is_signed_is_settled_once_and_a_status_never_goes_backwards(desk: WebDesk) -> None:
    ident = sent(desk)
    assert [called(desk, ident, word) for word in ("delivered", "delivered", "sent")] == [204, 204, 204]
    assert kept(desk, ident) == (MessageStatus.DELIVERED, ["delivered", "sent"])


def test_what_is_not_signed_by_twilio_changes_nothing(desk: WebDesk) -> None:
    ident = sent(desk)
    assert called(desk, ident, "delivered", token="another token") == 403
    assert kept(desk, ident) == (MessageStatus.SENT, [])


def test_a_failure_keeps_its_code(desk: WebDesk) -> None:
    ident = sent(desk)
    called(desk, ident, "undelivered", ErrorCode="30005")
    with desk.desk.store.read() as session:
        message = session.get_one(Message, ident)
        assert (message.status, message.last_error_code) == (MessageStatus.UNDELIVERED, "30005")


def test_a_word_that_comes_before_the_providers_id_is_known_waits_for_it(desk: WebDesk) -> None:
    ident = sent(desk, sid=None, status=MessageStatus.SENDING)
    assert called(desk, ident, "delivered") == 204
    assert kept(desk, ident) == (MessageStatus.SENDING, ["delivered"])


@pytest.mark.parametrize(
    ("code", "field"), [("30005", "erroneous_at"), ("21610", "opted_out_at"), ("30003", None)]
)
def test_a_failure_that_comes_before_the_providers_id_keeps_its_code_and_what_it_says_of_the_number(
    desk: WebDesk, code: str, field: str | None
) -> None:
    with desk.desk.store.write() as session:
        client = session.get_one(Case, desk.desk.case_id).client_id
        phone = ContactPoint(
            client_id=client, kind=ContactKind.PHONE, value="+12025550123", created_at=desk.desk.now
        )
        session.add(phone)
    ident = sent(desk, sid=None, status=MessageStatus.SENDING, contact=phone.id)
    assert called(desk, ident, "sent") == 204
    assert called(desk, ident, "undelivered", ErrorCode=code) == 204
    with desk.desk.store.write() as session:
        message = session.get_one(Message, ident)
        early = early_receipts(session, [("twilio", "SM1")])
        accept(session, message, "twilio", Accepted("SM1", "queued"), desk.desk.now, Policy(), early)
    with desk.desk.store.read() as session:
        message, contact = session.get_one(Message, ident), session.get_one(ContactPoint, phone.id)
        assert (message.status, message.last_error_code) == (MessageStatus.UNDELIVERED, code)
        assert {each for each in ("erroneous_at", "opted_out_at") if getattr(contact, each)} == {
            *([field] if field else [])
        }


def test_of_messages_that_are_not_there_nothing_is_told_or_kept(desk: WebDesk) -> None:
    ident = sent(desk)
    assert called(desk, new_id(), "delivered") == 204
    assert called(desk, ident, "delivered", MessageSid="SM2") == 204
    assert kept(desk, ident) == (MessageStatus.SENT, [])


def test_where_twilio_is_not_told_to_call_there_is_nothing(desk: WebDesk) -> None:
    assert Browser(create_application(desk.web, pages=False)).post(STATUS_PATH).status_code == 404
