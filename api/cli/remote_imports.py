"""Imports through the API of a server, as a machine client: the same document as an import into the database here."""

from __future__ import annotations

import secrets
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from api.cli import import_following
from api.errors import DomainError

if TYPE_CHECKING:
    from pathlib import Path

PREFIX = "/api/v1"
TIMEOUT_SECONDS = 120
ACCEPTED = 202


class ServerRefused(DomainError):
    """The server answered with a problem; its own words are told."""

    code = "server-refused"
    title = "服务器拒绝了请求"


class ClientMissing(DomainError):
    """Through the API nobody acts without credentials."""

    status = 422
    code = "client-missing"
    title = "使用 --server 时须同时给出 --client-id 和 --client-secret-file"


@dataclass(frozen=True, slots=True)
class Server:
    """A server and the client's credentials; the secret stays in its file until it is used."""

    url: str
    client_id: str | None
    secret_file: Path | None

    @property
    def base(self) -> str:
        """Root of the API, whether or not the address already names it."""
        url = self.url.rstrip("/")
        return url if url.endswith(PREFIX) else url + PREFIX


def import_file(
    server: Server, *, kind: str, content: bytes, name: str, division_code: int, dry_run: bool, errors: Path | None
) -> dict[str, Any]:
    """Send a file and return the document of the contract. Raises `ClientMissing` or `ServerRefused`."""
    if server.client_id is None or server.secret_file is None:
        raise ClientMissing
    secret = server.secret_file.read_text(encoding="utf-8").strip()
    try:
        with httpx.Client(base_url=server.base, timeout=TIMEOUT_SECONDS) as client:
            _authorise(client, server.client_id, secret)
            form = {"kind": kind, "division": str(division_code), "dry_run": str(dry_run).lower()}
            # A new request each time: the server knows the bytes again, and tries what it has refused once more.
            headers = {"Idempotency-Key": secrets.token_hex(16)}
            sent = _checked(client.post("/imports", data=form, files={"file": (name, content)}, headers=headers))
            answer = sent.json()
            if sent.status_code == ACCEPTED:
                client_id = server.client_id
                job = import_following.Following(
                    client, answer, authorise=lambda: _authorise(client, client_id, secret), checked=_checked
                )
                return job.document(dry_run=dry_run, errors=errors)
            if errors is not None and answer["refused"]:
                _save_refused(client, errors, kind=kind, content=content, name=name, division_code=division_code)
    except httpx.HTTPError as fault:
        raise ServerRefused(f"无法连接服务器({type(fault).__name__})。") from fault
    names = ("kind", "rows", "accepted", "unchanged", "refused", "warnings")
    return {field: answer[field] for field in names}


def _authorise(client: httpx.Client, client_id: str, secret: str) -> None:
    """Get a token, good for ten minutes, and use it from now on."""
    answer = client.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=(client_id, secret))
    client.headers["Authorization"] = f"Bearer {_checked(answer).json()['access_token']}"


def _save_refused(
    client: httpx.Client, errors: Path, *, kind: str, content: bytes, name: str, division_code: int
) -> None:
    """Fetch the refused rows as a file and put it where the operator wants it."""
    form = {
        "kind": kind,
        "division": str(division_code),
        "file_format": errors.suffix.lower().removeprefix("."),
    }
    answer = _checked(client.post("/imports/refused-rows", data=form, files={"file": (name, content)}))
    errors.write_bytes(answer.content)
    print(f"被拒绝的行已写入 {errors.name}", file=sys.stderr)


def _checked(answer: httpx.Response) -> httpx.Response:
    if answer.is_success:
        return answer
    try:
        problem = answer.json()
        detail = f"{problem['title']}：{problem['detail']}({problem['code']})"
    except (ValueError, KeyError):
        detail = f"服务器回答 {answer.status_code}。"
    raise ServerRefused(detail)
