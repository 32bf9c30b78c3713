"""一次性结算与转移: what heirs receive on death, what goes to the pool, and what a transfer carries away.

Sources: 国发〔2009〕32号 六 (国发〔2014〕8号 later), policy.md §3.3 P3, P13-P14, §4.8, examples A11-A14, A18.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from api.policy.ages import Month
from api.policy.interest import Movements, interest_by_source
from api.policy.money import NOTHING, BySource, format_yuan
from api.policy.payments import split_payment
from api.policy.reasons import Reason
from api.vocabulary import Source

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import date

    from api.policy.interest import Accrual
    from api.policy.parameters import PolicyParameters


@dataclass(frozen=True, slots=True)
class Refund:
    """Settlement of an account on death or another end, in fen by source: to the heirs or the person, and retained."""

    refunded: BySource
    retained: BySource
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class TransferOut:
    """What moves to the scheme of another county: the whole account by source, in fen, and the years."""

    amounts: BySource
    years: tuple[int, ...]
    reasons: tuple[Reason, ...]

    @property
    def total_fen(self) -> int:
        """Money that moves, in fen."""
        return self.amounts.total_fen


def refund_on_death(balance: BySource, parameters: PolicyParameters) -> Refund:
    """Settle the balance left after interest to the end of the month of death; `parameters` are of the day of death.

    Formula: heirs = personal + collective, plus gov where `gov_subsidy_inheritable`; the rest stays in the pool and
    continues to pay other people's pensions.
    """
    inheritable = parameters.gov_subsidy_inheritable
    refunded = balance if inheritable else BySource(balance.personal_fen, balance.collective_fen, 0)
    retained = balance - refunded
    if inheritable:
        sentence = f"个人账户余额{format_yuan(refunded.total_fen)}元(含政府补贴)由继承人依法继承。"
        clause = "国发〔2014〕8号"
    else:
        sentence = (
            f"个人账户余额除政府补贴外{format_yuan(refunded.total_fen)}元由继承人依法继承；政府补贴余额"
            f"{format_yuan(retained.total_fen)}元用于继续支付其他参保人的养老金。"
        )
        clause = "国发〔2009〕32号 六"
    return Refund(refunded=refunded, retained=retained, reasons=(Reason("refund", sentence, clause),))


def transfer_out(balance: BySource, paid_years: Collection[int]) -> TransferOut:
    """Settle a transfer across counties: the relationship and the whole account move at once, by source (A18)."""
    years = tuple(sorted(set(paid_years)))
    sentence = (
        f"跨县转移个人账户全部储存额{format_yuan(balance.total_fen)}元"
        f"(个人{format_yuan(balance.personal_fen)}元，集体{format_yuan(balance.collective_fen)}元，"
        f"政府{format_yuan(balance.gov_fen)}元)，缴费年限{len(years)}年一并转移。"
    )
    reason = Reason("transfer-out", sentence, "人社厅发〔2009〕161号")
    return TransferOut(amounts=balance, years=years, reasons=(reason,))


@dataclass(frozen=True, slots=True)
class Posting:
    """One line of an account: its value month, its amounts in fen (credits positive), and whether it is interest."""

    month: Month
    amounts: BySource
    is_interest: bool = False


@dataclass(frozen=True, slots=True)
class PaidAfterEnd:
    """A pension that was paid for a month after the last one owed: what it took from the account and from the fund."""

    month: Month
    paid_in: Month
    taken: BySource
    fund_fen: int
    account_fen: int = 0
    """The account pension in it, whoever paid for it."""

    @property
    def total_fen(self) -> int:
        """What the bank paid out, in fen."""
        return self.taken.total_fen + self.fund_fen


@dataclass(frozen=True, slots=True)
class PensionOwed:
    """A month, up to the last one owed, that never reached the person; `account_fen` is the account pension in it."""

    month: Month
    basic_fen: int
    account_fen: int = 0
    is_back_pay: bool = False


@dataclass(frozen=True, slots=True)
class OwedPaid:
    """A month owed, with what it takes from the account and from the fund."""

    owed: PensionOwed
    taken: BySource
    fund_fen: int

    @property
    def total_fen(self) -> int:
        """What is paid for it, in fen."""
        return self.taken.total_fen + self.fund_fen


@dataclass(frozen=True, slots=True, kw_only=True)
class EndFacts:
    """Everything that the settlement of an ended participation stands on."""

    event_on: date
    """Day of death, of settling abroad, of the other pension, of the change of hukou."""
    postings: tuple[Posting, ...]
    """Every line of the account but late contributions."""
    late: BySource
    """Contributions paid after the event: the person's part goes back, the subsidy returns to government."""
    wrong: tuple[PaidAfterEnd, ...]
    owed: tuple[PensionOwed, ...]
    composition: BySource
    """Balance at award, by which the pensions still owed are split."""
    paid_count: int
    interest_through: date | None
    set_off: bool
    """Whether who is paid agrees that what was overpaid is kept back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndSettlement:
    """一次性结算: what is paid, kept and brought in when a participation ends. Amounts in fen."""

    settled_on: date
    interest: BySource
    """Of the months up to the event; posted unless interest beyond them has been posted before."""
    posts_interest: bool
    withdrawn: BySource
    """Interest that was posted for months after the event, and goes back."""
    balance: BySource
    """The account after all corrections and pensions owed: what is refunded and retained."""
    refunded: BySource
    retained: BySource
    owed: tuple[OwedPaid, ...]
    late: BySource
    overpaid: tuple[PaidAfterEnd, ...]
    shortfall_fen: int
    """What the pool bears because pensions were paid out of interest that goes back."""
    set_off_fen: int
    reasons: tuple[Reason, ...]

    @property
    def owed_fen(self) -> int:
        """Pensions and adjustments that never reached the person."""
        return sum(one.total_fen for one in self.owed)

    @property
    def late_returned_fen(self) -> int:
        """The person's own part of contributions paid after the event."""
        return self.late.personal_fen

    @property
    def overpaid_fen(self) -> int:
        """Pensions paid for months after the last one owed."""
        return sum(one.total_fen for one in self.overpaid)

    @property
    def gross_fen(self) -> int:
        """What is due before anything is kept back."""
        return self.refunded.total_fen + self.owed_fen + self.late_returned_fen

    @property
    def payable_fen(self) -> int:
        """What is paid."""
        return self.gross_fen - self.set_off_fen


