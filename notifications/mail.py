"""An e-mail as a MIME message: one recipient, stable Message-ID, plain text, and the calendar entry twice
(inline for mail programs that answer invitations, attached for the others).

The few headers and parts that there ever are get written here. Only what people have typed goes through the
standard library's header classes, which check it and fold it, and take far longer than the rest.
"""

import base64
import binascii
import re
from email.headerregistry import Address
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from notifications.channels import Outgoing, Rejected
from notifications.errors import TextRefusedError
from notifications.invitation import method_of, with_parties
from notifications.outbox import refuse_injection

CRLF: Final = "\r\n"
_NEW_LINE: Final = re.compile(r"\r\n|\r|\n")


def compose(outgoing: Outgoing, sender: str, sender_name: str) -> bytes:
    """The MIME message. A discreet one shows the sender's address without the organisation's name.

    Raises `Rejected` for what must not stand in a header: control characters, `=?`, an address that is none.
    """
    name = "" if outgoing.discreet else sender_name
    headers = _typed(outgoing, sender, name)
    headers += f"Date: {format_datetime(outgoing.created_at)}{CRLF}"
    headers += f"Message-ID: {message_id(outgoing, sender)}{CRLF}"
    headers += f"Auto-Submitted: auto-generated{CRLF}MIME-Version: 1.0{CRLF}"
    content = _text(outgoing)
    if outgoing.calendar_text is not None:
        entry = with_parties(outgoing.calendar_text, sender, name, outgoing.address)
        content = _with_calendar(content, entry, outgoing)
    return (headers + content).encode("ascii")


def message_id(outgoing: Outgoing, sender: str) -> str:
    """The Message-ID, the same for every attempt, so that receivers can drop a second copy."""
    return f"<{outgoing.message_id.lower()}@{sender.rpartition('@')[2]}>"


def _typed(outgoing: Outgoing, sender: str, name: str) -> str:
    """The headers with what people have typed, folded and encoded."""
    try:
        for part, value in (("subject", outgoing.subject), ("address", outgoing.address), ("sender", name)):
            refuse_injection(part, value)
        typed = {
            "From": Address(display_name=name, addr_spec=sender),
            "To": Address(addr_spec=outgoing.address),
            "Subject": outgoing.subject,
        }
        return "".join(SMTP.fold(*SMTP.header_store_parse(header, value)) for header, value in typed.items())
    except TextRefusedError as error:
        raise Rejected(error.code, str(error)) from error
    except (ValueError, IndexError) as error:  # what the standard library raises for a malformed address
        raise Rejected("bad_address", "an address is not one that e-mail can use; correct it") from error


def _text(outgoing: Outgoing) -> str:
    lines = CRLF.join((*_NEW_LINE.split(outgoing.body), ""))
    written = binascii.b2a_qp(lines.encode()).decode()
    return (
        f'Content-Type: text/plain; charset="utf-8"{CRLF}Content-Transfer-Encoding: quoted-printable{CRLF}'
        f"Content-Language: {outgoing.language}{CRLF}{CRLF}{written}"
    )


def _with_calendar(text: str, entry: str, outgoing: Outgoing) -> str:
    method = method_of(entry)
    file = "cancellation.ics" if method == "CANCEL" else "invitation.ics"
    encoded = base64.encodebytes(entry.encode()).decode().replace("\n", CRLF)
    inline = f'Content-Type: text/calendar; charset="utf-8"; method="{method}"{CRLF}'
    attached = f'Content-Type: application/ics{CRLF}Content-Disposition: attachment; filename="{file}"{CRLF}'
    written = f"Content-Transfer-Encoding: base64{CRLF}{CRLF}{encoded}"
    alternative = _multipart("alternative", outgoing, [text, inline + written])
    return _multipart("mixed", outgoing, [alternative, attached + written])


def _multipart(kind: str, outgoing: Outgoing, parts: list[str]) -> str:
    boundary = f"=_{kind}_{outgoing.message_id.lower()}"  # `=_` is in no quoted-printable or base64 text
    between = f"{CRLF}--{boundary}{CRLF}"
    head = f'Content-Type: multipart/{kind};{CRLF} boundary="{boundary}"{CRLF}'
    return f"{head}{between}{between.join(parts)}{CRLF}--{boundary}--{CRLF}"
