"""Divisions over HTTP: the units below one's own."""

from typing import Annotated

from fastapi import Query

from api.dependencies import PageDep, ReadSessionDep, requires
from api.permissions import Permission
from api.routes import Router
from api.schemas.base import DivisionIn, Page
from api.schemas.divisions import DivisionRead
from api.services import divisions

router = Router(prefix="/divisions", tags=["divisions"])


@router.get("", name="list_divisions", dependencies=[requires(Permission.DIVISION_READ)])
def list_divisions(
    session: ReadSessionDep, page: PageDep, parent: Annotated[DivisionIn | None, Query()] = None
) -> Page[DivisionRead]:
    """List the units that stand directly below `parent` (default: the actor's own unit and those above it)."""
    rows, after = divisions.list_units(session, parent_code=parent, limit=page.limit, after=page.after)
    return Page(items=[DivisionRead.of(row) for row in rows], next=after)


@router.get("/{code}", name="read_division", dependencies=[requires(Permission.DIVISION_READ)])
def read_division(session: ReadSessionDep, code: DivisionIn) -> DivisionRead:
    """Read one unit."""
    return DivisionRead.of(divisions.get(session, code))
