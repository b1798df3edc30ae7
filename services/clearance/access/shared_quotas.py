"""Quotas that API processes share: each writes down what it has charged, and reads what the others have.

The surprise: a process writes how much it has charged in a window and not how much was added, so to write it again
changes nothing. Nobody waits for any of this: a request is charged in memory, and the others know half a second later.
"""

from collections.abc import Mapping
from uuid import uuid4

from sqlalchemy import Engine, func, select

from clearance.access import schema
from clearance.access.database import reading
from clearance.access.quotas import Quotas, Window, current
from clearance.store import bulk
from clearance.store.connect import writing


class SharedQuotas:
    """The quotas of one process, as shared with the others."""

    def __init__(self, quotas: Quotas) -> None:
        self.quotas, self.process = quotas, uuid4().hex
        self._told: Mapping[Window, int] = {}

    def exchange(self, engine: Engine, now: float) -> None:
        """Tell the others and learn of them, at this Unix time. Raises `StoreError`; each counts alone then."""
        used = self.quotas.used(now)
        if news := dict(used.items() - self._told.items()):
            rows = [{"who": who, "process": self.process, "window": at, "used": n} for (who, at), n in news.items()]
            with writing(engine) as connection:
                bulk.upsert(connection, schema.charges, rows)
            self._told = used
        column = schema.charges.c
        others = (
            select(column.who, column.window, func.sum(column.used))
            .where(column.process != self.process, column.window >= current(now))
            .group_by(column.who, column.window)
        )
        with reading(engine) as connection:
            self.quotas.elsewhere = {(who, at): int(n) for who, at, n in connection.execute(others)}


def forget(engine: Engine, now: float) -> None:
    """Delete what was charged in windows that are over. Raises `StoreError`."""
    with writing(engine) as connection:
        connection.execute(schema.charges.delete().where(schema.charges.c.window < current(now)))
