"""One uvicorn worker in a process of its own, on a loopback port that the system chooses: the service, or a bare hello.

`python -m bench.served hello` or `python -m bench.served service URL`; prints the port and serves until it is stopped.
"""

from __future__ import annotations

import sys
from datetime import date
from typing import TYPE_CHECKING

import uvicorn
from fastapi import FastAPI

from api import logs
from api.cli.serve import listen
from api.database import Database
from api.dependencies import Service
from api.main import create_app
from api.settings import Settings
from bench import world

if TYPE_CHECKING:
    from starlette.types import ASGIApp

TODAY = date(2011, 3, 31)


def hello_app() -> FastAPI:
    """The least that the framework does: one synchronous endpoint, no database, no middleware."""
    app = FastAPI()

    @app.get("/hello")
    def hello() -> dict[str, str]:
        return {"hello": "world"}

    return app


def service_app(url: str) -> FastAPI:
    """The whole service: sign-in, scope, audit, walls, as `nongbao serve` gives it."""
    settings = Settings(_env_file=None)
    database = Database(url, pool_size=settings.pool_size)
    return create_app(Service(settings=settings, database=database, keyring=world.KEYRING, business_date=TODAY))


def main() -> None:
    """Serve, logging every request as `nongbao serve` does."""
    logs.configure()
    app: ASGIApp = hello_app() if sys.argv[1] == "hello" else service_app(sys.argv[2])
    listener = listen("127.0.0.1", 0)
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    config = uvicorn.Config(app, log_config=None, access_log=False, server_header=False)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
