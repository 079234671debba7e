"""`send_email` and `send_sms`: one message to whoever is meant and safe, followed until it has got where
`ends:` says.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from pydantic import Field

from definitions.arguments import Recipient, StepArguments, StepOutput, TemplateName, Value, Wants
from definitions.catalogue import Look, Template
from definitions.runtime_values import RecordView
from definitions.types import Choice, DateTime, Record, Struct, Text, Type
from models import Appointment, Channel, Message, MessageStatus, WaitsFor, WakeKind, record_wake
from notifications import TextRefusedError, count_segments, queue, sensitive_words
from tasks.call import Call
from tasks.history import Act, Happening, audit, chronicle
from tasks.messages.addressees import CONTACT_ROLES, Readers, readers_of
from tasks.messages.message_texts import OF_APPOINTMENT, SUPPLIED, draft_for, nothing_new, writing_of
from tasks.people.asking import tell
from tasks.registry import step_kind
from tasks.result import DefiniteFailure, StepError, Waiting

ENDS: Final = ("sent", "queued", "delivered")
NOT_NEEDED: Final = "not_needed"
STATUSES: Final = (*(status.value for status in MessageStatus), NOT_NEEDED)
MOST_SEGMENTS: Final = 3
"""The parts that an SMS may be sent in where the vocabulary says nothing of it (`parts:`)."""

_REACHED = {
    "queued": frozenset(MessageStatus),
    "sent": frozenset({MessageStatus.SENT, MessageStatus.DELIVERED}),
    "delivered": frozenset({MessageStatus.DELIVERED}),
}
_FAILED = {
    MessageStatus.FAILED: "the message was refused",
    MessageStatus.UNDELIVERED: "the message did not arrive",
    MessageStatus.BLOCKED: "the contact was not safe any more when the message was to leave",
    MessageStatus.WITHDRAWN: "the message was withdrawn",
}
_KEYS = ("otherwise", "not_accepted", "priority")


class SendMessage(StepArguments):
    """`to:` who gets it: `client or guardian` is the first safe one, `client and guardian` both; staff too.

    `template:` what it says. `variables:` values for the template besides those of every message
    (`given_name`, `worker`, `organisation`, `phone`). `about:` an appointment, which fills `starts_at`,
    `ends_at`, `place`, `minutes`. `tell:` somebody of the staff who hears of it at once, whatever becomes
    of the message.
    """

    to: Recipient
    template: TemplateName
    about: Annotated[Value, Wants(Record("Appointment"))] | None = None
    variables: dict[str, Value] = Field(default_factory=dict)
    tell: Recipient | None = None


class MessageOutput(StepOutput):
    """What became of it. Of several messages: the first one's id, the time the last one left.

    `status` is `not_needed` when there was nothing to tell: the reader already knows this state of the
    appointment.
    """

    message: str | None = None
    status: str | None = None
    sent_at: Any = None
    sent_to: str | None = None


def _outputs(channel: Channel) -> Any:
    def outputs(arguments: SendMessage, look: Look) -> Type:
        _check_recipient(arguments, look)
        _check_template(arguments, channel, look)
        return Struct(
            (("message", Text()), ("status", Choice(STATUSES)), ("sent_at", DateTime()), ("sent_to", Text()))
        )

    return outputs


def _check_recipient(arguments: SendMessage, look: Look) -> None:
    roles = set(arguments.to.roles)
    if roles & set(CONTACT_ROLES) and not roles <= set(CONTACT_ROLES):
        look.report(
            "CW405",
            "a message goes to people outside or to staff, not to both",
            ("to",),
            advice="write a second step for the staff, or `tell:`",
        )


def _check_template(arguments: SendMessage, channel: Channel, look: Look) -> None:
    """Channel and variables; where the vocabulary has no rule for the template, also its words and length."""
    name = str(arguments.template)
    template = look.catalogue.templates.get(name)
    if template is None:
        return  # the checker reports it
    if template.channel != channel.value:
        look.report(
            "CW613", f"template `{name}` is for {template.channel}, not for {channel.value}", ("template",)
        )
        return
    words = look.catalogue.vocabulary.templates.get(name)
    filled = SUPPLIED | set(arguments.variables) | (OF_APPOINTMENT if arguments.about is not None else set())
    declared = template.variables if words is None else template.variables & set(words.variables)
    for variable in sorted(declared - filled):
        advice = "add `about:`" if variable in OF_APPOINTMENT else f"add `{variable}` under `variables:`"
        message = f"this step does not fill `{variable}` of template `{name}`"
        look.report("CW610", message, ("template",), advice=advice)
    if words is None:
        _check_wording(name, template, channel, look)


def _check_wording(name: str, template: Template, channel: Channel, look: Look) -> None:
    for (part, language), text in sorted(template.texts.items()):
        shown = channel is Channel.SMS or not part.endswith("body")
        for word in sensitive_words(text) if shown else ():
            message = f"the template `{name}` ({part}, {language}) must not hold `{word}`"
            look.report("CW611", message, ("template",), advice="say when and where, never why")
        if channel is Channel.SMS and count_segments(text).segments > MOST_SEGMENTS:
            message = f"the template `{name}` ({language}) takes more than {MOST_SEGMENTS} SMS"
            look.report(
                "CW612", message, ("template",), advice="shorten it, or set `parts:` in the vocabulary"
            )


def _explain(arguments: SendMessage) -> Sequence[str]:
    to = arguments.to
    joined = " and ".join(to.roles) if to.every else " or ".join(to.roles)
    who = joined or (f"everybody of {to.group} who is here" if to.group else "the person named")
    lines = [f"Writes to {who}, with the template {arguments.template}, if a contact is safe."]
    if not to.every and len(to.roles) > 1:
        lines.append("The first of them with a safe contact gets it.")
    if arguments.about is not None:
        lines.append(
            "Sends the calendar entry too; when the appointment moves or is cancelled, that goes out again."
        )
    if arguments.tell is not None:
        lines.append("Tells somebody of the staff at once, whatever becomes of the message.")
    return lines


@step_kind(
    "send_email",
    number=1,
    summary="Sends an e-mail",
    arguments=SendMessage,
    output=MessageOutput,
    ends=ENDS,
    keys=_KEYS,
    main="status",
    outputs=_outputs(Channel.EMAIL),
    explain=_explain,
)
def send_email(call: Call, arguments: SendMessage) -> MessageOutput | Waiting:
    """Queue the e-mail, with the calendar entry when it is about an appointment."""
    return _begin(call, arguments, Channel.EMAIL)


@step_kind(
    "send_sms",
    number=1,
    summary="Sends a text message",
    arguments=SendMessage,
    output=MessageOutput,
    ends=ENDS,
    keys=_KEYS,
    main="status",
    outputs=_outputs(Channel.SMS),
    explain=_explain,
)
def send_sms(call: Call, arguments: SendMessage) -> MessageOutput | Waiting:
    """Queue the SMS."""
    return _begin(call, arguments, Channel.SMS)


@send_email.resume
@send_sms.resume
def look_after(call: Call, arguments: SendMessage) -> MessageOutput | Waiting:
    """Decide from the messages' rows whether the step has ended, waits on, or has failed."""
    del arguments
    return _settle(call)


