"""补贴资金申请表: a claim as the form that goes to finance, and claims and positions as workbooks. Exports are on record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.exchange.printing import render
from api.exchange.text_sheets import Sheet, workbook
from api.policy.money import format_yuan
from api.policy.subsidies import ByLevel, explain
from api.services import audit_events, divisions, subsidy_positions
from api.vocabulary import DueKind, GovernmentLevel, SubsidyPurpose

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from sqlalchemy.orm import Session

    from api.database import Actor
    from api.models import SubsidyClaim, SubsidyClaimLine
    from api.services.subsidy_positions import Position

_LEVELS = tuple(level.label for level in GovernmentLevel)
_CHUNK = 1000
_CLAUSES = {
    SubsidyPurpose.CONTRIBUTION_SUBSIDY: "国发〔2009〕32号 四",
    SubsidyPurpose.GOVERNMENT_PAID: "国发〔2009〕32号 四",
    SubsidyPurpose.BASIC_PENSION: "国发〔2009〕32号 五",
    SubsidyPurpose.LATE_INTEREST: "政策细则 §3.3 P7",
}


def claimed(claim: SubsidyClaim | SubsidyClaimLine) -> ByLevel:
    """Return the amounts of a claim or a line by level."""
    return ByLevel(*(getattr(claim, f"{level.value}_fen") for level in GovernmentLevel))


def form(session: Session, *, actor: Actor, claim: SubsidyClaim, today: date) -> bytes:
    """Return the claim's form as a PDF: by town and tier, what each level is asked for."""
    county = divisions.get(session, claim.division_code).name
    rows = subsidy_positions.summary(session, claim=claim, division_code=None)
    names = divisions.names_of(session, [row.division_code for row in rows])
    lines = [
        [
            names.get(row.division_code, str(row.division_code)),
            format_yuan(row.tier_fen) if row.tier_fen else "—",
            str(row.heads),
            str(row.line_count),
            format_yuan(row.amounts.total_fen),
            *_parts(row.amounts),
        ]
        for row in rows
    ]
    total = claimed(claim)
    heads = sum(row.heads for row in rows)
    lines.append(["合计", "", str(heads), str(claim.line_count), format_yuan(total.total_fen), *_parts(total)])
    notes = [reason.message for reason in explain(total, what=claim.purpose.label, clause=_CLAUSES[claim.purpose])]
    facts = {
        "title": f"{county}新型农村社会养老保险财政补贴资金申请表",
        "foot": f"申报单 {claim.id} · 内容摘要 {claim.content_hash[:16]} · 打印 {today.isoformat()}",
        "fields": [
            ["用途", claim.purpose.label],
            ["期间", claim.period],
            ["截止日期", claim.cut_off_on.isoformat()],
            ["状态", claim.state.label],
            ["审批日期", claim.approved_on.isoformat() if claim.approved_on else "未审批"],
            ["应到账日期", claim.due_on.isoformat() if claim.due_on else "—"],
        ],
        "columns": ["街道(镇)", "档次(元)", "人数", "笔数", "金额(元)", *_LEVELS],
        "rows": lines,
        "notes": [*notes, f"依据：{_CLAUSES[claim.purpose]}。金额单位：元。同一人列入两个档次的，在各档次分别计人数。"],
        "signatures": ["经办人", "复核人", "经办机构(章)", "财政部门(章)"],
    }
    _audit(session, actor, "print_subsidy_claim", claim.division_code, claim.id)
    return render("subsidy_claim", facts, printed_on=today)


