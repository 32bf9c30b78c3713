"""Lists as offices send them, and commands run in this process on a private database."""

from __future__ import annotations

import contextlib
import csv
import io
import json
from typing import TYPE_CHECKING, Any

import xlsxwriter
from typer.testing import CliRunner

from api.cli.main import app as cli
from api.dependencies import Service
from api.settings import Settings
from tests import factories

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date
    from pathlib import Path

    import pytest

    from api.database import Database

FIELDS = {"kind", "rows", "accepted", "unchanged", "refused", "warnings"}


def as_csv(headings: Sequence[str], *rows: Sequence[str]) -> bytes:
    """A list in UTF-8."""
    text = io.StringIO()
    csv.writer(text).writerows([headings, *rows])
    return text.getvalue().encode()


def as_xlsx(headings: Sequence[str], *rows: Sequence[Any]) -> bytes:
    """A list as a spreadsheet, whose numbers are numbers and whose days are days."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([headings, *rows]):
            for place, cell in enumerate(row):
                sheet.write(number, place, cell)
    return target.getvalue()


def from_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a file of refused rows."""
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))


def runner(monkeypatch: pytest.MonkeyPatch, database: Database, today: date) -> Callable[..., tuple[int, Any]]:
    """Return what runs a command with --json on the database; the answer is its exit code and document."""

    @contextlib.contextmanager
    def opened(*_args):
        yield Service(
            settings=Settings(_env_file=None), database=database, keyring=factories.KEYRING, business_date=today
        )

    monkeypatch.setattr("api.service.open_service", opened)

    def command(*words):
        words = [*map(str, words), "--json"]
        monkeypatch.setattr("sys.argv", ["nongbao", *words])
        result = CliRunner().invoke(cli, words)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, json.loads(result.stdout)

    return command


def told(document: dict[str, Any]) -> list[tuple[int, str, str]]:
    """Row, column and code of each refusal."""
    return [(one["row"], one["column"], one["code"]) for one in document["refused"]]


def facts_of(database: Database, *queries: str) -> list[Any]:
    """Everything that the queries show, to compare before and after."""
    from sqlalchemy import text

    from api.database import WHOLE, DatabaseRole

    with database.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
        return [[tuple(row) for row in session.execute(text(query))] for query in queries]
