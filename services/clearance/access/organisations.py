"""Organisations and their identifiers: added, looked up, changed."""

import re
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, Engine, select

from clearance.access import schema
from clearance.access.database import changing, reading
from clearance.access.errors import AccessRefused
from clearance.access.identifiers import checked_identifier

ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
LONGEST_NAME = 200
LARGEST_QUOTA = 100_000_000


class Organisation(Struct, frozen=True):
    """A firm that may be given keys. `identifiers` are `kind:value`, those that messages name it by; `quota` is what it
    may ask in a minute, None for what all may."""

    id: str
    name: str
    added_at: datetime
    identifiers: tuple[str, ...] = ()
    quota: int | None = None


def add(engine: Engine, organisation: str, name: str, now: datetime) -> None:
    """Add an organisation. Raises `AccessRefused`, `StoreError`."""
    if not ID.fullmatch(organisation):
        raise AccessRefused(f"{organisation!r} is no id: write it in up to 40 of a-z, 0-9 and -, such as acme-exports")
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise AccessRefused(f"the name must be printable, of 1 to {LONGEST_NAME} characters")
    with changing(engine) as connection:
        if _is_there(connection, organisation):
            raise AccessRefused(f"{organisation} is there already: `clearance organisations show {organisation}`")
        row = {"id": organisation, "name": name.strip(), "added_at": now}
        connection.execute(schema.organisations.insert(), row)


def identify(engine: Engine, organisation: str, identifier: str) -> str:
    """Messages that name this identifier speak of the organisation; `kind:value` as it is kept. Raises `AccessRefused`,
    `StoreError`."""
    kind, value = checked_identifier(identifier)
    table = schema.identifiers
    with changing(engine) as connection:
        require(connection, organisation)
        query = select(table.c.organisation).where(table.c.kind == kind, table.c.value == value)
        holder = connection.execute(query).scalar()
        if holder not in (None, organisation):
            raise AccessRefused(
                f"{kind}:{value} names {holder}: take it away there (`clearance organisations unidentify`), or mend it"
            )
        if holder is None:
            connection.execute(table.insert(), {"kind": kind, "value": value, "organisation": organisation})
    return f"{kind}:{value}"


def unidentify(engine: Engine, organisation: str, identifier: str) -> None:
    """The identifier names the organisation no more. Raises `AccessRefused`, `StoreError`."""
    kind, value = checked_identifier(identifier)
    table = schema.identifiers
    mine = (table.c.kind == kind, table.c.value == value, table.c.organisation == organisation)
    with changing(engine) as connection:
        if not connection.execute(table.delete().where(*mine)).rowcount:
            raise AccessRefused(
                f"{kind}:{value} does not name {organisation}: `clearance organisations list` tells all"
            )


def set_quota(engine: Engine, organisation: str, quota: int | None) -> None:
    """What it may ask in a minute from now on, None for what all may. Raises `AccessRefused`, `StoreError`."""
    if quota is not None and not 1 <= quota <= LARGEST_QUOTA:
        raise AccessRefused(f"the quota is {quota}: choose one from 1 to {LARGEST_QUOTA}, or `default`")
    table = schema.organisations
    with changing(engine) as connection:
        require(connection, organisation)
        connection.execute(table.update().where(table.c.id == organisation).values(quota=quota))


def quotas_of(connection: Connection) -> dict[str, int]:
    """The quota of every organisation that has one of its own."""
    table = schema.organisations
    query = select(table.c.id, table.c.quota).where(table.c.quota.is_not(None))
    return {row.id: row.quota for row in connection.execute(query)}


def all_of(engine: Engine) -> list[Organisation]:
    """Every organisation, by id. Raises `StoreError`."""
    with reading(engine) as connection:
        named = identifiers_of(connection)
        rows = connection.execute(select(schema.organisations).order_by(schema.organisations.c.id))
        return [
            Organisation(
                id=row.id, name=row.name, added_at=row.added_at, identifiers=named.get(row.id, ()), quota=row.quota
            )
            for row in rows
        ]


def the_one(engine: Engine, organisation: str) -> Organisation:
    """One of them. Raises `AccessRefused`, `StoreError`."""
    for one in all_of(engine):
        if one.id == organisation:
            return one
    raise _unknown(organisation)


def identifiers_of(connection: Connection) -> dict[str, tuple[str, ...]]:
    """`kind:value` of every organisation that has any."""
    found: dict[str, tuple[str, ...]] = {}
    table = schema.identifiers
    for kind, value, organisation in connection.execute(select(table).order_by(table.c.kind, table.c.value)):
        found[organisation] = (*found.get(organisation, ()), f"{kind}:{value}")
    return found


def has(engine: Engine, organisation: str) -> bool:
    """Whether there is such an organisation. Raises `StoreError`."""
    with reading(engine) as connection:
        return _is_there(connection, organisation)


def require(connection: Connection, organisation: str) -> None:
    """Raises `AccessRefused` if there is no such organisation."""
    if not _is_there(connection, organisation):
        raise _unknown(organisation)


def _is_there(connection: Connection, organisation: str) -> bool:
    query = select(schema.organisations.c.id).where(schema.organisations.c.id == organisation)
    return connection.execute(query).scalar() is not None


def _unknown(organisation: str) -> AccessRefused:
    return AccessRefused(f"there is no organisation {organisation}: `clearance organisations add` adds one")
