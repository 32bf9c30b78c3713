"""`nongbao doctor`: what is wrong with this installation. It changes nothing but starting a stopped embedded server."""

from __future__ import annotations

import re
import socket
import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import typer
from sqlalchemy import create_engine, pool, text

from api import embedded, keys, migrations
from api import service as services
from api.cli.common import JsonOption, emit
from api.errors import DomainError
from api.services.readiness import has_room
from api.settings import Mode, Settings, get_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

ROLES = ("nongbao_app", "nongbao_owner", "nongbao_report", "nongbao_wide")
OLDEST_POSTGRESQL = 160_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was looked at, whether it is right, and what is the case."""

    name: str
    ok: bool
    detail: str


def doctor(as_json: JsonOption = False) -> None:
    """检查本安装：设置、数据库、角色、结构版本、密钥、磁盘、端口。有问题时退出码为 1。"""
    settings = get_settings()
    findings = [*_surroundings(settings), *_keys(settings), *_database(settings)]
    shown = masked(settings)
    document: dict[str, Any] = {
        "ok": all(finding.ok for finding in findings),
        "settings": shown,
        "checks": [asdict(finding) for finding in findings],
    }
    lines = [f"  NONGBAO_{name.upper()} = {value}" for name, value in shown.items()]
    lines += [f"[{'正常' if finding.ok else '问题'}] {finding.name}: {finding.detail}" for finding in findings]
    emit(document, as_json=as_json, text="设置:\n" + "\n".join(lines))
    if not document["ok"]:
        raise typer.Exit(1)


def masked(settings: Settings) -> dict[str, str | None]:
    """Return every setting as text; passwords inside a URL are hidden."""
    values = settings.model_dump(mode="json")
    shown = {name: None if value is None else str(value) for name, value in values.items()}
    if shown["database_url"]:
        shown["database_url"] = re.sub(r"(://[^:/@]*):[^@]*@", r"\1:******@", shown["database_url"])
        shown["database_url"] = re.sub(r"(password=)[^&]*", r"\1******", shown["database_url"])
    return shown


def _surroundings(settings: Settings) -> Iterator[Finding]:
    version = ".".join(str(part) for part in sys.version_info[:3])
    yield Finding("python", (3, 11) <= sys.version_info[:2] <= (3, 13), version)
    yield Finding("disk", has_room(settings.data_dir), "数据目录所在磁盘剩余空间应不少于 5%")
    built = (settings.frontend_dir / "index.html").is_file()
    yield Finding("frontend", built, "网页已构建" if built else "没有找到构建好的网页，请运行 make frontend")
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.settimeout(1)
        taken = probe.connect_ex((settings.host, settings.port)) == 0
    # A service that runs is what should hold the port, so this is a fact and no fault.
    yield Finding("port", ok=True, detail=f"{settings.host}:{settings.port} " + ("已有程序监听" if taken else "空闲"))
    if settings.mode is Mode.PRODUCTION:
        yield Finding("cookie", settings.secure_cookie, "正式环境应开启 NONGBAO_SECURE_COOKIE")


def _keys(settings: Settings) -> Iterator[Finding]:
    if settings.mode is Mode.DEMO and not settings.keys_path.exists():
        yield Finding("keys", ok=True, detail="演示模式，首次启动时生成")
        return
    try:
        ring = keys.load_keyring(settings)
    except DomainError as refusal:
        yield Finding("keys", ok=False, detail=refusal.detail)
    else:
        yield Finding("keys", ok=True, detail=f"齐全，当前封存密钥编号 {ring.current_seal_key}")


def _database(settings: Settings) -> Iterator[Finding]:
    if settings.database_url is None and embedded.status(settings.data_dir).version is None:
        yield Finding("database", ok=True, detail="内置数据库尚未建立，首次启动时建立")
        return
    try:
        access = services.reach(settings)
    except embedded.EmbeddedServerError as fault:
        yield Finding("database", ok=False, detail=str(fault))
        return
    try:
        yield from _inspect(access, in_production=settings.mode is Mode.PRODUCTION)
    finally:
        if access.started_server is not None:
            embedded.stop(access.started_server)


def _inspect(access: services.Access, *, in_production: bool) -> Iterator[Finding]:
    """Look at the server, at the service's log-in and at the schema."""
    engine = create_engine(
        access.service_url, poolclass=pool.NullPool, hide_parameters=True, connect_args={"connect_timeout": 5}
    )
    try:
        with engine.connect() as connection:
            number = int(connection.execute(text("SHOW server_version_num")).scalar_one())
            known = set(connection.scalars(text("SELECT rolname FROM pg_roles WHERE rolname LIKE 'nongbao%'")))
            may_all, name = connection.execute(
                text("SELECT rolsuper OR rolbypassrls, rolname FROM pg_roles WHERE rolname = current_user")
            ).one()
            member = [
                role
                for role in ROLES
                if role in known
                and role != "nongbao_owner"
                and connection.execute(
                    text("SELECT pg_has_role(current_user, :role, 'MEMBER')"), {"role": role}
                ).scalar()
            ]
    except Exception as fault:  # noqa: BLE001 (whatever keeps us from the database is the finding)
        yield Finding("database", ok=False, detail=f"无法连接({type(fault).__name__})")
        return
    finally:
        engine.dispose()
    yield Finding("database", ok=number >= OLDEST_POSTGRESQL, detail=f"PostgreSQL {number // 10000}.{number % 10000}")
    missing = sorted(set(ROLES) - known)
    yield Finding("roles", ok=not missing, detail=f"缺少 {'、'.join(missing)}" if missing else "齐全")
    yield Finding("membership", ok=len(member) == len(ROLES) - 1, detail=f"{name} 可使用 {'、'.join(member) or '无'}")
    yield Finding(
        "login",
        ok=not (may_all and in_production),
        detail=f"以 {name} 登录" + ("，该账号可绕过行级安全，正式环境不允许" if may_all else "，无特权"),
    )
    yield _schema(access)


def _schema(access: services.Access) -> Finding:
    from api.database import Database
    from api.services import installation

    database = Database(access.service_url, pool_size=2)
    head = migrations.heads()[0]
    try:
        revision = installation.schema_revision(database)
    except Exception as fault:  # noqa: BLE001 (as above)
        return Finding("schema", ok=False, detail=f"无法读取结构版本({type(fault).__name__})，请运行 nongbao migrate")
    finally:
        database.dispose()
    return Finding("schema", ok=revision == head, detail=f"数据库 {revision}，程序 {head}")
