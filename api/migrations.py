"""Bring a database's schema to the code's, and tell whether it is there. The steps themselves are in `migrations/`."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, pool

ROOT = Path(__file__).resolve().parent.parent


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Migrate up to a revision. `url` logs in as a role that may create roles and tables."""
    config = _config()
    engine = create_engine(url, poolclass=pool.NullPool)
    try:
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
    finally:
        engine.dispose()


def downgrade(url: str, revision: str) -> None:
    """Migrate down to a revision."""
    config = _config()
    engine = create_engine(url, poolclass=pool.NullPool)
    try:
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            command.downgrade(config, revision)
    finally:
        engine.dispose()


def check(url: str) -> None:
    """Raise alembic's `CommandError` when the models and the migrated schema differ."""
    config = _config()
    engine = create_engine(url, poolclass=pool.NullPool)
    try:
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            command.check(config)
    finally:
        engine.dispose()


def heads() -> list[str]:
    """Return the revisions at the end of the chain; there must be exactly one."""
    return list(ScriptDirectory.from_config(_config()).get_heads())


def current(url: str) -> str | None:
    """Return the revision a database stands at."""
    engine = create_engine(url, poolclass=pool.NullPool)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def ensure_login(url: str, role: str) -> None:
    """Make the role as which the service logs in: no rights of its own, only the choice of the service's roles.

    Not for superusers: they would walk through row-level security. `url` logs in as a role that may create roles.
    """
    engine = create_engine(url, poolclass=pool.NullPool)
    name = engine.dialect.identifier_preparer.quote(role)
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(
                f"DO $$ BEGIN CREATE ROLE {name} LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS; "
                "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
            )
            connection.exec_driver_sql(f"GRANT nongbao_app, nongbao_wide, nongbao_report TO {name}")
    finally:
        engine.dispose()
