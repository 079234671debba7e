"""A case as `casewright show` tells it. Whoever looks at it leaves a trace in the audit first."""

from typing import Final

from flows.viewing.case_view import CaseView, Sources, case_view, instances_of
from models import Instance
from ops.composition import Engine
from ops.prefect_server import pages_of
from ops.references import find_case
from ops.traces import leave_trace
from tasks.history import Act

READ_FIELDS: Final = ("number", "status", "risk_level", "priority", "worker", "steps", "messages", "tasks")


def case_page(engine: Engine, name: str) -> CaseView:
    """The page of a case (by its number or id) with all that has run for it, or of one instance (by its
    id).
    """
    with engine.store.read() as session:
        instance = session.get(Instance, name)
        case_id = find_case(session, name).id if instance is None else instance.case_id
        ids = [instance.id] if instance is not None else instances_of(session, case_id or "")
    if case_id is not None:
        leave_trace(engine, Act.READ, "Case", case_id, READ_FIELDS, case_id=case_id)
    else:
        leave_trace(engine, Act.READ, "Instance", ids[0], READ_FIELDS)
    sources = Sources(engine.plans, engine.settings.messages, pages_of(engine.settings))
    with engine.store.read() as session:
        return case_view(session, sources, case_id, ids)
