"""RFC 9457 problem documents: every refusal, from a wrong field to a lost database, as one shape without the input.

Constraint names become domain facts here, so that a race which only the database can see is told like any other rule.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from api.errors import DomainError

if TYPE_CHECKING:
    from fastapi import FastAPI, Request

LOG = logging.getLogger("nongbao.problems")
MEDIA_TYPE = "application/problem+json"

CONSTRAINT_PROBLEMS: dict[str, tuple[int, str, str]] = {
    "uq_residents_id_token": (409, "resident-already-registered", "该证件号码已登记，请联系县级经办机构核实。"),
    "uq_enrolments_alive": (409, "enrolment-already-open", "此人已参保或已有一份正在办理的参保登记。"),
    "uq_enrolment_decisions_person": (409, "same-person", "同一人不得办理同一登记的两个环节。"),
    "uq_enrolment_decisions_step": (409, "step-already-decided", "该环节已由他人办理。"),
    "uq_change_requests_living": (409, "request-already-open", "此人的同一项目已有正在办理的变更登记。"),
    "uq_change_request_decisions_person": (409, "same-person", "同一人不得办理同一变更登记的两个环节。"),
    "uq_change_request_decisions_step": (409, "step-already-decided", "该环节已由他人办理。"),
    "uq_contributions_year": (409, "contribution-already-recorded", "该年度的这项缴费已经登记。"),
    "uq_journals_dedup_key": (409, "already-booked", "该业务已经入账。"),
    "uq_journals_reverses": (409, "already-reversed", "该笔业务已经冲正。"),
    "uq_receipts_number": (409, "receipt-number-taken", "收据号码冲突，请重试。"),
    "uq_receipts_contribution": (409, "receipt-already-issued", "该笔缴费已开具收据。"),
    "uq_remittances_bank_reference": (409, "remittance-already-recorded", "该银行缴款凭证号已登记。"),
    "uq_payer_lists_content_hash": (409, "payer-list-exists", "同一付款方的这份名单已经提交过。"),
    "uq_payer_lists_bank_reference": (409, "payer-reference-taken", "该银行到账凭证号已用于另一份名单。"),
    "uq_payer_lists_refund_reference": (409, "payer-reference-taken", "该银行退款凭证号已用于另一份名单。"),
    "uq_fund_transfers_bank_reference": (409, "fund-transfer-already-proposed", "该银行凭证号的划转已经登记。"),
    "uq_bank_match_items_living": (409, "match-item-unfit", "该笔已经核对。"),
    "uq_bank_statements_sha256": (409, "bank-statement-already-loaded", "该对账单已经导入过。"),
    "uq_bank_statement_lines_once": (409, "bank-statement-already-loaded", "对账单中有已经导入过的明细。"),
    "uq_awards_alive": (409, "award-already-exists", "此人已有待复核或已核定的待遇。"),
    "uq_payment_runs_month": (409, "payment-run-exists", "该月份的发放批次已经存在。"),
    "uq_runs_period": (409, "run-exists", "该期间的批次已经存在。"),
    "uq_bank_returns_sha256": (409, "return-already-loaded", "该银行回盘文件已经处理过。"),
    "uq_imports_sha256": (409, "import-already-applied", "该文件已经导入过。"),
    "uq_attachments_content": (409, "attachment-already-added", "这份材料刚刚已由他人上传。"),
    "uq_land_projects_approval": (409, "land-project-exists", "该村已登记这个批文的征地项目。"),
    "uq_land_persons_current": (409, "land-person-listed", "此人已在名单中。"),
    "uq_land_project_steps_step": (409, "step-already-decided", "该环节已由他人办理。"),
    "uq_department_lists_sha256": (409, "department-list-brought", "该名单文件已经导入过。"),
    "uq_users_username": (409, "username-taken", "用户名已被使用。"),
    "uq_users_person_key": (409, "person-has-a-user", "此人已有账号，一人只能有一个账号。"),
    "uq_resident_facts_open": (409, "fact-already-open", "此人已登记有这项情况。"),
    "uq_clients_client_key": (409, "client-exists", "该接入系统已存在。"),
}
SQLSTATE_PROBLEMS: dict[str, tuple[int, str, str]] = {
    "23505": (409, "already-exists", "记录已存在。"),
    "23503": (409, "reference-missing", "引用的记录不存在。"),
    "23514": (422, "rule-violated", "数据不符合业务规则。"),
    "42501": (404, "not-found", "没有这条记录，或不在您的管辖范围内。"),
    "40001": (503, "try-again", "系统繁忙，请稍后重试。"),
    "40P01": (503, "try-again", "系统繁忙，请稍后重试。"),
    "55P03": (503, "try-again", "有人正在处理同一数据，请稍后重试。"),
    "57014": (503, "too-slow", "查询时间过长，请缩小范围。"),
    "53100": (507, "disk-full", "服务器磁盘已满，请联系管理员。"),
    "25006": (500, "internal-error", "系统内部错误。"),
}
UNSTORABLE: frozenset[str | None] = frozenset({None, "22003", "22021", "22P05"})
"""What no column can hold: a NUL in a text (which the driver refuses before it is sent), a number beyond 64 bits."""
STATUS_PROBLEMS: dict[int, tuple[str, str]] = {
    400: ("bad-request", "请求格式不正确"),
    401: ("not-signed-in", "请先登录"),
    403: ("forbidden", "没有此项权限"),
    404: ("not-found", "未找到"),
    405: ("method-not-allowed", "不支持的请求方法"),
    413: ("body-too-large", "提交的内容过大"),
    415: ("unsupported-media-type", "不支持的内容类型"),
    429: ("too-many-requests", "请求过于频繁"),
}
FIELD_MESSAGES: dict[str, str] = {
    "missing": "必填项缺失",
    "extra_forbidden": "不认识的字段",
    "json_invalid": "不是有效的 JSON",
    "string_too_long": "内容过长",
    "string_too_short": "内容过短",
    "string_pattern_mismatch": "格式不正确",
    "enum": "不在允许的取值之内",
    "literal_error": "不在允许的取值之内",
    "greater_than_equal": "数值过小",
    "less_than_equal": "数值过大",
    "unknown_parameter": "不认识的查询参数",
}


def problem(
    request: Request,
    *,
    status: int,
    code: str,
    title: str,
    detail: str,
    errors: list[dict[str, str]] | None = None,
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """Render one problem document."""
    request.state.problem_code = code
    body = {
        "type": f"/problems/{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": getattr(request.state, "request_id", ""),
        "errors": errors or [],
    }
    return JSONResponse(body, status_code=status, media_type=MEDIA_TYPE, headers=headers)


async def on_domain_error(request: Request, error: Exception) -> JSONResponse:
    """Answer a refusal of the domain."""
    assert isinstance(error, DomainError)  # noqa: S101 (narrowing only)
    errors = [fault._asdict() for fault in error.faults]
    if error.pointer and not errors:
        errors = [{"pointer": error.pointer, "code": error.code, "message": error.detail}]
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after is not None else None
    if error.status == 401:
        headers = {**(headers or {}), "WWW-Authenticate": getattr(error, "challenge", "Bearer")}
    return problem(
        request,
        status=error.status,
        code=error.code,
        title=error.title,
        detail=error.detail,
        errors=errors,
        headers=headers,
    )


async def on_validation_error(request: Request, error: Exception) -> JSONResponse:
    """Answer a body or parameter of the wrong shape: where and why, never what was sent."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 (narrowing only)
    errors = [
        {
            "pointer": "/" + "/".join(str(part) for part in item["loc"][1:]),
            "code": str(item["type"]),
            "message": field_message(item),
        }
        for item in error.errors()
    ]
    return problem(
        request,
        status=422,
        code="invalid",
        title="提交的内容不符合要求",
        detail="请按各字段的提示修改后重新提交。",
        errors=errors,
    )


