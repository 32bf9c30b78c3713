"""Files that were brought in: their record, their stored bytes, and what was found in their rows."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, PrimaryKeyConstraint, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB

from api.models.base import (
    Field,
    SQLModel,
    big,
    count,
    county,
    instant,
    key,
    moment,
    not_negative,
    sealed,
    small,
    text_c,
    word_of,
)
from api.vocabulary import ImportState


class ImportBatch(SQLModel, table=True):
    """A file that was brought in: its hash, its counts, who brought it. The same bytes twice are the same import."""

    __tablename__ = "imports"
    __table_args__ = (UniqueConstraint("county_code", "kind", "division_code", "sha256", name="uq_imports_sha256"),)

    county_code: int = county()
    id: int = key()
    division_code: int = big()
    kind: str = text_c()
    state: ImportState = word_of(ImportState)
    sha256: str = text_c()
    row_count: int
    accepted_count: int
    unchanged_count: int
    refused_count: int
    refused: list[dict[str, Any]] = Field(sa_type=JSONB)
    """Row, column, code and message of each refusal of a file that was applied at once; no cell content."""
    imported_by_id: int = big()
    created_at: datetime = instant()
    created_count: int = count()
    changed_count: int = count()
    warning_count: int = count()
    job_id: int | None = big(nullable=True)
    """The job that reads and applies it; None for a file that was applied by its upload."""
    round: int = small(default=0)
    """How often its rows were judged by a job; findings of earlier rounds no longer count."""
    suffix: str = text_c(default="")
    """Suffix of the file's name. The name itself may be a person's and is not kept."""
    byte_count: int = big(default=0)
    as_of: date | None = Field(default=None)
    """The business date of the upload, by which every row is judged."""
    preview: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    """What the file would do, in numbers."""
    content_hash: str | None = text_c(nullable=True, default=None)
    """What is approved: the bytes, the unit and the preview."""
    applied_row: int = count()
    """Last row of the sheet that is applied; the next part begins behind it."""
    was_direct: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    """Whether an upload has applied it at once before a job took it up again."""
    approved_by_id: int | None = big(nullable=True)
    error_code: str | None = text_c(nullable=True, default=None)
    error_detail: str | None = text_c(nullable=True, default=None)
    ended_at: datetime | None = moment(nullable=True)
    emptied_at: datetime | None = moment(nullable=True)
    """When the stored bytes were overwritten with nothing."""
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})


class ImportPart(SQLModel, table=True):
    """A sealed piece of a stored file: of its bytes as they came, or of its rows as they were read."""

    __tablename__ = "import_parts"
    __table_args__ = (
        PrimaryKeyConstraint("county_code", "import_id", "form", "part_no"),
        *not_negative("part_no", "first_row", "last_row"),
    )

    county_code: int = county()
    import_id: int = key()
    form: str = text_c(primary_key=True)
    """bytes or rows."""
    part_no: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    division_code: int = big()
    content: bytes = sealed()
    """Compressed and sealed; empty after the clean-up."""
    first_row: int = count()
    last_row: int = count()
    taken: bytes = sealed(default=b"", sa_column_kwargs={"server_default": text("''::bytea")})
    """Rows of a list that are in, four bytes each: a list is never taken twice."""


class ImportFinding(SQLModel, table=True):
    """What was found in a row. Append-only: a new judgement is a new round."""

    __tablename__ = "import_findings"
    __table_args__ = (
        PrimaryKeyConstraint("county_code", "import_id", "round", "row_no", "place"),
        Index("ix_import_findings_division_code", "division_code", "import_id"),
    )

    county_code: int = county()
    import_id: int = key()
    round: int = small(primary_key=True)
    row_no: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    place: int = small(primary_key=True)
    """Order within the row; from 1,000 on what only the applying found."""
    division_code: int = big()
    column_name: str = text_c()
    code: str = text_c()
    message: str = text_c()
    severity: str = text_c()
