"""Migrations: one chain, equal to the models, down to nothing and up again; and the log-in that the service uses."""

from __future__ import annotations

import psycopg
import pytest

from api import migrations
from api.database import WHOLE, Database, DatabaseRole
from api.service import LOGIN
from api.services import installation


def test_there_is_one_head():
    assert len(migrations.heads()) == 1


def test_the_models_and_the_schema_agree(fresh_database):
    migrations.check(fresh_database.url)


def test_down_to_nothing_and_up_again(clone):
    url = clone()
    migrations.downgrade(url, "base")
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        left = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'S')"
        ).fetchall()
    assert [row for row in left if row[0] != "alembic_version"] == []
    migrations.upgrade(url)
    assert migrations.current(url) == migrations.heads()[0]
    migrations.check(url)


def test_the_log_in_of_the_service_can_serve_but_do_nothing_by_itself(server, clone):
    url = clone()
    migrations.ensure_login(url, LOGIN)
    migrations.ensure_login(url, LOGIN)
    name = url.rsplit("/", 1)[1].split("?")[0]
    own = server.url_for(name, user=LOGIN)
    database = Database(own, pool_size=2)
    try:
        assert installation.schema_revision(database) == migrations.heads()[0]
        with database.unit_of_work(WHOLE, role=DatabaseRole.WIDE) as session:
            installation.write_fact(session, "business_date", "2011-03-31")
        assert str(installation.business_date(database)) == "2011-03-31"
    finally:
        database.dispose()
    with psycopg.connect(own.replace("+psycopg", ""), autocommit=True) as connection:
        for statement in (
            "SELECT 1 FROM divisions",
            "SET ROLE nongbao_owner",
            "SET ROLE postgres",
            "CREATE TABLE t ()",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
