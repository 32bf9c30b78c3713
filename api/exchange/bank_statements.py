"""银行对账单: reads a bank's statement of one account, CSV or spreadsheet, by the bank's layout.

Another bank is another TOML file. Each movement must lead from one balance to the next; what does not is refused with
its line, since a statement with a hole proves nothing.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from api.errors import DomainError
from api.exchange.containers import UPLOAD_LIMITS
from api.exchange.file_errors import FileEmpty, FileRefused
from api.exchange.table_text import normalise_heading
from api.exchange.tables import read_table
from api.policy.money import MoneyMalformed, parse_yuan

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER: Final = "statement_layouts"
REQUIRED: Final = frozenset({"day", "reference", "balance"})
KNOWN: Final = REQUIRED | {"income", "outlay", "amount", "counterparty"}
REFERENCE_LENGTH: Final = 64
SHOWN: Final = 20


class StatementLayoutUnknown(DomainError):
    """There is no such layout, or it contradicts itself."""

    status = 422
    code = "statement-layout-unknown"
    title = "没有这种对账单格式"


class StatementUnreadable(FileRefused):
    """Columns are missing, or lines do not read or do not follow from each other (422); nothing was taken."""

    code = "statement-unreadable"
    title = "对账单无法读取"


@dataclass(frozen=True, slots=True)
class StatementLayout:
    """How one bank writes its statements."""

    id: str
    title: str
    day_format: str
    columns: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One movement: positive what came in, negative what went out, and the balance behind it, in fen."""

    line: int
    booked_on: date
    reference: str
    amount_fen: int
    balance_fen: int
    counterparty: str


def parse_layout(content: str) -> StatementLayout:
    """Read a layout. Raises `StatementLayoutUnknown` when something is missing or unknown."""
    try:
        root = tomllib.loads(content)
        columns = {
            name: tuple(normalise_heading(heading) for heading in headings)
            for name, headings in root["columns"].items()
        }
        layout = StatementLayout(root["id"], root["title"], root["day_format"], columns)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise StatementLayoutUnknown(f"对账单格式模板有误：{type(error).__name__}。") from error
    two, one = {"income", "outlay"} <= set(columns), "amount" in columns
    if not set(columns) >= REQUIRED or not set(columns) <= KNOWN or two == one:
        raise StatementLayoutUnknown("对账单格式模板缺少必需的列，或含有未知的列。")
    return layout


@lru_cache
def load_layout(layout_id: str) -> StatementLayout:
    """Return a layout that came with the service. Raises `StatementLayoutUnknown`."""
    if layout_id not in layout_ids():
        raise StatementLayoutUnknown(pointer="/layout")
    return parse_layout((resources.files("api.exchange") / FOLDER / f"{layout_id}.toml").read_text("utf-8"))


def layout_ids() -> list[str]:
    """Ids of all layouts that came with the service."""
    folder = resources.files("api.exchange") / FOLDER
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def parse_statement(layout: StatementLayout, name: str, content: bytes) -> list[StatementLine]:
    """Return the movements of a statement, oldest first; none for a statement that has its head only.

    Raises `StatementUnreadable` with the lines at fault, and what `tables.read_table` refuses.
    """
    headings = frozenset(heading for names in layout.columns.values() for heading in names)
    try:
        table = read_table(content, file_name=name, limits=UPLOAD_LIMITS, number_stays_number=headings - _exact(layout))
    except FileEmpty:
        return []
    places = _places(layout, table.headings)
    found: list[StatementLine] = []
    faults: list[str] = []
    for number, record in zip(table.rows.to_list(), table.cells.iter_rows(), strict=True):
        cells = {column: str(record[place]).strip() for column, place in places.items()}
        try:
            found.append(_line(layout, number, cells))
        except (ValueError, MoneyMalformed) as error:
            faults.append(f"第{number}行：{error.detail if isinstance(error, MoneyMalformed) else error}")
    if faults:
        raise StatementUnreadable("；".join(faults[:SHOWN]))
    if len(found) > 1 and found[0].booked_on > found[-1].booked_on:
        found.reverse()
    _check_chain(found)
    return found


def _exact(layout: StatementLayout) -> frozenset[str]:
    """Columns whose numbers are money; references and days must not have become numbers on the way."""
    return frozenset(
        heading for name in ("income", "outlay", "amount", "balance") for heading in layout.columns.get(name, ())
    )


def _places(layout: StatementLayout, headings: Sequence[str]) -> dict[str, int]:
    """Return where each column stands. Raises `StatementUnreadable`."""
    places: dict[str, int] = {}
    missing = []
    for column, names in layout.columns.items():
        place = next((headings.index(name) for name in names if name in headings), None)
        if place is not None:
            places[column] = place
        elif column != "counterparty":
            missing.append(names[0])
    if missing:
        raise StatementUnreadable(f"对账单缺少列：{'、'.join(missing)}。")
    return places


def _line(layout: StatementLayout, number: int, cells: Mapping[str, str]) -> StatementLine:
    """Read one movement; raises ValueError in Chinese, or `MoneyMalformed`."""
    try:
        booked_on = datetime.strptime(cells["day"][:10], layout.day_format).replace(tzinfo=UTC).date()
    except ValueError:
        message = "日期格式不正确"
        raise ValueError(message) from None
    reference = cells["reference"]
    if not reference or len(reference) > REFERENCE_LENGTH or not reference.isprintable():
        message = "凭证号缺失或过长"
        raise ValueError(message)
    if "amount" in cells:
        amount_fen = _fen(cells["amount"])
    else:
        income_fen, outlay_fen = _fen(cells["income"]), _fen(cells["outlay"])
        if income_fen and outlay_fen:
            message = "收入和支出不能同时有金额"
            raise ValueError(message)
        amount_fen = income_fen - outlay_fen
    if amount_fen == 0:
        message = "没有发生额"
        raise ValueError(message)
    balance_fen = _fen(cells["balance"])
    if balance_fen < 0:
        message = "余额为负数"
        raise ValueError(message)
    return StatementLine(number, booked_on, reference, amount_fen, balance_fen, cells.get("counterparty", "")[:100])


def _fen(cell: str) -> int:
    """Read money; banks group digits, and leave the side empty on which nothing moved."""
    plain = cell.replace(",", "").replace("，", "").replace("¥", "").strip()
    return parse_yuan(plain) if plain not in {"", "-"} else 0


def _check_chain(lines: Sequence[StatementLine]) -> None:
    """Refuse days that go back and a balance that does not follow from the one before."""
    for earlier, later in pairwise(lines):
        if later.booked_on < earlier.booked_on:
            raise StatementUnreadable(f"第{later.line}行：日期先于上一笔。")
        if later.balance_fen != earlier.balance_fen + later.amount_fen:
            raise StatementUnreadable(f"第{later.line}行：余额与上一笔余额加发生额不符，对账单可能缺页。")


def statement_facts(layout: StatementLayout) -> dict[str, Any]:
    """Return what a page needs to offer a layout."""
    return {"id": layout.id, "title": layout.title, "columns": [names[0] for names in layout.columns.values()]}
