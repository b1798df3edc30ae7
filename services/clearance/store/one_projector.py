"""One projector writes to a store: a lock that is held as long as its process, and gone with it, however it ends.

PostgreSQL: an advisory lock of a session, so of one connection (not through a pooler that shares connections). SQLite:
the lock of a file beside the store's, which the kernel takes back. Beside it `advance` refuses who writes all the same.
"""

import fcntl
import os
from contextlib import suppress

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from clearance.store.connect import LOCK, REMEDY, epoch_of, explained
from clearance.store.errors import StoreError

SUFFIX = ".projector"
"""Behind the name of a SQLite file: the file whose lock is meant."""

KEEP_ALIVE = "SELECT " + ", ".join(
    f"set_config('tcp_keepalives_{name}', '{value}', false)"
    for name, value in {"idle": 10, "interval": 5, "count": 3}.items()
)
"""So that PostgreSQL takes the lock back after half a minute from a machine that is gone without a word."""


class OneProjector:
    """The lock of one store; `take` gives it to one of those who ask."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._file: int | None = None
        self._connection: Connection | None = None

    def take(self) -> bool:
        """Whether this process has it now; asked again, whether it still has. Raises `StoreError`."""
        return self._take_file() if self._engine.dialect.name == "sqlite" else self._take_session()

    def release(self) -> None:
        """Let the next one have it."""
        if self._file is not None:
            os.close(self._file)
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
        self._file = self._connection = None

    def _take_file(self) -> bool:
        if self._file is None:
            file = _open(f"{self._engine.url.database}{SUFFIX}")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(file)
                return False
            self._file = file
        return True

    def _take_session(self) -> bool:
        if self._connection is not None:
            with suppress(DBAPIError):  # the connection is gone, and the lock with it
                self._connection.execute(text("SELECT 1"))
                return True
            self.release()
        with explained(self._engine):
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            lock = {"lock": LOCK, "epoch": epoch_of(self._engine)}
            if connection.execute(text("SELECT pg_try_advisory_lock(:lock, :epoch)"), lock).scalar():
                connection.execute(text(KEEP_ALIVE))
                self._connection = connection
            else:
                connection.close()
        return self._connection is not None


def _open(path: str) -> int:
    try:
        return os.open(path, os.O_CREAT | os.O_RDWR, 0o644)
    except OSError as error:
        raise StoreError(f"{path} cannot be locked: {error.strerror}; {REMEDY['sqlite']}") from error
