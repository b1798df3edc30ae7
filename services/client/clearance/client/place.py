"""Where a reader of the feed stands, kept in a file so that no crash loses a change: SQLite, of the standard library.

The cursor is that of the API and moves page by page. Beside it stands what has been taken in of each declaration, to
the single change: it proves that none is missing, and lets nothing pass twice.
"""

import sqlite3
from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple, Self

from clearance.client.errors import ClearanceError

TABLES = (
    "CREATE TABLE IF NOT EXISTS place (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS held (declaration TEXT PRIMARY KEY, seq INTEGER, digest BLOB, stale INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS told (kind TEXT, declaration TEXT, PRIMARY KEY (kind, declaration))",
)


class PlaceRefused(ClearanceError):
    """The file cannot be used. The text says why."""


class Held(NamedTuple):
    """What was taken in of a declaration: up to which change, and a digest of its state, empty if it went on as
    another. `stale` until it is told again, in a feed that had to be begun anew."""

    seq: int | None
    digest: bytes
    stale: bool


class Place:
    """A place in the file `path`, or in memory; one reader at a time. Raises `PlaceRefused`.

    `keep` is called with each cursor behind which everything is taken in; whoever keeps it himself begins with it."""

    def __init__(
        self, path: str | Path = ":memory:", *, cursor: str = "", keep: Callable[[str], None] = lambda _: None
    ) -> None:
        self.path, self._keep = path, keep
        try:
            self._db = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._write(*((table, ()) for table in TABLES))
        except sqlite3.OperationalError as error:
            raise PlaceRefused(
                f"{path}: {error}: does another reader of the feed use it, or is there no folder?"
            ) from error
        except sqlite3.DatabaseError as error:
            raise PlaceRefused(f"{path} is no place in a feed ({error}): name a new file") from error
        if cursor:
            self._set("cursor", cursor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._db.close()

    @property
    def cursor(self) -> str:
        """Up to where all is taken in; "" before the first page."""
        return self._get("cursor")

    @property
    def begins(self) -> str:
        """`start` if the state of everything was to be told first, `now` if only what comes; "" before the first."""
        return self._get("begins")

    def begin(self, begins: str, question: str) -> None:
        """Begin, or go on. Another question than before is begun anew."""
        if self._get("question") not in ("", question):
            self.begin_anew()
        self._set("question", question)
        if not self.begins:
            self._set("begins", begins)

    def begin_anew(self) -> None:
        """Of all that is held nobody knows whether it is still so: everything is to be told again."""
        self._write(
            ("DELETE FROM place WHERE name = 'cursor'", ()),
            ("INSERT OR REPLACE INTO place VALUES ('begins', 'start')", ()),
            ("DELETE FROM held WHERE digest = x''", ()),  # went on as others, and is never told again
            ("UPDATE held SET stale = 1", ()),
            ("DELETE FROM told", ()),
        )

    def held(self, declaration: str) -> Held | None:
        row = self._db.execute("SELECT seq, digest, stale FROM held WHERE declaration = ?", (declaration,)).fetchone()
        return None if row is None else Held(row[0], row[1], bool(row[2]))

    def stale(self, limit: int = 100) -> Sequence[str]:
        """Some of what was held before it was begun anew, and has not been told since."""
        rows = self._db.execute("SELECT declaration FROM held WHERE stale ORDER BY declaration LIMIT ?", (limit,))
        return [declaration for (declaration,) in rows]

    def hold(self, declaration: str, seq: int | None, digest: bytes) -> None:
        """A change is taken in."""
        self._write(("INSERT OR REPLACE INTO held VALUES (?, ?, ?, 0)", (declaration, seq, digest)))

    def let_go(self, kind: str, declaration: str) -> None:
        """That it has left or is gone is taken in."""
        self._write(
            ("DELETE FROM held WHERE declaration = ?", (declaration,)),
            ("INSERT OR REPLACE INTO told VALUES (?, ?)", (kind, declaration)),
        )

    def was_let_go(self, kind: str, declaration: str) -> bool:
        """Whether that was taken in since the cursor."""
        asked = "SELECT 1 FROM told WHERE kind = ? AND declaration = ?"
        return self._db.execute(asked, (kind, declaration)).fetchone() is not None

    def move(self, cursor: str) -> None:
        """All before this cursor is taken in."""
        if cursor != self.cursor:
            self._write(
                ("INSERT OR REPLACE INTO place VALUES ('cursor', ?)", (cursor,)),
                ("DELETE FROM told", ()),
            )
            self._keep(cursor)

    def _get(self, name: str) -> str:
        row = self._db.execute("SELECT value FROM place WHERE name = ?", (name,)).fetchone()
        return "" if row is None else str(row[0])

    def _set(self, name: str, value: str) -> None:
        self._write(("INSERT OR REPLACE INTO place VALUES (?, ?)", (name, value)))

    def _write(self, *statements: tuple[str, Sequence[object]]) -> None:
        """All of it or nothing."""
        self._db.execute("BEGIN EXCLUSIVE")
        for statement, values in statements:
            self._db.execute(statement, values)
        self._db.execute("COMMIT")


def digest_of(state: bytes) -> bytes:
    """Equal for equal states."""
    return blake2b(state, digest_size=16).digest()
