"""Steps that send a message, the people they write to, and an outbox that has done its part."""

from typing import Any

from people_world import with_case
from step_bench import MONDAY, Bench

from definitions.catalogue import Template
from models import (
    Client,
    ContactKind,
    ContactPoint,
    Involvement,
    InvolvementRole,
    Message,
    MessageStatus,
    Safety,
)
from notifications import load_templates

TEMPLATES = {
    name: Template(each.name, each.channel, each.texts, each.variables)
    for name, each in load_templates().items()
}
"""The shipped templates, as the checker sees them."""

ALERT = """
- id: alert
  title: Send safety alert SMS
  do: send_sms
  to: {to}
  template: safety_alert
  {more}
"""
NOTICE = """
- id: visit
  title: Assign the assessment
  do: assign_task
  to: caseworker
  ends: booked
- id: notice
  title: Notify client of appointment
  do: send_email
  to: client
  template: appointment
  about: = visit.appointment
  {more}
"""


def alert(bench: Bench, to: str = "client", more: str = "", **client: object) -> Client:
    """A client of a case who is to be alerted by SMS."""
    case, worker, _ = with_case(bench, ALERT.format(to=to, more=more), **client)
    worker.phone = "+12025550199"
    found = bench.session.get(Client, case.client_id)
    assert found is not None
    return found


def mail(bench: Bench, client_id: str, address: str = "ana@example.org", **fields: Any) -> ContactPoint:
    """A safe e-mail address of a client."""
    point = ContactPoint(
        client_id=client_id,
        kind=ContactKind.EMAIL,
        value=address,
        created_at=MONDAY,
        safe=Safety.YES,
        **fields,
    )
    bench.session.add(point)
    bench.session.flush()
    return point


def message(bench: Bench) -> Message:
    """The only message there is."""
    (found,) = bench.all(Message)
    assert isinstance(found, Message)
    return found


def becomes(bench: Bench, status: MessageStatus, code: str | None = None) -> None:
    """The outbox has done its part."""
    for each in bench.all(Message):
        each.status, each.last_error_code = status, code
        each.sent_at = bench.now if status in (MessageStatus.SENT, MessageStatus.DELIVERED) else None
    bench.session.flush()


def guardian(bench: Bench, client: Client, **fields: Any) -> Involvement:
    """A guardian of the client."""
    row = Involvement(client_id=client.id, name="Marta", role=InvolvementRole.GUARDIAN, **fields)
    bench.session.add(row)
    bench.session.flush()
    return row
