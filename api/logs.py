"""Logs: one JSON object a line, without query strings, bodies, values of rows or texts of database errors."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO

import structlog

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

_FRAMES = 30
ACCESS = "nongbao.access"
_ENCODE = json.JSONEncoder(ensure_ascii=False).encode
_access: TextIO | None = None
"""Where the access log goes; nowhere until `configure` has said so."""


def _trace_without_values(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Replace an exception by its kind and its frames: the message of a database error holds values of the row."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
        event["error"] = type(error).__name__
        event["frames"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return event


def write_access(**facts: Any) -> None:
    """Log one answered request. It happens to every one, so it goes around records, handlers and processors."""
    if _access is not None:
        moment = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        line = {**facts, "event": "request", "level": "info", "logger": ACCESS, "timestamp": moment}
        _access.write(_ENCODE(line) + "\n")


_SHARED: list[Any] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _trace_without_values,
]


def prepare() -> None:
    """Hand structured events to the standard library's loggers, whose handlers belong to whoever runs the program."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def configure(level: int = logging.INFO) -> None:
    """Send the logs of the service and of its server to standard error, as JSON lines. Called once, by `serve`."""
    global _access  # noqa: PLW0603 (set once, when the process begins to serve)
    prepare()
    _access = sys.stderr if level <= logging.INFO else None
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
