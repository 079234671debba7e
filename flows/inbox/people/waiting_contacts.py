"""Commands about contacts that wait for somebody to look at them: from the public form, or for another team.

A contact that waits is on its team's list and has a human task beside it, so that it is seen in the inbox and
is overdue there when nobody looks.
"""

from datetime import datetime
from typing import Final

from sqlmodel import Session, col, select

from definitions.time.clocks import Unit
from flows.inbox.commands import command
from flows.inbox.desk import OPERATOR, InboxError, NotAllowedError
from flows.runtime import Runtime
from models import (
    TASK_ENDED,
    ContactOrigin,
    ContactStanding,
    FirstContact,
    FirstContactInput,
    HumanTask,
    Store,
    TaskKind,
    TaskPriority,
    TaskStatus,
    new_id,
)
from tasks.history import Act, write_audit
from tasks.insert_once import insert_once
from tasks.people.human_tasks import end, note
from tasks.people.notices import send_notice_of

WORKING_DAYS: Final = 1
"""Within how many working days somebody looks at a contact that waits."""

_OPEN: Final = tuple(each for each in TaskStatus if each not in TASK_ENDED)

PUBLIC: Final = "public"
"""Who recorded what came by the public form."""

_STEP: Final = "contact:"


@command
def leave_contact(
    runtime: Runtime,
    told: FirstContactInput,
    team: str,
    *,
    origin: ContactOrigin,
    by: str | None,
    now: datetime,
    key: str,
) -> FirstContact:
    """Put a contact on a team's list, once per key. Nothing is begun for it before somebody has looked."""
    with runtime.store.write("wake") as session:
        contact = row_of(told, key, origin, by, now)
        contact.team = team
        if not insert_once(session, contact, "key"):
            return session.exec(select(FirstContact).where(FirstContact.key == key)).one()
        _ask_for_look(session, runtime, contact, now, by)
        who = by or (PUBLIC if origin is ContactOrigin.PUBLIC_FORM else OPERATOR)
        write_audit(session, who, Act.CREATE, "FirstContact", contact.id, now)
        return contact


@command
def set_aside_contact(
    store: Store, contact_id: str, *, by: str | None, reason: str, now: datetime
) -> FirstContact:
    """Nothing is begun for this contact, for a reason that is kept. Again changes nothing; InboxError for one
    that was taken.
    """
    why = " ".join(reason.split())
    if not why:
        raise InboxError("say why nothing is begun for this contact; it is kept")
    with store.write("wake") as session:
        found = session.exec(
            select(FirstContact).where(FirstContact.id == contact_id).with_for_update()
        ).first()
        if found is None:
            raise InboxError("there is no such contact")
        if found.standing is ContactStanding.TAKEN:
            raise InboxError("a process was begun for this contact already")
        if found.standing is ContactStanding.WAITING:
            found.standing, found.reason = ContactStanding.SET_ASIDE, why
            found.looked_at, found.looked_by = now, by
            session.add(found)
            end_look(session, found, now, by)
            write_audit(
                session, by or OPERATOR, Act.SET_ASIDE, "FirstContact", found.id, now, fields=("standing",)
            )
        return found


def row_of(
    told: FirstContactInput,
    key: str,
    origin: ContactOrigin,
    by: str | None,
    now: datetime,
    *,
    received_at: datetime | None = None,
) -> FirstContact:
    """A contact that nobody has looked at, with what was told."""
    values = {name: getattr(told, name) for name in FirstContactInput.model_fields}
    return FirstContact(
        id=new_id(),
        key=key,
        origin=origin,
        recorded_by=by,
        received_at=received_at or now,
        created_at=now,
        **values,
    )


def end_look(session: Session, contact: FirstContact, now: datetime, by: str | None) -> None:
    """Somebody has looked: nobody is asked to any more."""
    for task in looks(session, contact):
        end(session, task, TaskStatus.COMPLETED, now, by=by)


def looks(session: Session, contact: FirstContact) -> list[HumanTask]:
    """The open human tasks that ask for somebody to look at this contact."""
    # of no case: so an index finds them, whoever they were reassigned to meanwhile
    query = select(HumanTask).where(
        col(HumanTask.case_id).is_(None),
        col(HumanTask.status).in_(_OPEN),
        HumanTask.step == _step_of(contact.id),
    )
    return list(session.exec(query))


def refuse_unlooked(session: Session, task: HumanTask) -> None:
    """NotAllowedError where this task asks for a look at a contact that still waits: without the task nobody
    would be asked to look any more.
    """
    contact_id = (task.step or "").removeprefix(_STEP)
    if contact_id == task.step:
        return
    contact = session.get(FirstContact, contact_id)
    if contact is not None and contact.standing is ContactStanding.WAITING:
        raise NotAllowedError(
            "this is done when a process was begun for the contact or the contact was set aside"
        )


def _step_of(contact_id: str) -> str:
    """What the task has for a step, since it belongs to no process."""
    return f"{_STEP}{contact_id}"


def _ask_for_look(
    session: Session, runtime: Runtime, contact: FirstContact, now: datetime, by: str | None
) -> None:
    calendar = runtime.catalogue.vocabulary.calendar()
    due = calendar.add(now, WORKING_DAYS, Unit.WORKING_DAYS)
    where = "the public form" if contact.origin is ContactOrigin.PUBLIC_FORM else "another team"
    task = HumanTask(
        id=new_id(),
        kind=TaskKind.ASSIGNMENT,
        title="Somebody in danger asks for help" if contact.in_danger else "Look at a new contact",
        description=f"It came by {where}. Look who it is, then begin what they need or set it aside.",
        step=_step_of(contact.id),
        candidate_group=contact.team,
        priority=TaskPriority.STAT if contact.in_danger else TaskPriority.ROUTINE,
        due_at=now if contact.in_danger else due.moment_utc,
        due_wall=None if contact.in_danger else due.wall,
        created_at=now,
        details={"contact": contact.id, "zone": calendar.zone},
    )
    session.add(task)
    note(session, task, "created", now, by=by, changed=("holder", None, f"group:{contact.team}"))
    if contact.in_danger:  # nobody waits for somebody to look into the inbox
        send_notice_of(session, task, "told", now, runtime.new_id)
