"""Writes the API's description to frontend/openapi.json, from which the web page's client is generated, and the tables of
operations and problem codes in docs/api.md.
"""

import importlib
import json
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import api
from api.errors import DomainError
from api.main import create_app
from api.problems import CONSTRAINT_PROBLEMS, SQLSTATE_PROBLEMS, STATUS_PROBLEMS

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "frontend" / "openapi.json"
GUIDE = ROOT / "docs" / "api.md"


def main() -> int:
    """Write both files with sorted keys, so that a difference is a change of the API; `--check` only compares."""
    document = create_app().openapi()
    wanted = {
        TARGET: json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n",
        GUIDE: guide(GUIDE.read_text(encoding="utf-8"), document),
    }
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path.relative_to(ROOT)} 与程序不符。请运行 make openapi 并提交。", file=sys.stderr)
        return 1 if stale else 0
    for path in stale:
        path.write_text(wanted[path], encoding="utf-8")
    return 0


def guide(text: str, document: dict[str, Any]) -> str:
    """Return the guide with its two tables renewed."""
    for name, lines in (("operations", operations(document)), ("codes", codes())):
        begin, end = f"<!-- {name}: generated -->\n", "<!-- end -->"
        before, _, rest = text.partition(begin)
        text = before + begin + "\n" + "\n".join(lines) + "\n\n" + end + rest.partition(end)[2]
    return text


def operations(document: dict[str, Any]) -> Iterator[str]:
    """Yield the rows of the table of operations."""
    yield "| operation | permission | headers | what it does |"
    yield "|---|---|---|---|"
    for path, methods in sorted(document["paths"].items()):
        for method, operation in methods.items():
            given = {one["name"] for one in operation.get("parameters", []) if one["in"] == "header"}
            headers = [name for name in ("idempotency-key", "if-match") if name in given]
            told = " ".join(operation.get("description", "").split("\n\n")[0].split())
            permission = operation["x-permission"]
            yield f"| `{method.upper()} {path}` | {permission} | {', '.join(headers)} | {told} |"


def codes() -> Iterator[str]:
    """Yield the rows of the table of problem codes: every refusal that the program can utter."""
    for module in pkgutil.walk_packages(api.__path__, "api."):
        if not module.name.startswith(("api.cli", "api.demo")):
            importlib.import_module(module.name)
    found: dict[tuple[str, int], str] = {}
    for status, code, title in [*SQLSTATE_PROBLEMS.values(), *CONSTRAINT_PROBLEMS.values()]:
        found[code, status] = title.rstrip("。")
    for status, (code, title) in STATUS_PROBLEMS.items():
        found[code, status] = title
    # In the order of their names and not of their import: a code that several classes share keeps one title.
    for refusal in sorted(_below(DomainError), key=lambda one: (one.__module__, one.__qualname__)):
        if not refusal.__module__.startswith(("api.cli", "api.demo")):
            found[refusal.code, refusal.status] = refusal.title
    found.pop((DomainError.code, DomainError.status), None)
    yield "| code | status | 中文 |"
    yield "|---|---|---|"
    for (code, status), title in sorted(found.items()):
        yield f"| `{code}` | {status} | {title} |"


def _below(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)


if __name__ == "__main__":
    sys.exit(main())
