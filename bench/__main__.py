"""`python -m bench`: all measurements, smallest county first; the table on the screen, everything in bench/results."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

from rich.console import Console

from bench import collection, http, import_jobs, imports, interest, machine, monthly, report, search, world

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.machine import Machine
    from bench.measure import Result

KINDS = ("import", "import-job", "interest", "monthly", "collection", "http", "search", "history")
UNITS = {"k": 1_000, "m": 1_000_000}
DEFAULT_SIZES = "10k,100k,1M"
ROUNDS = {10_000: 5, 100_000: 3, 1_000_000: 3}


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--sizes", default=DEFAULT_SIZES, type=_sizes, help=f"residents, default {DEFAULT_SIZES}")
    parser.add_argument("--only", default=",".join(KINDS), type=_kinds, help=f"some of {', '.join(KINDS)}")
    parser.add_argument("--rounds", type=int, help="rounds of each measurement; default 5 at 10k and 3 above")
    parser.add_argument("--shared-buffers", metavar="4GB", help="memory of the server; default as shipped")
    return parser.parse_args(arguments)


def _sizes(text: str) -> list[int]:
    sizes = []
    for word in text.lower().split(","):
        unit = UNITS.get(word[-1:], 1)
        sizes.append(int(word.rstrip("km")) * unit)
    if min(sizes) < 1_000:
        message = "at least 1,000 residents"
        raise argparse.ArgumentTypeError(message)
    return sorted(sizes)


def _kinds(text: str) -> list[str]:
    chosen = text.split(",")
    unknown = set(chosen) - set(KINDS)
    if unknown:
        message = f"unknown: {', '.join(sorted(unknown))}"
        raise argparse.ArgumentTypeError(message)
    return chosen


def run(options: argparse.Namespace, server: Machine, results: list[Result]) -> None:
    """Measure what was asked for, adding to `results` as it comes, so that an interrupted run still has a table."""
    console = Console(stderr=True)
    for size in options.sizes:
        rounds = options.rounds or ROUNDS.get(size, 3)
        started = time.monotonic()
        # At the smallest size the books are held against every rule after each round.
        verifies = size == options.sizes[0]
        if "import" in options.only:
            _note(console, size, "import")
            results += imports.measure(server, size=size, rounds=rounds)
        if {"interest", "monthly", "collection", "http"} & set(options.only) or (
            "search" in options.only and size == options.sizes[-1]
        ):
            _note(console, size, "seeding")
            world.seed(server, machine.EMPTY, "bench_seeded", world.Shape(size))
        if "interest" in options.only:
            _note(console, size, "interest")
            results += interest.measure(server, "bench_seeded", size=size, rounds=rounds, year=2010, verifies=verifies)
            results += interest.beside(server, "bench_seeded", size=size, rounds=min(rounds, 3), year=2010)
        if "http" in options.only:
            _note(console, size, "API")
            results += http.measure(server, "bench_seeded", size=size, rounds=min(rounds, 3))
        # How a search grows is seen in its ratio; the crowd that it must stand is the largest.
        if "search" in options.only and size == options.sizes[-1]:
            _note(console, size, "search")
            results += search.measure(server, "bench_seeded", size=size)
        if "collection" in options.only:
            _note(console, size, "bank deductions")
            results += collection.measure(server, "bench_seeded", size=size, rounds=rounds, verifies=verifies)
        if "monthly" in options.only:
            _note(console, size, "monthly payment")
            monthly.prepare(server, "bench_seeded")
            results += monthly.measure(server, "bench_seeded", size=size, rounds=rounds, verifies=verifies)
        server.drop("bench_seeded")
        console.print(f"[dim]{size:,} residents took {time.monotonic() - started:.0f} s[/]")
    if "import-job" in options.only:
        size = min(import_jobs.SIZE, max(options.sizes))
        _note(console, size, "import as a job, CSV and XLSX")
        results += import_jobs.measure(server, size=size, rounds=options.rounds or 3)
    if "history" in options.only:
        _note(console, options.sizes[-1], "interest with 16 years of history")
        results += interest.history(server, size=options.sizes[-1], rounds=options.rounds or 3)


def _note(console: Console, size: int, what: str) -> None:
    console.print(f"[dim]{size:,} residents: {what}[/]")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, keep; Ctrl-C prints what there is and leaves nothing running."""
    options = parse(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    results: list[Result] = []
    facts: dict[str, Any] = {}
    interrupted = False
    with machine.running(shared_buffers=options.shared_buffers) as server:
        facts = machine.describe(server) | {"seed": world.SEED, "sizes": options.sizes, "only": options.only}
        try:
            run(options, server, results)
        except KeyboardInterrupt:
            interrupted = True
    if results:
        report.show(results)
        path = report.keep(results, facts | {"interrupted": interrupted})
        sys.stdout.write(f"{path.relative_to(report.RESULTS.parent.parent)}\n")
    return 130 if interrupted else 0


if __name__ == "__main__":
    raise SystemExit(main())
