"""The loop of a worker: take a job, keep its lease alive, do it, take the next. Any number of workers may run."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import structlog

from api.services import import_runs, jobs
from api.services.jobs import LeaseLost, WorkerStopping
from api.vocabulary import JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from api.crypto import Keyring
    from api.database import Database
    from api.services.jobs import Taken

LOG: Final = structlog.stdlib.get_logger("nongbao.worker")
RUNNERS: Final[dict[str, Callable[[Database, Keyring, Taken], None]]] = {import_runs.KIND: import_runs.run}
"""What is done for each kind of job."""
LEASE_SECONDS: Final = 30.0
IDLE_SECONDS: Final = 1.0
_RENEWALS_PER_LEASE: Final = 3


def work(
    database: Database,
    keyring: Keyring,
    *,
    stopping: threading.Event,
    lease_seconds: float = LEASE_SECONDS,
    idle_seconds: float = IDLE_SECONDS,
) -> None:
    """Do jobs until told to stop. A fault of the database or of a job is logged and never ends the loop."""
    while not stopping.is_set():
        try:
            busy = run_next(database, keyring, stopping=stopping, lease_seconds=lease_seconds)
        except Exception as fault:  # noqa: BLE001 (the job's lease runs out and it is taken up again)
            LOG.warning("job broke off", error=type(fault).__name__)
            busy = False
        if not busy:
            stopping.wait(idle_seconds)


def run_next(
    database: Database,
    keyring: Keyring,
    *,
    stopping: threading.Event | None = None,
    lease_seconds: float = LEASE_SECONDS,
) -> bool:
    """Take one job and do it; False when there was none."""
    job = jobs.take(database, list(RUNNERS), lease_seconds=lease_seconds)
    if job is None:
        return False
    if stopping is not None:
        job = replace(job, is_stopping=stopping.is_set)
    LOG.info("job taken", job_id=job.id, kind=job.kind, attempts=job.attempts)
    try:
        with _kept_alive(database, job):
            RUNNERS[job.kind](database, keyring, job)
    except LeaseLost:
        LOG.warning("lease lost", job_id=job.id)
    except WorkerStopping:
        with database.unit_of_work(jobs.keeper_of(job)) as session:
            job.settle(session, JobState.QUEUED)
    else:
        LOG.info("job left", job_id=job.id)
    return True


@contextmanager
def _kept_alive(database: Database, job: Taken) -> Iterator[None]:
    """Make the lease longer from a thread of its own while a block works: a large file takes time before it gives rows."""
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(job.lease_seconds / _RENEWALS_PER_LEASE):
            try:
                if not jobs.renew(database, job):
                    return
            except Exception as fault:  # noqa: BLE001 (the fence guards the work; a missed renewal only risks its loss)
                LOG.warning("lease not renewed", job_id=job.id, error=type(fault).__name__)

    thread = threading.Thread(target=renew, name=f"lease-{job.id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
