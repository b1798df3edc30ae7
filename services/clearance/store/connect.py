"""Open the store, SQLite or PostgreSQL, and bring it to the current schema. What differs between the two is here.

The surprise: whoever writes takes the whole store (`writing`), so that two processes that migrate at once wait for each
other; a second projector waits for longer (`one_projector`). Readers (`engine.connect()`) wait for nobody: each
transaction of theirs sees the store as it stood at its first query.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path, PurePath
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.schema import CreateSchema

from clearance.settings import load
from clearance.settings.secrets import read_secret
from clearance.store.errors import StoreAway, StoreError
from clearance.store.refusals import PASSWORD, refusal

SETTING = "CLEARANCE_DATABASE_URL"
VERSION_TABLE = "store_version"
"""Where alembic keeps which migrations have been run."""
PATIENCE_SECONDS = 10
"""How long a writer waits for another one, and anybody for a connection."""
READ_SECONDS = 60
"""How long a query of who only reads may take, where no bound of a question says otherwise."""
LIVENESS = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 30_000}
"""So that a server that is gone without a word is known to be after half a minute, not after two hours (libpq)."""
LOCK = 0x636C6561
"""The advisory lock of PostgreSQL that a writer of this store holds: a number of our own, one more for each epoch."""
LOCK_BESIDE = LOCK - 1
"""That of who writes beside the store."""
REMEDY = {
    "sqlite": "check that its folder exists and can be written, and that the disk has room",
    "postgresql": "check that the server runs, has room, and lets this user in",
}
OUR_BUGS = (DataError, IntegrityError, NotSupportedError, ProgrammingError)
NOT_ALLOWED = "42501"


def open_store(url: str, epoch: int = 0, connections: int = 15, *, read_only: bool = False) -> Engine:
    """An engine for `sqlite:///file.db` or `postgresql://user:password@host/name`. It connects at its first use, and
    has so many connections at most. With `read_only` the database refuses whatever would change something.

    A later epoch has a store of its own beside that: `file.e1.db`, or the schema `epoch_1` of the same database. Raises
    `StoreError` for a URL that names no store.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(_file_of(parsed, f"e{epoch}" if epoch else ""), connections, read_only)
    options = {"epoch": epoch, "schema": f"epoch_{epoch}" if epoch else "", "lock": LOCK + epoch}
    return _postgresql(parsed, options, connections, read_only)


def open_beside(url: str, name: str, connections: int) -> Engine:
    """An engine for what lies beside the store and no epoch touches: `file.NAME.db`, or the schema NAME of the same
    database. Raises `StoreError` for a URL that names no store."""
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(_file_of(parsed, name), connections)
    return _postgresql(parsed, {"schema": name, "lock": LOCK_BESIDE}, connections)


def _postgresql(parsed: URL, options: dict[str, Any], connections: int, read_only: bool = False) -> Engine:
    engine = create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        connect_args=_connect_args(parsed, options["schema"], read_only),
        execution_options=options,
        isolation_level="REPEATABLE READ",
        pool_pre_ping=True,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=PATIENCE_SECONDS,
        hide_parameters=True,
    )
    if file := load().database_password_file:
        if parsed.password:
            raise StoreError(f"{SETTING} holds a password, and {PASSWORD} names one too: leave one out")

        @event.listens_for(engine, "do_connect")
        def connecting(_: object, __: object, ___: object, arguments: dict[str, Any]) -> None:
            arguments["password"] = read_secret("database_password_file", file)

    return engine


ENTRIES_ARE_CHEAP = {"random_page_cost": "1.1"}
"""An entry of an index costs hardly more than the next row of a table, in memory and on disks without moving heads.
With the value as PostgreSQL is shipped (4) it reads all of 200,000 declarations through to look up 250 numbers."""


def _connect_args(parsed: URL, schema: str, read_only: bool) -> dict[str, Any]:
    """What the URL says counts."""
    ours = {"connect_timeout": PATIENCE_SECONDS, "application_name": "clearance", **LIVENESS}
    limits = {"default_transaction_read_only": "on", "statement_timeout": f"{READ_SECONDS}s"} if read_only else {}
    wanted = {**ENTRIES_ARE_CHEAP, **limits, **({"search_path": schema} if schema else {})}
    options = [str(parsed.query.get("options", "")), *(f"-c{name}={value}" for name, value in wanted.items())]
    return {
        **{name: value for name, value in ours.items() if name not in parsed.query},
        "options": " ".join(options).strip(),
    }


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(f"{SETTING} is no URL: write it as sqlite:///clearance.db") from error
    backend = parsed.get_backend_name()
    if backend not in REMEDY:
        raise StoreError(f"{SETTING} names {backend}: the store is kept in sqlite or postgresql")
    if backend == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise StoreError(f"{SETTING} names no file, and processes share no memory: write it as sqlite:///clearance.db")
    return parsed


