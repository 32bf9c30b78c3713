"""基金收支 and 缴费情况 over HTTP: as JSON, and by `Accept` as a workbook or a printed page."""

from typing import Annotated, Any

from fastapi import Header, Query
from fastapi.responses import Response

from api.dependencies import ActorDep, BusinessDateDep, ReadSessionDep, requires
from api.exchange import fund_documents, fund_sheets
from api.exchange.contribution_tables import contribution_parts
from api.exchange.fund_tables import Part, statement_lines
from api.permissions import Permission
from api.policy.money import format_yuan
from api.routes import Router
from api.schemas.base import DivisionIn, MonthIn
from api.schemas.fund_periods import FundStatement
from api.schemas.fund_reports import ContributionReportRead, FundReportRead
from api.services import fund_reports

router = Router(prefix="/reports", tags=["reports"])
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF = "application/pdf"
YearIn = Annotated[int | None, Query(ge=2009, le=2100)]


def _file(content: bytes, kind: str, name: str) -> Response:
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.get(
    "/fund",
    name="read_fund_report",
    response_model=FundReportRead,
    responses={200: {"content": {XLSX: {}, PDF: {}}}},
    dependencies=[requires(Permission.FUND_READ)],
)
def read_fund_report(
    session: ReadSessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    division: Annotated[DivisionIn | None, Query()] = None,
    month: Annotated[MonthIn | None, Query()] = None,
    year: YearIn = None,
    accept: Annotated[str | None, Header()] = None,
) -> Any:
    """基金收支表 of a town or county (default: one's own) in a month or year: live while it is open, frozen once closed."""
    report = fund_reports.fund_report(
        session, division_code=division or actor.division_code, month=month, year=year, today=today
    )
    read = FundReportRead(
        division_code=report.division.code,
        division_name=report.division.name,
        month=report.month,
        is_year=report.is_year,
        pack_version=report.pack_version,
        content_hash=report.content_hash,
        statement=FundStatement.model_validate(report.statement),
    )
    spans = ("year",) if report.is_year else ("month", "year")
    period = f"{report.month:%Y}" if report.is_year else f"{report.month:%Y-%m}"
    name = f"fund-{report.division.code}-{period}"
    frozen = (
        f"月结第{report.pack_version}版，摘要{report.content_hash}" if report.pack_version else "未月结，数字还会变化"
    )
    if accept is not None and XLSX in accept:
        heads = ("项目", *({"month": "本月", "year": "本年累计"}[span] for span in spans))
        lines = statement_lines(report.statement, *spans)
        part = Part("基金收支表", heads, lines, tuple(range(1, len(heads))), frozen)
        return _file(fund_sheets.workbook(f"{report.division.name} {period}", [part]), XLSX, f"{name}.xlsx")
    if accept is not None and PDF in accept:
        content = fund_documents.statement(
            report.statement,
            division_name=report.division.name,
            period=period,
            spans=spans,
            note=frozen,
            printed_on=today,
        )
        return _file(content, PDF, f"{name}.pdf")
    return read


@router.get(
    "/contributions",
    name="read_contribution_report",
    response_model=ContributionReportRead,
    responses={200: {"content": {XLSX: {}}}},
    dependencies=[requires(Permission.REPORT_READ)],
)
def read_contribution_report(
    session: ReadSessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    division: Annotated[DivisionIn | None, Query()] = None,
    month: Annotated[MonthIn | None, Query()] = None,
    year: YearIn = None,
    accept: Annotated[str | None, Header()] = None,
) -> Any:
    """缴费情况 of a unit (default: one's own) in a contribution year, or in the days of a month."""
    report = fund_reports.contribution_report(
        session, division_code=division or actor.division_code, month=month, year=year, today=today
    )
    read = ContributionReportRead.of(report, format_yuan)
    if accept is not None and XLSX in accept:
        period = f"{month:%Y-%m}" if month else str(report.year)
        parts = contribution_parts(read.model_dump(mode="json"))
        content = fund_sheets.workbook(f"{report.division.name} {period}", parts)
        return _file(content, XLSX, f"contributions-{report.division.code}-{period}.xlsx")
    return read
