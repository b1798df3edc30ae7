"""Mutes of rules in general: what an organisation does not want to be told of, whatever the declaration.

The surprise: they are no records of the log, since no declaration changes by them. A mute of one declaration is a
command (docs/decisions/0065). "" as organisation is the operator.
"""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import ColumnElement, Engine, delete, select

from clearance.access.database import reading
from clearance.access.schema import mutes
from clearance.store.connect import writing


class Mute(Struct, frozen=True):
    """A rule of which nothing is to be told; `until` is None for good, `by` names who said so."""

    rule: str
    until: datetime | None
    set_at: datetime
    by: str = ""

    def holds(self, at: datetime) -> bool:
        """Whether nobody is to be told at this time."""
        return self.until is None or at < self.until


def set_mute(engine: Engine, organisation: str, given: Mute) -> None:
    """Keep it in place of that of the same rule. Raises `StoreError`."""
    with writing(engine) as connection:
        connection.execute(delete(mutes).where(*_of(organisation, given.rule)))
        row = {"rule": given.rule, "until": given.until, "set_at": given.set_at, "by": given.by}
        connection.execute(mutes.insert(), {"organisation": organisation, **row})


def end_mute(engine: Engine, organisation: str, rule: str) -> None:
    """Forget it, if there is one. Raises `StoreError`."""
    with writing(engine) as connection:
        connection.execute(delete(mutes).where(*_of(organisation, rule)))


def mutes_of(engine: Engine, organisation: str) -> list[Mute]:
    """Those of an organisation, by rule. Raises `StoreError`."""
    column = mutes.c
    query = select(column.rule, column.until, column.set_at, column.by).where(column.organisation == organisation)
    with reading(engine) as connection:
        return [Mute(*row) for row in connection.execute(query.order_by(column.rule))]


def _of(organisation: str, rule: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return mutes.c.organisation == organisation, mutes.c.rule == rule
