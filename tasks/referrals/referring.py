"""`create_referral`: ask a service to help, with a valid consent and as little as it needs to know."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final

from pydantic import Field
from sqlalchemy import or_, select
from sqlmodel import col

from definitions.arguments import Clock, Part, Recipient, StepArguments, StepOutput, Text, Value, Wants
from definitions.catalogue import Look
from definitions.runtime_values import ABSENT, MISSING, RecordView
from definitions.time.clocks import describe
from definitions.types import Choice, DateTime, Record, Struct, Type
from definitions.types import Text as TextType
from models import (
    REFERRAL_ENDED,
    Case,
    GroupRole,
    Referral,
    ReferralStatus,
    Service,
    Staff,
    StaffGroup,
    TaskKind,
)
from tasks.call import Call
from tasks.history import Act, Happening, audit, chronicle, system_actor
from tasks.people.asking import ask
from tasks.people.holders import case_of, client_of
from tasks.people.notices import send_notice
from tasks.records.record_view import LiveRecord
from tasks.referrals.chasing import CORRECTED, chase_later
from tasks.referrals.consents import FIELDS, REFUSALS, consent_of, covered, refusal_of
from tasks.referrals.earlier_referrals import earlier_referrals, settle_earlier
from tasks.referrals.reachable import may_be_contacted
from tasks.referrals.referral_status import record_state
from tasks.registry import step_kind
from tasks.result import DefiniteFailure, StepError

MINIMUM: Final = ("name", "need", "contact")
"""What a service needs to know at least; `contact` only where the client may be contacted safely."""
NONE_SUITABLE: Final = "none_suitable"
"""The status of the step when nobody found a service that fits. The need is recorded as unmet."""


class Override(Part):
    """A referral without a valid consent: `reason:` why, `by:` the supervisor or manager who decides it."""

    reason: Annotated[Value, Wants(TextType())]
    by: Annotated[Value, Wants(Record("Staff"))]


class CreateReferral(StepArguments):
    """`service:` who is asked; `category:` for what need; `consent:` that allows it; `respond_by:` until when
    the service answers.

    `disclose:` names what is passed on, if it is not name, need and contact. `reason:` is what the service is
    told. `contacting_subject_prohibited: true` keeps the service from contacting the client. `chase:` who
    asks after it when the service has not answered (otherwise the one of `otherwise`, or the caseworker).
    Whoever asks writes down what the service says; while it has not decided, somebody asks again. What it
    says later is recorded on the page of the case.
    `override:` counts only while a reason is recorded, and only for a supervisor or manager.

    A service answered with "none suitable" makes no referral: the need is recorded as unmet, with the reason.
    """

    service: Annotated[Value, Wants(Record("Service"))]
    category: Annotated[Value, Wants(TextType())]
    consent: Annotated[Value, Wants(Record("Consent"))]
    respond_by: Clock
    disclose: list[str] | None = Field(default=None, min_length=1)
    reason: Text | None = None
    contacting_subject_prohibited: bool = False
    chase: Recipient | None = None
    override: Override | None = None


class ReferralOutput(StepOutput):
    """The referral and its status when the step ended; no referral with the status `none_suitable`."""

    referral: str | None
    status: str | None
    respond_by: datetime | None


_STATUSES = (*(each.value for each in ReferralStatus), NONE_SUITABLE)


def _outputs(arguments: CreateReferral, look: Look) -> Type:
    for index, name in enumerate(arguments.disclose or ()):
        look.choose(name, tuple(FIELDS), ("disclose", index), "a thing to pass on")
    return Struct(
        (("referral", Record("Referral")), ("status", Choice(_STATUSES)), ("respond_by", DateTime()))
    )


def _explain(arguments: CreateReferral) -> list[str]:
    passed_on = ", ".join(FIELDS[name] for name in arguments.disclose or MINIMUM if name in FIELDS)
    lines = [
        f"Passes on {passed_on}, and only with a consent that is valid and names this service and need.",
        f"The service answers {describe(arguments.respond_by.parsed)}; then somebody asks after it.",
    ]
    if arguments.contacting_subject_prohibited:
        lines.append("The service must not contact the client.")
    if arguments.override is not None:
        lines.append("Without a consent only a supervisor or manager can decide it, with a reason.")
    return lines


@step_kind(
    "create_referral",
    number=1,
    summary="Asks a service to help",
    arguments=CreateReferral,
    output=ReferralOutput,
    keys=("otherwise",),
    main="referral",
    outputs=_outputs,
    explain=_explain,
)
def create_referral(call: Call, arguments: CreateReferral) -> ReferralOutput:
    """Make the referral, its history and the timer that has somebody ask after it."""
    case = case_of(call)
    if case is None:
        raise StepError("no_case", "a referral belongs to a case, and this process has none; open one first")
    category = _category(call, arguments)
    service = _service(call, arguments)
    if service is None:
        return _unmet(call, arguments, case, category)
    if not service.serves(category):
        raise DefiniteFailure(
            "service_does_not_fit", f"the service is not one for `{category}`, or is closed"
        )
    return _refer(call, arguments, case, service, category)


@create_referral.supersede
def _rests_on_a_correction(call: Call, arguments: CreateReferral) -> None:
    """A service may be working on what was corrected: somebody looks after it until the step is done anew."""
    wanted = select(Referral).where(
        col(Referral.step_run_id) == call.run.id, col(Referral.status).not_in(REFERRAL_ENDED)
    )
    referral = call.session.execute(wanted).scalars().first()
    if referral is None:
        return
    service = call.session.get_one(Service, referral.service_id)
    task = ask(
        call,
        to=_chaser(call, arguments),
        kind=TaskKind.CHASE,
        title=f"Check whether the referral to {service.name} still stands",
        description="Something that it rests on was corrected. Tell the service if it is to stop.",
        details={"referral": referral.id, CORRECTED: True},
    )
    send_notice(call, task, "told")


def _refer(
    call: Call, arguments: CreateReferral, case: Case, service: Service, category: str
) -> ReferralOutput:
    fields = _fields(call, arguments)
    consent, overridden_by, why = _permission(call, arguments, case, service, category, fields)
    known = settle_earlier(call, service.id)
    if known is not None:
        chase_later(call, _chaser(call, arguments), known, service)
        return ReferralOutput(referral=known.id, status=known.status.value, respond_by=known.respond_by)
    referral = Referral(
        id=call.new_id(),
        case_id=case.id,
        client_id=case.client_id,
        service_id=service.id,
        instance_id=call.instance.id,
        step_run_id=call.run.id,
        category=category,
        request=call.text(arguments.reason) if arguments.reason is not None else None,
        contacting_subject_prohibited=arguments.contacting_subject_prohibited,
        consent_id=consent,
        override_reason=why,
        override_by=overridden_by,
        disclosed_fields=list(fields),
        requested_at=call.now,
        requested_by=overridden_by or case.worker_id,
        respond_by=call.moment(arguments.respond_by).moment_utc,
    )
    call.session.add(referral)
    record_state(call.session, referral, now=call.now, by=overridden_by or system_actor(call.plan.process))
    chase_later(call, _chaser(call, arguments), referral, service)
    _tell(call, referral, service)
    return ReferralOutput(
        referral=referral.id, status=ReferralStatus.REQUESTED.value, respond_by=referral.respond_by
    )


# -- what is asked of whom


def _category(call: Call, arguments: CreateReferral) -> str:
    category = call.value(arguments.category)
    if not isinstance(category, str) or not category:
        raise StepError("no_category", "the need that the referral is for is not recorded")
    return category


def _service(call: Call, arguments: CreateReferral) -> Service | None:
    """The service that was chosen, or None when none was suitable."""
    value = call.value(arguments.service)
    service_id = value.id if isinstance(value, RecordView) else value
    if service_id in (MISSING, ABSENT, None, NONE_SUITABLE):
        return None
    row = LiveRecord("Service", str(service_id), call.session).row
    if not isinstance(row, Service):
        raise StepError("no_record", "the service that was chosen does not exist in the directory")
    return row


def _unmet(call: Call, arguments: CreateReferral, case: Case, category: str) -> ReferralOutput:
    """Nothing is lost: that nobody helps with a need is told in the chronology, with the reason given."""
    settle_earlier(call, None)
    reason = _why_none(call, arguments)
    title = f"No service is suitable for the need {category}"
    detail = f"Reason: {reason}" if reason else "No reason is recorded."
    chronicle(call, Happening.NEED_UNMET, title, detail, record=("Case", case.id))
    return ReferralOutput(referral=None, status=NONE_SUITABLE, respond_by=None)


def _why_none(call: Call, arguments: CreateReferral) -> str | None:
    """The reason beside the answer: `asked.service_reason` for `= asked.service`."""
    expression = arguments.service.expression
    if expression is None or not expression.names:
        return None
    path = expression.names[0].path
    try:
        reason = call.names.lookup((*path[:-1], f"{path[-1]}_reason"))
    except LookupError:
        return None
    return reason if isinstance(reason, str) else None


# -- whether it may be passed on


def _fields(call: Call, arguments: CreateReferral) -> tuple[str, ...]:
    """What is passed on. Without `disclose`: the minimum that the consent covers, contact where safe."""
    if arguments.disclose is not None:
        return tuple(dict.fromkeys(arguments.disclose))
    client = client_of(call)
    reachable = client is not None and may_be_contacted(call.session, client, call.now)
    wanted = [name for name in MINIMUM if name != "contact" or reachable]
    if arguments.contacting_subject_prohibited:
        wanted = [name for name in wanted if name != "contact"]
    consent = consent_of(call.value(arguments.consent))
    # name and need stay: a consent that does not cover even those is refused, not worked around
    kept = {"name", "need", *covered(consent, wanted)} if consent is not None else set(wanted)
    return tuple(name for name in wanted if name in kept)


def _permission(
    call: Call, arguments: CreateReferral, case: Case, service: Service, category: str, fields: Sequence[str]
) -> tuple[str | None, str | None, str | None]:
    """The consent that allows it; or who overrides a missing one, and why. Raises DefiniteFailure."""
    consent = consent_of(call.value(arguments.consent))
    refused = refusal_of(
        call.session,
        consent,
        client_id=LiveRecord("Client", case.client_id, call.session).id,
        service=service,
        category=category,
        data=fields,
        now=call.now,
    )
    if refused is None and consent is not None:
        return consent.id, None, None
    override = _override(call, arguments)
    if override is None:
        raise DefiniteFailure(
            "no_consent", _refusal(refused), _for_the_person(call, refused, service, category)
        )
    by, why = override
    if not _may_override(call, case, by):
        message = f"{_refusal(refused)}, and only a supervisor or a manager may decide it without one"
        raise DefiniteFailure("not_authorised", message, _for_the_person(call, refused, service, category))
    audit(call, Act.OVERRIDE, "Consent", None if consent is None else consent.id, fields, why, actor=by.id)
    return (None if consent is None else consent.id), by.id, why


def _refusal(code: str | None) -> str:
    return f"nothing is passed on: {REFUSALS[code or 'not_given']}"


def _for_the_person(call: Call, code: str | None, service: Service, category: str) -> dict[str, object]:
    """What the person who takes over needs to know. Referrals that an earlier attempt made are not called
    back by themselves, because nothing of a failed step is kept; so they are named.
    """
    still = [each.id for each, iteration in earlier_referrals(call) if iteration == call.run.iteration]
    return {
        "refusal": code or "not_given",
        "service": service.id,
        "category": category,
        "still_requested": still,
    }


def _override(call: Call, arguments: CreateReferral) -> tuple[Staff, str] | None:
    if arguments.override is None:
        return None
    why = call.value(arguments.override.reason)
    by = call.value(arguments.override.by)
    row = by.row if isinstance(by, LiveRecord) else None
    if not isinstance(why, str) or not why.strip() or not isinstance(row, Staff):
        return None
    return row, why.strip()


def _may_override(call: Call, case: Case, by: Staff) -> bool:
    """Whether it is a supervisor or manager of the team, the case's supervisor, or somebody of a rota."""
    if not by.active:
        return False
    if by.id == case.supervisor_id:
        return True
    rotas = [rota.group for rota in call.plan.vocabulary.rotas.values()]
    leading = (GroupRole.SUPERVISOR, GroupRole.MANAGER)
    wanted = select(col(StaffGroup.id)).where(
        col(StaffGroup.staff_id) == by.id,
        or_(
            (col(StaffGroup.group) == (case.team or call.plan.owner)) & col(StaffGroup.role).in_(leading),
            col(StaffGroup.group).in_(rotas),
        ),
    )
    return call.session.execute(wanted.limit(1)).first() is not None


# -- what follows


def _chaser(call: Call, arguments: CreateReferral) -> Recipient:
    otherwise = call.step.otherwise
    return arguments.chase or (otherwise.assign if otherwise else Recipient(roles=("caseworker",)))


def _tell(call: Call, referral: Referral, service: Service) -> None:
    words = ", ".join(referral.disclosed_fields)
    title = f"Referred to {service.name}"
    detail = f"Need: {referral.category}. Passed on: {words}."
    if referral.override_reason:
        detail += f" Decided without a consent: {referral.override_reason}"
    record = ("Referral", referral.id)
    chronicle(call, Happening.REFERRAL_MADE, title, detail, record=record, by=referral.override_by)
    audit(call, Act.CREATE, "Referral", referral.id, ["service", "category", "consent", "status"])
    audit(call, Act.DISCLOSE, "Client", referral.client_id, referral.disclosed_fields)
