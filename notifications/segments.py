"""How many SMS segments a text takes (GSM 03.38: 160 or 153 characters a segment; UCS-2: 70 or 67)."""

from dataclasses import dataclass
from typing import Final, Literal

GSM_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The basic character set of GSM 03.38 (3GPP TS 23.038, section 6.2.1)."""

GSM_EXTENDED: Final = frozenset("^{}\\[~]|€\f")
"""Characters that take two places (3GPP TS 23.038, section 6.2.1.1)."""


@dataclass(frozen=True, slots=True)
class Segments:
    """The encoding an SMS needs, its length in that encoding's units, and its segments. `forced_by` are the
    characters that keep it from GSM-7, each once, in order.
    """

    encoding: Literal["GSM-7", "UCS-2"]
    length: int
    segments: int
    forced_by: tuple[str, ...] = ()


def count_segments(text: str) -> Segments:
    """What a text costs as an SMS. An acute a, a typographic apostrophe or a long dash make it UCS-2."""
    foreign = tuple(
        dict.fromkeys(char for char in text if char not in GSM_BASIC and char not in GSM_EXTENDED)
    )
    if foreign:
        units = [2 if ord(char) > 0xFFFF else 1 for char in text]
        return Segments("UCS-2", sum(units), _split(units, 70, 67), foreign)
    units = [2 if char in GSM_EXTENDED else 1 for char in text]
    return Segments("GSM-7", sum(units), _split(units, 160, 153))


def _split(units: list[int], alone: int, each: int) -> int:
    """The number of segments; a character of two units is never cut in half."""
    if sum(units) <= alone:
        return 1
    segments, used = 1, 0
    for size in units:
        if used + size > each:
            segments, used = segments + 1, 0
        used += size
    return segments
