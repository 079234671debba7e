"""An e-mail as a MIME message: one recipient, stable Message-ID, plain text, and the calendar entry twice
(inline for mail programs that answer invitations, attached for the others).
"""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from notifications.channels import Outgoing, Rejected
from notifications.errors import TextRefusedError
from notifications.invitation import method_of, with_parties
from notifications.outbox import refuse_injection


def compose(outgoing: Outgoing, sender: str, sender_name: str) -> EmailMessage:
    """The MIME message. A discreet one shows the sender's address without the organisation's name.

    Raises `Rejected` for what must not stand in a header: control characters, `=?`, an address that is none.
    """
    name = "" if outgoing.discreet else sender_name
    message = EmailMessage(policy=SMTP)
    try:
        for part, value in (("subject", outgoing.subject), ("address", outgoing.address), ("sender", name)):
            refuse_injection(part, value)
        message["From"] = Address(display_name=name, addr_spec=sender)
        message["To"] = Address(addr_spec=outgoing.address)
    except TextRefusedError as error:
        raise Rejected(error.code, str(error)) from error
    except (ValueError, IndexError) as error:  # what the standard library raises for a malformed address
        raise Rejected("bad_address", "an address is not one that e-mail can use; correct it") from error
    message["Subject"] = outgoing.subject
    message["Date"] = format_datetime(outgoing.created_at)
    message["Message-ID"] = message_id(outgoing, sender)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(outgoing.body + "\n", cte="quoted-printable")
    message["Content-Language"] = outgoing.language  # after the content, which clears every Content- header
    if outgoing.calendar_text is not None:
        _add_calendar(message, with_parties(outgoing.calendar_text, sender, name, outgoing.address))
    return message


def message_id(outgoing: Outgoing, sender: str) -> str:
    """The Message-ID, the same for every attempt, so that receivers can drop a second copy."""
    return f"<{outgoing.message_id.lower()}@{sender.rpartition('@')[2]}>"


def _add_calendar(message: EmailMessage, calendar_text: str) -> None:
    method = method_of(calendar_text)
    message.add_alternative(calendar_text, subtype="calendar", params={"method": method}, cte="base64")
    message.add_attachment(
        calendar_text.encode("utf-8"),
        maintype="application",
        subtype="ics",
        filename="cancellation.ics" if method == "CANCEL" else "invitation.ics",
    )
