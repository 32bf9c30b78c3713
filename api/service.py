"""What one process holds: settings, database, keys. Opening it starts the embedded PostgreSQL where no other is named."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from sqlalchemy.exc import DBAPIError

from api import embedded, keys, migrations
from api.crypto import KeyUnsuitable
from api.database import Database
from api.errors import DomainError
from api.services import installation
from api.settings import Mode, Settings, get_settings

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path
    from types import TracebackType

    from api.crypto import Keyring

LOGIN = "nongbao_login"
"""The role as which the service logs in to the embedded server: no rights of its own, a member of the service's."""


class SchemaOutOfDate(DomainError):
    """The database's schema is not the one that this program was written for."""

    status = 503
    code = "schema-out-of-date"
    title = "数据库结构与程序版本不符，请先运行 nongbao migrate"


@dataclass(frozen=True, slots=True)
class Service:
    """What one process holds for all requests. As a context manager it lets go of everything at the end."""

    settings: Settings
    database: Database
    keyring: Keyring
    business_date: date | None = None
    """A fixed date of business in a demonstration; None means the calendar's."""
    started_server: Path | None = None
    """Data directory of the embedded server, if this process started it and so has to stop it."""

    def refreshed(self) -> Self:
        """Return the service with the business date that the database holds now."""
        return replace(self, business_date=self.settings.business_date or installation.business_date(self.database))

    def close(self) -> None:
        """Close the connections and stop the server that this process started."""
        self.database.dispose()
        if self.started_server is not None:
            embedded.stop(self.started_server)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How to reach the database: as the service, and as the one who migrates."""

    service_url: str
    owner_url: str
    started_server: Path | None


def reach(settings: Settings) -> Access:
    """Return the URLs of the database, starting the embedded server when the settings name no other."""
    if settings.database_url is not None:
        return Access(service_url=settings.database_url, owner_url=settings.database_url, started_server=None)
    was_running = embedded.status(settings.data_dir).running
    try:
        server = embedded.ensure_started(settings.data_dir)
    except BaseException:
        # Ctrl-C while it starts must not leave it behind.
        if not was_running:
            embedded.stop(settings.data_dir)
        raise
    return Access(
        service_url=server.url_for("nongbao", user=LOGIN),
        owner_url=server.url,
        started_server=settings.data_dir if server.started else None,
    )


def migrate(settings: Settings, access: Access) -> str:
    """Bring the schema to the program's and, on the embedded server, make the service's log-in; return the revision."""
    head = migrations.heads()[0]
    if migrations.current(access.owner_url) != head:
        migrations.upgrade(access.owner_url)
    if settings.database_url is None:
        migrations.ensure_login(access.owner_url, LOGIN)
    return head


def open_service(settings: Settings | None = None) -> Service:
    """Open the database and the keys.

    The embedded database is migrated on the way; a database of one's own only by `nongbao migrate`. Raises
    `SchemaOutOfDate`, `KeyUnsuitable`, `EmbeddedServerError`, or the driver's error when the server is not there.
    """
    settings = settings or get_settings()
    access = reach(settings)
    try:
        if settings.database_url is None:
            migrate(settings, access)
        database = Database(access.service_url, pool_size=settings.pool_size)
        _check_schema(database)
        keyring = keys.load_keyring(settings)
        _check_keys(database, keyring)
        fixed = settings.business_date
        if fixed is None and settings.mode is Mode.DEMO:
            fixed = installation.business_date(database)
    except BaseException:
        if access.started_server is not None:
            embedded.stop(access.started_server)
        raise
    return Service(settings, database, keyring, fixed, access.started_server)


def _check_keys(database: Database, keyring: Keyring) -> None:
    """Refuse to go on with other keys than those the data was sealed with: half of it would be unreadable."""
    wrong = installation.foreign_keys_found(database, keys.fingerprints(keyring))
    if wrong:
        raise KeyUnsuitable(f"密钥 {'、'.join(wrong)} 与数据库当初使用的不同。请恢复原来的密钥文件。")


def _check_schema(database: Database) -> None:
    """Refuse to serve on an empty, older or newer schema."""
    try:
        revision = installation.schema_revision(database)
    except DBAPIError as error:
        # Role or table are not there: an empty database. Everything else is a fault that must keep its own name.
        if getattr(error.orig, "sqlstate", None) in {"42P01", "22023", "42704"}:
            raise SchemaOutOfDate from error
        raise
    if revision not in migrations.heads():
        raise SchemaOutOfDate
