"""The command that a new contact ends with: a client, and the process that takes care of them.

One transaction: the client, how to reach them, the instance, the contact itself, its audit. The case is
opened by the process; a case that was closed lately is opened again by it, and one that is open is used.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from flows.contact_processes import ContactProcess, contact_process
from flows.inbox.commands import command
from flows.inbox.desk import OPERATOR, ConflictError, InboxError, active_staff
from flows.inbox.people.contact_facts import keep_reach, make_client, readable_times
from flows.inbox.people.waiting_contacts import end_look, row_of
from flows.instances import start_in
from flows.runtime import Runtime
from flows.versions import Plans
from models import (
    CASE_OPEN,
    Case,
    Client,
    ContactOrigin,
    ContactStanding,
    FirstContact,
    FirstContactInput,
    HumanTask,
    Staff,
    TaskKind,
    TaskPriority,
    lock_alone,
    new_id,
)
from tasks.history import Act, write_audit
from tasks.people.holders import here_for
from tasks.people.human_tasks import note
from tasks.records.first_contacts import STARTED_BY

LOCK = "casewright.first_contacts"
"""One contact is opened at a time: two who take the same call must not make two clients."""

Look = Callable[[Session], Mapping[str, str]]
"""Looks for people who are alike, in the transaction: raises where the one who opens has to look first, and
says of whom others have to hear, each client with the reasons in words.
"""


@dataclass(frozen=True, slots=True)
class Opening:
    """What is opened: which process, what was told and when; `client_id` where the person is known,
    `waiting_id` where the contact waited on a list.
    """

    process: str
    told: FirstContactInput
    received_at: datetime
    client_id: str | None = None
    waiting_id: str | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """The contact, and whether this call has opened it (False: the same key did, earlier)."""

    contact: FirstContact
    new: bool


@command
def open_contact(
    runtime: Runtime,
    plans: Plans,
    opening: Opening,
    look: Look,
    *,
    by: str | None,
    now: datetime,
    key: str,
    origin: ContactOrigin = ContactOrigin.STAFF,
) -> Opened:
    """Begin a process for somebody who asks for help, once per key. Raises ConflictError where somebody else
    has looked at the waiting contact meanwhile, NotFoundError for a process that no contact begins.
    """
    unreadable = readable_times(opening.told.safe_times)
    if unreadable is not None:
        raise InboxError(unreadable)
    with runtime.store.write("wake") as session:
        lock_alone(session, [LOCK])
        earlier = _earlier(session, opening, key, by)
        if earlier is not None:
            return Opened(earlier, new=False)
        if by is not None:
            active_staff(session, by)
        contact = _contact(session, opening, key, origin, by, now)
        others = look(session)
        process = contact_process(session, plans.of, opening.process)
        client_id = _client(session, opening, by or OPERATOR, now)
        keep_reach(session, opening.told, client_id, by or OPERATOR, now)
        contact.client_id, contact.team = client_id, contact.team or process.plan.owner
        contact.instance_id = _start(session, runtime, process, contact)
        contact.standing, contact.looked_at, contact.looked_by = ContactStanding.TAKEN, now, by
        session.add(contact)
        end_look(session, contact, now, by)
        write_audit(session, by or OPERATOR, Act.CREATE, "FirstContact", contact.id, now)
        for each, why in others.items():
            _ask_those_who_know(session, contact, each, why, now, by)
        return Opened(contact, new=True)


def _earlier(session: Session, opening: Opening, key: str, by: str | None) -> FirstContact | None:
    """What this call has opened before: by its key, or the waiting contact that the same person has taken."""
    if opening.waiting_id is None:
        return session.exec(select(FirstContact).where(FirstContact.key == key)).first()
    waiting = session.get(FirstContact, opening.waiting_id)
    mine = waiting is not None and waiting.standing is ContactStanding.TAKEN and waiting.looked_by == by
    return waiting if mine else None


def _contact(
    session: Session, opening: Opening, key: str, origin: ContactOrigin, by: str | None, now: datetime
) -> FirstContact:
    """The contact that waited, with what was found out since; or a new one."""
    if opening.waiting_id is None:
        return row_of(opening.told, key, origin, by, now, received_at=opening.received_at)
    query = select(FirstContact).where(FirstContact.id == opening.waiting_id).with_for_update()
    waiting: FirstContact | None = session.exec(query).first()
    if waiting is None:
        raise InboxError("there is no such contact")
    if waiting.standing is not ContactStanding.WAITING:
        raise ConflictError("somebody has looked at this contact meanwhile; look at what they did")
    for name in FirstContactInput.model_fields:
        setattr(waiting, name, getattr(opening.told, name))
    return waiting


def _client(session: Session, opening: Opening, by: str, now: datetime) -> str:
    if opening.client_id is None:
        return make_client(session, opening.told, by, now).id
    known = session.get(Client, opening.client_id)
    if known is None:
        raise InboxError("there is no such client")
    if known.merged_into_id is not None:
        raise InboxError("this record was merged with another one; take that one")
    return known.id


def _start(session: Session, runtime: Runtime, process: ContactProcess, contact: FirstContact) -> str:
    inputs: dict[str, object] = {process.client: contact.client_id}
    inputs |= dict.fromkeys(process.moments, contact.received_at)
    session.flush()
    started = start_in(session, runtime, process.plan, process.version, inputs, key=STARTED_BY + contact.id)
    return started.instance.id


def _ask_those_who_know(
    session: Session, contact: FirstContact, client_id: str, why: str, now: datetime, by: str | None
) -> None:
    """Somebody who may be this client was recorded anew by somebody who could not be shown that: whoever
    works with the client looks at it. Nothing here repeats what was told.
    """
    case = _case_of(session, client_id)
    if case is None:
        return
    holder = here_for(session, case.worker_id, case, now, () if by is None else (by,))
    who = None if by is None else session.get(Staff, by)
    name = who.name if who is not None else "A program"
    task = HumanTask(
        id=new_id(),
        kind=TaskKind.ASSIGNMENT,
        title="A new contact may be this client",
        description=(
            f"{name} has taken a contact that agrees with this client: {why}. They could not be told about "
            "this case. Speak with them, so that the same person does not have two cases."
        ),
        case_id=case.id,
        assignee_id=holder,
        candidate_group=None if holder is not None else case.team,
        priority=TaskPriority.URGENT,
        created_at=now,
        details={"contact": contact.id},
    )
    session.add(task)
    note(session, task, "created", now)


def _case_of(session: Session, client_id: str) -> Case | None:
    cases = session.exec(
        select(Case).where(Case.client_id == client_id).order_by(col(Case.received_at).desc())
    ).all()
    return next((each for each in cases if each.status in CASE_OPEN), cases[0] if cases else None)
