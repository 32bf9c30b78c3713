"""The roster of who should be insured: residents, their households and every earlier version of a resident's row.

There is no foreign key from residents to households: a million checked references double the time of an import.
`nongbao verify` checks them instead.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, PrimaryKeyConstraint, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB

from api.models.base import Field, SQLModel, big, county, generated, instant, key, sealed, small, text_c, word_of
from api.vocabulary import DocumentKind, HukouKind, ResidentStatus, Sex

FLAGS = ("is_student", "employee_insured", "other_pension", "dibao", "wubao", "land_taken")
GONE = "status <> 'alive'"
COMPOUND_SURNAMES = (
    "万俟 上官 东方 东郭 乐正 亓官 令狐 仲孙 公冶 公孙 公良 公西 区阳 单于 南宫 南门 叶赫 司寇 司徒 司空 司马 呼延 夏侯 太叔 夹谷 "
    "子车 宇文 宗政 尉迟 左丘 巫马 慕容 拓跋 梁丘 欧阳 淳于 澹台 濮阳 独孤 申屠 百里 皇甫 端木 第五 纳兰 西门 诸葛 谷梁 赫连 轩辕 "
    "钟离 长孙 闻人 闾丘 颛孙 鲜于"
).split()
"""As in api.exchange.pinyin, where the readings are; the database has them in the definition of the given name."""
_COMPOUNDS = ", ".join(f"'{surname}'" for surname in COMPOUND_SURNAMES)
GIVEN_NAME = (
    f"CASE WHEN char_length(name) > 2 AND left(name, 2) IN ({_COMPOUNDS}) THEN substr(name, 3) ELSE substr(name, 2) END"
)


def _few(condition: str, name: str, *more: str) -> Index:
    """An index of those few for whom something holds, in the order of their pinyin: costs nothing for the others."""
    return Index(name, *("county_code", "pinyin", "id", *more, "division_code"), postgresql_where=text(condition))


class Household(SQLModel, table=True):
    """A family under one 户号 of a village."""

    __tablename__ = "households"
    __table_args__ = (
        UniqueConstraint("county_code", "division_code", "number"),
        Index("ix_households_number", "county_code", "number", "id"),
    )

    county_code: int = county()
    id: int = key()
    division_code: int = big()
    number: str = text_c()
    village_group: str | None = text_c(nullable=True)
    created_at: datetime = instant()


class Resident(SQLModel, table=True):
    """A person of the roster. Names and birth dates are plain; document, phone and bank account are protected."""

    __tablename__ = "residents"
    __table_args__ = (
        UniqueConstraint("county_code", "id_token", name="uq_residents_id_token"),
        Index("ix_residents_division_code", "division_code", "id"),
        Index("ix_residents_household_id", "household_id"),
        # What a search walks along, in the order in which it shows people (api/services/resident_walks.py). The unit
        # ends each key, so that row-level security is asked of the index and not of the row.
        Index("ix_residents_pinyin", "county_code", "pinyin", "id", "division_code"),
        Index("ix_residents_town", "county_code", "town_code", "pinyin", "id", "division_code"),
        Index("ix_residents_initials", "county_code", "initials", "pinyin", "id", "division_code"),
        Index("ix_residents_name", "county_code", "name", "id", "division_code"),
        Index("ix_residents_given_name", "county_code", "given_name", "pinyin", "id", "division_code"),
        Index("ix_residents_birth_date", "county_code", "birth_date", "id", "division_code"),
        *(_few(name, f"ix_residents_{name}") for name in FLAGS),
        _few("disability_grade IS NOT NULL", "ix_residents_disabled", "disability_grade"),
        _few(GONE, "ix_residents_gone"),
        Index(
            "ix_residents_town_marked",
            *("county_code", "town_code", "pinyin", "id", "division_code", *FLAGS, "disability_grade"),
            postgresql_where=text(" OR ".join([*FLAGS, "disability_grade IS NOT NULL"])),
        ),
        Index(
            "ix_residents_town_gone",
            *("county_code", "town_code", "pinyin", "id", "division_code"),
            postgresql_where=text(GONE),
        ),
        Index(
            "ix_residents_bank_account_index",
            "bank_account_index",
            postgresql_where=text("bank_account_index IS NOT NULL"),
        ),
        Index("ix_residents_dead", "division_code", "status_on", "id", postgresql_where=text("status = 'dead'")),
        Index(
            "ix_residents_merged_into_id",
            "county_code",
            "merged_into_id",
            postgresql_where=text("merged_into_id IS NOT NULL"),
        ),
        CheckConstraint("(status = 'merged') = (merged_into_id IS NOT NULL)", name="merged_into_somebody"),
        CheckConstraint("merged_into_id <> id", name="merged_into_another"),
    )

    county_code: int = county()
    id: int = key()
    """个人编号: county code and a serial of ten digits."""
    division_code: int = big()
    town_code: int = generated(BigInteger, "division_code / 1000")
    """First nine digits of the unit: town and village lists walk along one index by it."""
    household_id: int | None = big(nullable=True)
    document_kind: DocumentKind = word_of(DocumentKind)
    id_token: UUID
    """The document's token (api.crypto): equal for equal documents, meaningless without the key."""
    document_sealed: bytes | None = sealed(nullable=True)
    """Ciphertext of a document that is not an 18-digit resident ID."""
    name: str = text_c()
    given_name: str = generated(Text(collation="C"), GIVEN_NAME)
    pinyin: str = text_c()
    initials: str = text_c()
    sex: Sex = word_of(Sex)
    birth_date: date
    ethnicity: str | None = text_c(nullable=True)
    hukou_kind: HukouKind = word_of(HukouKind)
    address: str | None = text_c(nullable=True)
    village_group: str | None = text_c(nullable=True)
    relation: str | None = text_c(nullable=True)
    phone_sealed: bytes | None = sealed(nullable=True)
    bank_account_sealed: bytes | None = sealed(nullable=True)
    bank_account_index: bytes | None = sealed(nullable=True)
    is_student: bool
    employee_insured: bool
    """In 城镇职工 (or 机关事业) pension insurance."""
    other_pension: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    """Draws another state pension."""
    disability_grade: int | None = small(nullable=True)
    dibao: bool
    wubao: bool
    land_taken: bool
    remark: str | None = text_c(nullable=True)
    status: ResidentStatus = word_of(ResidentStatus, default=ResidentStatus.ALIVE)
    status_on: date | None = None
    """When the status began: the day of death, of moving out or of the merge."""
    status_reason: str | None = text_c(nullable=True)
    """Who reported it, or why the person left."""
    status_evidence: str | None = text_c(nullable=True)
    """Document behind the status, with its number."""
    here_since: date | None = None
    """First day of the present stay with the present hukou kind; null: so when first recorded (see resident_spells)."""
    merged_into_id: int | None = big(nullable=True)
    """The row that this one turned out to be the same person as; it alone counts."""
    identity_changed_twice: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    """Both name and number were changed at some time (reliability.md T7). Never taken back."""
    source_id: int = big()
    """The import or the user that gave these facts last."""
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    created_at: datetime = instant()
    updated_at: datetime = instant()


class ResidentVersion(SQLModel, table=True):
    """A resident's row as it was before a change. Append-only."""

    __tablename__ = "resident_versions"
    __table_args__ = (PrimaryKeyConstraint("county_code", "resident_id", "version"),)

    county_code: int = county()
    resident_id: int = key()
    version: int = key()
    division_code: int = big()
    replaced_at: datetime = instant()
    replaced_by_id: int = big()
    """The import or the user that brought the next version."""
    row: dict[str, Any] = Field(sa_type=JSONB)
