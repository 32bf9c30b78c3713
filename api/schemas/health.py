"""What the health checks answer."""

from api.schemas.base import Schema


class Health(Schema):
    """The process is alive."""

    status: str


class Readiness(Schema):
    """Whether requests can be served, check by check."""

    ready: bool
    checks: dict[str, bool]
