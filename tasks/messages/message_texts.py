"""What a message step writes: the values of its template, the text in the reader's language, the calendar
entry.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from definitions.arguments import Value
from definitions.catalogue import Template
from definitions.runtime_values import RecordView, Singleton
from models import Appointment, AppointmentStatus, Case, Channel, Message, MessagePriority, Staff, related
from notifications import (
    Draft,
    Meeting,
    NotificationError,
    Origin,
    Rendered,
    invitation,
    render,
    sensitive_words,
)
from tasks.call import Call
from tasks.messages.addressees import Reader
from tasks.people.holders import case_of
from tasks.result import DefiniteFailure, StepError

SUPPLIED: Final = frozenset({"given_name", "worker", "organisation", "phone"})
"""The variables that every message step fills: the reader's given name; the caseworker; who writes (the
worker again where the contact must not learn the organisation); and the number to call back.
"""

OF_APPOINTMENT: Final = frozenset({"starts_at", "ends_at", "place", "minutes"})
"""The variables that `about:` an appointment fills."""

_MAY_BE_EMPTY = frozenset({"given_name", "worker"})


@dataclass(frozen=True, slots=True)
class Writing:
    """One message step's text, before it is filled for a reader. `variant` is `moved`, `cancelled` or
    nothing.
    """

    template: Template
    channel: Channel
    values: Mapping[str, object]
    appointment: Appointment | None = None
    variant: str = ""


def writing_of(
    call: Call, name: str, channel: Channel, variables: Mapping[str, Value], appointment: Appointment | None
) -> Writing:
    """The template of the plan with the values that are the same for every reader.

    Raises `StepError` for a template that the plan does not hold.
    """
    template = call.plan.templates.get(name)
    if template is None:
        raise StepError("no_template", f"the definition version holds no template `{name}`; publish it again")
    values = {**_of_office(call, appointment), **_of_appointment(appointment)}
    values.update({each: _value(call, each, value) for each, value in variables.items()})
    return Writing(template, channel, values, appointment, _variant(call, appointment))


def draft_for(call: Call, writing: Writing, reader: Reader) -> Draft:
    """The message for one reader. Raises `DefiniteFailure` for a value that is not recorded, a text that
    says too much, or an address that can't be used: a person has to tell it another way.
    """
    values = {**writing.values, "given_name": reader.given_name}
    if reader.discreet or not values.get("organisation"):
        values["organisation"] = values["worker"]
    _refuse_gaps(writing.template, values)
    try:
        text = _rendered(call, writing, values, reader)
        _refuse_sensitive(call, writing, {**values, "given_name": "", "worker": ""}, reader)
    except NotificationError as error:
        raise DefiniteFailure("text_refused", str(error)) from error
    return Draft(
        channel=writing.channel,
        to=reader.to,
        template=writing.template.name,
        language=text.language,
        subject=text.subject if writing.channel is Channel.EMAIL else "",
        body=text.body,
        key=f"{call.run.id}:{writing.channel.value}:{reader.to.contact_point_id or reader.to.staff_id}",
        origin=Origin(call.instance.case_id, call.instance.client_id, call.instance.id, call.run.id),
        calendar_text=_calendar(call, writing, text),
        priority=MessagePriority.CRITICAL if call.step.critical else MessagePriority.ORDINARY,
        not_before=reader.not_before,
    )


def told_before(call: Call, appointment: Appointment) -> str | None:
    """The calendar text of this instance's last message about the appointment that left, if one did."""
    told = [
        (message.sent_at, message.calendar_text)
        for message in related(call.session, Message, instance_id=call.instance.id)
        if message.sent_at is not None and f"UID:{appointment.uid}" in (message.calendar_text or "")
    ]
    return max(told, key=lambda each: each[0])[1] if told else None


