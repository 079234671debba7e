"""The one shape of an error: a problem document (RFC 9457), with words for people in `detail`.

`errors` lists what is wrong with each item of a form. No part repeats what was typed.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from flows.errors import FlowError, NotFoundError
from flows.inbox import ChangedError, ConflictError, NotAllowedError, TaskEndedError, UnknownTaskError
from models import InvalidInputError
from tasks.people.forms import FormError
from web.errors import AccessError, AccountError, HiddenError, HookError, HookStateError, RepeatedError

MEDIA_TYPE: Final = "application/problem+json"
STATUSES: Final[Mapping[type[Exception], HTTPStatus]] = {
    UnknownTaskError: HTTPStatus.NOT_FOUND,
    NotFoundError: HTTPStatus.NOT_FOUND,
    NotAllowedError: HTTPStatus.FORBIDDEN,
    TaskEndedError: HTTPStatus.CONFLICT,
    ChangedError: HTTPStatus.PRECONDITION_FAILED,
    ConflictError: HTTPStatus.CONFLICT,
    FlowError: HTTPStatus.UNPROCESSABLE_ENTITY,
}
"""What a refused command is for HTTP; the first that fits."""

NOT_THERE: Final = "There is nothing here that you may see."


class ProblemError(Exception):
    """A request is refused; the answer is a problem document of this status with this detail."""

    def __init__(self, status: HTTPStatus, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.more = more


REFUSALS: Final = (
    *(ProblemError, FlowError, FormError, InvalidInputError, AccessError, AccountError),
    *(RequestValidationError, HTTPException),
)
"""What a request is refused with."""


def problem(status: HTTPStatus, detail: str, **more: Any) -> JSONResponse:
    """The answer with a problem document."""
    body = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail, **more}
    return JSONResponse(body, status.value, media_type=MEDIA_TYPE)


def not_there() -> ProblemError:
    """What may not be seen looks as if it did not exist."""
    return ProblemError(HTTPStatus.NOT_FOUND, NOT_THERE)


def forbidden(why: str) -> ProblemError:
    """What may be seen and not done."""
    return ProblemError(HTTPStatus.FORBIDDEN, f"You may not do this: {why}.")


def tell_problems(application: FastAPI) -> None:
    """Answer every error of the API in the one shape."""
    application.add_exception_handler(ProblemError, _of_problem)
    application.add_exception_handler(FlowError, _of_command)
    application.add_exception_handler(FormError, _of_form)
    application.add_exception_handler(InvalidInputError, _of_input)
    application.add_exception_handler(AccessError, _of_access)
    application.add_exception_handler(AccountError, _of_account)
    application.add_exception_handler(HookError, _of_account)
    application.add_exception_handler(RequestValidationError, _of_request)
    application.add_exception_handler(HTTPException, _of_http)


async def _of_problem(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ProblemError)  # noqa: S101 (registered for it)
    return problem(error.status, error.detail, **error.more)


async def _of_command(_request: Request, error: Exception) -> JSONResponse:
    status = next(status for kind, status in STATUSES.items() if isinstance(error, kind))
    return problem(status, str(error))


async def _of_access(_request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, HiddenError):
        return problem(HTTPStatus.NOT_FOUND, NOT_THERE)
    return problem(HTTPStatus.FORBIDDEN, f"You may not do this: {error}.")


async def _of_account(_request: Request, error: Exception) -> JSONResponse:
    words = str(error)
    repeated = isinstance(error, RepeatedError | HookStateError)
    status = HTTPStatus.CONFLICT if repeated else HTTPStatus.UNPROCESSABLE_ENTITY
    return problem(status, f"{words[:1].upper()}{words[1:].rstrip('.')}.")


async def _of_form(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, FormError)  # noqa: S101
    errors = [{"item": each.item, "reason": each.reason} for each in error.problems]
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "Some answers have to be looked at again.", errors=errors)


async def _of_input(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, InvalidInputError)  # noqa: S101
    errors = [{"item": each.field, "reason": each.reason} for each in error.problems]
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "Some of this has to be looked at again.", errors=errors)


async def _of_request(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    errors = [{"item": ".".join(map(str, each["loc"][1:])), "reason": each["msg"]} for each in error.errors()]
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "The request is not as it has to be.", errors=errors)


async def _of_http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101
    return problem(HTTPStatus(error.status_code), str(error.detail))
