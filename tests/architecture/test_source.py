"""The source itself: who commits, who speaks HTTP, and that every route says who may use it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from api import main, routers
from api.dependencies import ActorDep, requires
from api.errors import DomainError
from api.main import ROUTES, create_app
from api.permissions import FOR_PERSONS_ONLY, ROLE_PERMISSIONS, Permission
from api.routes import Router, RouteWithoutPermission

ROOT = Path(__file__).resolve().parents[2]
API = ROOT / "api"
SOURCES = sorted(API.rglob("*.py"))


def calls(path, *names):
    tree = ast.parse(path.read_text("utf-8"))
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names
    ]


def test_only_the_database_module_commits():
    assert calls(API / "database.py", "commit"), "the search itself must be able to find one"
    for path in SOURCES:
        if path != API / "database.py":
            assert not calls(path, "commit", "begin_nested"), path
    # Autocommitting engines write without COMMIT; only migrations and the doctor may have one of their own.
    for path in SOURCES:
        if path.name not in {"database.py", "migrations.py", "doctor.py"}:
            assert "create_engine(" not in path.read_text("utf-8"), path


def test_no_route_raises_http_exceptions():
    for path in [*API.glob("routers/*.py"), *API.glob("services/**/*.py"), *API.glob("policy/*.py")]:
        assert "HTTPException" not in path.read_text("utf-8"), path


def test_annotations_are_real_where_frameworks_read_them():
    for path in [*API.glob("models/*.py"), *API.glob("routers/*.py")]:
        assert "from __future__ import annotations" not in path.read_text("utf-8"), path


def test_files_stay_small_and_say_what_they_are_for():
    for path in SOURCES:
        text = path.read_text("utf-8")
        assert len(text.splitlines()) < 400, path
        assert not text.strip() or ast.get_docstring(ast.parse(text)), path


def test_imports_point_down_only():
    program = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


def test_every_router_is_served():
    served = {route.endpoint for route in ROUTES}
    for path in API.glob("routers/*.py"):
        if path.stem == "__init__":
            continue
        module = __import__(f"{routers.__name__}.{path.stem}", fromlist=["router"])
        found = [value for value in vars(module).values() if isinstance(value, APIRouter)]
        assert found, path
        for router in found:
            assert {route.endpoint for route in router.routes if isinstance(route, APIRoute)} <= served, path


def test_every_route_has_a_permission_and_a_name_of_its_own():
    names = [route.name for route in ROUTES]
    assert len(names) == len(set(names))
    for route in ROUTES:
        assert isinstance(route.access.permission, Permission), route.path


def test_a_route_without_a_permission_stops_the_start(monkeypatch):
    router = APIRouter()

    @router.get("/forgotten", name="forgotten")
    def forgotten() -> None:
        pass

    monkeypatch.setattr(main, "ROUTES", [*ROUTES, *router.routes])
    with pytest.raises(RouteWithoutPermission, match="forgotten"):
        create_app()


def test_a_route_of_ours_without_a_permission_cannot_even_be_declared():
    router = Router(prefix="/things")
    with pytest.raises(RouteWithoutPermission, match="/things/forgotten"):
        router.get("/forgotten", name="forgotten")(lambda: None)


def test_a_public_route_cannot_ask_who_acts():
    def of_somebody(actor: ActorDep) -> None:
        del actor

    router = Router(prefix="/things")
    with pytest.raises(RouteWithoutPermission, match="of_somebody"):
        router.get("/public", name="public", dependencies=[requires(Permission.PUBLIC)])(of_somebody)


def test_the_document_tells_permission_and_problems_of_each_operation():
    document = create_app().openapi()
    operations = [
        operation for item in document["paths"].values() for operation in item.values() if isinstance(operation, dict)
    ]
    assert len(operations) >= 20
    for operation in operations:
        assert operation["x-permission"] in set(Permission), operation["operationId"]
        problem = operation["responses"]["default"]["content"]["application/problem+json"]["schema"]
        assert problem == {"$ref": "#/components/schemas/Problem"}
    assert "HTTPValidationError" not in document["components"]["schemas"]
    public = {operation["operationId"] for operation in operations if operation["x-permission"] == "public"}
    assert public == {
        "sign_in",
        "issue_token",
        "list_demo_users",
        "calculate_account",
        "verify_receipt",
        "read_health",
        "read_readiness",
        "read_metrics",
    }


def test_every_refusal_has_a_code_of_its_own_and_a_chinese_title():
    def below(kind):
        for child in kind.__subclasses__():
            yield child
            yield from below(child)

    seen = {}
    for kind in below(DomainError):
        if not kind.__module__.startswith("api."):
            continue
        assert 400 <= kind.status < 600, kind
        assert kind.__doc__, kind
        assert any("\u4e00" <= letter <= "\u9fff" for letter in kind.title), kind
        assert kind.code.replace("-", "").replace("_", "").isalnum(), kind
        assert kind.code.islower(), kind
        seen.setdefault(kind.code, []).append(kind)
    assert len(seen) > 20


def test_nobody_holds_both_hands():
    """The maker's and the checker's right of one thing are never in one role."""
    pairs = [
        (Permission.ENROLMENT_CHECK, Permission.ENROLMENT_APPROVE),
        (Permission.CHANGE_CHECK, Permission.CHANGE_APPROVE),
        (Permission.BENEFIT_PROPOSE, Permission.BENEFIT_DECIDE),
        (Permission.PAYMENT_COMPUTE, Permission.PAYMENT_APPROVE),
        (Permission.COLLECTION_COMPUTE, Permission.COLLECTION_APPROVE),
        (Permission.INTEREST_RUN, Permission.INTEREST_APPROVE),
        (Permission.REMITTANCE_RECORD, Permission.REMITTANCE_CONFIRM),
        (Permission.LAND_LIST, Permission.LAND_CHECK),
        (Permission.LAND_LIST, Permission.LAND_APPROVE),
        (Permission.LAND_CHECK, Permission.LAND_APPROVE),
        (Permission.LIST_SUBMIT, Permission.LIST_APPROVE),
    ]
    for role, held in ROLE_PERMISSIONS.items():
        for maker, checker in pairs:
            assert not {maker, checker} <= held, role
    assert {checker for _, checker in pairs} <= FOR_PERSONS_ONLY
