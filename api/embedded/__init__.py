"""The embedded PostgreSQL: one call gives a running server on a machine that has none. It never listens on a network."""

from api.embedded.errors import EmbeddedServerError
from api.embedded.server import EmbeddedServer, EmbeddedStatus, discard, ensure_started, status, stop

__all__ = ["EmbeddedServer", "EmbeddedServerError", "EmbeddedStatus", "discard", "ensure_started", "status", "stop"]