def claim_workbook(session: Session, *, actor: Actor, claim: SubsidyClaim) -> bytes:
    """Return a claim as a workbook: by town and tier, and line by line."""
    rows = subsidy_positions.summary(session, claim=claim, division_code=None)
    names = divisions.names_of(session, [row.division_code for row in rows])
    summary = [
        [
            names.get(row.division_code, ""), str(row.division_code), format_yuan(row.tier_fen), str(row.heads),
            str(row.line_count), format_yuan(row.amounts.total_fen), *_parts(row.amounts), format_yuan(row.covered_fen),
        ]
        for row in rows
    ]  # fmt: skip
    head = f"{claim.purpose.label} {claim.period}(截至 {claim.cut_off_on.isoformat()}，{claim.state.label})"
    levels = [(f"{label}(元)", 12) for label in _LEVELS]
    content = workbook(
        [
            Sheet(
                "分档汇总",
                head,
                [("街道(镇)", 18), ("代码", 14), ("档次(元)", 10), ("人数", 8), ("笔数", 8), ("金额(元)", 14), *levels,
                 ("已到账(元)", 12)],
                summary,
            ),
            Sheet(
                "人员明细",
                head,
                [("序号", 8), ("村(社区)代码", 14), ("个人编号", 18), ("姓名", 12), ("年度/月份", 10), ("事由", 16),
                 ("档次(元)", 10), ("缴费(发放)日期", 14), ("金额(元)", 12), *levels, ("到账日期", 12)],
                _line_cells(session, claim),
            ),
        ]
    )  # fmt: skip
    _audit(session, actor, "export_subsidy_claim", claim.division_code, claim.id)
    return content


def _line_cells(session: Session, claim: SubsidyClaim) -> Iterator[list[str]]:
    after: str | None = None
    while True:
        found, after = subsidy_positions.list_lines(
            session, claim=claim, division_code=None, resident_id=None, covered=None, limit=_CHUNK, after=after
        )
        for line, name in found:
            yield [
                str(line.seq),
                str(line.division_code),
                str(line.resident_id),
                name,
                str(line.contribution_year) if line.month is None else f"{line.month:%Y-%m}",
                _what(line),
                format_yuan(line.tier_fen),
                line.due_on.isoformat(),
                format_yuan(line.amount_fen),
                *_parts(claimed(line)),
                line.covered_on.isoformat() if line.covered_on else "",
            ]
        if after is None:
            return


def _what(line: SubsidyClaimLine) -> str:
    if line.amount_fen < 0:
        return "扣回"
    if line.purpose is SubsidyPurpose.LATE_INTEREST:
        return f"{line.origin.label}迟到{format_yuan(line.base_fen)}元"
    return DueKind(line.due_kind).label if line.due_kind else line.purpose.label


def position_workbook(session: Session, *, actor: Actor, position: Position) -> bytes:
    """Return a county's position with government as a workbook."""
    county = divisions.get(session, position.county_code * 1_000_000).name
    content = workbook(
        [
            Sheet(
                "财政补贴往来",
                f"{county}财政补贴往来(截至 {position.as_of.isoformat()})",
                [("用途", 16), ("负担级次", 12), ("应申报未申报(元)", 16), ("已申报(元)", 14), ("已到账(元)", 14),
                 ("欠拨(元)", 14), ("预拨(元)", 14), ("逾期(元)", 14)],
                [
                    [
                        one.purpose.label, one.level.label, format_yuan(one.due_fen), format_yuan(one.claimed_fen),
                        format_yuan(one.received_fen), format_yuan(one.outstanding_fen), format_yuan(one.advance_fen),
                        format_yuan(one.overdue_fen),
                    ]
                    for one in position.levels
                ],
            )
        ]
    )  # fmt: skip
    _audit(session, actor, "export_subsidy_position", position.county_code * 1_000_000, None)
    return content


def _parts(amounts: ByLevel) -> list[str]:
    return [format_yuan(amounts.of(level)) for level in GovernmentLevel]


def _audit(session: Session, actor: Actor, action: str, division_code: int, claim_id: int | None) -> None:
    audit_events.record(
        session,
        actor=actor,
        action=action,
        subject_kind="subsidy_claim",
        subject_id=claim_id,
        division_code=division_code,
    )
