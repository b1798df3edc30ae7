"""Registrations: what an organisation tells of a declaration of its own, before customs has said anything of it.

The surprise: they are no records of the log and no declarations. Whoever guesses a number can register it, so nothing
that others see, and no deadline of theirs, may come of it; what cannot touch the log cannot change it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Engine, delete, func, select

from clearance.access import schema
from clearance.access.database import reading
from clearance.store.connect import writing

Kind = Literal["reference", "label", "command"]
FORGOTTEN_AT_ONCE = 500
"""Registrations that one transaction forgets, so that nobody waits long for it."""
Kept = Literal["new", "changed", "full"]
"""What became of one: kept for the first time, in place of another, or not, since its organisation has no room."""


class StatedPlan(Struct, frozen=True):
    """A transport plan, by the command that stated it; `body` as in the log."""

    command_id: str
    body: dict[str, str]


class Registration(Struct, frozen=True, kw_only=True):
    """What is registered under a declaration id. `filed_at` is when it was sent to customs, by the organisation's word;
    `parties` are agent, trade, owner, each with `code`, `scc`, `name`. `message_id` is that of the declaration as
    it was sent, if it is registered by that."""

    organisation: str
    declaration: str
    filed_at: datetime
    registered_at: datetime
    changed_at: datetime
    references: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    parties: dict[str, dict[str, str]] = {}
    plan: StatedPlan | None = None
    message_id: str = ""


def register(engine: Engine, given: Sequence[Registration], most: int) -> list[Kept]:
    """Keep those of one organisation, each of another declaration, in place of what it told of that before, which keeps
    plan and time of registration; but no new one beyond so many. What became of each. Raises `StoreError`."""
    with writing(engine) as connection:
        before = _held(connection, given[0].organisation, [one.declaration for one in given]) if given else {}
        new = [one for one in given if one.declaration not in before]
        room = most - _count(connection, new[0].organisation) if new else 0
        left_out = {one.declaration for one in new[max(room, 0) :]}
        _put(connection, [_with_its_past(one, before) for one in given if one.declaration not in left_out])
    return ["full" if (of := one.declaration) in left_out else "changed" if of in before else "new" for one in given]


def state_plan(engine: Engine, organisation: str, declaration: str, plan: StatedPlan, now: datetime) -> bool:
    """Keep the plan in place of the one before, if there is such a registration. Raises `StoreError`."""
    with writing(engine) as connection:
        held = _held(connection, organisation, [declaration]).get(declaration)
        if held is None:
            return False
        _put(connection, [held if held.plan == plan else msgspec.structs.replace(held, plan=plan, changed_at=now)])
    return True


def withdraw(engine: Engine, organisation: str, declaration: str) -> bool:
    """Forget one; whether there was one. Raises `StoreError`."""
    with writing(engine) as connection:
        return _forget(connection, organisation, [declaration])


def forget(engine: Engine, before: datetime) -> bool:
    """Delete some of those that were last changed before, whatever customs has said; whether there may be more. Raises
    `StoreError`."""
    column = schema.registrations.c
    query = select(column.organisation, column.declaration).where(column.changed_at < before)
    of: dict[str, list[str]] = {}
    with writing(engine) as connection:
        for organisation, declaration in connection.execute(query.limit(FORGOTTEN_AT_ONCE)):
            of.setdefault(organisation, []).append(declaration)
        for organisation, declarations in of.items():
            _forget(connection, organisation, declarations)
    return sum(map(len, of.values())) == FORGOTTEN_AT_ONCE


def the_one(engine: Engine, organisation: str, declaration: str) -> Registration | None:
    """What this organisation has registered of it. Raises `StoreError`."""
    with reading(engine) as connection:
        return _held(connection, organisation, [declaration]).get(declaration)


def references(engine: Engine, organisation: str, declarations: Sequence[str]) -> tuple[str, ...]:
    """What an organisation calls what it has registered under any of these ids, in their order. Raises `StoreError`."""
    with reading(engine) as connection:
        held = _held(connection, organisation, declarations)
    return tuple(dict.fromkeys(one for name in declarations if name in held for one in held[name].references))


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
        return [_REGISTRATION.decode(content) for content in found]


def _with_its_past(one: Registration, before: Mapping[str, Registration]) -> Registration:
    held = before.get(one.declaration)
    return one if held is None else msgspec.structs.replace(one, registered_at=held.registered_at, plan=held.plan)


def _put(connection: Connection, given: Sequence[Registration]) -> None:
    rows = [{"organisation": one.organisation, "declaration": one.declaration} for one in given]
    if not rows:
        return
    _forget(connection, given[0].organisation, [one.declaration for one in given])
    kept = [
        row | {"content": msgspec.json.encode(one), "changed_at": one.changed_at}
        for row, one in zip(rows, given, strict=True)
    ]
    connection.execute(schema.registrations.insert(), kept)
    marks = [row | mark for row, one in zip(rows, given, strict=True) for mark in _marks(one)]
    if marks:
        connection.execute(schema.marks.insert(), marks)


def _marks(one: Registration) -> list[dict[str, str]]:
    commands = (one.plan.command_id,) if one.plan else ()
    of: dict[Kind, tuple[str, ...]] = {"reference": one.references, "label": one.labels, "command": commands}
    return [{"kind": kind, "value": value} for kind, values in of.items() for value in dict.fromkeys(values)]


def _count(connection: Connection, organisation: str) -> int:
    column = schema.registrations.c.organisation
    return int(connection.execute(select(func.count()).where(column == organisation)).scalar_one())


def _held(connection: Connection, organisation: str, declarations: Sequence[str]) -> dict[str, Registration]:
    column = schema.registrations.c
    query = select(column.content).where(column.organisation == organisation, column.declaration.in_(declarations))
    found = [_REGISTRATION.decode(content) for content in connection.execute(query).scalars()]
    return {one.declaration: one for one in found}


def _forget(connection: Connection, organisation: str, declarations: Sequence[str]) -> bool:
    gone = 0
    for table in (schema.marks, schema.registrations):
        theirs = (table.c.organisation == organisation, table.c.declaration.in_(declarations))
        gone = connection.execute(delete(table).where(*theirs)).rowcount
    return gone > 0


_REGISTRATION = msgspec.json.Decoder(Registration)
