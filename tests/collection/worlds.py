"""People who pay by deduction, a bank that answers, and the steps of a batch as one call each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text
from sqlmodel import col

from api.exchange.bank_layouts_loader import FilePurpose, load_layout
from api.models import CollectionFinding, CollectionLine, CollectionOutcome, Enrolment
from api.services import collection_batches, collection_files, collection_returns
from api.services.collection_batches import Wanted
from api.vocabulary import CollectionResult, Rhythm, RoleName
from tests import factories

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy.orm import Session

    from api.database import Actor
    from api.models import CollectionBatch, Resident

COUNTY = 440783
UNIT = 440783000000
TOWN = 440783001000
COMPUTED, SENT, DEDUCTED, TODAY = date(2011, 3, 10), date(2011, 3, 11), date(2011, 3, 15), date(2011, 3, 16)
LAYOUT = "rural_credit_2010"
_accounts = iter(range(1000, 10**9))


def payer(
    session: Session, *, tier_fen: int = 10_000, rhythm: Rhythm = Rhythm.YEARLY, enrolled: bool = True, **facts: Any
) -> Resident:
    """Somebody insured with a passbook of their own."""
    given = {"birth_date": date(1975, 4, 2), "bank_account": f"622848{next(_accounts):010d}"} | facts
    person = factories.make_resident(session, **given)
    if enrolled:
        enrolment: Enrolment = factories.enrol(session, person, on=date(2010, 10, 8), tier_fen=tier_fen)
        enrolment.rhythm = rhythm
        session.flush()
    return person


@dataclass
class Office:
    """The persons of a batch, and the steps that each takes."""

    session: Session
    clerk: Actor
    reviewer: Actor
    finance: Actor
    layout: str = LAYOUT

    @classmethod
    def of(cls, session: Session, *, layout: str = LAYOUT) -> Office:
        """Three persons of the county."""
        return cls(
            session,
            factories.make_actor(session, RoleName.COUNTY_CLERK),
            factories.make_actor(session, RoleName.COUNTY_REVIEWER),
            factories.make_actor(session, RoleName.FINANCE),
            layout,
        )

    def compute(
        self,
        *,
        unit: int = UNIT,
        year: int = 2011,
        today: date = COMPUTED,
        rhythms: Sequence[Rhythm] = tuple(Rhythm),
    ) -> CollectionBatch:
        """Compute a batch."""
        wanted = Wanted(division_code=unit, contribution_year=year, layout=self.layout, rhythms=rhythms)
        return collection_batches.compute(self.session, actor=self.clerk, wanted=wanted, today=today)

    def approve(self, batch: CollectionBatch, *, today: date = COMPUTED) -> CollectionBatch:
        """Approve what was computed."""
        return collection_batches.approve(
            self.session, actor=self.reviewer, batch_id=batch.id, given_hash=batch.content_hash,
            expected_version=batch.version, today=today,
        )  # fmt: skip

    def release(self, batch: CollectionBatch, *, today: date = SENT) -> Sequence[Any]:
        """Release the files."""
        _, files = collection_files.release(
            self.session, actor=self.finance, keyring=factories.KEYRING, batch_id=batch.id, today=today
        )
        return files

    def sent(self, **facts: Any) -> CollectionBatch:
        """Compute, approve and release."""
        batch = self.compute(**facts)
        self.approve(batch)
        self.release(batch)
        return batch

    def download(self, batch: CollectionBatch) -> list[tuple[str, bytes]]:
        """The released files."""
        made = [
            collection_files.download(
                self.session, actor=self.finance, keyring=factories.KEYRING, batch_id=batch.id, file_id=one.id
            )
            for one in collection_files.files_of(self.session, batch)
        ]
        return [(one.record.name, one.content) for one in made]

    def answers(self, batch: CollectionBatch, *, refuse: Callable[[dict[str, str]], bool] = lambda _: False) -> Files:
        """The bank's two files for each file of ours, with codes and reasons as the layout has them."""
        return bank_answers(self.layout, self.download(batch), refuse=refuse)

    def load(
        self, batch: CollectionBatch, files: Sequence[tuple[str, bytes]], *, on: date = DEDUCTED, today: date = TODAY
    ) -> collection_returns.Taken:
        """Upload the bank's files."""
        return collection_returns.load(
            self.session, actor=self.finance, keyring=factories.KEYRING, batch_id=batch.id, files=files, deducted_on=on,
            today=today,
        )  # fmt: skip


Files = list[tuple[str, bytes]]


def bank_answers(
    layout_id: str, sent: Iterable[tuple[str, bytes]], *, refuse: Callable[[dict[str, str]], bool]
) -> Files:
    """What a bank sends back for our files: success and failure file each, an empty one included."""
    layout = load_layout(layout_id)
    outgoing, incoming = layout.outgoing[FilePurpose.DEDUCT], layout.incoming[FilePurpose.DEDUCT]
    found: Files = []
    for name, content in sent:
        number = name[len(outgoing.prefix) : -len(outgoing.suffix)]
        good, bad = [], []
        for text_line in content.decode(layout.encoding).split(layout.line_end):
            if not text_line:
                continue
            cells = dict(zip(outgoing.fields, text_line.split(layout.separator), strict=True))
            refused = refuse(cells)
            said = cells | {"reason": "余额不足", "bank_code": "E001" if refused else layout.success_code}
            more = incoming.failure_fields if refused else incoming.success_fields
            optional = incoming.failure_optional if refused else incoming.success_optional
            line = layout.separator.join(said[field] for field in (*incoming.fields, *more, *optional))
            (bad if refused else good).append(line + layout.line_end)
        for lines, suffix in ((good, incoming.success_suffix), (bad, incoming.failure_suffix)):
            found.append((f"{incoming.prefix}{number}{suffix}", "".join(lines).encode(layout.encoding)))
    return found


def lines_of(session: Session, batch: CollectionBatch) -> list[CollectionLine]:
    """The lines of a batch by number."""
    query = select(CollectionLine).where(col(CollectionLine.batch_id) == batch.id).order_by(col(CollectionLine.seq))
    return list(session.scalars(query))


def outcomes(session: Session, batch: CollectionBatch) -> dict[int, CollectionResult]:
    """What is final, by line."""
    query = select(CollectionOutcome).where(col(CollectionOutcome.batch_id) == batch.id)
    return {one.seq: CollectionResult(one.result) for one in session.scalars(query)}


def findings(session: Session, batch: CollectionBatch) -> list[CollectionFinding]:
    """What was set aside, by number."""
    query = (
        select(CollectionFinding)
        .where(col(CollectionFinding.batch_id) == batch.id)
        .order_by(col(CollectionFinding.number))
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


def codes(session: Session, batch: CollectionBatch) -> list[str]:
    """The codes of what was set aside."""
    return [one.code.value for one in findings(session, batch)]


def balances(session: Session) -> dict[int, tuple[int, int]]:
    """Every account: personal and gov, in fen."""
    rows = session.execute(text("SELECT resident_id, personal_fen, gov_fen FROM accounts"))
    return {row.resident_id: (row.personal_fen, row.gov_fen) for row in rows}


def books(session: Session) -> dict[str, int]:
    """The fund's accounts, debit less credit, in fen."""
    rows = session.execute(text("SELECT fund_account, sum(debit_fen - credit_fen) AS fen FROM fund_lines GROUP BY 1"))
    return {row.fund_account: int(row.fen) for row in rows}
