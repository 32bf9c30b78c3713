"""The built web page: files with a hash in their name are kept for ever, every other path shows the page itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import Receive, Scope, Send

IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"
_API = ("/api/", "/docs", "/openapi.json", "/healthz", "/readyz", "/metrics")


class Frontend:
    """Answers what no route of the API has answered; installed as the router's default."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send a file of the page, the page itself for a path of its own, or 404."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
            return
        path: str = scope["path"]
        if scope["method"] not in {"GET", "HEAD"} or path == "/api" or path.startswith(_API):
            raise HTTPException(404)
        file = self._find(path)
        if file is None:
            # A missing asset must be an error: the page's HTML in its place would be run as a script.
            if path.startswith("/assets/") or not (self._folder / "index.html").is_file():
                raise HTTPException(404)
            file = self._folder / "index.html"
        keep = IMMUTABLE if file.parent == self._folder / "assets" else REVALIDATE
        await FileResponse(file, headers={"Cache-Control": keep})(scope, receive, send)

    def _find(self, path: str) -> Path | None:
        """Return the file of the build that the path names, never one outside it."""
        if "\0" in path:
            return None
        try:
            file = (self._folder / path.lstrip("/")).resolve()
            return file if file.is_relative_to(self._folder) and file.is_file() else None
        except OSError:
            # A name that is too long for the file system is no file of ours.
            return None
