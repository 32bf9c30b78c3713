"""The public calculator: the law's own functions, nothing stored, nobody known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.policy.calculations import CalculationResult, calculate_account

if TYPE_CHECKING:
    from api.policy.calculations import CalculationRequest


def calculate(request: CalculationRequest) -> CalculationResult:
    """Compute a whole account by the functions that posting uses. Raises `CalculationRefused`, `ParametersUnknown`."""
    return calculate_account(request)
