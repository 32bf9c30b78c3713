"""Whom to sign in as in a demonstration; elsewhere the route does not exist for anybody."""

from api.dependencies import ServiceDep, requires
from api.errors import NotFound
from api.permissions import Permission
from api.routes import Router
from api.schemas.demo_users import DemoUser, DemoUsers
from api.services import installation
from api.settings import Mode

router = Router(prefix="/demo-users", tags=["sessions"])


@router.get("", name="list_demo_users", dependencies=[requires(Permission.PUBLIC)])
def list_demo_users(service: ServiceDep) -> DemoUsers:
    """List the demonstration's users with their passwords."""
    users = installation.demo_users(service.database) if service.settings.mode is Mode.DEMO else []
    if not users:
        raise NotFound
    return DemoUsers(items=[DemoUser.model_validate(user) for user in users])