def settle_end(facts: EndFacts, *, accrual: Accrual, parameters: PolicyParameters) -> EndSettlement:
    """Settle an account for good at the end of the month of the event (policy.md §4.5, §4.8; A11 to A13).

    Formula: balance = lines up to the month, without what was paid for later months and without interest of later
    months, + interest of the month's year up to it, by `interest_by_source`; then what was rightly paid later and the
    pensions still owed are taken, and `refund_on_death` divides the rest. `accrual` is of the year of the event,
    `parameters` are of its day. Contributions of a collective after the event: ValueError, they are reversed first.
    """
    if facts.late.collective_fen:
        message = "a late contribution of a collective is reversed and not returned to the person"
        raise ValueError(message)
    month = Month.of(facts.event_on)
    right = _right_postings(facts, month)
    interest = _interest_to(right, month, accrual, parameters)
    posts_interest = facts.interest_through is None or facts.interest_through < month.last_day
    beyond = sum_by_source(one.amounts for one in facts.postings if one.is_interest and one.month > month)
    balance, shortfall_fen = _covered(sum_by_source(one.amounts for one in right) + interest)
    owed, balance = _pay_owed(facts, balance)
    refund = refund_on_death(balance, parameters)
    gross_fen = refund.refunded.total_fen + sum(one.total_fen for one in owed) + facts.late.personal_fen
    overpaid_fen = sum(one.total_fen for one in facts.wrong)
    settlement = EndSettlement(
        settled_on=month.last_day,
        interest=interest,
        posts_interest=posts_interest,
        withdrawn=NOTHING if posts_interest else beyond - interest,
        balance=balance,
        refunded=refund.refunded,
        retained=refund.retained,
        owed=owed,
        late=facts.late,
        overpaid=facts.wrong,
        shortfall_fen=shortfall_fen,
        set_off_fen=min(gross_fen, overpaid_fen) if facts.set_off else 0,
        reasons=(),
    )
    return replace(
        settlement, reasons=(*_words(facts, settlement, month), *refund.reasons, *_closing_words(settlement))
    )


def sum_by_source(amounts: Iterable[BySource]) -> BySource:
    """Sum amounts in fen by sub-account."""
    total = NOTHING
    for one in amounts:
        total += one
    return total


def _right_postings(facts: EndFacts, month: Month) -> list[Posting]:
    """Lines as they should be: no interest of later months, and what was paid for later months put back."""
    kept = [one for one in facts.postings if not (one.is_interest and one.month > month)]
    return kept + [Posting(one.paid_in, one.taken) for one in facts.wrong]


