"""`/instances/ID`: from a flow run in Prefect to the case that it carried."""

import asyncio
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from models import Instance
from web.access.actions import Action
from web.api.problem import ProblemError, not_there
from web.api.visiting import allowed_case
from web.pages.missing import missing
from web.visitor import Visit, visit_of

router = APIRouter(include_in_schema=False)


@router.get("/instances/{instance_id}")
async def case_of_instance(request: Request, instance_id: str) -> Response:
    """Go to the diagram of an instance, on the page of its case; what may not be seen is not there."""
    try:
        case_id = await asyncio.to_thread(_case, visit_of(request), instance_id)
    except ProblemError:
        return missing(request)
    return RedirectResponse(f"/cases/{case_id}/process#{instance_id}", HTTPStatus.SEE_OTHER)


def _case(visit: Visit, instance_id: str) -> str:
    with visit.web.store.read() as session:
        instance = session.get(Instance, instance_id)
        if instance is None or instance.case_id is None:
            raise not_there()
        return allowed_case(session, visit.actor, Action.READ_CASE, instance.case_id, visit.web.now()).id
