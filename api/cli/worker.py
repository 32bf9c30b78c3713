"""`nongbao worker`: does the jobs that requests leave behind; and the worker that `nongbao serve` takes along.

A worker that the server has started ends with it, however that ends: it reads a pipe whose other end only the server
holds, so that even kill -9 of the server closes it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.cli.common import JsonOption, emit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from api.service import Service

GRACE_SECONDS: Final = 10
_SLOWEST_RESTART: Final = 30.0
_CLEANING_SECONDS: Final = 3600.0
_SEALING_SECONDS: Final = 60.0


def worker(
    once: Annotated[bool, typer.Option("--once", help="做完现有的任务即退出")] = False,
    supervised: Annotated[bool, typer.Option("--supervised", hidden=True)] = False,
    as_json: JsonOption = False,
) -> None:
    """处理后台任务：大文件导入等。可同时运行多个；Ctrl-C 或 SIGTERM 停止，未完成的任务由下一个接续。"""
    from api import logs
    from api.service import open_service
    from api.services import import_parts, workers
    from api.settings import get_settings

    logs.configure()
    stopping = threading.Event()
    _stop_on_signals(stopping)
    if supervised:
        threading.Thread(target=_end_with_parent, args=(stopping,), daemon=True).start()
    settings = get_settings()
    with open_service(settings) as service:
        if once:
            count = 0
            while workers.run_next(
                service.database, service.keyring, stopping=stopping, lease_seconds=settings.job_lease_seconds
            ):
                count += 1
            emit({"jobs": count}, as_json=as_json, text=f"已处理 {count} 个任务。")
            return
        threading.Thread(target=_clean_now_and_then, args=(service, stopping, import_parts.clean), daemon=True).start()
        threading.Thread(target=_seal_every_minute, args=(service, stopping), daemon=True).start()
        emit({"worker": os.getpid()}, as_json=as_json, text="后台任务进程已启动。")
        sys.stdout.flush()
        workers.work(service.database, service.keyring, stopping=stopping, lease_seconds=settings.job_lease_seconds)


def _stop_on_signals(stopping: threading.Event) -> None:
    """Let the piece under way be finished; a second signal ends at once, which the next worker makes good."""

    def stop(number: int, _frame: FrameType | None) -> None:
        if stopping.is_set():
            os._exit(128 + number)
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, stop)


def _end_with_parent(stopping: threading.Event) -> None:
    """Stop when the pipe on standard input closes: the server is gone. It gets its grace and no more."""
    with contextlib.suppress(OSError, ValueError):
        while os.read(0, 1024):
            pass
    stopping.set()
    time.sleep(GRACE_SECONDS)
    os._exit(1)


def _clean_now_and_then(service: Service, stopping: threading.Event, clean: object) -> None:
    """Overwrite the stored files whose time is over, at the start and once an hour."""
    import structlog

    log = structlog.stdlib.get_logger("nongbao.worker")
    while True:
        try:
            count = clean(service.database, days=service.settings.import_keep_days)  # type: ignore[operator]
            if count:
                log.info("stored files cleaned up", imports=count)
        except Exception as fault:  # noqa: BLE001 (it comes again in an hour)
            log.warning("clean-up broke off", error=type(fault).__name__)
        if stopping.wait(_CLEANING_SECONDS):
            return


def _seal_every_minute(service: Service, stopping: threading.Event) -> None:
    """Bind what was booked into the chain of seals; several workers take turns, since each seals what is open."""
    import structlog

    from api.services import ledger_seals

    log = structlog.stdlib.get_logger("nongbao.worker")
    while not stopping.wait(_SEALING_SECONDS):
        try:
            for done in ledger_seals.seal_all(service.database):
                log.info("ledger sealed", county=done.county_code, seal=ledger_seals.code_of(done))
        except Exception as fault:  # noqa: BLE001 (it comes again in a minute)
            log.warning("sealing broke off", error=type(fault).__name__)


@contextlib.contextmanager
def beside(service: Service) -> Iterator[None]:
    """Keep the settings' number of workers running while a block serves; they end with it."""
    ending = threading.Event()
    threads = [
        threading.Thread(target=_supervise, args=(service, ending), name=f"worker-{number}", daemon=True)
        for number in range(service.settings.workers)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ending.set()
        for thread in threads:
            thread.join(GRACE_SECONDS + 2)


def _supervise(service: Service, ending: threading.Event) -> None:
    """Start a worker, and another one when it dies, ever more slowly when it dies soon."""
    pause = 1.0
    while not ending.is_set():
        started = time.monotonic()
        child = _start(service)
        while child.poll() is None and not ending.wait(0.2):
            pass
        if ending.is_set():
            _stop(child)
            return
        pause = 1.0 if time.monotonic() - started > _SLOWEST_RESTART else min(pause * 2, _SLOWEST_RESTART)
        ending.wait(pause)


def _start(service: Service) -> subprocess.Popen[bytes]:
    """Start a worker on the same database and keys; it must neither start nor stop the embedded server."""
    environment = os.environ | {
        "NONGBAO_DATABASE_URL": service.database.url,
        "NONGBAO_DATA_DIR": str(service.settings.data_dir.resolve()),
        "NONGBAO_KEYS_DIR": str(service.settings.keys_path.resolve()),
        "NONGBAO_POOL_SIZE": "4",
    }
    if service.business_date is not None:
        environment["NONGBAO_BUSINESS_DATE"] = service.business_date.isoformat()
    return subprocess.Popen(
        [sys.executable, "-m", "api.cli", "worker", "--supervised"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env=environment,
        # A Ctrl-C in the terminal is the server's to pass on, once and in order.
        start_new_session=True,
    )


def _stop(child: subprocess.Popen[bytes]) -> None:
    """Close the pipe, wait, and kill what does not end: the job is taken up again in any case."""
    if child.stdin is not None:
        child.stdin.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(GRACE_SECONDS)
        return
    child.kill()
    child.wait()
