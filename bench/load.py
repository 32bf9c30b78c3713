"""Bounded load over loopback: some connections, each sending its next request when the last one is answered.

`python -m bench.load JSON` reads a plan (port, seconds, connections with headers and requests) and prints what came back.
Raw sockets and no client library: a client that costs as much as the server would measure itself.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

EXPECTED = {"GET": b"HTTP/1.1 200", "POST": b"HTTP/1.1 201"}


@dataclass(slots=True)
class Connection:
    """One keep-alive connection and the requests that it has left."""

    socket: socket.socket
    head: str
    method: str
    paths: list[str]
    bodies: list[str] | None
    repeats: bool
    place: int = 0
    sent_at: float = 0.0
    buffer: bytes = b""
    latencies: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def send(self) -> bool:
        """Send the next request; False when there is none left."""
        if self.place >= len(self.paths):
            if not self.repeats:
                return False
            self.place = 0
        request = f"{self.method} {self.paths[self.place]} HTTP/1.1\r\n{self.head}"
        if self.bodies is None:
            request += "\r\n"
        else:
            body = self.bodies[self.place]
            request += (
                f"Idempotency-Key: bench-{id(self)}-{time.time_ns()}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
            )
        self.place += 1
        self.buffer = b""
        self.sent_at = time.perf_counter()
        self.socket.sendall(request.encode())
        return True

    def receive(self) -> bool:
        """Take what has arrived; True when the answer is whole."""
        part = self.socket.recv(65536)
        if not part:
            message = "the server closed the connection"
            raise SystemExit(message)
        self.buffer += part
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = self.buffer[:end].lower()
        start = head.find(b"content-length: ") + 16
        length = int(head[start : head.find(b"\r", start) if b"\r" in head[start:] else len(head)])
        if len(self.buffer) < end + 4 + length:
            return False
        self.latencies.append(time.perf_counter() - self.sent_at)
        if not self.buffer.startswith(EXPECTED[self.method]):
            self.failures.append(self.buffer[:600].decode(errors="replace"))
        return True


def run(plan: dict[str, Any]) -> dict[str, Any]:
    """Send until the seconds are over or nothing is left to send."""
    selector = selectors.DefaultSelector()
    connections = []
    for one in plan["connections"]:
        opened = socket.create_connection(("127.0.0.1", plan["port"]))
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        head = f"Host: 127.0.0.1:{plan['port']}\r\n" + "".join(f"{k}: {v}\r\n" for k, v in one["headers"].items())
        connection = Connection(opened, head, plan["method"], one["paths"], one.get("bodies"), plan["repeats"])
        connections.append(connection)
        selector.register(opened, selectors.EVENT_READ, connection)
    start = time.perf_counter()
    end = start + plan["seconds"]
    busy = sum(connection.send() for connection in connections)
    while busy:
        for key, _ in selector.select():
            connection = key.data
            if connection.receive() and (time.perf_counter() >= end or not connection.send()):
                busy -= 1
    seconds = time.perf_counter() - start
    latencies = sorted(one for connection in connections for one in connection.latencies)
    failures = [one for connection in connections for one in connection.failures]
    return {
        "requests": len(latencies),
        "seconds": seconds,
        "p50_ms": round(latencies[len(latencies) // 2] * 1000, 2),
        "p99_ms": round(latencies[len(latencies) * 99 // 100] * 1000, 2),
        "failures": len(failures),
        "first_failure": failures[0] if failures else None,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))) + "\n")
