"""Writes bank files (代扣, 代发, 开户) and reads the bank's answers, by the layout of the bank.

Lines are joined as strings in blocks and checked by block; nothing here decides who is paid.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final, NamedTuple

from api.errors import DomainError
from api.exchange.bank_layouts_loader import BankLayout, FilePurpose, IncomingLayout
from api.exchange.file_errors import FileTooLarge, FileTooManyRows

_BLOCK_LINES: Final = 5_000
_MAX_RETURN_BYTES: Final = 64 * 1024 * 1024
_MAX_AMOUNT_FEN: Final = 10**12
_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,9})\.([0-9]{2})", re.ASCII)
_CONTROL = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
_BATCH = re.compile(r"[0-9]{6,20}", re.ASCII)
_PART_DIGITS: Final = 3


class BankRecord(NamedTuple):
    """One line for the bank. `amount_fen` is in fen and above zero (0 only in files that open accounts)."""

    social_number: str
    name: str
    id_number: str
    amount_fen: int
    document_number: str
    bank_account: str
    division_code: str
    division_name: str = ""


_AMOUNT_PLACE: Final = BankRecord._fields.index("amount_fen")


class BankFieldUnsafe(DomainError):
    """A field holds the separator, a line break or a control character and would shift the others (422)."""

    status = 422
    code = "bank-field-unsafe"
    title = "报盘数据含有分隔符、换行或控制字符"


class BankAmountInvalid(DomainError):
    """An amount of a line is zero, negative or absurd (422)."""

    status = 422
    code = "bank-amount-invalid"
    title = "报盘金额必须大于零"


class BankBatchInvalid(DomainError):
    """The batch number of a file name is not 6 to 20 digits (422)."""

    status = 422
    code = "bank-batch-invalid"
    title = "报盘批次号应为 6 至 20 位数字"


class BankFileUnknown(DomainError):
    """The name of a returned file fits no answer that the layout knows (422)."""

    status = 422
    code = "bank-file-unknown"
    title = "文件名不是已知的银行返回文件"


class BankPurposeUnknown(DomainError):
    """The layout has no file for this purpose (409)."""

    code = "bank-purpose-unknown"
    title = "该银行的报盘格式没有这类文件"


@dataclass(frozen=True)
class BankFile:
    """A finished file: name, bytes, number of lines, sum in fen, and the SHA-256 that the approval refers to."""

    name: str
    content: bytes
    lines: int
    total_fen: int
    sha256: str


def format_yuan(fen: int) -> str:
    """Fen as yuan with two decimals, by integers only: 12050 → 120.50."""
    return f"{fen // 100}.{fen % 100:02d}"


def bank_file_name(layout: BankLayout, purpose: FilePurpose, batch: str) -> str:
    """Name of a file we send; raises BankBatchInvalid unless `batch` is 6 to 20 digits."""
    if not _BATCH.fullmatch(batch):
        raise BankBatchInvalid
    outgoing = layout.outgoing.get(purpose)
    if outgoing is None:
        raise BankPurposeUnknown
    return f"{outgoing.prefix}{batch}{outgoing.suffix}"


def encode_lines(layout: BankLayout, purpose: FilePurpose, records: Iterable[BankRecord]) -> Iterator[bytes]:
    """Yield the file in blocks of some thousand lines.

    Raises BankFieldUnsafe or BankAmountInvalid, naming the line (first = 1) and never its content. Streaming has no
    line limit; `bank_files` splits.
    """
    outgoing = layout.outgoing.get(purpose)
    if outgoing is None:
        raise BankPurposeUnknown
    has_amount = "amount" in outgoing.fields
    places = [BankRecord._fields.index("amount_fen" if name == "amount" else name) for name in outgoing.fields]
    source = iter(records)
    done = 0
    while block := list(islice(source, _BLOCK_LINES)):
        if has_amount:
            _check_amounts(block, done)
        lines = _join_lines(block, places, layout.separator)
        text = layout.line_end.join(lines) + layout.line_end
        _check_block(text, lines, layout, width=len(outgoing.fields), done=done)
        try:
            yield text.encode(layout.encoding)
        except UnicodeEncodeError:
            # GB18030 covers Unicode, so this is another code page or a broken surrogate.
            line = next(number for number, line in enumerate(lines, done + 1) if not _encodes(line, layout.encoding))
            raise BankFieldUnsafe(f"第 {line} 行含有银行编码无法表示的字符。") from None
        done += len(block)


def _join_lines(block: list[BankRecord], places: list[int], separator: str) -> list[str]:
    """Turn a block into lines by columns: transpose, format the amounts, transpose back, join."""
    columns: list[Iterable[str]] = list(zip(*block, strict=True))
    columns[_AMOUNT_PLACE] = [format_yuan(record.amount_fen) for record in block]
    return list(map(separator.join, zip(*(columns[place] for place in places), strict=True)))


def _check_amounts(block: list[BankRecord], done: int) -> None:
    """Every amount is a whole number of fen above zero."""
    for number, record in enumerate(block, done + 1):
        if not 0 < record.amount_fen < _MAX_AMOUNT_FEN or type(record.amount_fen) is not int:
            raise BankAmountInvalid(f"第 {number} 行的金额必须大于零。")


def _check_block(text: str, lines: list[str], layout: BankLayout, *, width: int, done: int) -> None:
    """Count separators and line ends of a whole block; look for the line only when the count is wrong."""
    if (
        text.count(layout.separator) == len(lines) * (width - 1)
        and text.count("\n") == len(lines)
        and text.count("\r") == len(lines) * layout.line_end.count("\r")
        and not _CONTROL.search(text)
    ):
        return
    for number, line in enumerate(lines, done + 1):
        if line.count(layout.separator) != width - 1 or "\n" in line or "\r" in line or _CONTROL.search(line):
            raise BankFieldUnsafe(f"第 {number} 行的姓名或其他字段含有分隔符、换行或控制字符，请先更正资料。")


def _encodes(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def bank_files(
    layout: BankLayout, purpose: FilePurpose, records: Iterable[BankRecord], *, batch: str
) -> Iterator[BankFile]:
    """Yield finished files, a new one whenever the bank's line limit is reached; parts are numbered behind `batch`.

    Equal records give equal bytes, so the hash in an approval can be recomputed. No record, no file.
    """
    outgoing = layout.outgoing.get(purpose)
    if outgoing is None:
        raise BankPurposeUnknown
    if not _BATCH.fullmatch(batch):
        raise BankBatchInvalid
    source = iter(records)
    part = 0
    while chunk := list(islice(source, outgoing.max_lines)):
        part += 1
        content = b"".join(encode_lines(layout, purpose, chunk))
        total = sum(record.amount_fen for record in chunk) if "amount" in outgoing.fields else 0
        name = bank_file_name(layout, purpose, f"{batch}{part:0{_PART_DIGITS}d}")
        yield BankFile(name, content, len(chunk), total, hashlib.sha256(content).hexdigest())


class ReturnRecord(NamedTuple):
    """One line of a bank's answer; `line` counts from 1. `reason` is 返回说明, `bank_code` the bank's own code."""

    line: int
    social_number: str
    name: str
    id_number: str
    amount_fen: int
    document_number: str
    reason: str | None
    bank_code: str | None
    bank_account: str | None = None
    """Only in the answer to 开户."""


class LineError(NamedTuple):
    """A line that could not be understood: the whole batch stays open until it is explained."""

    line: int
    code: str
    message: str


@dataclass(frozen=True)
class BankReturn:
    """A parsed answer. `succeeded` says which of the two files it is; errors are beside the good lines."""

    purpose: FilePurpose
    succeeded: bool
    batch: str
    records: tuple[ReturnRecord, ...]
    errors: tuple[LineError, ...]
    total_fen: int
    sha256: str


_LINE_MESSAGES: Final = {
    "bad_field_count": "该行的字段数与银行返回格式不符。",
    "bad_amount": "该行的金额不是两位小数的元。",
    "unparsable_bytes": "该行的编码无法识别。",
    "control_char": "该行含有控制字符。",
    "empty_document_number": "该行没有社保单据号。",
    "duplicate_document_number": "该行的社保单据号在本文件中重复出现。",
    "code_contradicts_file": "该行的返回代码与成功或失败文件的性质矛盾。",
}


def identify_return(layout: BankLayout, file_name: str) -> tuple[FilePurpose, bool, str]:
    """Return (purpose, succeeded, batch) from the name of an answer; raises BankFileUnknown."""
    name = file_name.upper()
    for purpose, incoming in layout.incoming.items():
        for suffix, succeeded in ((incoming.success_suffix, True), (incoming.failure_suffix, False)):
            if name.startswith(incoming.prefix.upper()) and name.endswith(suffix.upper()):
                batch = name[len(incoming.prefix) : -len(suffix)]
                if _BATCH.fullmatch(batch):
                    return purpose, succeeded, batch
    raise BankFileUnknown


def parse_return(layout: BankLayout, file_name: str, data: bytes, *, keeps_repeated: bool = False) -> BankReturn:
    """Read a bank's answer; what it says about each line is decided by the file it stands in.

    A 单据号 that comes again is an error, or with `keeps_repeated` a record like any other, for the caller to judge.
    Raises BankFileUnknown, FileTooLarge or FileTooManyRows. An empty file is an answer too: nothing failed.
    """
    purpose, succeeded, batch = identify_return(layout, file_name)
    incoming = layout.incoming[purpose]
    if len(data) > _MAX_RETURN_BYTES:
        raise FileTooLarge
    texts = _decode_lines(data, layout.encoding)
    if len(texts) > incoming.max_lines:
        raise FileTooManyRows(f"银行返回文件超过 {incoming.max_lines} 行。")
    read = _line_reader(layout, incoming, succeeded=succeeded)
    records: list[ReturnRecord] = []
    errors: list[LineError] = []
    seen: set[str] = set()
    for number, text in enumerate(texts, 1):
        outcome = "unparsable_bytes" if text is None else read(number, text)
        if isinstance(outcome, ReturnRecord):
            if keeps_repeated or outcome.document_number not in seen:
                seen.add(outcome.document_number)
                records.append(outcome)
                continue
            outcome = "duplicate_document_number"
        errors.append(LineError(number, outcome, _LINE_MESSAGES[outcome]))
    total = sum(record.amount_fen for record in records)
    digest = hashlib.sha256(data).hexdigest()
    return BankReturn(purpose, succeeded, batch, tuple(records), tuple(errors), total, digest)


def raw_lines(data: bytes, encoding: str, numbers: Iterable[int]) -> dict[int, str]:
    """Return some lines of an answer as the bank sent them, by number from 1; bytes that are no text are shown as such."""
    lines = data.rstrip(b"\r\n\x1a").split(b"\n")
    return {number: lines[number - 1].rstrip(b"\r").decode(encoding, "backslashreplace") for number in numbers}


def _decode_lines(data: bytes, encoding: str) -> list[str | None]:
    """Split into lines and decode, None for a line that is no text; closing blank lines are dropped.

    Decoding comes before splitting into fields: the second byte of a GBK character may be the separator.
    """
    body = data.rstrip(b"\r\n\x1a")
    if not body:
        return []
    try:
        return [line.removesuffix("\r") for line in body.decode(encoding).split("\n")]
    except UnicodeDecodeError:
        lines: list[str | None] = []
        for raw in body.split(b"\n"):
            try:
                lines.append(raw.decode(encoding).removesuffix("\r"))
            except UnicodeDecodeError:
                lines.append(None)
        return lines


def _line_reader(
    layout: BankLayout, incoming: IncomingLayout, *, succeeded: bool
) -> Callable[[int, str], ReturnRecord | str]:
    """Compile an answer's layout into a function from line to record, or to the code of what is wrong."""
    needed = (*incoming.fields, *(incoming.success_fields if succeeded else incoming.failure_fields))
    names = (*needed, *(incoming.success_optional if succeeded else incoming.failure_optional))
    least, most = len(needed), len(names)
    where = {name: place for place, name in enumerate(names)}
    # 开户 has no amounts, and its lines go by the social number.
    amount_place = where.get("amount")
    document_place = where.get("document_number", where.get("social_number", 0))

    def pick(cells: list[str], name: str) -> str | None:
        place = where.get(name, most)
        return cells[place].strip() or None if place < len(cells) else None

    def read(number: int, text: str) -> ReturnRecord | str:
        cells = text.split(layout.separator)
        if not least <= len(cells) <= most:
            return "bad_field_count"
        if _CONTROL.search(text) or "\r" in text:
            return "control_char"
        amount = None if amount_place is None else _AMOUNT.fullmatch(cells[amount_place].strip())
        fen = int(amount.group(1)) * 100 + int(amount.group(2)) if amount else 0
        if fen <= 0 and amount_place is not None:
            return "bad_amount"
        document = cells[document_place].strip()
        if not document:
            return "empty_document_number"
        bank_code = pick(cells, "bank_code")
        reason = pick(cells, "reason")
        is_success_code = layout.success_code in {bank_code, reason}
        if (bank_code is not None and is_success_code is not succeeded) or (is_success_code and not succeeded):
            return "code_contradicts_file"
        return ReturnRecord(
            number, pick(cells, "social_number") or "", pick(cells, "name") or "", pick(cells, "id_number") or "",
            fen, document, reason, bank_code, pick(cells, "bank_account"),
        )  # fmt: skip

    return read
