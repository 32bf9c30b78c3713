"""Policy parameters as the API shows them: each value with its period and its legal basis."""

from datetime import date
from typing import Any, Self

from api.policy.parameters import DatedParameter, Evidence
from api.schemas.base import Schema


class PolicyParameterRead(Schema):
    """One value of one parameter for one period. Money and percentages are strings."""

    code: str
    label: str
    kind: str
    value: Any
    valid_from: date
    valid_to: date | None
    document: str
    article: str
    evidence: Evidence
    note: str
    paid_from: date | None

    @classmethod
    def of(cls, parameter: DatedParameter) -> Self:
        """Show a dated value."""
        return cls(
            code=parameter.code,
            label=parameter.label,
            kind=parameter.kind,
            value=parameter.value,
            valid_from=parameter.valid_from,
            valid_to=parameter.valid_to,
            document=parameter.document,
            article=parameter.article,
            evidence=parameter.evidence,
            note=parameter.note,
            paid_from=parameter.paid_from,
        )
