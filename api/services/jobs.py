"""Jobs: work that outlives its request. They are made here, looked at, cancelled, and worked on under a lease.

A worker holds a job by a lease and a fence. Each piece of work is one transaction together with its progress, and the
progress is refused when the fence has moved on; so whoever lost the lease, by a pause or by death, has written nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update
from sqlmodel import col

from api.database import WHOLE, Actor, DatabaseRole, next_id, run_sql
from api.errors import DomainError, NotFound
from api.models import Client, Job, User
from api.permissions import ROLE_PERMISSIONS
from api.services import tokens
from api.vocabulary import JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.orm import Session

    from api.database import Database

FOLDER = "jobs"
ENDED = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)
MOST_ATTEMPTS = 10
"""Takings without any progress after which a job is given up: something about it kills its workers."""


class LeaseLost(Exception):
    """The job is another worker's by now; what this one was about to write is undone."""


class JobCancelled(Exception):
    """Somebody has asked for the end of the job."""


class WorkerStopping(Exception):
    """The worker was told to stop; the job waits for the next one."""


class JobEnded(DomainError):
    """What has ended cannot be cancelled."""

    code = "job-ended"
    title = "任务已经结束"


class MakerGone(DomainError):
    """Whoever asked for the work may not act any more."""

    status = 403
    code = "job-maker-gone"
    title = "任务的提交人已停用或不再有此项权限"


class JobAbandoned(DomainError):
    """The job was taken up many times and never got on."""

    status = 500
    code = "job-abandoned"
    title = "任务多次中断且没有进展，已停止，请联系系统管理员"


@dataclass(frozen=True, slots=True)
class Taken:
    """A job that this worker holds. `is_stopping` tells between two pieces whether the worker shall stop."""

    county_code: int
    id: int
    division_code: int
    kind: str
    subject_id: int
    fence: int
    attempts: int
    made_by_id: int
    made_by_client: bool
    lease_seconds: float
    is_stopping: Callable[[], bool] = lambda: False

    def note(self, session: Session, *, phase: str, done: int, total: int | None) -> None:
        """Note progress in the transaction of the piece; must be its last statement, so that the row is free for others.

        Raises `LeaseLost`, `JobCancelled` or `WorkerStopping`; the transaction must then be undone.
        """
        session.flush()
        row = run_sql(
            session,
            FOLDER,
            "20_note_progress",
            county_code=self.county_code,
            id=self.id,
            fence=self.fence,
            phase=phase,
            done=done,
            total=total,
            seconds=self.lease_seconds,
        ).one_or_none()
        if row is None:
            raise LeaseLost
        if row.cancel_requested:
            raise JobCancelled
        if self.is_stopping():
            raise WorkerStopping

    def settle(self, session: Session, state: JobState, *, error_code: str | None = None) -> None:
        """Give the job up in this state, in the transaction that says so elsewhere. Raises `LeaseLost`."""
        session.flush()
        ended = state in ENDED
        done = session.execute(
            update(Job)
            .where(
                col(Job.county_code) == self.county_code,
                col(Job.id) == self.id,
                col(Job.fence) == self.fence,
                col(Job.state) == JobState.RUNNING,
            )
            .values(
                state=state,
                lease_until=None,
                attempts=0,
                error_code=error_code,
                ended_at=func.now() if ended else None,
                version=Job.version + 1,
            )
            .returning(col(Job.id))
        ).one_or_none()
        if done is None:
            raise LeaseLost


def create(session: Session, *, actor: Actor, kind: str, subject_id: int, division_code: int) -> Job:
    """Queue work about a thing of a unit, in the transaction that makes the thing."""
    county_code = division_code // 1_000_000
    job = Job(
        county_code=county_code,
        id=next_id(session, county_code),
        division_code=division_code,
        kind=kind,
        subject_id=subject_id,
        state=JobState.QUEUED,
        made_by_id=actor.client_id or actor.user_id,
        made_by_client=actor.client_id is not None,
    )
    session.add(job)
    session.flush()
    return job


def get(session: Session, job_id: int) -> Job:
    """Return a job of the actor's scope. Raises `NotFound`."""
    query = (
        select(Job)
        .where(col(Job.county_code) == job_id // 10**10, col(Job.id) == job_id)
        .execution_options(populate_existing=True)
    )
    job = session.scalars(query).one_or_none()
    if job is None:
        raise NotFound
    return job


def resume(session: Session, job_id: int) -> None:
    """Queue a job again that waited for somebody's word. Raises `NotFound`."""
    job = get(session, job_id)
    session.execute(
        update(Job)
        .where(col(Job.county_code) == job.county_code, col(Job.id) == job.id, col(Job.state) == JobState.WAITING)
        .values(state=JobState.QUEUED, version=Job.version + 1)
    )


def cancel(session: Session, job_id: int) -> bool:
    """Ask for the end of a job; True when nobody was working on it and it has ended at once.

    Raises `NotFound` or `JobEnded`.
    """
    query = (
        select(Job)
        .where(col(Job.county_code) == job_id // 10**10, col(Job.id) == job_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    job = session.scalars(query).one_or_none()
    if job is None:
        raise NotFound
    if job.state in ENDED:
        raise JobEnded
    job.cancel_requested = True
    job.version += 1
    idle = job.state in {JobState.QUEUED, JobState.WAITING}
    if idle:
        job.state = JobState.CANCELLED
        job.ended_at = datetime.now(UTC)
    session.flush()
    return idle


def take(database: Database, kinds: Sequence[str], *, lease_seconds: float) -> Taken | None:
    """Take the next job of these kinds, None when there is none."""
    with database.unit_of_work(WHOLE, role=DatabaseRole.WIDE) as session:
        row = run_sql(session, FOLDER, "10_take_job", kinds=list(kinds), seconds=lease_seconds).one_or_none()
    return None if row is None else Taken(**row._mapping, lease_seconds=lease_seconds)  # noqa: SLF001 - its public way


def renew(database: Database, job: Taken) -> bool:
    """Make the lease longer; False when the job is no longer ours."""
    with database.unit_of_work(WHOLE, role=DatabaseRole.WIDE) as session:
        row = run_sql(
            session,
            FOLDER,
            "30_renew_lease",
            county_code=job.county_code,
            id=job.id,
            fence=job.fence,
            seconds=job.lease_seconds,
        ).one_or_none()
    return row is not None


def keeper_of(job: Taken) -> Actor:
    """Return the system as the one who writes down how a job ended when its maker may not act any more."""
    return replace(WHOLE, division_code=job.division_code)


def maker_of(database: Database, job: Taken) -> Actor:
    """Return who asked for the work, with the rights that they have today. Raises `MakerGone`."""
    with database.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
        if job.made_by_client:
            client = session.get(Client, (job.made_by_id // 10**10, job.made_by_id))
            if client is None or client.disabled_at is not None:
                raise MakerGone
            return tokens.actor_of_client(client)
        if job.made_by_id == WHOLE.user_id:
            return replace(WHOLE, division_code=job.division_code)
        user = session.scalars(select(User).where(col(User.id) == job.made_by_id)).one_or_none()
    if user is None or user.disabled_at is not None:
        raise MakerGone
    return Actor(
        user_id=user.id,
        username=user.username,
        display_name=user.display_name,
        role=user.role.value,
        division_code=user.division_code,
        permissions=ROLE_PERMISSIONS[user.role],
    )
