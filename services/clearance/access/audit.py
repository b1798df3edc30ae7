"""The audit log: who read and who stated what. Kept in memory for a moment, and written many at a time.

The surprise: what was noted in the last second before a process is killed is lost, and so is what comes while the
buffer is full; the latter is counted. Waiting for the disk at each request would cost more than the answer.
"""

from collections import deque
from datetime import datetime
from itertools import takewhile

from msgspec import Struct, structs
from sqlalchemy import Engine, select

from clearance.access import schema
from clearance.access.database import reading
from clearance.store import bulk
from clearance.store.connect import writing

MOST_WAITING = 20_000
"""Entries in memory: some seconds of all that one process can answer."""
FORGOTTEN_AT_ONCE = 10_000
"""Entries in one transaction."""


class Entry(Struct, frozen=True):
    """One request that came with a key. `name` is that of the organisation or connection, "" of the operator;
    `declaration` the one that was asked for, if the answer spoke of one."""

    at: datetime
    key: str
    name: str
    method: str
    route: str
    declaration: str
    status: int


class Audit:
    """Entries that are not yet written; `lost` counts those that found no room."""

    def __init__(self) -> None:
        self._waiting: deque[Entry] = deque()
        self.lost = 0

    def note(self, entry: Entry) -> None:
        """To be written soon."""
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append(entry)
        else:
            self.lost += 1

    def write(self, engine: Engine) -> None:
        """Write all that waits. Raises `StoreError`, and keeps it."""
        if not self._waiting:
            return
        taken = list(self._waiting)
        with writing(engine) as connection:
            bulk.insert(connection, schema.audit, [structs.asdict(one) for one in taken])
        for _ in taken:
            self._waiting.popleft()


def entries(engine: Engine, name: str | None, declaration: str | None, limit: int) -> list[Entry]:
    """The newest, those first: of one organisation or connection, of one declaration. Of a declaration alone they are
    looked for from the newest back, without an index (decision 90). Raises `StoreError`."""
    column = schema.audit.c
    query = select(*(column[field] for field in Entry.__struct_fields__)).order_by(column.id.desc()).limit(limit)
    if name is not None:
        query = query.where(column.name == name)
    if declaration is not None:
        query = query.where(column.declaration == declaration)
    with reading(engine) as connection:
        return [Entry(*row) for row in connection.execute(query)]


def forget(engine: Engine, before: datetime) -> bool:
    """Delete some of the first that were noted before; whether there may be more. Raises `StoreError`."""
    column = schema.audit.c
    with writing(engine) as connection:
        first = connection.execute(select(column.id, column.at).order_by(column.id).limit(FORGOTTEN_AT_ONCE))
        over = [entry.id for entry in takewhile(lambda entry: entry.at < before, first)]
        if over:
            connection.execute(schema.audit.delete().where(column.id <= over[-1]))
    return len(over) == FORGOTTEN_AT_ONCE
