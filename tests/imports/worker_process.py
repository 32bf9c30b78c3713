"""A worker in a process of its own, on a test's database: `python -m tests.imports.worker_process URL ROWS`."""

from __future__ import annotations

import sys
import threading
from functools import partial

from api.database import Database
from api.services import import_runs, workers
from tests import factories


def main() -> None:
    """Do jobs until killed; say when it begins."""
    url, rows = sys.argv[1:]
    workers.RUNNERS["import"] = partial(import_runs.run, chunk_rows=int(rows))
    database = Database(url, pool_size=4)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    workers.work(database, factories.KEYRING, stopping=threading.Event(), lease_seconds=1, idle_seconds=0.05)


if __name__ == "__main__":
    main()
