"""The public calculator over HTTP: no sign-in, nothing stored."""

from api.dependencies import ServiceDep, requires
from api.permissions import Permission
from api.routes import Router
from api.schemas.calculations import AccountCalculated, AccountCalculation
from api.services import calculations

router = Router(prefix="/calculations", tags=["calculations"])


@router.post("/account", name="calculate_account", dependencies=[requires(Permission.PUBLIC)])
def calculate_account(service: ServiceDep, body: AccountCalculation) -> AccountCalculated:
    """Compute interest, settlement and pensions of an account, by the code that posts."""
    return AccountCalculated.of(
        calculations.calculate(body.request(), database=service.database, division_code=body.division)
    )
