"""Work that goes on after its request was answered, and that a worker may take up again where another one died."""

from datetime import datetime

from sqlalchemy import Index, text

from api.models.base import Field, SQLModel, big, county, instant, key, moment, not_negative, small, text_c, word_of
from api.vocabulary import JobState


class Job(SQLModel, table=True):
    """One piece of work about one thing. Whoever works on it holds a lease, and the fence tells an old holder from a new."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_open", "created_at", "id", postgresql_where=text("state IN ('queued', 'running')")),
        Index("ix_jobs_division_code", "division_code", "id"),
        *not_negative("done_count", "total_count"),
    )

    county_code: int = county()
    id: int = key()
    division_code: int = big()
    kind: str = text_c()
    """What is done: import."""
    subject_id: int = big()
    """The thing it is about."""
    state: JobState = word_of(JobState)
    phase: str = text_c(default="")
    done_count: int = big(default=0)
    total_count: int | None = big(nullable=True)
    """None while it is not known."""
    lease_until: datetime | None = moment(nullable=True)
    fence: int = big(default=0)
    """Counts the takings; a holder whose number is no longer this one writes nothing."""
    attempts: int = small(default=0)
    """Takings since the last progress."""
    cancel_requested: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    error_code: str | None = text_c(nullable=True, default=None)
    made_by_id: int = big()
    made_by_client: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    """Whether the maker is a machine client and no user."""
    created_at: datetime = instant()
    ended_at: datetime | None = moment(nullable=True)
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