def field_message(item: dict[str, Any]) -> str:
    """Say in Chinese what is wrong with a field; a message of ours is already Chinese."""
    kind = str(item["type"])
    if kind == "value_error" and "ctx" in item and "error" in item["ctx"]:
        return str(item["ctx"]["error"])
    return FIELD_MESSAGES.get(kind, "格式或取值不正确")


async def on_http_error(request: Request, error: Exception) -> JSONResponse:
    """Answer what the framework itself refuses: unknown paths and methods."""
    assert isinstance(error, HTTPException)  # noqa: S101 (narrowing only)
    code, title = STATUS_PROBLEMS.get(error.status_code, ("error", "请求未能完成"))
    headers = dict(error.headers) if error.headers else None
    return problem(request, status=error.status_code, code=code, title=title, detail=title + "。", headers=headers)


async def on_database_error(request: Request, error: Exception) -> JSONResponse:
    """Answer a constraint, a lock or a lost connection; also one that only showed itself at COMMIT."""
    original = getattr(error, "orig", None)
    state = getattr(original, "sqlstate", None)
    name = getattr(getattr(original, "diag", None), "constraint_name", None)
    if name in CONSTRAINT_PROBLEMS:
        status, code, detail = CONSTRAINT_PROBLEMS[name]
    elif state in SQLSTATE_PROBLEMS:
        status, code, detail = SQLSTATE_PROBLEMS[state]
    elif isinstance(error, DataError) and state in UNSTORABLE:
        status, code, detail = 422, "unstorable-value", "提交的内容含有无法保存的字符或数值。"
    elif isinstance(error, OperationalError | PoolTimeout) or getattr(error, "connection_invalidated", False):
        status, code, detail = 503, "database-unavailable", "数据库暂时不可用，请稍后重试。"
    else:
        return await on_unexpected(request, error)
    LOG.warning("database refused: %s %s %s", status, code, name or state)
    headers = {"Retry-After": "1"} if status == 503 else None
    return problem(request, status=status, code=code, title=detail.rstrip("。"), detail=detail, headers=headers)


async def on_unexpected(request: Request, error: Exception) -> JSONResponse:
    """Answer a fault of ours with a static body; the log has the trace under the request id, without values."""
    LOG.error(
        "unexpected %s in request %s", type(error).__name__, getattr(request.state, "request_id", ""), exc_info=error
    )
    return problem(
        request,
        status=500,
        code="internal-error",
        title="系统内部错误",
        detail="系统内部错误，请联系管理员并提供请求编号。",
    )


def install(app: FastAPI) -> None:
    """Register all handlers."""
    app.add_exception_handler(DomainError, on_domain_error)
    app.add_exception_handler(RequestValidationError, on_validation_error)
    app.add_exception_handler(HTTPException, on_http_error)
    app.add_exception_handler(DBAPIError, on_database_error)
    app.add_exception_handler(PoolTimeout, on_database_error)
    app.add_exception_handler(Exception, on_unexpected)
