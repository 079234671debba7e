"""The QR code that an authenticator app scans: a picture that stands in the page itself."""

from typing import Final

import segno

SIDE: Final = 5
"""Pixels of one square."""


def drawn(address: str) -> str:
    """The code as the address of a picture (`data:`), black on white with its quiet zone, so that cameras
    find it on a dark page too.
    """
    made = segno.make(address, micro=False)
    return str(made.svg_data_uri(scale=SIDE, border=4, dark="#000", light="#fff", omitsize=False))
