"""A write-ahead log of SQLite that a power cut has left behind torn or garbled."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

HEADER, FRAME = 32, 24
"""Bytes in front of the log and of each page in it (sqlite.org/fileformat2.html, section 4.1)."""


@dataclass(frozen=True, slots=True)
class Damage:
    """What is wrong with the log from an offset on: it ends there, or other bytes lie there."""

    offset: int
    torn: bool

    def do(self, log: Path) -> None:
        """Damage the file."""
        content = log.read_bytes()
        if self.torn:
            log.write_bytes(content[: self.offset])
            return
        noise = Random(self.offset).randbytes(16)
        log.write_bytes(content[: self.offset] + noise + content[self.offset + len(noise) :])


def damages(size: int, count: int, seed: int) -> Iterator[Damage]:
    """Torn and garbled at the header, at the first frame, and at so many places between."""
    chance = Random(seed)
    offsets = {
        0,
        HEADER - 1,
        HEADER,
        HEADER + FRAME,
        size - 1,
        *(chance.randrange(size) for _ in range(count)),
    }
    for offset in sorted(offsets):
        yield Damage(offset, torn=True)
        yield Damage(offset, torn=False)
