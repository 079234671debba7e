"""What the pages around accounts, access and processes have in common: their design, and who sees them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from sqlmodel import Session

from web.access.actions import Action
from web.access.policy import may
from web.pages.frame import framed, styled
from web.visitor import Visit

STYLE: Final = "admin.css"


def is_allowed(session: Session, visit: Visit, action: Action, now: datetime) -> bool:
    """Whether this person sees the page of an action that is about no single case."""
    return may(session, visit.actor, action, now=now).allowed


@contextmanager
def admin_framed(visit: Visit, title: str, place: str, *scripts: str) -> Iterator[None]:
    """`framed`, with the design of these pages, and scripts of ours by name."""
    styled(visit, STYLE, *(f"{each}.js" for each in scripts))
    with framed(visit, title, place):
        yield
