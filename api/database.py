"""Engine, units of work and COPY: the only place that opens, commits or rolls back a transaction.

Each transaction's first round trip begins it, takes the role and sets the scope, so that row-level
security shows the actor's own units and nothing else. `SET LOCAL` is used and not `set_config()`, since only the
former travels to the workers of a cluster.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import resources
from typing import TYPE_CHECKING, Any, Final, cast

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.orm import Session

from api import wire
from api.permissions import Permission

if TYPE_CHECKING:
    import psycopg
    from sqlalchemy import QueuePool

# Limits of the roles would apply at log-in only, and the service logs in as another; so each connection begins with
# them. What a transaction sets is its own on the workers of a cluster as well.
_PER_CONNECTION: Final = (
    "SET lock_timeout = '5s'; SET idle_in_transaction_session_timeout = '60s'; "
    "SET citus.propagate_set_commands = 'local'"
)
SCOPE_STEPS = (1000, 1_000_000, 100_000_000, 10_000_000_000)


class DatabaseRole(StrEnum):
    """Role that a transaction runs as. Login itself has no rights (NOINHERIT)."""

    APP = "nongbao_app"
    WIDE = "nongbao_wide"
    REPORT = "nongbao_report"


def scope_of(division_code: int) -> tuple[int, int]:
    """Return the range of codes at and below a unit: trailing zeros say how high it stands (policy.md §6.2)."""
    span = 1
    for step in SCOPE_STEPS:
        if division_code % step == 0:
            span = step
    return division_code, division_code + span - 1


def county_of(division_code: int) -> int:
    """Return the county code, the first six digits."""
    return division_code // 1_000_000


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, what they may do and where: a person, a machine client, or the system itself."""

    user_id: int
    username: str
    display_name: str
    role: str
    division_code: int
    permissions: frozenset[Permission] = field(default_factory=frozenset)
    session_id: int | None = None
    client_id: int | None = None
    request_id: str = ""
    address: str = ""
    second_factor: bool = False

    def asking(self, *, request_id: str, address: str) -> Actor:
        """Return the same actor as the one who sends a request. Spelt out, since `replace` would take thrice as long."""
        return Actor(
            self.user_id,
            self.username,
            self.display_name,
            self.role,
            self.division_code,
            self.permissions,
            self.session_id,
            self.client_id,
            request_id,
            address,
            self.second_factor,
        )

    @property
    def scope(self) -> tuple[int, int]:
        """The range of division codes that the actor may see."""
        return scope_of(self.division_code)

    @property
    def county_code(self) -> int:
        """The county of the actor's unit."""
        return county_of(self.division_code)


def system_actor(division_code: int, *, name: str = "system") -> Actor:
    """Return the actor of unattended work within a unit. It has no person's identity: it may compute, never approve."""
    return Actor(user_id=1, username=name, display_name="系统", role="system", division_code=division_code)


WHOLE = Actor(user_id=1, username="system", display_name="系统", role="system", division_code=100_000_000_000)
"""The system over the whole installation; used with `DatabaseRole.WIDE` only."""


