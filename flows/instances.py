"""Starting instances, and finding them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam
from sqlalchemy.orm import make_transient_to_detached
from sqlmodel import Session, col, select

from definitions.plan import Plan
from definitions.types import Record as RecordType
from flows.errors import CircleError, InputError
from flows.runtime import Runtime
from flows.steps.state import critical_at_start
from flows.versions import Plans, latest
from models import Case, DefinitionVersion, Instance, StepRun, WakeKind, record_wake
from tasks.encoding import EncodingError, encode_input
from tasks.insert_once import insert_once

_STARTED: Final = select(Instance).where(Instance.start_key == bindparam("key"))
"""The instance that a start key has started."""


@dataclass(frozen=True, slots=True)
class Started:
    """An instance, and whether this call started it (False: the same start key did, earlier)."""

    instance: Instance
    new: bool


def start(
    runtime: Runtime,
    plan: Plan,
    version: DefinitionVersion,
    inputs: Mapping[str, object],
    *,
    key: str | None = None,
    parent_step_run_id: str | None = None,
) -> Started:
    """Start one instance of a version, once per `key`. Raises InputError for inputs that do not fit.

    Inputs are given as ids for records and as text or Python values for the rest.
    """
    with runtime.store.write() as session:
        started = start_in(session, runtime, plan, version, inputs, key=key, parent=parent_step_run_id)
        runtime.reach("start.before_commit")
    runtime.reach("start.after_commit")
    return started


def start_in(
    session: Session,
    runtime: Runtime,
    plan: Plan,
    version: DefinitionVersion,
    inputs: Mapping[str, object],
    *,
    key: str | None = None,
    parent: str | None = None,
    links: int = 0,
) -> Started:
    """`start` inside the caller's transaction. `links` are the beginnings that stand before it in a row; with
    a `parent` it is one more than stand before that.
    """
    instance_id = runtime.new_id()
    start_key = key or f"{plan.process}:{instance_id}"
    known = session.exec(_STARTED, params={"key": start_key}).first()
    if known is not None:
        return Started(known, new=False)
    values = _encoded(session, plan, inputs)
    case_id, client_id = _subject(session, plan, values)
    links = max(links, _links_of(session, parent))
    if links > runtime.limits.links:
        raise CircleError(
            f"`{plan.process}` is not started again: {runtime.limits.links} processes have started one "
            "another in a row; look for a circle among them, and let a condition break it"
        )
    now = runtime.clock()
    instance = Instance(
        id=instance_id,
        process=plan.process,
        version_id=version.id,
        inputs=values,
        started_at=now,
        start_key=start_key,
        parent_step_run_id=parent,
        case_id=case_id,
        client_id=client_id,
        links=links,
    )
    if not insert_once(session, instance, "start_key"):  # another transaction was faster with the same key
        return Started(session.exec(_STARTED, params={"key": start_key}).one(), new=False)
    make_transient_to_detached(instance)  # it is in the database as it is here: no need to read it back
    session.add(instance)
    critical = None if critical_at_start(plan) else False
    record_wake(session, instance.id, f"start:{instance.id}", WakeKind.START, {}, now, critical=critical)
    return Started(instance, new=True)


def _links_of(session: Session, parent: str | None) -> int:
    run = None if parent is None else session.get(StepRun, parent)
    return 0 if run is None else session.get_one(Instance, run.instance_id).links + 1


def changed_inputs(
    session: Session, plan: Plan, instance: Instance, inputs: Mapping[str, object]
) -> dict[str, object]:
    """The instance's inputs with some of them changed. InputError where they do not fit, and where the
    instance would then be about another case or client.
    """
    values = {**instance.inputs, **_encoded(session, plan, inputs, partly=True)}
    about = _subject(session, plan, values)
    for before, after in zip((instance.case_id, instance.client_id), about, strict=True):
        if before is not None and after not in (None, before):
            raise InputError(
                "the instance would be about another case or client; cancel it and start another one"
            )
    return values


def _encoded(
    session: Session, plan: Plan, inputs: Mapping[str, object], *, partly: bool = False
) -> dict[str, object]:
    known = {each.name: each for each in plan.inputs}
    unknown = sorted(set(inputs) - set(known))
    if unknown:
        raise InputError(f"`{plan.process}` has no input {', '.join(unknown)}; it takes {', '.join(known)}")
    wanted = inputs if partly else known
    missing = [name for name in wanted if known[name].required and inputs.get(name) in (None, "")]
    if missing:
        raise InputError(
            f"`{plan.process}` needs the input {', '.join(missing)}; give `--input {missing[0]}=...`"
        )
    try:
        return {name: encode_input(known[name].type, value, session, name) for name, value in inputs.items()}
    except EncodingError as error:
        raise InputError(str(error)) from error


def subject_of_inputs(
    session: Session, plan: Plan, inputs: Mapping[str, object]
) -> tuple[str | None, str | None]:
    """The case and client that an instance with these inputs would be about. InputError where they don't
    fit.
    """
    return _subject(session, plan, _encoded(session, plan, inputs))


def _subject(session: Session, plan: Plan, values: Mapping[str, object]) -> tuple[str | None, str | None]:
    """The case and client an instance is about, as far as its inputs tell."""
    from tasks.records.record_view import subject_of

    case_id = client_id = None
    for each in plan.inputs:
        value = values.get(each.name)
        if isinstance(each.type, RecordType) and isinstance(value, dict):
            found_case, found_client = subject_of(session, each.type.name, str(value["id"]))
            case_id, client_id = case_id or found_case, client_id or found_client
    return case_id, client_id


def start_latest(
    runtime: Runtime,
    plans: Plans,
    process: str,
    inputs: Mapping[str, object],
    *,
    key: str,
    parent: str | None,
) -> Started:
    """Start the newest published version of a process."""
    with runtime.store.read() as session:
        version = latest(session, process)
    return start(runtime, plans.of(version), version, inputs, key=key, parent_step_run_id=parent)


def of_case(session: Session, case: str) -> list[Instance]:
    """The instances of a case, by its id or number, oldest first."""
    return list(
        session.exec(
            select(Instance)
            .join(Case, col(Case.id) == Instance.case_id)
            .where((Case.id == case) | (Case.number == case))
            .order_by(col(Instance.started_at), col(Instance.id))
        )
    )
