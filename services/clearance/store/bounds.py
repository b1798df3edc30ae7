"""A question's bound: what it asks of the database ends when its time is over or nobody waits for the answer any more.

The surprise: SQLite looks at the bound itself, every few milliseconds. PostgreSQL is told, again and again until it has
heard, since between two queries there is nothing to cancel; and it has a time limit of its own, should we hang.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import Event, Lock
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from clearance.store.errors import QuestionEnded

STEPS = 100_000
"""Between two looks of SQLite, in instructions of its virtual machine: some milliseconds."""
AGAIN_SECONDS, CANCEL_SECONDS = 0.1, 5.0
"""Between two cancellations, and how long one may take."""
CANCELLED = "57014"
LIMITS = text(
    "SELECT set_config('statement_timeout', :milliseconds, true),"
    " set_config('max_parallel_workers_per_gather', '0', true), set_config('jit', 'off', true)"
)
"""Of one transaction of PostgreSQL. A question takes one core: with helpers and a compiler, all that there are."""


class Bound:
    """The bound of one question, of so many seconds. `ended` may be looked at from any thread."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.ended = seconds, False
        self._lock, self._let_go = Lock(), Event()
        self._cancel: Callable[[], None] | None = None
        self._away: tuple[type[Exception], ...] = ()  # what the driver raises if the server is

    def end(self) -> None:
        """End the question, from another thread than its own; returns when the database has let go of it."""
        self.ended = True
        try:
            while self._cancelled():
                self._let_go.wait(AGAIN_SECONDS)
        except self._away:
            pass  # what it does ends by its own limit

    def _cancelled(self) -> bool:
        with self._lock:
            if self._cancel is not None:
                self._cancel()
            return self._cancel is not None

    @contextmanager
    def on(self, connection: Connection) -> Iterator[None]:
        """What is asked on this connection meanwhile is bound. Raises `QuestionEnded`."""
        watched = self._by_sqlite if connection.dialect.name == "sqlite" else self._by_postgresql
        try:
            with watched(connection):
                if self.ended:  # before there was anything to cancel
                    raise QuestionEnded("the question was ended")
                yield
        except OperationalError as error:
            if self.ended or getattr(error.orig, "sqlstate", "") == CANCELLED:
                raise QuestionEnded("the question was ended") from error
            raise

    @contextmanager
    def _by_sqlite(self, connection: Connection) -> Iterator[None]:
        raw: Any = connection.connection.driver_connection
        raw.set_progress_handler(lambda: self.ended, STEPS)
        try:
            yield
        finally:
            raw.set_progress_handler(None, 0)

    @contextmanager
    def _by_postgresql(self, connection: Connection) -> Iterator[None]:
        """A connection that was told to cancel is not used again: it may hear of it late."""
        raw: Any = connection.connection.driver_connection
        connection.execute(LIMITS, {"milliseconds": f"{max(1, round(self.seconds * 1000))}"})
        self._away = (connection.dialect.loaded_dbapi.Error,)
        self._cancel = partial(raw.cancel_safe, timeout=CANCEL_SECONDS)
        try:
            yield
        finally:
            with self._lock:
                self._cancel = None
            self._let_go.set()
            if self.ended:
                connection.invalidate()
