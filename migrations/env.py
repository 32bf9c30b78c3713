"""Alembic's environment: one connection, one transaction per migration, the models as the target."""

from __future__ import annotations

import re

from alembic import context
from sqlalchemy import Connection, create_engine, pool
from sqlmodel import SQLModel

import api.models  # noqa: F401  (registers the tables)

PARTITION = re.compile(r"^account_lines_(y\d{4}|rest)$")


def is_ours(_object: object, name: str | None, kind: str, _reflected: object, _compare_to: object) -> bool:
    """Partitions are made by migrations and are no tables of the models."""
    return not (kind == "table" and name is not None and PARTITION.match(name))


def migrate(connection: Connection) -> None:
    """Run the migrations on an open connection."""
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        include_object=is_ours,
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    url = context.config.get_main_option("sqlalchemy.url")
    if url is None:
        message = "alembic needs sqlalchemy.url or a connection; use `nongbao migrate`"
        raise RuntimeError(message)
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as opened:
        migrate(opened)
