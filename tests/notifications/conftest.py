"""A small department to send messages in, a clock that tests move, and real servers to send to."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as SmtpSession
from databases import in_memory
from sqlmodel import col, select
from twilio_server import TwilioServer

from models import (
    Channel,
    Client,
    ContactKind,
    ContactPoint,
    DefinitionVersion,
    Instance,
    Involvement,
    InvolvementRole,
    Message,
    Staff,
    StepRun,
    StepStatus,
    Store,
    new_id,
)
from notifications import Accepted, Addressee, Draft, Origin, Outgoing, Post, ProviderReport, queue

MONDAY_10 = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
"""Monday, 10:00 in New York: no quiet hours."""


@dataclass
class Clock:
    """The time, which stands still until a test moves it."""

    now: datetime = MONDAY_10

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **length: float) -> datetime:
        self.now += timedelta(**length)
        return self.now


@dataclass
class World:
    """Records of one test, each made with what matters and defaults for the rest."""

    store: Store
    clock: Clock

    def add(self, *records: Any) -> None:
        with self.store.write() as session:
            session.add_all(records)

    def client(self, **fields: Any) -> Client:
        client = Client(
            **{
                "given_name": "Rosa",
                "family_name": "Vega",
                "time_zone": "America/New_York",
                "created_at": self.clock.now,
                **fields,
            }
        )
        self.add(client)
        return client

    def phone(self, client: Client, value: str = "+12125550100", **fields: Any) -> ContactPoint:
        return self._contact(client, ContactKind.PHONE, value, fields)

    def mail(self, client: Client, value: str = "rosa@example.org", **fields: Any) -> ContactPoint:
        return self._contact(client, ContactKind.EMAIL, value, fields)

    def _contact(self, client: Client, kind: ContactKind, value: str, fields: dict[str, Any]) -> ContactPoint:
        contact = ContactPoint(
            **{"client_id": client.id, "kind": kind, "value": value, "created_at": self.clock.now, **fields}
        )
        self.add(contact)
        return contact

    def guardian(self, client: Client, **fields: Any) -> Involvement:
        involvement = Involvement(
            **{"client_id": client.id, "name": "Marta Vega", "role": InvolvementRole.GUARDIAN, **fields}
        )
        self.add(involvement)
        return involvement

    def staff(self, **fields: Any) -> Staff:
        staff = Staff(
            **{"name": "Dana Reyes", "email": "dana@example.org", "phone": "+12125550199", **fields}
        )
        self.add(staff)
        return staff

    def queued(self, contact: ContactPoint, **fields: Any) -> str:
        """Queue a message to a contact point; the message's id."""
        channel = Channel.EMAIL if contact.kind is ContactKind.EMAIL else Channel.SMS
        draft = Draft(
            **{
                "channel": channel,
                "to": Addressee("client", contact.value or "", "en", contact_point_id=contact.id),
                "template": "test",
                "language": "en",
                "subject": "Your appointment" if channel is Channel.EMAIL else "",
                "body": "Please call 555 0199.",
                "key": new_id(),
                "origin": Origin(),
                **fields,
            }
        )
        with self.store.write() as session:
            return queue(session, draft, self.clock.now, new_id).id

    def journal(self, run_id: str | None = None) -> StepRun:
        """A step run of an instance, for messages to come from."""
        version = DefinitionVersion(
            process="intake",
            number=len(self.rows(DefinitionVersion)) + 1,
            content_hash=f"{len(self.rows(DefinitionVersion)):064x}",
            title="Intake",
            source="",
            file_name="intake.yaml",
            published_at=self.clock.now,
            published_by="test",
        )
        instance = Instance(
            process="intake", version_id=version.id, started_at=self.clock.now, start_key=new_id()
        )
        run = StepRun(
            id=run_id or new_id(),
            instance_id=instance.id,
            step="alert",
            status=StepStatus.WAITING,
            started_at=self.clock.now,
        )
        self.add(version, instance, run)
        return run

    def rows(self, table: type[Any]) -> list[Any]:
        """Every row of a table, as they were made."""
        with self.store.read() as session:
            return list(session.exec(select(table).order_by(col(table.id))).all())

    def message(self, message_id: str) -> Message:
        with self.store.read() as session:
            message = session.get(Message, message_id)
            assert message is not None
            return message

    def change(self, record: Any, **fields: Any) -> None:
        """Change a stored record."""
        with self.store.write() as session:
            stored = session.get(type(record), record.id)
            for name, value in fields.items():
                setattr(stored, name, value)


@dataclass
class ScriptedChannel:
    """A channel that does what a test tells it: `fates` are errors to raise or statuses to answer, first
    first.
    """

    name: str = "scripted"
    reports: bool = True
    fates: list[Any] = field(default_factory=list)
    statuses: dict[str, str] = field(default_factory=dict)
    sent: list[Outgoing] = field(default_factory=list)
    findable: bool = True
    find_error: Exception | None = None
    fault: Any = None

    def send(self, outgoing: Outgoing) -> Accepted:
        fate = self.fates.pop(0) if self.fates else "accepted"
        lost = getattr(fate, "accepted", False)
        if not isinstance(fate, BaseException) or lost:
            self.sent.append(outgoing)
            self.statuses[self._id(len(self.sent))] = "queued"
        if isinstance(fate, BaseException):
            raise fate
        return Accepted(self._id(len(self.sent)), fate)

    def status(self, provider_id: str) -> ProviderReport:
        return ProviderReport(self.statuses[provider_id], "30003", self.fault)

    def find(self, outgoing: Outgoing) -> tuple[str, ...]:
        if self.find_error is not None:
            raise self.find_error
        if not self.findable:
            return ()
        alike = [
            self._id(number)
            for number, each in enumerate(self.sent, start=1)
            if (each.address, each.body) == (outgoing.address, outgoing.body)
        ]
        return tuple(alike)

    @staticmethod
    def _id(number: int) -> str:
        return f"P{number}"


class Mailbox:
    """An SMTP server that keeps what it gets; `answers` maps a command to the replies of its next uses."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []
        self.answers: dict[str, list[str]] = {}

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, _server: SMTP, _session: SmtpSession, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        reply = self._next("RCPT")
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: SMTP, _session: SmtpSession, envelope: Envelope) -> str:  # noqa: N802
        reply = self._next("DATA")
        if reply.startswith(("250", "lost")):
            self.kept.append(bytes(envelope.content or b""))
        if reply == "lost":
            server.transport.abort()
            return "250 OK"
        return reply

    def _next(self, command: str) -> str:
        replies = self.answers.get(command, [])
        return replies.pop(0) if replies else "250 OK"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(clock: Clock) -> Iterator[World]:
    with in_memory() as store:
        yield World(store, clock)


@pytest.fixture
def channel() -> ScriptedChannel:
    return ScriptedChannel()


@pytest.fixture
def post(world: World, clock: Clock, channel: ScriptedChannel) -> Post:
    return Post(world.store, {Channel.SMS: channel, Channel.EMAIL: channel}, clock)


@pytest.fixture
def twilio() -> Iterator[TwilioServer]:
    server = TwilioServer()
    yield server
    server.close()


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def smtp(mailbox: Mailbox) -> Iterator[Controller]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture
def outgoing(clock: Clock) -> Callable[..., Outgoing]:
    def make(**fields: Any) -> Outgoing:
        given: dict[str, Any] = {
            "message_id": new_id(),
            "channel": Channel.EMAIL,
            "address": "rosa@example.org",
            "subject": "Your appointment",
            "body": "Hello Rosa",
            "language": "en",
            "created_at": clock.now,
            **fields,
        }
        return Outgoing(**given)

    return make
