"""注销登记: which proof each reason takes, and who may be paid (policy.md §3.3 P3, §3.4)."""

from __future__ import annotations

from datetime import date, timedelta

from api.policy.parameters import PolicyParameters
from api.policy.reasons import Reason
from api.vocabulary import CancellationProof, CancellationReason, PayeeRelation, ResidentStatus

PROOFS: dict[CancellationReason, frozenset[CancellationProof]] = {
    CancellationReason.DEATH: frozenset(
        {
            CancellationProof.DEATH_CERTIFICATE,
            CancellationProof.CREMATION_CERTIFICATE,
            CancellationProof.HUKOU_CANCELLED,
            CancellationProof.COURT_JUDGMENT,
        }
    ),
    CancellationReason.SETTLED_ABROAD: frozenset(
        {CancellationProof.RESIDENCE_ABROAD, CancellationProof.HUKOU_CANCELLED}
    ),
    CancellationReason.OTHER_PENSION: frozenset({CancellationProof.OTHER_SCHEME}),
    CancellationReason.HUKOU_NOT_RURAL: frozenset({CancellationProof.HUKOU_BOOK}),
}
"""What proves each reason (县级经办规程 copies of 人社厅发〔2009〕161号, [S23][S25b])."""


def obstacles(
    *,
    reason: CancellationReason,
    proof: CancellationProof,
    relation: PayeeRelation | None,
    event_on: date,
    birth_date: date,
    status: ResidentStatus,
    status_on: date | None,
    rural_only: bool,
    today: date,
) -> tuple[Reason, ...]:
    """Return everything that keeps a 注销登记 from being taken; none when it may be.

    Formula: the proof fits the reason; birth <= event <= today; of the dead only a death, on the day that the roster
    has; a change of hukou ends a participation only while the scheme takes rural residents alone (2010 to 2012).
    """
    found = []
    clause = "政策细则 §3.3 P3"
    if proof not in PROOFS[reason]:
        allowed = "、".join(sorted(one.label for one in PROOFS[reason]))
        found.append(Reason("proof-unfit", f"注销原因为{reason.label}时，证明材料应为：{allowed}。", clause))
    if not birth_date <= event_on <= today:
        found.append(Reason("event-outside-life", "事件日期早于出生日期或晚于今天。", clause))
    if reason is CancellationReason.DEATH:
        if relation is PayeeRelation.SELF:
            found.append(Reason("payee-is-dead", "死亡人员的结算款由继承人领取。", "国发〔2009〕32号 六"))
        if status is ResidentStatus.DEAD and status_on is not None and status_on != event_on:
            found.append(
                Reason("event-differs", f"花名册登记的死亡日期为{status_on}，与申报的日期不一致，请先核实。", clause)
            )
    elif status is ResidentStatus.DEAD:
        found.append(Reason("person-is-dead", "此人已登记死亡，请按死亡办理注销。", clause))
    elif relation is not None and relation is not PayeeRelation.SELF:
        found.append(Reason("payee-is-self", "本人健在，结算款由本人领取。", clause))
    if reason is CancellationReason.HUKOU_NOT_RURAL and not rural_only:
        found.append(Reason("hukou-no-reason", "城乡居民养老保险合并后，户口性质变更不再是注销原因。", "政策细则 §2.3"))
    return tuple(found)


def claim_until(died_on: date, parameters: PolicyParameters) -> date:
    """Last day on which heirs claim what is due to them: the day of death plus `heir_claim_days` (policy.md §3.2)."""
    return died_on + timedelta(days=parameters.heir_claim_days)