class Database:
    """A PostgreSQL server as the service sees it."""

    def __init__(self, url: str, *, pool_size: int = 16, application_name: str = "nongbao") -> None:
        """Prepare an engine; nothing is connected yet. `pool_size` is also the number of worker threads."""
        self.url = url
        self.pool_size = pool_size
        self.engine = _make_engine(url, pool_size, application_name)

    def session(self, actor: Actor, *, role: DatabaseRole = DatabaseRole.APP, read_only: bool = False) -> Session:
        """Return a session that connects at its first statement and begins with the actor's scope."""
        low, high = actor.scope if role is not DatabaseRole.WIDE else (0, 0)
        begin = _begin_statement(role=role, low=low, high=high, read_only=read_only, request_id=actor.request_id)
        facts = {"begin": begin, "actor": actor, "read_only": read_only}
        return Session(self.engine, expire_on_commit=False, autoflush=False, info=facts)

    @contextmanager
    def unit_of_work(self, actor: Actor, *, role: DatabaseRole = DatabaseRole.APP) -> Iterator[Session]:
        """One transaction that commits when the block ends well and rolls back when it raises."""
        session = self.session(actor, role=role)
        try:
            yield session
            finish(session)
        except BaseException:
            session.rollback()
            raise
        finally:
            session.close()

    @contextmanager
    def read_snapshot(self, actor: Actor, *, role: DatabaseRole = DatabaseRole.APP) -> Iterator[Session]:
        """One READ ONLY, REPEATABLE READ transaction: reports see one moment, and a read cannot write."""
        session = self.session(actor, role=role, read_only=True)
        try:
            yield session
        finally:
            # Closing rolls back and lets go of the objects as they were read; a rollback of its own would empty them.
            session.close()

    @contextmanager
    def rehearsal(self, actor: Actor) -> Iterator[Session]:
        """Do all of a unit of work and undo it: what `--dry-run` means."""
        session = self.session(actor)
        try:
            yield session
        finally:
            # Closing rolls back and lets go of the objects as they were read; a rollback of its own would empty them.
            session.close()

    def connections_in_use(self) -> int:
        """Return how many connections are out of the pool at this moment."""
        return cast("QueuePool", self.engine.pool).checkedout()

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()


@contextmanager
def undone(session: Session) -> Iterator[None]:
    """Do a block within the session's transaction and undo it, what it raises included; the transaction goes on."""
    session.execute(text("SAVEPOINT undone"))
    try:
        yield
    finally:
        session.execute(text("ROLLBACK TO SAVEPOINT undone"))
        session.expunge_all()


def finish(session: Session) -> None:
    """Commit, and send what still waits along. Of a request's session, only the dependencies of the routes call this."""
    if session.in_transaction():
        session.flush()
        wire.commit(session.connection())
    session.commit()


def abandon(session: Session) -> None:
    """Roll a request's session back and give its connection back."""
    session.close()


def _make_engine(url: str, pool_size: int, application_name: str) -> Engine:
    """Build the engine: pool of fixed size, short wait, values hidden from error texts."""
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        pool_pre_ping=False,
        hide_parameters=True,
        # The driver's own BEGIN would cost a round trip of its own; ours carries role and scope along.
        isolation_level="AUTOCOMMIT",
        # The driver forgets whatever is prepared, ours too, at each rollback. What is hot is prepared by `api.wire`.
        connect_args={"application_name": application_name, "connect_timeout": 5, "prepare_threshold": None},
    )

    @event.listens_for(engine, "connect")
    def prepare(driver: psycopg.Connection[Any], _record: Any) -> None:
        driver.execute(_PER_CONNECTION)

    @event.listens_for(Session, "after_begin")
    def begin(session: Session, _transaction: Any, connection: Connection) -> None:
        statement = session.info.get("begin")
        if statement is not None and connection.engine is engine:
            wire.begin(connection, statement)

    wire.install(engine)
    return engine


def _begin_statement(*, role: DatabaseRole, low: int, high: int, read_only: bool, request_id: str) -> str:
    """Compose BEGIN, role and scope as one simple query. Only digits and vetted words enter the text."""
    mode = "ISOLATION LEVEL REPEATABLE READ READ ONLY" if read_only else "ISOLATION LEVEL READ COMMITTED"
    parts = [f"BEGIN {mode}", f"SET LOCAL ROLE {role.value}"]
    if role is not DatabaseRole.WIDE:
        parts += [f"SET LOCAL app.scope_low = '{int(low)}'", f"SET LOCAL app.scope_high = '{int(high)}'"]
    if request_id.isalnum():
        parts.append(f"SET LOCAL application_name = 'nongbao {request_id}'")
    return "; ".join(parts)


def driver_connection(connection: Connection) -> psycopg.Connection[Any]:
    """Return the psycopg connection inside, for COPY within the same transaction."""
    wire.flush(connection)
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)


def ask(session: Session, *calls: wire.Call, last: bool = False) -> list[list[tuple[Any, ...]]]:
    """Run prepared statements in one round trip and return the rows of each; `last` ends the transaction with them."""
    return wire.ask(session.connection(), calls, last=last)