def nothing_new(call: Call, appointment: Appointment) -> bool:
    """Whether there is nothing to tell: the reader knows this state, never heard of what is cancelled, or
    it is over.
    """
    told = told_before(call, appointment)
    if appointment.status is AppointmentStatus.CANCELLED:
        return told is None or "METHOD:CANCEL" in told
    return appointment.ends_at <= call.now or (told is not None and _sequence(appointment) in told)


def _variant(call: Call, appointment: Appointment | None) -> str:
    if appointment is None:
        return ""
    if appointment.status is AppointmentStatus.CANCELLED:
        return "cancelled"
    return "moved" if told_before(call, appointment) is not None else ""


def _sequence(appointment: Appointment) -> str:
    return f"SEQUENCE:{appointment.sequence}\r\n"


def _of_office(call: Call, appointment: Appointment | None) -> dict[str, object]:
    case = case_of(call)
    worker = _staff(call, appointment.worker_id if appointment else None) or _staff(
        call, case.worker_id if case else None
    )
    team = _team(call, case)
    return {
        "worker": worker.name if worker else team,
        "organisation": team,
        "phone": _phone(call, case, worker),
    }


def _team(call: Call, case: Case | None) -> str:
    name = (case.team if case else None) or call.plan.owner
    return call.plan.vocabulary.groups.get(name, "")


def _phone(call: Call, case: Case | None, worker: Staff | None) -> str | None:
    """The worker's number, else the supervisor's."""
    of_case = case.supervisor_id if case else None
    supervisor = _staff(call, of_case or (worker.supervisor_id if worker else None))
    return next((each.phone for each in (worker, supervisor) if each is not None and each.phone), None)


def _staff(call: Call, staff_id: str | None) -> Staff | None:
    return None if not staff_id else call.session.get(Staff, staff_id)


def _of_appointment(appointment: Appointment | None) -> dict[str, object]:
    if appointment is None:
        return {}
    length = appointment.ends_at - appointment.starts_at
    return {
        "starts_at": appointment.starts_at,
        "ends_at": appointment.ends_at,
        "place": appointment.place,
        "minutes": int(length.total_seconds() // 60),
    }


def _value(call: Call, name: str, value: Value) -> object:
    found = call.value(value)
    if isinstance(found, RecordView | Mapping | tuple):
        raise StepError("not_a_text", f"variable `{name}` of the message is not a text, a number or a date")
    return None if isinstance(found, Singleton) else found


def _refuse_gaps(template: Template, values: Mapping[str, object]) -> None:
    gaps = sorted(
        name
        for name in template.variables - _MAY_BE_EMPTY
        if values.get(name) is None or values.get(name) == ""
    )
    if gaps:
        listed = ", ".join(f"`{name}`" for name in gaps)
        raise DefiniteFailure(
            "value_missing", f"template `{template.name}` needs {listed}, which is not recorded"
        )


def _rendered(call: Call, writing: Writing, values: Mapping[str, object], reader: Reader) -> Rendered:
    fallback = call.plan.vocabulary.fallback
    return render(writing.template, reader.to.language, fallback, values, call.zone, writing.variant)


def _refuse_sensitive(call: Call, writing: Writing, values: Mapping[str, object], reader: Reader) -> None:
    """A text message and a subject line say when and where, never why. Names of people are left out of the
    search.
    """
    text = _rendered(call, writing, values, reader)
    words = call.plan.vocabulary.templates.get(writing.template.name)
    found = sensitive_words(
        text.subject if writing.channel is Channel.EMAIL else text.body, words.never if words else ()
    )
    if found:
        raise DefiniteFailure(
            "sensitive_text",
            f"template `{writing.template.name}` would say {', '.join(found)}, which it must not",
        )


def _calendar(call: Call, writing: Writing, text: Rendered) -> str | None:
    appointment = writing.appointment
    if appointment is None or writing.channel is not Channel.EMAIL:
        return None
    meeting = Meeting(
        uid=appointment.uid,
        sequence=appointment.sequence,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        place=appointment.place,
        summary=text.summary or text.subject,
    )
    return invitation(meeting, "CANCEL" if writing.variant == "cancelled" else "REQUEST", call.now)
