"""补助(资助)明细表 as a file: 姓名, 身份证号, 金额; good rows make the list, the others are told by row and column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlmodel import col

from api.database import county_of, scope_of
from api.exchange.containers import UPLOAD_LIMITS, FileLimits
from api.exchange.list_layouts import PAYER_LINES
from api.exchange.lists import read_list
from api.exchange.roster_scope import RosterScope
from api.models import Resident
from api.services import divisions, payer_lists
from api.services.list_imports import ABSENT, OTHER_NAME, OTHER_VILLAGE
from api.services.payer_list_refusals import PayerListElsewhere, PayerListEmpty
from api.services.payer_lists import NewLine, PayerStatement
from api.services.roster_imports import issue_json
from api.vocabulary import PayerListKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.database import Actor
    from api.exchange.lists import ListRow, ReadList
    from api.exchange.roster_rules import Issue
    from api.models import PayerList

CHUNK = 2000


def bring(
    session: Session,
    keyring: Keyring,
    *,
    actor: Actor,
    statement: PayerStatement,
    content: bytes,
    file_name: str,
    today: date,
    limits: FileLimits = UPLOAD_LIMITS,
) -> PayerList:
    """Make a list of a file's good rows; the refused ones are kept with it, without what stood in them.

    Raises as `payer_lists.create` about the list itself, `PayerListEmpty` when no row is good, and a FileRefused when the
    file as a whole is no such list.
    """
    if statement.kind is PayerListKind.LAND:
        raise PayerListElsewhere(pointer="/kind")
    payer_lists.check_statement(session, statement, today)
    names = divisions.names_on(session, statement.division_code, today)
    scope = RosterScope(divisions=names, division_code=statement.division_code, as_of=today)
    read = read_list(content, layout=PAYER_LINES, file_name=file_name, limits=limits, scope=scope)
    lines, refused = _judge(session, keyring, statement, read, today)
    refused = sorted((*read.refused, *refused), key=lambda issue: issue.row)
    if not lines:
        first = f"第{refused[0].row}行：{refused[0].message}" if refused else "文件中没有数据行。"
        raise PayerListEmpty(first, pointer="/file")
    kept = [issue_json(issue) for issue in refused]
    return payer_lists.keep(session, actor=actor, statement=statement, lines=lines, refused=kept)


def _judge(
    session: Session, keyring: Keyring, statement: PayerStatement, read: ReadList, today: date
) -> tuple[list[NewLine], list[Issue]]:
    """Find the people and part the rows that can stand from those that cannot."""
    people = _people(session, keyring, statement, read.rows)
    county_code = county_of(statement.division_code)
    judged = payer_lists.judge_people(session, county_code, [one.id for one in people.values()], today)
    lines: list[NewLine] = []
    refused: list[Issue] = []
    rows_of: dict[int, int] = {}
    for row in read.rows:
        person = people.get(row.id17)
        if person is None:
            refused.append(read.issue(row.row, "id_number", "not-found", ABSENT))
        elif person.name != row.name:
            refused.append(read.issue(row.row, "name", "name-mismatch", OTHER_NAME))
        elif row.village_code not in {None, person.division_code}:
            refused.append(read.issue(row.row, "village_code", "village-mismatch", OTHER_VILLAGE))
        elif (reason := judged[person.id].left_reason) is not None:
            code = reason.value.replace("_", "-")
            refused.append(read.issue(row.row, "id_number", code, f"不能列入名单：{reason.label}。"))
        elif person.id in rows_of:
            refused.append(read.duplicate(row.row, rows_of[person.id]))
        else:
            rows_of[person.id] = row.row
            lines.append(NewLine(person.id, row.values["amount"]))
    return lines, refused


def _people(
    session: Session, keyring: Keyring, statement: PayerStatement, rows: Sequence[ListRow]
) -> dict[int, Resident]:
    """Return the people of the unit by the 17 digits of their numbers."""
    low, high = scope_of(statement.division_code)
    found: dict[int, Resident] = {}
    for start in range(0, len(rows), CHUNK):
        tokens = {keyring.id_token(row.id17): row.id17 for row in rows[start : start + CHUNK]}
        query = select(Resident).where(
            col(Resident.county_code) == county_of(statement.division_code),
            col(Resident.id_token).in_(list(tokens)),
            col(Resident.division_code).between(low, high),
        )
        found.update({tokens[one.id_token]: one for one in session.scalars(query)})
    return found
