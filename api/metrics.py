"""Counters for Prometheus. Labels are operation names, never paths: a path holds the ids of people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

if TYPE_CHECKING:
    from api.database import Database

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """The counters of one application; a registry of its own, so that two applications in a process do not mix."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "nongbao_requests", "Requests answered", ["method", "operation", "status"], registry=self._registry
        )
        self.seconds = Histogram(
            "nongbao_request_seconds", "Time to answer", ["operation"], buckets=_SECONDS, registry=self._registry
        )
        self.in_flight = Gauge("nongbao_requests_in_flight", "Requests being answered", registry=self._registry)
        self.refused_busy = Counter(
            "nongbao_requests_refused_busy", "Requests refused because too many waited", registry=self._registry
        )
        self._counters: dict[tuple[str, str, int], Counter] = {}
        self._clocks: dict[str, Histogram] = {}
        self._connections = Gauge(
            "nongbao_database_connections_in_use", "Connections taken out of the pool", registry=self._registry
        )

    def count(self, method: str, operation: str, status: int, seconds: float) -> None:
        """Count one answered request. The few series are kept at hand: looking one up costs more than counting."""
        counter = self._counters.get((method, operation, status))
        if counter is None:
            counter = self._counters[method, operation, status] = self.requests.labels(method, operation, str(status))
        counter.inc()
        clock = self._clocks.get(operation)
        if clock is None:
            clock = self._clocks[operation] = self.seconds.labels(operation)
        clock.observe(seconds)

    def render(self, database: Database) -> bytes:
        """Return all counters in Prometheus' text form."""
        self._connections.set(database.connections_in_use())
        return generate_latest(self._registry)
