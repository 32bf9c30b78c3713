"""Checks the licence of every dependency that is installed to serve against a list of permissive ones.

Copyleft is refused. The one exception is named here with its reason, so that it cannot grow unseen.
"""

import importlib.metadata
import re
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

PERMISSIVE = {
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "OFL-1.1",
    "PSF-2.0",
    "PostgreSQL",
    "Zlib",
}

# Older packages write a sentence or a classifier instead of an SPDX expression.
SPELLINGS = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License": "ISC",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}

EXCEPTIONS = {
    # The PostgreSQL driver. Imported as it is, replaceable by its user, never modified or copied: what the LGPL asks.
    "psycopg": "LGPL-3.0-only",
    "psycopg-binary": "LGPL-3.0-only",
    "psycopg-pool": "LGPL-3.0-only",
    # Mozilla's list of certificate authorities: data, copyleft per file, used unmodified.
    "certifi": "MPL-2.0",
}


def main() -> int:
    """Print what is not allowed and return non-zero if there is anything."""
    problems = check(locked(ROOT / "requirements.txt"))
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def locked(path: Path) -> list[str]:
    """Names of the packages in a requirements file."""
    return sorted(set(re.findall(r"^([A-Za-z0-9][\w.-]*)==", path.read_text(encoding="utf-8"), re.MULTILINE)))


def check(names: Iterable[str]) -> list[str]:
    """Return one line per installed package whose licence is unknown or not allowed.

    A package that is not installed here is for another platform (the lock serves all of them) and is passed over.
    """
    problems = []
    for name in names:
        try:
            metadata = importlib.metadata.metadata(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        licence = expression(metadata)
        if not allowed(licence) and EXCEPTIONS.get(name) != licence:
            problems.append(f"{name}: {licence or 'unknown licence'}")
    return problems


def expression(metadata: importlib.metadata.PackageMetadata) -> str:
    """The licence as SPDX, from the modern field, else the classifiers, else the old free text; empty when unknown."""
    fields = metadata.json
    modern = fields.get("license_expression")
    if isinstance(modern, str) and modern:
        return modern
    words = [line.rsplit("::", maxsplit=1)[-1].strip() for line in fields.get("classifier", [])]
    stated = [SPELLINGS[word] for word in words if word in SPELLINGS]
    if stated:
        return " OR ".join(stated)
    old = str(fields.get("license") or "").strip()
    return "" if "\n" in old else SPELLINGS.get(old, old)


def allowed(licence: str) -> bool:
    """Say whether one side of each OR, and both sides of each AND, is permissive."""
    if not licence:
        return False
    return any(
        all(part.strip(" ()") in PERMISSIVE for part in re.split(r"\bAND\b", side))
        for side in re.split(r"\bOR\b", licence)
    )


if __name__ == "__main__":
    sys.exit(main())
