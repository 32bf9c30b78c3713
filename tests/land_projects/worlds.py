"""A village with land to be taken, and the offices that answer for the list."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from api.services import land_entries, land_projects
from api.services.land_projects import LandRuling
from api.vocabulary import Decision, LandStep, RoleName
from tests import factories

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from api.database import Actor
    from api.models import LandProject

FACTS: dict[str, Any] = {
    "name": "东环路扩建",
    "approval_number": "粤国土资〔2011〕12号",
    "land_approved_on": date(2011, 1, 10),
    "area_mu_hundredths": 1250,
    "sum_fen": 1_800_000,
    "meeting_on": date(2011, 1, 20),
    "resolution": "村民会议通过：以户籍在册为准，每人一万八千元",
}
LISTED_ON = date(2011, 3, 1)
CHECKED_ON = date(2011, 3, 9)


@dataclass
class LandOffice:
    """One person for each step."""

    village: Actor
    town: Actor
    county: Actor
    today: date = LISTED_ON
    facts: dict[str, Any] = field(default_factory=lambda: dict(FACTS))

    @classmethod
    def of(cls, session: Session, *, village: int = factories.VILLAGE) -> LandOffice:
        """New people for a village and what stands above it."""
        town, county = village // 1000 * 1000, village // 1_000_000 * 1_000_000
        return cls(
            village=factories.make_actor(session, RoleName.VILLAGE_ASSISTANT, division=village),
            town=factories.make_actor(session, RoleName.TOWN_REVIEWER, division=town),
            county=factories.make_actor(session, RoleName.COUNTY_REVIEWER, division=county),
        )

    def draft(self, session: Session, people: list, **facts: Any) -> LandProject:
        """A draft with these people on its list."""
        project = land_projects.create(
            session, actor=self.village, division_code=self.village.division_code, facts=self.facts | facts,
            today=self.today,
        )  # fmt: skip
        if people:
            self.put(session, project, people)
        return project

    def put(self, session: Session, project: LandProject, people: list, sum_fen: int | None = None) -> None:
        """Put people on the list."""
        land_entries.put_persons(
            session, actor=self.village, project_id=project.id, version=project.version,
            resident_ids=[one.id for one in people], sum_fen=sum_fen,
        )  # fmt: skip

    def step(
        self, session: Session, project: LandProject, step: LandStep, *, actor: Actor | None = None,
        decision: Decision = Decision.APPROVE, opinion: str | None = None, on: date | None = None,
    ) -> LandProject:  # fmt: skip
        """Take a step as the one whose it is."""
        whose = {LandStep.TOWN_CHECK: self.town, LandStep.COUNTY_APPROVAL: self.county}
        day = on or (LISTED_ON if step in {LandStep.LIST, LandStep.PUBLISH} else CHECKED_ON)
        ruling = LandRuling(step, decision, opinion, day)
        return land_projects.decide(
            session, actor=actor or whose.get(step, self.village), project_id=project.id, version=project.version,
            ruling=ruling,
        )  # fmt: skip

    def approved(self, session: Session, people: list, **facts: Any) -> LandProject:
        """A project through all steps."""
        project = self.draft(session, people, **facts)
        for step in LandStep:
            self.step(session, project, step)
        return project
