"""Health, readiness and counters for those who watch the service. They tell nothing of people."""

from fastapi import Request, Response

from api.dependencies import ServiceDep, requires
from api.metrics import MEDIA_TYPE
from api.permissions import Permission
from api.routes import Router
from api.schemas.health import Health, Readiness
from api.services import readiness

router = Router(at_root=True, tags=["health"])


@router.get("/healthz", name="read_health", dependencies=[requires(Permission.PUBLIC)])
async def read_health() -> Health:
    """Say that the process is alive."""
    return Health(status="ok")


@router.get("/readyz", name="read_readiness", dependencies=[requires(Permission.PUBLIC)])
def read_readiness(request: Request, response: Response, service: ServiceDep) -> Readiness:
    """Say whether requests can be served; 503 when not, or when the process is stopping."""
    found = readiness.checks(service.database, heads=request.app.state.schema_heads, data_dir=service.settings.data_dir)
    found["accepting"] = not request.app.state.is_stopping
    if not all(found.values()):
        response.status_code = 503
    return Readiness(ready=all(found.values()), checks=found)


@router.get("/metrics", name="read_metrics", dependencies=[requires(Permission.PUBLIC)], response_class=Response)
def read_metrics(request: Request, service: ServiceDep) -> Response:
    """Return the counters in Prometheus' text form."""
    return Response(request.app.state.metrics.render(service.database), media_type=MEDIA_TYPE)
