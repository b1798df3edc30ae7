"""What has been taken of a watched folder, so that a restart does not take it again.

A line is written after the broker has acknowledged the message. A crash in between makes a copy of it, which changes
nothing. Names are kept as bytes: a file name may hold any. The journal is open in one process at a time.
"""

import errno
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

FILE = "taken.sqlite"
TABLE = """
CREATE TABLE IF NOT EXISTS taken (
    name BLOB PRIMARY KEY, size INTEGER NOT NULL, modified_ns INTEGER NOT NULL,
    content TEXT NOT NULL, result TEXT NOT NULL, at TEXT NOT NULL
) WITHOUT ROWID"""
BY_CONTENT = "CREATE INDEX IF NOT EXISTS taken_content ON taken (content)"


class Signature(NamedTuple):
    """By what a file is known without reading it."""

    size: int
    modified_ns: int


class JournalLine(NamedTuple):
    """One file that was taken. `content` tells its bytes and what its name says of them apart from all others."""

    name: str
    signature: Signature
    content: str
    result: str


class Journal:
    """Raises `OSError`, naming the file: it is in use, or cannot be written."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        folder.mkdir(parents=True, exist_ok=True)
        with self._readable():
            self._rows = sqlite3.connect(self.path, timeout=0, isolation_level=None)
            self._rows.execute("PRAGMA synchronous = FULL")
            self._rows.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._rows.execute("BEGIN EXCLUSIVE")
            self._rows.execute(TABLE)
            self._rows.execute(BY_CONTENT)
            self._rows.execute("COMMIT")

    def signature(self, name: str) -> Signature | None:
        """As what the file of this name was taken last."""
        with self._readable():
            found = self._rows.execute("SELECT size, modified_ns FROM taken WHERE name = ?", (os.fsencode(name),))
            row = found.fetchone()
        return Signature(*row) if row else None

    def holds(self, content: str) -> bool:
        """Whether this content was taken, under whatever name."""
        with self._readable():
            return self._rows.execute("SELECT 1 FROM taken WHERE content = ?", (content,)).fetchone() is not None

    def write(self, lines: Iterable[JournalLine], at: datetime) -> None:
        """These were taken; on the disk when this returns."""
        rows = [(os.fsencode(one.name), *one.signature, one.content, one.result, at.isoformat()) for one in lines]
        if not rows:
            return
        with self._readable():
            self._rows.execute("BEGIN")
            self._rows.executemany("INSERT OR REPLACE INTO taken VALUES (?, ?, ?, ?, ?, ?)", rows)
            self._rows.execute("COMMIT")

    def forget(self, before: datetime, present: Iterable[str]) -> None:
        """Leave out what was taken before that time and is not `present` any more."""
        with self._readable():
            old = self._rows.execute("SELECT name FROM taken WHERE at < ?", (before.isoformat(),)).fetchall()
            gone = {name for (name,) in old} - {os.fsencode(name) for name in present}
            self._rows.execute("BEGIN")
            self._rows.executemany("DELETE FROM taken WHERE name = ?", [(name,) for name in gone])
            self._rows.execute("COMMIT")

    def close(self) -> None:
        self._rows.close()

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise BlockingIOError(
                    errno.EAGAIN, "another `clearance ingest --watch` uses it", str(self.path)
                ) from error
            raise OSError(errno.EIO, f"{error}; name another place with --state", str(self.path)) from error
        except sqlite3.DatabaseError as error:
            raise OSError(
                errno.EIO, f"{error}; move it away: all files are then taken once more", str(self.path)
            ) from error
