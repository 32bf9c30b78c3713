"""Logs: one JSON object a line, without query strings, bodies, values of rows or texts of database errors."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

_FRAMES = 30
ACCESS = logging.getLogger("nongbao.access")


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
    """Log one answered request. It happens to every one, so it goes without the chain of processors."""
    if ACCESS.isEnabledFor(logging.INFO):
        moment = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        line = {**facts, "event": "request", "level": "info", "logger": ACCESS.name, "timestamp": moment}
        ACCESS.handle(ACCESS.makeRecord(ACCESS.name, logging.INFO, "", 0, line, (), None))


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Writes the lines of the access log as they are, and everything else by the processors."""

    def format(self, record: logging.LogRecord) -> str:
        if record.name == ACCESS.name and isinstance(record.msg, dict) and "timestamp" in record.msg:
            return json.dumps(record.msg, ensure_ascii=False)
        return super().format(record)


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
    prepare()
    formatter = _Formatter(
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
