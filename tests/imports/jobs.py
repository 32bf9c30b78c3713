"""Rosters of any size, uploads that become jobs, and a worker in this process."""

from __future__ import annotations

import csv
import io
import uuid
from datetime import date
from typing import TYPE_CHECKING, Any

from api.policy.id_numbers import check_character
from api.services import workers
from tests import factories

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.testclient import TestClient

    from api.database import Database

IMPORTS = "/api/v1/imports"
TOWN = "440783001000"
VILLAGE = "440783001210"
HEADINGS = ("姓名", "身份证号", "性别", "村代码", "户号", "与户主关系", "户口性质", "联系电话", "银行账号", "备注")
ACCOUNT = "6226317066907439156"


def number_of(index: int) -> str:
    """A valid ID number; the same index gives the same number, and its sex is the index's parity."""
    day = date(1950 + index % 50, 1 + index % 12, 1 + index % 28)
    body = f"4407{10 + index // 500 % 89:02d}{day:%Y%m%d}{index % 500 * 2 + index % 2:03d}"
    return body + check_character(body)


def person(index: int, **facts: str) -> list[str]:
    """A row that goes in."""
    row = {
        "姓名": "梁" + "明华国庆文秀英玉"[index % 8] + "伟强安平"[index % 4],
        "身份证号": number_of(index),
        "性别": "男" if index % 2 else "女",
        "村代码": VILLAGE if index % 3 else "440783001211",
        "户号": str(1 + index // 4),
        "与户主关系": "户主" if index % 4 == 0 else "其他",
        "户口性质": "农业",
        "联系电话": f"138{index:08d}",
        "银行账号": ACCOUNT,
        "备注": "",
    } | facts
    return list(row.values())


def roster(rows: Sequence[Sequence[str]], *, headings: Sequence[str] = HEADINGS) -> bytes:
    """A roster as CSV."""
    text = io.StringIO()
    csv.writer(text).writerows([headings, *rows])
    return text.getvalue().encode()


def upload(client: TestClient, content: bytes, *, name: str = "roster.csv", key: str | None = None, **form: str) -> Any:
    """Send a file as a job."""
    facts = {"kind": "residents", "division": TOWN, "mode": "job"} | form
    headers = {"Idempotency-Key": key or uuid.uuid4().hex}
    return client.post(IMPORTS, data=facts, files={"file": (name, content)}, headers=headers)


def work(database: Database) -> int:
    """Do all jobs that wait; return how many there were."""
    count = 0
    while workers.run_next(database, factories.KEYRING):
        count += 1
    return count


def read(client: TestClient, import_id: str) -> dict[str, Any]:
    """The import as it is."""
    answer = client.get(f"{IMPORTS}/{import_id}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def approve(client: TestClient, shown: dict[str, Any], *, key: str | None = None, **changes: Any) -> Any:
    """Approve a preview as it was shown."""
    body = {"content_hash": shown["content_hash"]} | changes
    headers = {"Idempotency-Key": key or uuid.uuid4().hex, "If-Match": f'"{shown["version"]}"'}
    return client.post(f"{IMPORTS}/{shown['id']}/approvals", json=body, headers=headers)


def cancel(client: TestClient, shown: dict[str, Any]) -> Any:
    """Cancel an import as it was shown."""
    return client.post(f"{IMPORTS}/{shown['id']}/cancellations", headers={"If-Match": f'"{shown["version"]}"'})
