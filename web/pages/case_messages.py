"""What was written for a case: to whom, how it went, and why not."""

from fastapi import Request
from fastapi.responses import Response
from nicegui import ui

from flows.viewing.case_view import MessageFacts, instances_of, messages_of
from web.pages.case_frame import CasePage, Looking, case_framed
from web.pages.frame import markup


@ui.page("/cases/{case_id}/messages")
async def messages_page(request: Request, case_id: str) -> Response | None:
    """The messages of the case."""
    return await case_framed(request, case_id, "messages", _read, _show)


def _read(looking: Looking) -> tuple[MessageFacts, ...]:
    session, case = looking.session, looking.case
    folder = looking.visit.web.sources.messages
    return tuple(messages_of(session, folder, case.id, instances_of(session, case.id)))


def _show(page: CasePage[tuple[MessageFacts, ...]]) -> None:
    markup("case_messages.html", **page.values)
