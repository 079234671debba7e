"""The processes that a new contact may begin: by hand, for a client, with nothing more to be known."""

from dataclasses import dataclass

from sqlmodel import Session, select

from definitions.plan import Plan
from definitions.types import DateTime
from definitions.types import Record as RecordType
from flows.errors import NotFoundError
from flows.versions import PlanOf, is_newest, newest
from models import DefinitionVersion


@dataclass(frozen=True, slots=True)
class ContactProcess:
    """A process in its newest version, the input that takes the client, and those that take a moment."""

    plan: Plan
    version: DefinitionVersion
    client: str
    moments: tuple[str, ...]


def contact_processes(session: Session, plan_of: PlanOf) -> list[ContactProcess]:
    """All of them, by their titles."""
    found = (
        _for_contacts(plan_of(each), each)
        for each in session.exec(select(DefinitionVersion).where(is_newest()))
    )
    return sorted((each for each in found if each is not None), key=lambda each: each.plan.title)


def contact_process(session: Session, plan_of: PlanOf, process: str) -> ContactProcess:
    """The one of this name. NotFoundError where there is none that a contact may begin."""
    version = newest(session, process)
    found = None if version is None else _for_contacts(plan_of(version), version)
    if found is None:
        raise NotFoundError(f"no process `{process[:60]}` is begun by a new contact")
    return found


def _for_contacts(plan: Plan, version: DefinitionVersion) -> ContactProcess | None:
    """It asks for one client, and for nothing else but when we were told."""
    if not plan.by_hand:
        return None
    wanted = [each for each in plan.inputs if each.required]
    clients = [each.name for each in wanted if each.type == RecordType("Client")]
    moments = tuple(each.name for each in wanted if isinstance(each.type, DateTime))
    if len(clients) != 1 or len(wanted) != 1 + len(moments):
        return None
    return ContactProcess(plan, version, clients[0], moments)
