"""Which files a form takes: by the ending of the name and by what the contents begin with, so that neither is
believed alone. Nothing is said about whether a file is harmless; it is handed out as it came.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from tasks.people.answer_values import UnreadableError

LARGEST: Final = 10 * 1024 * 1024
"""Bytes of one file at most: some pages of photographs."""

LONGEST_NAME: Final = 150
_PACKED: Final = b"PK\x03\x04"
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: its media type, and what its contents begin with, from `offset` on; nothing for
    plain text.
    """

    media_type: str
    begins: tuple[bytes, ...]
    offset: int = 0


_JPEG: Final = Kind("image/jpeg", (b"\xff\xd8\xff",))
KINDS: Final[Mapping[str, Kind]] = {
    "pdf": Kind("application/pdf", (b"%PDF-",)),
    "jpg": _JPEG,
    "jpeg": _JPEG,
    "png": Kind("image/png", (b"\x89PNG\r\n\x1a\n",)),
    "heic": Kind("image/heic", (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypmsf1"), offset=4),
    "docx": Kind(f"{_OFFICE}wordprocessingml.document", (_PACKED,)),
    "xlsx": Kind(f"{_OFFICE}spreadsheetml.sheet", (_PACKED,)),
    "odt": Kind("application/vnd.oasis.opendocument.text", (_PACKED,)),
    "txt": Kind("text/plain", ()),
}
"""The kinds by the ending of the name."""

ACCEPTED: Final = ",".join(f".{ending}" for ending in KINDS)
"""What a browser offers to choose from."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that somebody gives, checked: a name without a path, what it is, its contents."""

    name: str
    media_type: str
    contents: bytes

    @property
    def sha256(self) -> str:
        """The hash of the contents, in hexadecimal."""
        return sha256(self.contents).hexdigest()


def checked_upload(name: str, contents: bytes) -> Upload:
    """The file, if a form takes it. UnreadableError says what is wrong with it."""
    clean = clean_name(name)
    if not contents:
        raise UnreadableError("the file is empty")
    if len(contents) > LARGEST:
        raise UnreadableError(f"a file has at most {LARGEST // 1024 // 1024} MB")
    kind = KINDS.get(clean.rpartition(".")[2].lower()) if "." in clean else None
    if kind is None:
        raise UnreadableError(f"a file of another kind is wanted: {', '.join(KINDS)}")
    if not _is(kind, contents):
        raise UnreadableError("the file is not what the ending of its name says; save it again, and add that")
    return Upload(clean, kind.media_type, contents)


def clean_name(name: str) -> str:
    """The name alone, without folders and without characters that cannot be seen."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    seen = "".join(each for each in last if unicodedata.category(each) not in {"Cc", "Cf", "Cs", "Zl", "Zp"})
    clean = " ".join(seen.split()).strip(" .\"'")
    stem, dot, ending = clean.rpartition(".")
    return f"{stem[:LONGEST_NAME]}{dot}{ending[:10]}"


def _is(kind: Kind, contents: bytes) -> bool:
    if kind.begins:
        return contents[kind.offset :].startswith(kind.begins)
    try:
        return "\x00" not in contents.decode("utf-8")
    except UnicodeDecodeError:
        return False