def _file_of(url: URL, name: str) -> URL:
    if not name:
        return url
    path = PurePath(url.database or "")
    return url.set(database=str(path.with_name(f"{path.stem}.{name}{path.suffix}")))


def _sqlite(url: URL, connections: int, read_only: bool = False) -> Engine:
    engine = create_engine(
        url,
        connect_args={"timeout": PATIENCE_SECONDS, "isolation_level": None},
        pool_size=connections,
        max_overflow=0,
        pool_timeout=PATIENCE_SECONDS,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _: object) -> None:
        connection.execute("PRAGMA journal_mode=WAL")  # readers and the writer do not wait for each other
        connection.execute("PRAGMA synchronous=NORMAL")  # what a power cut takes is read from the log again
        if read_only:
            connection.execute("PRAGMA query_only=ON")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction, during which nobody else writes. Raises `StoreError` if the store is away or taken."""
    with explained(engine):
        if engine.dialect.name == "sqlite":
            with engine.execution_options(writes=True).begin() as connection:
                yield connection
        else:
            with engine.execution_options(isolation_level="READ COMMITTED").begin() as connection:
                connection.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE_SECONDS}s'"))
                connection.execute(
                    text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": engine.get_execution_options()["lock"]}
                )
                yield connection


@contextmanager
def explained(engine: Engine) -> Iterator[None]:
    """What the database cannot do becomes a `StoreError`; what we should not have asked of it is raised as it is."""
    try:
        yield
    except PoolTimeout as error:
        raise StoreAway(
            f"the store {name_of(engine)}: all connections of this process have been in use for {PATIENCE_SECONDS} s; "
            "give it more (docs/running.md)"
        ) from error
    except DBAPIError as error:
        if isinstance(error, OUR_BUGS) and getattr(error.orig, "sqlstate", "") != NOT_ALLOWED:
            raise
        reason = str(error.orig).partition("\n")[0]
        if wrong := refusal(str(error.orig)):
            raise StoreError(f"the store {name_of(engine)}: {wrong}") from error
        raise StoreAway(f"the store {name_of(engine)}: {reason}; {REMEDY[engine.dialect.name]} ({SETTING})") from error


def name_of(engine: Engine) -> str:
    """The store as it may be shown: its URL without a password, wherever it stood."""
    shown = engine.url.set(query={}).render_as_string(hide_password=True)
    return f"{shown}, schema {schema}" if (schema := _schema(engine)) else shown


def is_made(engine: Engine) -> bool:
    """Whether `migrate` has been here; asking makes no file. Raises `StoreError` if the store is away."""
    if engine.dialect.name == "sqlite" and not Path(str(engine.url.database)).exists():
        return False
    with explained(engine), engine.connect() as connection:
        return inspect(connection).has_table(VERSION_TABLE)


def epoch_of(engine: Engine) -> int:
    """0 also for SQLite, where every epoch has a file."""
    return int(engine.get_execution_options().get("epoch", 0))


def _schema(engine: Engine) -> str:
    """ "" for the one that a user of PostgreSQL has anyway, and for SQLite."""
    return str(engine.get_execution_options().get("schema", ""))


def migrate(engine: Engine, room: str = "clearance.store") -> None:
    """Bring the store, or what lies beside it, to the current schema of its room. Raises `StoreError` for one that a
    newer version has written."""
    with writing(engine) as connection:
        if schema := _schema(engine):
            connection.execute(CreateSchema(schema, if_not_exists=True))
        if (held := version_of(connection)) != newest(room):
            from clearance.store.migrating import upgrade  # here, because it brings alembic

            upgrade(connection, room, held, SETTING)


def version_of(connection: Connection) -> str | None:
    """The schema that it has, by the number of its last migration; None before the first."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 # a constant


def newest(room: str) -> str:
    """The last migration of a room, by the names of their files: `r0001_first_tables.py` is 0001."""
    return max(file.name[1:5] for file in (files(room) / "migrations" / "versions").iterdir() if file.name[0] == "r")
