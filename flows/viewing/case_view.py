"""A case as people look at it: its steps, messages, tasks, appointments, visits, referrals, reports."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlmodel import Session, col, or_, select

from definitions import Plan
from flows.versions import Plans
from flows.viewing.flow_runs import FlowRun, flow_runs
from flows.viewing.step_lines import StepLine, facts_of, holder_of, staff_name, step_lines
from models import (
    Appointment,
    AuditEvent,
    Case,
    DefinitionVersion,
    HumanTask,
    Instance,
    InstanceStatus,
    Message,
    Referral,
    Report,
    ReportMember,
    Service,
    Staff,
    StepRun,
    StepStatus,
    Visit,
)
from tasks.history import Act

MOST_VALUES: Final = 6


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """The case itself."""

    id: str
    number: str
    status: str
    risk: str | None
    risk_provisional: bool
    priority: str | None
    priority_provisional: bool
    worker: str | None
    team: str | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class InstanceFacts:
    """One run of a process, with every step of its definition. `why` is the reason that somebody gave for
    holding or cancelling it; `branches` says by step which values it read,
    `flow_runs` which Prefect runs carried it.
    """

    id: str
    process: str
    title: str
    version: int
    status: str
    why: str | None
    outcome: str | None
    outputs: dict[str, Any]
    started_at: datetime
    ended_at: datetime | None
    steps: tuple[StepLine, ...]
    branches: dict[str, tuple[str, ...]]
    flow_runs: tuple[FlowRun, ...]


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """One message. `file` is where it lies, when it is a file; `why_not` why it was not sent."""

    channel: str
    template: str
    to: str
    language: str
    status: str
    priority: str
    created_at: datetime
    sent_at: datetime | None
    provider: str | None
    file: str | None
    why_not: str | None


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """One human task. `refusals` say of a handover which contacts were not used, and why."""

    id: str
    kind: str
    title: str
    status: str
    holder: str
    priority: str
    due_at: datetime | None
    reason: str | None
    refusals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DatedFacts:
    """An appointment, a visit or a referral: when, what, with whom, and where it stands."""

    at: datetime
    what: str
    who: str
    status: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class CaseView:
    """Everything. `case` is None for a process that has opened none."""

    case: CaseFacts | None
    instances: tuple[InstanceFacts, ...]
    messages: tuple[MessageFacts, ...]
    tasks: tuple[TaskFacts, ...]
    appointments: tuple[DatedFacts, ...]
    visits: tuple[DatedFacts, ...]
    referrals: tuple[DatedFacts, ...]
    reports: tuple[str, ...]

    def plain(self) -> dict[str, Any]:
        """The page for `--json`."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Sources:
    """What a view needs besides rows: the plans of versions, the folder that messages may lie in, and the
    address of Prefect's pages.
    """

    plans: Plans
    messages: Path | None = None
    prefect_pages: str | None = None


def instances_of(session: Session, case_id: str) -> list[str]:
    """What has run for a case, in the order in which it was started."""
    query = select(Instance.id).where(Instance.case_id == case_id)
    return list(session.exec(query.order_by(col(Instance.started_at), col(Instance.id))))


def case_view(session: Session, sources: Sources, case_id: str | None, ids: Sequence[str]) -> CaseView:
    """A case with these of its instances; without a case, what the instances alone have made. Whoever shows
    it leaves a trace in the audit.
    """
    case = None if case_id is None else session.get_one(Case, case_id)
    return CaseView(
        case=None if case is None else _case(session, case),
        instances=tuple(instance_facts(session, sources, session.get_one(Instance, each)) for each in ids),
        messages=tuple(messages_of(session, sources.messages, case_id, ids)),
        tasks=tuple(_tasks(session, case_id, ids)),
        appointments=tuple(appointments_of(session, case_id)),
        visits=tuple(visits_of(session, case_id)),
        referrals=tuple(referrals_of(session, case_id)),
        reports=tuple(reports_of(session, case_id)),
    )


def _case(session: Session, case: Case) -> CaseFacts:
    worker = None if case.worker_id is None else session.get(Staff, case.worker_id)
    return CaseFacts(
        id=case.id,
        number=case.number,
        status=case.status.value,
        risk=None if case.risk_level is None else case.risk_level.value,
        risk_provisional=case.risk_provisional,
        priority=None if case.priority is None else case.priority.value,
        priority_provisional=case.priority_provisional,
        worker=None if worker is None else worker.name,
        team=case.team,
        received_at=case.received_at,
    )


def instance_facts(session: Session, sources: Sources, instance: Instance) -> InstanceFacts:
    """One instance with all its steps."""
    version = session.get_one(DefinitionVersion, instance.version_id)
    plan = sources.plans.of(version)
    return InstanceFacts(
        id=instance.id,
        process=instance.process,
        title=plan.title,
        version=version.number,
        status=instance.status.value,
        why=decided_why(session, instance),
        outcome=instance.outcome,
        outputs=instance.outputs,
        started_at=instance.started_at,
        ended_at=instance.ended_at,
        steps=step_lines(session, plan, instance.id),
        branches=_branches(session, plan, instance.id),
        flow_runs=flow_runs(session, plan, instance.id, sources.prefect_pages),
    )


