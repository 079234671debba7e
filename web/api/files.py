"""Files of forms: giving one, and getting it back as a download that no browser opens by itself."""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import Query, Request, Response
from sqlmodel import select

from flows.inbox.task.filing import store_file
from models import StoredContents, StoredFile, TaskStatus
from tasks.history import Act, write_audit
from tasks.people.answer_values import UnreadableError
from tasks.people.file_kinds import LARGEST, checked_upload
from web.access.actions import Action
from web.access.watching import watched
from web.api.declaring import Resource, Responses, answers
from web.api.once import by_nature
from web.api.problem import ProblemError, not_there
from web.api.visiting import Visiting, allowed_task
from web.visitor import Visit

router = Resource(tags=["files"])

TOO_LARGE: Final = f"A file has at most {LARGEST // 1024 // 1024} MB."
BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
LOCKED: Final = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
"""What a download says, so that nothing in it ever runs as a page of ours."""


CONTENTS: Final[Responses] = {
    200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
}


@dataclass(frozen=True, slots=True)
class FileKept:
    """A file that was kept: `file` is the answer to give for it."""

    file: str
    name: str
    size: int
    media_type: str


@router.post(
    "/tasks/{task_id}/files/{item}",
    status_code=HTTPStatus.CREATED,
    openapi_extra=BODY,
    responses=answers(HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
)
@by_nature
async def give(
    visit: Visiting,
    request: Request,
    task_id: str,
    item: str,
    name: Annotated[str, Query(min_length=1, max_length=255)],
) -> FileKept:
    """Keep a file for a question of a form; the body is the file. What comes back is given as the answer. The
    same file a second time is the one that is there.
    """
    await asyncio.to_thread(_answerable, visit, task_id)
    contents = await _body(request)
    kept = await asyncio.to_thread(_keep, visit, task_id, item, name, contents)
    return FileKept(kept.id, kept.name, kept.size, kept.media_type)


@router.get("/files/{file_id}", response_class=Response, responses=CONTENTS)
def fetch(visit: Visiting, file_id: str) -> Response:
    """A file, as it was given, for whoever may see the task that it belongs to."""
    with watched(visit.web.store) as session:
        now = visit.web.now()
        kept = session.get(StoredFile, file_id)
        if kept is None:
            raise not_there()
        allowed_task(session, visit.actor, Action.READ_TASK, kept.task_id, now)
        query = select(StoredContents.contents).where(StoredContents.file_id == kept.id)
        contents = session.exec(query).one()
        write_audit(
            session,
            visit.actor.staff_id,
            Act.READ,
            "StoredFile",
            kept.id,
            now,
            fields=("contents",),
            case_id=kept.case_id,
        )
    headers = {**LOCKED, "Content-Disposition": f"attachment; filename*=UTF-8''{quote(kept.name, safe='')}"}
    return Response(contents, media_type="application/octet-stream", headers=headers)


async def _body(request: Request) -> bytes:
    """The body, as far as a file may be long: not more of it is ever held."""
    parts: list[bytes] = []
    length = 0
    async for chunk in request.stream():
        length += len(chunk)
        if length > LARGEST:
            raise ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TOO_LARGE)
        parts.append(chunk)
    return b"".join(parts)


def _answerable(visit: Visit, task_id: str) -> None:
    """Whether the visitor may answer with a file: after the form was sent that is a correction."""
    now = visit.web.now()
    with visit.web.store.read() as session:
        task, _ = allowed_task(session, visit.actor, Action.WORK_TASK, task_id, now)
        if task.status is TaskStatus.COMPLETED:
            allowed_task(session, visit.actor, Action.CORRECT_ANSWER, task_id, now)


def _keep(visit: Visit, task_id: str, item: str, name: str, contents: bytes) -> StoredFile:
    try:
        upload = checked_upload(name, contents)
    except UnreadableError as error:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "This file can't be taken.",
            errors=[{"item": item, "reason": str(error)}],
        ) from None
    return store_file(visit.web.store, task_id, item, upload, by=visit.actor.staff_id, now=visit.web.now())
