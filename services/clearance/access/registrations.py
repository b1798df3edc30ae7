"""Registrations: what an organisation tells of a declaration of its own, before customs has said anything of it.

The surprise: they are no records of the log and no declarations. Whoever guesses a number can register it, so nothing
that others see, and no deadline of theirs, may come of it; what cannot touch the log cannot change it.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Engine, delete, select

from clearance.access import schema
from clearance.access.database import reading
from clearance.store.connect import writing

Kind = Literal["reference", "label"]


class Registration(Struct, frozen=True, kw_only=True):
    """What is registered under a declaration id. `filed_at` is when it was sent to customs, by the organisation's word;
    `parties` are agent, trade, owner, each with `code`, `scc`, `name`."""

    organisation: str
    declaration: str
    filed_at: datetime
    registered_at: datetime
    changed_at: datetime
    references: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    parties: dict[str, dict[str, str]] = {}


def register(engine: Engine, given: Iterable[Registration]) -> list[bool]:
    """Keep them, each in place of what its organisation told of that declaration before, and whether it is new: one
    that is not keeps the time at which it was registered. Raises `StoreError`."""
    with writing(engine) as connection:
        return [_keep(connection, one) for one in given]


def withdraw(engine: Engine, organisation: str, declaration: str) -> bool:
    """Forget one; whether there was one. Raises `StoreError`."""
    with writing(engine) as connection:
        return _forget(connection, organisation, declaration)


def the_one(engine: Engine, organisation: str, declaration: str) -> Registration | None:
    """What this organisation has registered of it. Raises `StoreError`."""
    with reading(engine) as connection:
        return _held(connection, organisation, declaration)


def those(
    engine: Engine, organisation: str, marks: Iterable[tuple[Kind, str]], after: str, limit: int
) -> list[Registration]:
    """The registrations of an organisation that bear all the marks, by declaration id, those behind one. Raises
    `StoreError`."""
    column, mark = schema.registrations.c, schema.marks.c
    query = select(column.content).where(column.organisation == organisation, column.declaration > after)
    for kind, value in marks:
        bearing = select(mark.declaration).where(
            mark.organisation == organisation, mark.kind == kind, mark.value == value
        )
        query = query.where(column.declaration.in_(bearing))
    with reading(engine) as connection:
        found = connection.execute(query.order_by(column.declaration).limit(limit)).scalars()
        return [msgspec.json.decode(content, type=Registration) for content in found]


def _keep(connection: Connection, given: Registration) -> bool:
    before = _held(connection, given.organisation, given.declaration)
    if before is not None:
        given = msgspec.structs.replace(given, registered_at=before.registered_at)
        _forget(connection, given.organisation, given.declaration)
    own = {"organisation": given.organisation, "declaration": given.declaration}
    connection.execute(schema.registrations.insert(), own | {"content": msgspec.json.encode(given)})
    marks: list[tuple[Kind, str]] = [("reference", one) for one in given.references]
    marks += [("label", one) for one in given.labels]
    if marks:
        rows = [own | {"kind": kind, "value": value} for kind, value in dict.fromkeys(marks)]
        connection.execute(schema.marks.insert(), rows)
    return before is None


def _held(connection: Connection, organisation: str, declaration: str) -> Registration | None:
    column = schema.registrations.c
    query = select(column.content).where(column.organisation == organisation, column.declaration == declaration)
    content = connection.execute(query).scalar()
    return None if content is None else msgspec.json.decode(content, type=Registration)


def _forget(connection: Connection, organisation: str, declaration: str) -> bool:
    gone = 0
    for table in (schema.marks, schema.registrations):
        theirs = (table.c.organisation == organisation, table.c.declaration == declaration)
        gone = connection.execute(delete(table).where(*theirs)).rowcount
    return gone > 0
