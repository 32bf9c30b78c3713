"""The bank of the demonstration: reads a payment file line by line and answers as the rural credit cooperative would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.exchange.bank_layouts_loader import FilePurpose, load_layout

if TYPE_CHECKING:
    from api.demo.village_life import VillageLife

LAYOUT = "rural_credit_2010"
CLOSED = ("账户已销户", "E100012")
DIFFERENT_NAME = ("户名不符", "E100031")


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


def _file(lines: list[str], encoding: str) -> bytes:
    return "".join(line + "\r\n" for line in lines).encode(encoding)
