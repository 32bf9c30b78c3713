"""What runs in a process of its own: the service's work, timed from within, reported as one JSON line.

`python -m bench.tasks NAME JSON`; the result carries the peak memory of this process and of its database backends.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg

from api.database import Actor, Database
from api.permissions import ROLE_PERMISSIONS
from api.services import verification
from api.vocabulary import RoleName
from bench import measure, world

if TYPE_CHECKING:
    from collections.abc import Callable

ACTORS = {
    "clerk": (world.MAKER, RoleName.COUNTY_CLERK),
    "reviewer": (world.CHECKER, RoleName.COUNTY_REVIEWER),
    "finance": (world.FINANCE, RoleName.FINANCE),
}


def actor(name: str) -> Actor:
    """One of the three persons of the county."""
    user_id, role = ACTORS[name]
    return Actor(
        user_id=user_id, username=name, display_name=name, role=role.value, division_code=world.COUNTY_DIVISION,
        permissions=ROLE_PERMISSIONS[role], second_factor=True,
    )  # fmt: skip


def of_county(person: Actor, county: int) -> Actor:
    """The same person in another county: one without people, to compile statements and read parameters with."""
    return replace(person, division_code=county * 1_000_000)


def verify(database: Database) -> dict[str, Any]:
    """Hold the books against every rule of `nongbao verify`: fast work that leaves false books is worth nothing."""
    report = verification.verify(database)
    broken = [check.name for check in report.checks if not check.ok]
    if broken:
        raise SystemExit(f"bench: the books do not hold: {', '.join(broken)}")
    return {"checks": len(report.checks)}


def main() -> None:
    """Run one task."""
    from bench import collection, import_jobs, imports, interest, monthly

    tasks: dict[str, Callable[..., dict[str, Any]]] = {
        "month": monthly.run_month,
        "collection": collection.run_collection,
        "interest": interest.run_interest,
        "interest-beside": interest.run_beside,
        "seal": interest.run_seal,
        "import": imports.run_import,
        "import-job": import_jobs.run_import_job,
        "verify": verify,
    }
    name, arguments = sys.argv[1], json.loads(sys.argv[2])
    database = Database(arguments.pop("url"), pool_size=4)
    dsn = arguments.pop("dsn")
    answer = tasks[name](database, **arguments)
    with psycopg.connect(dsn) as connection:
        backend = measure.backend_peak_mib(connection, connection.info.dbname)
    answer["client_mib"] = measure.process_peak_mib()
    answer["backend_mib"] = backend
    database.dispose()
    sys.stdout.write(json.dumps(answer, default=str) + "\n")


if __name__ == "__main__":
    main()
