"""Follows an import that the server has made a job of: shows its progress, approves it where one person may, and tells
of it in the document of an import that was applied at once.
"""

from __future__ import annotations

import secrets
import sys
import time
from typing import TYPE_CHECKING, Any, Final

from api.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx

LOOK_SECONDS: Final = 0.5
TOKEN_SECONDS: Final = 480
"""A token is good for ten minutes."""
FOLLOWED: Final = frozenset({"queued", "running"})


class ImportFailed(DomainError):
    """The job has ended without bringing the file in; the server's own words are told."""

    code = "import-failed"
    title = "导入未完成"


class ApprovalNeeded(DomainError):
    """The file is so large that a second person must approve it."""

    code = "approval-needed"
    title = "已校验，等待另一人确认后入库"


class Following:
    """One import, followed through the API."""

    def __init__(
        self,
        client: httpx.Client,
        made: dict[str, Any],
        *,
        authorise: Callable[[], None],
        checked: Callable[[httpx.Response], httpx.Response],
    ) -> None:
        self._client = client
        self._path = f"/imports/{made['id']}"
        self._job_path = f"/jobs/{made['job_id']}"
        self._kind = made["kind"]
        self._authorise = authorise
        self._checked = checked
        self._authorised = time.monotonic()

    def document(self, *, dry_run: bool, errors: Path | None) -> dict[str, Any]:
        """Wait for the end and return the document of contract.md. Raises `ImportFailed` or `ApprovalNeeded`."""
        self._wait()
        shown = self._read()
        if shown["state"] == "previewed":
            if dry_run:
                self._decide("cancellations", shown)
            elif shown["preview"]["needs_second_person"]:
                raise ApprovalNeeded(f"已校验，共 {shown['preview']['rows']} 行，须由另一人在网页“导入”中确认。")
            elif shown["preview"]["accepted"]:
                self._decide("approvals", shown, json={"content_hash": shown["content_hash"]})
                self._wait()
                shown = self._read()
        if shown["state"] in {"failed", "cancelled"}:
            raise ImportFailed(shown["error_detail"] or "导入已被取消。")
        counts = shown if shown["state"] == "applied" else shown["preview"]
        refused = self._findings("refusal")
        if errors is not None and refused:
            self._save(errors)
        return {
            "kind": self._kind,
            "rows": shown["rows"],
            "accepted": counts["accepted"],
            "unchanged": counts["unchanged"],
            "refused": refused,
            "warnings": self._findings("warning"),
        }

    def _get(self, path: str, **query: Any) -> Any:
        if time.monotonic() - self._authorised > TOKEN_SECONDS:
            self._authorise()
            self._authorised = time.monotonic()
        return self._checked(self._client.get(path, params=query)).json()

    def _read(self) -> dict[str, Any]:
        shown: dict[str, Any] = self._get(self._path)
        return shown

    def _wait(self) -> None:
        """Wait until nobody works on the job, with a progress bar on standard error."""
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("服务器处理中", total=None)
            while (job := self._get(self._job_path))["state"] in FOLLOWED:
                bar.update(task, completed=job["done"], total=job["total"])
                time.sleep(LOOK_SECONDS)

    def _decide(self, what: str, shown: dict[str, Any], **body: Any) -> None:
        headers = {"If-Match": f'"{shown["version"]}"', "Idempotency-Key": secrets.token_hex(16)}
        self._checked(self._client.post(f"{self._path}/{what}", headers=headers, **body))

    def _findings(self, severity: str) -> list[dict[str, Any]]:
        """Fetch all findings of a weight."""
        found: list[dict[str, Any]] = []
        after: str | None = None
        while True:
            query = {"severity": severity, "limit": 200} | ({"after": after} if after else {})
            page = self._get(f"{self._path}/findings", **query)
            found += [{name: one[name] for name in ("row", "column", "code", "message")} for one in page["items"]]
            after = page["next"]
            if after is None:
                return found

    def _save(self, errors: Path) -> None:
        """Fetch the refused rows as a file."""
        file_format = errors.suffix.lower().removeprefix(".")
        answer = self._checked(self._client.get(f"{self._path}/refused-rows", params={"format": file_format}))
        errors.write_bytes(answer.content)
        print(f"被拒绝的行已写入 {errors.name}", file=sys.stderr)
