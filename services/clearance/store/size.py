"""How large the store is, how much room is left where it lies, and how SQLite's log of writes (WAL) is kept short."""

from pathlib import Path
from shutil import disk_usage
from sqlite3 import OperationalError

from sqlalchemy import Connection, Engine, func, select

WAL_BYTES = 64 * 1024 * 1024
"""What the WAL may take, about."""
OF_SQLITE = ("", "-wal")
"""What is behind the store's name in the names of SQLite's files that grow."""


def size_bytes(connection: Connection) -> int:
    """That of the files of SQLite, of the whole database of PostgreSQL."""
    if connection.dialect.name == "sqlite":
        return sum(path.stat().st_size for path in _files(connection.engine) if path.exists())
    return int(connection.execute(select(func.pg_database_size(func.current_database()))).scalar_one())


def free_ratio(engine: Engine) -> float | None:
    """The share of the disk that is free under SQLite's file; None for PostgreSQL, whose disk is another machine's."""
    if engine.dialect.name != "sqlite":
        return None
    usage = disk_usage(_files(engine)[0].absolute().parent)
    return usage.free / usage.total


def shorten_wal(engine: Engine) -> bool:
    """Empty the WAL of SQLite if it is long; whether it did.

    It grows while each reader begins before the one before has ended. This waits until none is in it, for as long as a
    writer waits; in vain it is tried again, and a store that is away is for the next batch to tell.
    """
    if engine.dialect.name != "sqlite":
        return False
    wal = _files(engine)[1]
    if not wal.exists() or wal.stat().st_size <= WAL_BYTES:
        return False
    connection = engine.raw_connection()
    try:
        [busy, *_] = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except OperationalError:
        return False
    finally:
        connection.close()
    return not busy


def _files(engine: Engine) -> list[Path]:
    return [Path(f"{engine.url.database}{ending}") for ending in OF_SQLITE]
