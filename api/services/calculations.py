"""The public calculator: the law's own functions, nothing stored, nobody known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.database import system_actor
from api.policy.calculations import CalculationResult, calculate_account
from api.services.laws import book_of

if TYPE_CHECKING:
    from api.database import Database
    from api.policy.calculations import CalculationRequest


def calculate(
    request: CalculationRequest, *, database: Database | None = None, division_code: int | None = None
) -> CalculationResult:
    """Compute a whole account by the functions that posting uses, with the law of a division or of the statutes.

    Raises `CalculationRefused`, `ParametersUnknown`, `InterestRateUnknown`.
    """
    if database is None or division_code is None:
        return calculate_account(request)
    place = division_code
    with database.read_snapshot(system_actor(place)) as session:
        book = book_of(session)
    return calculate_account(request, law_for=lambda day: book.on(place, day))
