"""Two persons who change the law, on a database's own session, and how a draft is written shortly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from api.services import parameter_impacts, policy_parameters
from api.services.parameter_impacts import Asked, Impact
from api.services.policy_parameters import Draft
from api.vocabulary import Decision, RoleName
from tests import factories

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from api.database import Actor, Database
    from api.models import PolicyParameterChange


@dataclass
class Lawmakers:
    """A county's clerk and reviewer."""

    session: Session
    database: Database
    clerk: Actor
    reviewer: Actor

    @classmethod
    def of(cls, session: Session, database: Database) -> Lawmakers:
        """Two persons of the county."""
        return cls(
            session,
            database,
            factories.make_actor(session, RoleName.COUNTY_CLERK),
            factories.make_actor(session, RoleName.COUNTY_REVIEWER),
        )

    def propose(self, wish: Draft) -> PolicyParameterChange:
        """Propose."""
        return policy_parameters.propose(self.session, self.database, actor=self.clerk, draft=wish)

    def approve(self, change: PolicyParameterChange) -> PolicyParameterChange:
        """Approve what was proposed."""
        return policy_parameters.decide(
            self.session, self.database, actor=self.reviewer, change_id=change.id, version=change.version,
            decision=Decision.APPROVE, opinion=None,
        )  # fmt: skip

    def enact(self, wish: Draft) -> PolicyParameterChange:
        """Propose and approve."""
        return self.approve(self.propose(wish))

    def assess(self, wish: Draft, *, today: date, **asked: Any) -> Impact:
        """Try out, for the county unless another unit is named."""
        where = Asked(**({"division_code": factories.COUNTY} | asked))
        return parameter_impacts.assess(
            self.session, self.database, actor=self.clerk, draft=wish, asked=where, today=today
        )


def draft(code: str, value: Any, valid_from: date, **changes: Any) -> Draft:
    """A county's draft."""
    facts: dict[str, Any] = {
        "division_code": factories.COUNTY,
        "valid_to": None,
        "paid_from": None,
        "document": "开人社〔2011〕1号",
        "article": "二",
        "reason": "测试",
    }
    return Draft(code=code, value=value, valid_from=valid_from, **(facts | changes))


def bands(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    """Subsidy bands as they are written."""
    return [{"from_tier": tier, "subsidy": subsidy} for tier, subsidy in pairs]
