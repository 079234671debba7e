"""`/healthz`: whether the application can be used: the database answers at this release's revision, and some
process ticks, so that what people do goes on.
"""

import asyncio
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from flows.leadership import SCHEDULER
from flows.leases import lease_now
from models import Leadership
from web.runtime import Web

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the installation; `why_not` says what is missing, empty when it is ready."""

    name: str
    ready: bool
    why_not: str = ""


@router.get("/healthz", include_in_schema=False)
async def healthz(request: Request) -> JSONResponse:
    """200 when all parts are ready, 503 with what is missing."""
    parts = await asyncio.to_thread(parts_of, request.state.web)
    ready = all(part.ready for part in parts)
    body = {"status": "ready" if ready else "not ready", "parts": [asdict(part) for part in parts]}
    return JSONResponse(body, 200 if ready else 503, headers={"Cache-Control": "no-store"})


def parts_of(web: Web) -> tuple[Part, ...]:
    """How the parts are now."""
    try:
        present = web.current()
        if present != web.revision:
            return (Part("database", ready=False, why_not="the database is of another release"),)
        return (Part("database", ready=True), _scheduler(web))
    except SQLAlchemyError as error:
        return (Part("database", ready=False, why_not=f"it does not answer ({type(error).__name__})"),)


def _scheduler(web: Web) -> Part:
    with web.store.read() as session:
        leads = session.get(Leadership, SCHEDULER)
        now: datetime = lease_now(web.runtime, session)
    if leads is None or leads.holder is None:
        return Part(
            "scheduler", ready=False, why_not="no process ticks; start casewright scheduler or worker"
        )
    if leads.expires_at.astimezone(UTC) <= now:
        return Part("scheduler", ready=False, why_not="the process that ticks has not said so lately")
    return Part("scheduler", ready=True)
