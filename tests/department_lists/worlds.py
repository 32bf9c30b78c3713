"""People of the roster with their dated facts, and lists about them, with little writing."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlmodel import col

from api.models import DepartmentListRow
from api.services import department_list_approvals, department_lists, resident_facts
from api.services.department_lists import Brought, Statement
from api.vocabulary import DepartmentListKind, FactKind, RoleName
from tests import factories
from tests.lists import as_csv

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from api.database import Actor
    from api.models import DepartmentList, Resident

TODAY = date(2011, 3, 31)
AS_OF = date(2011, 3, 15)
_serial = itertools.count(1)
HEADINGS = {
    DepartmentListKind.DEATHS: ("姓名", "身份证号", "死亡日期", "死亡原因"),
    DepartmentListKind.DISABILITY: ("姓名", "身份证号", "残疾等级", "残疾类别", "发证日期"),
    DepartmentListKind.DIBAO: ("姓名", "身份证号", "起始月", "低保证号"),
    DepartmentListKind.WUBAO: ("姓名", "身份证号", "起始月", "五保证号"),
    DepartmentListKind.EMPLOYEE_INSURANCE: ("姓名", "身份证号", "参保起始月", "参保单位"),
    DepartmentListKind.LAND_TAKEN: ("姓名", "身份证号", "征地日期", "征地项目", "批准文号"),
    DepartmentListKind.STUDENTS: ("姓名", "身份证号", "入学日期", "学校", "预计毕业日期"),
    DepartmentListKind.PRISONERS: ("姓名", "身份证号", "收监日期", "判决文号", "刑满日期"),
}


@dataclass
class Person:
    """Somebody of the roster and the number on their card."""

    resident: Resident
    number: str

    @property
    def id(self) -> int:
        return self.resident.id

    @property
    def name(self) -> str:
        return self.resident.name


def person(
    session: Session,
    *,
    birth_date: date = date(1970, 5, 1),
    fact: FactKind | None = None,
    value: str | None = None,
    since: date | None = None,
    actor: Actor | None = None,
    **facts: Any,
) -> Person:
    """A person, with an open fact if wished."""
    number = factories.id_number(birth_date)
    resident = factories.make_resident(session, birth_date=birth_date, number=number, **facts)
    if fact is not None:
        clerk = actor or factories.make_actor(session, RoleName.COUNTY_CLERK)
        resident_facts.begin(
            session, actor=clerk, resident=resident, kind=fact, value=value, begins_on=since, evidence=None
        )
    return Person(resident, number)


@dataclass
class Desk:
    """A clerk who brings lists of the town, and a reviewer who approves them."""

    session: Session
    division: int = factories.TOWN
    clerk: Actor = field(init=False)
    reviewer: Actor = field(init=False)

    def __post_init__(self) -> None:
        self.clerk = factories.make_actor(self.session, RoleName.TOWN_CLERK)
        self.reviewer = factories.make_actor(self.session, RoleName.TOWN_REVIEWER)

    def bring(
        self,
        kind: DepartmentListKind,
        *rows: Sequence[str],
        complete: bool = False,
        as_of: date = AS_OF,
        headings: Sequence[str] | None = None,
        division: int | None = None,
        content: bytes | None = None,
    ) -> Brought:
        """Bring a list of rows."""
        columns = headings or HEADINGS[kind]
        padded = [[*row, *[""] * (len(columns) - len(row))] for row in rows]
        return department_lists.bring(
            self.session,
            factories.KEYRING,
            actor=self.clerk,
            statement=Statement(
                kind=kind,
                division_code=division or self.division,
                department="民政局",
                document="民函〔2011〕3号",
                as_of=as_of,
                is_complete=complete,
            ),
            content=content or as_csv(columns, *padded),
            file_name="list.csv",
            today=TODAY,
        )

    def approve(self, found: DepartmentList, *, actor: Actor | None = None) -> DepartmentList:
        """Approve what was brought."""
        return department_list_approvals.approve(
            self.session,
            actor=actor or self.reviewer,
            list_id=found.id,
            given_hash=found.content_hash,
            expected_version=found.version,
            today=TODAY,
        )

    def rows(self, found: DepartmentList) -> list[DepartmentListRow]:
        """The rows of a list as they stand."""
        query = (
            select(DepartmentListRow)
            .where(col(DepartmentListRow.list_id) == found.id)
            .order_by(col(DepartmentListRow.seq))
            .execution_options(populate_existing=True)
        )
        return list(self.session.scalars(query).all())

    def told(self, found: DepartmentList) -> list[tuple[str, str, bool]]:
        """Name, outcome and whether it is chosen, row by row."""
        return [(row.name, row.outcome.value, row.is_chosen) for row in self.rows(found)]
