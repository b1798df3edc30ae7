"""How large the store is, and how much room is left where it lies: for metrics."""

from pathlib import Path
from shutil import disk_usage

from sqlalchemy import Connection, Engine, func, select

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


def _files(engine: Engine) -> list[Path]:
    return [Path(f"{engine.url.database}{ending}") for ending in OF_SQLITE]
