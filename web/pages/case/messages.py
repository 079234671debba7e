"""What was written for a case: to whom, how it went, and why not."""

from fastapi import Request
from fastapi.responses import Response

from web.pages.case.frame import CasePage, Looking, case_framed
from web.pages.frame import markup, page_at
from web.reading.case.messages import MessageLine, case_messages


@page_at("/cases/{case_id}/messages")
async def messages_page(request: Request, case_id: str) -> Response | None:
    """The messages of the case."""
    return await case_framed(request, case_id, "messages", _read, _show)


def _read(looking: Looking) -> tuple[MessageLine, ...]:
    return case_messages(looking.session, looking.case)


def _show(page: CasePage[tuple[MessageLine, ...]]) -> None:
    markup("case_messages.html", **page.values)
