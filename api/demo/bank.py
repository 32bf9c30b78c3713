"""The bank of the demonstration: reads a file line by line, pays or deducts, and answers as the rural credit cooperative."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.exchange.bank_layouts_loader import FilePurpose, load_layout
from api.policy.money import format_yuan, parse_yuan

if TYPE_CHECKING:
    from datetime import date

    from api.demo.village_life import VillageLife

LAYOUT = "rural_credit_2010"
CLOSED = ("账户已销户", "E100012")
DIFFERENT_NAME = ("户名不符", "E100031")
SHORT = ("账户余额不足", "E100021")


@dataclass(frozen=True, slots=True)
class Deducted:
    """The bank's answer to a deduction file, and what it pays over, in fen."""

    files: list[tuple[str, bytes]]
    amount_fen: int


def answer(name: str, content: bytes, life: VillageLife) -> list[tuple[str, bytes]]:
    """Return the success and the failure file that answer a payment file; together they name each line once.

    A bank that refuses nothing sends no failure file.
    """
    layout = load_layout(LAYOUT)
    outgoing, incoming = layout.outgoing[FilePurpose.PAY], layout.incoming[FilePurpose.PAY]
    batch = name.removeprefix(outgoing.prefix).removesuffix(outgoing.suffix)
    paid: list[str] = []
    refused: list[str] = []
    for line in content.decode(layout.encoding).splitlines():
        fields = line.split(layout.separator)
        answered = layout.separator.join(fields[: len(incoming.fields)])
        place = outgoing.fields.index
        if life.is_refused(fields[place("id_number")], fields[place("amount")]):
            reason, code = CLOSED if len(refused) % 3 else DIFFERENT_NAME
            refused.append(layout.separator.join((answered, reason, code)))
        else:
            paid.append(answered)
    stem = incoming.prefix + batch
    answers = ((incoming.success_suffix, paid), (incoming.failure_suffix, refused))
    return [(stem + suffix, _file(lines, layout.encoding)) for suffix, lines in answers if lines]


def deduct(name: str, content: bytes, life: VillageLife, month: date, *, errs: bool) -> Deducted:
    """Return the files that answer a deduction file, and the fen that the bank pays over.

    With `errs` the bank takes a fen too little from one passbook and says so, which nobody may book as it stands.
    """
    layout = load_layout(LAYOUT)
    outgoing, incoming = layout.outgoing[FilePurpose.DEDUCT], layout.incoming[FilePurpose.DEDUCT]
    batch = name.removeprefix(outgoing.prefix).removesuffix(outgoing.suffix)
    id_number, amount = outgoing.fields.index("id_number"), outgoing.fields.index("amount")
    taken: list[list[str]] = []
    refused: list[str] = []
    for line in content.decode(layout.encoding).splitlines():
        fields = line.split(layout.separator)[: len(incoming.fields)]
        if life.is_short(fields[id_number], month):
            refused.append(layout.separator.join((*fields, *SHORT)))
        else:
            taken.append(fields)
    if errs and taken:
        # By the line itself, since the order of a file's lines is the installation's own.
        wrong = min(taken, key=lambda fields: fields[id_number])
        wrong[amount] = format_yuan(parse_yuan(wrong[amount]) - 1)
    stem = incoming.prefix + batch
    answers = (
        (incoming.success_suffix, [layout.separator.join(fields) for fields in taken]),
        (incoming.failure_suffix, refused),
    )
    files = [(stem + suffix, _file(lines, layout.encoding)) for suffix, lines in answers if lines]
    return Deducted(files, sum(parse_yuan(fields[amount]) for fields in taken))


def _file(lines: list[str], encoding: str) -> bytes:
    return "".join(line + "\r\n" for line in lines).encode(encoding)
