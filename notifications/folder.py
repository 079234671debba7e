"""The channel that needs no provider: each message becomes a file, and counts as delivered at once.

The embedded default, for trying things out and for tests. Files sort by the time of their message. What it
shall refuse is told with `failing`, or by lines `ADDRESS CODE` in a file `failing.txt` in the folder.
"""

import contextlib
import os
from collections.abc import Mapping
from datetime import UTC
from pathlib import Path
from typing import Final

from models import Channel as ChannelKind
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
from notifications.mail import compose

FAILING_FILE: Final = "failing.txt"

CODES: Final = {
    "invalid": "the address does not exist",
    "stop": "the recipient said STOP",
    "refused": "the message is refused",
    "busy": "the provider has too much to do",
    "lost": "the message is written, but the answer is lost",
    "undelivered": "the message is taken, but never arrives",
    "silent": "the message is taken, and nothing more is heard of it",
}
"""What the folder can be told to do with an address."""

_LATER = ("undelivered", "silent")
_FAULTS = {"invalid": ContactFault.ERRONEOUS, "stop": ContactFault.OPTED_OUT}


class FolderChannel:
    """Writes `.eml` files for e-mail and `.txt` files for SMS into one folder, each once, however often it
    is sent.
    """

    name = "folder"
    reports = True

    def __init__(
        self,
        folder: Path,
        *,
        sender: str = "office@casewright.invalid",
        sender_name: str = "",
        failing: Mapping[str, str] | None = None,
    ) -> None:
        self._folder = folder
        self._sender, self._sender_name = sender, sender_name
        self._failing = dict(failing or {})

    def send(self, outgoing: Outgoing) -> Accepted:
        """Write the file, completely or not at all, and on the disk before it counts."""
        code = self._fate(outgoing.address)
        error = _refusal(code)
        if error is not None:
            raise error
        path = self._path(outgoing)
        if not path.exists():
            self._write(path, self._content(outgoing))
        if code == "lost":
            raise OutcomeUnknown("lost", CODES["lost"])
        return Accepted(self._provider_id(outgoing), "accepted" if code in _LATER else "delivered")

    def status(self, provider_id: str) -> Report:
        """`delivered` when the file is there, unless the folder was told otherwise for the address."""
        paths = list(self._folder.glob(f"*-{_safe(provider_id)}.*"))
        if not paths:
            raise Rejected("404", "the folder has no such message")
        code = self._fate(_address_in(paths[0]))
        if code == "undelivered":
            return Report("undelivered", "undelivered")
        return Report("sent" if code == "silent" else "delivered")

    def find(self, outgoing: Outgoing) -> tuple[str, ...]:
        """The message's own file, if it was written."""
        return (self._provider_id(outgoing),) if self._path(outgoing).exists() else ()

    def _provider_id(self, outgoing: Outgoing) -> str:
        return outgoing.message_id

    def _path(self, outgoing: Outgoing) -> Path:
        ending = "eml" if outgoing.channel is ChannelKind.EMAIL else "txt"
        written = outgoing.created_at.astimezone(UTC).strftime("%Y%m%dT%H%M%S")
        return self._folder / f"{written}-{_safe(outgoing.message_id)}.{ending}"

    def _content(self, outgoing: Outgoing) -> bytes:
        if outgoing.channel is ChannelKind.EMAIL:
            return compose(outgoing, self._sender, self._sender_name)
        return f"To: {outgoing.address}\nLanguage: {outgoing.language}\n\n{outgoing.body}\n".encode()

    def _write(self, path: Path, content: bytes) -> None:
        unfinished = path.with_suffix(path.suffix + f".{os.getpid()}.part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with unfinished.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        except OSError as error:
            with contextlib.suppress(
                OSError
            ):  # it was the disk or the folder that failed; the part may be left
                unfinished.unlink(missing_ok=True)
            raise TryLater(
                "not_written", f"the folder can't be written to ({type(error).__name__})"
            ) from error

    def _fate(self, address: str) -> str:
        told = {**self._told_by_file(), **self._failing}
        return told.get(address, told.get("*", ""))

    def _told_by_file(self) -> dict[str, str]:
        path = self._folder / FAILING_FILE
        if not path.exists():
            return {}
        rows = (line.split() for line in path.read_text(encoding="utf-8").splitlines())
        return {row[0]: row[1] for row in rows if len(row) == 2}


def _refusal(code: str) -> SendError | None:
    if code in ("invalid", "stop", "refused"):
        return Rejected(code, CODES[code], _FAULTS.get(code))
    if code == "busy":
        return TryLater(code, CODES[code])
    return None


def _address_in(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.startswith("To: "):
                return line.removeprefix("To: ").strip().strip("<>")
    return ""


def _safe(name: str) -> str:
    """An id as a part of a file name and of a pattern: letters and digits only."""
    return "".join(char for char in name if char.isalnum())
