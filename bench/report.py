"""The table that people read and the file that programs read."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from bench.measure import Result, exponent

if TYPE_CHECKING:
    from collections.abc import Sequence

RESULTS = Path(__file__).parent / "results"
GROWTH_TARGET = 1.05
GROWING = (
    *("import", "interest computed and posted", "interest posted", "monthly run", "whole month"),
    *("collection computed", "collection posted"),
)


def growth(results: Sequence[Result]) -> dict[str, tuple[float, list[int]]]:
    """Exponents of the runs that were measured at two sizes or more: 1.0 is twice the time for twice the people."""
    found = {}
    for name in GROWING:
        measured = [result for result in results if result.name == name]
        slope = exponent(measured)
        if slope is not None:
            found[name] = (slope, [result.size for result in measured])
    return found


def show(results: Sequence[Result]) -> None:
    """Print the table, ratios first."""
    # A pipe has no width of its own; a table that is cut says nothing.
    console = Console(width=None if sys.stdout.isatty() else 120)
    table = Table(title="nongbao bench: share of the floor (1.00 = as fast as the floor)", title_justify="left")
    for name in ("", "measured", "people", "ratio", "target", "rows/s", "seconds", "MiB", "backend"):
        table.add_column(name, justify="left" if name in {"", "measured"} else "right", no_wrap=True)
    for result in results:
        table.add_row(
            _mark(result.is_met), result.name, _size(result.size), f"{result.ratio:.2f}",
            "" if result.target is None else f"≥ {result.target:.2f}", f"{_rate(result):,.0f}", _seconds(result.seconds),
            f"{result.client_mib:,.0f}", f"{result.backend_mib:,.0f}",
        )  # fmt: skip
    console.print(table)
    floors = {result.name: result.floor_is for result in results}
    console.print("\n".join(f"[dim]{name} / {floor}[/]" for name, floor in floors.items()), highlight=False)
    slopes = growth(results)
    if slopes:
        grown = Table(title="growth: time ~ residents ^ exponent", title_justify="left")
        for name in ("", "measured", "exponent", "target", "sizes"):
            grown.add_column(name)
        for name, (slope, sizes) in slopes.items():
            met = slope <= GROWTH_TARGET
            grown.add_row(_mark(met), name, f"{slope:.2f}", f"≤ {GROWTH_TARGET}", ", ".join(map(_size, sizes)))
        console.print(grown)


def _size(residents: int) -> str:
    """10,000 as 10k, 1,000,000 as 1M."""
    for unit, name in ((1_000_000, "M"), (1_000, "k")):
        if residents % unit == 0:
            return f"{residents // unit}{name}"
    return f"{residents:,}"


def _rate(result: Result) -> float:
    """Rows per second; a request is its own row."""
    return 1 / result.seconds if result.name.startswith(("GET", "POST")) else result.rows / result.seconds


def _seconds(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms" if seconds < 0.01 else f"{seconds:.3f}"


def _mark(is_met: bool | None) -> str:
    if is_met is None:
        return ""
    return "[green]met[/]" if is_met else "[red]missed[/]"


def keep(results: Sequence[Result], facts: dict[str, Any]) -> Path:
    """Write everything to a file of its own in bench/results; return its path."""
    now = datetime.now(UTC)
    slopes = {
        name: {"exponent": round(slope, 4), "target": GROWTH_TARGET, "met": slope <= GROWTH_TARGET, "sizes": sizes}
        for name, (slope, sizes) in growth(results).items()
    }
    document = {
        "measured_at": now.isoformat(timespec="seconds"),
        **facts,
        "results": [result.as_json() for result in results],
        "growth": slopes,
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{now:%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1, default=str) + "\n", encoding="utf-8")
    return path
