"""Layouts of bank files, read from TOML: another bank is a new template and no code (contract.md, Files)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from typing import Any, Final

from api.errors import DomainError

OUTGOING_FIELDS: Final = (
    "social_number", "name", "id_number", "amount", "document_number", "bank_account", "division_code", "division_name",
)  # fmt: skip
"""Fields that a line of ours may have: 社保编号, 姓名, 身份证, 金额, 社保单据号, 银行账号, 行政区划代码, 行政区划名称."""
INCOMING_FIELDS: Final = (*OUTGOING_FIELDS[:5], "bank_account", "reason", "bank_code")
"""Fields that a line of a bank's answer may have; 返回说明 is `reason`."""
_LINE_ENDS: Final = {"crlf": "\r\n", "lf": "\n"}


class BankLayoutInvalid(DomainError):
    """A layout template is missing or contradicts itself."""

    status = 500
    code = "bank-layout-invalid"
    title = "银行报盘格式模板有误"


class FilePurpose(StrEnum):
    """What a file asks the bank to do."""

    OPEN = "open"
    DEDUCT = "deduct"
    PAY = "pay"


@dataclass(frozen=True)
class OutgoingLayout:
    """One kind of file that we send."""

    title: str
    prefix: str
    suffix: str
    max_lines: int
    fields: tuple[str, ...]


@dataclass(frozen=True)
class IncomingLayout:
    """One kind of answer, a file of successes and a file of failures."""

    title: str
    prefix: str
    success_suffix: str
    failure_suffix: str
    max_lines: int
    fields: tuple[str, ...]
    success_optional: tuple[str, ...]
    failure_optional: tuple[str, ...]
    success_fields: tuple[str, ...] = ()
    """Fields that a line of successes must have behind the common ones."""
    failure_fields: tuple[str, ...] = ()
    """Fields that a line of failures must have behind them: with 返回说明 there the two files cannot be mistaken."""


@dataclass(frozen=True)
class BankLayout:
    """All files that one bank exchanges with the agency."""

    id: str
    title: str
    encoding: str
    separator: str
    line_end: str
    success_code: str
    outgoing: Mapping[FilePurpose, OutgoingLayout]
    incoming: Mapping[FilePurpose, IncomingLayout]


def _fields(table: Mapping[str, Any], key: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
    """Read a list of field names and refuse unknown and repeated ones."""
    names = tuple(str(name) for name in table.get(key, ()))
    if len(set(names)) != len(names) or not set(names) <= set(allowed):
        raise BankLayoutInvalid(f"模板中 {key} 含有未知或重复的字段。")
    return names


def parse_layout(text: str) -> BankLayout:
    """Read a template; raises BankLayoutInvalid when something is missing or unknown."""
    try:
        root = tomllib.loads(text)
        "".encode(root["encoding"])
        outgoing = {
            FilePurpose(purpose): OutgoingLayout(
                title=table["title"], prefix=table["prefix"], suffix=table["suffix"],
                max_lines=int(table["max_lines"]), fields=_fields(table, "fields", OUTGOING_FIELDS),
            )
            for purpose, table in root["outgoing"].items()
        }  # fmt: skip
        incoming = {
            FilePurpose(purpose): IncomingLayout(
                title=table["title"], prefix=table["prefix"], success_suffix=table["success_suffix"],
                failure_suffix=table["failure_suffix"], max_lines=int(table["max_lines"]),
                fields=_fields(table, "fields", INCOMING_FIELDS),
                success_optional=_fields(table, "success_optional", INCOMING_FIELDS),
                failure_optional=_fields(table, "failure_optional", INCOMING_FIELDS),
                success_fields=_fields(table, "success_fields", INCOMING_FIELDS),
                failure_fields=_fields(table, "failure_fields", INCOMING_FIELDS),
            )
            for purpose, table in root["incoming"].items()
        }  # fmt: skip
        layout = BankLayout(
            id=root["id"], title=root["title"], encoding=root["encoding"], separator=root["separator"],
            line_end=_LINE_ENDS[root["line_end"]], success_code=root["success_code"],
            outgoing=outgoing, incoming=incoming,
        )  # fmt: skip
    except (KeyError, ValueError, TypeError, AttributeError, LookupError) as error:
        raise BankLayoutInvalid(f"银行报盘格式模板有误：{type(error).__name__}。") from error
    if len(layout.separator) != 1 or layout.separator.isalnum() or layout.separator in ".\r\n":
        raise BankLayoutInvalid("模板的分隔符应为一个符号。")
    for purpose, file in layout.incoming.items():
        if purpose is FilePurpose.OPEN:
            if {"social_number", "bank_account"} - {*file.fields, *file.success_fields}:
                raise BankLayoutInvalid("开户返回文件必须含有社保编号和银行账号。")
        elif {"amount", "document_number"} - set(file.fields):
            raise BankLayoutInvalid("返回文件必须含有金额和社保单据号。")
    return layout


@lru_cache
def load_layout(layout_id: str) -> BankLayout:
    """Return a layout that came with the service; raises BankLayoutInvalid for an unknown id."""
    if layout_id not in layout_ids():
        raise BankLayoutInvalid("没有这个银行的报盘格式模板。")
    folder = resources.files("api.exchange") / "bank_layouts"
    return parse_layout((folder / f"{layout_id}.toml").read_text(encoding="utf-8"))


def layout_ids() -> list[str]:
    """Ids of all layouts that came with the service."""
    folder = resources.files("api.exchange") / "bank_layouts"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))