def decided_why(session: Session, instance: Instance) -> str | None:
    """The reason for which an instance is held, or was or is being cancelled, as the audit has it."""
    acts = {
        InstanceStatus.HELD: Act.HOLD,
        InstanceStatus.CANCELLING: Act.CANCEL,
        InstanceStatus.CANCELLED: Act.CANCEL,
    }
    if instance.status not in acts:
        return None
    query = select(AuditEvent.reason).where(
        AuditEvent.record == "Instance",
        AuditEvent.record_id == instance.id,
        AuditEvent.action == acts[instance.status].value,
    )
    return session.exec(query.order_by(col(AuditEvent.at).desc()).limit(1)).first()


def _branches(session: Session, plan: Plan, instance_id: str) -> dict[str, tuple[str, ...]]:
    """By step: the condition it asked, and the values it read, so that one sees why it went this way."""
    query = select(StepRun).where(
        StepRun.instance_id == instance_id,
        StepRun.iteration == "",
        StepRun.status != StepStatus.SUPERSEDED,
    )
    conditions = {step.id: step.when or step.once for step in plan.all_steps}
    found = {}
    for run in session.exec(query):
        condition = conditions.get(run.step)
        asked = () if condition is None else (f"asked: {condition.expression.text}",)
        read = facts_of({name: value for name, value in run.inputs.items() if value is not None})
        unknown = [f"{name} not recorded" for name, value in run.inputs.items() if value is None]
        if asked or read or unknown:
            found[run.step] = (*asked, *[*read, *unknown][:MOST_VALUES])
    return found


def messages_of(
    session: Session, folder: Path | None, case_id: str | None, ids: Sequence[str]
) -> Iterator[MessageFacts]:
    """What was written for a case and by these instances, the oldest first."""
    mine = _of_case(Message, case_id, ids)
    for message in session.exec(
        select(Message).where(mine).order_by(col(Message.created_at), col(Message.id))
    ):
        yield MessageFacts(
            channel=message.channel.value,
            template=message.template,
            to="staff" if message.staff_id is not None else message.recipient_role,
            language=message.language,
            status=message.status.value,
            priority=message.priority.value,
            created_at=message.created_at,
            sent_at=message.sent_at,
            provider=message.provider,
            file=_file(folder, message),
            why_not=message.block_reason or message.last_error,
        )


def _of_case(table: type[Message] | type[HumanTask], case_id: str | None, ids: Sequence[str]) -> Any:
    """What an instance made, or what belongs to the case; without a case, nothing of others without one."""
    made = col(table.instance_id).in_(ids)
    return made if case_id is None else or_(made, col(table.case_id) == case_id)


def _file(folder: Path | None, message: Message) -> str | None:
    if folder is None or message.provider != "folder" or not message.provider_id:
        return None
    return next((str(file) for file in folder.glob(f"*-{message.provider_id}.*")), None)


def _tasks(session: Session, case_id: str | None, ids: Sequence[str]) -> Iterator[TaskFacts]:
    mine = _of_case(HumanTask, case_id, ids)
    query = select(HumanTask).where(mine).order_by(col(HumanTask.created_at), col(HumanTask.id))
    for task in session.exec(query):
        yield task_facts(session, task)


def task_facts(session: Session, task: HumanTask) -> TaskFacts:
    """One human task as pages and lists show it."""
    refusals: Iterable[dict[str, Any]] = task.details.get("refusals", ())
    return TaskFacts(
        id=task.id,
        kind=task.kind.value,
        title=task.title,
        status=task.status.value,
        holder=holder_of(session, task),
        priority=task.priority.value,
        due_at=task.due_at,
        reason=task.reason or task.details.get("reason"),
        refusals=tuple(
            f"{each.get('whose', 'contact')}: {each.get('reason', each.get('code'))}" for each in refusals
        ),
    )


def appointments_of(session: Session, case_id: str | None) -> Iterator[DatedFacts]:
    """The appointments of a case, the earliest first."""
    query = select(Appointment).where(Appointment.case_id == case_id).order_by(col(Appointment.starts_at))
    for each in session.exec(query):
        yield DatedFacts(
            each.starts_at, each.place, staff_name(session, each.worker_id), each.status.value, each.reason
        )


def visits_of(session: Session, case_id: str | None) -> Iterator[DatedFacts]:
    """The visits of a case, the earliest first."""
    for each in session.exec(select(Visit).where(Visit.case_id == case_id).order_by(col(Visit.starts_at))):
        who = staff_name(session, each.worker_id) if each.worker_id else f"the queue of {each.team}"
        yield DatedFacts(each.starts_at, "visit", who, each.status.value, each.reason)


def referrals_of(session: Session, case_id: str | None) -> Iterator[DatedFacts]:
    """The referrals of a case, the oldest first."""
    query = select(Referral).where(Referral.case_id == case_id).order_by(col(Referral.requested_at))
    for each in session.exec(query):
        service = session.get(Service, each.service_id)
        who = "" if service is None else f"{service.name}, {service.organization}"
        yield DatedFacts(each.requested_at, each.category, who, each.status.value, each.status_reason)


def reports_of(session: Session, case_id: str | None) -> Iterator[str]:
    """The reports that a case is part of."""
    query = select(Report).join(ReportMember, col(ReportMember.report_id) == Report.id)
    for each in session.exec(query.where(ReportMember.case_id == case_id).order_by(col(Report.period_start))):
        yield f"{each.report} {each.period_start:%Y-%m} of {each.team} ({each.status.value})"
