"""E-mail over SMTP."""

import contextlib
import re
import smtplib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from notifications.channels import (
    Accepted,
    ContactFault,
    OutcomeUnknown,
    Outgoing,
    Rejected,
    Report,
    SendError,
    TryLater,
)
from notifications.errors import ConfigurationError, TextRefusedError
from notifications.mail import compose, message_id
from notifications.outbox import refuse_injection

_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")
"""An enhanced status code (RFC 3463)."""

NO_SUCH_MAILBOX = (550, 551, 553)
"""SMTP replies to RCPT that say something about the address (RFC 5321, section 4.2.3), not about us."""


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """How to reach the mail server. `security`: `tls` from the first byte, `starttls`, or `none` (a server
    on this machine).

    `timeout` in seconds holds for each reply.
    """

    host: str
    port: int
    sender: str
    sender_name: str = ""
    security: Literal["tls", "starttls", "none"] = "starttls"
    username: str | None = None
    password: str | None = None
    timeout: float = 20.0

    def __repr__(self) -> str:
        return f"SmtpSettings(host={self.host!r}, port={self.port}, security={self.security!r})"


class SmtpChannel:
    """Sends e-mail through one SMTP server, a connection each. SMTP knows no more of a message than that it
    was taken.
    """

    name = "smtp"
    reports = False

    def __init__(self, settings: SmtpSettings) -> None:
        try:
            refuse_injection("sender's name", settings.sender_name)
        except TextRefusedError as error:
            raise ConfigurationError(f"the e-mail settings: {error}") from error
        if settings.sender.count("@") != 1:
            raise ConfigurationError("the e-mail settings: `sender` is an address like office@example.org")
        if settings.username is not None and settings.security == "none":
            raise ConfigurationError("the e-mail settings: a password is not sent without tls or starttls")
        self._settings = settings

    def send(self, outgoing: Outgoing) -> Accepted:
        """Hand the message to the server; the Message-ID is the provider's id."""
        content = compose(outgoing, self._settings.sender, self._settings.sender_name)
        with self._connected() as server:
            self._envelope(server, outgoing.address)
            self._content(server, content)
        return Accepted(message_id(outgoing, self._settings.sender), "sent")

    def status(self, provider_id: str) -> Report:
        """Always `sent`: the server tells nothing later."""
        del provider_id
        return Report("sent")

    def find(self, outgoing: Outgoing) -> tuple[str, ...]:
        """Nothing: SMTP can't be asked. A resent message has the same Message-ID, by which the receiver can
        drop it.
        """
        del outgoing
        return ()

    @contextlib.contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        """A connection, greeted and logged in. What fails until then is certainly not sent."""
        try:
            server = self._open()
        except (OSError, smtplib.SMTPException) as error:
            raise _not_reached(error) from error
        try:
            yield server
        finally:
            # the message's fate is decided by now: a server that hangs up early changes nothing
            with contextlib.suppress(OSError, smtplib.SMTPException):
                server.quit()
            server.close()

    def _open(self) -> smtplib.SMTP:
        settings = self._settings
        greeting = settings.sender.rpartition("@")[2]  # the default would look up this machine's name
        if settings.security == "tls":
            context = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.host, settings.port, greeting, timeout=settings.timeout, context=context
            )
        else:
            server = smtplib.SMTP(settings.host, settings.port, greeting, timeout=settings.timeout)
        try:
            if settings.security == "starttls":
                server.starttls(context=ssl.create_default_context())
            server.ehlo_or_helo_if_needed()
            if settings.username is not None:
                server.login(settings.username, settings.password or "")
        except BaseException:
            server.close()
            raise
        return server

    def _envelope(self, server: smtplib.SMTP, address: str) -> None:
        try:
            code, reply = server.mail(self._settings.sender)
            if code == 250:
                code, reply = server.rcpt(address)
                if code in (250, 251):
                    return
                raise _refused(code, reply, about_address=code in NO_SUCH_MAILBOX)
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            raise _not_reached(error) from error
        raise _refused(code, reply, about_address=False)

    def _content(self, server: smtplib.SMTP, content: bytes) -> None:
        try:
            code, reply = server.data(content)
        except smtplib.SMTPDataError as error:  # the server did not want to see the content at all
            raise _refused(error.smtp_code, error.smtp_error, about_address=False) from error
        except (OSError, smtplib.SMTPException) as error:
            raise OutcomeUnknown(
                "reply_lost", f"the mail server's last reply was lost ({type(error).__name__})"
            ) from error
        if code != 250:
            raise _refused(code, reply, about_address=False)


def _refused(code: int, reply: bytes | str, *, about_address: bool) -> SendError:
    """A refusal by the server: 4xx may go later, 5xx never (RFC 5321, section 4.2.1)."""
    words = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    detail = _ENHANCED.match(words)  # the rest of a reply often repeats the address
    text = f"the mail server answered {code}{' ' + detail[0] if detail else ''}"
    if code >= 500:
        return Rejected(str(code), text, ContactFault.BOUNCED if about_address else None)
    return TryLater(str(code), text)


def _not_reached(error: Exception) -> SendError:
    if isinstance(error, UnicodeError):
        return Rejected(
            "bad_address", "the address has characters that this mail server does not take; correct it"
        )
    code = str(error.smtp_code) if isinstance(error, smtplib.SMTPResponseException) else "unreachable"
    return TryLater(code, f"the mail server could not be used ({type(error).__name__})")
