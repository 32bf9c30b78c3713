"""Policy parameters over HTTP: every dated value with document and article."""

from typing import Annotated

from fastapi import Query

from api.dependencies import PageDep, requires
from api.permissions import Permission
from api.routes import Router
from api.schemas.base import DayIn, Page
from api.schemas.policy_parameters import PolicyParameterRead
from api.services import policy_parameters

router = Router(prefix="/policy-parameters", tags=["policy-parameters"])


@router.get("", name="list_policy_parameters", dependencies=[requires(Permission.PARAMETER_READ)])
def list_policy_parameters(
    page: PageDep,
    code: Annotated[str | None, Query(max_length=60, pattern="^[a-z0-9_]+$")] = None,
    on: Annotated[DayIn | None, Query()] = None,
) -> Page[PolicyParameterRead]:
    """List dated values by code and first day, of one `code` or in force `on` one day."""
    rows, after = policy_parameters.list_parameters(code=code, on=on, limit=page.limit, after=page.after)
    return Page(items=[PolicyParameterRead.of(row) for row in rows], next=after)
