"""Whether this process can serve: the database answers, its schema is ours, and there is room on the disk."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import SQLAlchemyError

from api.services import installation

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from api.database import Database

_LEAST_FREE: Final = 0.05


def checks(database: Database, *, heads: Collection[str], data_dir: Path) -> dict[str, bool]:
    """Return the result of each check by name."""
    try:
        revision = installation.schema_revision(database)
        answers = True
    except SQLAlchemyError:
        revision, answers = None, False
    return {"database": answers, "schema": revision in heads, "disk": has_room(data_dir)}


def has_room(data_dir: Path) -> bool:
    """Tell whether at least a twentieth of the disk below the data directory is free."""
    folder = data_dir.resolve()
    while not folder.exists():
        folder = folder.parent
    usage = shutil.disk_usage(folder)
    return usage.free >= usage.total * _LEAST_FREE
