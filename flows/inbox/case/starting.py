"""A person's command to start a process for a case."""

from collections.abc import Mapping
from typing import Final
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from definitions.plan import Input, Plan
from definitions.types import Record as RecordType
from flows.errors import NotFoundError
from flows.inbox.commands import command
from flows.inbox.desk import ConflictError, InboxError, active_staff
from flows.instances import Started, start_in
from flows.runtime import Runtime
from flows.versions import ENDED, PlanOf, is_newest, latest
from models import Case, DefinitionVersion, Instance
from tasks.history import Act, Happening, add_entry, write_audit
from tasks.records.record_view import subject_of

OF_A_CASE: Final = ("Case", "Client")
"""The records that a case says by itself which they are."""


class StartError(InboxError):
    """The process is none that a person starts for this case. The message says why."""


@command
def start_process(
    runtime: Runtime,
    case_id: str,
    process: str,
    inputs: Mapping[str, object],
    *,
    by: str,
    plan_of: PlanOf,
    key: str | None = None,
    another: bool = False,
) -> Started:
    """Start the newest version of a process for a case, once per `key`. The case and its client are given by
    the case itself; `inputs` are the others.

    ConflictError while one for the same case is under way, unless `another` says that it is to be one more.
    StartError for a process that no person starts, or that is about no case; InputError for inputs that do
    not fit.
    """
    with runtime.store.write("wake") as session:
        case = _case(session, case_id)
        active_staff(session, by)
        version = latest(session, process)
        plan = plan_of(version)
        start_key = f"by-hand:{case.id}:{process}:{key}" if key else None
        known = None if start_key is None else _known(session, start_key)
        if known is not None:
            return Started(known, new=False)
        if not another:
            _refuse_second(session, plan, case)
        values = {**inputs, **_subject(plan, case, inputs)}
        started = start_in(session, runtime, plan, version, values, key=start_key)
        _refuse_others(session, plan, case, started.instance)
        if started.new:
            _tell(session, runtime, plan, case, started.instance, by)
    return started


def startable(session: Session, plan_of: PlanOf, *, is_open: bool) -> list[Plan]:
    """What a person may start for a case, by title: the newest version of each process that begins by hand
    and is about a case. One that is about a client alone opens a case, so it is there
    for one that has ended.
    """
    plans = [plan_of(each) for each in session.exec(select(DefinitionVersion).where(is_newest()))]
    fitting = (plan for plan in plans if plan.by_hand and _about(plan, is_open=is_open))
    return sorted(fitting, key=lambda plan: plan.title)


def asked_inputs(plan: Plan) -> tuple[Input, ...]:
    """The inputs of a process that a person gives when they start it for a case."""
    return tuple(each for each in plan.inputs if _of_case(each) is None)


def under_way_for(session: Session, process: str, case_id: str) -> Instance | None:
    """The instance of a process that is under way for a case."""
    query = select(Instance).where(
        Instance.case_id == case_id, Instance.process == process, col(Instance.status).not_in(ENDED)
    )
    return session.exec(query.order_by(col(Instance.started_at).desc())).first()


def _about(plan: Plan, *, is_open: bool) -> bool:
    kinds = {_of_case(each) for each in plan.inputs}
    return "Case" in kinds or ("Client" in kinds and not is_open)


def _of_case(each: Input) -> str | None:
    """Which of the case's records an input is; None for another input."""
    return each.type.name if isinstance(each.type, RecordType) and each.type.name in OF_A_CASE else None


def _subject(plan: Plan, case: Case, inputs: Mapping[str, object]) -> dict[str, object]:
    """The inputs that the case gives by itself."""
    if not plan.by_hand:
        raise StartError(f"`{plan.title}` begins by itself: {plan.starts}; nobody starts it by hand")
    given = {"Case": case.id, "Client": case.client_id}
    found: dict[str, object] = {
        each.name: given[kind] for each in plan.inputs if (kind := _of_case(each)) is not None
    }
    if not found:
        raise StartError(f"`{plan.title}` is about no case; it is started elsewhere")
    said = sorted(found.keys() & inputs.keys())
    if said:
        raise StartError(f"{', '.join(said)} is given by the case itself; leave it out")
    return found


def _refuse_second(session: Session, plan: Plan, case: Case) -> None:
    if under_way_for(session, plan.process, case.id) is not None:
        raise ConflictError(
            f"`{plan.title}` is under way for this case already; say so if it is to be another"
        )


def _refuse_others(session: Session, plan: Plan, case: Case, instance: Instance) -> None:
    """Refuse inputs that are records of another client: who starts it may not even know them."""
    for each in plan.inputs:
        value = instance.inputs.get(each.name)
        if isinstance(each.type, RecordType) and isinstance(value, dict):
            of_case, of_client = subject_of(session, each.type.name, str(value["id"]))
            if of_case not in (None, case.id) or of_client not in (None, case.client_id):
                raise StartError(f"the input `{each.name}` belongs to another client")


def _known(session: Session, key: str) -> Instance | None:
    return session.exec(select(Instance).where(Instance.start_key == key)).first()


def _case(session: Session, case_id: str) -> Case:
    # locked, so that two who start the same at the same time see each other
    found = session.exec(select(Case).where(Case.id == case_id).with_for_update(key_share=True)).first()
    if found is None:
        raise NotFoundError(f"there is no case {case_id}")
    return found


def _tell(session: Session, runtime: Runtime, plan: Plan, case: Case, instance: Instance, by: str) -> None:
    now = runtime.clock()
    about = ("Instance", instance.id)
    write_audit(session, by, Act.START, *about, now, case_id=case.id, instance_id=instance.id)
    zone = ZoneInfo(runtime.catalogue.vocabulary.calendar().zone)
    add_entry(
        session,
        case.id,
        Happening.PROCESS_STARTED,
        f"Started: {plan.title}",
        now=now,
        zone=zone,
        by=by,
        record=about,
    )
