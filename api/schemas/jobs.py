"""Jobs as the API shows them: how far they are, and how they ended."""

from datetime import datetime
from typing import Self

from api.models import Job
from api.schemas.base import DivisionCode, Id, Schema
from api.vocabulary import JobState


class JobRead(Schema):
    """A job. `total` is null while it is not known; `subject_id` is the thing it works on, an import for `import`."""

    id: Id
    kind: str
    subject_id: Id
    division_code: DivisionCode
    state: JobState
    phase: str
    done: int
    total: int | None
    cancel_requested: bool
    error_code: str | None
    created_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, job: Job) -> Self:
        """Show a job."""
        return cls(
            id=job.id,
            kind=job.kind,
            subject_id=job.subject_id,
            division_code=job.division_code,
            state=job.state,
            phase=job.phase,
            done=job.done_count,
            total=job.total_count,
            cancel_requested=job.cancel_requested,
            error_code=job.error_code,
            created_at=job.created_at,
            ended_at=job.ended_at,
        )
