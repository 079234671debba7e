"""Whether a contact is safe, and when, by several things that were told of it: the strictest holds."""

from collections.abc import Sequence
from typing import Final

from models import Safety
from notifications.common_times import NothingInCommonError, common_times

_STRICTEST: Final = (Safety.NO, Safety.UNKNOWN, Safety.YES)

Told = tuple[Safety, str | None]
"""Whether it is safe, and the safe times that were told; no text is no limit."""


def safe_when(told: Sequence[Told]) -> Told:
    """No before unknown before yes, at the times that all of them say.

    Where their times share nothing it is not known whether the contact is safe at all, so that a person
    confirms it; the times of the first that says any stay to be seen.
    """
    safe = min((each for each, _ in told), key=_STRICTEST.index)
    texts = [times for _, times in told]
    try:
        return safe, common_times(texts)
    except NothingInCommonError:
        return min(safe, Safety.UNKNOWN, key=_STRICTEST.index), next(text for text in texts if text)
