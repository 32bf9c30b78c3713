"""What waits to be sent belongs to its own transaction and to no other."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api import wire
from api.database import Database, ask, send_later, system_actor

COUNT = wire.Prepared("test_count_divisions", "bigint", "SELECT count(*) FROM divisions WHERE code >= $1")
TELL = wire.Prepared("test_tell", "text, text", "INSERT INTO installation (name, value) VALUES ($1, $2)")
NAME = wire.Prepared("test_name", "text", "SELECT $1::text")
COUNTY = system_actor(440783000000)


@pytest.fixture
def single(clone):
    database = Database(clone(), pool_size=1)
    yield database
    database.dispose()


def test_a_transaction_that_was_never_used_begins_for_nobody(single):
    with single.unit_of_work(COUNTY) as session:
        session.connection()
    with single.read_snapshot(COUNTY) as session:
        session.connection()
    with single.engine.connect() as connection:
        assert connection.execute(text("SELECT current_user")).scalar_one() != "nongbao_app"
        assert connection.execute(text("SELECT current_setting('app.scope_low', true)")).scalar_one() in {None, ""}


def test_scope_stands_before_the_first_prepared_statement(single):
    with single.read_snapshot(system_actor(440783001210)) as session:
        ((found,),) = ask(session, COUNT.of(0))[0]
        who = session.execute(text("SELECT current_user, current_setting('app.scope_low')")).one()
    assert found > 0
    assert tuple(who) == ("nongbao_app", "440783001210")


@pytest.mark.parametrize("value", ["O'Brien", "a\\'; DROP TABLE residents; --", "簕冲 𠮷", "$1", ";COMMIT;", ""])
def test_a_text_arrives_as_it_was_sent(single, value):
    with single.read_snapshot(COUNTY) as session:
        assert ask(session, NAME.of(value)) == [[(value,)]]


def test_a_fault_of_what_waited_shows_at_commit_and_nothing_stays(single):
    def work() -> None:
        insert = "INSERT INTO divisions (code, name, level, in_scope) VALUES (440783001999, 'x', 'village', true)"
        with single.unit_of_work(COUNTY) as session:
            session.execute(text(insert))
            # The application role may not write installation facts.
            send_later(session, TELL.of("a", "b"))

    with pytest.raises(DBAPIError):
        work()
    with single.read_snapshot(COUNTY) as session:
        assert session.execute(text("SELECT count(*) FROM divisions WHERE code = 440783001999")).scalar_one() == 0
