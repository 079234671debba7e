"""Where Twilio says what became of a message: known by its signature, not by a session."""

import asyncio
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request, Response

from notifications.callbacks import take_status
from notifications.sms import STATUS_PATH
from web.api.problem import not_there, problem
from web.pages.entry.login import form_fields
from web.runtime import Web

router = APIRouter(include_in_schema=False)

SIGNATURE: Final = "x-twilio-signature"


@router.post(STATUS_PATH)
async def twilio_status(request: Request) -> Response:
    """Take in what Twilio says. A 403 where the signature is not right; else nothing is told, whether there
    is such a message or not. Where Twilio is not told of this address, there is nothing here.
    """
    web: Web = request.state.web
    if web.callbacks is None:
        raise not_there()
    fields, query = await form_fields(request), request.url.query
    if not web.callbacks.is_genuine(query, fields, request.headers.get(SIGNATURE, "")):
        return problem(HTTPStatus.FORBIDDEN, "The signature is not right. Nothing was changed.")
    await asyncio.to_thread(take_status, web.store, query, fields, web.now())
    return Response(status_code=HTTPStatus.NO_CONTENT)