def ask_in_order(session: Session, call: wire.Call) -> list[tuple[Any, ...]]:
    """Run a statement that walks along an index in the order of its rows, and return them.

    Row-level security compares with a setting whose value the planner cannot know, so it takes a county for a handful of
    rows, reads them all and sorts: 0.5 s were seen where the ordered index needs 1 ms. So it is told to sort nothing
    that it can read in order and to read no table from end to end, and, since it cannot know the range either, to plan
    once for all values.
    """
    connection = session.connection()
    for setting in ("enable_sort = off", "enable_seqscan = off", "plan_cache_mode = force_generic_plan"):
        wire.tell(connection, f"SET LOCAL {setting}")
    (rows,) = wire.ask(connection, [call])
    # These travel with what follows in the transaction, and not at all when nothing does.
    for setting in ("enable_sort", "enable_seqscan", "plan_cache_mode"):
        wire.tell(connection, f"SET LOCAL {setting} TO DEFAULT")
    return rows


@contextmanager
def part_of(session: Session) -> Iterator[None]:
    """Make a part of the session's transaction: what is raised in it takes back its own writes and no others."""
    with session.begin_nested():
        yield


def send_later(session: Session, call: wire.Call) -> wire.Answer:
    """Run a statement along with the next one, or with COMMIT; its rows are there afterwards, and so are its faults."""
    return wire.wait(session.connection(), call)


def copy_rows(session: Session, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """COPY rows into a table within the session's transaction; return how many. Names come from code, never users."""
    count = 0
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with (
        driver_connection(session.connection()).cursor() as cursor,
        cursor.copy(cast("Any", statement)) as copy,
    ):
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def copy_blocks(
    session: Session, table: str, columns: Sequence[str], blocks: Iterable[bytes], *, options: str = ""
) -> None:
    """COPY prepared blocks (text, csv or binary by `options`) into a table within the session's transaction."""
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN {options}"
    with (
        driver_connection(session.connection()).cursor() as cursor,
        cursor.copy(cast("Any", statement)) as copy,
    ):
        for block in blocks:
            copy.write(block)


def copy_out(session: Session, query: str, parameters: dict[str, Any] | None = None) -> Iterator[bytes]:
    """Stream the result of a query as COPY text blocks. Parameters are psycopg's `%(name)s`."""
    with (
        driver_connection(session.connection()).cursor() as cursor,
        cursor.copy(cast("Any", f"COPY ({query}) TO STDOUT"), parameters) as copy,
    ):
        yield from (bytes(block) for block in copy)


def next_id(session: Session, county_code: int, *, sequence: str = "serials") -> int:
    """Return a new id: county code and a serial of ten digits, so that an id routes itself."""
    serial = session.execute(text(f"SELECT nextval('{sequence}')")).scalar_one()
    return county_code * 10_000_000_000 + int(serial)


def new_ids(session: Session, county_code: int, count: int, *, sequence: str = "serials") -> list[int]:
    """Return many new ids at once, ascending."""
    if count == 0:
        return []
    statement = text(f"SELECT array_agg(nextval('{sequence}')) FROM generate_series(1, :count)")
    serials = session.execute(statement, {"count": count}).scalar_one()
    base = county_code * 10_000_000_000
    return [base + serial for serial in serials]


_sql_lock = threading.Lock()
_sql_cache: dict[str, str] = {}


def load_sql(folder: str, name: str) -> str:
    """Return the text of `api/sql/<folder>/<name>.sql`; one statement with `:named` parameters."""
    path = f"{folder}/{name}.sql"
    with _sql_lock:
        if path not in _sql_cache:
            _sql_cache[path] = resources.files("api.sql").joinpath(folder, f"{name}.sql").read_text("utf-8")
        return _sql_cache[path]


def run_sql(session: Session, folder: str, name: str, **parameters: Any) -> Any:
    """Execute one named step; return SQLAlchemy's result."""
    return session.execute(text(load_sql(folder, name)), parameters)


def plan_for_sets(session: Session) -> None:
    """Tell the planner that this transaction works on whole sets of people.

    Row-level security compares with a setting whose value the planner cannot know, so it takes a county for a handful
    of rows and loops over what it should hash: 73 s were seen where the hash join needs 0.1 s.
    """
    session.execute(text("SET LOCAL enable_nestloop = off"))
