"""The description of the API as JSON, and as a page for people that needs neither script nor internet."""

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from api.dependencies import requires
from api.docs_page import STYLE, render
from api.permissions import Permission
from api.routes import Router

router = Router(at_root=True, tags=["docs"])


@router.get("/openapi.json", name="read_openapi", dependencies=[requires(Permission.PUBLIC)], include_in_schema=False)
def read_openapi(request: Request) -> JSONResponse:
    """Return the OpenAPI document."""
    return JSONResponse(request.app.openapi())


@router.get("/docs", name="read_docs", dependencies=[requires(Permission.PUBLIC)], include_in_schema=False)
def read_docs(request: Request) -> HTMLResponse:
    """Return the page that lists every operation."""
    return HTMLResponse(render(request.app.openapi()))


@router.get(
    "/docs/style.css", name="read_docs_style", dependencies=[requires(Permission.PUBLIC)], include_in_schema=False
)
def read_docs_style() -> Response:
    """Return the page's style sheet; the security policy allows none inside the page."""
    return Response(STYLE, media_type="text/css", headers={"Cache-Control": "no-cache"})
