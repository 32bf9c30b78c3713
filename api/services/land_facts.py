"""What the approval of a list makes of its people: they count as land-taken (被征地) from then on.

The one place where a land project touches the roster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.database import Actor, run_sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from api.models import LandProject


def begin_land_taken(session: Session, *, actor: Actor, project: LandProject) -> None:
    """Mark everybody on the approved list, with the fact behind the mark; who was marked before keeps row and fact."""
    for step in ("10_keep_versions", "20_mark_land_taken"):
        run_sql(
            session,
            "land_projects",
            step,
            county_code=project.county_code,
            project_id=project.id,
            replaced_by_id=actor.user_id,
        )
    run_sql(
        session,
        "land_projects",
        "30_begin_facts",
        county_code=project.county_code,
        project_id=project.id,
        recorded_by_id=actor.user_id,
    )