def _begin(call: Call, arguments: SendMessage, channel: Channel) -> MessageOutput | Waiting:
    if arguments.tell is not None:
        tell(call, arguments.tell, call.step.title, "A message about this is on its way")
    try:
        readers = _queue(call, arguments, channel)
    except DefiniteFailure as failure:
        return _postpone(call, arguments, failure)
    if readers is None:
        return MessageOutput(status=NOT_NEEDED)
    if readers.missing:
        return _postpone(call, arguments, readers.failure)
    return _settle(call)


def _queue(call: Call, arguments: SendMessage, channel: Channel) -> Readers | None:
    """Queue a message for each reader; None when there is nothing to tell."""
    appointment = _appointment(call, arguments)
    if appointment is not None and channel is Channel.EMAIL and nothing_new(call, appointment):
        return None
    readers = readers_of(call, arguments.to, channel)
    writing = writing_of(call, str(arguments.template), channel, arguments.variables, appointment)
    messages = []
    for reader in readers.found:
        try:
            message = queue(call.session, draft_for(call, writing, reader), call.now, call.new_id)
        except TextRefusedError as error:
            raise DefiniteFailure(error.code, str(error)) from error
        messages.append(message.id)
        if reader.to.contact_point_id is not None:
            audit(call, Act.SEND, "ContactPoint", reader.to.contact_point_id, ("value",))
    call.run.outputs = {"messages": messages}
    return readers


def _postpone(call: Call, arguments: SendMessage, failure: DefiniteFailure) -> Waiting:
    """Fail, but so that what was done already stays: a failure raised now would roll back the telling and
    the messages for those who can be reached. The wake makes the runner ask again at once, and then it
    is raised.
    """
    if arguments.tell is None and not call.run.outputs.get("messages"):
        raise failure
    kept = {"code": failure.code, "message": str(failure), "details": dict(failure.details)}
    call.run.outputs = {**call.run.outputs, "undeliverable": kept}
    key, detail = f"message:{call.run.id}:undeliverable", {"step_run": call.run.id}
    record_wake(call.session, call.instance.id, key, WakeKind.RECEIPT, detail, call.now)
    return Waiting(WaitsFor.MESSAGE)


def _settle(call: Call) -> MessageOutput | Waiting:
    kept = call.run.outputs.get("undeliverable")
    if kept is not None:
        raise DefiniteFailure(kept["code"], kept["message"], kept["details"])
    messages = [_message(call, each) for each in call.run.outputs.get("messages", [])]
    for message in messages:
        if message.status in _FAILED:
            code = message.last_error_code or message.status.value
            raise DefiniteFailure(code, f"{_FAILED[message.status]} ({code})")
    reached = _REACHED[call.step.ends or ENDS[0]]
    if not all(message.status in reached for message in messages):
        return Waiting(WaitsFor.MESSAGE)
    for message in messages:
        _chronicle(call, message)
    return _output(messages)


def _output(messages: Sequence[Message]) -> MessageOutput:
    order = list(MessageStatus)
    return MessageOutput(
        message=messages[0].id,
        status=min((message.status for message in messages), key=order.index).value,
        sent_at=max((message.sent_at for message in messages if message.sent_at), default=None),
        sent_to=" and ".join(dict.fromkeys(message.recipient_role for message in messages)),
    )


def _chronicle(call: Call, message: Message) -> None:
    kind = "E-mail" if message.channel is Channel.EMAIL else "Text message"
    title = f"{kind} to the {message.recipient_role}: {call.step.title}"
    chronicle(call, Happening.MESSAGE_SENT, title, significant=False, record=("Message", message.id))


def _message(call: Call, message_id: str) -> Message:
    message = call.session.get(Message, message_id)
    if message is None:
        raise StepError("message_gone", f"message {message_id} of this step is not in the outbox any more")
    return message


def _appointment(call: Call, arguments: SendMessage) -> Appointment | None:
    if arguments.about is None:
        return None
    view = call.value(arguments.about)
    found = call.session.get(Appointment, view.id) if isinstance(view, RecordView) else None
    if found is None:
        raise StepError("no_appointment", "`about:` leads to no appointment yet; book one first")
    return found
