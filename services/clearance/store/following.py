"""Following what the projector applies, on a connection of its own that is asked many times a second.

The surprise: SQLite tells for next to nothing whether another connection has written; PostgreSQL is asked for rows.
"""

from collections.abc import Sequence
from types import TracebackType
from typing import Any, NamedTuple, Self

from sqlalchemy import Connection, Engine

from clearance.events.learning.expectations import Expectations
from clearance.store.applied import Numbered, batches_after
from clearance.store.connect import explained
from clearance.store.reader import reading
from clearance.store.rows import Folded
from clearance.store.viewer import EVERYBODY

AT_ONCE = 200
"""Batches in one look."""


class Beginning(NamedTuple):
    """The store at one moment: the number of its last batch, how far each partition is folded, and the table of
    expectations in force, None before the first."""

    number: int
    progress: list[Folded]
    expectations: Expectations | None


def beginning(engine: Engine) -> Beginning:
    """Where to follow from. Raises `StoreError`."""
    with reading(engine, EVERYBODY) as reader:
        return Beginning(reader.last_batch(), reader.progress(), reader.expectations())


def expectations_now(engine: Engine) -> Expectations | None:
    """The table in force, which may be a later one than was followed to. Raises `StoreError`."""
    with reading(engine, EVERYBODY) as reader:
        return reader.expectations()


class Follower:
    """A connection to one store; a context. All of its methods raise `StoreError`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._seen: int | None = None
        with explained(engine):
            self._connection = _connected(engine)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._connection.close()

    def after(self, number: int) -> Sequence[Numbered]:
        """The batches after this one, in their order."""
        with explained(self._engine):
            if self._engine.dialect.name == "sqlite":
                raw: Any = self._connection.connection.driver_connection
                [version] = raw.execute("PRAGMA data_version").fetchone()
                if version == self._seen:
                    return ()
            found = batches_after(self._connection, number, AT_ONCE)
            self._connection.rollback()
            if self._engine.dialect.name == "sqlite" and len(found) < AT_ONCE:
                self._seen = version
            return found


def _connected(engine: Engine) -> Connection:
    """On PostgreSQL each look is a statement by itself: one way there and back."""
    connection = engine.connect()
    if engine.dialect.name == "postgresql":
        return connection.execution_options(isolation_level="AUTOCOMMIT")
    return connection
