"""An index in a file of SQLite: what is over costs a tracker no memory.

What is entered waits in memory, and is kept in one transaction with how far the topic had been read by then. So a file
is what its topic said up to there, whenever its process ended; who opens it again reads on from there. Nothing is
synced to the disk: the file outlives its process, and is not trusted after its machine (see `index_folder`).
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from clearance.events.partition.batch import NOTHING_YET
from clearance.events.partition.index import Entry, counts
from clearance.settings.clock import monotonic

AT_ONCE = 2000
"""Entries that wait in memory, at most: the event loop stands still while they are written [20 ms]."""
KEPT_EVERY = 5.0
"""At least so often they are written, so that a process that is killed has few records to read again [s]."""
CACHE_KIB = 1024
NOTHING: tuple[int, int, int] = (0, NOTHING_YET, 0)
"""What a new one holds: read up to nowhere, nothing folded, no entries."""
SCHEMA = f"""
PRAGMA page_size = 4096; PRAGMA cache_size = -{CACHE_KIB}; PRAGMA synchronous = OFF; PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS entries (
    name TEXT PRIMARY KEY, src INTEGER NOT NULL, place INTEGER NOT NULL, over INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS kept (
    of TEXT PRIMARY KEY, read_to INTEGER NOT NULL, beyond INTEGER NOT NULL, count INTEGER NOT NULL
);
"""
FIND = "SELECT name, src, place, over FROM json_each(?) AS asked CROSS JOIN entries ON name = asked.value"
COUNT = "SELECT count(*) FROM json_each(?) AS asked CROSS JOIN entries ON name = asked.value"
ENTER = """
INSERT INTO entries VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE
SET src = excluded.src, place = excluded.place, over = excluded.over
WHERE (excluded.src, excluded.place) >= (entries.src, entries.place)
"""


REMEDY = "see whether its disk is full, and whether it may be written; it can be deleted, and is made anew"


class IndexBroken(RuntimeError):
    """The file of an index can be neither read nor written."""


class DiskIndex:
    """Entries by declaration id. All raise `IndexBroken`.

    `path` is that of the file, or empty: then it is a temporary one, gone with its process. `of` says of what it is an
    index; what a file holds of anything else is dropped. `read_to` is the offset up to which the topic had been read
    when it was kept, and `beyond` the highest `src` that was entered.
    """

    def __init__(self, path: str, of: str) -> None:
        self.path, self.of = path, of
        self.read_to, self.beyond, self._count = NOTHING
        self._waiting: dict[str, Entry] = {}
        try:
            self._open()
        except sqlite3.DatabaseError:
            self._drop_file()
            with self._explained():
                self._open()

    def find(self, names: Iterable[str]) -> dict[str, Entry]:
        """Those of these names that have an entry."""
        asked = [*names]
        with self._explained():
            rows = self._db.execute(FIND, (_json(asked),)).fetchall()
        found = {name: Entry(src, place, bool(over)) for name, src, place, over in rows}
        newer = ((name, self._waiting[name]) for name in asked if name in self._waiting)
        return found | {name: entry for name, entry in newer if counts(entry, found.get(name))}

    def enter(self, entries: Mapping[str, Entry]) -> None:
        """What is older than what is held does not count."""
        new = entries.keys() - self._waiting.keys()
        with self._explained():
            [known] = self._db.execute(COUNT, (_json([*new]),)).fetchone()
        self._count += len(new) - known
        for name, entry in entries.items():
            if counts(entry, self._waiting.get(name)):
                self._waiting[name] = entry
                self.beyond = max(self.beyond, entry.src)

    def __len__(self) -> int:
        return self._count

    def not_over(self) -> dict[str, Entry]:
        """What must be in memory."""
        with self._explained():
            rows = self._db.execute("SELECT name, src, place FROM entries WHERE NOT over").fetchall()
        return {name: Entry(src, place, over=False) for name, src, place in rows}

    def keep(self, read_to: int) -> None:
        """What was entered says all that the topic held below this offset. It is written now and then."""
        if len(self._waiting) >= AT_ONCE or monotonic() - self._kept_at >= KEPT_EVERY:
            self.write(read_to)

    def write(self, read_to: int) -> None:
        """The same at once."""
        rows = sorted((name, *entry) for name, entry in self._waiting.items())  # neighbours share a page
        with self._explained(), self._db:
            self._db.execute("BEGIN")
            self._db.executemany(ENTER, rows)
            told = (self.of, read_to, self.beyond, self._count)
            self._db.execute("INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?)", told)
        self.read_to, self._kept_at = read_to, monotonic()
        self._waiting.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.close()
        self._drop_file()
        with self._explained():
            self._open()

    def close(self) -> None:
        """What still waits is lost, and will be read again."""
        self._waiting.clear()
        self._db.close()

    def _open(self) -> None:
        self._db = sqlite3.connect(self.path, isolation_level=None)
        self._db.executescript(SCHEMA)
        kept = self._db.execute("SELECT read_to, beyond, count FROM kept WHERE of = ?", (self.of,)).fetchone()
        if kept is None:
            self._db.executescript("DELETE FROM entries; DELETE FROM kept;")
        self.read_to, self.beyond, self._count = kept or NOTHING
        self._kept_at = monotonic()

    def _drop_file(self) -> None:
        for suffix in ("", "-wal", "-shm") if self.path else ():
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise IndexBroken(f"{self._named} cannot be used ({error}): {REMEDY}") from error
        except sqlite3.DatabaseError as error:
            self._drop_file()
            raise IndexBroken(f"{self._named} is damaged ({error}): start again, and it is made anew") from error

    @property
    def _named(self) -> str:
        return self.path or "the temporary file of an index"


def _json(names: list[str]) -> str:
    return msgspec.json.encode(names).decode()
