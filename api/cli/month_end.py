"""`nongbao run month-end`: what a month of the fund's books comes to, what stands in the way of closing it, and the proposal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.cli.common import ActorOption, JsonOption, acting, emit
from api.cli.payments import PeriodOption, month_of
from api.cli.runs import CountyOption, DryRunOption, business_date
from api.errors import Invalid
from api.permissions import Permission

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from api.models import FundPeriod
    from api.services.fund_closings import Checked


class ProposerMissing(Invalid):
    """A closing is proposed by a person."""

    code = "proposer-missing"
    title = "提出月结须以 --actor 指明经办人"


def month_end(
    county: CountyOption,
    period: PeriodOption,
    dry_run: DryRunOption = False,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """月结：逐项检查条件并汇总全月账簿；条件符合时提出月结，由另一人在网页上审批。已月结的月份重新汇总并与原报表比对。"""
    from api.service import open_service
    from api.services import fund_closings
    from api.services.fund_periods import CLOSED_STATES

    month = month_of(period)
    if not dry_run and actor is None:
        raise ProposerMissing
    right = Permission.FUND_READ if dry_run else Permission.FUND_CLOSE
    with open_service() as service:
        today = business_date(service)
        acts = acting(service, actor, division_code=county * 1_000_000, permission=right)
        # A pack is built in one snapshot when nothing is to be kept of it.
        work = service.database.read_snapshot if dry_run else service.database.unit_of_work
        with work(acts) as session:
            row = fund_closings.find(session, county, month)
            if row is not None and row.state.value in CLOSED_STATES:
                facts = _closed(session, row)
            else:
                checked = fund_closings.check(session, actor=acts, county_code=county, month=month, today=today)
                facts = _open(checked)
                if not dry_run:
                    row = fund_closings.propose(
                        session, actor=acts, month=month, exceptions=[], version=row.version if row else 0, today=today
                    )
                    facts |= {"state": row.state.value, "content_hash": row.proposed_hash}
    document = {"county": str(county), "month": f"{month:%Y-%m}", "dry_run": dry_run} | facts
    emit(document, as_json=as_json, text=_told(document))


def _closed(session: Session, row: FundPeriod) -> dict[str, Any]:
    """Build a closed month again and compare it with what was approved."""
    from api.services import fund_closings

    pack = fund_closings.pack_of(session, county_code=row.county_code, month=row.month)
    again = fund_closings.rebuild(session, pack)
    return {
        "state": row.state.value,
        "pack_version": pack.pack_version,
        "content_hash": pack.content_hash,
        "rebuilt_hash": again.content_hash,
        "same": again.content == pack.content,
        "control": again.facts["control"],
        "preconditions": [],
    }


def _open(checked: Checked) -> dict[str, Any]:
    return {
        "state": checked.period.state.value if checked.period else "open",
        "content_hash": checked.built.content_hash,
        "ready": checked.is_ready,
        "control": checked.built.facts["control"],
        "preconditions": [
            {
                "code": one.code.value,
                "label": one.code.label,
                "state": one.state.value,
                "items": [item.message for item in one.items],
            }
            for one in checked.preconditions
        ],
    }


def _told(document: dict[str, Any]) -> str:
    """The month in words."""
    control = document["control"]
    lines = [
        f"{document['month']}月结({document['state']})",
        f"个人账户{control['accounts']}元，统筹基金{control['pool']}元，资产{control['assets']}元，差额{control['difference']}元",
    ]
    for one in document["preconditions"]:
        mark = {"met": "✓", "listed": "·", "waived": "!"}.get(one["state"], "✗")
        lines.append(f"  {mark} {one['label']}" + (f"：{'；'.join(one['items'][:3])}" if one["items"] else ""))
    if "same" in document:
        lines.append("重新汇总与月结报表一致" if document["same"] else "重新汇总与月结报表不一致，请立即核查")
    return "\n".join([*lines, f"内容摘要 {document['content_hash']}"])