def _interest_to(right: Sequence[Posting], month: Month, accrual: Accrual, parameters: PolicyParameters) -> BySource:
    """Interest of the year of the event from where it is posted up to the month, each sub-account rounded by itself."""
    begun = max((one.month.month for one in right if one.is_interest and one.month.year == month.year), default=0)
    opening = NOTHING
    moved: Movements = {source: {} for source in Source}
    for one in right:
        if one.month.year < month.year or (one.month.year == month.year and one.month.month <= begun):
            opening += one.amounts
        elif one.month <= month:
            for source in Source:
                by_month = moved[source]
                by_month[one.month.month] = by_month.get(one.month.month, 0) + one.amounts.of(source)
    return interest_by_source(
        accrual,
        opening=opening,
        credited=moved,
        debited={},
        from_month=begun,
        to_month=month.month,
        rounding=parameters.interest_rounding,
    )


def _covered(balance: BySource) -> tuple[BySource, int]:
    """Return the balance without negative parts, and the fen that the pool bears for them.

    A pension of an earlier month, paid late out of interest that now goes back, was rightly paid in full.
    """
    held = {source: max(0, balance.of(source)) for source in Source}
    missing = sum(max(0, -balance.of(source)) for source in Source)
    for source in Source:
        taken = min(missing, held[source])
        held[source] -= taken
        missing -= taken
    return BySource(held[Source.PERSONAL], held[Source.COLLECTIVE], held[Source.GOV]), missing


def _pay_owed(facts: EndFacts, balance: BySource) -> tuple[tuple[OwedPaid, ...], BySource]:
    """Take the months still owed out of the account, each split like the payment it should have been (§4.7)."""
    paid: list[OwedPaid] = []
    number = facts.paid_count - sum(1 for one in facts.wrong if one.account_fen)
    for one in facts.owed:
        taken, fund_fen = NOTHING, one.basic_fen
        if one.account_fen:
            number += 1
            split = split_payment(number, pension_fen=one.account_fen, composition=facts.composition, balance=balance)
            taken, fund_fen = split.debits, fund_fen + split.fund_fen
            balance -= taken
        paid.append(OwedPaid(one, taken, fund_fen))
    return tuple(paid), balance


def _words(facts: EndFacts, done: EndSettlement, month: Month) -> list[Reason]:
    """Say what was done to the account before its rest was divided."""
    clause = "政策细则 §4.5、§4.8"
    interest = done.interest
    said = [
        Reason(
            "settlement-interest",
            f"个人账户计息至{month}末，利息个人{format_yuan(interest.personal_fen)}元、"
            f"集体{format_yuan(interest.collective_fen)}元、政府{format_yuan(interest.gov_fen)}元。",
            clause,
        )
    ]
    if done.withdrawn.total_fen:
        sentence = f"{month}以后已计的利息{format_yuan(done.withdrawn.total_fen)}元冲回。"
        said.append(Reason("interest-withdrawn", sentence, clause))
    if done.overpaid:
        sentence = (
            f"{done.overpaid[0].month}至{done.overpaid[-1].month}多发{len(done.overpaid)}笔，共"
            f"{format_yuan(done.overpaid_fen)}元：个人账户部分"
            f"{format_yuan(sum(one.taken.total_fen for one in done.overpaid))}元记回账户，其余应退回基金。"
        )
        said.append(Reason("overpaid", sentence, "社会保险法 第八十八条；政策细则 §3.3 P16"))
    if done.owed:
        sentence = f"{facts.event_on}以前应发未发的待遇{len(done.owed)}笔，共{format_yuan(done.owed_fen)}元，一并支付。"
        said.append(Reason("owed", sentence, "政策细则 §3.3 P15"))
    if done.late.total_fen:
        sentence = (
            f"{facts.event_on}以后缴纳的{format_yuan(done.late_returned_fen)}元退还本人或继承人，政府补贴"
            f"{format_yuan(done.late.gov_fen)}元退回财政。"
        )
        said.append(Reason("late-contributions", sentence, "政策细则 §3.3 P3"))
    return said


def _closing_words(done: EndSettlement) -> list[Reason]:
    """Say what is paid in the end."""
    sentence = f"合计应付{format_yuan(done.gross_fen)}元"
    if done.set_off_fen:
        sentence += f"，经同意抵扣多发{format_yuan(done.set_off_fen)}元，实付{format_yuan(done.payable_fen)}元"
    elif done.overpaid_fen:
        sentence += f"，多发的{format_yuan(done.overpaid_fen)}元另行追回"
    return [Reason("payable", sentence + "。", "政策细则 §3.4 注销登记表")]
