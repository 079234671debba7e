"""How one hears of new work outside the application."""

import asyncio
from typing import Final

from fastapi import Request
from fastapi.responses import Response
from sqlmodel import select

from models import Channel, NoticeWish, Staff, Wanted
from notifications import Policy
from web.access.actions import Action
from web.access.policy import require
from web.errors import AccessError
from web.pages.frame import framed, markup, page_at, styled
from web.pages.missing import missing
from web.visitor import Visit, visit_of

CHOICES: Final = (
    (Wanted.NONE.value, "Not at all", "What processes send you, such as reminders, comes all the same."),
    (Wanted.AT_ONCE.value, "At once", "One notice for each new task."),
    (
        Wanted.MORNING.value,
        "A summary in the morning",
        "One notice with how many tasks are new. What is urgent is told at once.",
    ),
)


@page_at("/notices")
async def notices_page(request: Request) -> Response | None:
    """The choice."""
    visit = visit_of(request)
    try:
        wanted, channel, email, phone = await asyncio.to_thread(_read, visit)
    except AccessError:
        return missing(request)
    styled(visit, "desk.css")
    policy = Policy()
    with framed(visit, "Notices", "notices"):
        markup(
            "notices.html",
            choices=CHOICES,
            wanted=wanted.value,
            channel=channel.value,
            email=email,
            phone=phone,
            quiet_start=policy.quiet_start,
            quiet_end=policy.quiet_end,
        )
    return None


def _read(visit: Visit) -> tuple[Wanted, Channel, str, str | None]:
    now, me = visit.web.now(), visit.actor.staff_id
    with visit.web.store.read() as session:
        require(session, visit.actor, Action.CHOOSE_NOTICES, now=now)
        wish = session.exec(select(NoticeWish).where(NoticeWish.staff_id == me)).first()
        staff = session.get_one(Staff, me)
        if wish is None:
            return Wanted.NONE, Channel.EMAIL, staff.email, staff.phone
        return wish.wanted, wish.channel, staff.email, staff.phone
