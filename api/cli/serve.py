"""`nongbao serve`: the API and the page, with the embedded PostgreSQL where no other is named."""

from __future__ import annotations

import json
import signal
import socket
import sys
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
import uvicorn

from api.cli import worker
from api.cli.common import JsonOption
from api.errors import DomainError

if TYPE_CHECKING:
    from types import FrameType

    from fastapi import FastAPI

    from api.service import Service

GRACE_SECONDS: Final = 30
_ENDING: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class PortTaken(DomainError):
    """Somebody else listens there already, or we may not."""

    code = "port-taken"
    title = "监听端口不可用"


class _Server(uvicorn.Server):
    """Says on /readyz that it stops before it stops, so that a balancer sends nothing more."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Note the end and begin it."""
        self._app.state.is_stopping = True
        super().handle_exit(sig, frame)


def serve(
    host: Annotated[str | None, typer.Option(help="监听地址，默认 NONGBAO_HOST")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="监听端口，默认 NONGBAO_PORT")] = None,
    as_json: JsonOption = False,
) -> None:
    """启动服务：接口与网页。Ctrl-C 停止，本命令启动的内置数据库一并停止。"""
    from api import logs
    from api.service import open_service
    from api.settings import get_settings

    logs.configure()
    settings = get_settings()
    stop_on_signals()
    service = None
    try:
        listener = listen(host or settings.host, settings.port if port is None else port)
        service = open_service(settings)
        run_server(service, listener, as_json=as_json)
    except KeyboardInterrupt:
        print("已停止。", file=sys.stderr)
    finally:
        close_quietly(service)


def stop_on_signals() -> None:
    """Turn the signals that end a program into KeyboardInterrupt, so that what we started is stopped as well."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in _ENDING:
        signal.signal(number, interrupt)


def close_quietly(service: Service | None) -> None:
    """Close the service; an impatient second Ctrl-C must not leave its database running."""
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)
    if service is not None:
        service.close()


def listen(host: str, port: int) -> socket.socket:
    """Take the port before anything slow is started. Raises `PortTaken`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as refused:
        raise PortTaken(f"无法监听 {host}:{port}({refused.strerror})。请用 NONGBAO_PORT 换一个端口。") from refused


def run_server(service: Service, listener: socket.socket, *, as_json: bool = False) -> None:
    """Serve until a signal comes; requests under way get 30 seconds. Ends with KeyboardInterrupt."""
    from api.main import create_app

    app = create_app(service)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        limit_concurrency=None,
    )
    name = listener.getsockname()
    address: dict[str, Any] = {"url": f"http://{name[0]}:{name[1]}", "docs": f"http://{name[0]}:{name[1]}/docs"}
    print(json.dumps(address) if as_json else f"服务已启动: {address['url']}", flush=True)
    with worker.beside(service):
        _Server(config, app).run(sockets=[listener])
