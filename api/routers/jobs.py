"""Jobs over HTTP: how far one is, asked for or told as it goes on (server-sent events)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from api.dependencies import ReadSessionDep, etag, get_actor, get_service, requires
from api.errors import DomainError
from api.permissions import Permission
from api.routes import Router
from api.schemas.base import IdIn
from api.schemas.jobs import JobRead
from api.services import jobs
from api.vocabulary import JobState

router = Router(prefix="/jobs", tags=["jobs"])

READ = requires(Permission.JOB_READ)
STREAM_SECONDS: Final = 60
"""A stream ends after a minute; the reader comes again, and shows anew who they are."""
LOOK_SECONDS: Final = 0.5
MOST_STREAMS: Final = 32
_open_streams: set[object] = set()


class TooManyStreams(DomainError):
    """Each stream holds a place among the requests; the others must keep theirs."""

    status = 503
    code = "too-many-streams"
    title = "同时查看进度的人数过多，请稍后刷新"


@router.get("/{job_id}", name="read_job", dependencies=[READ])
def read_job(response: Response, session: ReadSessionDep, job_id: IdIn) -> JobRead:
    """Read how far a job is."""
    job = jobs.get(session, job_id)
    response.headers["ETag"] = etag(job.version)
    return JobRead.of(job)


@router.get(
    "/{job_id}/events",
    name="follow_job",
    dependencies=[READ],
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "text/event-stream：每次进度变化一条 progress 事件，内容同 read_job",
            "content": {"text/event-stream": {}},
        }
    },
)
async def follow_job(request: Request, job_id: IdIn) -> StreamingResponse:
    """Tell each change of a job until nobody works on it any more, for a minute at most."""
    if len(_open_streams) >= MOST_STREAMS:
        raise TooManyStreams(retry_after=5)
    first = await run_in_threadpool(_look, request, job_id)
    return StreamingResponse(
        _tell(request, job_id, first), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"}
    )


def _look(request: Request, job_id: int) -> JobRead:
    """Read the job in a snapshot of its own."""
    with get_service(request).database.read_snapshot(get_actor(request)) as session:
        return JobRead.of(jobs.get(session, job_id))


async def _tell(request: Request, job_id: int, first: JobRead) -> AsyncIterator[str]:
    """Yield an event for the first look and for every change."""
    mark = object()
    _open_streams.add(mark)
    try:
        until = asyncio.get_running_loop().time() + STREAM_SECONDS
        shown = first
        yield f"retry: 1000\nevent: progress\ndata: {shown.model_dump_json()}\n\n"
        while shown.state in {JobState.QUEUED, JobState.RUNNING}:
            if asyncio.get_running_loop().time() > until or request.app.state.is_stopping:
                return
            await asyncio.sleep(LOOK_SECONDS)
            seen = await run_in_threadpool(_look, request, job_id)
            if seen != shown:
                shown = seen
                yield f"event: progress\ndata: {shown.model_dump_json()}\n\n"
    finally:
        _open_streams.discard(mark)
