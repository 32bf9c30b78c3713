"""Puts the service together: settings, routers, error handlers, middleware. There is no logic here."""

from __future__ import annotations

import gc
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, cast

import anyio.to_thread
from fastapi import FastAPI

from api import logs, migrations, openapi, problems
from api.frontend import Frontend
from api.metrics import Metrics
from api.middleware import BodyLimits, Edge
from api.routers import (
    account_openings,
    accounts,
    attachments,
    audit_events,
    backdated_contributions,
    bank_statements,
    benefits,
    calculations,
    cancellations,
    change_requests,
    clients,
    collection_batches,
    collection_findings,
    collectors,
    contributions,
    delegations,
    demo_users,
    department_lists,
    divisions,
    docs,
    duplicates,
    enrolments,
    fund,
    fund_periods,
    fund_reports,
    fund_transfers,
    government_paid_runs,
    health,
    households,
    imports,
    interest_runs,
    jobs,
    land_projects,
    ledger_seals,
    oauth,
    participation_register,
    payer_lists,
    payment_runs,
    policy_parameters,
    receipt_blocks,
    receipt_checks,
    receipt_voids,
    receipts,
    recoveries,
    remittances,
    reports,
    resident_documents,
    resident_facts,
    resident_history,
    residents,
    sessions,
    settlements,
    subsidy_claims,
    subsidy_receipts,
    unpaid_contributions,
    users,
    work_items,
    year_proofs,
)
from api.routes import Resources, Route
from api.service import open_service
from api.settings import get_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import APIRouter

    from api.service import Service

RESOURCES: Final[list[APIRouter]] = [
    sessions.router,
    oauth.router,
    demo_users.router,
    divisions.router,
    residents.router,
    attachments.router,
    resident_documents.router,
    duplicates.router,
    resident_history.router,
    households.router,
    enrolments.router,
    change_requests.router,
    work_items.router,
    delegations.router,
    imports.router,
    department_lists.router,
    jobs.router,
    users.router,
    clients.router,
    audit_events.router,
    contributions.router,
    receipt_blocks.router,
    receipt_voids.router,
    receipt_checks.router,
    backdated_contributions.router,
    receipts.router,
    collectors.router,
    unpaid_contributions.router,
    payer_lists.router,
    government_paid_runs.router,
    remittances.router,
    accounts.router,
    interest_runs.router,
    ledger_seals.router,
    year_proofs.router,
    calculations.router,
    policy_parameters.router,
    benefits.router,
    payment_runs.router,
    collection_batches.router,
    collection_findings.router,
    account_openings.router,
    cancellations.router,
    settlements.router,
    recoveries.router,
    subsidy_claims.router,
    subsidy_receipts.router,
    reports.router,
    fund.router,
    fund_periods.router,
    fund_reports.router,
    fund_transfers.router,
    bank_statements.router,
    land_projects.router,
    resident_facts.router,
    participation_register.router,
]
ROOT: Final[list[APIRouter]] = [health.router, docs.router]
ROUTES: Final = cast("list[Route]", [route for router in [*RESOURCES, *ROOT] for route in router.routes])


def create_app(service: Service | None = None) -> FastAPI:
    """Return the application; without a service it opens its own when it starts, and closes it when it stops.

    Raises `RouteWithoutPermission` when a route does not say who may use it.
    """
    logs.prepare()
    settings = service.settings if service is not None else get_settings()
    app = FastAPI(
        title="农保 Nongbao",
        version=openapi.program_version(),
        description="新型农村社会养老保险经办服务。金额为以元为单位的十进制字符串，错误一律为 application/problem+json。",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.service = service
    app.state.metrics = Metrics()
    app.state.is_stopping = False
    app.state.schema_heads = frozenset(migrations.heads())
    app.router.routes.append(Resources(ROUTES))
    app.router.default = Frontend(settings.frontend_dir)
    app.openapi = lambda: openapi.describe(app, ROUTES)  # type: ignore[method-assign]
    problems.install(app)
    app.add_middleware(BodyLimits, settings=settings)
    app.add_middleware(Edge, settings=settings, metrics=app.state.metrics)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open what is not open yet; give the threads and the garbage collector the numbers that were measured."""
    owned = None
    app.state.is_stopping = False
    if app.state.service is None:
        owned = app.state.service = await anyio.to_thread.run_sync(open_service)
    # More worker threads than connections would wait for each other.
    anyio.to_thread.current_default_thread_limiter().total_tokens = app.state.service.database.pool_size
    # A full collection stalls every request for 50 ms; what exists now lives as long as the process.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    try:
        yield
    finally:
        app.state.is_stopping = True
        if owned is not None:
            await anyio.to_thread.run_sync(owned.close)
